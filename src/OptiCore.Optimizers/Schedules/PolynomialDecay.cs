namespace OptiCore.Optimizers;

/// <summary>final + (rate - final) (1 - k / steps)^power up to step <see cref="Steps"/>, then final. With power 1, a straight line, in either direction.</summary>
public sealed record PolynomialDecay : Schedule
{
    /// <summary>The rate at step 0.</summary>
    public required double Rate { get; init => field = Require.NonNegative(value); }

    /// <summary>The steps until the final rate.</summary>
    public required long Steps { get; init => field = Require.Positive(value); }

    /// <summary>The power. Default: 1.</summary>
    public double Power { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The final rate. Default: 0.</summary>
    public double Final { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    protected override double Evaluate(long step) =>
        step >= Steps ? Final : Final + ((Rate - Final) * Math.Pow(1 - (step / (double)Steps), Power));
}
