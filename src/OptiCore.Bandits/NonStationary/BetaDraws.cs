using OptiCore.Distributions;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>Thompson sampling's choice from Beta posteriors that change in every round: a draw for each arm, the largest is played.</summary>
internal static class BetaDraws
{
    public static int Largest(ReadOnlySpan<BetaPosterior> posteriors, ref RandomStream stream)
    {
        var best = new ArgMax();
        for (int arm = 0; arm < posteriors.Length; arm++)
            best.Offer(arm, GammaDraw.NextBeta(new GammaDraw(posteriors[arm].Alpha), new GammaDraw(posteriors[arm].Beta), ref stream));
        return best.Place;
    }

    /// <summary>Writes the probability of each arm to have the largest draw, by quadrature.</summary>
    public static void Probabilities(ReadOnlySpan<BetaPosterior> posteriors, Span<Beta> laws, Span<double> scratch, Span<double> probabilities)
    {
        for (int arm = 0; arm < posteriors.Length; arm++)
            laws[arm] = new Beta(posteriors[arm].Alpha, posteriors[arm].Beta);
        BestArm.Probabilities<Beta>(laws, scratch, probabilities);
    }
}
