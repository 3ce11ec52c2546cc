using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>
/// Double Thompson sampling: the first arm is the one that beats most others in a draw of all preferences from their Beta posteriors, among those that may beat most others by their upper confidence bounds;
/// the second is the most likely to beat it in a second, independent draw, among those of which it isn't certain that they do.
/// </summary>
/// <remarks>
/// <para>H. Wu, X. Liu (2016), "Double Thompson sampling for dueling bandits", NIPS, algorithm 1. The preference of i over j has the posterior Beta(wins of i + 1, wins of j + 1). The first arm is drawn from the arms
/// with the largest number of others with share + sqrt(alpha ln t / n) &gt; 1/2, the second from those with share - sqrt(alpha ln t / n) &lt;= 1/2 against the first, to which the first itself belongs with 1/2.
/// A pair that has never met has the bounds 2 and 0 (the paper's x / 0 := 1). Ties are broken at random.</para>
/// <para>The goal is a Copeland winner, an arm that beats the largest number of others; an arm that beats all, where there is one, is the only one. Regret O(K^2 ln T) in general, O(K ln T + K^2 ln ln T) with an
/// arm that beats all. The first choice for comparisons: it needs no order of the arms, and loses several times less than <see cref="RelativeUcb"/>.</para>
/// <para>O(K^2) a choice: K (K - 1) gamma draws.</para>
/// </remarks>
[Algorithm("Double Thompson sampling", "Dueling", "H. Wu, X. Liu (2016), Double Thompson sampling for dueling bandits")]
public sealed record DoubleThompsonSampling : IDuelingPolicy
{
    /// <summary>The weight alpha of the confidence bounds, above 1/2. Default: 0.51, that of the paper's experiments.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't above 1/2 and finite.</exception>
    public double Alpha { get; init => field = Require.InOpenClosed(value, 0.5, double.MaxValue); } = 0.51;

    /// <summary>
    /// D-TS+: whether ties of the first arm go to the smallest regret sum_j (z - (z_i + z_j) / 2) / kl(p_ij, 1/2) that finding out its rivals costs by the draw, with the drawn preferences p, the shares z_i of arms
    /// that i beats in it, and the largest such share z of the arms that the first is drawn from. Default: false, at random.
    /// </summary>
    public bool BreaksTiesByRegret { get; init; }

    /// <inheritdoc/>
    public DuelingState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : DuelingState
    {
        private readonly DoubleThompsonSampling _policy;

        // The gammas behind the Beta posteriors, K x K.
        private readonly GammaDraw[] _draws;

        // Workspace of a choice.
        private readonly double[] _preferences;
        private readonly int[] _optimistic, _beaten;

        public State(DoubleThompsonSampling policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _draws = new GammaDraw[arms * arms];
            _preferences = new double[arms * arms];
            _optimistic = new int[arms];
            _beaten = new int[arms];
            CountsChanged();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            if (archive.IsLoading)
                CountsChanged();
        }

        protected override Duel Select(long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            double budget = _policy.Alpha * Math.Log(Updates + 1);
            int first = First(budget, ref stream);
            return new Duel(first, Second(first, budget, ref stream));
        }

        protected override void Learn(int winner, int loser) => Condition(winner, loser);

        protected override void CountsChanged()
        {
            for (int arm = 0; arm < Arms; arm++)
            {
                for (int other = 0; other < Arms; other++)
                    Condition(arm, other);
            }
        }

        protected override void Forget() => CountsChanged();

        private void Condition(int winner, int loser) => _draws[(winner * Arms) + loser] = new GammaDraw(1 + Won(winner, loser));

        private double Draw(int arm, int other, ref RandomStream stream) => GammaDraw.NextBeta(_draws[(arm * Arms) + other], _draws[(other * Arms) + arm], ref stream);

        private int First(double budget, ref RandomStream stream)
        {
            Array.Clear(_optimistic);
            Array.Clear(_beaten);
            for (int arm = 0; arm < Arms; arm++)
            {
                for (int other = arm + 1; other < Arms; other++)
                {
                    (double share, double width) = Estimate(arm, other, budget);
                    bool isNew = Won(arm, other) + Won(other, arm) == 0;
                    _optimistic[arm] += share + width > 0.5 ? 1 : 0;
                    _optimistic[other] += isNew || 1 - share + width > 0.5 ? 1 : 0;
                    double preference = _preferences[(arm * Arms) + other] = Draw(arm, other, ref stream);
                    _preferences[(other * Arms) + arm] = 1 - preference;
                    _beaten[arm] += preference > 0.5 ? 1 : 0;
                    _beaten[other] += preference < 0.5 ? 1 : 0;
                }
            }

            int largest = 0, most = -1;
            for (int arm = 0; arm < Arms; arm++)
                largest = Math.Max(largest, _optimistic[arm]);
            for (int arm = 0; arm < Arms; arm++)
                most = _optimistic[arm] == largest ? Math.Max(most, _beaten[arm]) : most;

            int best = 0, ties = 0;
            double smallest = double.PositiveInfinity;
            for (int arm = 0; arm < Arms; arm++)
            {
                if (_optimistic[arm] != largest || _beaten[arm] != most)
                    continue;
                double regret = _policy.BreaksTiesByRegret ? Regret(arm, most) : 0;
                if (regret < smallest || ties == 0)
                    (smallest, best, ties) = (regret, arm, 1);
                else if (regret == smallest && stream.NextDouble() * ++ties < 1)
                    best = arm;
            }

            return best;
        }

        /// <summary>The paper's estimate of what it costs to tell the rivals of an arm from it; infinite where a preference can't be told from 1/2.</summary>
        private double Regret(int arm, int most)
        {
            double sum = 0;
            for (int other = 0; other < Arms; other++)
            {
                double preference = _preferences[(arm * Arms) + other];
                if (other == arm || preference == 0.5)
                    continue;
                double loss = (most - (0.5 * (_beaten[arm] + _beaten[other]))) / Math.Max(1, Arms - 1);
                sum += loss == 0 ? 0 : loss / default(BernoulliDivergence).Between(preference, 0.5);
            }

            return sum;
        }

        private int Second(int first, double budget, ref RandomStream stream)
        {
            int second = first;
            double largest = 0.5;
            for (int arm = 0; arm < Arms; arm++)
            {
                if (arm == first)
                    continue;
                double preference = Draw(arm, first, ref stream);
                (double share, double width) = Estimate(arm, first, budget);
                if (share - width <= 0.5 && preference > largest)
                    (largest, second) = (preference, arm);
            }

            return second;
        }
    }
}
