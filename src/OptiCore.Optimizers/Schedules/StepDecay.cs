namespace OptiCore.Optimizers;

/// <summary>Multiplied by a factor after every so many steps: rate factor^floor(k / every). With every = 1, exponential decay.</summary>
public sealed record StepDecay : Schedule
{
    /// <summary>The first rate.</summary>
    public required double Rate { get; init => field = Require.NonNegative(value); }

    /// <summary>The number of steps between two changes.</summary>
    public required long Every { get; init => field = Require.Positive(value); }

    /// <summary>The factor. Default: 0.1.</summary>
    public double Factor { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <inheritdoc/>
    protected override double Evaluate(long step) => Rate * Math.Pow(Factor, step / Every);
}
