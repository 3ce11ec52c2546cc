using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Sequential quadratic programming for smooth objectives and constraints: each step minimises a quadratic model of the Lagrangian subject to the linearised constraints and the bounds, then searches along it. The
/// quasi-Newton method for constrained problems of up to some hundred variables.
/// </summary>
/// <remarks>
/// <para>The step d solves min 1/2 d'B d + g'd, lower - c &lt;= J d &lt;= upper - c, within the bounds, by the dual active-set method of Goldfarb and Idnani; B is Powell's damped BFGS approximation of the Hessian of the Lagrangian.
/// The search is Armijo's on the exact penalty f + sum nu_i violation_i with Powell's weights nu_i = max(|y_i|, (nu_i + |y_i|) / 2). Where a full step is refused, a second-order correction is tried once, so
/// that fast convergence isn't lost (the Maratos effect).</para>
/// <para>Linearised constraints without a common point are relaxed (Kraft's augmented problem): a part delta in [0, 1] of the violations is left, at a cost of rho delta^2 / 2 with rho from 1e2 raised to 1e7. Where they
/// can't shrink all together, each constraint gets a slack of its own at a cost of rho s^2 / 2 instead. When even this leads nowhere, the run ends as Failed with <see cref="StopReason.Infeasible"/>.</para>
/// <para>Converged when no constraint is violated by more than the feasibility tolerance and the model promises next to nothing, |g'd| + sum |y_i| violation_i &lt;= <see cref="Tolerance"/> max(1, |f|); a step of
/// <see cref="StoppingRules.StepTolerance"/> may be a further criterion.</para>
/// <para>D. Kraft (1988), A software package for sequential quadratic programming, DFVLR-FB 88-28, whose SLSQP solves the subproblem as a least-squares problem instead; M. J. D. Powell (1978), A fast algorithm for nonlinearly
/// constrained optimization calculations; R. Fletcher (1982), Second order corrections for non-differentiable optimization.</para>
/// <para>Costs one evaluation of everything for most iterations, and O(n^3 + n^2 m) operations. For constraints without derivatives see the finite differences of <see cref="Function"/>; for many variables prefer
/// <see cref="AugmentedLagrangian"/>.</para>
/// </remarks>
[Algorithm("SLSQP", "Constrained", "Kraft (1988), A software package for sequential quadratic programming", Capabilities = "gradient, constraints, bounds")]
public sealed record Slsqp : ISolver<double, IDifferentiableConstrainedFunction<double>>, IBoundedSolver
{
    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>How small the model's promise is at a solution, relative to max(1, |f|). Default: 1e-10.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>The least part of the promised decrease that a step must give. Default: 1e-4.</summary>
    public double SufficientDecrease { get; init => field = Require.InOpen(value, 0, 0.5); } = 1e-4;

    /// <summary>Whether a refused full step is corrected for the curvature of the constraints. Default: true.</summary>
    public bool SecondOrderCorrection { get; init; } = true;

    /// <summary>The tolerance of feasibility, and further criteria. Default: those of <see cref="StoppingRules"/>.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new();

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new SlsqpState(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient | Oracle.Constraints | Oracle.ConstraintJacobian), start);
}
