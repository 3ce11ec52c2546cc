namespace OptiCore.Bandits;

/// <summary>
/// Successive elimination: all arms that are left once in turn; after each turn n those go whose mean lies at least 2 sqrt(ln(c K n^2 / delta) / n) below the largest. It stops when one is left.
/// </summary>
/// <remarks>
/// <para>E. Even-Dar, S. Mannor, Y. Mansour (2006), "Action elimination and stopping conditions for the multi-armed bandit and reinforcement learning problems", JMLR 7, algorithm 3. For rewards in [0, 1] the
/// recommendation is wrong with a probability of at most delta, after O(sum gap^-2 ln(K / (delta gap))) rewards.</para>
/// <para>O(1) amortised. Simple, and each arm's rewards are independent of the others'; <see cref="KlLucb"/> and <see cref="TrackAndStop"/> need several times fewer.</para>
/// </remarks>
[Algorithm("Successive elimination", "Pure exploration", "E. Even-Dar, S. Mannor, Y. Mansour (2006), Action elimination and stopping conditions for the multi-armed bandit and reinforcement learning problems")]
public sealed record SuccessiveElimination : IPureExploration
{
    /// <summary>The largest probability delta of a wrong recommendation, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double ErrorProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>
    /// The constant c of the confidence interval. The paper asks for more than 4; Hoeffding's inequality, summed over arms and turns, leaves a probability of at most 2.17 delta^2 / (c^2 K) of a wrong interval, so
    /// that 1.5 is enough. Default: 5.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't at least 1 and finite.</exception>
    public double C { get; init => field = Require.InClosed(value, 1, double.MaxValue); } = 5;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public PureExplorationState Start(int arms, RandomKey key) => new State(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private sealed class State : PureExplorationState
    {
        private readonly SuccessiveElimination _policy;
        private readonly ArmArray<byte> _isOut;

        public State(SuccessiveElimination policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _isOut = PerArm<byte>();
        }

        protected override int SelectNext(long round)
        {
            int unplayed = Unplayed(round);
            return unplayed >= 0 ? unplayed : Fewest();
        }

        protected override void Observe(int arm, double reward)
        {
            // A turn is complete when all arms that are left have as many rewards.
            long n = Pulls[Fewest()];
            int best = -1, left = 0;
            for (int other = 0; other < Arms; other++)
            {
                if (_isOut[other] != 0)
                    continue;
                if (Pulls[other] != n)
                    return;
                if (best < 0 || Means[other] > Means[best])
                    best = other;
            }

            double width = 2 * Math.Sqrt(Math.Log(_policy.C * Arms * n * n / _policy.ErrorProbability) / n);
            for (int other = 0; other < Arms; other++)
            {
                if (_isOut[other] == 0 && Means[best] - Means[other] >= width)
                    _isOut[other] = 1;
                left += _isOut[other] == 0 ? 1 : 0;
            }

            if (left == 1)
                Stop(best);
        }

        protected override void Begin()
        {
        }

        private int Fewest()
        {
            int fewest = -1;
            for (int arm = 0; arm < Arms; arm++)
            {
                if (_isOut[arm] == 0 && (fewest < 0 || Pulls[arm] < Pulls[fewest]))
                    fewest = arm;
            }

            return fewest;
        }
    }
}
