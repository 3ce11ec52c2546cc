using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The thick-restart Lanczos method for a few extreme eigenpairs of a symmetric operator: Rayleigh-Ritz on a Krylov space of m vectors, which is restarted with the best of its Ritz vectors.
/// </summary>
/// <remarks>
/// <para>All basis vectors are orthogonalised against each other, so that no pair appears twice by rounding. A pair has converged where |A v - lambda v| &lt;= <see cref="Tolerance"/> |A|, with |A| estimated by the
/// largest Ritz value. Eigenvalues at the ends of the spectrum converge first and fast where they are well separated; for those inside, apply the method to (A - shift I)^-1 (a factorization is an operator) and take shift + 1 / mu.</para>
/// <para>A single starting vector sees each multiple eigenvalue once, in exact arithmetic: for multiple or clustered ones prefer <see cref="Lobpcg"/> or <see cref="SubspaceIteration"/>.</para>
/// <para>One product for each iteration and 4 m n operations beside it; 2 m n numbers of workspace. K. Wu, H. Simon (2000), Thick-restart Lanczos method for large symmetric eigenvalue problems, SIAM J. Matrix Anal. Appl. 22, 602-616.</para>
/// </remarks>
[Algorithm("Thick-restart Lanczos", "Iterative eigenproblems", "Wu, Simon (2000), Thick-restart Lanczos method for large symmetric eigenvalue problems")]
public sealed record Lanczos
{
    /// <summary>Which eigenvalues are wanted. Default: the largest.</summary>
    public EigenvalueTarget Target { get; init => field = Require.Defined(value); } = EigenvalueTarget.Largest;

    /// <summary>The tolerance of the residual relative to |A|. Default: 1e-8; at least 10 machine epsilons count.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The size m of the space; null for max(2 k + 10, 20) with k wanted pairs. Never larger than n, never smaller than k + 2.</summary>
    public int? SubspaceSize { get; init => field = value is { } v ? Require.Positive(v, nameof(SubspaceSize)) : null; }

    /// <summary>The largest number of restarts. Default: 300.</summary>
    public int MaxRestarts { get; init => field = Require.NonNegative(value); } = 300;

    /// <summary>Computes the wanted eigenpairs.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A, n x n, symmetric.</param>
    /// <param name="values">Receives the eigenvalues in the order of the target; its length is the number k of pairs.</param>
    /// <param name="vectors">Receives the eigenvectors, k x n, row-major: row i belongs to value i. Of length 1, orthogonal to each other.</param>
    /// <param name="key">The key of the starting vector.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or A isn't square.</exception>
    public EigenResult Solve<T>(ILinearOperator<T> a, Span<T> values, Span<T> vectors, RandomKey key, KrylovWorkspace<T>? workspace = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        EigenBasis.Check(a, values, vectors);
        int n = a.Rows, k = values.Length, m = Math.Min(n, Math.Max(SubspaceSize ?? Math.Max((2 * k) + 10, 20), k + 2));
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take(((2L * m) + 1) * n + (3L * m * m) + (2L * m) + 1);
        Span<T> basis = Krylov.Next(ref memory, (m + 1) * n), next = Krylov.Next(ref memory, m * n), projected = Krylov.Next(ref memory, m * m), scratch = Krylov.Next(ref memory, m * m);
        Span<T> ritz = Krylov.Next(ref memory, m * m), theta = Krylov.Next(ref memory, m), h = Krylov.Next(ref memory, m + 1);
        T tolerance = Tolerances.Of<T>(Tolerance);
        Span<int> places = m <= 256 ? stackalloc int[m] : new int[m];
        EigenBasis.Replace<T>(key, basis, basis, 0, n);
        projected.Clear();
        int kept = 0, products = 0;
        for (int restart = 0; ; restart++)
        {
            T beta = T.Zero;
            for (int j = kept; j < m; j++)
            {
                Span<T> w = basis.Slice((j + 1) * n, n);
                a.Apply(basis.Slice(j * n, n), w);
                products++;
                if (!T.IsFinite(Reduce.Norm<T>(w)))
                    return new(KrylovStatus.Breakdown, products, 0, double.NaN);
                h.Clear();
                bool grows = EigenBasis.TryOrthonormalize<T>(basis, basis, j + 1, n, h);
                for (int i = 0; i <= j; i++)
                    projected[(i * m) + j] = projected[(j * m) + i] = h[i];
                beta = grows ? h[j + 1] : T.Zero;

                // An invariant space: it goes on with a new direction, unless there is none.
                if (!grows && j + 1 < m)
                    EigenBasis.Replace<T>(key.Fold(products), basis, basis, j + 1, n);
            }

            projected.CopyTo(scratch);
            if (!SmallSymmetricEigen.TryDecompose(scratch, m, theta, ritz))
                return new(KrylovStatus.Breakdown, products, 0, double.NaN);
            EigenBasis.Order<T>(Target, theta, places);
            T scale = T.Max(T.Abs(theta[0]), T.Abs(theta[m - 1])), worst = T.Zero;
            int converged = 0;
            for (int i = 0; i < k; i++)
            {
                T residual = T.Abs(beta * ritz[(places[i] * m) + m - 1]);
                worst = T.Max(worst, residual);
                converged += residual <= tolerance * scale ? 1 : 0;
            }

            bool ends = converged == k || restart >= MaxRestarts;
            kept = ends ? k : Math.Min(m - 1, k + converged + ((m - k) / 3));
            for (int i = 0; i < kept; i++)
                ritz.Slice(places[i] * m, m).CopyTo(scratch[(i * m)..]);
            Blas.Gemm(false, false, kept, n, m, T.One, scratch, m, basis, n, T.Zero, next, n);
            if (ends)
            {
                for (int i = 0; i < k; i++)
                    values[i] = theta[places[i]];
                next[..(k * n)].CopyTo(vectors);
                return new(converged == k ? KrylovStatus.Converged : KrylovStatus.IterationLimit, products, converged, Krylov.ToDouble(worst));
            }

            basis.Slice(m * n, n).CopyTo(basis.Slice(kept * n, n));
            next[..(kept * n)].CopyTo(basis);
            projected.Clear();
            for (int i = 0; i < kept; i++)
                projected[(i * m) + i] = theta[places[i]];
        }
    }
}

/// <summary>Tolerances that the element type can meet.</summary>
internal static class Tolerances
{
    /// <summary>The tolerance, or 10 machine epsilons where that is more.</summary>
    public static T Of<T>(double tolerance) where T : unmanaged, IFloatingPointIeee754<T> => T.Max(T.CreateSaturating(tolerance), T.CreateTruncating(10) * Krylov.Epsilon<T>());
}
