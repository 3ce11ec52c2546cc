using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// PrimalDualBwK, for bandits with any number of resources: the arm with the largest bang per buck, upper bound of the reward / sum_i v_i lower bound of the cost of resource i, where the price v_i of a resource
/// is multiplied by (1 + eps)^(that lower bound) with every play. Every arm is played once at first.
/// </summary>
/// <remarks>
/// <para>A. Badanidiyuru, R. Kleinberg, A. Slivkins (2013), "Bandits with knapsacks", FOCS, algorithm 2. Bounds are mean +- (sqrt(C mean / n) + C / n), clipped to [0, 1], with C = <see cref="Confidence"/> ln(d T K)
/// (the paper says: of the order of that). As there, time is a resource, of which every play takes 1 / T; resources are scaled to one budget B, the smallest, so costs are multiplied by B / B_i; and
/// eps = sqrt(ln d / B), at most 1, d counting time. Of equal ratios the arm with the fewest plays is taken, the first of those.</para>
/// <para>The regret against the best mixture of arms (<see cref="KnapsackBound.LinearProgramBound"/>), which may be much better than the best arm, is of the order
/// sqrt(K OPT) + OPT sqrt(K / B) up to logarithms. The bounds are wide: T should be thousands, or <see cref="Confidence"/> smaller.</para>
/// <para>O(K d) a choice and O(d) an update, no randomness. For one resource and no limit of time <see cref="BudgetedThompsonSampling"/> loses much less; without randomness see <see cref="UcbBv1"/>.</para>
/// </remarks>
[Algorithm("PrimalDualBwK", "Budgeted", "A. Badanidiyuru, R. Kleinberg, A. Slivkins (2013), Bandits with knapsacks")]
public sealed record PrimalDualBwK : IBudgetedPolicy
{
    /// <summary>The factor of ln(d T K) in the constant C of the confidence bounds, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Confidence { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public BudgetedState Start(int arms, ReadOnlySpan<double> budgets, long rounds, RandomKey key) => new State(this, arms, budgets, rounds, key);

    private sealed class State : BudgetedState
    {
        private readonly double _constant, _logGrowth, _timeCost;

        // B / B_i; logarithms of the prices relative to the largest, of time last, and the prices.
        private readonly double[] _scales, _logPrices, _prices;

        public State(PrimalDualBwK policy, int arms, ReadOnlySpan<double> budgets, long rounds, RandomKey key)
            : base(policy, arms, budgets, rounds, key)
        {
            int resources = budgets.Length + 1;
            _constant = policy.Confidence * (Math.Log(resources) + Math.Log(rounds) + Math.Log(arms));
            double smallest = rounds;
            foreach (double budget in budgets)
                smallest = Math.Min(smallest, budget);
            _scales = new double[budgets.Length];
            for (int i = 0; i < _scales.Length; i++)
                _scales[i] = smallest / budgets[i];
            _timeCost = smallest / rounds;
            _logGrowth = Math.Log(1 + Math.Min(1, Math.Sqrt(Math.Log(resources) / smallest)));
            _logPrices = new double[resources];
            _prices = new double[resources];
            SetPrices();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_logPrices.AsSpan());
            if (archive.IsLoading)
                SetPrices();
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;

            int best = 0;
            double largest = double.NegativeInfinity;
            for (int arm = 0; arm < Arms; arm++)
            {
                double mean = MeanReward(arm), cost = _prices[^1] * _timeCost;
                for (int resource = 0; resource < Resources; resource++)
                    cost += _prices[resource] * LowerCost(arm, resource);
                double ratio = Math.Min(1, mean + Radius(mean, Pulls[arm])) / cost;
                if (ratio > largest || (ratio == largest && Pulls[arm] < Pulls[best]))
                    (largest, best) = (ratio, arm);
            }

            return best;
        }

        protected override void Learn(int arm, double reward, ReadOnlySpan<double> costs)
        {
            // The first plays of all arms don't move the prices; later ones by the bounds with which the arm was chosen.
            bool isFirstPass = false;
            foreach (long pulls in Pulls)
                isFirstPass |= pulls == 0;
            if (isFirstPass)
                return;
            for (int resource = 0; resource < costs.Length; resource++)
                _logPrices[resource] += _logGrowth * LowerCost(arm, resource);
            _logPrices[^1] += _logGrowth * _timeCost;
            SetPrices();
        }

        protected override void Forget()
        {
            Array.Clear(_logPrices);
            SetPrices();
        }

        private double LowerCost(int arm, int resource)
        {
            double mean = _scales[resource] * MeanCost(arm, resource);
            return Math.Max(0, mean - Radius(mean, Pulls[arm]));
        }

        private double Radius(double mean, double plays) => Math.Sqrt(_constant * mean / plays) + (_constant / plays);

        // Only ratios of prices matter; relative to the largest they neither overflow nor vanish together.
        private void SetPrices()
        {
            double largest = double.NegativeInfinity;
            foreach (double log in _logPrices)
                largest = Math.Max(largest, log);
            for (int i = 0; i < _prices.Length; i++)
                _prices[i] = Math.Exp(_logPrices[i] - largest);
        }
    }
}
