namespace OptiCore.Optimizers;

/// <summary>A linear warm-up, then the inverse root of the step: peak min(t / warmUp, sqrt(warmUp / t)) at t = k + 1.</summary>
/// <remarks>Vaswani et al. (2017), Attention is all you need; there the peak is 1 / sqrt(d warmUp) for a model of width d.</remarks>
public sealed record InverseSquareRoot : Schedule
{
    /// <summary>The largest rate, at the end of the warm-up.</summary>
    public required double Peak { get; init => field = Require.NonNegative(value); }

    /// <summary>The steps of the warm-up.</summary>
    public required long WarmUp { get; init => field = Require.Positive(value); }

    /// <inheritdoc/>
    protected override double Evaluate(long step)
    {
        double t = step + 1.0;
        return Peak * Math.Min(t / WarmUp, Math.Sqrt(WarmUp / t));
    }
}
