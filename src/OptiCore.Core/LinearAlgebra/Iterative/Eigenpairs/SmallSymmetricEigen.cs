using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// All eigenpairs of a small dense symmetric matrix by Jacobi's rotations: what projections of the iterative methods need. Small relative errors where the matrix is scaled diagonally dominant, orthogonal vectors always.
/// </summary>
/// <remarks>G. H. Golub, C. F. Van Loan (2013), Matrix computations, 4th edition, section 8.5 (the cyclic method).</remarks>
internal static class SmallSymmetricEigen
{
    private const int MaxSweeps = 60;

    /// <summary>Overwrites a by its diagonal form; writes the eigenvalues ascending and the eigenvectors into the rows of a matrix.</summary>
    /// <returns>False when the elements aren't finite.</returns>
    public static bool TryDecompose<T>(Span<T> a, int n, Span<T> values, Span<T> vectors) where T : unmanaged, IFloatingPointIeee754<T>
    {
        vectors[..(n * n)].Clear();
        for (int i = 0; i < n; i++)
            vectors[(i * n) + i] = T.One;
        for (int sweep = 0; sweep < MaxSweeps && !IsDiagonal(a, n); sweep++)
        {
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                    Rotate(a, vectors, n, p, q);
            }
        }

        for (int i = 0; i < n; i++)
        {
            values[i] = a[(i * n) + i];
            if (!T.IsFinite(values[i]))
                return false;
        }

        // Selection sort: n exchanges of rows at most.
        for (int i = 0; i < n - 1; i++)
        {
            int least = i;
            for (int j = i + 1; j < n; j++)
                least = values[j] < values[least] ? j : least;
            if (least == i)
                continue;
            (values[i], values[least]) = (values[least], values[i]);
            Span<T> here = vectors.Slice(i * n, n), there = vectors.Slice(least * n, n);
            for (int c = 0; c < n; c++)
                (here[c], there[c]) = (there[c], here[c]);
        }

        return true;
    }

    private static bool IsDiagonal<T>(ReadOnlySpan<T> a, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
            {
                if (a[(i * n) + j] != T.Zero)
                    return false;
            }
        }

        return true;
    }

    private static void Rotate<T>(Span<T> a, Span<T> vectors, int n, int p, int q) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T off = a[(p * n) + q], app = a[(p * n) + p], aqq = a[(q * n) + q];
        if (off == T.Zero)
            return;

        // An element that changes neither diagonal element is 0 to working precision.
        T part = T.Abs(off) * T.CreateTruncating(0.01);
        if (T.Abs(app) + part == T.Abs(app) && T.Abs(aqq) + part == T.Abs(aqq))
        {
            a[(p * n) + q] = a[(q * n) + p] = T.Zero;
            return;
        }

        T tau = (aqq - app) / (off + off);
        T t = T.IsFinite(tau) ? T.CopySign(T.One, tau) / (T.Abs(tau) + T.Hypot(T.One, tau)) : T.Zero;
        T c = T.One / T.Sqrt(T.One + (t * t)), s = t * c;
        for (int k = 0; k < n; k++)
        {
            if (k == p || k == q)
                continue;
            T akp = a[(k * n) + p], akq = a[(k * n) + q];
            T first = (c * akp) - (s * akq), second = (s * akp) + (c * akq);
            a[(k * n) + p] = a[(p * n) + k] = first;
            a[(k * n) + q] = a[(q * n) + k] = second;
        }

        a[(p * n) + p] = app - (t * off);
        a[(q * n) + q] = aqq + (t * off);
        a[(p * n) + q] = a[(q * n) + p] = T.Zero;
        Span<T> vp = vectors.Slice(p * n, n), vq = vectors.Slice(q * n, n);
        for (int k = 0; k < n; k++)
            (vp[k], vq[k]) = ((c * vp[k]) - (s * vq[k]), (s * vp[k]) + (c * vq[k]));
    }
}
