using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The primal-dual interior point method with a filter line search for nonlinear programs, with damped BFGS approximations of the Hessian of the Lagrangian. For problems with many inequalities, whose active ones it needn't guess.
/// </summary>
/// <remarks>
/// <para>Inequalities get slacks within their intervals; bounds of variables and slacks are replaced by a barrier -mu sum ln(distance), for a sequence of mu that falls to 0 superlinearly. Each step solves the primal-dual system
/// [W + Sigma + delta_w I, A'; A, -delta_c I] by a dense symmetric indefinite factorization, with delta_w and delta_c raised until its inertia is that of a minimum, and keeps a fraction max(0.99, 1 - mu) of the distance to each bound. A trial is accepted
/// when it improves the violation or the barrier function and isn't dominated by the filter; second-order corrections are tried before steps are shortened.</para>
/// <para>Where no step is left, the violation alone is reduced by Levenberg-Marquardt steps, scaled by the distances to the bounds, until the filter accepts the point (a simpler phase than the paper's, which leaves it open); where these come to a
/// standstill at a violation, the run ends as Failed with <see cref="StopReason.Infeasible"/>. Objective and constraints are scaled so that their gradients at the start are at most 100. Bounds are not relaxed: points stay strictly inside.</para>
/// <para>A. Wächter, L. T. Biegler (2006), On the implementation of an interior-point filter line-search algorithm for large-scale nonlinear programming, Math. Program. 106, 25-57, whose constants are used; matrices are dense
/// here, for up to some hundred variables and constraints.</para>
/// <para>With second derivatives use <see cref="NewtonInteriorPoint"/>. The start is moved inside its bounds; the first point that is evaluated isn't quite the given one then.</para>
/// </remarks>
[Algorithm("Interior point (filter), BFGS", "Constrained", "Wächter, Biegler (2006), On the implementation of an interior-point filter line-search algorithm for large-scale nonlinear programming", Capabilities = "gradient, constraints, bounds")]
public sealed record InteriorPoint : ISolver<double, IDifferentiableConstrainedFunction<double>>, IBoundedSolver
{
    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>Converged when the scaled optimality error (stationarity, violation, complementarity) is at most this. Default: 1e-8.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The first mu. Default: 0.1.</summary>
    public double InitialBarrier { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The tolerance of feasibility, and further criteria. Default: those of <see cref="StoppingRules"/>.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new();

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new InteriorPointState(this, exact: false, new Query<double>(shape, InteriorPointState.Everything), start);
}

/// <summary>
/// <see cref="InteriorPoint"/> with the exact Hessian of the Lagrangian: quadratic convergence, and directions of negative curvature are seen. One more question for each iteration.
/// </summary>
/// <remarks>A. Wächter, L. T. Biegler (2006), On the implementation of an interior-point filter line-search algorithm for large-scale nonlinear programming; see <see cref="InteriorPoint"/>.</remarks>
[Algorithm("Interior point (filter), Newton", "Constrained", "Wächter, Biegler (2006), On the implementation of an interior-point filter line-search algorithm for large-scale nonlinear programming", Capabilities = "gradient, constraints, bounds, Hessian of the Lagrangian")]
public sealed record NewtonInteriorPoint : ISolver<double, ITwiceDifferentiableConstrainedFunction<double>>, IBoundedSolver
{
    /// <summary>Bounds, tolerance and barrier. Default: those of <see cref="InteriorPoint"/>.</summary>
    public InteriorPoint Method { get; init => field = Require.NotNull(value, nameof(Method)); } = new();

    /// <inheritdoc/>
    public Bounds? Bounds => Method.Bounds;

    /// <inheritdoc/>
    public StoppingRules Stopping => Method.Stopping;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new InteriorPointState(Method, exact: true, new Query<double>(shape, InteriorPointState.Everything | Oracle.LagrangianHessian) { Needs = InteriorPointState.Everything }, start);
}
