namespace OptiCore.Bandits;

/// <summary>An interval with what there is to say about it.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
/// <param name="Note">A remark; may be empty.</param>
public readonly record struct ConfidenceInterval(double Low, double High, string Note = "");

/// <summary>A way to make an interval around an estimate: an immutable record of its options.</summary>
public interface IConfidenceInterval
{
    /// <summary>The interval around the estimate of given terms.</summary>
    /// <param name="terms">What the estimator computed for each decision.</param>
    /// <param name="confidence">The probability with which the interval should hold the value, in (0, 1).</param>
    ConfidenceInterval Around(EstimatorTerms terms, double confidence);
}
