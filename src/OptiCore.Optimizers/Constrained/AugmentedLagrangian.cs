using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The augmented Lagrangian method (Powell, Hestenes, Rockafellar): constraints are priced by multipliers and a quadratic penalty, and any method for functions with gradients minimises the sum within the bounds. For many variables
/// and few digits of the Hessian; degenerate constraints do no harm.
/// </summary>
/// <remarks>
/// <para>L(x) = f(x) + sum_i [rho / 2 dist^2(c_i(x) + y_i / rho, [lower_i, upper_i]) - y_i^2 / (2 rho)]; after each minimisation y_i becomes rho (t_i - proj t_i) with t_i = c_i + y_i / rho. rho is multiplied by
/// <see cref="PenaltyGrowth"/> when max_i |c_i - proj t_i|, which measures violation and complementarity, hasn't fallen to <see cref="RequiredReduction"/> of what it was. The first rho is max(1e-6, min(10, 2 |f| / violation^2)), as in Algencan.
/// A minimisation that runs away, to 1e4 times the violation it began with, as objectives do that are unbounded outside the constraints, is done again from where it began with a larger rho.</para>
/// <para>Each minimisation ends by <see cref="Inner"/>'s own criteria or after <see cref="MaxInnerIterations"/> (Algencan instead tightens the tolerance from one to the next). An iteration is one minimisation; it allocates the state of its inner run.</para>
/// <para>Converged when no constraint is violated by more than the feasibility tolerance, multipliers and slacks are complementary to that tolerance, and the projected gradient of the Lagrangian has no element above <see cref="Tolerance"/>. Failed with
/// <see cref="StopReason.Infeasible"/> when rho has grown past 1e14 and a violation remains.</para>
/// <para>R. Andreani, E. G. Birgin, J. M. Martínez, M. L. Schuverdt (2008), On augmented Lagrangian methods with general lower-level constraints, SIAM J. Optim. 18, 1286-1309; E. G. Birgin, J. M. Martínez (2014),
/// Practical augmented Lagrangian methods for constrained optimization.</para>
/// <para>For up to some hundred variables <see cref="Slsqp"/> needs far fewer evaluations.</para>
/// </remarks>
[Algorithm("Augmented Lagrangian", "Constrained", "Andreani, Birgin, Martínez, Schuverdt (2008), On augmented Lagrangian methods with general lower-level constraints", Capabilities = "gradient, constraints, bounds")]
public sealed record AugmentedLagrangian : ISolver<double, IDifferentiableConstrainedFunction<double>>, IBoundedSolver
{
    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>
    /// What minimises the augmented Lagrangian. With <see cref="Bounds"/> it must be an <see cref="IBoundedSolver"/> with equal bounds. Default (null): <see cref="Lbfgs"/> without bounds, <see cref="LbfgsB"/> with them.
    /// </summary>
    public ISolver<double, IDifferentiableFunction<double>>? Inner { get; init; }

    /// <summary>The limit of iterations of one minimisation. Default: 1000.</summary>
    public int MaxInnerIterations { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The largest element of the projected gradient of the Lagrangian at a solution. Default: 1e-6.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>The first rho; 0 (the default) lets the problem decide.</summary>
    public double InitialPenalty { get; init => field = Require.NonNegative(value); }

    /// <summary>The factor of rho. Default: 10.</summary>
    public double PenaltyGrowth { get; init => field = value > 1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(PenaltyGrowth), value, $"PenaltyGrowth is {value} but must be above 1."); } = 10;

    /// <summary>The part of violation and complementarity below which rho stays. Default: 0.5.</summary>
    public double RequiredReduction { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>The tolerance of feasibility, and further criteria. Default: those of <see cref="StoppingRules"/>.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new();

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        if (Inner is not null && Bounds is not null && !Bounds.Equals((Inner as IBoundedSolver)?.Bounds))
            throw new ArgumentException($"{nameof(Inner)} ({Inner.GetType().Name}) doesn't keep the same bounds.", nameof(shape));
        var query = new Query<double>(shape, Oracle.Value | Oracle.Gradient | Oracle.Constraints | Oracle.ConstraintJacobian);
        ISolver<double, IDifferentiableFunction<double>> inner = Inner
            ?? (Bounds is null ? new Lbfgs { Stopping = new() { GradientTolerance = Tolerance / 10 } } : new LbfgsB { Bounds = Bounds, Stopping = new() { GradientTolerance = Tolerance / 10 } });
        return new AugmentedLagrangianState(this, inner, query, start, key);
    }
}
