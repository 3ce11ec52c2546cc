using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.LinearAlgebra;

/// <summary>The QL iterations for symmetric tridiagonal matrices: with vectors for small ones, without square roots for eigenvalues only.</summary>
internal static unsafe class TridiagonalQl
{
    // Two or three iterations per eigenvalue are usual; 30 is the bound of EISPACK and LAPACK.
    private const int IterationsPerValue = 30;

    /// <summary>
    /// Implicit QL with Wilkinson's shift. Each rotation is applied to the rows of Z, so that Z = I gives the eigenvectors as rows. The eigenvalues come unordered.
    /// A block is turned round where its small end is at the bottom, which preserves the small eigenvalues of graded matrices.
    /// </summary>
    /// <remarks>Dubrulle, Martin and Wilkinson (1968), The implicit QL algorithm.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Vectors<T>(int n, T* d, T* e, T* z, nint ldz, int columns) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int budget = IterationsPerValue * n;
        var negligible = Threshold<T>.Create();
        for (int start = 0; start < n;)
        {
            int end = start;
            while (end < n - 1 && !negligible.Holds(e[end] * e[end], d[end], d[end + 1]))
                end++;
            if (end < n - 1)
                e[end] = T.Zero;
            if (T.Abs(d[end]) < T.Abs(d[start]))
            {
                new Span<T>(d + start, end - start + 1).Reverse();
                new Span<T>(e + start, end - start).Reverse();
                for (int i = start, j = end; i < j; i++, j--)
                    Swap(z + (i * ldz), z + (j * ldz), columns);
            }

            for (int l = start; l <= end;)
            {
                int m = l;
                while (m < end && !negligible.Holds(e[m] * e[m], d[m], d[m + 1]))
                    m++;
                if (m < end)
                    e[m] = T.Zero;
                if (m == l)
                {
                    l++;
                    continue;
                }

                if (m == l + 1)
                {
                    (T cosine, T sine) = Diagonalize(ref d[l], ref d[m], e[l]);
                    SpectralKernels.Rotate(z + (l * ldz), z + (m * ldz), columns, cosine, sine);
                    e[l] = T.Zero;
                    l += 2;
                    continue;
                }

                if (budget-- == 0)
                    return false;
                T p = d[l];
                T g = (d[l + 1] - p) / (e[l] + e[l]);
                T r = T.Hypot(g, T.One);
                g = d[m] - p + (e[l] / (g + T.CopySign(r, g)));
                T c = T.One, s = T.One;
                p = T.Zero;
                for (int i = m - 1; i >= l; i--)
                {
                    T f = s * e[i], b = c * e[i];
                    (c, s, r) = SpectralKernels.Givens(g, f);
                    if (i != m - 1)
                        e[i + 1] = r;
                    g = d[i + 1] - p;
                    r = ((d[i] - g) * s) + (c * (b + b));
                    p = s * r;
                    d[i + 1] = g + p;
                    g = (c * r) - b;
                    SpectralKernels.Rotate(z + ((i + 1) * ldz), z + (i * ldz), columns, c, s);
                }

                d[l] -= p;
                e[l] = g;
            }

            start = end + 1;
        }

        return true;
    }

    /// <summary>The root-free QL iteration for eigenvalues, which come unordered; the off-diagonal is overwritten.</summary>
    /// <remarks>Parlett (1998), The symmetric eigenvalue problem, section 8.15: the algorithm of Pal, Walker and Kahan.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Values<T>(int n, T* d, T* e) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int budget = IterationsPerValue * n;
        var negligible = Threshold<T>.Create();
        T tiny = negligible.Floor / SpectralKernels.Epsilon<T>();
        for (int start = 0; start < n;)
        {
            int end = start;
            while (end < n - 1 && !negligible.Holds(e[end] * e[end], d[end], d[end + 1]))
                end++;
            if (T.Abs(d[end]) < T.Abs(d[start]))
            {
                new Span<T>(d + start, end - start + 1).Reverse();
                new Span<T>(e + start, end - start).Reverse();
            }

            for (int i = start; i < end; i++)
                e[i] *= e[i];
            for (int l = start; l <= end;)
            {
                int m = l;
                while (m < end && !negligible.Holds(e[m], d[m], d[m + 1]))
                    m++;
                T p = d[l];
                if (m == l)
                {
                    l++;
                    continue;
                }

                T root = T.Sqrt(e[l]);
                if (m == l + 1)
                {
                    Diagonalize(ref d[l], ref d[m], root);
                    l += 2;
                    continue;
                }

                if (budget-- == 0)
                    return false;
                T sigma = (d[l + 1] - p) / (root + root);
                T r = T.Hypot(sigma, T.One);
                sigma = p - (root / (sigma + T.CopySign(r, sigma)));
                T c = T.One, s = T.Zero, gamma = d[m] - sigma;
                p = gamma * gamma;
                for (int i = m - 1; i >= l; i--)
                {
                    T square = e[i];
                    r = p + square;
                    if (i != m - 1)
                        e[i + 1] = s * r;
                    T before = c, gammaBefore = gamma, alpha = d[i];

                    // gamma = c (alpha - sigma) - s gamma and p = gamma^2 / c, written with the numerator of gamma: the next p then waits for one division and not for two.
                    T numerator = T.FusedMultiplyAdd(p, alpha - sigma, -(square * gammaBefore)), above = numerator * numerator, below = r * p;
                    c = p / r;
                    s = square / r;
                    if (above > tiny && below > tiny)
                    {
                        gamma = numerator / r;
                        p = above / below;
                    }
                    else
                    {
                        gamma = (c * (alpha - sigma)) - (s * gammaBefore);
                        p = c != T.Zero ? gamma * gamma / c : before * square;
                    }

                    d[i + 1] = gammaBefore + (alpha - gamma);
                }

                e[l] = s * p;
                if (m < end)
                    e[m] = T.Zero;
                d[l] = sigma + gamma;
            }

            start = end + 1;
        }

        return true;
    }

    /// <summary>Diagonalises (a, b; b, c) by the smaller of the two rotations: the new first row is cosine times the first plus sine times the second.</summary>
    private static (T Cosine, T Sine) Diagonalize<T>(ref T a, ref T c, T b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (b == T.Zero)
            return (T.One, T.Zero);
        T theta = (c - a) / (b + b);
        T tangent = T.CopySign(T.One / (T.Abs(theta) + T.Hypot(theta, T.One)), theta);
        T cosine = T.One / T.Sqrt(T.One + (tangent * tangent));
        a -= tangent * b;
        c += tangent * b;
        return (cosine, -tangent * cosine);
    }

    private static void Swap<T>(T* x, T* y, int n) where T : unmanaged
    {
        for (int i = 0; i < n; i++)
            (x[i], y[i]) = (y[i], x[i]);
    }

    /// <summary>Below which squares of elements beside the diagonal count for nothing.</summary>
    private readonly record struct Threshold<T>(T Epsilon, T Floor) where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static Threshold<T> Create() => new(SpectralKernels.Epsilon<T>() / (T.One + T.One), SpectralKernels.SmallestNormal<T>());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Holds(T square, T before, T after) => square <= (Epsilon * T.Abs(before) * (Epsilon * T.Abs(after))) + Floor;
    }
}
