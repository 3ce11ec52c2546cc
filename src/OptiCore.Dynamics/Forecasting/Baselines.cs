namespace OptiCore.Dynamics;

/// <summary>Predicts that nothing changes: what every other forecaster must beat.</summary>
/// <param name="dimension">The number n of state variables.</param>
public sealed class Persistence(int dimension) : IForecaster
{
    /// <inheritdoc/>
    public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

    /// <inheritdoc/>
    public int Memory => 1;

    /// <inheritdoc/>
    public void Forecast(ReadOnlySpan<double> history, Span<double> forecast)
    {
        int steps = ForecastArguments.Check(this, history, forecast);
        for (int k = 0; k < steps; k++)
            history[^Dimension..].CopyTo(forecast[(k * Dimension)..]);
    }
}

/// <summary>A vector autoregression, x_k+1 = c + A_1 x_k + ... + A_d x_(k-d+1), by least squares: the linear baseline.</summary>
/// <remarks>H. Lütkepohl (2005), New Introduction to Multiple Time Series Analysis, chapter 3. Cost: 2 m (n d)^2 operations.</remarks>
[Algorithm("Vector autoregression", "Forecasting", "Lütkepohl (2005), New Introduction to Multiple Time Series Analysis")]
public sealed record AutoRegression
{
    /// <summary>The number d of past states. Default: 2.</summary>
    public int Order { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The ridge, at least 0. Default: 0.</summary>
    public double Ridge { get; init => field = Require.NonNegative(value); }

    /// <summary>Fits the coefficients.</summary>
    /// <param name="data">The series.</param>
    /// <exception cref="ArgumentException">No piece is long enough.</exception>
    public DelayRegression Fit(TimeSeries data) =>
        new NextGenerationReservoir { Delays = Order, Library = new MonomialFeatures { Degree = 1 }, Ridge = Ridge, PredictDifferences = false }.Fit(data);
}
