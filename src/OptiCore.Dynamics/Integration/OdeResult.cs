using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>What an integration has cost.</summary>
/// <param name="Evaluations">How often the system's derivative was computed.</param>
/// <param name="AcceptedSteps">The steps that were taken.</param>
/// <param name="RejectedSteps">The steps that were tried and dropped.</param>
/// <param name="JacobianEvaluations">How often the Jacobian was computed; the derivatives that differences cost are among the evaluations.</param>
/// <param name="Factorizations">How many matrices were factorised.</param>
public readonly record struct OdeCounts(long Evaluations, long AcceptedSteps, long RejectedSteps, long JacobianEvaluations = 0, long Factorizations = 0);

/// <summary>One accepted step, as told while the integration goes on.</summary>
/// <param name="PreviousTime">Where the step began.</param>
/// <param name="Time">Where it ended.</param>
/// <param name="ErrorNorm">The estimated local error in units of the tolerance, at most 1; 0 with a fixed step.</param>
/// <param name="EventCount">The number of events within the step.</param>
public readonly record struct OdeStep(double PreviousTime, double Time, double ErrorNorm, int EventCount);

/// <summary>From where on a method did the steps of an integration.</summary>
/// <param name="Time">The time of its first step.</param>
/// <param name="Method">The method.</param>
public sealed record OdeMethodUse(double Time, OdeMethod Method);

/// <summary>What came out of an integration.</summary>
public sealed record OdeResult
{
    /// <summary>The outcome in one word.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why the integration ended.</summary>
    public required OdeStopReason Reason { get; init; }

    /// <summary>Why the integration ended, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The number n of state variables.</summary>
    public required int Dimension { get; init; }

    /// <summary>The saved times, m elements: those that were asked for and reached, or the start and the end of every step.</summary>
    public required double[] Times { get; init; }

    /// <summary>The states at <see cref="Times"/>, m x n, row-major.</summary>
    public required double[] States { get; init; }

    /// <summary>The last time that was reached.</summary>
    public required double FinalTime { get; init; }

    /// <summary>The state at <see cref="FinalTime"/>, n elements; always finite.</summary>
    public required double[] FinalState { get; init; }

    /// <summary>The events, in the order in which they happened.</summary>
    public required IReadOnlyList<OdeEventRecord> Events { get; init; }

    /// <summary>The methods that did the steps, in the order in which they took over: one, unless the method switches (<see cref="AutoSwitch"/>).</summary>
    public IReadOnlyList<OdeMethodUse> Methods { get; init; } = [];

    /// <summary>What it has cost.</summary>
    public required OdeCounts Counts { get; init; }

    /// <summary>The state at one of <see cref="Times"/>, n elements.</summary>
    /// <param name="index">The number of the time, from 0.</param>
    public ReadOnlySpan<double> State(int index) => States.AsSpan(index * Dimension, Dimension);

    /// <summary>This result if the integration reached its end or a terminal event.</summary>
    /// <exception cref="SolverException">It didn't; the message says why.</exception>
    public OdeResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);

    /// <summary>Status, time, counts and message in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Status}: t = {FinalTime:g6} after {Counts.AcceptedSteps} steps ({Counts.RejectedSteps} rejected) and {Counts.Evaluations} evaluations. {Message}");
}
