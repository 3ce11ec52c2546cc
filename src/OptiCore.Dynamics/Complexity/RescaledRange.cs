using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// The rescaled range: the range of the summed deviations from the mean in a window of n samples over the standard deviation there, averaged over windows, R/S(n). Its growth n^H defines the Hurst exponent H; since
/// independent samples have H = 1/2 only for large n, the curve is taken relative to their exact expectation for normal samples.
/// </summary>
/// <remarks>
/// The slope of log(R/S / E) over log n is H - 1/2. Prefer <see cref="DetrendedFluctuation"/> where the series has trends. A. A. Anis, E. H. Lloyd (1976), The expected value of the adjusted rescaled
/// Hurst range of independent normal summands: E = Gamma((n - 1) / 2) / (sqrt(pi) Gamma(n / 2)) sum over r from 1 to n - 1 of sqrt((n - r) / r).
/// </remarks>
[Algorithm("Rescaled range", "Complexity", "H. E. Hurst (1951), Long-term storage capacity of reservoirs; A. A. Anis, E. H. Lloyd (1976), The expected value of the adjusted rescaled Hurst range of independent normal summands")]
public static class RescaledRange
{
    /// <summary>The curve log(R/S / E) over log n, whose slope is H - 1/2.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="windows">The window lengths n, rising, from 3 to the series' length.</param>
    /// <exception cref="ArgumentException">A window length lies outside or they don't rise, or a number isn't finite.</exception>
    public static ScalingCurve LogRatios(ReadOnlySpan<double> series, ReadOnlySpan<int> windows)
    {
        Require.AllFinite(series, nameof(series));
        double[] x = new double[windows.Length], y = new double[windows.Length];
        for (int w = 0; w < windows.Length; w++)
        {
            int n = windows[w];
            if (n < 3 || n > series.Length || (w > 0 && n <= windows[w - 1]))
                throw new ArgumentException(FormattableString.Invariant($"windows[{w}] is {n} but window lengths must rise from 3 to {series.Length}."), nameof(windows));
            double sum = 0;
            int used = 0;
            for (int i = 0; i + n <= series.Length; i += n)
            {
                double ratio = Ratio(series.Slice(i, n));
                if (double.IsFinite(ratio))
                {
                    sum += ratio;
                    used++;
                }
            }

            x[w] = Math.Log(n);
            y[w] = Math.Log(sum / used / Expected(n));
        }

        return new ScalingCurve { X = x, Y = y };
    }

    /// <summary>The expectation of R/S for n independent normal samples.</summary>
    /// <param name="n">The number of samples, at least 2.</param>
    public static double Expected(int n)
    {
        Require.AtLeast(n, 2, nameof(n));
        double sum = 0;
        for (int r = 1; r < n; r++)
            sum += Math.Sqrt((n - r) / (double)r);
        return Math.Exp(SpecialFunctions.LogGamma((n - 1) / 2.0) - SpecialFunctions.LogGamma(n / 2.0)) / Math.Sqrt(Math.PI) * sum;
    }

    private static double Ratio(ReadOnlySpan<double> window)
    {
        (double mean, double variance) = Reduce.MeanAndVariance(window, unbiased: false);
        double sum = 0, low = 0, high = 0;
        foreach (double value in window)
        {
            sum += value - mean;
            low = Math.Min(low, sum);
            high = Math.Max(high, sum);
        }

        return (high - low) / Math.Sqrt(variance);
    }
}
