using OptiCore.LinearAlgebra;

namespace OptiCore.Problems;

/// <summary>
/// Bayesian linear regression: y[i] ~ N(x[i] . b, sd sigma), with a prior for each coefficient and one for sigma &gt; 0, in coordinates (b[1..n], log sigma). Reports b and sigma.
/// </summary>
/// <remarks>
/// <para>log p = -m log sigma - sum_i (y[i] - x[i] . b)^2 / (2 sigma^2) + log priors. The sum of squares is taken from the triangle R of X = Q R: |y - X b|^2 = |Q'y - R b|^2 + rest, which is as
/// accurate as the sum itself and costs n^2 operations however many observations there are.</para>
/// <para>The posteriors kidscore_interaction, logearn_height_male, logmesquite, nes, kilpisjarvi, blr and arK of posteriordb have this form; see <see cref="PosteriorDb"/>.</para>
/// </remarks>
public sealed class LinearRegressionPosterior : ConstrainedLogDensity
{
    private readonly int _coefficients, _rows, _observations;
    private readonly double[] _triangle;
    private readonly double[] _target;
    private readonly double _rest;
    private readonly RegressionPrior[] _priors;
    private readonly RegressionPrior _noisePrior;

    /// <summary>Creates the density with the same prior for all coefficients.</summary>
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
        : this(
            design,
            response,
            [double.IsPositiveInfinity(coefficientScale) ? RegressionPrior.Flat : RegressionPrior.Normal(0, Require.Positive(coefficientScale, nameof(coefficientScale)))],
            double.IsPositiveInfinity(noiseScale) ? RegressionPrior.Flat : RegressionPrior.Cauchy(0, Require.Positive(noiseScale, nameof(noiseScale))),
            names)
    {
    }

    /// <summary>Creates the density.</summary>
    /// <param name="design">The rows x[i], m x n, row-major; an intercept is a column of ones.</param>
    /// <param name="response">The responses y[i], m elements.</param>
    /// <param name="coefficientPriors">The priors of the n coefficients, or one for all.</param>
    /// <param name="noisePrior">The prior of sigma, the half law on sigma &gt; 0.</param>
    /// <param name="names">The names of the coefficients; default: beta[1], beta[2], ...</param>
    /// <exception cref="ArgumentException">Sizes don't fit, or an element isn't finite.</exception>
    public LinearRegressionPosterior(
        ReadOnlySpan<double> design,
        ReadOnlySpan<double> response,
        ReadOnlySpan<RegressionPrior> coefficientPriors,
        RegressionPrior noisePrior,
        IReadOnlyList<string>? names = null)
        : base(Space(design, response, names))
    {
        Require.AllFinite(design, nameof(design));
        Require.AllFinite(response, nameof(response));
        _observations = response.Length;
        _coefficients = design.Length / response.Length;
        _priors = new RegressionPrior[_coefficients];
        if (coefficientPriors.Length == 1)
        {
            _priors.AsSpan().Fill(coefficientPriors[0]);
        }
        else
        {
            Require.Length(coefficientPriors.Length, _coefficients, nameof(coefficientPriors));
            coefficientPriors.CopyTo(_priors);
        }

        _noisePrior = noisePrior;

        // R of the design with the response as its last column: R itself, Q'y beside it, and the norm of what no coefficients reach below.
        int columns = _coefficients + 1;
        double[] joint = new double[_observations * columns];
        for (int i = 0; i < _observations; i++)
        {
            design.Slice(i * _coefficients, _coefficients).CopyTo(joint.AsSpan(i * columns));
            joint[(i * columns) + _coefficients] = response[i];
        }

        var qr = new Qr<double>(_observations, columns);
        qr.Factor(joint);
        _rows = Math.Min(_observations, _coefficients);
        _triangle = new double[_rows * _coefficients];
        _target = new double[_rows];
        for (int i = 0; i < _rows; i++)
        {
            for (int k = i; k < _coefficients; k++)
                _triangle[(i * _coefficients) + k] = qr.R(i, k);
            _target[i] = qr.R(i, _coefficients);
        }

        _rest = qr.Steps > _coefficients ? qr.R(_coefficients, _coefficients) * qr.R(_coefficients, _coefficients) : 0;
    }

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
    protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int n = _coefficients;
        double sigma = x[n], precision = 1 / (sigma * sigma), squares = _rest;
        Span<double> slopes = gradient[..n];
        slopes.Clear();
        for (int i = 0; i < _rows; i++)
        {
            ReadOnlySpan<double> row = _triangle.AsSpan(i * n, n);
            double rest = _target[i];
            for (int k = i; k < row.Length; k++)
                rest -= row[k] * x[k];
            squares += rest * rest;
            rest *= precision;
            for (int k = i; k < row.Length && k < slopes.Length; k++)
                slopes[k] += rest * row[k];
        }

        double value = (-0.5 * precision * squares) - (_observations * Math.Log(sigma));
        for (int k = 0; k < _priors.Length; k++)
        {
            value += _priors[k].LogDensity(x[k], out double slope);
            slopes[k] += slope;
        }

        value += _noisePrior.LogDensity(sigma, out double noiseSlope);
        gradient[n] = (((precision * squares) - _observations) / sigma) + noiseSlope;
        return value;
    }

    private static ParameterSpace Space(ReadOnlySpan<double> design, ReadOnlySpan<double> response, IReadOnlyList<string>? names)
    {
        Require.Positive(response.Length, nameof(response));
        int n = design.Length / response.Length;
        Require.Positive(n, nameof(design));
        Require.Length(design.Length, n * response.Length, nameof(design));
        if (names is null)
            return new ParameterSpace().Vector("beta", n).Positive("sigma");
        Require.Length(names.Count, n, nameof(names));
        var space = new ParameterSpace();
        foreach (string name in names)
            space = space.Real(name);
        return space.Positive("sigma");
    }
}
