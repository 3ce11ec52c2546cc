using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>What came out of a run of a diffusion sampler.</summary>
public sealed class DiffusionResult
{
    internal DiffusionResult(double[] samples, int dimension)
    {
        Samples = samples;
        Dimension = dimension;
    }

    /// <summary>The outcome in one word.</summary>
    public RunStatus Status { get; internal init; }

    /// <summary>Why the run ended before its last level, or <see cref="StopReason.None"/>.</summary>
    public StopReason Reason { get; internal init; }

    /// <summary>The outcome in one sentence.</summary>
    public string Message { get; internal init; } = "";

    /// <summary>The samples at <see cref="Level"/>, one row after the other. After a failure those of the last level at which all were finite.</summary>
    public double[] Samples { get; }

    /// <summary>The number of elements of a sample.</summary>
    public int Dimension { get; }

    /// <summary>The number of samples.</summary>
    public int Count => Samples.Length / Dimension;

    /// <summary>The level of the samples; the grid's last after a complete run.</summary>
    public NoiseLevel Level { get; internal init; }

    /// <summary>How often the model was evaluated on the batch (NFE).</summary>
    public long Evaluations { get; internal init; }

    /// <summary>The samples at every level that was reached, the first included; empty unless <see cref="DiffusionOptions.KeepsTrajectory"/>.</summary>
    public IReadOnlyList<DiffusionPoint> Trajectory { get; internal init; } = [];

    /// <summary>The time spent in the run.</summary>
    public TimeSpan Elapsed { get; internal init; }

    /// <summary>One sample.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public ReadOnlySpan<double> Sample(int index) => (uint)index < (uint)Count
        ? Samples.AsSpan(index * Dimension, Dimension)
        : throw new ArgumentOutOfRangeException(nameof(index), index, string.Create(CultureInfo.InvariantCulture, $"index is {index} but there are {Count} samples."));

    /// <summary>This result if the last level was reached.</summary>
    /// <exception cref="SolverException">It wasn't; the message says why.</exception>
    public DiffusionResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);

    /// <summary>The outcome in one sentence.</summary>
    public override string ToString() => Message;
}

/// <summary>Samples at a level.</summary>
/// <param name="Level">The level.</param>
/// <param name="Samples">The samples, one row after the other.</param>
public sealed record DiffusionPoint(NoiseLevel Level, double[] Samples);
