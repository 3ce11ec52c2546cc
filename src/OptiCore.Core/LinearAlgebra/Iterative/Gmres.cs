using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// GMRES(m) for A x = b with any square operator A: within a cycle of m products, the iterate minimises |b - A x| over the Krylov space; then the method starts again
/// from it.
/// </summary>
/// <remarks>
/// <para>Arnoldi's basis by modified Gram-Schmidt, a second time for vectors that lose more than a factor sqrt(2) of their length, so that it is orthogonal to rounding; the least-squares problem by
/// Givens rotations. The preconditioner is applied from the right, A M^-1 u = b, so that the residual is that of the system itself. With <see cref="Flexible"/> the preconditioner may
/// be another operator in each iteration (an inner iterative method, for example), for m further vectors.</para>
/// <para>Stops where |b - A x| &lt;= max(<see cref="RelativeTolerance"/> |b|, <see cref="AbsoluteTolerance"/>); the true residual is computed at the end of each cycle. A cycle that doesn't lower
/// it ends the run as <see cref="KrylovStatus.Stagnated"/> (a longer <see cref="Restart"/> helps). The residual never grows.</para>
/// <para>One product with A and the preconditioner for each iteration, and 4 j n operations in iteration j of a cycle (twice that with the second pass); (m + 2) n numbers of workspace. For symmetric operators prefer
/// <see cref="ConjugateGradient"/> or <see cref="Minres"/>, where memory is short <see cref="BiCgStab"/>.</para>
/// <para>Y. Saad, M. H. Schultz (1986), GMRES: a generalized minimal residual algorithm for solving nonsymmetric linear systems, SIAM J. Sci. Stat. Comput. 7, 856-869;
/// Y. Saad (1993), A flexible inner-outer preconditioned GMRES algorithm.</para>
/// </remarks>
[Algorithm("GMRES", "Iterative linear solvers", "Saad, Schultz (1986), GMRES: a generalized minimal residual algorithm for solving nonsymmetric linear systems")]
public sealed record Gmres
{
    /// <summary>The tolerance of the residual relative to |b|. Default: 1e-6.</summary>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The absolute tolerance of the residual. Default: 0.</summary>
    public double AbsoluteTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest number of iterations (products inside cycles); null for 10 n.</summary>
    public int? MaxIterations { get; init => field = value is { } v ? Require.NonNegative(v) : null; }

    /// <summary>The length m of a cycle. Default: 30; never longer than n.</summary>
    public int Restart { get; init => field = Require.Positive(value); } = 30;

    /// <summary>Whether the preconditioner may change from iteration to iteration. Default: false.</summary>
    public bool Flexible { get; init; }

    /// <summary>Solves A x = b.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A, n x n.</param>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">The starting point, n elements; replaced by the solution.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <param name="preconditioner">An approximate inverse of A; null for none.</param>
    /// <param name="observer">Watches the iterates; inside a cycle it sees the norm of the residual only.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, A isn't square, or b or x isn't finite.</exception>
    public KrylovResult Solve<T>(
        ILinearOperator<T> a, ReadOnlySpan<T> b, Span<T> x, KrylovWorkspace<T>? workspace = null, ILinearOperator<T>? preconditioner = null, IKrylovObserver<T>? observer = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        OperatorArgument.System(a, b, x, preconditioner);
        int n = a.Rows, m = Math.Max(1, Math.Min(Restart, n)), limit = Krylov.Limit(MaxIterations, 10L * n), k = 0;
        bool keepsAll = Flexible && preconditioner is not null;
        long vectors = m + 1 + (preconditioner is null ? 0 : keepsAll ? m : 2);
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take((vectors * n) + ((long)m * m) + (4L * m) + 2);
        Span<T> basis = Krylov.Next(ref memory, (m + 1) * n);
        Span<T> preconditioned = preconditioner is null ? default : Krylov.Next(ref memory, (keepsAll ? m : 2) * n);
        Span<T> r = Krylov.Next(ref memory, m * m), cosines = Krylov.Next(ref memory, m), sines = Krylov.Next(ref memory, m), g = Krylov.Next(ref memory, m + 1), h = memory[..(m + 1)];
        T norm = Reduce.Norm(b);
        if (norm == T.Zero)
        {
            x.Clear();
            return new(KrylovStatus.Converged, 0, 0);
        }

        T threshold = Krylov.Threshold(RelativeTolerance, norm, AbsoluteTolerance), last = T.PositiveInfinity;
        while (true)
        {
            norm = Krylov.Residual(a, b, x, basis[..n]);
            bool goesOn = observer is null || observer.Continue(new KrylovStep<T> { Iteration = k, ResidualNorm = Krylov.ToDouble(norm), Solution = x });
            KrylovStatus? status = norm <= threshold ? KrylovStatus.Converged
                : !T.IsFinite(norm) ? KrylovStatus.Breakdown
                : !goesOn ? KrylovStatus.Stopped
                : !(norm < last) ? KrylovStatus.Stagnated
                : k >= limit ? KrylovStatus.IterationLimit : null;
            if (status is { } ended)
                return new(ended, k, Krylov.ToDouble(norm));
            last = norm;
            Krylov.Divide(basis[..n], norm);
            g.Clear();
            g[0] = norm;
            int columns = 0;
            bool stopped = false;
            while (columns < m && k < limit)
            {
                int j = columns;
                Span<T> v = basis.Slice(j * n, n), w = basis.Slice((j + 1) * n, n);
                if (preconditioner is null)
                {
                    a.Apply(v, w);
                }
                else
                {
                    Span<T> z = preconditioned.Slice(keepsAll ? j * n : 0, n);
                    preconditioner.Apply(v, z);
                    a.Apply(z, w);
                }

                k++;
                if (!Orthogonalize(basis, n, j, w, h))
                {
                    // A product that isn't finite: what the cycle has so far is kept.
                    stopped = true;
                    break;
                }

                columns++;
                Rotate(h, cosines, sines, g, j);
                h[..(j + 1)].CopyTo(r[(j * m)..]);
                T estimate = T.Abs(g[j + 1]);
                if (estimate <= threshold || h[j + 1] == T.Zero || k >= limit)
                    break;
                if (columns < m && observer is not null && !observer.Continue(new KrylovStep<T> { Iteration = k, ResidualNorm = Krylov.ToDouble(estimate) }))
                {
                    stopped = true;
                    break;
                }
            }

            // Back substitution; a pivot that is 0 to rounding (a singular operator) leaves its direction out.
            Span<T> y = g[..columns];
            T largest = T.Zero;
            for (int i = 0; i < columns; i++)
                largest = T.Max(largest, T.Abs(r[(i * m) + i]));
            T negligible = T.CreateTruncating(columns) * Krylov.Epsilon<T>() * largest;
            for (int i = columns - 1; i >= 0; i--)
            {
                T pivot = r[(i * m) + i];
                y[i] = T.Abs(pivot) <= negligible ? T.Zero : y[i] / pivot;
                VectorKernels.AddScaled(-y[i], r.Slice(i * m, i), y[..i]);
            }

            AddCombination(basis, preconditioned, keepsAll, preconditioner, n, y, x);
            if (stopped)
            {
                norm = Krylov.Residual(a, b, x, basis[..n]);
                return new(norm <= threshold ? KrylovStatus.Converged : columns < m && !T.IsFinite(h[0]) ? KrylovStatus.Breakdown : KrylovStatus.Stopped, k, Krylov.ToDouble(norm));
            }
        }
    }

    /// <summary>h = V' w, w = w - V h, normalised, with its norm in h[j + 1] (0 where w lies in the space); false where w isn't finite.</summary>
    private static bool Orthogonalize<T>(Span<T> basis, int n, int j, Span<T> w, Span<T> h) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T before = Reduce.Norm<T>(w), original = before;
        h[..(j + 2)].Clear();
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i <= j; i++)
            {
                Span<T> v = basis.Slice(i * n, n);
                T dot = Reduce.Dot<T>(v, w);
                h[i] += dot;
                VectorKernels.AddScaled(-dot, v, w);
            }

            T after = Reduce.Norm<T>(w);
            h[j + 1] = after;
            if (after * after * T.CreateTruncating(2) > before * before)
                break;
            before = after;
        }

        if (!T.IsFinite(h[j + 1]))
        {
            h[0] = T.NaN;
            return false;
        }

        if (h[j + 1] <= Krylov.Epsilon<T>() * original)
            h[j + 1] = T.Zero;
        else
            Krylov.Divide(w, h[j + 1]);
        return true;
    }

    private static void Rotate<T>(Span<T> h, Span<T> cosines, Span<T> sines, Span<T> g, int j) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < j; i++)
            (h[i], h[i + 1]) = ((cosines[i] * h[i]) + (sines[i] * h[i + 1]), (cosines[i] * h[i + 1]) - (sines[i] * h[i]));
        T length = T.Hypot(h[j], h[j + 1]);
        bool vanishes = length == T.Zero;
        cosines[j] = vanishes ? T.One : h[j] / length;
        sines[j] = vanishes ? T.Zero : h[j + 1] / length;
        h[j] = length;
        g[j + 1] = -sines[j] * g[j];
        g[j] = cosines[j] * g[j];
    }

    private static void AddCombination<T>(
        Span<T> basis, Span<T> preconditioned, bool keepsAll, ILinearOperator<T>? preconditioner, int n, ReadOnlySpan<T> y, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (preconditioner is null || keepsAll)
        {
            for (int i = 0; i < y.Length; i++)
                VectorKernels.AddScaled(y[i], (keepsAll ? preconditioned : basis).Slice(i * n, n), x);
            return;
        }

        Span<T> sum = preconditioned[..n], z = preconditioned.Slice(n, n);
        sum.Clear();
        for (int i = 0; i < y.Length; i++)
            VectorKernels.AddScaled(y[i], basis.Slice(i * n, n), sum);
        preconditioner.Apply(sum, z);
        VectorKernels.AddScaled(T.One, z, x);
    }
}
