namespace OptiCore.Optimizers;

/// <summary>Half cosine waves that begin again at the full rate, each period longer than the last by a factor.</summary>
/// <remarks>Loshchilov, Hutter (2017), SGDR: stochastic gradient descent with warm restarts.</remarks>
public sealed record CosineRestarts : Schedule
{
    /// <summary>The rate at the beginning of each period.</summary>
    public required double Rate { get; init => field = Require.NonNegative(value); }

    /// <summary>The steps of the first period.</summary>
    public required long Period { get; init => field = Require.Positive(value); }

    /// <summary>The factor from one period to the next. Default: 1.</summary>
    public int Growth { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The rate that each period approaches. Default: 0.</summary>
    public double Final { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    protected override double Evaluate(long step)
    {
        long period = Period, phase = step;
        if (Growth == 1)
        {
            phase %= period;
        }
        else
        {
            while (phase >= period)
            {
                phase -= period;
                period = period > long.MaxValue / Growth ? long.MaxValue : period * Growth;
            }
        }

        return CosineDecay.Wave(Rate, Final, phase / (double)period);
    }
}
