using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// LOBPCG for a few extreme eigenpairs of A x = lambda B x with symmetric A and symmetric positive definite B (the identity by default): Rayleigh-Ritz on the span of the block X, its preconditioned residuals W and the directions P of
/// the step before.
/// </summary>
/// <remarks>
/// <para>The basis is kept B-orthonormal, so that the projected problem is a plain symmetric one and doesn't break down near convergence: W is orthogonalised against X and P and rows that vanish are dropped; P is made from
/// coefficients orthogonal to those of X (Duersch, Shao, Yang and Gu). Pairs that have converged stop contributing residuals but stay in the block (soft locking). Sees multiple eigenvalues up to the size of the block.</para>
/// <para>A pair has converged where |A x - lambda B x| &lt;= <see cref="Tolerance"/> (|A| |x| + |lambda| |B x|), with |A| estimated from the products. A good preconditioner (an incomplete or shifted factorization) decides the number of iterations.</para>
/// <para>At most k products with A, B and the preconditioner for each iteration of k pairs, and about 40 k^2 n operations beside them; 10 k n numbers of workspace (13 k n with B). n should be at least 3 k.</para>
/// <para>A. V. Knyazev (2001), Toward the optimal preconditioned eigensolver: locally optimal block preconditioned conjugate gradient method, SIAM J. Sci. Comput. 23, 517-541; J. A. Duersch, M. Shao, C. Yang, M. Gu (2018), A robust and efficient
/// implementation of LOBPCG, SIAM J. Sci. Comput. 40, C655-C676.</para>
/// </remarks>
[Algorithm("LOBPCG", "Iterative eigenproblems", "Knyazev (2001), Toward the optimal preconditioned eigensolver; Duersch, Shao, Yang, Gu (2018), A robust and efficient implementation of LOBPCG")]
public sealed record Lobpcg
{
    /// <summary>Which eigenvalues are wanted: the smallest or the largest. Default: the smallest.</summary>
    public EigenvalueTarget Target
    {
        get;
        init => field = Require.Defined(value) != EigenvalueTarget.LargestMagnitude ? value
            : throw new ArgumentOutOfRangeException(nameof(Target), value, "Target must be Smallest or Largest: the ends of the spectrum.");
    }
    = EigenvalueTarget.Smallest;

    /// <summary>The relative tolerance of the residual. Default: 1e-8; at least 10 machine epsilons count.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The largest number of iterations. Default: 500.</summary>
    public int MaxIterations { get; init => field = Require.NonNegative(value); } = 500;

    /// <summary>Whether the vectors given hold a first guess; false for a random start. Default: false.</summary>
    public bool StartsFromVectors { get; init; }

    /// <summary>Computes the wanted eigenpairs.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A, n x n, symmetric.</param>
    /// <param name="values">Receives the eigenvalues in the order of the target; its length is the number k of pairs.</param>
    /// <param name="vectors">Receives the eigenvectors, k x n, row-major, B-orthonormal: row i belongs to value i. Read where <see cref="StartsFromVectors"/> is set.</param>
    /// <param name="key">The key of the random start.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <param name="b">The operator B, n x n, symmetric positive definite; null for the identity.</param>
    /// <param name="preconditioner">An approximate inverse of A (minus a shift below the wanted values), symmetric positive definite; null for none.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or A isn't square.</exception>
    public EigenResult Solve<T>(
        ILinearOperator<T> a, Span<T> values, Span<T> vectors, RandomKey key, KrylovWorkspace<T>? workspace = null, ILinearOperator<T>? b = null, ILinearOperator<T>? preconditioner = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        EigenBasis.Check(a, values, vectors);
        int n = a.Rows, k = values.Length, most = 3 * k, blocks = b is null ? 2 : 3;
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take((((long)blocks * most) + (3L * k)) * n + (4L * most * most) + most);
        Span<T> s = Krylov.Next(ref memory, most * n), products = Krylov.Next(ref memory, most * n), metric = b is null ? s : Krylov.Next(ref memory, most * n);
        Span<T> next = Krylov.Next(ref memory, 2 * k * n), residuals = Krylov.Next(ref memory, k * n);
        Span<T> projected = Krylov.Next(ref memory, most * most), ritz = Krylov.Next(ref memory, most * most), c = Krylov.Next(ref memory, most * most), theta = Krylov.Next(ref memory, most);
        Span<int> places = k <= 256 ? stackalloc int[k] : new int[k];
        T tolerance = Tolerances.Of<T>(Tolerance), scale = T.Zero;

        for (int i = 0; i < k; i++)
        {
            if (StartsFromVectors)
                vectors.Slice(i * n, n).CopyTo(s.Slice(i * n, n));
            if (!StartsFromVectors || !EigenBasis.TryOrthonormalize<T>(s, metric, i, n))
                EigenBasis.Replace<T>(key.Fold(i), s, metric, i, n);
            if (!TryScale(b, s, metric, i, n) || !TryMultiply(a, s, products, i, n, ref scale))
                return new(KrylovStatus.Breakdown, 0, 0, double.NaN);
        }

        int size = k, directions = 0;
        for (int iteration = 0; ; iteration++)
        {
            Blas.Gemm(false, true, size, size, n, T.One, s, n, products, n, T.Zero, projected, size);
            SubspaceIteration.Symmetrize(projected[..(size * size)], size);
            if (!SmallSymmetricEigen.TryDecompose(projected, size, theta, ritz))
                return new(KrylovStatus.Breakdown, iteration, 0, double.NaN);
            EigenBasis.Order<T>(Target, theta[..size], places);
            for (int i = 0; i < k; i++)
                ritz.Slice(places[i] * size, size).CopyTo(c[(i * size)..]);

            // The new directions: the parts of the Ritz vectors outside of X, orthogonal to the Ritz vectors in the space of coefficients.
            directions = 0;
            for (int i = 0; i < k && size > k; i++)
            {
                Span<T> row = c.Slice((k + directions) * size, size);
                c.Slice(i * size, size).CopyTo(row);
                row[..k].Clear();
                directions += EigenBasis.TryOrthonormalize<T>(c, c, k + directions, size) ? 1 : 0;
            }

            int rows = k + directions;
            Turn(c, rows, size, s, next, n);
            Turn(c, rows, size, products, next, n);
            if (b is not null)
                Turn(c, rows, size, metric, next, n);
            size = rows;

            int converged = 0, active = 0;
            T worst = T.Zero;
            for (int i = 0; i < k; i++)
            {
                T lambda = theta[places[i]];
                values[i] = lambda;
                Span<T> residual = residuals.Slice(active * n, n);
                products.Slice(i * n, n).CopyTo(residual);
                VectorKernels.AddScaled(-lambda, metric.Slice(i * n, n), residual);
                T norm = Reduce.Norm<T>(residual), bound = (scale * Reduce.Norm<T>(s.Slice(i * n, n))) + (T.Abs(lambda) * Reduce.Norm<T>(metric.Slice(i * n, n)));
                worst = T.Max(worst, norm);
                if (norm <= tolerance * bound)
                    converged++;
                else
                    active++;
            }

            KrylovStatus? status = converged == k ? KrylovStatus.Converged : iteration >= MaxIterations ? KrylovStatus.IterationLimit : null;
            for (int i = 0; i < active && status is null; i++)
            {
                Span<T> residual = residuals.Slice(i * n, n), w = s.Slice(size * n, n);
                if (preconditioner is null)
                    residual.CopyTo(w);
                else
                    preconditioner.Apply(residual, w);
                if (!EigenBasis.TryOrthonormalize<T>(s, metric, size, n))
                    continue;
                if (!TryScale(b, s, metric, size, n) || !TryMultiply(a, s, products, size, n, ref scale))
                    status = KrylovStatus.Breakdown;
                size++;
            }

            if (status is null && size == rows)
                status = KrylovStatus.Stagnated;
            if (status is { } ended)
            {
                s[..(k * n)].CopyTo(vectors);
                return new(ended, iteration, converged, Krylov.ToDouble(worst));
            }
        }
    }

    /// <summary>Gives row i the length 1 in B, and writes its product with B.</summary>
    private static bool TryScale<T>(ILinearOperator<T>? b, Span<T> s, Span<T> metric, int i, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (b is null)
            return true;
        Span<T> row = s.Slice(i * n, n), product = metric.Slice(i * n, n);
        b.Apply(row, product);
        T square = Reduce.Dot<T>(row, product);
        if (!(square > T.Zero) || !T.IsFinite(square))
            return false;
        Krylov.Divide(product, T.Sqrt(square));
        Krylov.Divide(row, T.Sqrt(square));
        return true;
    }

    private static bool TryMultiply<T>(ILinearOperator<T> a, Span<T> s, Span<T> products, int i, int n, ref T scale) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> row = s.Slice(i * n, n), product = products.Slice(i * n, n);
        a.Apply(row, product);
        T norm = Reduce.Norm<T>(product);
        scale = T.Max(scale, norm / Reduce.Norm<T>(row));
        return T.IsFinite(norm);
    }

    private static void Turn<T>(ReadOnlySpan<T> c, int rows, int size, Span<T> block, Span<T> next, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Blas.Gemm(false, false, rows, n, size, T.One, c, size, block, n, T.Zero, next, n);
        next[..(rows * n)].CopyTo(block);
    }
}
