using System.Globalization;
using System.Numerics;
using OptiCore.Reporting;

namespace OptiCore.Solving;

/// <summary>What came out of a run.</summary>
/// <typeparam name="T">The element type of points.</typeparam>
public sealed record SolverResult<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The outcome in one word.</summary>
    public required SolverStatus Status { get; init; }

    /// <summary>Why the run ended.</summary>
    public required StopReason Reason { get; init; }

    /// <summary>Why the run ended, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The name of the algorithm; empty where the result didn't come out of a run.</summary>
    public string Method { get; init; } = "";

    /// <summary>
    /// The best point: the one of the smallest finite value that was evaluated; of a run that converged the iterate, if its value is as small to within a
    /// relative 1e-10. The starting point if there was none.
    /// <para>With constraints: among points where both objective and constraints were evaluated, those that satisfy the constraints to within
    /// <see cref="StoppingRules.FeasibilityTolerance"/> come first, the smallest value leading; then the others by their largest violation. Of a run that its algorithm declared converged, the iterate.</para>
    /// </summary>
    public required T[] Point { get; init; }

    /// <summary>The value at <see cref="Point"/>; NaN if no finite value was seen.</summary>
    public required double Value { get; init; }

    /// <summary>The largest absolute gradient component at <see cref="Point"/>, or NaN where it isn't known.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The largest violation of a constraint at <see cref="Point"/>, max_i max(lower_i - c_i, c_i - upper_i, 0); 0 without constraints, NaN where none was evaluated.</summary>
    public double ConstraintViolation { get; init; }

    /// <summary>
    /// The multipliers y of the constraints at <see cref="LastPoint"/> in the Lagrangian f(x) + sum_i y_i c_i(x): not negative where the upper side is active, not positive where the lower one
    /// is. Empty where the method has none.
    /// </summary>
    public double[] Multipliers { get; init; } = [];

    /// <summary>The multipliers z of the simple bounds at <see cref="LastPoint"/>, with f' + c'^T y + z = 0 at a solution; empty where the method has none.</summary>
    public double[] BoundMultipliers { get; init; } = [];

    /// <summary>The current iterate, which is what a stochastic method converges by; often equal to <see cref="Point"/>.</summary>
    public required T[] LastPoint { get; init; }

    /// <summary>The number of complete iterations.</summary>
    public required long Iterations { get; init; }

    /// <summary>How often the problem was evaluated.</summary>
    public required EvaluationCounts Evaluations { get; init; }

    /// <summary>The time spent in the run.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The exception of the user's function, where <see cref="RunOptions.CatchExceptions"/> kept one.</summary>
    public Exception? Exception { get; init; }

    /// <summary>This result if the run converged.</summary>
    /// <exception cref="SolverException">It didn't; the message says why.</exception>
    public SolverResult<T> EnsureConverged() =>
        Status == SolverStatus.Converged ? this : throw new SolverException(Message, Exception);

    /// <summary>Status, value, counts and message in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Status}: f = {Value:g6} after {Iterations} iterations and {Evaluations.Points} evaluations. {Message}");

    /// <summary>
    /// What came out, to be read: status and reason, then value, point (abridged), gradient norm, with constraints their violation and multipliers, counts and time, each on a line of its own.
    /// Of a least-squares fit, the standard errors of the parameters cost a Jacobian: <c>LeastSquaresFit.Of(residuals, result).Summary()</c>.
    /// </summary>
    public ResultSummary Summary()
    {
        var summary = new ResultSummary($"{Status} ({Reason}). {Message}");
        if (Method.Length > 0)
            summary.Add("method", Method);
        summary.Add("value", Value).Add<T>("point", Point);
        if (!double.IsNaN(GradientNorm))
            summary.Add("gradient norm", GradientNorm);
        if (Multipliers.Length > 0 || Evaluations.Constraints + Evaluations.ConstraintJacobians > 0)
            summary.Add("violation", ConstraintViolation);
        if (Multipliers.Length > 0)
            summary.Add<double>("multipliers", Multipliers);
        if (Array.Exists(BoundMultipliers, static z => z != 0))
            summary.Add<double>("of bounds", BoundMultipliers);
        return summary
            .Add("evaluations", Evaluations.ToString())
            .Add("iterations", Iterations.ToString(CultureInfo.InvariantCulture))
            .Add("time", Elapsed);
    }
}

/// <summary>A run did not converge, and its caller asked for an exception in that case.</summary>
public sealed class SolverException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public SolverException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Why the run ended.</param>
    public SolverException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Why the run ended.</param>
    /// <param name="innerException">The exception of the user's function, if there was one.</param>
    public SolverException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
