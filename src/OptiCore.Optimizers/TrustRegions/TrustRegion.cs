using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Newton's method in a trust region: the step p minimises the quadratic model f + g.p + 1/2 p.Hp within |p| &lt;= Delta, and Delta follows how well the model has told the function. How the
/// step is found is a value: <see cref="Dogleg"/>, <see cref="MoreSorensen"/> (exact), <see cref="SteihaugToint"/> (truncated conjugate gradients) or <see cref="GeneralizedLanczos"/>.
/// </summary>
/// <remarks>
/// <para>J. Nocedal, S. J. Wright (2006), Numerical optimization, chapter 4, algorithm 4.1; A. R. Conn, N. I. M. Gould, Ph. L. Toint (2000), Trust-region methods.</para>
/// <para>A step is accepted when the actual decrease is at least <see cref="AcceptanceRatio"/> of the predicted one. Below a quarter Delta becomes a quarter of the step, above three quarters of a
/// step that ends on the border it doubles. Each trial costs one value and gradient; the Hessian comes by products, n for each point with <see cref="Dogleg"/>
/// and <see cref="MoreSorensen"/>, at most some dozens with the others. Converges quadratically, through saddle points, where line searches need a positive definite matrix.</para>
/// <para>A trial where the function isn't finite counts as refused.</para>
/// </remarks>
[Algorithm("Trust region Newton", "Second order", "Conn, Gould, Toint (2000), Trust-region methods", Capabilities = "gradient, Hessian products")]
public sealed record TrustRegion : ISolver<double, ITwiceDifferentiableFunction<double>>
{
    /// <summary>How the step is found. Default: <see cref="SteihaugToint"/>.</summary>
    public ITrustRegionSubproblem Subproblem { get; init => field = Require.NotNull(value, nameof(Subproblem)); } = new SteihaugToint();

    /// <summary>The first Delta, in the units of the variables. Default: 1.</summary>
    public double InitialRadius { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The largest Delta. Default: 1e10.</summary>
    public double MaxRadius { get; init => field = Require.Positive(value); } = 1e10;

    /// <summary>The share of the predicted decrease that a step must bring. Default: 0.15.</summary>
    public double AcceptanceRatio { get; init => field = Require.InHalfOpen(value, 0, 0.25); } = 0.15;

    /// <summary>When an iterate is good enough. Default: no gradient component larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        var query = new Query<double>(shape, Oracle.Value | Oracle.Gradient | Oracle.HessianProduct);
        return new TrustRegionState(new(Subproblem, InitialRadius, MaxRadius, AcceptanceRatio, Stopping.GradientTolerance), query, start, approximation: null);
    }
}
