using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// BiCGSTAB for A x = b with any square operator A: biconjugate gradients whose residual polynomial is multiplied by locally minimising factors. Short recursions, so memory that
/// doesn't grow; the price is a residual that isn't monotone.
/// </summary>
/// <remarks>
/// <para>Stops where |b - A x| &lt;= max(<see cref="RelativeTolerance"/> |b|, <see cref="AbsoluteTolerance"/>); the updated residual is confirmed by the true one, and the method goes on from there, or ends as
/// <see cref="KrylovStatus.Stagnated"/>. Where the recursion divides by (nearly) 0, it begins again with the residual as the new shadow vector; where that happens at once again, it ends as
/// <see cref="KrylovStatus.Breakdown"/>. The preconditioner is applied from the right.</para>
/// <para>Two products with A and the preconditioner for each iteration, and 20 n operations beside them; 8 n numbers of workspace. For symmetric operators prefer <see cref="ConjugateGradient"/> or
/// <see cref="Minres"/>; where the residual must fall steadily, <see cref="Gmres"/>.</para>
/// <para>H. A. van der Vorst (1992), Bi-CGSTAB: a fast and smoothly converging variant of Bi-CG for the solution of nonsymmetric linear systems, SIAM J. Sci. Stat. Comput. 13, 631-644.</para>
/// </remarks>
[Algorithm("BiCGSTAB", "Iterative linear solvers", "van der Vorst (1992), Bi-CGSTAB: a fast and smoothly converging variant of Bi-CG for the solution of nonsymmetric linear systems")]
public sealed record BiCgStab
{
    /// <summary>The tolerance of the residual relative to |b|. Default: 1e-6.</summary>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The absolute tolerance of the residual. Default: 0.</summary>
    public double AbsoluteTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest number of iterations, of two products each; null for 10 n.</summary>
    public int? MaxIterations { get; init => field = value is { } v ? Require.NonNegative(v) : null; }

    /// <summary>Solves A x = b.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A, n x n.</param>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">The starting point, n elements; replaced by the solution.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <param name="preconditioner">An approximate inverse of A; null for none.</param>
    /// <param name="observer">Watches the iterates; null for nobody.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, A isn't square, or b or x isn't finite.</exception>
    public KrylovResult Solve<T>(
        ILinearOperator<T> a, ReadOnlySpan<T> b, Span<T> x, KrylovWorkspace<T>? workspace = null, ILinearOperator<T>? preconditioner = null, IKrylovObserver<T>? observer = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        OperatorArgument.System(a, b, x, preconditioner);
        int n = a.Rows, limit = Krylov.Limit(MaxIterations, 10L * n), k = 0;
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take((preconditioner is null ? 5L : 7L) * n);
        Span<T> r = Krylov.Next(ref memory, n), shadow = Krylov.Next(ref memory, n), p = Krylov.Next(ref memory, n), v = Krylov.Next(ref memory, n), t = Krylov.Next(ref memory, n);
        Span<T> pm = preconditioner is null ? p : Krylov.Next(ref memory, n), sm = preconditioner is null ? r : Krylov.Next(ref memory, n);
        T norm = Reduce.Norm(b);
        if (norm == T.Zero)
        {
            x.Clear();
            return new(KrylovStatus.Converged, 0, 0);
        }

        T threshold = Krylov.Threshold(RelativeTolerance, norm, AbsoluteTolerance), tiny = Krylov.Epsilon<T>() * Krylov.Epsilon<T>();
        T confirmed = norm = Krylov.Residual(a, b, x, r), rho = T.One, alpha = T.One, omega = T.One, shadowNorm = T.One, scale = Krylov.Normalize(r, norm);
        bool begins = true, exact = true;
        while (true)
        {
            if (norm <= threshold && !exact)
            {
                norm = Krylov.Residual(a, b, x, r);
                if (norm > threshold && !(norm < confirmed / T.CreateTruncating(2)))
                    return Ended(KrylovStatus.Stagnated, k, norm, x, observer);
                (confirmed, begins, exact, scale) = (norm, true, true, Krylov.Normalize(r, norm));
            }

            KrylovStatus? status = norm <= threshold ? KrylovStatus.Converged : !T.IsFinite(norm) ? KrylovStatus.Breakdown : k >= limit ? KrylovStatus.IterationLimit : null;
            if (status is { } ended)
                return Ended(ended, k, norm, x, observer);
            if (observer is not null && !observer.Continue(new KrylovStep<T> { Iteration = k, ResidualNorm = Krylov.ToDouble(norm), Solution = x }))
                return new(KrylovStatus.Stopped, k, Krylov.ToDouble(norm));

            T before = rho;
            rho = begins ? T.Zero : Reduce.Dot<T>(shadow, r);
            if (!begins && !(T.Abs(rho) > tiny * shadowNorm * (norm / scale)))
                begins = true;
            bool fresh = begins;
            if (begins)
            {
                r.CopyTo(shadow);
                r.CopyTo(p);
                shadowNorm = norm / scale;
                rho = Reduce.SumOfSquares<T>(r);
                begins = false;
            }
            else
            {
                // p = r + beta (p - omega v)
                T beta = rho / before * (alpha / omega);
                VectorKernels.AddScaled(-omega, v, p);
                Krylov.ScaleAdd(beta, p, r);
            }

            preconditioner?.Apply(p, pm);
            a.Apply(pm, v);
            alpha = rho / Reduce.Dot<T>(shadow, v);
            if (!T.IsFinite(alpha) || rho == T.Zero)
            {
                if (fresh)
                    return Ended(KrylovStatus.Breakdown, k, norm, x, observer);
                begins = true;
                continue;
            }

            VectorKernels.AddScaled(alpha * scale, pm, x);
            VectorKernels.AddScaled(-alpha, v, r);
            k++;
            exact = false;
            norm = Reduce.Norm<T>(r) * scale;
            if (norm <= threshold)
                continue;
            preconditioner?.Apply(r, sm);
            a.Apply(sm, t);
            T length = Reduce.Norm<T>(t);
            omega = Reduce.Dot<T>(t, r) / length / length;
            if (!T.IsFinite(omega) || omega == T.Zero)
            {
                // The half step stands; a factor that can't be formed asks for a new shadow vector.
                if (fresh)
                    return Ended(KrylovStatus.Breakdown, k, norm, x, observer);
                begins = true;
                continue;
            }

            VectorKernels.AddScaled(omega * scale, sm, x);
            VectorKernels.AddScaled(-omega, t, r);
            norm = Reduce.Norm<T>(r) * scale;
        }
    }

    private static KrylovResult Ended<T>(KrylovStatus status, int k, T norm, ReadOnlySpan<T> x, IKrylovObserver<T>? observer) where T : unmanaged, IFloatingPointIeee754<T>
    {
        observer?.Continue(new KrylovStep<T> { Iteration = k, ResidualNorm = Krylov.ToDouble(norm), Solution = x });
        return new(status, k, Krylov.ToDouble(norm));
    }
}
