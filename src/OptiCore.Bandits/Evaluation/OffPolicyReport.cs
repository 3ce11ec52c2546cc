using System.Globalization;
using System.Text;
using OptiCore.Reporting;

namespace OptiCore.Bandits;

/// <summary>One estimate of the value of a target policy.</summary>
/// <param name="Estimator">The estimator.</param>
/// <param name="Value">The estimated mean reward of a decision; NaN where nothing could be estimated.</param>
/// <param name="StandardError">Its standard error; the reward model counts as given.</param>
/// <param name="Low">The lower end of the interval.</param>
/// <param name="High">The upper end of the interval.</param>
/// <param name="EffectiveSampleSize">(sum w)^2 / sum w^2 of the weights that the estimator uses: so many equally weighted decisions would be as good. NaN where it uses none.</param>
/// <param name="LargestWeight">The largest of these weights; NaN where it uses none.</param>
/// <param name="Note">What the estimator or the interval has to say; may be empty.</param>
public sealed record OffPolicyEstimate(
    IOffPolicyEstimator Estimator, double Value, double StandardError, double Low, double High, double EffectiveSampleSize, double LargestWeight, string Note)
{
    /// <summary>The estimator with its options, as text.</summary>
    public string Name => (Estimator.ToString() ?? "").Replace(" { }", "", StringComparison.Ordinal);
}

/// <summary>Estimates of the value of a target policy, side by side, with what speaks against trusting them.</summary>
public sealed class OffPolicyReport
{
    internal OffPolicyReport(int decisions, double loggedValue, double confidence, OffPolicyEstimate[] estimates, string[] warnings)
    {
        Decisions = decisions;
        LoggedValue = loggedValue;
        Confidence = confidence;
        Estimates = estimates;
        Warnings = warnings;
    }

    /// <summary>The number of decisions.</summary>
    public int Decisions { get; }

    /// <summary>The mean reward of the log itself: the value of the policy that made it.</summary>
    public double LoggedValue { get; }

    /// <summary>The probability with which an interval should hold the value.</summary>
    public double Confidence { get; }

    /// <summary>The estimates, in the order of the estimators.</summary>
    public IReadOnlyList<OffPolicyEstimate> Estimates { get; }

    /// <summary>What speaks against trusting the estimates, in sentences.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The first estimate by an estimator of a kind.</summary>
    /// <typeparam name="TEstimator">The kind.</typeparam>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public OffPolicyEstimate Of<TEstimator>() where TEstimator : IOffPolicyEstimator
    {
        foreach (OffPolicyEstimate estimate in Estimates)
        {
            if (estimate.Estimator is TEstimator)
                return estimate;
        }

        throw new InvalidOperationException($"The report has no estimate by {typeof(TEstimator).Name}.");
    }

    /// <summary>The estimates as a table, for CSV, JSON Lines and HTML.</summary>
    public ReportTable ToTable()
    {
        var table = new ReportTable("estimator", "value", "standard_error", "low", "high", "effective_sample_size", "largest_weight", "note");
        foreach (OffPolicyEstimate e in Estimates)
            table.Add(e.Name, e.Value, e.StandardError, e.Low, e.High, e.EffectiveSampleSize, e.LargestWeight, e.Note);
        return table;
    }

    /// <summary>A table for people, with the warnings below it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Decisions} decisions, logged value {LoggedValue:g5}; intervals at {100 * Confidence:g6} %\n");
        text.Append(CultureInfo.InvariantCulture, $"{"value",12} {"low",12} {"high",12} {"ESS",9}  estimator");
        foreach (OffPolicyEstimate e in Estimates)
        {
            string size = double.IsNaN(e.EffectiveSampleSize) ? "-" : e.EffectiveSampleSize.ToString("f1", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"\n{e.Value,12:g5} {e.Low,12:g5} {e.High,12:g5} {size,9}  {e.Name}{(e.Note.Length == 0 ? "" : $" ({e.Note})")}");
        }

        foreach (string warning in Warnings)
            text.Append(CultureInfo.InvariantCulture, $"\n! {warning}");
        return text.ToString();
    }
}
