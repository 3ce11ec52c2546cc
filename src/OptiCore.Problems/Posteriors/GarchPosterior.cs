using System.Buffers;

namespace OptiCore.Problems;

/// <summary>
/// The GARCH(1, 1) model garch11: y[t] ~ N(mu, sd s[t]), s[t]^2 = alpha0 + alpha1 (y[t-1] - mu)^2 + beta1 s[t-1]^2 with a known s[1], and flat priors on mu, alpha0 &gt; 0, alpha1 in (0, 1) and
/// beta1 in (0, 1 - alpha1).
/// </summary>
/// <remarks>
/// The bound of beta1 depends on alpha1, so the coordinates are written here: mu, log alpha0, logit alpha1, logit(beta1 / (1 - alpha1)). The gradient is that of the reverse recursion
/// lambda[t] = dl/ds[t]^2 + beta1 lambda[t+1]. T. Bollerslev (1986), Generalized autoregressive conditional heteroskedasticity.
/// </remarks>
public sealed class GarchPosterior : ILogDensity
{
    private const int OnStack = 512;

    private readonly double[] _series;
    private readonly double _firstVariance;

    /// <summary>Creates the density.</summary>
    /// <param name="series">The series y, at least two values.</param>
    /// <param name="firstDeviation">The standard deviation s[1] of the first value.</param>
    /// <exception cref="ArgumentException">A value isn't finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The series is too short, or the deviation isn't positive.</exception>
    public GarchPosterior(ReadOnlySpan<double> series, double firstDeviation)
    {
        Require.AtLeast(series.Length, 2, nameof(series));
        Require.AllFinite(series, nameof(series));
        _series = series.ToArray();
        _firstVariance = Require.Positive(firstDeviation, nameof(firstDeviation)) * firstDeviation;
    }

    /// <inheritdoc/>
    public int Dimension => 4;

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; } = ["mu", "alpha0", "alpha1", "beta1"];

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        double mu = x[0], alpha0 = Math.Exp(x[1]), alpha1 = SpecialFunctions.Expit(x[2]), beta1 = SpecialFunctions.Expit(-x[2]) * SpecialFunctions.Expit(x[3]);
        double variance = _firstVariance, squares = 0;
        var product = new LogProduct();
        foreach (double y in _series)
        {
            double square = (y - mu) * (y - mu);
            squares += square / variance;
            product.Add(variance);
            variance = alpha0 + (alpha1 * square) + (beta1 * variance);
        }

        return (-0.5 * (product.Value + squares)) + LogJacobian(x);
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension, nameof(gradient));
        double mu = x[0], alpha0 = Math.Exp(x[1]), alpha1 = SpecialFunctions.Expit(x[2]), rest1 = SpecialFunctions.Expit(-x[2]), share = SpecialFunctions.Expit(x[3]), beta1 = rest1 * share;
        int length = _series.Length;
        double[]? rented = length > OnStack ? ArrayPool<double>.Shared.Rent(length) : null;
        Span<double> variances = rented is null ? stackalloc double[length] : rented.AsSpan(0, length);
        double variance = _firstVariance, squares = 0;
        var product = new LogProduct();
        for (int t = 0; t < variances.Length; t++)
        {
            double rest = _series[t] - mu, square = rest * rest;
            variances[t] = variance;
            squares += square / variance;
            product.Add(variance);
            variance = alpha0 + (alpha1 * square) + (beta1 * variance);
        }

        double byMu = 0, byAlpha0 = 0, byAlpha1 = 0, byBeta1 = 0, lambda = 0;
        for (int t = variances.Length - 1; t >= 0; t--)
        {
            double rest = _series[t] - mu, square = rest * rest, precision = 1 / variances[t];

            // lambda is that of t + 1 still.
            byAlpha0 += lambda;
            byAlpha1 += lambda * square;
            byBeta1 += lambda * variances[t];
            byMu += rest * (precision - (2 * alpha1 * lambda));
            lambda = (0.5 * precision * ((square * precision) - 1)) + (beta1 * lambda);
        }

        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        gradient[0] = byMu;
        gradient[1] = (byAlpha0 * alpha0) + 1;

        // d alpha1 / du = alpha1 rest1, d beta1 / du = -beta1 alpha1; of the Jacobian log(alpha1 rest1^2 share (1 - share)), 1 - 3 alpha1.
        gradient[2] = (((byAlpha1 * rest1) - (byBeta1 * beta1)) * alpha1) + 1 - (3 * alpha1);
        gradient[3] = (byBeta1 * beta1 * (1 - share)) + 1 - (2 * share);
        return (-0.5 * (product.Value + squares)) + LogJacobian(x);
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters)
    {
        parameters[0] = unconstrained[0];
        parameters[1] = Math.Exp(unconstrained[1]);
        parameters[2] = SpecialFunctions.Expit(unconstrained[2]);
        parameters[3] = SpecialFunctions.Expit(-unconstrained[2]) * SpecialFunctions.Expit(unconstrained[3]);
    }

    private static double LogJacobian(ReadOnlySpan<double> x) =>
        x[1] + SpecialFunctions.LogExpit(x[2]) + (2 * SpecialFunctions.LogExpit(-x[2])) + SpecialFunctions.LogExpit(x[3]) + SpecialFunctions.LogExpit(-x[3]);
}
