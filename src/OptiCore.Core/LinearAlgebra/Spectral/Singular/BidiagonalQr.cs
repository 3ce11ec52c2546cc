using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The implicit zero-shift QR iteration for the singular values of an upper bidiagonal matrix B = U S V', all with high relative accuracy, and for the vectors of small matrices.
/// </summary>
/// <remarks>
/// Rotations are applied to the rows of U' and V'. A block is chased from its large end to its small end: the other direction is the same sweep on the transpose turned round,
/// in which U and V change places. Demmel and Kahan (1990), Accurate singular values of bidiagonal matrices.
/// </remarks>
internal static unsafe class BidiagonalQr
{
    private const int SweepsPerValueSquared = 6;

    /// <summary>Overwrites d by the singular values, unordered, and e; rotates the rows of U' and V' along.</summary>
    public static bool Run<T>(int n, T* d, T* e, T* u, nint ldu, int columnsU, T* v, nint ldv, int columnsV) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (n == 0)
            return true;

        // max(10, min(100, eps^(-1/8))) eps, the tolerance of the paper.
        T epsilon = SpectralKernels.Epsilon<T>() / (T.One + T.One);
        T tolerance = (typeof(T) == typeof(double) ? T.CreateTruncating(98.7) : T.CreateTruncating(10)) * epsilon;
        T smallest = T.Abs(d[0]);
        T mu = smallest;
        for (int i = 1; i < n && smallest != T.Zero; i++)
        {
            mu = T.Abs(d[i]) * (mu / (mu + T.Abs(e[i - 1])));
            smallest = T.Min(smallest, mu);
        }

        long budget = (long)SweepsPerValueSquared * n * n;
        T threshold = T.Max(tolerance * smallest / T.Sqrt(T.CreateTruncating(n)), T.CreateTruncating(budget) * SpectralKernels.SmallestNormal<T>());
        int blockFirst = -1, blockLast = -1;
        bool down = true;
        for (int last = n - 1; last > 0;)
        {
            if (T.Abs(d[last]) <= threshold)
                d[last] = T.Zero;
            int first = last;
            T largest = T.Abs(d[last]);
            while (first > 0 && T.Abs(e[first - 1]) > threshold)
            {
                first--;
                if (T.Abs(d[first]) <= threshold)
                    d[first] = T.Zero;
                largest = T.Max(largest, T.Max(T.Abs(d[first]), T.Abs(e[first])));
            }

            if (first > 0)
                e[first - 1] = T.Zero;
            if (first == last)
            {
                last--;
                continue;
            }

            if (first > blockLast || last < blockFirst)
                down = T.Abs(d[first]) >= T.Abs(d[last]);
            (blockFirst, blockLast) = (first, last);

            // In the direction of the chase, element i of the block is start[i step].
            int count = last - first, step = down ? 1 : -1;
            T* start = down ? d + first : d + last, beside = down ? e + first : e + last - 1;
            if (T.Abs(beside[(count - 1) * step]) <= tolerance * T.Abs(start[count * step]))
            {
                beside[(count - 1) * step] = T.Zero;
                continue;
            }

            T least = mu = T.Abs(start[0]);
            bool split = false;
            for (int i = 0; i < count && !split; i++)
            {
                if (T.Abs(beside[i * step]) <= tolerance * mu)
                {
                    beside[i * step] = T.Zero;
                    split = true;
                }
                else
                {
                    mu = T.Abs(start[(i + 1) * step]) * (mu / (mu + T.Abs(beside[i * step])));
                    least = T.Min(least, mu);
                }
            }

            if (split)
                continue;
            if (budget-- == 0)
                return false;
            T shift = T.Zero;
            if (T.CreateTruncating(n) * tolerance * (least / largest) > T.Max(epsilon, tolerance / T.CreateTruncating(100)))
            {
                shift = SmallerOfTwo(start[(count - 1) * step], beside[(count - 1) * step], start[count * step]);
                T top = T.Abs(start[0]), ratio = shift / top;
                if (top > T.Zero && ratio * ratio < epsilon)
                    shift = T.Zero;
            }

            nint firstRow = down ? first : last;
            T* left = u + (firstRow * ldu), right = v + (firstRow * ldv);
            if (down)
                Sweep(count, start, beside, step, shift, right, ldv, columnsV, left, ldu, columnsU);
            else
                Sweep(count, start, beside, step, shift, left, -ldu, columnsU, right, -ldv, columnsV);
            if (T.Abs(beside[(count - 1) * step]) <= threshold)
                beside[(count - 1) * step] = T.Zero;
        }

        for (int i = 0; i < n; i++)
        {
            if (d[i] < T.Zero || (d[i] == T.Zero && T.IsNegative(d[i])))
            {
                d[i] = -d[i];
                SpectralKernels.Scale(-T.One, v + (i * ldv), columnsV);
            }
        }

        return true;
    }

    /// <summary>Makes an n x (n+1) upper bidiagonal matrix, with e of n elements, n x n upper bidiagonal.</summary>
    public static void RemoveLastColumn<T>(int n, T* d, T* e, T* u, nint ldu, int columnsU, T* v, nint ldv, int columnsV) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < n; i++)
        {
            (T c, T s, T r) = SpectralKernels.Givens(d[i], e[i]);
            d[i] = r;
            e[i] = T.Zero;
            if (i < n - 1)
            {
                e[i] = s * d[i + 1];
                d[i + 1] = c * d[i + 1];
            }

            SpectralKernels.Rotate(v + (i * ldv), v + ((i + 1) * ldv), columnsV, c, s);
        }

        // Now lower bidiagonal.
        for (int i = 0; i < n - 1; i++)
        {
            (T c, T s, T r) = SpectralKernels.Givens(d[i], e[i]);
            d[i] = r;
            e[i] = s * d[i + 1];
            d[i + 1] = c * d[i + 1];
            SpectralKernels.Rotate(u + (i * ldu), u + ((i + 1) * ldu), columnsU, c, s);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sweep<T>(
        int count, T* d, T* e, int step, T shift, T* right, nint ldRight, int columnsRight, T* left, nint ldLeft, int columnsLeft)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool vectors = columnsLeft + columnsRight > 0;
        if (shift == T.Zero)
        {
            T cosine = T.One, cosineBefore = T.One, sineBefore = T.Zero;
            for (int i = 0; i < count; i++)
            {
                (cosine, T sine, T r) = SpectralKernels.Givens(d[i * step] * cosine, e[i * step]);
                if (i > 0)
                    e[(i - 1) * step] = sineBefore * r;
                (cosineBefore, sineBefore, d[i * step]) = SpectralKernels.Givens(cosineBefore * r, d[(i + 1) * step] * sine);
                if (vectors)
                    SpectralKernels.Rotate(right + (i * ldRight), right + ((i + 1) * ldRight), columnsRight, cosine, sine);
                if (vectors)
                    SpectralKernels.Rotate(left + (i * ldLeft), left + ((i + 1) * ldLeft), columnsLeft, cosineBefore, sineBefore);
            }

            T h = d[count * step] * cosine;
            d[count * step] = h * cosineBefore;
            e[(count - 1) * step] = h * sineBefore;
            return;
        }

        T f = (T.Abs(d[0]) - shift) * (T.CopySign(T.One, d[0]) + (shift / d[0])), g = e[0];
        for (int i = 0; i < count; i++)
        {
            int here = i * step, next = here + step;
            (T c, T s, T r) = SpectralKernels.Givens(f, g);
            if (i > 0)
                e[here - step] = r;
            f = (c * d[here]) + (s * e[here]);
            e[here] = (c * e[here]) - (s * d[here]);
            g = s * d[next];
            d[next] *= c;
            if (vectors)
                SpectralKernels.Rotate(right + (i * ldRight), right + ((i + 1) * ldRight), columnsRight, c, s);
            (c, s, r) = SpectralKernels.Givens(f, g);
            d[here] = r;
            f = (c * e[here]) + (s * d[next]);
            d[next] = (c * d[next]) - (s * e[here]);
            if (i < count - 1)
            {
                g = s * e[next];
                e[next] *= c;
            }

            if (vectors)
                SpectralKernels.Rotate(left + (i * ldLeft), left + ((i + 1) * ldLeft), columnsLeft, c, s);
        }

        e[(count - 1) * step] = f;
    }

    /// <summary>The smaller singular value of (f, g; 0, h), without overflow and to a few roundings.</summary>
    private static T SmallerOfTwo<T>(T f, T g, T h) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T fa = T.Abs(f), ga = T.Abs(g), ha = T.Abs(h), low = T.Min(fa, ha), high = T.Max(fa, ha), two = T.One + T.One;
        if (low == T.Zero)
            return T.Zero;
        T sum = T.One + (low / high), difference = (high - low) / high;
        if (ga < high)
        {
            T ratio = ga / high;
            ratio *= ratio;
            return low * (two / (T.Sqrt((sum * sum) + ratio) + T.Sqrt((difference * difference) + ratio)));
        }

        T inverse = high / ga;
        if (inverse == T.Zero)
            return low * high / ga;
        T a = sum * inverse, b = difference * inverse;
        return two * (low * (T.One / (T.Sqrt(T.One + (a * a)) + T.Sqrt(T.One + (b * b))))) * inverse;
    }
}
