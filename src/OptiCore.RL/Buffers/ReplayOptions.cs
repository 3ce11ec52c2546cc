namespace OptiCore.RL;

/// <summary>How much a replay memory holds and how far a sample looks ahead.</summary>
public sealed record ReplayOptions
{
    /// <summary>The number of transitions that are kept; rounded down to whole steps of all environments, of which at least one must fit. Default: 1,000,000.</summary>
    public int Capacity { get; init => field = Require.Positive(value); } = 1_000_000;

    /// <summary>The largest number n of steps that a sample covers. Default: 1.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The discount gamma of [0, 1] inside a sample and of its bootstrap. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;
}
