using OptiCore.Numerics;

namespace OptiCore.Bandits;

/// <summary>
/// An interval that holds for every number of decisions and every law of the terms, as long as they lie in an interval whose length B is known beforehand:
/// estimate +- (sqrt(2 V ln(4/delta) / n) + 7 B ln(4/delta) / (3 (n - 1))), with V the sample variance of the terms and delta = 1 - confidence.
/// </summary>
/// <remarks>
/// <para>A. Maurer, M. Pontil (2009), "Empirical Bernstein bounds and sample-variance penalization", theorem 4, at delta/2 on each side. For inverse propensity weighting, B is the largest possible
/// weight times the length of the reward's range (the largest reward, where 0 is the smallest); clipped at lambda, lambda times that.</para>
/// <para>O(n). There is no such bound for ratios: self-normalised estimators get NaN and a note.</para>
/// </remarks>
public sealed record EmpiricalBernsteinInterval : IConfidenceInterval
{
    /// <summary>The length B of the interval in which every term lies. Default: NaN, the range of the terms at hand, which is no guarantee and said so.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, zero or infinite.</exception>
    public double Range { get; init => field = double.IsNaN(value) ? value : Require.Positive(value); } = double.NaN;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The terms spread wider than <see cref="Range"/>.</exception>
    public ConfidenceInterval Around(EstimatorTerms terms, double confidence)
    {
        ArgumentNullException.ThrowIfNull(terms);
        Require.InOpen(confidence, 0, 1, nameof(confidence));
        if (terms.IsRatio)
            return new ConfidenceInterval(double.NaN, double.NaN, "no empirical Bernstein interval for a ratio");
        int n = terms.Count;
        double seen = Reduce.Max<double>(terms.Values) - Reduce.Min<double>(terms.Values);
        if (seen > Range)
            throw new ArgumentException(FormattableString.Invariant($"terms spread over {seen}, wider than {nameof(Range)} = {Range}."), nameof(terms));
        (double mean, double variance) = Reduce.MeanAndVariance<double>(terms.Values);
        double log = Math.Log(4 / (1 - confidence));
        double half = Math.Sqrt(2 * variance * log / n) + (7 * (double.IsNaN(Range) ? seen : Range) * log / (3.0 * (n - 1)));
        return n < 2
            ? new ConfidenceInterval(double.NegativeInfinity, double.PositiveInfinity)
            : new ConfidenceInterval(mean - half, mean + half, double.IsNaN(Range) ? "range taken from the sample" : "");
    }
}
