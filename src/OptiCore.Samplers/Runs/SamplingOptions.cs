namespace OptiCore.Samplers;

/// <summary>How many chains of which length, their limits and what is told of them. They say nothing about the kernel.</summary>
public sealed record SamplingOptions
{
    /// <summary>The number of chains. Default: 4, the least from which R-hat says much.</summary>
    public int Chains { get; init => field = Require.Positive(value); } = 4;

    /// <summary>The number of transitions for tuning, whose draws are not kept. 0 leaves the kernel as configured. Default: 1,000.</summary>
    public int WarmUp { get; init => field = Require.NonNegative(value); } = 1000;

    /// <summary>The number of draws that each chain keeps. Default: 1,000.</summary>
    public int Draws { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The run's randomness: chain c uses <c>Key.Fold(c)</c>. Default: the key of seed 0.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>
    /// Runs the chains. The draws are the same for any number of workers. With more than one the density must be safe to call from several threads.
    /// Default: the calling thread.
    /// </summary>
    public IWorkers Workers { get; init => field = Require.NotNull(value); } = OptiCore.Workers.Serial;

    /// <summary>
    /// Where chains begin, in unconstrained coordinates: one point for all, or one for each. Empty, the default: a uniform draw of
    /// [-<see cref="InitialRadius"/>, <see cref="InitialRadius"/>] for each coordinate, repeated up to 100 times until the density is finite.
    /// </summary>
    public IReadOnlyList<double[]> InitialPoints { get; init => field = Require.NotNull(value); } = [];

    /// <summary>The half width of random starting points. Default: 2, as in Stan.</summary>
    public double InitialRadius { get; init => field = Require.NonNegative(value); } = 2;

    /// <summary>
    /// Improves the places where chains begin, for example <c>new Pathfinder()</c>, whose normal also is what the metric's tuning begins with. Starts from <see cref="InitialPoints"/> or random ones. Default:
    /// null, none.
    /// </summary>
    public IInitialization? Initialization { get; init; }

    /// <summary>How many divergent transitions after warm-up each chain keeps with their location. All are counted. Default: 100.</summary>
    public int MaxDivergenceRecords { get; init => field = Require.NonNegative(value); } = 100;

    /// <summary>The longest time. Looked at between transitions. Default: no limit.</summary>
    public TimeSpan MaxTime
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(MaxTime), value, $"{nameof(MaxTime)} is {value} but must be positive.");
    } = TimeSpan.MaxValue;

    /// <summary>Receives a report after transitions, at most one every <see cref="ProgressInterval"/> and one when a chain ends; one at a time, from the chains' threads.</summary>
    public IProgress<SamplingProgress>? Progress { get; init; }

    /// <summary>The least time between two reports of one chain. Zero reports every transition. Default: 100 ms.</summary>
    public TimeSpan ProgressInterval
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(ProgressInterval), value, $"{nameof(ProgressInterval)} is {value} but must not be negative.");
    } = TimeSpan.FromMilliseconds(100);

    /// <summary>The clock of <see cref="MaxTime"/>, elapsed times and reports.</summary>
    public TimeProvider Clock { get; init => field = Require.NotNull(value); } = TimeProvider.System;
}

/// <summary>Where a chain stands, in numbers.</summary>
/// <param name="Chain">The chain, from 0; of chains that move together the first one.</param>
/// <param name="Chains">How many chains move together: 1 unless they are an ensemble.</param>
/// <param name="Iteration">The number of complete transitions, warm-up included.</param>
/// <param name="Iterations">The number of transitions to make, warm-up included.</param>
/// <param name="IsWarmUp">True while the kernel is tuned.</param>
/// <param name="StepSize">The step size of the last transition.</param>
/// <param name="Divergences">The number of divergent transitions after warm-up.</param>
public readonly record struct SamplingProgress(int Chain, int Chains, int Iteration, int Iterations, bool IsWarmUp, double StepSize, int Divergences);
