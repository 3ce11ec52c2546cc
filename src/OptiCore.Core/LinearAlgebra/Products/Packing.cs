using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.LinearAlgebra;

/// <summary>Copies of parts of a matrix in the order in which a kernel reads them.</summary>
internal static unsafe class Packing
{
    /// <summary>
    /// Writes lines (rows of A, columns of B) in panels of <paramref name="width"/>: for each depth, one element of each line. Missing lines are 0.
    /// </summary>
    public static void Panels<T>(int lines, int depth, T* source, nint line, nint step, int width, T* packed) where T : unmanaged
    {
        for (int first = 0; first < lines; first += width)
        {
            T* from = source + (first * line), to = packed + ((nint)first * depth);
            int present = Math.Min(width, lines - first);
            if (present < width)
                new Span<T>(to, width * depth).Clear();
            Lines(present, depth, from, line, step, to, width);
        }
    }

    /// <summary>target[q stride + r] = source[r line + q step] for all lines r and depths q; one of the source's strides is 1.</summary>
    public static void Lines<T>(int lines, int depth, T* source, nint line, nint step, T* target, nint stride) where T : unmanaged
    {
        if (line == 1)
        {
            Copy(depth, lines, source, step, target, stride);
            return;
        }

        int r = 0;
        if (step == 1 && Avx.IsSupported)
        {
            if (typeof(T) == typeof(double))
            {
                for (; r <= lines - 4; r += 4)
                    Four(depth, (double*)source + (r * line), line, (double*)target + r, stride);
                for (; r <= lines - 2; r += 2)
                    Two(depth, (double*)source + (r * line), line, (double*)target + r, stride);
            }
            else if (typeof(T) == typeof(float))
            {
                for (; r <= lines - 8; r += 8)
                    Eight(depth, (float*)source + (r * line), line, (float*)target + r, stride);
                for (; r <= lines - 6; r += 6)
                    Six(depth, (float*)source + (r * line), line, (float*)target + r, stride);
                for (; r <= lines - 4; r += 4)
                    Four(depth, (float*)source + (r * line), line, (float*)target + r, stride);
                for (; r <= lines - 2; r += 2)
                    Two(depth, (float*)source + (r * line), line, (float*)target + r, stride);
            }
        }

        if (r < lines)
            OneByOne(lines - r, depth, source + (r * line), line, step, target + r, stride);
    }

    /// <summary>Rows of adjacent elements, copied as they are.</summary>
    private static void Copy<T>(int rows, int columns, T* source, nint sourceStride, T* target, nint targetStride) where T : unmanaged
    {
        // The rows of a tile.
        if (columns == 6 && VectorKernels.IsVectorized<T>())
        {
            for (; rows > 0; rows--, source += sourceStride, target += targetStride)
            {
                if (typeof(T) == typeof(double))
                {
                    Vector256.Load(source).Store(target);
                    Vector128.Load(source + 4).Store(target + 4);
                }
                else
                {
                    Vector128.Load(source).Store(target);
                    Vector64.Load(source + 4).Store(target + 4);
                }
            }

            return;
        }

        // Two registers of columns.
        if (columns == 2 * Vector256<T>.Count && VectorKernels.IsVectorized<T>())
        {
            for (; rows > 0; rows--, source += sourceStride, target += targetStride)
            {
                Vector256.Load(source).Store(target);
                Vector256.Load(source + Vector256<T>.Count).Store(target + Vector256<T>.Count);
            }

            return;
        }

        for (; rows > 0; rows--, source += sourceStride, target += targetStride)
        {
            int i = 0;
            if (VectorKernels.IsVectorized<T>())
            {
                for (; i <= columns - Vector256<T>.Count; i += Vector256<T>.Count)
                    Vector256.Load(source + i).Store(target + i);
                for (; i <= columns - Vector128<T>.Count; i += Vector128<T>.Count)
                    Vector128.Load(source + i).Store(target + i);
            }

            for (; i < columns; i++)
                target[i] = source[i];
        }
    }

    /// <summary>Eight terms of a line at a time: one cache line of doubles is read whole, and the panel's lines stay in the L1 cache.</summary>
    private static void OneByOne<T>(int lines, int depth, T* source, nint line, nint step, T* target, nint stride) where T : unmanaged
    {
        for (int first = 0; first < depth; first += 8)
        {
            int end = Math.Min(depth, first + 8);
            for (int r = 0; r < lines; r++)
            {
                T* from = source + (r * line);
                for (int q = first; q < end; q++)
                    target[(q * stride) + r] = from[q * step];
            }
        }
    }

    private static void Two(int depth, double* source, nint line, double* target, nint stride)
    {
        double* x = source, y = x + line;
        int q = 0;
        for (; q <= depth - 2; q += 2, target += 2 * stride)
        {
            Vector128<double> a = Vector128.Load(x + q), b = Vector128.Load(y + q);
            Sse2.UnpackLow(a, b).Store(target);
            Sse2.UnpackHigh(a, b).Store(target + stride);
        }

        if (q < depth)
        {
            target[0] = x[q];
            target[1] = y[q];
        }
    }

    private static void Two(int depth, float* source, nint line, float* target, nint stride)
    {
        float* x = source, y = x + line;
        for (int q = 0; q < depth; q++, target += stride)
        {
            target[0] = x[q];
            target[1] = y[q];
        }
    }

    private static void Four(int depth, double* source, nint line, double* target, nint stride)
    {
        double* x = source, y = x + line, z = y + line, w = z + line;
        int q = 0;
        for (; q <= depth - 4; q += 4, target += 4 * stride)
        {
            Transpose(Vector256.Load(x + q), Vector256.Load(y + q), Vector256.Load(z + q), Vector256.Load(w + q), out Vector256<double> a, out Vector256<double> b, out Vector256<double> c, out Vector256<double> d);
            a.Store(target);
            b.Store(target + stride);
            c.Store(target + (2 * stride));
            d.Store(target + (3 * stride));
        }

        for (; q < depth; q++, target += stride)
        {
            target[0] = x[q];
            target[1] = y[q];
            target[2] = z[q];
            target[3] = w[q];
        }
    }

    private static void Four(int depth, float* source, nint line, float* target, nint stride)
    {
        float* x = source, y = x + line, z = y + line, w = z + line;
        int q = 0;
        for (; q <= depth - 4; q += 4, target += 4 * stride)
        {
            Vector128<float> a = Vector128.Load(x + q), b = Vector128.Load(y + q), c = Vector128.Load(z + q), d = Vector128.Load(w + q);
            Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d);
            Sse.MoveLowToHigh(ab, cd).Store(target);
            Sse.MoveHighToLow(cd, ab).Store(target + stride);
            ab = Sse.UnpackHigh(a, b);
            cd = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(ab, cd).Store(target + (2 * stride));
            Sse.MoveHighToLow(cd, ab).Store(target + (3 * stride));
        }

        for (; q < depth; q++, target += stride)
        {
            target[0] = x[q];
            target[1] = y[q];
            target[2] = z[q];
            target[3] = w[q];
        }
    }

    private static void Six(int depth, float* source, nint line, float* target, nint stride)
    {
        // Pairs of adjacent floats move as doubles.
        float* x = source, y = source + (4 * line);
        int q = 0;
        for (; q <= depth - 8; q += 8, target += 8 * stride)
        {
            Vector256<float> a = Vector256.Load(x + q), b = Vector256.Load(x + line + q), c = Vector256.Load(x + (2 * line) + q), d = Vector256.Load(x + (3 * line) + q);
            Vector256<float> e = Vector256.Load(y + q), f = Vector256.Load(y + line + q);
            Half(Avx.UnpackLow(a, b), Avx.UnpackLow(c, d), Avx.UnpackLow(e, f), target, stride);
            Half(Avx.UnpackHigh(a, b), Avx.UnpackHigh(c, d), Avx.UnpackHigh(e, f), target + (2 * stride), stride);
        }

        for (; q < depth; q++, target += stride)
        {
            for (int r = 0; r < 6; r++)
                target[r] = source[(r * line) + q];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Half(Vector256<float> ab, Vector256<float> cd, Vector256<float> ef, float* target, nint stride)
        {
            Vector256<double> low = Avx.UnpackLow(ab.AsDouble(), cd.AsDouble()), high = Avx.UnpackHigh(ab.AsDouble(), cd.AsDouble());
            Vector128<double> near = ef.AsDouble().GetLower(), far = ef.AsDouble().GetUpper();
            low.GetLower().AsSingle().Store(target);
            Sse2.StoreLow((double*)(target + 4), near);
            high.GetLower().AsSingle().Store(target + stride);
            Sse2.StoreHigh((double*)(target + stride + 4), near);
            low.GetUpper().AsSingle().Store(target + (4 * stride));
            Sse2.StoreLow((double*)(target + (4 * stride) + 4), far);
            high.GetUpper().AsSingle().Store(target + (5 * stride));
            Sse2.StoreHigh((double*)(target + (5 * stride) + 4), far);
        }
    }

    private static void Eight(int depth, float* source, nint line, float* target, nint stride)
    {
        // Pairs of adjacent floats move as doubles after one exchange inside the pairs.
        float* x = source, y = source + (4 * line);
        int q = 0;
        for (; q <= depth - 8; q += 8, target += 8 * stride)
        {
            Vector256<float> a = Vector256.Load(x + q), b = Vector256.Load(x + line + q), c = Vector256.Load(x + (2 * line) + q), d = Vector256.Load(x + (3 * line) + q);
            Vector256<float> e = Vector256.Load(y + q), f = Vector256.Load(y + line + q), g = Vector256.Load(y + (2 * line) + q), h = Vector256.Load(y + (3 * line) + q);
            Half(Avx.UnpackLow(a, b), Avx.UnpackLow(c, d), Avx.UnpackLow(e, f), Avx.UnpackLow(g, h), target, stride);
            Half(Avx.UnpackHigh(a, b), Avx.UnpackHigh(c, d), Avx.UnpackHigh(e, f), Avx.UnpackHigh(g, h), target + (2 * stride), stride);
        }

        for (; q < depth; q++, target += stride)
        {
            for (int r = 0; r < 8; r++)
                target[r] = source[(r * line) + q];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Half(Vector256<float> ab, Vector256<float> cd, Vector256<float> ef, Vector256<float> gh, float* target, nint stride)
        {
            Vector256<double> x = Avx.UnpackLow(ab.AsDouble(), cd.AsDouble()), y = Avx.UnpackLow(ef.AsDouble(), gh.AsDouble());
            Avx.Permute2x128(x, y, 0x20).AsSingle().Store(target);
            Avx.Permute2x128(x, y, 0x31).AsSingle().Store(target + (4 * stride));
            x = Avx.UnpackHigh(ab.AsDouble(), cd.AsDouble());
            y = Avx.UnpackHigh(ef.AsDouble(), gh.AsDouble());
            Avx.Permute2x128(x, y, 0x20).AsSingle().Store(target + stride);
            Avx.Permute2x128(x, y, 0x31).AsSingle().Store(target + (5 * stride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        Vector256<double> x, Vector256<double> y, Vector256<double> z, Vector256<double> w,
        out Vector256<double> a, out Vector256<double> b, out Vector256<double> c, out Vector256<double> d)
    {
        Vector256<double> xy = Avx.UnpackLow(x, y), zw = Avx.UnpackLow(z, w);
        a = Avx.Permute2x128(xy, zw, 0x20);
        c = Avx.Permute2x128(xy, zw, 0x31);
        xy = Avx.UnpackHigh(x, y);
        zw = Avx.UnpackHigh(z, w);
        b = Avx.Permute2x128(xy, zw, 0x20);
        d = Avx.Permute2x128(xy, zw, 0x31);
    }
}
