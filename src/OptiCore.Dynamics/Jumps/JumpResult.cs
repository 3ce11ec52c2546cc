using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>What a simulation has done.</summary>
/// <param name="Steps">The steps: one for each event that was simulated by itself, one for each leap.</param>
/// <param name="Events">The events.</param>
/// <param name="Leaps">The steps that were leaps over any number of events.</param>
public readonly record struct JumpCounts(long Steps, long Events, long Leaps);

/// <summary>One step, as told while the simulation goes on.</summary>
/// <param name="Time">Where it ended.</param>
/// <param name="Reaction">The reaction that happened, from 0; -1 for a leap, or when nothing happens before the end.</param>
public readonly record struct JumpStep(double Time, int Reaction);

/// <summary>What came out of a simulation.</summary>
public sealed record JumpResult
{
    /// <summary>The outcome in one word.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why the simulation ended.</summary>
    public required OdeStopReason Reason { get; init; }

    /// <summary>Why the simulation ended, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The number of species.</summary>
    public required int Dimension { get; init; }

    /// <summary>The saved times, k elements: those that were asked for and reached, or the start and the end of every step.</summary>
    public required double[] Times { get; init; }

    /// <summary>The numbers of molecules at <see cref="Times"/>, k x species, row-major.</summary>
    public required long[] States { get; init; }

    /// <summary>The last time that was reached.</summary>
    public required double FinalTime { get; init; }

    /// <summary>The numbers at <see cref="FinalTime"/>.</summary>
    public required long[] FinalState { get; init; }

    /// <summary>What was done.</summary>
    public required JumpCounts Counts { get; init; }

    /// <summary>The numbers at one of <see cref="Times"/>.</summary>
    /// <param name="index">The number of the time, from 0.</param>
    public ReadOnlySpan<long> State(int index) => States.AsSpan(index * Dimension, Dimension);

    /// <summary>This result if the simulation reached its end.</summary>
    /// <exception cref="SolverException">It didn't; the message says why.</exception>
    public JumpResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);

    /// <summary>Status, time, counts and message in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Status}: t = {FinalTime:g6} after {Counts.Events} events in {Counts.Steps} steps. {Message}");
}
