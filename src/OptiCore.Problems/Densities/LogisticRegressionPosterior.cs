using System.Buffers;
using System.Globalization;

namespace OptiCore.Problems;

/// <summary>
/// Bayesian logistic regression: w[k] ~ N(0, sd s) independently, y[i] ~ Bernoulli(1 / (1 + exp(-x[i] . w))).
/// log p(w) = sum_i (y[i] e[i] - log(1 + exp(e[i]))) - |w|^2 / (2 s^2), e[i] = x[i] . w. Each evaluation reads the design matrix once.
/// </summary>
public sealed class LogisticRegressionPosterior : ILogDensity
{
    private readonly double[] _design;
    private readonly double[] _labels;
    private readonly double _priorPrecision;

    /// <summary>Creates the density.</summary>
    /// <param name="design">The rows x[i] of the design matrix, m x n, row-major; a bias is a column of ones.</param>
    /// <param name="labels">The labels y[i], m elements of 0 or 1.</param>
    /// <param name="priorScale">The standard deviation s of the weights.</param>
    /// <exception cref="ArgumentException">Sizes don't fit, an element isn't finite, or a label is neither 0 nor 1.</exception>
    public LogisticRegressionPosterior(ReadOnlySpan<double> design, ReadOnlySpan<double> labels, double priorScale = 1)
    {
        Require.Positive(labels.Length, nameof(labels));
        int n = design.Length / labels.Length;
        Require.Positive(n, nameof(design));
        Require.Length(design.Length, n * labels.Length, nameof(design));
        Require.AllFinite(design, nameof(design));
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] is not (0 or 1))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"labels[{i}] is {labels[i]}; every label must be 0 or 1."), nameof(labels));
        }

        Dimension = n;
        _design = design.ToArray();
        _labels = labels.ToArray();
        _priorPrecision = 1 / (Require.Positive(priorScale, nameof(priorScale)) * priorScale);
        ParameterNames = ParameterName.Vector("w", n);
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; }

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
        int n = Dimension;
        double value = 0;
        for (int k = 0; k < n; k++)
        {
            value -= 0.5 * _priorPrecision * x[k] * x[k];
            gradient[k] = -_priorPrecision * x[k];
        }

        for (int i = 0; i < _labels.Length; i++)
        {
            ReadOnlySpan<double> row = _design.AsSpan(i * n, n);
            double e = 0;
            for (int k = 0; k < n; k++)
                e += row[k] * x[k];

            // log(1 + exp(e)) without overflow, and the probability from the same exponential.
            double small = Math.Exp(-Math.Abs(e));
            double softplus = Math.Max(e, 0) + Math.Log(1 + small);
            double probability = e >= 0 ? 1 / (1 + small) : small / (1 + small);
            value += (_labels[i] * e) - softplus;
            double rest = _labels[i] - probability;
            for (int k = 0; k < n; k++)
                gradient[k] += rest * row[k];
        }

        return value;
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters) => unconstrained.CopyTo(parameters);
}
