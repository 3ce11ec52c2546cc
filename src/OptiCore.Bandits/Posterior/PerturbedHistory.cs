using OptiCore.Integration;

namespace OptiCore.Bandits;

/// <summary>
/// Perturbed-history exploration: to the n rewards of an arm ceil(a n) invented ones are added, each 0 or 1 with probability 1/2, and the arm with the largest mean of both,
/// (sum + Binomial(ceil(a n), 1/2)) / (n + ceil(a n)), is played, one of equal ones at random; every arm once at first.
/// </summary>
/// <remarks>
/// <para>B. Kveton, C. Szepesvári, M. Ghavamzadeh, C. Boutilier (2019), "Perturbed-history exploration in stochastic multi-armed bandits", IJCAI. For rewards in [0, 1] the regret is of the order sum ln T / gap and
/// sqrt(K T ln T); a scale a above 1 makes the invented rewards spread more than the real ones can, which the analysis needs; below 1 it explores less than that.</para>
/// <para>O(K) a choice, one binomial draw an arm. It needs no posterior, so it carries over to any model that can be fitted to a history; for rewards of 0 and 1 <see cref="ThompsonSampling"/> loses less.
/// <see cref="BanditState.Scores"/> are the means.</para>
/// </remarks>
[Algorithm("Perturbed-history exploration", "Posterior sampling", "B. Kveton, C. Szepesvári, M. Ghavamzadeh, C. Boutilier (2019), Perturbed-history exploration in stochastic multi-armed bandits")]
public sealed record PerturbedHistory : IBanditPolicy
{
    /// <summary>The number a of invented rewards for each real one, positive. Default: 1.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Scale { get; init => field = Require.Positive(value); } = 1.1;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        // Exact for products of up to 47 linear factors, those of 48 arms; with more arms the probability of ties among so many is what is rounded.
        private static readonly GaussRule Ties = GaussRule.Legendre(24);

        private readonly PerturbedHistory _policy;
        private readonly ArmArray<double> _below, _at;

        public State(PerturbedHistory policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _below = PerArm<double>(isSaved: false);
            _at = PerArm<double>(isSaved: false);
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;

            RandomStream stream = Key.Fold(round).Stream();
            int best = 0, ties = 0;
            double largest = double.NegativeInfinity;
            for (int arm = 0; arm < Arms; arm++)
            {
                int trials = Invented(arm);
                double mean = Mean(arm, trials, stream.NextBinomial(trials, 0.5));
                if (mean > largest)
                {
                    largest = mean;
                    best = arm;
                    ties = 1;
                }
                else if (mean == largest && stream.NextDouble() * ++ties < 1)
                {
                    best = arm;
                }
            }

            return best;
        }

        /// <summary>
        /// The sum over the values v of an arm of its probability times the integral of prod_j (P(other_j &lt; v) + z P(other_j = v)) for z from 0 to 1, which gives an arm 1/m of a tie of m:
        /// as many incomplete beta functions as pairs of invented rewards and arms.
        /// </summary>
        protected override void Distribute(long round, Span<double> probabilities)
        {
            probabilities.Clear();
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
            {
                probabilities[unplayed] = 1;
                return;
            }

            double total = 0;
            for (int arm = 0; arm < Arms; arm++)
            {
                int trials = Invented(arm);
                for (int successes = 0; successes <= trials; successes++)
                    probabilities[arm] += Mass(trials, successes) * WinningShare(arm, Mean(arm, trials, successes));
                total += probabilities[arm];
            }

            foreach (ref double p in probabilities)
                p /= total;
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : Means[arm];
        }

        private static double Mass(int trials, int successes) => successes < 0 || successes > trials
            ? 0
            : Math.Exp(SpecialFunctions.LogBinomial(trials, successes) - (trials * Math.Log(2)));

        /// <summary>The probability of fewer successes than a number.</summary>
        private static double Fewer(int trials, int number) =>
            number <= 0 ? 0 : number > trials ? 1 : SpecialFunctions.BetaInc(trials - number + 1, number, 0.5);

        private int Invented(int arm) => checked((int)Math.Ceiling(_policy.Scale * Pulls[arm]));

        private double Mean(int arm, int trials, int successes) => (Sums[arm] + successes) / (Pulls[arm] + trials);

        private double WinningShare(int arm, double value)
        {
            double certain = 1;
            bool hasTies = false;
            for (int other = 0; other < Arms; other++)
            {
                if (other == arm)
                    continue;
                int trials = Invented(other);

                // The smallest number of successes that reaches the value, with the very quotients that are compared.
                int number = (int)Math.Clamp(Math.Floor((value * (Pulls[other] + trials)) - Sums[other]) - 1, 0, trials + 1);
                while (number <= trials && Mean(other, trials, number) < value)
                    number++;
                _below[other] = Fewer(trials, number);
                _at[other] = number <= trials && Mean(other, trials, number) == value ? Mass(trials, number) : 0;
                certain *= _below[other];
                hasTies |= _at[other] > 0;
            }

            if (!hasTies)
                return certain;
            double share = 0;
            for (int node = 0; node < Ties.Nodes.Length; node++)
            {
                double z = 0.5 * (1 + Ties.Nodes[node]), product = 0.5 * Ties.Weights[node];
                for (int other = 0; other < Arms; other++)
                    product *= other == arm ? 1 : _below[other] + (z * _at[other]);
                share += product;
            }

            return share;
        }
    }
}
