using System.Globalization;
using System.Text;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Compares forecasters on the same windows of a series they haven't seen:
/// <code>
/// ForecastReport report = new ForecastEvaluation { Horizon = 500, LyapunovExponent = 0.906 }.Run(train, test, ("reservoir", network), ("persistence", new Persistence(3)));
/// Console.WriteLine(report);
/// </code>
/// </summary>
public sealed record ForecastEvaluation
{
    /// <summary>The number of predicted steps. Default: 100.</summary>
    public int Horizon { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The number of windows, spread evenly. Default: 10.</summary>
    public int Windows { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The history that each forecast gets; at least the largest memory is used. Default: 1.</summary>
    public int History { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The largest Lyapunov exponent, so that valid times are in Lyapunov times. Default: 1, time itself.</summary>
    public double LyapunovExponent { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The threshold of the valid time. Default: 0.4.</summary>
    public double Threshold { get; init => field = Require.Positive(value); } = 0.4;

    /// <summary>Runs all forecasters on all windows.</summary>
    /// <param name="training">The series the models were fitted to: its scales are those of the errors.</param>
    /// <param name="test">A series of one piece that is long enough for a history and a horizon.</param>
    /// <param name="models">The models with their names.</param>
    /// <exception cref="ArgumentException">The test series is too short or in pieces, or a dimension differs.</exception>
    public ForecastReport Run(TimeSeries training, TimeSeries test, params ReadOnlySpan<(string Name, IForecaster Model)> models)
    {
        Require.NotNull(training);
        Require.NotNull(test);
        int n = test.Dimension, history = History;
        foreach ((string name, IForecaster model) in models)
        {
            if (model.Dimension != n)
                throw new ArgumentException($"'{name}' forecasts {model.Dimension} variables; the series has {n}.", nameof(models));
            history = Math.Max(history, model.Memory);
        }

        if (test.Pieces != 1 || test.Count < history + Horizon)
            throw new ArgumentException($"The test series has {test.Count} states in {test.Pieces} pieces; one piece of {history + Horizon} is needed.", nameof(test));
        double[] scales = Scales(training), forecast = new double[Horizon * n], times = new double[Windows];
        var rows = new ForecastScore[models.Length];
        for (int k = 0; k < rows.Length; k++)
        {
            double error = 0, percentage = 0, scaled = 0;
            for (int w = 0; w < Windows; w++)
            {
                int start = Windows == 1 ? 0 : (int)((long)w * (test.Count - history - Horizon) / (Windows - 1));
                ReadOnlySpan<double> actual = test.States.Slice((start + history) * n, Horizon * n);
                models[k].Model.Forecast(test.States.Slice(start * n, history * n), forecast);
                times[w] = ForecastMetrics.ValidTime(actual, forecast, scales, test.Step, Threshold, LyapunovExponent);
                error += ForecastMetrics.RootMeanSquareError(actual, forecast) / Windows;
                percentage += ForecastMetrics.SymmetricPercentageError(actual, forecast) / Windows;
                scaled += ForecastMetrics.ScaledError(actual, forecast, training.States, n) / Windows;
            }

            Array.Sort(times);
            rows[k] = new ForecastScore(models[k].Name, 0.5 * (times[(Windows - 1) / 2] + times[Windows / 2]), Reduce.Mean<double>(times), error, percentage, scaled);
        }

        return new ForecastReport(rows);
    }

    private static double[] Scales(TimeSeries series)
    {
        int n = series.Dimension;
        double[] column = new double[series.Count], scales = new double[n];
        for (int j = 0; j < n; j++)
        {
            for (int i = 0; i < column.Length; i++)
                column[i] = series[i][j];
            double deviation = Math.Sqrt(Reduce.Variance<double>(column, unbiased: false));
            scales[j] = deviation > 0 ? deviation : 1;
        }

        return scales;
    }
}

/// <summary>How one forecaster did, on average over windows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MedianValidTime">The median valid prediction time.</param>
/// <param name="MeanValidTime">The mean valid prediction time.</param>
/// <param name="RootMeanSquareError">The root mean square error.</param>
/// <param name="SymmetricPercentageError">The symmetric mean absolute percentage error, 0 to 200.</param>
/// <param name="ScaledError">The mean absolute scaled error.</param>
public sealed record ForecastScore(string Name, double MedianValidTime, double MeanValidTime, double RootMeanSquareError, double SymmetricPercentageError, double ScaledError);

/// <summary>A comparison of forecasters.</summary>
/// <param name="Scores">One row for each, in the order given.</param>
public sealed record ForecastReport(IReadOnlyList<ForecastScore> Scores)
{
    /// <summary>A table.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append("forecaster                median valid   mean valid         RMSE   sMAPE     MASE");
        foreach (ForecastScore score in Scores)
        {
            text.AppendLine();
            text.Append(
                CultureInfo.InvariantCulture,
                $"{score.Name,-24} {score.MedianValidTime,13:g4} {score.MeanValidTime,12:g4} {score.RootMeanSquareError,12:g4} {score.SymmetricPercentageError,7:f1} {score.ScaledError,8:g3}");
        }

        return text.ToString();
    }
}
