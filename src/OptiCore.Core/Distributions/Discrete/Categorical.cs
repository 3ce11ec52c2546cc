using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The law of a category 0, 1, ..., k - 1 with given probabilities. A class, because it holds tables: a draw costs the same for any number of categories.
/// </summary>
/// <remarks>Draws by the alias method (M. D. Vose, 1991, "A linear algorithm for generating random numbers with a given distribution").</remarks>
public sealed class Categorical : IDiscreteDistribution
{
    private readonly double[] _probabilities, _cumulative, _upper;
    private readonly AliasTable _table;

    /// <summary>Makes the law.</summary>
    /// <param name="weights">The weights of the categories, proportional to the probabilities: finite, at least 0, not all 0.</param>
    /// <exception cref="ArgumentException">There is no category, a weight is negative or not finite, or all are 0.</exception>
    public Categorical(params ReadOnlySpan<double> weights)
    {
        _table = new AliasTable(weights);
        double largest = 0, sum = 0;
        foreach (double w in weights)
            largest = Math.Max(largest, w);
        foreach (double w in weights)
            sum += w / largest;
        _probabilities = new double[weights.Length];
        _cumulative = new double[weights.Length];
        _upper = new double[weights.Length];
        double below = 0, above = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            _probabilities[i] = weights[i] / largest / sum;
            below += _probabilities[i];
            _cumulative[i] = Math.Min(1, below);
        }

        // From the other end, so that small upper tails are accurate.
        for (int i = weights.Length - 1; i >= 0; i--)
        {
            _upper[i] = Math.Min(1, above);
            above += _probabilities[i];
        }

        _cumulative[^1] = 1;
    }

    /// <summary>The probabilities of the categories.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, _probabilities.Length - 1);

    /// <inheritdoc/>
    public double Mean => Moment(0, 1);

    /// <inheritdoc/>
    public double Variance => Moment(Mean, 2);

    /// <inheritdoc/>
    public double Skewness => Moment(Mean, 3) / Math.Pow(Variance, 1.5);

    /// <inheritdoc/>
    public double ExcessKurtosis => (Moment(Mean, 4) / (Variance * Variance)) - 3;

    /// <inheritdoc/>
    public double Entropy
    {
        get
        {
            double sum = 0;
            foreach (double p in _probabilities)
                sum -= SpecialFunctions.XLogY(p, p);
            return sum;
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => [];

    /// <inheritdoc/>
    public double LogDensity(double x) => Has(x) ? Math.Log(_probabilities[(int)x]) : DiscreteSearch.Impossible(x);

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient) => Require.Length(gradient.Length, 0, nameof(gradient));

    /// <inheritdoc/>
    public double Cdf(double x) => double.IsNaN(x) ? x : x < 0 ? 0 : x >= _probabilities.Length - 1 ? 1 : _cumulative[(int)x];

    /// <inheritdoc/>
    public double Survival(double x) => double.IsNaN(x) ? x : x < 0 ? 1 : x >= _probabilities.Length - 1 ? 0 : _upper[(int)x];

    /// <inheritdoc/>
    public double Quantile(double p) => DiscreteSearch.Quantile(this, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => DiscreteSearch.SurvivalQuantile(this, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) =>
        BlockFill.Run(new Draw(key, _table), destination, offset, workers);

    private bool Has(double x) => x >= 0 && x < _probabilities.Length && x == Math.Floor(x);

    private double Moment(double about, int power)
    {
        double sum = 0;
        for (int i = 0; i < _probabilities.Length; i++)
        {
            double difference = i - about, square = difference * difference;
            sum += _probabilities[i] * (power == 1 ? difference : power == 2 ? square : power == 3 ? square * difference : square * square);
        }

        return sum;
    }

    private readonly struct Draw(RandomKey key, AliasTable table) : IBlockDraw
    {
        public void Fill(Span<double> block, ulong offset)
        {
            Span<int> indices = stackalloc int[BlockFill.Block];
            table.Fill(key, indices[..block.Length], offset);
            for (int i = 0; i < block.Length; i++)
                block[i] = indices[i];
        }
    }
}
