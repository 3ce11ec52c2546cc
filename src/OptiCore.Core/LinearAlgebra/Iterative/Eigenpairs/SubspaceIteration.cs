using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Subspace iteration with Rayleigh-Ritz projection for the eigenpairs of the largest magnitude of a symmetric operator: the power iteration of a block of vectors.
/// </summary>
/// <remarks>
/// <para>Sees multiple eigenvalues. The error of pair i falls by |lambda_(p+1) / lambda_i| in each iteration, with a block of p = k + <see cref="Oversampling"/> vectors; steadier than <see cref="Lanczos"/> and slower. With a solving operator,
/// the eigenvalues nearest to a shift. Converged where |A v - lambda v| &lt;= <see cref="Tolerance"/> |A|, |A| being the largest Ritz value's magnitude.</para>
/// <para>p products for each iteration and 6 p^2 n operations beside them; 3 p n numbers of workspace. H. Rutishauser (1970), Simultaneous iteration method for symmetric matrices, Numer. Math. 16, 205-223.</para>
/// </remarks>
[Algorithm("Subspace iteration", "Iterative eigenproblems", "Rutishauser (1970), Simultaneous iteration method for symmetric matrices")]
public sealed record SubspaceIteration
{
    /// <summary>The tolerance of the residual relative to |A|. Default: 1e-8; at least 10 machine epsilons count.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The number of vectors beyond the wanted ones. Default: 8.</summary>
    public int Oversampling { get; init => field = Require.NonNegative(value); } = 8;

    /// <summary>The largest number of iterations. Default: 1000.</summary>
    public int MaxIterations { get; init => field = Require.NonNegative(value); } = 1000;

    /// <summary>Computes the dominant eigenpairs.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A, n x n, symmetric.</param>
    /// <param name="values">Receives the eigenvalues by falling magnitude; its length is the number k of pairs.</param>
    /// <param name="vectors">Receives the eigenvectors, k x n, row-major: row i belongs to value i.</param>
    /// <param name="key">The key of the starting vectors.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or A isn't square.</exception>
    public EigenResult Solve<T>(ILinearOperator<T> a, Span<T> values, Span<T> vectors, RandomKey key, KrylovWorkspace<T>? workspace = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        EigenBasis.Check(a, values, vectors);
        int n = a.Rows, k = values.Length, p = (int)Math.Min(n, (long)k + Oversampling);
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take((3L * p * n) + (3L * p * p) + p);
        Span<T> x = Krylov.Next(ref memory, p * n), y = Krylov.Next(ref memory, p * n), turned = Krylov.Next(ref memory, p * n);
        Span<T> small = Krylov.Next(ref memory, p * p), ritz = Krylov.Next(ref memory, p * p), chosen = Krylov.Next(ref memory, p * p), theta = Krylov.Next(ref memory, p);
        T tolerance = Tolerances.Of<T>(Tolerance);
        Span<int> places = p <= 256 ? stackalloc int[p] : new int[p];
        for (int i = 0; i < p; i++)
            EigenBasis.Replace<T>(key.Fold(i), x, x, i, n);
        for (int iteration = 1; ; iteration++)
        {
            for (int i = 0; i < p; i++)
                a.Apply(x.Slice(i * n, n), y.Slice(i * n, n));
            Blas.Gemm(false, true, p, p, n, T.One, x, n, y, n, T.Zero, small, p);
            Symmetrize(small, p);
            if (!SmallSymmetricEigen.TryDecompose(small, p, theta, ritz))
                return new(KrylovStatus.Breakdown, iteration, 0, double.NaN);
            EigenBasis.Order<T>(EigenvalueTarget.LargestMagnitude, theta, places);
            for (int i = 0; i < p; i++)
                ritz.Slice(places[i] * p, p).CopyTo(chosen[(i * p)..]);

            // Ritz vectors, and their products.
            Blas.Gemm(false, false, p, n, p, T.One, chosen, p, x, n, T.Zero, turned, n);
            Blas.Gemm(false, false, p, n, p, T.One, chosen, p, y, n, T.Zero, x, n);
            T scale = T.Abs(theta[places[0]]), worst = T.Zero;
            int converged = 0;
            for (int i = 0; i < k; i++)
            {
                Span<T> residual = y[..n];
                x.Slice(i * n, n).CopyTo(residual);
                VectorKernels.AddScaled(-theta[places[i]], turned.Slice(i * n, n), residual);
                T norm = Reduce.Norm<T>(residual);
                worst = T.Max(worst, norm);
                converged += norm <= tolerance * scale ? 1 : 0;
            }

            if (converged == k || iteration >= MaxIterations)
            {
                for (int i = 0; i < k; i++)
                    values[i] = theta[places[i]];
                turned[..(k * n)].CopyTo(vectors);
                return new(converged == k ? KrylovStatus.Converged : KrylovStatus.IterationLimit, iteration, converged, Krylov.ToDouble(worst));
            }

            for (int i = 0; i < p; i++)
            {
                if (!EigenBasis.TryOrthonormalize<T>(x, x, i, n))
                    EigenBasis.Replace<T>(key.Fold(iteration).Fold(i), x, x, i, n);
            }
        }
    }

    internal static void Symmetrize<T>(Span<T> a, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                a[(i * n) + j] = a[(j * n) + i] = (a[(i * n) + j] + a[(j * n) + i]) / T.CreateTruncating(2);
        }
    }
}
