using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>How long, how often and where policies are simulated.</summary>
public sealed record SimulationOptions
{
    /// <summary>The number T of rounds of a replication. Default: 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Rounds { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The number of replications of each policy. Default: 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Replications { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>
    /// The randomness. Replication r has the same rewards for every policy, so policies are compared on common random numbers.
    /// Default: the key of seed 0.
    /// </summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>Who does the replications; the result doesn't depend on it. Default: the calling thread.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IWorkers Workers { get; init => field = Require.NotNull(value); } = OptiCore.Workers.Serial;

    /// <summary>
    /// The numbers of rounds after which regret is recorded, ascending, each at most <see cref="Rounds"/>. Default (empty):
    /// 1, 2, 5, 10, 20, 50, ... and <see cref="Rounds"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The values aren't positive and ascending.</exception>
    public IReadOnlyList<int> Checkpoints
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            for (int i = 0; i < value.Count; i++)
            {
                if (value[i] < 1 || (i > 0 && value[i] <= value[i - 1]))
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Checkpoints[{i}] is {value[i]}; checkpoints must be positive and ascending."), nameof(Checkpoints));
            }

            field = [.. value];
        }
    } = [];

    /// <summary>The quantiles over replications that are reported, each in [0, 1]. Default: 5, 25, 50, 75 and 95 %.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside [0, 1].</exception>
    public IReadOnlyList<double> Quantiles
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (double quantile in value)
                Require.InClosed(quantile, 0, 1, nameof(Quantiles));
            field = [.. value];
        }
    } = [0.05, 0.25, 0.5, 0.75, 0.95];

    /// <summary>Is told how many replications are complete; from the workers' threads, one call at a time.</summary>
    public IProgress<SimulationProgress>? Progress { get; init; }

    /// <summary>The checkpoints in use.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A checkpoint lies beyond the last round.</exception>
    internal int[] ResolveCheckpoints()
    {
        if (Checkpoints.Count > 0)
        {
            int last = Checkpoints[^1];
            return last <= Rounds
                ? [.. Checkpoints]
                : throw new ArgumentOutOfRangeException(nameof(Checkpoints), last, string.Create(CultureInfo.InvariantCulture, $"Checkpoints has {last} but must not exceed Rounds, {Rounds}."));
        }

        var times = new List<int>();
        for (long decade = 1; decade < Rounds; decade *= 10)
        {
            foreach (int step in (ReadOnlySpan<int>)[1, 2, 5])
            {
                if (decade * step < Rounds)
                    times.Add((int)(decade * step));
            }
        }

        times.Add(Rounds);
        return [.. times];
    }
}

/// <summary>How far a simulation is.</summary>
/// <param name="Completed">The number of complete replications, of all policies together.</param>
/// <param name="Total">The number asked for, of all policies together.</param>
public readonly record struct SimulationProgress(long Completed, long Total);
