using System.Runtime.Intrinsics;
using OptiCore.Numerics;

namespace OptiCore.Problems;

/// <summary>
/// The mixture of two normal laws low_dim_gauss_mix: y[i] ~ theta N(mu[1], sd sigma[1]) + (1 - theta) N(mu[2], sd sigma[2]) with mu[1] &lt; mu[2], mu[k] ~ N(0, sd 2), half-normal(2) sigma[k] and
/// theta ~ Beta(5, 5).
/// </summary>
/// <remarks>
/// With d the difference of both logarithms, the likelihood of one value is the first logarithm plus log(1 + exp d), and the weight of the second component 1 / (1 + exp -d): one exponential for
/// each value, and one logarithm for a block, as the factors of log(1 + exp(-|d|)) lie between 1 and 2. The gradient comes from six weighted sums.
/// </remarks>
public sealed class GaussianMixturePosterior : ConstrainedLogDensity
{
    private const int Block = 256;
    private const double LocationScale = 2, NoiseScale = 2, Concentration = 5;

    private readonly double[] _values;
    private readonly double _sum, _squares;

    /// <summary>Creates the density.</summary>
    /// <param name="values">The values y.</param>
    /// <exception cref="ArgumentException">A value isn't finite.</exception>
    public GaussianMixturePosterior(ReadOnlySpan<double> values)
        : base(new ParameterSpace().Ordered("mu", 2).Positive("sigma", 2).Probability("theta"))
    {
        Require.Positive(values.Length, nameof(values));
        Require.AllFinite(values, nameof(values));
        _values = values.ToArray();
        foreach (double y in values)
        {
            _sum += y;
            _squares += y * y;
        }
    }

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double mu1 = x[0], mu2 = x[1], sigma1 = x[2], sigma2 = x[3], theta = x[4], other = 1 - theta;
        int count = _values.Length;
        double precision1 = 1 / (sigma1 * sigma1), precision2 = 1 / (sigma2 * sigma2);

        // d = log(1 - theta) - log theta + log(sigma1 / sigma2) + ((y - mu1) / sigma1)^2 / 2 - ((y - mu2) / sigma2)^2 / 2.
        double constant = Math.Log(other * sigma1 / (theta * sigma2)), value = 0;
        Vector256<double> weights = Vector256<double>.Zero, weighted = weights, weightedSquares = weights;
        double weight = 0, weightSum = 0, weightSquares = 0;
        Span<double> differences = stackalloc double[Block], small = stackalloc double[Block];
        for (int first = 0; first < count; first += Block)
        {
            ReadOnlySpan<double> y = _values.AsSpan(first, Math.Min(Block, count - first));
            Span<double> d = differences[..y.Length], t = small[..y.Length];
            for (int i = 0; i < d.Length; i++)
            {
                double rest1 = y[i] - mu1, rest2 = y[i] - mu2;
                d[i] = constant + (0.5 * ((rest1 * rest1 * precision1) - (rest2 * rest2 * precision2)));
                t[i] = -Math.Abs(d[i]);
            }

            VectorMath.Exp(t, t);
            Vector256<double> sums = Vector256<double>.Zero, products = Vector256<double>.One, one = Vector256<double>.One;
            int next = 0;
            for (; next <= d.Length - 4; next += 4)
            {
                Vector256<double> dv = Vector256.Create<double>(d.Slice(next, 4)), tv = Vector256.Create<double>(t.Slice(next, 4)), yv = Vector256.Create(y.Slice(next, 4));
                Vector256<double> isPositive = Vector256.GreaterThanOrEqual(dv, Vector256<double>.Zero), factor = one + tv;
                Vector256<double> w = Vector256.ConditionalSelect(isPositive, one, tv) / factor;
                sums += dv & isPositive;
                products *= factor;
                weights += w;
                w *= yv;
                weighted += w;
                weightedSquares += w * yv;
            }

            double product = 1;
            for (; next < d.Length; next++)
            {
                double w = (d[next] >= 0 ? 1 : t[next]) / (1 + t[next]);
                value += Math.Max(d[next], 0);
                product *= 1 + t[next];
                weight += w;
                weightSum += w * y[next];
                weightSquares += w * y[next] * y[next];
            }

            value += Total(sums) + Math.Log(products[0] * products[1]) + Math.Log(products[2] * products[3] * product);
        }

        weight += Total(weights);
        weightSum += Total(weighted);
        weightSquares += Total(weightedSquares);

        // Sums of squares about both means, weighted by each component's share.
        double share = count - weight, rest = (_sum - weightSum) - (share * mu1), restOther = weightSum - (weight * mu2);
        double all = Squares(_squares, _sum, count, mu1);
        double spread2 = Squares(weightSquares, weightSum, weight, mu2), spread1 = Squares(_squares - weightSquares, _sum - weightSum, share, mu1);
        value += (count * Math.Log(theta / sigma1)) - (0.5 * precision1 * all);
        gradient[0] = (precision1 * rest) - (mu1 / (LocationScale * LocationScale));
        gradient[1] = (precision2 * restOther) - (mu2 / (LocationScale * LocationScale));
        gradient[2] = (((precision1 * spread1) - share) / sigma1) - (sigma1 / (NoiseScale * NoiseScale));
        gradient[3] = (((precision2 * spread2) - weight) / sigma2) - (sigma2 / (NoiseScale * NoiseScale));
        gradient[4] = ((share + Concentration - 1) / theta) - ((weight + Concentration - 1) / other);
        value -= 0.5 * ((mu1 * mu1) + (mu2 * mu2)) / (LocationScale * LocationScale);
        value -= 0.5 * ((sigma1 * sigma1) + (sigma2 * sigma2)) / (NoiseScale * NoiseScale);
        return value + ((Concentration - 1) * Math.Log(theta * other));
    }

    /// <summary>sum w (y - mu)^2 of weighted sums.</summary>
    private static double Squares(double squares, double sum, double weight, double mu) => squares - (2 * mu * sum) + (weight * mu * mu);

    private static double Total(Vector256<double> v) => (v[0] + v[1]) + (v[2] + v[3]);
}
