namespace OptiCore.Dynamics;

/// <summary>
/// Approximate entropy: phi(m) - phi(m + 1), with phi(m) the mean over the pieces of m observations of the log of the share of pieces within r in the maximum norm, itself among them.
/// </summary>
/// <remarks>
/// Biased towards regularity for short series, because every piece is like itself; prefer <see cref="SampleEntropy"/>. O(N^2) comparisons.
/// </remarks>
[Algorithm("Approximate entropy", "Complexity", "S. M. Pincus (1991), Approximate entropy as a measure of system complexity")]
public sealed record ApproximateEntropy
{
    /// <summary>The length m of the pieces. Default: 2.</summary>
    public int Length { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The tolerance r in standard deviations of the series. Default: 0.2.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 0.2;

    /// <summary>The approximate entropy.</summary>
    /// <param name="series">The observations, finite, at least m + 1.</param>
    /// <exception cref="ArgumentException">The series is too short, or a number isn't finite.</exception>
    public double Of(ReadOnlySpan<double> series) => OfTolerance(series, Tolerance * SampleEntropy.Deviation(series));

    /// <summary>The approximate entropy with a tolerance in the units of the series.</summary>
    /// <param name="series">The observations, finite, at least m + 1.</param>
    /// <param name="r">The tolerance r.</param>
    /// <exception cref="ArgumentException">The series is too short, or a number isn't finite.</exception>
    public double OfTolerance(ReadOnlySpan<double> series, double r)
    {
        if (series.Length < Length + 1)
            throw new ArgumentException(FormattableString.Invariant($"series has {series.Length} elements but must have at least {Length + 1}."), nameof(series));
        Require.AllFinite(series, nameof(series));
        Require.NonNegative(r, nameof(r));
        return Phi(series, Length, r) - Phi(series, Length + 1, r);
    }

    private static double Phi(ReadOnlySpan<double> series, int m, double r)
    {
        int count = series.Length - m + 1;
        int[] alike = new int[count];
        for (int lag = 0; lag < count; lag++)
        {
            int run = 0;
            for (int i = 0; i + lag < series.Length; i++)
            {
                run = Math.Abs(series[i + lag] - series[i]) <= r ? run + 1 : 0;
                if (run < m)
                    continue;
                alike[i - m + 1]++;
                if (lag > 0)
                    alike[i + lag - m + 1]++;
            }
        }

        double sum = 0;
        foreach (int number in alike)
            sum += Math.Log(number / (double)count);
        return sum / count;
    }
}
