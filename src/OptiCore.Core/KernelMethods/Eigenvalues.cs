using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.KernelMethods;

/// <summary>The eigenvalues of a symmetric matrix, without vectors: the one thing that the diffusion spectrum needs of a spectral decomposition.</summary>
/// <remarks>
/// Householder's reduction to tridiagonal form, then the QL method with implicit Wilkinson shifts. About 4/3 n^3 operations; errors of a small multiple of 2^-53 |A|. G. H. Golub, C. F. Van Loan (2013),
/// "Matrix computations", sections 8.3.1 and 8.3.3.
/// </remarks>
internal static class Eigenvalues
{
    private const int MostSweeps = 60;

    /// <summary>Computes the eigenvalues, in no particular order, from the lower triangle, which is overwritten.</summary>
    /// <param name="a">The n x n matrix, row after row.</param>
    /// <param name="n">The order.</param>
    /// <param name="values">Receives the n eigenvalues.</param>
    /// <param name="work">2 n elements.</param>
    /// <returns>False when the QL method doesn't converge, which happens only with elements that aren't finite.</returns>
    public static bool TrySymmetric(Span<double> a, int n, Span<double> values, Span<double> work)
    {
        Span<double> off = work[..n], p = work.Slice(n, n);
        Tridiagonalize(a, n, values, off, p);
        return TryDiagonalize(values[..n], off);
    }

    private static void Tridiagonalize(Span<double> a, int n, Span<double> diagonal, Span<double> off, Span<double> p)
    {
        for (int i = n - 1; i >= 0; i--)
        {
            Span<double> v = a.Slice(i * n, i);
            diagonal[i] = a[(i * n) + i];
            if (i == 0)
                break;
            double norm = Reduce.Norm<double>(v), last = v[i - 1];
            off[i - 1] = last;
            if (i == 1 || norm == Math.Abs(last))
                continue;

            // v = (x + sign(x_last) |x| e) / (x_last + sign(x_last) |x|), so that H = I - beta v v' takes x to -sign(x_last) |x| e.
            double signed = Math.CopySign(norm, last), pivot = last + signed;
            for (int j = 0; j < i - 1; j++)
                v[j] /= pivot;
            v[i - 1] = 1;
            double beta = pivot / signed;
            off[i - 1] = -signed;

            Span<double> q = p[..i];
            q.Clear();
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<double> row = a.Slice(j * n, j + 1);
                q[j] += Reduce.Dot(row, v[..(j + 1)]);
                VectorKernels.AddScaled(v[j], row[..j], q[..j]);
            }

            double half = beta * beta * Reduce.Dot<double>(q, v) / 2;
            for (int j = 0; j < i; j++)
                q[j] = (beta * q[j]) - (half * v[j]);
            for (int j = 0; j < i; j++)
            {
                Span<double> row = a.Slice(j * n, j + 1);
                VectorKernels.AddScaled(-v[j], q[..(j + 1)], row);
                VectorKernels.AddScaled(-q[j], v[..(j + 1)], row);
            }
        }
    }

    private static bool TryDiagonalize(Span<double> d, Span<double> e)
    {
        int n = d.Length;
        double norm = 0;
        for (int i = 0; i < n; i++)
            norm = Math.Max(norm, Math.Abs(d[i]) + (i + 1 < n ? Math.Abs(e[i]) : 0));

        // Kernels of smooth data have hundreds of eigenvalues below rounding; waiting for those to separate among each other would take many sweeps.
        double negligible = Math.ScaleB(norm, -53);
        for (int l = 0; l < n; l++)
        {
            for (int sweep = 0; ; sweep++)
            {
                int m = l;
                while (m < n - 1 && Math.Abs(e[m]) > negligible)
                    m++;
                if (m == l)
                    break;
                if (sweep == MostSweeps)
                    return false;

                // The eigenvalue of the leading 2 x 2 block that is nearer to d[l].
                double g = (d[l + 1] - d[l]) / (2 * e[l]), r = Hypotenuse(g, 1);
                g = d[m] - d[l] + (e[l] / (g + Math.CopySign(r, g)));
                double s = 1, c = 1, shift = 0;
                int i = m - 1;
                for (; i >= l; i--)
                {
                    double f = s * e[i], b = c * e[i];
                    r = Hypotenuse(f, g);
                    if (i + 1 < m)
                        e[i + 1] = r;
                    if (r == 0)
                    {
                        // An off-diagonal element vanished on the way: the matrix falls apart there.
                        d[i + 1] -= shift;
                        break;
                    }

                    s = f / r;
                    c = g / r;
                    g = d[i + 1] - shift;
                    r = ((d[i] - g) * s) + (2 * c * b);
                    shift = s * r;
                    d[i + 1] = g + shift;
                    g = (c * r) - b;
                }

                if (i < l)
                {
                    d[l] -= shift;
                    e[l] = g;
                }

                if (m < n - 1)
                    e[m] = 0;
            }
        }

        return true;
    }

    /// <summary>sqrt(a^2 + b^2) without overflow, of correctly rounded operations only.</summary>
    private static double Hypotenuse(double a, double b)
    {
        double large = Math.Max(Math.Abs(a), Math.Abs(b)), small = Math.Min(Math.Abs(a), Math.Abs(b));
        if (small == 0)
            return large;
        double ratio = small / large;
        return large * Math.Sqrt(1 + (ratio * ratio));
    }
}
