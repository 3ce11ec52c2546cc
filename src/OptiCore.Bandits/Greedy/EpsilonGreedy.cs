namespace OptiCore.Bandits;

/// <summary>
/// Epsilon-greedy: every arm once at first; then with probability epsilon_t a uniformly random arm, else the best mean, the first of equal ones.
/// epsilon_t = min(Epsilon, Decay / t), t being the plays so far.
/// </summary>
/// <remarks>
/// <para>R. S. Sutton, A. G. Barto (1998), "Reinforcement learning: an introduction", section 2.2, with constant epsilon: the regret grows
/// linearly, by epsilon times the mean gap each round. Decaying as Epsilon = 1, Decay = c K / d^2 with d at most the smallest gap it is
/// epsilon_n-greedy of P. Auer, N. Cesa-Bianchi, P. Fischer (2002), with logarithmic regret for c &gt; 5.</para>
/// <para>O(K) a choice. The baseline to beat; <see cref="ThompsonSampling"/> needs no tuning.</para>
/// </remarks>
[Algorithm("Epsilon-greedy", "Greedy", "P. Auer, N. Cesa-Bianchi, P. Fischer (2002), Finite-time analysis of the multiarmed bandit problem, section 3")]
public sealed record EpsilonGreedy : IBanditPolicy
{
    /// <summary>The largest probability of a random arm, in [0, 1]. 0 is greedy. Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside [0, 1].</exception>
    public double Epsilon { get; init => field = Require.InClosed(value, 0, 1); } = 0.1;

    /// <summary>The probability falls as Decay / t once that is below <see cref="Epsilon"/>. Default: infinity, a constant probability.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, zero or NaN.</exception>
    public double Decay { get; init => field = double.IsPositiveInfinity(value) ? value : Require.Positive(value); } = double.PositiveInfinity;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State(EpsilonGreedy policy, int arms, RandomKey key) : BanditState(policy, arms, key)
    {
        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;

            RandomStream stream = Key.Fold(round).Stream();
            if (stream.NextDouble() < Math.Min(policy.Epsilon, policy.Decay / Updates))
                return (int)(stream.NextDouble() * Arms);

            return Best();
        }

        protected override void Distribute(long round, Span<double> probabilities)
        {
            int unplayed = Unplayed(round);
            double epsilon = unplayed >= 0 ? 0 : Math.Min(policy.Epsilon, policy.Decay / Updates);
            probabilities.Fill(epsilon / Arms);
            probabilities[unplayed >= 0 ? unplayed : Best()] += 1 - epsilon;
        }

        private int Best()
        {
            ReadOnlySpan<double> means = Means;
            int best = 0;
            for (int arm = 1; arm < means.Length; arm++)
            {
                if (means[arm] > means[best])
                    best = arm;
            }

            return best;
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : Means[arm];
        }
    }
}
