using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.LinearAlgebra;

/// <summary>Transposed copies between matrices and the working panels of the factorizations.</summary>
internal static unsafe class PanelTranspose
{
    // Rows of a triangle that are transposed at once, up to their square on the diagonal.
    private const int Strip = 8;

    /// <summary>to[j, i] = from[i, j] for an m x n matrix.</summary>
    public static void Copy<T>(int m, int n, T* from, nint ldFrom, T* to, nint ldTo) where T : unmanaged
    {
        int i = 0;
        if (typeof(T) == typeof(double) && Sse2.IsSupported)
        {
            for (; i <= m - 4; i += 4)
            {
                double* source = (double*)from + (i * ldFrom), target = (double*)to + i;
                int j = 0;
                for (; j <= n - 2; j += 2)
                {
                    Vector128<double> r0 = Vector128.Load(source + j), r1 = Vector128.Load(source + ldFrom + j);
                    Vector128<double> r2 = Vector128.Load(source + (2 * ldFrom) + j), r3 = Vector128.Load(source + (3 * ldFrom) + j);
                    Vector256.Create(Sse2.UnpackLow(r0, r1), Sse2.UnpackLow(r2, r3)).Store(target + (j * ldTo));
                    Vector256.Create(Sse2.UnpackHigh(r0, r1), Sse2.UnpackHigh(r2, r3)).Store(target + ((j + 1) * ldTo));
                }

                for (; j < n; j++)
                {
                    for (int r = 0; r < 4; r++)
                        target[(j * ldTo) + r] = source[(r * ldFrom) + j];
                }
            }
        }
        else if (typeof(T) == typeof(float) && Sse.IsSupported)
        {
            for (; i <= m - 4; i += 4)
            {
                float* source = (float*)from + (i * ldFrom), target = (float*)to + i;
                int j = 0;
                for (; j <= n - 4; j += 4)
                {
                    Vector128<float> r0 = Vector128.Load(source + j), r1 = Vector128.Load(source + ldFrom + j);
                    Vector128<float> r2 = Vector128.Load(source + (2 * ldFrom) + j), r3 = Vector128.Load(source + (3 * ldFrom) + j);
                    Vector128<float> low01 = Sse.UnpackLow(r0, r1), low23 = Sse.UnpackLow(r2, r3);
                    Vector128<float> high01 = Sse.UnpackHigh(r0, r1), high23 = Sse.UnpackHigh(r2, r3);
                    Sse.MoveLowToHigh(low01, low23).Store(target + (j * ldTo));
                    Sse.MoveHighToLow(low23, low01).Store(target + ((j + 1) * ldTo));
                    Sse.MoveLowToHigh(high01, high23).Store(target + ((j + 2) * ldTo));
                    Sse.MoveHighToLow(high23, high01).Store(target + ((j + 3) * ldTo));
                }

                for (; j < n; j++)
                {
                    for (int r = 0; r < 4; r++)
                        target[(j * ldTo) + r] = source[(r * ldFrom) + j];
                }
            }
        }

        for (; i < m; i++)
        {
            T* source = from + (i * ldFrom);
            for (int j = 0; j < n; j++)
                to[(j * ldTo) + i] = source[j];
        }
    }

    /// <summary>The transpose of an m x n matrix in groups, each contiguous and of n rows (see <see cref="PanelKernels"/>); missing columns are 0.</summary>
    public static void ToGroups<T>(int m, int n, T* from, nint ldFrom, T* groups) where T : unmanaged
    {
        int width = PanelKernels.Width<T>();
        for (int i = 0; i < m; i += width, groups += (nint)n * width)
        {
            int present = Math.Min(width, m - i);
            if (present < width)
                new Span<T>(groups, n * width).Clear();
            Copy(present, n, from + (i * ldFrom), ldFrom, groups, width);
        }
    }

    /// <summary>The inverse of <see cref="ToGroups"/>.</summary>
    public static void FromGroups<T>(int m, int n, T* groups, T* to, nint ldTo) where T : unmanaged
    {
        int width = PanelKernels.Width<T>();
        for (int i = 0; i < m; i += width, groups += (nint)n * width)
            Copy(n, Math.Min(width, m - i), groups, width, to + (i * ldTo), ldTo);
    }

    /// <summary>The m x n matrix itself in groups of m rows; missing columns are 0.</summary>
    public static void RowsToGroups<T>(int m, int n, T* from, nint ldFrom, T* groups) where T : unmanaged
    {
        int width = PanelKernels.Width<T>();
        for (int j = 0; j < n; j += width, groups += (nint)m * width)
        {
            int present = Math.Min(width, n - j);
            for (int i = 0; i < m; i++)
            {
                T* source = from + (i * ldFrom) + j, target = groups + (i * (nint)width);
                if (present == width)
                {
                    Unsafe.CopyBlockUnaligned(target, source, (uint)(width * sizeof(T)));
                    continue;
                }

                for (int e = 0; e < width; e++)
                    target[e] = e < present ? source[e] : default;
            }
        }
    }

    /// <summary>The inverse of <see cref="RowsToGroups"/>.</summary>
    public static void RowsFromGroups<T>(int m, int n, T* groups, T* to, nint ldTo) where T : unmanaged
    {
        int width = PanelKernels.Width<T>();
        for (int j = 0; j < n; j += width, groups += (nint)m * width)
        {
            int present = Math.Min(width, n - j);
            for (int i = 0; i < m; i++)
            {
                T* source = groups + (i * (nint)width), target = to + (i * ldTo) + j;
                if (present == width)
                {
                    Unsafe.CopyBlockUnaligned(target, source, (uint)(width * sizeof(T)));
                    continue;
                }

                for (int e = 0; e < present; e++)
                    target[e] = source[e];
            }
        }
    }

    /// <summary>
    /// The transpose of a lower triangle, filled up with columns of zeros, and with so many zeros before the diagonal: who computes with whole registers there
    /// mustn't meet what is slow, such as subnormal numbers. The upper triangle isn't read.
    /// </summary>
    public static void LowerToUpper<T>(int n, T* from, nint ldFrom, T* to, nint ldTo, int columns, int before) where T : unmanaged
    {
        for (int i = 0; i < n; i += Strip)
        {
            int rows = Math.Min(Strip, n - i);
            T* source = from + (i * ldFrom);
            Packing.Lines(rows, i, source, ldFrom, 1, to + i, ldTo);
            for (int r = 0; r < rows; r++)
            {
                T* target = to + ((i + r) * ldTo);
                for (int s = r; s < rows; s++)
                    target[i + s] = source[(s * ldFrom) + i + r];
                new Span<T>(target + n, columns - n).Clear();
                int zeros = Math.Min(before, i + r);
                new Span<T>(target + i + r - zeros, zeros).Clear();
            }
        }
    }

    /// <summary>The inverse of <see cref="LowerToUpper"/>.</summary>
    public static void UpperToLower<T>(int n, T* from, nint ldFrom, T* to, nint ldTo) where T : unmanaged
    {
        for (int i = 0; i < n; i += Strip)
        {
            int rows = Math.Min(Strip, n - i);
            T* target = to + (i * ldTo);
            Packing.Lines(i, rows, from + i, ldFrom, 1, target, ldTo);
            for (int r = 0; r < rows; r++)
            {
                for (int s = 0; s <= r; s++)
                    target[(r * ldTo) + i + s] = from[((i + s) * ldFrom) + i + r];
            }
        }
    }
}
