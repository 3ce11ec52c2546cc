namespace OptiCore.Samplers;

public static partial class Diagnostics
{
    /// <summary>
    /// R-hat: the larger of <see cref="RHatBulk"/> and <see cref="RHatFolded"/>. Near 1 when the chains can't be told apart; above 1.01 they
    /// should run longer, or the model is at fault. NaN for a single chain.
    /// </summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double RHat(ReadOnlySpan<double> draws, int chains)
    {
        double bulk = RHatBulk(draws, chains), folded = RHatFolded(draws, chains);
        return Math.Max(bulk, folded);
    }

    /// <summary>R-hat of the normal scores of the halved chains: sees differences in location, whatever the tails.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double RHatBulk(ReadOnlySpan<double> draws, int chains) =>
        CanCompare(draws, chains) ? RHatOf(NormalScores(Split(draws, chains)), 2 * chains) : double.NaN;

    /// <summary>R-hat of the normal scores of the distances from the median: sees differences in scale.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double RHatFolded(ReadOnlySpan<double> draws, int chains) =>
        CanCompare(draws, chains) ? RHatOf(NormalScores(Folded(Split(draws, chains))), 2 * chains) : double.NaN;

    /// <summary>R-hat of the halved chains without ranks (Gelman et al. 2013, Bayesian Data Analysis).</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double RHatSplit(ReadOnlySpan<double> draws, int chains) =>
        CanCompare(draws, chains) ? RHatOf(Split(draws, chains), 2 * chains) : double.NaN;

    /// <summary>R-hat of the whole chains without ranks (Gelman, Rubin 1992): the historical one, which misses drifts.</summary>
    /// <param name="draws">The draws, chain after chain.</param>
    /// <param name="chains">The number of chains.</param>
    public static double RHatWhole(ReadOnlySpan<double> draws, int chains) =>
        CanCompare(draws, chains) ? RHatOf(draws, chains) : double.NaN;

    private static bool CanCompare(ReadOnlySpan<double> draws, int chains)
    {
        int n = Length(draws, chains);
        return chains > 1 && IsUsable(draws, n);
    }

    /// <summary>sqrt((B / W + n - 1) / n) of the variances between and within chains.</summary>
    private static double RHatOf(ReadOnlySpan<double> draws, int chains)
    {
        int n = draws.Length / chains;
        double[] means = new double[chains];
        double within = 0;
        for (int c = 0; c < chains; c++)
        {
            ReadOnlySpan<double> chain = draws.Slice(c * n, n);
            means[c] = Mean(chain);
            within += SumOfSquaredDeviations(chain) / (n - 1) / chains;
        }

        double between = n * SumOfSquaredDeviations(means) / (chains - 1);
        return Math.Sqrt(((between / within) + n - 1) / n);
    }
}
