namespace OptiCore.Optimizers;

/// <summary>
/// The one-cycle policy, in PyTorch's form: from peak / divisor up to the peak, then down to peak / (divisor finalDivisor), over a fixed number of steps; after them the
/// last rate stays.
/// </summary>
/// <remarks>Smith, Topin (2019), Super-convergence: very fast training of neural networks using large learning rates.</remarks>
public sealed record OneCycle : Schedule
{
    /// <summary>The largest rate.</summary>
    public required double Peak { get; init => field = Require.NonNegative(value); }

    /// <summary>The steps of the whole cycle, at least 2.</summary>
    public required long Steps { get; init => field = value >= 2 ? value : throw new ArgumentOutOfRangeException(nameof(Steps), value, $"{nameof(Steps)} is {value} but must be at least 2."); }

    /// <summary>The share of the steps in which the rate rises. Default: 0.3.</summary>
    public double RisingShare { get; init => field = Require.InClosed(value, 0, 1); } = 0.3;

    /// <summary>The peak over the first rate. Default: 25.</summary>
    public double Divisor { get; init => field = Require.Positive(value); } = 25;

    /// <summary>The first rate over the last rate. Default: 10,000.</summary>
    public double FinalDivisor { get; init => field = Require.Positive(value); } = 1e4;

    /// <summary>Straight lines instead of half cosine waves. Default: false.</summary>
    public bool StraightLines { get; init; }

    /// <summary>Comes down to the first rate in as many steps as it rose, and only then to the last rate, as in the paper. Default: false.</summary>
    public bool ThreePhases { get; init; }

    /// <inheritdoc/>
    protected override double Evaluate(long step)
    {
        double first = Peak / Divisor, last = first / FinalDivisor;
        double top = (RisingShare * Steps) - 1, end = Steps - 1;
        if (step >= end)
            return last;
        if (step <= top)
            return Between(first, Peak, step, 0, top);
        if (!ThreePhases)
            return Between(Peak, last, step, top, end);
        double bottom = (2 * RisingShare * Steps) - 2;
        return step <= bottom ? Between(Peak, first, step, top, bottom) : Between(first, last, step, bottom, end);
    }

    private double Between(double from, double to, double step, double begin, double end)
    {
        double fraction = end > begin ? (step - begin) / (end - begin) : 1;
        return StraightLines ? from + ((to - from) * fraction) : CosineDecay.Wave(from, to, fraction);
    }
}
