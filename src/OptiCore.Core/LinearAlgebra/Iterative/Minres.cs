using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// MINRES for A x = b with a symmetric operator A, definite or not, regular or not: after k products, x_k minimises |b - A x| over the Krylov space of k dimensions.
/// </summary>
/// <remarks>
/// <para>With a preconditioner M^-1 (symmetric positive definite), norms of residuals are sqrt(r' M^-1 r). Stops where that of b - A x is at most max(<see cref="RelativeTolerance"/> times that of b,
/// <see cref="AbsoluteTolerance"/>); or, as <see cref="KrylovStatus.LeastSquares"/>, where |A r| &lt;= <see cref="RelativeTolerance"/> |A| |r|: the operator is singular and the system has no
/// solution. The residual never grows from one iterate to the next.</para>
/// <para>One product with A and with the preconditioner for each iteration, and about 14 n operations beside them; 7 n numbers of workspace. For positive definite operators
/// <see cref="ConjugateGradient"/> is cheaper by a third.</para>
/// <para>C. C. Paige, M. A. Saunders (1975), Solution of sparse indefinite systems of linear equations, SIAM J. Numer. Anal. 12, 617-629.</para>
/// </remarks>
[Algorithm("MINRES", "Iterative linear solvers", "Paige, Saunders (1975), Solution of sparse indefinite systems of linear equations")]
public sealed record Minres
{
    /// <summary>The tolerance of the residual relative to b. Default: 1e-6.</summary>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The absolute tolerance of the residual. Default: 0.</summary>
    public double AbsoluteTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest number of iterations; null for 10 n.</summary>
    public int? MaxIterations { get; init => field = value is { } v ? Require.NonNegative(v) : null; }

    /// <summary>Solves A x = b, or min |b - A x| where there is no solution.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A, n x n, symmetric.</param>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">The starting point, n elements; replaced by the solution.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <param name="preconditioner">A symmetric positive definite operator that is applied as M^-1; null for none.</param>
    /// <param name="observer">Watches the iterates; null for nobody.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, A isn't square, or b or x isn't finite.</exception>
    public KrylovResult Solve<T>(
        ILinearOperator<T> a, ReadOnlySpan<T> b, Span<T> x, KrylovWorkspace<T>? workspace = null, ILinearOperator<T>? preconditioner = null, IKrylovObserver<T>? observer = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        OperatorArgument.System(a, b, x, preconditioner);
        int n = a.Rows, limit = Krylov.Limit(MaxIterations, 10L * n);
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take(7L * n);
        Span<T> previous = Krylov.Next(ref memory, n), current = Krylov.Next(ref memory, n), y = Krylov.Next(ref memory, n), v = Krylov.Next(ref memory, n);
        Span<T> w1 = Krylov.Next(ref memory, n), w2 = Krylov.Next(ref memory, n), w = Krylov.Next(ref memory, n);
        if (!b.ContainsAnyExcept(T.Zero))
        {
            x.Clear();
            return new(KrylovStatus.Converged, 0, 0);
        }

        // The unnormalised Lanczos vectors are kept (as residuals r_k), so that the preconditioner's inner product costs no further vectors.
        Krylov.Residual(a, b, x, current);
        if (!TryNorm(preconditioner, b, y, out T norm) || !TryNorm(preconditioner, current, y, out T beta))
            return new(KrylovStatus.Breakdown, 0, double.NaN);
        T threshold = Krylov.Threshold(RelativeTolerance, norm, AbsoluteTolerance), relative = T.CreateSaturating(RelativeTolerance);
        w1.Clear();
        w2.Clear();
        previous.Clear();
        T betaBefore = T.One, phi = beta, squares = T.Zero, largest = T.Zero, smallest = T.PositiveInfinity;
        (T c1, T s1, T c2, T s2) = (T.One, T.Zero, T.One, T.Zero);
        for (int k = 0; ; k++)
        {
            T residual = T.Abs(phi);
            bool goesOn = observer is null || observer.Continue(new KrylovStep<T> { Iteration = k, ResidualNorm = Krylov.ToDouble(residual), Solution = x });
            double condition = largest > T.Zero ? Krylov.ToDouble(largest / smallest) : double.NaN;
            var result = new KrylovResult(KrylovStatus.Converged, k, Krylov.ToDouble(residual)) { ConditionNumber = condition, OperatorNorm = Krylov.ToDouble(T.Sqrt(squares)) };
            if (residual <= threshold)
                return result;
            if (!T.IsFinite(residual))
                return result with { Status = KrylovStatus.Breakdown };
            if (!goesOn)
                return result with { Status = KrylovStatus.Stopped };
            if (k >= limit)
                return result with { Status = KrylovStatus.IterationLimit };
            if (beta == T.Zero)
                return result with { Status = KrylovStatus.LeastSquares };

            y.CopyTo(v);
            Krylov.Divide(v, beta);
            a.Apply(v, y);
            if (k > 0)
                VectorKernels.AddScaled(-beta / betaBefore, previous, y);
            T alpha = Reduce.Dot<T>(v, y);
            VectorKernels.AddScaled(-alpha / beta, current, y);
            Span<T> spare = previous;
            previous = current;
            current = spare;
            y.CopyTo(current);
            betaBefore = beta;
            if (!TryNorm(preconditioner, current, y, out beta))
                return result with { Status = KrylovStatus.Breakdown };
            T betaColumn = k > 0 ? betaBefore : T.Zero;
            squares += (alpha * alpha) + (beta * beta) + (betaColumn * betaColumn);

            // Column k of the tridiagonal matrix, (beta_k, alpha_k, beta_(k+1)), through the two rotations before it and its own.
            T epsilon = s2 * betaColumn, turned = c2 * betaColumn;
            T delta = (c1 * turned) + (s1 * alpha), bar = (c1 * alpha) - (s1 * turned);
            T gamma = T.Hypot(bar, beta);
            T scale = T.Sqrt(squares), eps = Krylov.Epsilon<T>();

            // The norm of A times the residual of the iterate before this column, equation (2.20) of Choi, Paige and Saunders (2011).
            T normal = residual * T.Hypot(bar, c1 * beta);
            if (k > 0 && normal <= T.Max(relative, eps) * scale * residual && residual > threshold)
                return result with { Status = KrylovStatus.LeastSquares, NormalResidualNorm = Krylov.ToDouble(normal) };
            if (gamma == T.Zero)
                return result with { Status = KrylovStatus.LeastSquares, NormalResidualNorm = 0 };
            (c2, s2) = (c1, s1);
            (c1, s1) = (bar / gamma, beta / gamma);
            T tau = c1 * phi;
            phi = -s1 * phi;
            largest = T.Max(largest, gamma);
            smallest = T.Min(smallest, gamma);
            v.CopyTo(w);
            VectorKernels.AddScaled(-epsilon, w1, w);
            VectorKernels.AddScaled(-delta, w2, w);
            Krylov.Divide(w, gamma);
            VectorKernels.AddScaled(tau, w, x);
            Span<T> oldest = w1;
            w1 = w2;
            w2 = w;
            w = oldest;
        }
    }

    /// <summary>y = M^-1 r and sqrt(r' y); false where that isn't the norm of a positive definite operator.</summary>
    private static bool TryNorm<T>(ILinearOperator<T>? preconditioner, ReadOnlySpan<T> r, Span<T> y, out T norm) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (preconditioner is null)
        {
            r.CopyTo(y);
            norm = Reduce.Norm(r);
            return T.IsFinite(norm);
        }

        preconditioner.Apply(r, y);
        T square = Reduce.Dot(r, y);
        norm = T.Sqrt(T.Max(square, T.Zero));
        return T.IsFinite(square) && (square > T.Zero || !r.ContainsAnyExcept(T.Zero));
    }
}
