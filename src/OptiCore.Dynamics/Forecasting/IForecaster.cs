namespace OptiCore.Dynamics;

/// <summary>A model that continues a series: what all learned models of this package and the baselines have in common, and what <see cref="ForecastEvaluation"/> compares.</summary>
public interface IForecaster
{
    /// <summary>The number n of state variables.</summary>
    int Dimension { get; }

    /// <summary>The number of last states that a forecast needs at least.</summary>
    int Memory { get; }

    /// <summary>Predicts the states after a history.</summary>
    /// <param name="history">The last states, at least <see cref="Memory"/> rows of n, row-major, the newest last.</param>
    /// <param name="forecast">Receives any number of rows of n. A state that isn't finite stays so: divergence is an outcome.</param>
    /// <exception cref="ArgumentException">A length isn't a multiple of n, or the history is too short.</exception>
    /// <remarks>What a call allocates doesn't depend on the number of steps.</remarks>
    void Forecast(ReadOnlySpan<double> history, Span<double> forecast);
}

/// <summary>The checks that forecasts share.</summary>
internal static class ForecastArguments
{
    /// <summary>Checks both lengths and returns the number of steps.</summary>
    public static int Check(IForecaster model, ReadOnlySpan<double> history, Span<double> forecast)
    {
        int n = model.Dimension;
        Require.Length(history.Length, history.Length / n * n, nameof(history));
        Require.Length(forecast.Length, forecast.Length / n * n, nameof(forecast));
        if (history.Length < model.Memory * n)
            throw new ArgumentException($"The history has {history.Length / n} states; the model needs {model.Memory}.", nameof(history));
        return forecast.Length / n;
    }
}
