using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>What a run has cost.</summary>
/// <param name="Drifts">How often the drift was computed.</param>
/// <param name="Diffusions">How often the diffusion was computed.</param>
/// <param name="AcceptedSteps">The steps that were taken.</param>
/// <param name="RejectedSteps">The steps that were tried and dropped.</param>
public readonly record struct SdeCounts(long Drifts, long Diffusions, long AcceptedSteps, long RejectedSteps);

/// <summary>One accepted step, as told while the run goes on.</summary>
/// <param name="PreviousTime">Where the step began.</param>
/// <param name="Time">Where it ended.</param>
/// <param name="ErrorNorm">The estimated local error in units of the tolerance, at most 1; 0 with a fixed step.</param>
public readonly record struct SdeStep(double PreviousTime, double Time, double ErrorNorm);

/// <summary>What came out of solving a stochastic differential equation along one path.</summary>
public sealed record SdeResult
{
    /// <summary>The outcome in one word.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why the run ended.</summary>
    public required OdeStopReason Reason { get; init; }

    /// <summary>Why the run ended, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The number n of state variables.</summary>
    public required int Dimension { get; init; }

    /// <summary>The saved times, k elements: those that were asked for and reached, or the start and the end of every step.</summary>
    public required double[] Times { get; init; }

    /// <summary>The states at <see cref="Times"/>, k x n, row-major.</summary>
    public required double[] States { get; init; }

    /// <summary>The last time that was reached.</summary>
    public required double FinalTime { get; init; }

    /// <summary>The state at <see cref="FinalTime"/>, n elements; always finite.</summary>
    public required double[] FinalState { get; init; }

    /// <summary>What it has cost.</summary>
    public required SdeCounts Counts { get; init; }

    /// <summary>The state at one of <see cref="Times"/>, n elements.</summary>
    /// <param name="index">The number of the time, from 0.</param>
    public ReadOnlySpan<double> State(int index) => States.AsSpan(index * Dimension, Dimension);

    /// <summary>This result if the run reached its end.</summary>
    /// <exception cref="SolverException">It didn't; the message says why.</exception>
    public SdeResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);

    /// <summary>Status, time, counts and message in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Status}: t = {FinalTime:g6} after {Counts.AcceptedSteps} steps ({Counts.RejectedSteps} rejected). {Message}");
}
