using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The multinomial law of counts: P(x) = n! / prod x_i! prod p_i^x_i for whole x_i >= 0 with sum n.
/// </summary>
/// <remarks>Draws by conditional binomial numbers: the count of each category given those before (C. S. Davis, 1993, "The computer generation of multinomial random variates").</remarks>
public sealed class Multinomial : IMultivariateDistribution
{
    private const double SumTolerance = 1e-9;

    private readonly double[] _probabilities;
    private readonly LawParameter[] _parameters;

    /// <summary>Makes the law.</summary>
    /// <param name="trials">The number of trials n, at least 0.</param>
    /// <param name="probabilities">The probabilities of the categories, with sum 1 to within 1e-9.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of trials is negative.</exception>
    /// <exception cref="ArgumentException">There is no category, a probability is negative or not finite, or their sum is not 1.</exception>
    public Multinomial(int trials, params ReadOnlySpan<double> probabilities)
    {
        Trials = Require.NonNegative(trials, nameof(trials));
        if (probabilities.IsEmpty)
            throw new ArgumentException("There must be at least one category.", nameof(probabilities));
        double sum = 0;
        foreach (double p in probabilities)
        {
            if (!(p >= 0 && p <= 1))
                throw new ArgumentException($"Probabilities must lie in [0, 1], but one is {p}.", nameof(probabilities));
            sum += p;
        }

        if (Math.Abs(sum - 1) > SumTolerance)
            throw new ArgumentException($"The probabilities must have the sum 1, not {sum}.", nameof(probabilities));
        _probabilities = probabilities.ToArray();
        _parameters = [new("probabilities", probabilities.Length)];
    }

    /// <summary>The number of trials n.</summary>
    public int Trials { get; }

    /// <inheritdoc/>
    public int Dimension => _probabilities.Length;

    /// <summary>The probabilities of the categories.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>The entropy in nats, summed over the counts of each category: O(n) terms each.</summary>
    public double Entropy
    {
        get
        {
            double sum = -SpecialFunctions.LogGamma(Trials + 1.0);
            foreach (double p in _probabilities)
            {
                sum -= Trials * SpecialFunctions.XLogY(p, p);
                var count = new Binomial(Trials, p);
                for (int k = 2; k <= Trials; k++)
                    sum += Math.Exp(count.LogDensity(k)) * SpecialFunctions.LogGamma(k + 1.0);
            }

            return sum;
        }
    }

    /// <inheritdoc/>
    public double LogDensity(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        double total = 0, sum = SpecialFunctions.LogGamma(Trials + 1.0);
        for (int i = 0; i < x.Length; i++)
        {
            if (!(x[i] >= 0) || x[i] != Math.Floor(x[i]))
                return DiscreteSearch.Impossible(x[i]);
            total += x[i];
            sum += SpecialFunctions.XLogY(x[i], _probabilities[i]) - SpecialFunctions.LogGamma(x[i] + 1);
        }

        return total == Trials ? sum : double.NegativeInfinity;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<LawParameter> Parameters => _parameters;

    /// <inheritdoc/>
    /// <remarks>x_i/p_i, of the formula as a function of all probabilities: along directions that keep their sum it is the derivative of the law.</remarks>
    public void LogDensityParameterGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension, nameof(gradient));
        for (int i = 0; i < x.Length; i++)
            gradient[i] = x[i] == 0 ? 0 : x[i] / _probabilities[i];
    }

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> points, ulong offset = 0)
    {
        int n = Dimension, count = QuasiRandom.Points(points.Length, n, nameof(points));
        for (int i = 0; i < count; i++)
        {
            Span<double> x = points.Slice(i * n, n);
            RandomStream stream = key.Fold(offset + (ulong)i).Stream();
            int left = Trials;
            double rest = 1;
            for (int j = 0; j < n; j++)
            {
                // The last category with any probability takes what is left, whatever the rounding of the sum before it.
                double share = j == n - 1 || _probabilities[j] >= rest ? 1 : _probabilities[j] / rest;
                int drawn = left == 0 || _probabilities[j] == 0 ? 0 : stream.NextBinomial(left, share);
                x[j] = drawn;
                left -= drawn;
                rest -= _probabilities[j];
            }

            if (left > 0)
                x[LastPossible()] += left;
        }
    }

    private int LastPossible()
    {
        int last = Dimension - 1;
        while (_probabilities[last] == 0)
            last--;
        return last;
    }
}
