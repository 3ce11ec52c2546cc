using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Robust UCB with the median of means, for heavy-tailed rewards: the median of the means of blocks of an arm's rewards + (12 v)^(1/(1+e)) (16 ln(e^(1/8) T^2) / n)^(e/(1+e)), for a known horizon T.
/// </summary>
/// <remarks>
/// <para>S. Bubeck, N. Cesa-Bianchi, G. Lugosi (2013), "Bandits with heavy tail", IEEE Transactions on Information Theory 59, with the confidence T^-2 of the horizon where the paper has t^-2. Needs only that every arm
/// has E |X - mean|^(1+e) &lt;= v, for an e of (0, 1]; for e = 1, a bound of the variance, the regret is of the order sum ln T / gap as if rewards were sub-Gaussian. Unlike <see cref="TruncatedMeanUcb"/>
/// it doesn't matter where 0 is.</para>
/// <para>Streaming, without keeping rewards: an arm has between k and 2 k - 1 full blocks of equal length N, a power of 2, with k = floor(8 ln(e^(1/8) T^2)); when 2 k are full, neighbours are joined. As N &gt; n / (2 k),
/// the paper's bound of the median's error, which rests on floor(n / k) &gt;= n / (2 k), holds as it is. While n &lt; k there are n blocks of one reward, too few for the confidence asked for; the paper's estimator is in the same position.</para>
/// <para>O(K) a choice; an update takes a place among at most 2 k sorted numbers each time a block is full, 4 k numbers of memory an arm. <see cref="Alpha"/> below 1 is usual in practice: the constants are those of the proof.</para>
/// </remarks>
[Algorithm("Robust UCB (median of means)", "Index policies", "S. Bubeck, N. Cesa-Bianchi, G. Lugosi (2013), Bandits with heavy tail")]
public sealed record MedianOfMeansUcb : IBanditPolicy
{
    /// <summary>The number T of plays that the policy is meant for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public required long Horizon { get; init => field = Require.Positive(value); }

    /// <summary>The exponent e of the moment 1 + e, in (0, 1]. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1].</exception>
    public double MomentExcess { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1;

    /// <summary>The bound v of E |X - mean|^(1+e), positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double CentralMomentBound { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The weight of exploration. Default: 1, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Alpha { get; init => field = Require.NonNegative(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : RobustMeanState
    {
        private readonly MedianOfMeansUcb _policy;
        private readonly int _most;
        private readonly ArmArray<double> _blocks, _sorted, _partial;
        private readonly ArmArray<int> _full, _doublings;
        private readonly ArmArray<long> _filled;

        public State(MedianOfMeansUcb policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _most = 2 * (int)Math.Floor(8 * LogConfidence);
            _blocks = PerArm<double>(_most);
            _sorted = PerArm<double>(_most, isSaved: false);
            _partial = PerArm<double>();
            _filled = PerArm<long>();
            _full = PerArm<int>();
            _doublings = PerArm<int>();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            for (int arm = 0; arm < Arms && archive.IsLoading; arm++)
                Sort(arm);
        }

        protected override double Power => _policy.MomentExcess / (1 + _policy.MomentExcess);

        private double LogConfidence => 0.125 + (2 * Math.Log(_policy.Horizon));

        protected override double Scale() =>
            _policy.Alpha * Math.Pow(12 * _policy.CentralMomentBound, 1 / (1 + _policy.MomentExcess)) * Math.Pow(16 * LogConfidence, Power);

        protected override void Learn(int arm, double reward)
        {
            _partial[arm] += reward;
            if (++_filled[arm] < 1L << _doublings[arm])
                return;

            Span<double> blocks = _blocks.Of(arm), sorted = _sorted.Of(arm);
            ref int full = ref _full[arm];
            double sum = _partial[arm];
            int place = sorted[..full].BinarySearch<double, double>(sum);
            place = place < 0 ? ~place : place;
            sorted[place..full].CopyTo(sorted[(place + 1)..]);
            sorted[place] = sum;
            blocks[full++] = sum;
            _partial[arm] = 0;
            _filled[arm] = 0;
            if (full == _most)
            {
                full /= 2;
                for (int i = 0; i < full; i++)
                    blocks[i] = blocks[2 * i] + blocks[(2 * i) + 1];
                blocks[full..].Clear();
                _doublings[arm]++;
                Sort(arm);
            }

            Estimates[arm] = 0.5 * (sorted[(full - 1) / 2] + sorted[full / 2]) / (1L << _doublings[arm]);
        }

        private void Sort(int arm)
        {
            Span<double> sorted = _sorted.Of(arm)[.._full[arm]];
            _blocks.Of(arm)[..sorted.Length].CopyTo(sorted);
            sorted.Sort();
        }
    }
}
