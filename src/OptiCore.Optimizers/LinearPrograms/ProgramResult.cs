using System.Globalization;
using OptiCore.Reporting;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>What came out of solving a linear or quadratic program.</summary>
public sealed record ProgramResult
{
    /// <summary>The outcome in one word.</summary>
    public required SolverStatus Status { get; init; }

    /// <summary>
    /// Why it ended: <see cref="StopReason.OptimalityTolerance"/> with a solution, <see cref="StopReason.Infeasible"/> or <see cref="StopReason.Unbounded"/> with a certificate, a limit, or
    /// <see cref="StopReason.NoProgress"/> when the precision is exhausted.
    /// </summary>
    public required StopReason Reason { get; init; }

    /// <summary>Why it ended, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The name of the algorithm.</summary>
    public string Method { get; init; } = "";

    /// <summary>The point x; of an unbounded program a ray along which the objective improves for ever.</summary>
    public required double[] Point { get; init; }

    /// <summary>The objective at <see cref="Point"/>, in the program's own sense, its constant included.</summary>
    public required double Value { get; init; }

    /// <summary>The dual objective: a bound for the value of every feasible point, as far as the multipliers are dual feasible.</summary>
    public required double DualValue { get; init; }

    /// <summary>
    /// The multipliers y of the rows in the Lagrangian f(x) + y'A x of the minimised objective (a maximised one changes its sign): not negative where the upper side is active, not positive where the lower one is. -y is the change of
    /// the minimum for each unit of a row's side. Of an infeasible program a certificate.
    /// </summary>
    public required double[] RowMultipliers { get; init; }

    /// <summary>The multipliers z of the variables' bounds: Q x + c + A'y + z = 0, signs as of <see cref="RowMultipliers"/>.</summary>
    public required double[] BoundMultipliers { get; init; }

    /// <summary>The largest violation of a row or bound at <see cref="Point"/>.</summary>
    public required double PrimalResidual { get; init; }

    /// <summary>The largest element of Q x + c + A'y + z.</summary>
    public required double DualResidual { get; init; }

    /// <summary>The number of iterations.</summary>
    public required long Iterations { get; init; }

    /// <summary>The time spent.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>|primal - dual value| relative to max(1, |value|).</summary>
    public double RelativeGap => Math.Abs(Value - DualValue) / Math.Max(1, Math.Abs(Value));

    /// <summary>This result if it is a solution.</summary>
    /// <exception cref="SolverException">It isn't; the message says why.</exception>
    public ProgramResult EnsureConverged() => Status == SolverStatus.Converged ? this : throw new SolverException(Message);

    /// <summary>Status, value, counts and message in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Status}: {Value:g10} after {Iterations} iterations. {Message}");

    /// <summary>What came out, to be read: status and reason, then value, dual value, point and multipliers (abridged), residuals, iterations and time, each on a line of its own.</summary>
    public ResultSummary Summary()
    {
        var summary = new ResultSummary($"{Status} ({Reason}). {Message}");
        if (Method.Length > 0)
            summary.Add("method", Method);
        summary.Add("value", Value);
        if (!double.IsNaN(DualValue))
            summary.Add("dual value", DualValue);
        summary.Add<double>("point", Point);
        if (Array.Exists(RowMultipliers, static y => y != 0))
            summary.Add<double>("multipliers", RowMultipliers);
        if (Array.Exists(BoundMultipliers, static z => z != 0))
            summary.Add<double>("of bounds", BoundMultipliers);
        return summary
            .Add("violation", PrimalResidual)
            .Add("dual residual", DualResidual)
            .Add("iterations", Iterations.ToString(CultureInfo.InvariantCulture))
            .Add("time", Elapsed);
    }
}
