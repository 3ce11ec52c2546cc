using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Sample entropy: -log of the conditional probability that two pieces of a series which are alike for m observations, within r in the maximum norm, are alike for m + 1, A / B. No piece is compared with itself.
/// </summary>
/// <remarks>
/// The coarse-grained series' sample entropies over the scale are the multiscale entropy: those of white noise fall, those of 1/f noise stay. Infinite where no pair of pieces is alike. O(N^2) comparisons.
/// </remarks>
[Algorithm("Sample entropy", "Complexity", "J. S. Richman, J. R. Moorman (2000), Physiological time-series analysis using approximate entropy and sample entropy; M. Costa, A. L. Goldberger, C.-K. Peng (2002), Multiscale entropy analysis of complex physiologic time series")]
public sealed record SampleEntropy
{
    /// <summary>The length m of the pieces. Default: 2.</summary>
    public int Length { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The tolerance r in standard deviations of the series. Default: 0.2.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 0.2;

    /// <summary>The sample entropy.</summary>
    /// <param name="series">The observations, finite, at least m + 2.</param>
    /// <exception cref="ArgumentException">The series is too short, or a number isn't finite.</exception>
    public double Of(ReadOnlySpan<double> series) => OfTolerance(series, Tolerance * Deviation(series));

    /// <summary>The sample entropy with a tolerance in the units of the series.</summary>
    /// <param name="series">The observations, finite, at least m + 2.</param>
    /// <param name="r">The tolerance r.</param>
    /// <exception cref="ArgumentException">The series is too short, or a number isn't finite.</exception>
    public double OfTolerance(ReadOnlySpan<double> series, double r)
    {
        int m = Length, count = series.Length - m;
        if (count < 2)
            throw new ArgumentException(FormattableString.Invariant($"series has {series.Length} elements but must have at least {m + 2}."), nameof(series));
        Require.AllFinite(series, nameof(series));
        Require.NonNegative(r, nameof(r));
        long longer = 0, shorter = 0;
        for (int lag = 1; lag < count; lag++)
        {
            // Along one lag a run of l alike observations has l - m + 1 alike pieces of length m.
            int run = 0;
            for (int i = 0; i + lag < series.Length; i++)
            {
                run = Math.Abs(series[i + lag] - series[i]) <= r ? run + 1 : 0;
                longer += run > m ? 1 : 0;

                // The last piece of length m has no continuation and isn't counted, so that A and B have the same pieces.
                shorter += run >= m && i + lag < series.Length - 1 ? 1 : 0;
            }
        }

        return -Math.Log(longer / (double)shorter);
    }

    /// <summary>The sample entropies of the means of 1, 2, 3, ... successive observations, with the tolerance of the original series.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="scales">The number of scales.</param>
    /// <exception cref="ArgumentException">The series is too short for the last scale, or a number isn't finite.</exception>
    public double[] Multiscale(ReadOnlySpan<double> series, int scales)
    {
        double[] entropies = new double[Require.Positive(scales, nameof(scales))];
        double r = Tolerance * Deviation(series);
        for (int scale = 1; scale <= scales; scale++)
            entropies[scale - 1] = OfTolerance(CoarseGraining.Means(series, scale), r);
        return entropies;
    }

    internal static double Deviation(ReadOnlySpan<double> series) => series.IsEmpty ? 0 : Math.Sqrt(Reduce.Variance(series, unbiased: false));
}
