namespace OptiCore.Dynamics;

/// <summary>Measures of forecasts against what happened. Both are h rows of n, row-major; a forecast that isn't finite has the worst value.</summary>
public static class ForecastMetrics
{
    /// <summary>The root mean square error over all elements.</summary>
    /// <param name="actual">What happened.</param>
    /// <param name="forecast">What was predicted.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double RootMeanSquareError(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        Check(actual, forecast);
        double sum = 0;
        for (int i = 0; i < actual.Length; i++)
            sum += (actual[i] - forecast[i]) * (actual[i] - forecast[i]);
        double error = Math.Sqrt(sum / actual.Length);
        return double.IsFinite(error) ? error : double.PositiveInfinity;
    }

    /// <summary>
    /// The symmetric mean absolute percentage error, 200 / (h n) sum |x - f| / (|x| + |f|), from 0 to 200; a pair of zeros counts 0. As in Makridakis (1993), Accuracy measures: theoretical and practical concerns.
    /// </summary>
    /// <param name="actual">What happened.</param>
    /// <param name="forecast">What was predicted.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double SymmetricPercentageError(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        Check(actual, forecast);
        double sum = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double size = Math.Abs(actual[i]) + Math.Abs(forecast[i]);
            sum += !double.IsFinite(size) ? 1 : size > 0 ? Math.Abs(actual[i] - forecast[i]) / size : 0;
        }

        return 200 * sum / actual.Length;
    }

    /// <summary>
    /// The mean absolute scaled error: the mean absolute error of each variable over that of predicting each training value by the one before, averaged over variables. Below 1 is better than that.
    /// R. J. Hyndman and A. B. Koehler (2006), Another look at measures of forecast accuracy.
    /// </summary>
    /// <param name="actual">What happened.</param>
    /// <param name="forecast">What was predicted.</param>
    /// <param name="training">The series the model was fitted to, at least two rows of n.</param>
    /// <param name="dimension">The number n of variables.</param>
    /// <exception cref="ArgumentException">Lengths differ, aren't a multiple of n, or the training series is too short.</exception>
    public static double ScaledError(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, ReadOnlySpan<double> training, int dimension)
    {
        Check(actual, forecast);
        int n = Require.Positive(dimension, nameof(dimension)), m = training.Length / n;
        Require.Length(actual.Length, actual.Length / n * n, nameof(actual));
        Require.Length(training.Length, m * n, nameof(training));
        if (m < 2)
            throw new ArgumentException($"The training series has {m} rows; at least two are needed.", nameof(training));
        double mean = 0;
        for (int j = 0; j < n; j++)
        {
            double error = 0, naive = 0;
            for (int i = j; i < actual.Length; i += n)
                error += Math.Abs(actual[i] - forecast[i]);
            for (int i = j + n; i < training.Length; i += n)
                naive += Math.Abs(training[i] - training[i - n]);
            mean += error / (actual.Length / n) / (naive / (m - 1)) / n;
        }

        return double.IsFinite(mean) ? mean : double.PositiveInfinity;
    }

    /// <summary>
    /// The valid prediction time: how long the normalised error sqrt(mean_j (x_j - f_j)^2 / s_j^2) stays at or below a threshold, with the variances s_j^2 of the variables. In units of
    /// the Lyapunov time if an exponent is given. A forecast that is valid to its end gives its length.
    /// </summary>
    /// <param name="actual">What happened.</param>
    /// <param name="forecast">What was predicted.</param>
    /// <param name="scales">The standard deviations s of the variables, n positive elements.</param>
    /// <param name="step">The time between two rows.</param>
    /// <param name="threshold">The threshold; 0.4 is usual.</param>
    /// <param name="lyapunovExponent">The largest Lyapunov exponent; 1 for time itself.</param>
    /// <exception cref="ArgumentException">Lengths differ or aren't a multiple of n.</exception>
    /// <remarks>P. R. Vlachas et al. (2020), Backpropagation algorithms and reservoir computing in recurrent neural networks for the forecasting of complex spatiotemporal dynamics.</remarks>
    public static double ValidTime(
        ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, ReadOnlySpan<double> scales, double step = 1, double threshold = 0.4, double lyapunovExponent = 1)
    {
        Check(actual, forecast);
        Require.Positive(step, nameof(step));
        Require.Positive(threshold, nameof(threshold));
        int n = scales.Length, rows = actual.Length / Math.Max(1, n), valid = 0;
        Require.Length(actual.Length, rows * n, nameof(actual));
        foreach (double scale in scales)
            Require.Positive(scale, nameof(scales));
        for (; valid < rows; valid++)
        {
            double sum = 0;
            for (int j = 0; j < n; j++)
            {
                double error = (actual[(valid * n) + j] - forecast[(valid * n) + j]) / scales[j];
                sum += error * error / n;
            }

            if (!(Math.Sqrt(sum) <= threshold))
                break;
        }

        return valid * step * Require.Positive(lyapunovExponent, nameof(lyapunovExponent));
    }

    private static void Check(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        Require.Length(forecast.Length, actual.Length, nameof(forecast));
        if (actual.IsEmpty)
            throw new ArgumentException("There is nothing to compare.", nameof(actual));
    }
}
