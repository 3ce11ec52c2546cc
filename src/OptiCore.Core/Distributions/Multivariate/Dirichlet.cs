using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The Dirichlet law of probability vectors: p(x) = Gamma(sum a) / prod Gamma(a_i) prod x_i^(a_i - 1) for x_i >= 0 with sum 1, a density with respect to the first n - 1 elements.
/// </summary>
/// <remarks>T. P. Minka (2000), "Estimating a Dirichlet distribution" (the derivatives). Draws are gamma numbers over their sum, from logarithms where a concentration is below 1, so that small ones don't give 0/0.</remarks>
public sealed class Dirichlet : IDifferentiableMultivariateDistribution
{
    private const double SumTolerance = 1e-8;

    private readonly double[] _concentration;
    private readonly LawParameter[] _parameters;
    private readonly double _logBeta, _total;
    private readonly bool _logarithms;

    /// <summary>Makes the law.</summary>
    /// <param name="concentration">The concentrations a, at least two, positive and finite.</param>
    /// <exception cref="ArgumentException">There are fewer than two concentrations, or one is not positive and finite.</exception>
    public Dirichlet(params ReadOnlySpan<double> concentration)
    {
        if (concentration.Length < 2)
            throw new ArgumentException($"There must be at least two concentrations, not {concentration.Length}.", nameof(concentration));
        _concentration = concentration.ToArray();
        _parameters = [new("concentration", concentration.Length)];
        foreach (double a in concentration)
        {
            if (!(a > 0 && double.IsFinite(a)))
                throw new ArgumentException($"Concentrations must be positive and finite, but one is {a}.", nameof(concentration));
            _total += a;
            _logBeta += SpecialFunctions.LogGamma(a);
            _logarithms |= a < 1;
        }

        _logBeta -= SpecialFunctions.LogGamma(_total);
    }

    /// <inheritdoc/>
    public int Dimension => _concentration.Length;

    /// <summary>The concentrations a.</summary>
    public ReadOnlySpan<double> Concentration => _concentration;

    /// <summary>The differential entropy in nats.</summary>
    public double Entropy
    {
        get
        {
            double sum = _logBeta + ((_total - Dimension) * SpecialFunctions.Digamma(_total));
            foreach (double a in _concentration)
                sum -= (a - 1) * SpecialFunctions.Digamma(a);
            return sum;
        }
    }

    /// <summary>The mean of element i, a_i / sum a.</summary>
    /// <param name="i">The index.</param>
    public double Mean(int i) => _concentration[i] / _total;

    /// <summary>The covariance of elements i and j, (mean_i [i = j] - mean_i mean_j) / (sum a + 1).</summary>
    /// <param name="i">The first index.</param>
    /// <param name="j">The second index.</param>
    public double Covariance(int i, int j) => ((i == j ? Mean(i) : 0) - (Mean(i) * Mean(j))) / (_total + 1);

    /// <inheritdoc/>
    /// <remarks>Negative infinity when the elements' sum differs from 1 by more than 1e-8.</remarks>
    public double LogDensity(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        double total = 0, sum = -_logBeta;
        for (int i = 0; i < x.Length; i++)
        {
            if (x[i] < 0)
                return double.NegativeInfinity;
            total += x[i];
            sum += SpecialFunctions.XLogY(_concentration[i] - 1, x[i]);
        }

        return double.IsNaN(total) ? double.NaN : Math.Abs(total - 1) <= SumTolerance ? sum : double.NegativeInfinity;
    }

    /// <inheritdoc/>
    /// <remarks>Of the formula as a function of all n elements.</remarks>
    public void LogDensityGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension, nameof(gradient));
        for (int i = 0; i < x.Length; i++)
            gradient[i] = (_concentration[i] - 1) / x[i];
    }

    /// <inheritdoc/>
    public ReadOnlySpan<LawParameter> Parameters => _parameters;

    /// <inheritdoc/>
    /// <remarks>psi(sum a) - psi(a_i) + ln x_i.</remarks>
    public void LogDensityParameterGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension, nameof(gradient));
        double whole = SpecialFunctions.Digamma(_total);
        for (int i = 0; i < x.Length; i++)
            gradient[i] = whole - SpecialFunctions.Digamma(_concentration[i]) + Math.Log(x[i]);
    }

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> points, ulong offset = 0)
    {
        int n = Dimension, count = QuasiRandom.Points(points.Length, n, nameof(points));
        Span<double> one = stackalloc double[1];
        for (int i = 0; i < count; i++)
        {
            Span<double> x = points.Slice(i * n, n);
            double largest = double.NegativeInfinity;
            for (int j = 0; j < n; j++)
            {
                new GammaBlock(key.Fold(j), _concentration[j], _logarithms).Fill(one, offset + (ulong)i);
                x[j] = one[0];
                largest = Math.Max(largest, one[0]);
            }

            double sum = 0;
            foreach (ref double value in x)
            {
                if (_logarithms)
                    value = Math.Exp(value - largest);
                sum += value;
            }

            foreach (ref double value in x)
                value /= sum;
        }
    }
}
