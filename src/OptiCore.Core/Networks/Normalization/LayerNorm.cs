using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Layer normalization, y = (x - mean) / sqrt(variance + epsilon) gain + bias, with the moments of the last axis of each example. Parameters: <c>gain</c>, <c>bias</c>, both [features].
/// </summary>
/// <remarks>J. L. Ba, J. R. Kiros, G. E. Hinton (2016), "Layer normalization".</remarks>
public sealed record LayerNorm : Module
{
    /// <summary>Added to the variance. Default: 1e-5.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-5;

    /// <summary>True for a learned gain. Default: true.</summary>
    public bool HasGain { get; init; } = true;

    /// <summary>True for a learned bias. Default: true.</summary>
    public bool HasBias { get; init; } = true;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Moments.Rescale(Require.NotNull(scope), Moments.Standardize(x, Epsilon), HasGain, HasBias);
}
