namespace OptiCore.Samplers;

/// <summary>The batch of a run, its noise, its limits and what is told of it. They say nothing about model, solver or grid.</summary>
public sealed record DiffusionOptions
{
    /// <summary>The number of samples, where they begin from noise. Default: 1.</summary>
    public int Count { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The run's randomness: <c>Key.Fold("start")</c> for the starting noise and <c>Key.Fold("noise")</c> for that of stochastic solvers. Default: the key of seed 0.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>The noise of stochastic solvers in place of the key's; null, the default, for the key's.</summary>
    public INoiseSource? Noise { get; init; }

    /// <summary>The index of the first sample. Samples 100 to 199 of a run of 200 are those of a run of 100 that begins with 100. Default: 0.</summary>
    public long FirstSample { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(FirstSample), value, $"FirstSample is {value} but must be at least 0."); }

    /// <summary>Evaluates parts of the batch, where the model may be called from several threads. The samples are the same for any number of workers. Default: the calling thread.</summary>
    public IWorkers Workers { get; init => field = Require.NotNull(value); } = OptiCore.Workers.Serial;

    /// <summary>True to keep the samples at every level. Default: false.</summary>
    public bool KeepsTrajectory { get; init; }

    /// <summary>The most evaluations of the model. Looked at between steps. Default: no limit.</summary>
    public long MaxEvaluations { get; init => field = Require.Positive(value); } = long.MaxValue;

    /// <summary>The longest time. Looked at between steps. Default: no limit.</summary>
    public TimeSpan MaxTime
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(MaxTime), value, $"{nameof(MaxTime)} is {value} but must be positive.");
    } = TimeSpan.MaxValue;

    /// <summary>Receives a report after each step.</summary>
    public IProgress<DiffusionProgress>? Progress { get; init; }

    /// <summary>The clock of <see cref="MaxTime"/> and elapsed times.</summary>
    public TimeProvider Clock { get; init => field = Require.NotNull(value); } = TimeProvider.System;
}

/// <summary>Where a run stands.</summary>
/// <param name="Share">The share of the way done, 0 to 1.</param>
/// <param name="Level">The level of the samples.</param>
/// <param name="Evaluations">How often the model was evaluated.</param>
public readonly record struct DiffusionProgress(double Share, NoiseLevel Level, long Evaluations);
