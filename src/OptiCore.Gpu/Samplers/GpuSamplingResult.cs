using OptiCore.Samplers;
using OptiCore.Solving;

namespace OptiCore.Gpu;

/// <summary>What came out of a run on a device.</summary>
public sealed class GpuSamplingResult
{
    /// <summary>The outcome in one word.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why the run ended before its draws were complete, or <see cref="StopReason.None"/>.</summary>
    public required StopReason Reason { get; init; }

    /// <summary>The outcome in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The number of transitions of each chain, warm-up included.</summary>
    public required int Iterations { get; init; }

    /// <summary>The draws that came to the host, with the diagnostics of OptiCore.Samplers; null where none were asked for.</summary>
    public required SamplingResult? Draws { get; init; }

    /// <summary>Moments of all draws after warm-up, one element a coordinate; empty where they weren't kept or there are fewer than two draws.</summary>
    public required IReadOnlyList<ChainMoment> Moments { get; init; }

    /// <summary>The number of divergent transitions after warm-up, of all chains.</summary>
    public required long Divergences { get; init; }

    /// <summary>The step size after warm-up; of MEADS that of the first fold.</summary>
    public required double StepSize { get; init; }

    /// <summary>The diagonal of the inverse mass matrix after warm-up; empty for methods without one.</summary>
    public required IReadOnlyList<double> InverseMetric { get; init; }

    /// <summary>How often the density was evaluated for each chain, warm-up included. All chains are evaluated together, those too that have diverged.</summary>
    public required double Evaluations { get; init; }

    /// <summary>The time spent in warm-up.</summary>
    public required TimeSpan WarmUpTime { get; init; }

    /// <summary>The time spent on the draws after warm-up.</summary>
    public required TimeSpan SamplingTime { get; init; }
}
