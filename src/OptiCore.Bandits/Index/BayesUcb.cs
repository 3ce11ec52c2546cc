using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Bayes-UCB: the largest quantile of order 1 - 1 / (t (ln t)^c) of the posterior Beta(Alpha + sum of rewards, Beta + n - sum of rewards).
/// </summary>
/// <remarks>
/// <para>E. Kaufmann, O. Cappé, A. Garivier (2012), "On Bayesian upper confidence bounds for bandit problems", AISTATS; E. Kaufmann (2018), "On Bayesian index policies for sequential resource allocation",
/// Annals of Statistics 46. Asymptotically optimal for rewards of 0 and 1: regret sum gap / kl(mean, best) ln T. The analysis has c of 5 and more (7 for general families), the papers' experiments have 0.
/// A reward strictly between 0 and 1 counts by its fraction.</para>
/// <para>O(K) a choice. Quantiles aren't solved: from the tail of a posterior at one point its logarithm's concavity bounds them from above and its convexity from below, for every t, and a reward of 0 or 1 moves the tail at
/// that point by one term. Only where the bounds of two arms overlap is a tail computed, at the bound; arms that agree to eight digits are solved to full accuracy, as are arms without successes or without failures under priors below 1.
/// As fast as <see cref="KlUcb"/>. The deterministic sister of <see cref="ThompsonSampling"/>.</para>
/// </remarks>
[Algorithm("Bayes-UCB", "Index policies", "E. Kaufmann (2018), On Bayesian index policies for sequential resource allocation")]
public sealed record BayesUcb : IBanditPolicy
{
    /// <summary>The prior's successes, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The prior's failures, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Beta { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The power c of ln t, counted from t = 3 on. Default: 0, as in the papers' experiments.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double C { get; init => field = Require.NonNegative(value); }

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        // More aims than that aren't needed to tell two quantiles apart that differ by more than rounding.
        private const int Aims = 16;

        private readonly BayesUcb _policy;
        private readonly ArmArray<BetaQuantileBounds> _bounds;

        public State(BayesUcb policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _bounds = PerArm<BetaQuantileBounds>(isSaved: false);
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            if (archive.IsLoading)
                Forget();
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            double budget = Budget();
            int certain = Certain(budget);
            if (certain >= 0)
                return certain;
            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
            {
                if (!(_bounds[arm].Upper(budget) < best.Value))
                    best.Offer(arm, Quantile(arm, budget));
            }

            return best.Place;
        }

        protected override void Score(Span<double> scores)
        {
            double budget = Budget();
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : Quantile(arm, budget);
        }

        protected override void Learn(int arm, double reward) => _bounds[arm].Update(reward);

        protected override double Propensity(ReadOnlySpan<double> context, long round, int arm) => 1;

        protected override void Forget() => _bounds.Span.Clear();

        protected override void ArmsChanged() => Forget();

        private double Budget()
        {
            double log = Math.Log(Updates);
            return log + (_policy.C != 0 && Updates > 2 ? _policy.C * Math.Log(log) : 0);
        }

        private double Quantile(int arm, double budget) =>
            SpecialFunctions.BetaIncComplementInv(_policy.Alpha + Sums[arm], _policy.Beta + (Pulls[arm] - Sums[arm]), Math.Exp(-budget));

        /// <summary>The arm with the largest quantile as far as bounds can tell, or -1 where arms are too close for them. What the bounds remember of earlier rounds doesn't influence the choice.</summary>
        private int Certain(double budget)
        {
            double tail = Math.Exp(-budget);
            for (int arm = 0; arm < Arms; arm++)
            {
                if (!_bounds[arm].IsAimed)
                    Aim(arm, budget);
            }

            for (int i = 0; i < Aims; i++)
            {
                var best = new ArgMax();
                for (int arm = 0; arm < Arms; arm++)
                    best.Offer(arm, _bounds[arm].Upper(budget));
                if (double.IsPositiveInfinity(best.Value))
                    return -1;

                // Arms with equal posteriors have equal quantiles; the first of them, which is this one or has the same bound, is the choice.
                var second = new ArgMax();
                for (int arm = 0; arm < Arms; arm++)
                {
                    if (Sums[arm] != Sums[best.Place] || Pulls[arm] != Pulls[best.Place])
                        second.Offer(arm, _bounds[arm].Upper(budget));
                }

                double lower = _bounds[best.Place].Lower(tail);
                if (lower > second.Value)
                    return First(best.Place);
                int wider = best.Value - lower > second.Value - _bounds[second.Place].Lower(tail) ? best.Place : second.Place;
                if (_bounds[wider].IsExact(budget, tail))
                    return -1;
                Aim(wider, budget);
            }

            return -1;
        }

        private int First(int like)
        {
            int arm = 0;
            while (Sums[arm] != Sums[like] || Pulls[arm] != Pulls[like])
                arm++;
            return arm;
        }

        private void Aim(int arm, double budget) => _bounds[arm].Aim(_policy.Alpha + Sums[arm], _policy.Beta + (Pulls[arm] - Sums[arm]), budget);
    }
}
