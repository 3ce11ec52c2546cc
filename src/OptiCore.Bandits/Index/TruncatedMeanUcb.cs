using System.Runtime.InteropServices;

namespace OptiCore.Bandits;

/// <summary>
/// Robust UCB with the truncated mean, for heavy-tailed rewards: (1/n) sum X_s 1{ |X_s|^(1+e) &lt;= u s / ln t^2 } + 4 u^(1/(1+e)) (ln t^2 / n)^(e/(1+e)), X_s being the reward number s of the arm and t the round, from 1.
/// </summary>
/// <remarks>
/// <para>S. Bubeck, N. Cesa-Bianchi, G. Lugosi (2013), "Bandits with heavy tail", IEEE Transactions on Information Theory 59. Needs only that every arm has E |X|^(1+e) &lt;= u, for an e of (0, 1]; for e = 1, a
/// bound of the second moment, the regret is of the order sum ln T / gap as if rewards were sub-Gaussian, where policies for light tails may lose a constant a round. The truncation is towards 0:
/// where means are far from 0 beside the spread, <see cref="MedianOfMeansUcb"/>, which takes the central moment, is better.</para>
/// <para>Exact and streaming: a reward once kept is dropped when ln t passes u s / (2 |X_s|^(1+e)), so only rewards for which that can still happen (ln t below 44) are stored apart, on average at most 88 an
/// arm under the assumption, and 256 with all but certainty. Should an arm hold more, its moment is above u, and the one that would be dropped first is dropped at once. O(K) a choice and an update.</para>
/// <para>The paper's constants are those of its proof; <see cref="Alpha"/> below 1 is usual in practice, as for <see cref="Ucb1"/>.</para>
/// </remarks>
[Algorithm("Robust UCB (truncated mean)", "Index policies", "S. Bubeck, N. Cesa-Bianchi, G. Lugosi (2013), Bandits with heavy tail")]
public sealed record TruncatedMeanUcb : IBanditPolicy
{
    /// <summary>The exponent e of the moment 1 + e, in (0, 1]. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1].</exception>
    public double MomentExcess { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1;

    /// <summary>The bound u of E |X|^(1+e), positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double MomentBound { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The weight of exploration. Default: 1, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Alpha { get; init => field = Require.NonNegative(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    /// <summary>A reward that is still counted, until ln t exceeds its limit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Kept
    {
        public double Limit, Reward;
    }

    private sealed class State : RobustMeanState
    {
        private const int Capacity = 256;

        // ln of the largest number of updates.
        private const double LargestLog = 43.7;

        private readonly TruncatedMeanUcb _policy;
        private readonly ArmArray<double> _settled;
        private readonly ArmArray<int> _counts;
        private readonly ArmArray<Kept> _kept;

        public State(TruncatedMeanUcb policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _settled = PerArm<double>();
            _counts = PerArm<int>();
            _kept = PerArm<Kept>(Capacity);
        }

        protected override double Power => _policy.MomentExcess / (1 + _policy.MomentExcess);

        protected override double Scale() =>
            4 * _policy.Alpha * Math.Pow(_policy.MomentBound, 1 / (1 + _policy.MomentExcess)) * Math.Pow(2 * Math.Log(Updates + 1), Power);

        protected override void Learn(int arm, double reward)
        {
            double magnitude = Math.Abs(reward);
            double moment = _policy.MomentExcess == 1 ? magnitude * magnitude : Math.Pow(magnitude, 1 + _policy.MomentExcess);
            double limit = _policy.MomentBound * Pulls[arm] / (2 * moment);
            double now = Math.Log(Updates + 2);
            if (limit > LargestLog)
                _settled[arm] += reward;
            else if (limit >= now)
                Keep(arm, new Kept { Limit = limit, Reward = reward });

            for (int other = 0; other < Arms; other++)
            {
                bool isChanged = other == arm;
                ref int count = ref _counts[other];
                for (Span<Kept> kept = _kept.Of(other); count > 0 && kept[count - 1].Limit < now; count--, isChanged = true)
                    kept[count - 1] = default;
                if (isChanged && Pulls[other] > 0)
                    Estimates[other] = Sum(other) / Pulls[other];
            }
        }

        /// <summary>Inserts, the largest limit first.</summary>
        private void Keep(int arm, Kept entry)
        {
            Span<Kept> kept = _kept.Of(arm);
            ref int count = ref _counts[arm];
            if (count == Capacity)
            {
                if (entry.Limit <= kept[count - 1].Limit)
                    return;
                count--;
            }

            int place = count++;
            for (; place > 0 && kept[place - 1].Limit < entry.Limit; place--)
                kept[place] = kept[place - 1];
            kept[place] = entry;
        }

        private double Sum(int arm)
        {
            // Added afresh: an outlier that was added and subtracted would leave its rounding behind.
            double sum = _settled[arm];
            foreach (ref readonly Kept entry in _kept.Of(arm)[.._counts[arm]])
                sum += entry.Reward;
            return sum;
        }
    }
}
