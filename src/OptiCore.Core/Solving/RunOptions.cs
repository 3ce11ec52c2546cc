using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace OptiCore.Solving;

/// <summary>The limits of a run and what is told of it while it goes on. They say nothing about the algorithm.</summary>
public sealed record RunOptions
{
    /// <summary>The run's randomness. Default: the key of seed 0.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>The largest number of iterations. Default: 10,000.</summary>
    public long MaxIterations { get; init => field = Require.Positive(value); } = 10_000;

    /// <summary>The largest number of points that are evaluated; never exceeded. Default: no limit.</summary>
    public long MaxEvaluations { get; init => field = Require.Positive(value); } = long.MaxValue;

    /// <summary>The longest time. Looked at between evaluations. Default: no limit.</summary>
    public TimeSpan MaxTime
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(MaxTime), value, $"{nameof(MaxTime)} is {value} but must be positive.");
    } = TimeSpan.MaxValue;

    /// <summary>A value that is good enough: the run converges when the best value, of a point that satisfies the constraints, is at most this. Default: none.</summary>
    public double TargetValue { get; init => field = !double.IsNaN(value) ? value : throw new ArgumentOutOfRangeException(nameof(TargetValue), value, "TargetValue is NaN but must be a number."); } = double.NegativeInfinity;

    /// <summary>Receives a report after iterations, at most one every <see cref="ProgressInterval"/>, and one at the end.</summary>
    public IProgress<RunProgress>? Progress { get; init; }

    /// <summary>The least time between two reports. Zero reports every iteration. Default: 100 ms.</summary>
    public TimeSpan ProgressInterval
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(ProgressInterval), value, $"{nameof(ProgressInterval)} is {value} but must not be negative.");
    } = TimeSpan.FromMilliseconds(100);

    /// <summary>Evaluates the points of one question. With more than one worker the function must be safe to call from several threads.</summary>
    public IWorkers Workers { get; init => field = Require.NotNull(value, nameof(Workers)); } = OptiCore.Workers.Serial;

    /// <summary>
    /// When set, an exception of the user's function ends the run as Failed, with the exception and the best point in the result.
    /// Otherwise (the default) it reaches the caller as it was thrown; the run still holds the best point and can be continued.
    /// </summary>
    public bool CatchExceptions { get; init; }

    /// <summary>Told how runs begin and end.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>The clock of <see cref="MaxTime"/>, elapsed time and reports.</summary>
    public TimeProvider Clock { get; init => field = Require.NotNull(value, nameof(Clock)); } = TimeProvider.System;
}

/// <summary>Where a run stands, in numbers.</summary>
/// <param name="Iteration">The number of complete iterations.</param>
/// <param name="Evaluations">The number of points evaluated.</param>
/// <param name="Value">The value of the current iterate.</param>
/// <param name="BestValue">The smallest finite value seen.</param>
/// <param name="GradientNorm">The largest absolute gradient component of the current iterate, or NaN.</param>
/// <param name="StepNorm">The relative length of the last step, or NaN.</param>
/// <param name="Elapsed">The time spent in the run.</param>
/// <param name="ConstraintViolation">The largest violation of a constraint at the current iterate; 0 without constraints.</param>
public readonly record struct RunProgress(
    long Iteration, long Evaluations, double Value, double BestValue, double GradientNorm, double StepNorm, TimeSpan Elapsed, double ConstraintViolation = 0)
{
    /// <summary>The numbers in one line; those that aren't known are left out.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        CultureInfo c = CultureInfo.InvariantCulture;
        text.Append(c, $"iteration {Iteration}, {Evaluations} evaluations, {Elapsed.TotalSeconds:f1} s: value {Value:g6}, best {BestValue:g6}");
        if (!double.IsNaN(GradientNorm))
            text.Append(c, $", gradient {GradientNorm:g2}");
        if (ConstraintViolation != 0)
            text.Append(c, $", violation {ConstraintViolation:g2}");
        return text.ToString();
    }
}

/// <summary>How often the parts of a problem were evaluated.</summary>
/// <param name="Points">Points evaluated in all: the sum of the following up to Jacobians, and of questions for constraints or their derivatives alone.</param>
/// <param name="Values">Points where only the value was asked.</param>
/// <param name="Gradients">Points where value and gradient were asked.</param>
/// <param name="HessianProducts">Products with the Hessian.</param>
/// <param name="Residuals">Points where only residuals were asked.</param>
/// <param name="Jacobians">Points where residuals and Jacobian were asked.</param>
/// <param name="Constraints">Points where only the values of the constraints were asked, with or without the objective.</param>
/// <param name="ConstraintJacobians">Points where constraints and their Jacobian were asked.</param>
/// <param name="LagrangianHessians">Points where the Hessian of the Lagrangian was asked.</param>
public readonly record struct EvaluationCounts(
    long Points, long Values, long Gradients, long HessianProducts, long Residuals, long Jacobians, long Constraints = 0, long ConstraintJacobians = 0, long LagrangianHessians = 0)
{
    /// <summary>The number of points and what was asked there; what was never asked is left out.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Points} {(Points == 1 ? "point" : "points")}");
        int said = 0;
        Say(Values, "values");
        Say(Gradients, "gradients");
        Say(HessianProducts, "Hessian products");
        Say(Residuals, "residuals");
        Say(Jacobians, "Jacobians");
        Say(Constraints, "constraints");
        Say(ConstraintJacobians, "constraint Jacobians");
        Say(LagrangianHessians, "Lagrangian Hessians");
        return said == 0 ? text.ToString() : text.Append(')').ToString();

        void Say(long count, string what)
        {
            if (count > 0)
                text.Append(CultureInfo.InvariantCulture, $"{(said++ == 0 ? " (" : ", ")}{count} {what}");
        }
    }

    internal EvaluationCounts Add(Oracle needs, int count) => this with
    {
        Points = Points + count,
        Values = Values + ((needs & Oracle.Value) != 0 && (needs & (Oracle.Gradient | Oracle.HessianProduct)) == 0 ? count : 0),
        Gradients = Gradients + ((needs & Oracle.Gradient) != 0 ? count : 0),
        HessianProducts = HessianProducts + ((needs & Oracle.HessianProduct) != 0 ? count : 0),
        Residuals = Residuals + ((needs & Oracle.Residuals) != 0 && (needs & Oracle.Jacobian) == 0 ? count : 0),
        Jacobians = Jacobians + ((needs & Oracle.Jacobian) != 0 ? count : 0),
        Constraints = Constraints + ((needs & Oracle.Constraints) != 0 && (needs & Oracle.ConstraintJacobian) == 0 ? count : 0),
        ConstraintJacobians = ConstraintJacobians + ((needs & Oracle.ConstraintJacobian) != 0 ? count : 0),
        LagrangianHessians = LagrangianHessians + ((needs & Oracle.LagrangianHessian) != 0 ? count : 0),
    };
}
