namespace OptiCore.Dynamics;

/// <summary>
/// The 0-1 test for chaos: the series drives a motion in the plane, p[n] + i q[n] = sum over j to n of s[j] exp(i j c), which stays bounded for regular and wanders like Brownian motion for chaotic series. K(c) is the
/// correlation of the mean square displacement with the time, and K the median over many c: near 0 for order and near 1 for chaos.
/// </summary>
/// <remarks>
/// <para>The correlation method, with the displacement that has its bounded oscillation (mean s)^2 (1 - cos n c) / (1 - cos c) subtracted. No embedding, no neighbours, any dimension. An
/// oversampled flow looks regular: sample it no more often than a few times a period.</para>
/// <para>Cost: O(Frequencies N^2 / 10).</para>
/// </remarks>
[Algorithm("0-1 test for chaos", "Chaos", "G. A. Gottwald, I. Melbourne (2009), On the implementation of the 0-1 test for chaos")]
public sealed record ZeroOneTest
{
    /// <summary>The number of values c. Default: 100, the paper's.</summary>
    public int Frequencies { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The key that draws the values c, uniformly in (pi / 5, 4 pi / 5), which keeps away from resonances.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>The number K.</summary>
    /// <param name="series">The observations, finite, at least 20.</param>
    /// <exception cref="ArgumentException">The series is too short, or a number isn't finite.</exception>
    public double Statistic(ReadOnlySpan<double> series)
    {
        int n = series.Length, lags = n / 10;
        if (lags < 2)
            throw new ArgumentException(FormattableString.Invariant($"series has {n} elements but must have at least 20."), nameof(series));
        Require.AllFinite(series, nameof(series));
        double mean = 0;
        foreach (double s in series)
            mean += s / n;
        double[] p = new double[n], q = new double[n], displacement = new double[lags], statistics = new double[Frequencies];
        for (int k = 0; k < Frequencies; k++)
        {
            double c = (Math.PI / 5) + (3 * Math.PI / 5 * Key.Fold(k).Stream().NextOpenDouble());
            double sumP = 0, sumQ = 0;
            for (int j = 0; j < n; j++)
            {
                (double sin, double cos) = Math.SinCos((j + 1) * c);
                p[j] = sumP += series[j] * cos;
                q[j] = sumQ += series[j] * sin;
            }

            for (int lag = 1; lag <= lags; lag++)
            {
                // The same number of pairs for every lag, as the correlation asks for.
                double sum = 0;
                for (int j = 0; j < n - lags; j++)
                {
                    double dp = p[j + lag] - p[j], dq = q[j + lag] - q[j];
                    sum += (dp * dp) + (dq * dq);
                }

                displacement[lag - 1] = (sum / (n - lags)) - (mean * mean * (1 - Math.Cos(lag * c)) / (1 - Math.Cos(c)));
            }

            statistics[k] = CorrelationWithTime(displacement);
        }

        statistics.AsSpan().Sort();
        int middle = Frequencies / 2;
        return Frequencies % 2 != 0 ? statistics[middle] : 0.5 * (statistics[middle - 1] + statistics[middle]);
    }

    private static double CorrelationWithTime(ReadOnlySpan<double> y)
    {
        int n = y.Length;
        double meanY = 0, meanX = (n + 1) / 2.0, xx = 0, xy = 0, yy = 0;
        foreach (double value in y)
            meanY += value / n;
        for (int i = 0; i < n; i++)
        {
            double dx = i + 1 - meanX, dy = y[i] - meanY;
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }

        // A series that makes no motion at all is as regular as can be.
        return yy > 0 ? xy / Math.Sqrt(xx * yy) : 0;
    }
}
