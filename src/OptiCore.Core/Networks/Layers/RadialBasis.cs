using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Gaussian radial basis functions y_j = exp(-|x - c_j|^2 / (2 w_j^2)) with learned centres and widths; a <see cref="Linear"/> after it makes a radial basis network.
/// [..., features] to [..., count]. Parameters: <c>centres</c> [count, features], <c>logWidths</c> [count].
/// </summary>
/// <remarks>D. S. Broomhead, D. Lowe (1988), "Multivariable functional interpolation and adaptive networks". Widths are learned as logarithms, so that they stay positive.</remarks>
/// <param name="Count">The number of basis functions.</param>
public sealed record RadialBasis(int Count) : Module
{
    /// <summary>The number of basis functions.</summary>
    public int Count { get; init => field = Require.Positive(value); } = Require.Positive(Count, nameof(Count));

    /// <summary>All widths at first. Default: 1.</summary>
    public double Width { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What the centres are at first. Default: standard normal.</summary>
    public Initializer Centres { get; init => field = Require.NotNull(value); } = Initializer.Normal(1);

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Variable centres = scope.Parameter("centres", [Count, x.Shape[-1]], Centres), logWidths = scope.Parameter("logWidths", [Count], Initializer.Value(Math.Log(Width)));
        Variable squares = Operations.Sum(Operations.Square(Operations.ExpandAxis(x, -2) - centres), -1);
        return Operations.Exp(-0.5 * squares * Operations.Exp(-2 * logWidths));
    }
}
