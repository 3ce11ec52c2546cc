using OptiCore.Distributions;
using OptiCore.Integration;

namespace OptiCore.Bandits;

/// <summary>
/// The probability of each arm to have the largest of independent draws, p_k = int f_k(x) prod_{j != k} F_j(x) dx, by Gauss-Legendre quadrature with ten nodes between neighbouring quantiles of
/// all arms.
/// </summary>
internal static class BestArm
{
    private const int Nodes = 10;

    // Between these, no law has more than a few turns; outside lies 1e-13 of it.
    private static readonly double[] Levels =
        [1e-13, 1e-10, 1e-7, 1e-5, 1e-3, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.999, 1 - 1e-5, 1 - 1e-7, 1 - 1e-10, 1 - 1e-13];

    private static readonly GaussRule Rule = GaussRule.Legendre(Nodes);

    /// <summary>Elements of workspace for each arm.</summary>
    public static int Scratch => Levels.Length + 2;

    /// <summary>Writes the probabilities. 170 K densities and distribution functions of each arm.</summary>
    public static void Probabilities<TLaw>(ReadOnlySpan<TLaw> laws, Span<double> scratch, Span<double> probabilities) where TLaw : struct, IContinuousDistribution
    {
        int arms = laws.Length;
        Span<double> bounds = scratch[..(arms * Levels.Length)], below = scratch.Slice(bounds.Length, arms), cdf = scratch.Slice(bounds.Length + arms, arms);
        for (int arm = 0; arm < arms; arm++)
        {
            for (int i = 0; i < Levels.Length; i++)
                bounds[(arm * Levels.Length) + i] = laws[arm].Quantile(Levels[i]);
        }

        bounds.Sort();
        probabilities.Clear();
        for (int i = 1; i < bounds.Length; i++)
        {
            double half = 0.5 * (bounds[i] - bounds[i - 1]), middle = bounds[i - 1] + half;
            for (int node = 0; node < Nodes && half > 0; node++)
                AddNode(laws, middle + (half * Rule.Nodes[node]), half * Rule.Weights[node], below, cdf, probabilities);
        }

        double total = 0;
        foreach (double p in probabilities)
            total += p;
        foreach (ref double p in probabilities)
            p /= total;
    }

    private static void AddNode<TLaw>(ReadOnlySpan<TLaw> laws, double x, double weight, Span<double> below, Span<double> cdf, Span<double> probabilities) where TLaw : struct, IContinuousDistribution
    {
        // The product of all but one, without a division: none may be 0.
        double before = weight;
        for (int arm = 0; arm < laws.Length; arm++)
        {
            below[arm] = before;
            before *= cdf[arm] = laws[arm].Cdf(x);
        }

        double after = 1;
        for (int arm = laws.Length - 1; arm >= 0 && after > 0; arm--)
        {
            if (below[arm] > 0)
                probabilities[arm] += below[arm] * after * Math.Exp(laws[arm].LogDensity(x));
            after *= cdf[arm];
        }
    }
}
