using System.Buffers;

namespace OptiCore.Problems;

/// <summary>
/// Bayesian linear regression in coordinates (b[1..n], log sigma): y[i] ~ N(x[i] . b, sd sigma), b[k] flat or N(0, sd s), sigma flat on (0, inf) or
/// half-Cauchy(0, c). Reports b and sigma.
/// </summary>
/// <remarks>
/// log p = -m log sigma - sum_i (y[i] - x[i] . b)^2 / (2 sigma^2) - |b|^2 / (2 s^2) - log(1 + (sigma / c)^2) + log sigma, where the last term is
/// the Jacobian of sigma = exp(u). The posteriors kidscore_interaction, logearn_height_male and arK of posteriordb have this form.
/// </remarks>
public sealed class LinearRegressionPosterior : ILogDensity
{
    private readonly double[] _design;
    private readonly double[] _response;
    private readonly double _coefficientPrecision;
    private readonly double _inverseNoiseScale;

    /// <summary>Creates the density.</summary>
    /// <param name="design">The rows x[i], m x n, row-major; an intercept is a column of ones.</param>
    /// <param name="response">The responses y[i], m elements.</param>
    /// <param name="coefficientScale">The prior standard deviation s of the coefficients; infinity (the default) is the flat prior.</param>
    /// <param name="noiseScale">The scale c of sigma's half-Cauchy prior; infinity (the default) is the flat prior on sigma.</param>
    /// <param name="names">The names of the coefficients; default: beta[1], beta[2], ...</param>
    /// <exception cref="ArgumentException">Sizes don't fit, or an element isn't finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A scale isn't positive.</exception>
    public LinearRegressionPosterior(
        ReadOnlySpan<double> design,
        ReadOnlySpan<double> response,
        double coefficientScale = double.PositiveInfinity,
        double noiseScale = double.PositiveInfinity,
        IReadOnlyList<string>? names = null)
    {
        Require.Positive(response.Length, nameof(response));
        int n = design.Length / response.Length;
        Require.Positive(n, nameof(design));
        Require.Length(design.Length, n * response.Length, nameof(design));
        Require.AllFinite(design, nameof(design));
        Require.AllFinite(response, nameof(response));
        names ??= ParameterName.Vector("beta", n);
        Require.Length(names.Count, n, nameof(names));
        _design = design.ToArray();
        _response = response.ToArray();
        _coefficientPrecision = double.IsPositiveInfinity(coefficientScale) ? 0 : 1 / (Require.Positive(coefficientScale, nameof(coefficientScale)) * coefficientScale);
        _inverseNoiseScale = double.IsPositiveInfinity(noiseScale) ? 0 : 1 / Require.Positive(noiseScale, nameof(noiseScale));
        Dimension = n + 1;
        ParameterNames = [.. names, "sigma"];
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <summary>
    /// The autoregression of order K, conditional on the first K values: y[t] ~ N(alpha + sum_k beta[k] y[t - k], sd sigma), with alpha and beta
    /// ~ N(0, sd s) and sigma ~ half-Cauchy(0, c).
    /// </summary>
    /// <param name="series">The series y, longer than K.</param>
    /// <param name="order">The order K, at least 1.</param>
    /// <param name="coefficientScale">The prior standard deviation s of alpha and beta.</param>
    /// <param name="noiseScale">The scale c of sigma's prior.</param>
    public static LinearRegressionPosterior Autoregression(ReadOnlySpan<double> series, int order, double coefficientScale = 10, double noiseScale = 2.5)
    {
        Require.Positive(order, nameof(order));
        int rows = Require.Positive(series.Length - order, nameof(series));
        double[] design = new double[rows * (order + 1)];
        for (int i = 0; i < rows; i++)
        {
            design[i * (order + 1)] = 1;
            for (int k = 1; k <= order; k++)
                design[(i * (order + 1)) + k] = series[order + i - k];
        }

        return new LinearRegressionPosterior(design, series[order..], coefficientScale, noiseScale, ["alpha", .. ParameterName.Vector("beta", order)]);
    }

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        double[] gradient = ArrayPool<double>.Shared.Rent(Dimension);
        double value = ValueAndGradient(x, gradient.AsSpan(0, Dimension));
        ArrayPool<double>.Shared.Return(gradient);
        return value;
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int n = Dimension - 1;
        double logSigma = x[n], sigma = Math.Exp(logSigma);
        double precision = 1 / (sigma * sigma);
        double squares = 0;
        gradient.Clear();
        for (int i = 0; i < _response.Length; i++)
        {
            ReadOnlySpan<double> row = _design.AsSpan(i * n, n);
            double rest = _response[i];
            for (int k = 0; k < n; k++)
                rest -= row[k] * x[k];
            squares += rest * rest;
            for (int k = 0; k < n; k++)
                gradient[k] += rest * row[k];
        }

        double value = 0;
        for (int k = 0; k < n; k++)
        {
            value -= 0.5 * _coefficientPrecision * x[k] * x[k];
            gradient[k] = (precision * gradient[k]) - (_coefficientPrecision * x[k]);
        }

        double r = sigma * _inverseNoiseScale;
        gradient[n] = 1 - _response.Length + (precision * squares) - (2 * r * r / (1 + (r * r)));
        return value + ((1 - _response.Length) * logSigma) - (0.5 * precision * squares) - Math.Log(1 + (r * r));
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters)
    {
        unconstrained.CopyTo(parameters);
        parameters[^1] = Math.Exp(unconstrained[^1]);
    }
}
