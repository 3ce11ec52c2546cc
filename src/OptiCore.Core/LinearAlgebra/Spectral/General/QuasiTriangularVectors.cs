using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Eigenvectors of an upper quasi-triangular matrix in standard form, by substitution from below.</summary>
/// <remarks>
/// A pivot closer to the eigenvalue than rounding is moved away, so that a defective matrix gives a finite vector; a vector that grows is scaled down before it overflows.
/// Golub and Van Loan (2013), Matrix computations, section 7.6.4.
/// </remarks>
internal static unsafe class QuasiTriangularVectors
{
    /// <summary>Writes the vectors as rows; of a pair the row of its first member is the real part for the eigenvalue with the first member's imaginary part.</summary>
    public static void Solve<T>(int n, ReadOnlySpan<T> triangle, ReadOnlySpan<T> real, ReadOnlySpan<T> imaginary, Span<T> rows) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T epsilon = SpectralKernels.Epsilon<T>();
        T norm = Numerics.Reduce.MaxNorm(triangle), floor = SpectralKernels.SmallestNormal<T>() / epsilon * T.CreateTruncating(Math.Max(1, n));
        rows.Clear();
        fixed (T* t = triangle, x = rows)
        {
            for (int k = n - 1; k >= 0; k--)
            {
                T least = T.Max(epsilon * (T.Abs(real[k]) + T.Abs(imaginary[k])), T.Max(floor, epsilon * epsilon * norm));
                if (imaginary[k] == T.Zero)
                {
                    Real(n, t, imaginary, real[k], k, least, x + ((nint)k * n));
                    continue;
                }

                k--;
                Pair(n, t, imaginary, real[k], imaginary[k], k, least, x + ((nint)k * n), x + ((nint)(k + 1) * n));
            }
        }
    }

    private static void Real<T>(int n, T* t, ReadOnlySpan<T> imaginary, T w, int k, T least, T* x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x[k] = T.One;
        for (int j = k - 1; j >= 0; j--)
        {
            if (imaginary[j] == T.Zero)
            {
                T* row = t + ((nint)j * n);
                T sum = SpectralKernels.Dot(row + j + 1, x + j + 1, k - j), pivot = row[j] - w;
                if (T.Abs(pivot) < least)
                    pivot = least;
                x[j] = -sum / pivot;
            }
            else
            {
                T* below = t + ((nint)j * n), above = below - n;
                T r1 = -SpectralKernels.Dot(above + j + 1, x + j + 1, k - j), r2 = -SpectralKernels.Dot(below + j + 1, x + j + 1, k - j);
                (x[j - 1], _, x[j], _) = Solve2(above[j - 1], above[j], below[j - 1], below[j], w, T.Zero, r1, T.Zero, r2, T.Zero, least);
                j--;
            }

            Limit(x + j, null, k - j + 1);
        }
    }

    private static void Pair<T>(int n, T* t, ReadOnlySpan<T> imaginary, T w, T wi, int k, T least, T* x, T* y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // The block (a, b; c, a) with b c = -wi^2 has the vector (1, i wi / b), or (-i wi / c, 1) where b is the smaller one.
        T b = t[((nint)k * n) + k + 1], c = t[((nint)(k + 1) * n) + k];
        if (T.Abs(b) >= T.Abs(c))
        {
            x[k] = T.One;
            y[k + 1] = wi / b;
        }
        else
        {
            y[k] = wi / c;
            x[k + 1] = T.One;
        }

        for (int j = k - 1; j >= 0; j--)
        {
            T* row = t + ((nint)j * n);
            int count = k + 1 - j;
            T rx = -SpectralKernels.Dot(row + j + 1, x + j + 1, count), ry = -SpectralKernels.Dot(row + j + 1, y + j + 1, count);
            if (imaginary[j] == T.Zero)
            {
                (x[j], y[j]) = Divide(rx, ry, row[j] - w, -wi, least);
            }
            else
            {
                T* above = row - n;
                T r1 = -SpectralKernels.Dot(above + j + 1, x + j + 1, count), r2 = -SpectralKernels.Dot(above + j + 1, y + j + 1, count);
                (x[j - 1], y[j - 1], x[j], y[j]) = Solve2(above[j - 1], above[j], row[j - 1], row[j], w, wi, r1, r2, rx, ry, least);
                j--;
            }

            Limit(x + j, y + j, k + 2 - j);
        }
    }

    /// <summary>Solves ((a, b; c, d) - (w + i wi)) z = r for two complex unknowns, by elimination with the larger pivot.</summary>
    private static (T X1, T Y1, T X2, T Y2) Solve2<T>(T a, T b, T c, T d, T w, T wi, T r1x, T r1y, T r2x, T r2y, T least) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T ax = a - w, dx = d - w;
        bool swap = T.Abs(c) > T.Abs(ax) + T.Abs(wi);

        // Rows (p, q | r) and (s, u | v), complex as pairs.
        (T px, T py, T qx, T qy, T rx, T ry) = swap ? (c, T.Zero, dx, -wi, r2x, r2y) : (ax, -wi, b, T.Zero, r1x, r1y);
        (T sx, T sy, T ux, T uy, T vx, T vy) = swap ? (ax, -wi, b, T.Zero, r1x, r1y) : (c, T.Zero, dx, -wi, r2x, r2y);
        (T lx, T ly) = Divide(sx, sy, px, py, least);
        (T mx, T my) = (ux - ((lx * qx) - (ly * qy)), uy - ((lx * qy) + (ly * qx)));
        (T x2, T y2) = Divide(vx - ((lx * rx) - (ly * ry)), vy - ((lx * ry) + (ly * rx)), mx, my, least);
        (T x1, T y1) = Divide(rx - ((qx * x2) - (qy * y2)), ry - ((qx * y2) + (qy * x2)), px, py, least);
        return (x1, y1, x2, y2);
    }

    /// <summary>The complex quotient; a divisor smaller than <paramref name="least"/> is replaced by it.</summary>
    private static (T X, T Y) Divide<T>(T x, T y, T px, T py, T least) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (T.Abs(px) + T.Abs(py) < least)
            (px, py) = (least, T.Zero);
        if (T.Abs(px) >= T.Abs(py))
        {
            T ratio = py / px, divisor = px + (py * ratio);
            return ((x + (y * ratio)) / divisor, (y - (x * ratio)) / divisor);
        }
        else
        {
            T ratio = px / py, divisor = py + (px * ratio);
            return (((x * ratio) + y) / divisor, ((y * ratio) - x) / divisor);
        }
    }

    private static void Limit<T>(T* x, T* y, int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T bound = SpectralKernels.Constant<T>(2.037035976334486e90, 1073741824);
        T largest = T.Max(T.Abs(x[0]), T.Abs(x[Math.Min(1, count - 1)]));
        if (y != null)
            largest = T.Max(largest, T.Max(T.Abs(y[0]), T.Abs(y[Math.Min(1, count - 1)])));
        if (largest < bound)
            return;
        T down = T.One / largest;
        for (int i = 0; i < count; i++)
        {
            x[i] *= down;
            if (y != null)
                y[i] *= down;
        }
    }
}
