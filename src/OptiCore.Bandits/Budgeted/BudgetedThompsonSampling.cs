using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>
/// Budgeted Thompson sampling, for one resource: draws a mean reward and a mean cost for each arm from their Beta posteriors and plays the arm with the largest ratio.
/// </summary>
/// <remarks>
/// <para>Y. Xia, H. Li, T. Qin, N. Yu, T.-Y. Liu (2015), "Thompson sampling for budgeted multi-armed bandits", IJCAI, algorithm 1 with the extension to rewards and costs between 0 and 1, which count as 1 with
/// probability equal to them, by coins of the key and the number of the update. Both posteriors begin as Beta(1, 1). Regret of the order ln B against playing the arm with the best ratio of means until the budget B is
/// spent.</para>
/// <para>O(K) a choice, four gamma draws an arm. For several resources, or where time is short, see <see cref="PrimalDualBwK"/>.</para>
/// </remarks>
[Algorithm("Budgeted Thompson sampling", "Budgeted", "Y. Xia, H. Li, T. Qin, N. Yu, T.-Y. Liu (2015), Thompson sampling for budgeted multi-armed bandits")]
public sealed record BudgetedThompsonSampling : IBudgetedPolicy
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is more than one resource.</exception>
    public BudgetedState Start(int arms, ReadOnlySpan<double> budgets, long rounds, RandomKey key)
    {
        Require.Length(budgets.Length, 1, nameof(budgets));
        return new State(this, arms, budgets, rounds, key);
    }

    private sealed class State : BudgetedState
    {
        private readonly double[] _rewards, _costs;
        private readonly Posterior[] _posteriors;
        private RandomKey _rewardCoins, _costCoins;

        public State(BudgetedThompsonSampling policy, int arms, ReadOnlySpan<double> budgets, long rounds, RandomKey key)
            : base(policy, arms, budgets, rounds, key)
        {
            _rewards = new double[arms];
            _costs = new double[arms];
            _posteriors = new Posterior[arms];
            Prepare();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_rewards.AsSpan());
            archive.Transfer(_costs.AsSpan());
            if (archive.IsLoading)
                Prepare();
        }

        protected override int Select(long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            int best = 0;
            double largest = double.NegativeInfinity;
            for (int arm = 0; arm < Arms; arm++)
            {
                double ratio = _posteriors[arm].Ratio(ref stream);
                if (ratio > largest)
                    (largest, best) = (ratio, arm);
            }

            return best;
        }

        protected override void Learn(int arm, double reward, ReadOnlySpan<double> costs)
        {
            _rewards[arm] += BetaCounts.IsSuccess(reward, _rewardCoins, Updates) ? 1 : 0;
            _costs[arm] += BetaCounts.IsSuccess(costs[0], _costCoins, Updates) ? 1 : 0;
            _posteriors[arm] = new Posterior(_rewards[arm], _costs[arm], Pulls[arm] + 1);
        }

        protected override void Forget()
        {
            Array.Clear(_rewards);
            Array.Clear(_costs);
            Prepare();
        }

        private void Prepare()
        {
            _rewardCoins = Key.Fold("reward coins");
            _costCoins = Key.Fold("cost coins");
            for (int arm = 0; arm < Arms; arm++)
                _posteriors[arm] = new Posterior(_rewards[arm], _costs[arm], Pulls[arm]);
        }

        /// <summary>The posteriors of an arm's mean reward and mean cost after so many plays.</summary>
        private readonly struct Posterior(double rewards, double costs, double plays)
        {
            private readonly GammaDraw _earned = new(1 + rewards), _missed = new(1 + plays - rewards), _paid = new(1 + costs), _free = new(1 + plays - costs);

            public double Ratio(ref RandomStream stream)
            {
                double reward = GammaDraw.NextBeta(_earned, _missed, ref stream);
                return reward / GammaDraw.NextBeta(_paid, _free, ref stream);
            }
        }
    }
}
