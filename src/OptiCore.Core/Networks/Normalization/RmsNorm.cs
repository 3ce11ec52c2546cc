using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Root-mean-square normalization, y = x / sqrt(mean(x^2) + epsilon) gain, over the last axis of each example: a layer normalization without centring. Parameter: <c>gain</c> [features].
/// </summary>
/// <remarks>B. Zhang, R. Sennrich (2019), "Root mean square layer normalization".</remarks>
public sealed record RmsNorm : Module
{
    /// <summary>Added to the mean square. Default: 1e-6.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>True for a learned gain. Default: true.</summary>
    public bool HasGain { get; init; } = true;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Moments.Rescale(
        Require.NotNull(scope), x / Operations.Sqrt(Operations.Mean(Operations.Square(x), -1, keepAxis: true) + Epsilon), HasGain, hasBias: false);
}
