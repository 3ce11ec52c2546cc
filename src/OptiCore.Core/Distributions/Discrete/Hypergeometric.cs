using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The hypergeometric law, that of the number of marked items among those drawn without replacement: P(k) = C(K, k) C(N - K, n - k) / C(N, n).
/// </summary>
/// <remarks>
/// <para>Distribution functions by summing ratios from the point away from the mode, draws by inversion from the mode: both cost as many steps as there are standard deviations' worth of counts.</para>
/// </remarks>
public readonly record struct Hypergeometric : IDiscreteDistribution
{
    /// <summary>Makes the law.</summary>
    /// <param name="population">The number N of items.</param>
    /// <param name="marked">The number K of marked items, at most N.</param>
    /// <param name="drawn">The number n of items drawn, at most N.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Hypergeometric(int population, int marked, int drawn)
    {
        Population = Require.NonNegative(population, nameof(population));
        Marked = (int)Require.InClosed(marked, 0, population, nameof(marked));
        Drawn = (int)Require.InClosed(drawn, 0, population, nameof(drawn));
    }

    /// <summary>The number N of items.</summary>
    public int Population { get; }

    /// <summary>The number K of marked items, at most N.</summary>
    public int Marked { get; }

    /// <summary>The number n of items drawn, at most N.</summary>
    public int Drawn { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (Math.Max(0, Drawn - (Population - Marked)), Math.Min(Drawn, Marked));

    /// <inheritdoc/>
    public double Mean => Population == 0 ? 0 : (double)Drawn * Marked / Population;

    /// <inheritdoc/>
    public double Variance => Population <= 1 ? 0 : (double)Drawn * Marked / Population * (Population - Marked) / Population * (Population - Drawn) / (Population - 1);

    /// <inheritdoc/>
    public double Skewness => ((double)Population - (2.0 * Marked)) * Math.Sqrt(Population - 1.0) * (Population - (2.0 * Drawn)) / (Math.Sqrt((double)Drawn * Marked) * Math.Sqrt((double)(Population - Marked) * (Population - Drawn)) * (Population - 2.0));

    /// <inheritdoc/>
    public double ExcessKurtosis
    {
        get
        {
            double m = Population, k = Marked, n = Drawn;
            double first = (m - 1) * m * m * ((m * (m + 1)) - (6 * k * (m - k)) - (6 * n * (m - n)));
            return (first + (6 * n * k * (m - k) * (m - n) * ((5 * m) - 6))) / (n * k * (m - k) * (m - n) * (m - 2) * (m - 3));
        }
    }

    /// <inheritdoc/>
    public double Entropy => DiscreteSearch.Entropy(this);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => [];

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        (double low, double high) = Support;
        if (!(x >= low && x <= high) || x != Math.Floor(x))
            return DiscreteSearch.Impossible(x);
        if (Population == 0)
            return 0;

        // Binomial probabilities of one p for all three coefficients: their powers cancel, and each is near its mode.
        double p = (double)Drawn / Population, q = (double)(Population - Drawn) / Population;
        return SaddlePoint.LogBinomial(x, Marked, p, q) + SaddlePoint.LogBinomial(Drawn - x, Population - Marked, p, q) - SaddlePoint.LogBinomial(Drawn, Population, p, q);
    }

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));

    }

    /// <inheritdoc/>
    public double Cdf(double x) => Below(x);

    /// <inheritdoc/>
    public double Survival(double x) => Above(x);

    /// <inheritdoc/>
    public double Quantile(double p) => DiscreteSearch.Quantile(this, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => DiscreteSearch.SurvivalQuantile(this, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) => BlockFill.Run(new Draw(key, this), destination, offset, workers);

    /// <summary>P(k + 1)/P(k).</summary>
    private double Ratio(double k) => (Marked - k) / (k + 1) * ((Drawn - k) / (Population - Marked - Drawn + k + 1));

    private double Below(double x)
    {
        (double low, double high) = Support;
        if (!(x < high))
            return double.IsNaN(x) ? x : 1;
        double k = Math.Floor(x);
        if (k < low)
            return 0;
        if (k > Mean)
            return 1 - Above(x);
        double term = Math.Exp(LogDensity(k)), sum = term;
        for (k--; k >= low && term > 1e-17 * sum; k--)
            sum += term /= Ratio(k);
        return sum;
    }

    private double Above(double x)
    {
        (double low, double high) = Support;
        if (!(x >= low))
            return double.IsNaN(x) ? x : 1;
        double k = Math.Floor(x) + 1;
        if (k > high)
            return 0;
        if (k <= Mean)
            return 1 - Below(x);
        double term = Math.Exp(LogDensity(k)), sum = term;
        for (; k < high && term > 1e-17 * sum; k++)
            sum += term *= Ratio(k);
        return sum;
    }

    private readonly struct Draw : IBlockDraw
    {
        private readonly RandomKey _key;
        private readonly Hypergeometric _law;
        private readonly double _mode, _probability;

        public Draw(RandomKey key, Hypergeometric law)
        {
            (_key, _law) = (key, law);
            _mode = Math.Clamp(Math.Floor((law.Drawn + 1.0) * (law.Marked + 1.0) / (law.Population + 2.0)), law.Support.Low, law.Support.High);
            _probability = Math.Exp(law.LogDensity(_mode));
        }

        public void Fill(Span<double> block, ulong offset)
        {
            RandomFill.Uniform(_key, block, offset);
            (double low, double high) = _law.Support;
            foreach (ref double x in block)
            {
                double u = x - _probability, up = _mode, down = _mode, above = _probability, below = _probability;
                x = _mode;
                while (u >= 0 && (up < high || down > low))
                {
                    if (up < high)
                    {
                        above *= _law.Ratio(up++);
                        u -= above;
                        x = up;
                    }

                    if (u >= 0 && down > low)
                    {
                        below /= _law.Ratio(--down);
                        u -= below;
                        x = down;
                    }
                }
            }
        }
    }
}
