using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The conjugate gradient method for A x = b with a symmetric positive definite operator A: after k products, x_k minimises the error in the A-norm, (x - x*)' A (x - x*), over
/// the Krylov space of k dimensions.
/// </summary>
/// <remarks>
/// <para>Stops where |b - A x| &lt;= max(<see cref="RelativeTolerance"/> |b|, <see cref="AbsoluteTolerance"/>) in the Euclidean norm. The residual is updated, not computed, so that it
/// drifts from the true one by rounding: with <see cref="VerifyResidual"/> the true one is computed at the end, and where it isn't within the tolerance, the method goes on from there; where that
/// doesn't help any more, the run ends as <see cref="KrylovStatus.Stagnated"/>.</para>
/// <para>One product with A and with the preconditioner for each iteration, and 10 n operations beside them; 4 n numbers of workspace. The error falls at least as
/// 2 ((sqrt(c) - 1) / (sqrt(c) + 1))^k with the condition number c. A direction of curvature p' A p &lt;= 0 ends the run as <see cref="KrylovStatus.Indefinite"/>: prefer
/// <see cref="Minres"/> for indefinite operators, <see cref="Gmres"/> for unsymmetric ones.</para>
/// <para>M. R. Hestenes, E. Stiefel (1952), Methods of conjugate gradients for solving linear systems, J. Res. NBS 49, 409-436; P. Concus, G. H. Golub, D. P. O'Leary (1976), A generalized conjugate
/// gradient method for the numerical solution of elliptic partial differential equations (the preconditioned form).</para>
/// </remarks>
[Algorithm("Conjugate gradients", "Iterative linear solvers", "Hestenes, Stiefel (1952), Methods of conjugate gradients for solving linear systems")]
public sealed record ConjugateGradient
{
    /// <summary>The tolerance of the residual relative to |b|. Default: 1e-6.</summary>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The absolute tolerance of the residual. Default: 0.</summary>
    public double AbsoluteTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest number of iterations; null for 10 n.</summary>
    public int? MaxIterations { get; init => field = value is { } v ? Require.NonNegative(v) : null; }

    /// <summary>Whether convergence is confirmed by one more product. Default: true; a truncated Newton method does without.</summary>
    public bool VerifyResidual { get; init; } = true;

    /// <summary>Solves A x = b.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A, n x n, symmetric positive definite.</param>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">The starting point, n elements; replaced by the solution.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <param name="preconditioner">An approximate inverse of A, symmetric positive definite; null for none.</param>
    /// <param name="observer">Watches the iterates; null for nobody.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, A isn't square, or b or x isn't finite.</exception>
    public KrylovResult Solve<T>(
        ILinearOperator<T> a, ReadOnlySpan<T> b, Span<T> x, KrylovWorkspace<T>? workspace = null, ILinearOperator<T>? preconditioner = null, IKrylovObserver<T>? observer = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        OperatorArgument.System(a, b, x, preconditioner);
        int n = a.Rows, limit = Krylov.Limit(MaxIterations, 10L * n), k = 0;
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take((preconditioner is null ? 3L : 4L) * n);
        Span<T> r = Krylov.Next(ref memory, n), p = Krylov.Next(ref memory, n), q = Krylov.Next(ref memory, n);
        Span<T> z = preconditioner is null ? r : Krylov.Next(ref memory, n);
        T norm = Reduce.Norm(b);
        if (norm == T.Zero)
        {
            x.Clear();
            return new(KrylovStatus.Converged, 0, 0);
        }

        T threshold = Krylov.Threshold(RelativeTolerance, norm, AbsoluteTolerance);
        T confirmed = norm = Krylov.Residual(a, b, x, r), rho = T.One, scale = Krylov.Normalize(r, norm);
        bool begins = true;
        while (true)
        {
            if (norm <= threshold)
            {
                if (!VerifyResidual || begins)
                    return Ended(KrylovStatus.Converged, k, norm, x, observer);
                norm = Krylov.Residual(a, b, x, r);
                if (norm <= threshold)
                    return Ended(KrylovStatus.Converged, k, norm, x, observer);
                if (!(norm < confirmed / T.CreateTruncating(2)))
                    return Ended(KrylovStatus.Stagnated, k, norm, x, observer);
                (confirmed, begins, scale) = (norm, true, Krylov.Normalize(r, norm));
            }

            if (!T.IsFinite(norm))
                return Ended(KrylovStatus.Breakdown, k, norm, x, observer);
            if (k >= limit)
                return Ended(KrylovStatus.IterationLimit, k, norm, x, observer);
            preconditioner?.Apply(r, z);
            T before = rho;
            rho = Reduce.Dot<T>(r, z);
            if (!(rho > T.Zero) || !T.IsFinite(rho))
                return Ended(KrylovStatus.Breakdown, k, norm, x, observer);
            if (begins)
                z.CopyTo(p);
            else
                Krylov.ScaleAdd(rho / before, p, z);
            begins = false;
            a.Apply(p, q);
            T curvature = Reduce.Dot<T>(p, q), alpha = rho / curvature;
            if (!T.IsFinite(curvature) || (curvature > T.Zero && !T.IsFinite(alpha)))
                return Ended(KrylovStatus.Breakdown, k, norm, x, observer);
            bool goesOn = observer is null || observer.Continue(new KrylovStep<T>
            {
                Iteration = k,
                ResidualNorm = Krylov.ToDouble(norm),
                Solution = x,
                Direction = p,
                Curvature = Krylov.ToDouble(curvature),
                StepLength = Krylov.ToDouble(alpha * scale),
            });
            if (curvature <= T.Zero)
                return new(KrylovStatus.Indefinite, k, Krylov.ToDouble(norm));
            if (!goesOn)
                return new(KrylovStatus.Stopped, k, Krylov.ToDouble(norm));
            VectorKernels.AddScaled(alpha * scale, p, x);
            VectorKernels.AddScaled(-alpha, q, r);
            norm = Reduce.Norm<T>(r) * scale;
            k++;
        }
    }

    private static KrylovResult Ended<T>(KrylovStatus status, int k, T norm, ReadOnlySpan<T> x, IKrylovObserver<T>? observer) where T : unmanaged, IFloatingPointIeee754<T>
    {
        observer?.Continue(new KrylovStep<T> { Iteration = k, ResidualNorm = Krylov.ToDouble(norm), Solution = x });
        return new(status, k, Krylov.ToDouble(norm));
    }
}
