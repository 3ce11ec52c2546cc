using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Explore-then-commit: every arm m times, in turns; then for ever the arm whose mean was best at that time, the first of equal ones.
/// </summary>
/// <remarks>
/// <para>A. Garivier, E. Kaufmann, T. Lattimore (2016), "On explore-then-commit strategies", NIPS. For two arms of 1-sub-Gaussian rewards, gap d and horizon T the length m = max(1, ceil(4 / d^2 ln(T d^2 / 4)))
/// gives a regret of at most 4 / d (1 + ln+(T d^2 / 4)) + d; with m of the order (T / K)^(2/3) (ln T)^(1/3) it is of the order K^(1/3) (T^2 ln T)^(1/3) whatever the gaps. Even with the best m it loses,
/// in the long run and for two normal arms, twice what <see cref="KlUcb"/> does.</para>
/// <para>What A/B tests do. O(K) a choice while exploring. Rewards that arrive after the decision don't change it; a new arm opens the exploration again, for that arm. In each turn the arms are played by their
/// means so far, so that the result doesn't depend on their numbering. <see cref="BanditState.Scores"/> are the means of the arms that are up and negative infinity for the rest.</para>
/// </remarks>
[Algorithm("Explore-then-commit", "Greedy", "A. Garivier, E. Kaufmann, T. Lattimore (2016), On explore-then-commit strategies")]
public sealed record ExploreThenCommit : IBanditPolicy
{
    /// <summary>The number m of plays of each arm before the decision, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public required long PlaysPerArm { get; init => field = Require.Positive(value); }

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        private readonly ExploreThenCommit _policy;
        private int _committed = -1;

        public State(ExploreThenCommit policy, int arms, RandomKey key)
            : base(policy, arms, key) => _policy = policy;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _committed);
        }

        protected override int Select(long round)
        {
            if (_committed >= 0)
                return _committed;

            // Choices in flight: those that come before this one take the arms that are up, turn by turn.
            long turn = Fewest(), left = 0;
            foreach (long pulls in Pulls)
                left += Math.Max(0, _policy.PlaysPerArm - pulls);
            long skip = Math.Max(0, round - Updates) % left;
            for (; ; turn++)
            {
                int up = 0;
                foreach (long pulls in Pulls)
                    up += pulls <= turn ? 1 : 0;
                if (skip < up)
                    return Ranked(turn, (int)skip);
                skip -= up;
            }
        }

        protected override void Score(Span<double> scores)
        {
            long turn = Fewest();
            for (int arm = 0; arm < scores.Length; arm++)
            {
                bool isUp = _committed >= 0 ? arm == _committed : Pulls[arm] <= turn;
                scores[arm] = !isUp ? double.NegativeInfinity : Pulls[arm] == 0 ? double.PositiveInfinity : Means[arm];
            }
        }

        protected override void Learn(int arm, double reward) => Decide();

        protected override void Forget() => _committed = -1;

        protected override void ArmsChanged()
        {
            _committed = -1;
            Decide();
        }

        protected override void Merged() => Decide();

        private void Decide()
        {
            if (_committed < 0 && Fewest() >= _policy.PlaysPerArm)
                _committed = Ranked(long.MaxValue, 0);
        }

        private long Fewest()
        {
            long fewest = long.MaxValue;
            foreach (long pulls in Pulls)
                fewest = Math.Min(fewest, pulls);
            return fewest;
        }

        /// <summary>The arm with a rank by its mean among those with at most so many plays; unplayed ones come first, in their order.</summary>
        private int Ranked(long turn, int rank)
        {
            for (int arm = 0; ; arm++)
            {
                if (Pulls[arm] > turn)
                    continue;
                int before = 0;
                for (int other = 0; other < Arms; other++)
                    before += other != arm && Pulls[other] <= turn && Precedes(other, arm) ? 1 : 0;
                if (before == rank)
                    return arm;
            }
        }

        private bool Precedes(int arm, int other)
        {
            double mean = Pulls[arm] == 0 ? double.PositiveInfinity : Means[arm], otherMean = Pulls[other] == 0 ? double.PositiveInfinity : Means[other];
            return mean > otherMean || (mean == otherMean && arm < other);
        }
    }
}
