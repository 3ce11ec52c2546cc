using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>What discrete laws share: quantiles by search, entropies by summation, draws by sequential inversion.</summary>
internal static class DiscreteSearch
{
    // Probabilities that differ by rounding count as equal, so that the quantile of P(X <= k) is k.
    private const double Rounding = 64 * 2.220446049250313e-16;

    /// <summary>The logarithm of the probability of a number that the law doesn't have.</summary>
    public static double Impossible(double x) => double.IsNaN(x) ? x : double.NegativeInfinity;

    /// <summary>The smallest k of the support with P(X &lt;= k) >= p.</summary>
    public static double Quantile<TLaw>(TLaw law, double p) where TLaw : IDiscreteDistribution
    {
        if (!(p >= 0 && p <= 1))
            return double.NaN;
        if (p == 1)
            return law.Support.High;
        return Search(law, p, upper: false);
    }

    /// <summary>The smallest k of the support with P(X > k) &lt;= q.</summary>
    public static double SurvivalQuantile<TLaw>(TLaw law, double q) where TLaw : IDiscreteDistribution
    {
        if (!(q >= 0 && q <= 1))
            return double.NaN;
        if (q == 0)
            return law.Support.High;
        return Search(law, q, upper: true);
    }

    /// <summary>-sum p ln p, outwards from the mean until nothing is added.</summary>
    public static double Entropy<TLaw>(TLaw law) where TLaw : IDiscreteDistribution
    {
        (double low, double high) = law.Support;
        double start = Math.Clamp(Math.Floor(law.Mean), low, high), deviation = Math.Sqrt(law.Variance), sum = 0;
        for (double k = start; k <= high; k++)
        {
            double term = Term(law, k);
            sum += term;
            if (term <= 1e-18 * sum && k > start + deviation)
                break;
        }

        for (double k = start - 1; k >= low; k--)
        {
            double term = Term(law, k);
            sum += term;
            if (term <= 1e-18 * sum && k < start - deviation)
                break;
        }

        return sum;

        static double Term(TLaw law, double k)
        {
            double log = law.LogDensity(k);
            return double.IsNegativeInfinity(log) ? 0 : -log * Math.Exp(log);
        }
    }

    /// <summary>Brackets the answer by doubled steps from the mean, then bisects.</summary>
    private static double Search<TLaw>(TLaw law, double probability, bool upper) where TLaw : IDiscreteDistribution
    {
        (double low, double high) = law.Support;
        double step = Math.Max(1, Math.Floor(Math.Sqrt(law.Variance)));
        double below, reached = Math.Clamp(Math.Floor(law.Mean), low, high);
        if (Reached(law, reached, probability, upper))
        {
            below = reached - 1;
            while (below >= low && Reached(law, below, probability, upper))
            {
                reached = below;
                below -= step;
                step *= 2;
            }

            below = Math.Max(below, low - 1);
        }
        else
        {
            do
            {
                below = reached;
                reached = Math.Min(high, reached + step);
                step *= 2;
            }
            while (reached < high && !Reached(law, reached, probability, upper));
        }

        while (reached - below > 1)
        {
            double middle = Math.Floor(0.5 * (below + reached));
            if (middle == below || middle == reached)
                break;
            (below, reached) = Reached(law, middle, probability, upper) ? (below, middle) : (middle, reached);
        }

        return reached;
    }

    private static bool Reached<TLaw>(TLaw law, double k, double probability, bool upper) where TLaw : IDiscreteDistribution =>
        upper ? law.Survival(k) <= probability * (1 + Rounding) : law.Cdf(k) >= probability * (1 - Rounding);

    /// <summary>The count at which a Poisson distribution function passes u; the mean is small.</summary>
    public static double InvertPoisson(double u, double rate)
    {
        double term = Math.Exp(-rate), k = 0;
        for (; u >= term && term > 0; k++)
        {
            u -= term;
            term *= rate / (k + 1);
        }

        return k;
    }

    /// <summary>The count at which a binomial distribution function passes u; the mean of the rarer outcome is small.</summary>
    public static double InvertBinomial(double u, int n, double p)
    {
        bool flipped = p > 0.5;
        double rare = flipped ? 1 - p : p, odds = rare / (1 - rare);
        double term = Math.Exp(n * SpecialFunctions.LogOnePlus(-rare)), k = 0;
        for (; k < n && u >= term; k++)
        {
            u -= term;
            term *= odds * ((n - k) / (k + 1));
        }

        return flipped ? n - k : k;
    }

    public readonly struct SequentialPoisson(RandomKey key, double rate) : IBlockDraw
    {
        public void Fill(Span<double> block, ulong offset)
        {
            RandomFill.Uniform(key, block, offset);
            foreach (ref double x in block)
                x = InvertPoisson(x, rate);
        }
    }

    public readonly struct SequentialBinomial(RandomKey key, int n, double p) : IBlockDraw
    {
        public void Fill(Span<double> block, ulong offset)
        {
            RandomFill.Uniform(key, block, offset);
            foreach (ref double x in block)
                x = InvertBinomial(x, n, p);
        }
    }
}
