using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Successive elimination with long blocks, for arms whose rewards depend on how often they were played of late: in epoch e = 1, 2, ... every arm that is left is played M + 2^e times in a row, the first M rewards
/// are thrown away, and those arms go whose mean of the rest lies at least 2 sqrt(ln(4 K e^2 / delta) / 2^(e+1)) below the largest.
/// </summary>
/// <remarks>
/// <para>D. Malik, Y. Li, A. Singh (2023), "Weighted tallying bandits: overcoming intractability via repeated exposure optimality", ICML. A reward in [0, 1] may depend on a weighted count of the arm's own plays in the
/// last m &lt;= M rounds; the best there is to do is to play one arm for ever. The complete policy regret is O(sqrt(K T ln T) + (m + M) K ln T): what the memory costs is added, not multiplied.
/// Every arm is played once before the first epoch; the order of the blocks of an epoch is drawn from the key, so that no arm is favoured by its number.</para>
/// <para>O(1) a choice, O(K) at the end of a block. Policies that expect rewards without memory (<see cref="Ucb1"/>) judge an arm by what it pays while others are played between.</para>
/// </remarks>
[Algorithm("Successive elimination for weighted tallying bandits", "With memory", "D. Malik, Y. Li, A. Singh (2023), Weighted tallying bandits: overcoming intractability via repeated exposure optimality")]
public sealed record RepeatedExposureElimination : IBanditPolicy
{
    /// <summary>The number M of rewards at the beginning of a block that are thrown away: at least the memory m of the arms. Default: 20.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int BurnIn { get; init => field = Require.NonNegative(value); } = 20;

    /// <summary>The largest probability delta that the best arm goes, in (0, 1). Default: 0.01.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double ErrorProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.01;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        private readonly RepeatedExposureElimination _policy;
        private readonly ArmArray<byte> _isOut, _isDone;
        private readonly ArmArray<double> _sums;
        private int _epoch, _arm, _left, _blocks;
        private long _position;

        public State(RepeatedExposureElimination policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _isOut = PerArm<byte>();
            _isDone = PerArm<byte>();
            _sums = PerArm<double>();
            Forget();
        }

        public override bool CanChangeArms => false;

        public override bool CanMerge => false;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _epoch);
            archive.Transfer(ref _arm);
            archive.Transfer(ref _left);
            archive.Transfer(ref _blocks);
            archive.Transfer(ref _position);
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            return unplayed >= 0 ? unplayed : _arm;
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : _isOut[arm] != 0 ? double.NegativeInfinity : Means[arm];
        }

        protected override void Learn(int arm, double reward)
        {
            // Rewards of other arms than the block's don't belong to the plan; the first plays come before it.
            if (arm != _arm || _left == 1 || (Pulls[arm] == 1 && _position == 0 && Updates < Arms))
                return;
            long length = 1L << _epoch;
            if (++_position > _policy.BurnIn)
                _sums[arm] += reward;
            if (_position < _policy.BurnIn + length)
                return;
            _position = 0;
            _isDone[arm] = 1;
            if (_blocks == 0)
                EndEpoch(length);
            NextBlock();
        }

        protected override void Forget()
        {
            _epoch = 1;
            _left = _blocks = Arms;
            _position = 0;
            NextBlock();
        }

        private void EndEpoch(double length)
        {
            double largest = double.NegativeInfinity, width = Math.Sqrt(2 * Math.Log(4.0 * Arms * _epoch * _epoch / _policy.ErrorProbability) / length);
            for (int arm = 0; arm < Arms; arm++)
                largest = _isOut[arm] == 0 ? Math.Max(largest, _sums[arm] / length) : largest;
            _left = 0;
            for (int arm = 0; arm < Arms; arm++)
            {
                if (_isOut[arm] == 0 && largest - (_sums[arm] / length) >= width)
                    _isOut[arm] = 1;
                _left += _isOut[arm] == 0 ? 1 : 0;
            }

            _blocks = _left;
            _isDone.Span.Clear();
            _sums.Span.Clear();
            _epoch++;
        }

        /// <summary>Draws one of the arms whose block is still to come in the epoch.</summary>
        private void NextBlock()
        {
            int place = (int)(Key.Fold("block order").Fold(_epoch).Fold(_blocks).Stream().NextDouble() * _blocks);
            for (_arm = 0; _isOut[_arm] != 0 || _isDone[_arm] != 0 || place-- > 0; _arm++)
            {
            }

            _blocks--;
        }
    }
}
