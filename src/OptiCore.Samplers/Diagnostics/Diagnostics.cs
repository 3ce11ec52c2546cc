using System.Globalization;

namespace OptiCore.Samplers;

/// <summary>
/// Convergence, effective sample size and Monte Carlo error of draws. The draws of a quantity are given flat, chain after chain, each of the same
/// length. Non-finite draws, or fewer than four in a chain, give NaN.
/// </summary>
/// <remarks>
/// Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Rank-normalization, folding, and localization: an improved R-hat for assessing convergence of
/// MCMC, with Geyer's (1992) initial monotone sequence for autocorrelation times. The results are those of ArviZ and of the R package posterior.
/// For reporting: R-hat below 1.01, and bulk and tail effective sizes above 100 per chain.
/// </remarks>
public static partial class Diagnostics
{
    private const int LeastDraws = 4;

    /// <summary>The mean of all draws.</summary>
    /// <param name="draws">The draws.</param>
    public static double Mean(ReadOnlySpan<double> draws)
    {
        double sum = 0;
        foreach (double v in draws)
            sum += v;
        return sum / draws.Length;
    }

    /// <summary>The standard deviation of all draws, with divisor N - 1.</summary>
    /// <param name="draws">The draws.</param>
    public static double StandardDeviation(ReadOnlySpan<double> draws) => Math.Sqrt(SumOfSquaredDeviations(draws) / (draws.Length - 1));

    /// <summary>The quantile of all draws, interpolated linearly between order statistics (type 7 of Hyndman and Fan 1996). Sorts a copy.</summary>
    /// <param name="draws">The draws.</param>
    /// <param name="probability">The probability, in [0, 1].</param>
    public static double Quantile(ReadOnlySpan<double> draws, double probability)
    {
        Require.InClosed(probability, 0, 1, nameof(probability));
        double[] sorted = draws.ToArray();
        Array.Sort(sorted);
        return QuantileOfSorted(sorted, probability);
    }

    /// <summary>The autocovariances of one chain, c[t] = (1/n) sum_i (x[i] - mean)(x[i + t] - mean). Costs n operations per lag.</summary>
    /// <param name="chain">The draws of one chain.</param>
    /// <param name="result">Receives the lags 0, 1, ...; at most as many as there are draws.</param>
    public static void Autocovariance(ReadOnlySpan<double> chain, Span<double> result)
    {
        if (result.Length > chain.Length)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"result has {result.Length} lags, but the chain has only {chain.Length} draws."), nameof(result));
        double[] centred = Centred(chain);
        for (int t = 0; t < result.Length; t++)
            result[t] = LaggedProduct(centred, t);
    }

    /// <summary>The autocorrelations of one chain: its autocovariances divided by that of lag 0.</summary>
    /// <param name="chain">The draws of one chain.</param>
    /// <param name="result">Receives the lags 0, 1, ...; at most as many as there are draws.</param>
    public static void Autocorrelation(ReadOnlySpan<double> chain, Span<double> result)
    {
        Autocovariance(chain, result);
        for (int t = result.Length - 1; t >= 0; t--)
            result[t] /= result[0];
    }

    /// <summary>
    /// The integrated autocorrelation time tau = 1 + 2 sum_t rho[t] up to the first lag M with M >= c tau(M), from the mean of the chains'
    /// autocorrelation functions.
    /// </summary>
    /// <remarks>Sokal (1997), Monte Carlo methods in statistical mechanics; Goodman, Weare (2010), for ensembles. The window isn't meant for antithetic chains.</remarks>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    /// <param name="window">The constant c. Default: 5.</param>
    public static double IntegratedAutocorrelationTime(ReadOnlySpan<double> draws, int chains, double window = 5)
    {
        int n = Length(draws, chains);
        Require.Positive(window, nameof(window));
        double[][] centred = new double[chains][];
        double[] variance = new double[chains];
        for (int c = 0; c < chains; c++)
        {
            centred[c] = Centred(draws.Slice(c * n, n));
            variance[c] = LaggedProduct(centred[c], 0);
        }

        double tau = -1;
        for (int t = 0; t < n; t++)
        {
            double correlation = 0;
            for (int c = 0; c < chains; c++)
                correlation += LaggedProduct(centred[c], t) / variance[c];
            tau += 2 * correlation / chains;
            if (t >= window * tau)
                break;
        }

        return tau;
    }

    /// <summary>
    /// The energy Bayesian fraction of missing information of one chain, sum (E[i] - E[i-1])^2 / sum (E[i] - mean)^2. Below 0.3 the momentum draws explore the energies too slowly: heavy tails, or a geometry that wants other coordinates.
    /// </summary>
    /// <remarks>Betancourt (2016), Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo.</remarks>
    /// <param name="energies">The energies of one chain's draws: <see cref="ChainResult.Energies"/>.</param>
    public static double EnergyFractionOfMissingInformation(ReadOnlySpan<double> energies)
    {
        double steps = 0;
        for (int i = 1; i < energies.Length; i++)
            steps += (energies[i] - energies[i - 1]) * (energies[i] - energies[i - 1]);
        return steps / SumOfSquaredDeviations(energies);
    }

    private static int Length(ReadOnlySpan<double> draws, int chains)
    {
        Require.Positive(chains, nameof(chains));
        if (draws.Length % chains != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"draws has {draws.Length} elements, which is not a multiple of {chains} chains."), nameof(draws));
        return draws.Length / chains;
    }

    private static bool IsUsable(ReadOnlySpan<double> draws, int length)
    {
        foreach (double v in draws)
        {
            if (!double.IsFinite(v))
                return false;
        }

        return length >= LeastDraws;
    }

    private static double SumOfSquaredDeviations(ReadOnlySpan<double> values)
    {
        double mean = Mean(values), sum = 0;
        foreach (double v in values)
            sum += (v - mean) * (v - mean);
        return sum;
    }

    private static double[] Centred(ReadOnlySpan<double> values)
    {
        double mean = Mean(values);
        double[] centred = new double[values.Length];
        for (int i = 0; i < centred.Length; i++)
            centred[i] = values[i] - mean;
        return centred;
    }

    private static double LaggedProduct(ReadOnlySpan<double> centred, int lag) =>
        Numerics.Reduce.Dot(centred[..^lag], centred[lag..]) / centred.Length;

    private static double QuantileOfSorted(ReadOnlySpan<double> sorted, double probability)
    {
        double position = (sorted.Length - 1) * probability;
        int below = (int)Math.Floor(position);
        if (below >= sorted.Length - 1)
            return sorted[^1];
        double fraction = position - below, low = sorted[below], high = sorted[below + 1];

        // From the nearer end, so that equal neighbours give themselves exactly and comparisons with draws are safe.
        return fraction < 0.5 ? low + ((high - low) * fraction) : high - ((high - low) * (1 - fraction));
    }

    private static double Median(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /// <summary>Halves each chain, leaving out the middle draw of an odd number: chains that drift then differ from themselves.</summary>
    private static double[] Split(ReadOnlySpan<double> draws, int chains)
    {
        int n = draws.Length / chains, half = n / 2;
        double[] split = new double[2 * chains * half];
        for (int c = 0; c < chains; c++)
        {
            ReadOnlySpan<double> chain = draws.Slice(c * n, n);
            chain[..half].CopyTo(split.AsSpan(2 * c * half));
            chain[^half..].CopyTo(split.AsSpan(((2 * c) + 1) * half));
        }

        return split;
    }

    /// <summary>Distances from the median: R-hat of them sees chains that differ in scale.</summary>
    private static double[] Folded(ReadOnlySpan<double> values)
    {
        double median = Median(values);
        double[] folded = new double[values.Length];
        for (int i = 0; i < folded.Length; i++)
            folded[i] = Math.Abs(values[i] - median);
        return folded;
    }

    /// <summary>
    /// Replaces values by the normal scores of their ranks, Phi^-1((rank - 3/8) / (N + 1/4)) (Blom 1958); ties share their mean rank. Makes everything
    /// after it indifferent to heavy tails.
    /// </summary>
    private static double[] NormalScores(ReadOnlySpan<double> values)
    {
        int count = values.Length;
        double[] sorted = values.ToArray();
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        Array.Sort(sorted, order);
        double[] scores = new double[count];
        for (int begin = 0; begin < count;)
        {
            int end = begin + 1;
            while (end < count && sorted[end] == sorted[begin])
                end++;
            double rank = (begin + 1 + end) / 2.0;
            double score = InverseNormal((rank - 0.375) / (count + 0.25));
            for (int i = begin; i < end; i++)
                scores[order[i]] = score;
            begin = end;
        }

        return scores;
    }

    private static double InverseNormal(double probability) => SpecialFunctions.NormalQuantile(probability);
}
