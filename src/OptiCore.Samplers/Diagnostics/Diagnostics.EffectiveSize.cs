
namespace OptiCore.Samplers;

public static partial class Diagnostics
{
    // Differences below this are rounding: the draws are constant and carry all the information they can.
    private const double Resolution = 1e-15;

    /// <summary>The effective sample size for the centre of the distribution: of the normal scores of the halved chains.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double EssBulk(ReadOnlySpan<double> draws, int chains) =>
        IsUsable(draws, Length(draws, chains)) ? Ess(NormalScores(Split(draws, chains)), 2 * chains) : double.NaN;

    /// <summary>The effective sample size for the tails: the smaller of those of two quantiles.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    /// <param name="low">The probability of the lower quantile. Default: 0.05.</param>
    /// <param name="high">The probability of the upper quantile. Default: 0.95.</param>
    public static double EssTail(ReadOnlySpan<double> draws, int chains, double low = 0.05, double high = 0.95) =>
        Math.Min(EssQuantile(draws, chains, low), EssQuantile(draws, chains, high));

    /// <summary>The effective sample size for the mean.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double EssMean(ReadOnlySpan<double> draws, int chains) =>
        IsUsable(draws, Length(draws, chains)) ? Ess(Split(draws, chains), 2 * chains) : double.NaN;

    /// <summary>The effective sample size for the standard deviation: of the squared distances from the mean.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double EssSd(ReadOnlySpan<double> draws, int chains)
    {
        if (!IsUsable(draws, Length(draws, chains)))
            return double.NaN;
        double[] squares = Centred(draws);
        for (int i = 0; i < squares.Length; i++)
            squares[i] *= squares[i];
        return Ess(Split(squares, chains), 2 * chains);
    }

    /// <summary>The effective sample size for the median.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double EssMedian(ReadOnlySpan<double> draws, int chains) => EssQuantile(draws, chains, 0.5);

    /// <summary>The effective sample size for the median absolute deviation.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double EssMad(ReadOnlySpan<double> draws, int chains)
    {
        if (!IsUsable(draws, Length(draws, chains)))
            return double.NaN;
        double[] folded = Folded(Split(draws, chains));
        double median = Median(folded);
        for (int i = 0; i < folded.Length; i++)
            folded[i] = folded[i] <= median ? 1 : 0;
        return Ess(NormalScores(folded), 2 * chains);
    }

    /// <summary>The effective sample size for a quantile: of the indicator that a draw is at most the quantile.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    /// <param name="probability">The quantile's probability, in (0, 1).</param>
    public static double EssQuantile(ReadOnlySpan<double> draws, int chains, double probability)
    {
        Require.InOpen(probability, 0, 1, nameof(probability));
        return EssOfInterval(draws, chains, 0, probability);
    }

    /// <summary>The effective sample size for the probability of an interval between two quantiles.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    /// <param name="low">The probability at the interval's lower end.</param>
    /// <param name="high">The probability at the interval's upper end, larger than <paramref name="low"/>.</param>
    public static double EssLocal(ReadOnlySpan<double> draws, int chains, double low, double high)
    {
        Require.InClosed(high, 0, 1, nameof(high));
        Require.InHalfOpen(low, 0, high, nameof(low));
        return EssOfInterval(draws, chains, low, high);
    }

    /// <summary>The effective sample size for the scale: of the normal scores of the distances from the median.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double EssFolded(ReadOnlySpan<double> draws, int chains) =>
        IsUsable(draws, Length(draws, chains)) ? Ess(NormalScores(Folded(Split(draws, chains))), 2 * chains) : double.NaN;

    /// <summary>The effective sample size for the mean from whole chains, neither halved nor ranked.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double EssWhole(ReadOnlySpan<double> draws, int chains) =>
        IsUsable(draws, Length(draws, chains)) ? Ess(draws, chains) : double.NaN;

    /// <summary>The Monte Carlo standard error of the mean: sd / sqrt(ESS).</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double McseMean(ReadOnlySpan<double> draws, int chains) => StandardDeviation(draws) / Math.Sqrt(EssMean(draws, chains));

    /// <summary>
    /// The Monte Carlo standard error of the standard deviation, by the delta method from that of the variance, with the effective sample size of the
    /// squared distances from the mean (as ArviZ 0.22 and the R package posterior do).
    /// </summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double McseSd(ReadOnlySpan<double> draws, int chains)
    {
        if (!IsUsable(draws, Length(draws, chains)))
            return double.NaN;
        double mean = Mean(draws);
        double[] squares = new double[draws.Length];
        double fourth = 0;
        for (int i = 0; i < squares.Length; i++)
        {
            squares[i] = (draws[i] - mean) * (draws[i] - mean);
            fourth += squares[i] * squares[i] / squares.Length;
        }

        double variance = Mean(squares);
        double varianceError = (fourth - (variance * variance)) / EssMean(squares, chains);
        return Math.Sqrt(varianceError / variance / 4);
    }

    /// <summary>The Monte Carlo standard error of the median.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double McseMedian(ReadOnlySpan<double> draws, int chains) => McseQuantile(draws, chains, 0.5);

    /// <summary>
    /// The Monte Carlo standard error of a quantile: half the distance between the order statistics at the 16% and 84% points of the beta distribution of
    /// the quantile's rank.
    /// </summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    /// <param name="probability">The quantile's probability, in (0, 1).</param>
    public static double McseQuantile(ReadOnlySpan<double> draws, int chains, double probability)
    {
        double ess = EssQuantile(draws, chains, probability);
        if (double.IsNaN(ess))
            return double.NaN;

        // Phi(-1) and Phi(1) to the seven digits that the definition in use has.
        double a = (ess * probability) + 1, b = (ess * (1 - probability)) + 1;
        double low = SpecialFunctions.BetaIncInv(a, b, 0.1586553), high = SpecialFunctions.BetaIncInv(a, b, 0.8413447);
        double[] sorted = draws.ToArray();
        Array.Sort(sorted);
        int below = (int)Math.Floor(Math.Max((low * sorted.Length) - 1, 0));
        int above = (int)Math.Ceiling(Math.Min((high * sorted.Length) - 1, sorted.Length - 1));
        return (sorted[above] - sorted[below]) / 2;
    }

    private static double EssOfInterval(ReadOnlySpan<double> draws, int chains, double low, double high)
    {
        if (!IsUsable(draws, Length(draws, chains)))
            return double.NaN;
        double[] sorted = draws.ToArray();
        Array.Sort(sorted);
        double from = QuantileOfSorted(sorted, low), to = QuantileOfSorted(sorted, high);
        double[] inside = new double[draws.Length];
        for (int i = 0; i < inside.Length; i++)
            inside[i] = draws[i] >= from && draws[i] <= to ? 1 : 0;
        return Ess(Split(inside, chains), 2 * chains);
    }

    /// <summary>
    /// N / tau with tau = -1 + 2 sum_t rho[t], where the autocorrelations rho combine the chains (Vehtari et al. 2021, equation 10) and the sum ends, in pairs of lags,
    /// where a pair is no longer positive (Geyer 1992), after the pairs were made non-increasing. At most N log10(N), which antithetic chains reach.
    /// </summary>
    private static double Ess(ReadOnlySpan<double> draws, int chains)
    {
        int n = draws.Length / chains;
        if (n < 2)
            return double.NaN;
        double least = double.PositiveInfinity, greatest = double.NegativeInfinity;
        foreach (double v in draws)
        {
            least = Math.Min(least, v);
            greatest = Math.Max(greatest, v);
        }

        if (greatest - least < Resolution)
            return draws.Length;

        double[] centred = new double[draws.Length];
        double[] means = new double[chains];
        for (int c = 0; c < chains; c++)
        {
            Centred(draws.Slice(c * n, n)).CopyTo(centred, c * n);
            means[c] = Mean(draws.Slice(c * n, n));
        }

        double biased = MeanAutocovariance(centred, chains, 0);
        double within = biased * n / (n - 1);
        double total = biased + (chains > 1 ? SumOfSquaredDeviations(means) / (chains - 1) : 0);

        // Lags are computed only as far as they are needed: mostly a few, at worst all.
        double[] rho = new double[n + 2];
        double even = rho[0] = 1;
        double odd = rho[1] = Correlation(centred, chains, 1, within, total);
        int t = 1;
        while (t < n - 3 && even + odd > 0)
        {
            even = Correlation(centred, chains, t + 1, within, total);
            odd = Correlation(centred, chains, t + 2, within, total);
            if (even + odd >= 0)
            {
                rho[t + 1] = even;
                rho[t + 2] = odd;
            }

            t += 2;
        }

        // The even lag of the pair that ended it still counts where it is positive: it lowers the variance of antithetic chains' estimates.
        int last = t - 2;
        if (even > 0)
            rho[last + 1] = even;
        for (int k = 1; k <= last - 2; k += 2)
        {
            double before = rho[k - 1] + rho[k];
            if (rho[k + 1] + rho[k + 2] > before)
                rho[k + 1] = rho[k + 2] = before / 2;
        }

        double tau = -1 + rho[last + 1];
        for (int k = 0; k <= last; k++)
            tau += 2 * rho[k];
        return draws.Length / Math.Max(tau, 1 / Math.Log10(draws.Length));
    }

    private static double Correlation(double[] centred, int chains, int lag, double within, double total) =>
        1 - ((within - MeanAutocovariance(centred, chains, lag)) / total);

    private static double MeanAutocovariance(double[] centred, int chains, int lag)
    {
        int n = centred.Length / chains;
        double sum = 0;
        for (int c = 0; c < chains; c++)
            sum += LaggedProduct(centred.AsSpan(c * n, n), lag);
        return sum / chains;
    }
}
