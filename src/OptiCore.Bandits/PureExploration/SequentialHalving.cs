using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Sequential halving (successive halving) with a fixed budget of T rewards: in each of ceil(log2 K) phases the n arms that are left get floor(T / (n ceil(log2 K))) rewards each, in turn, and the better half
/// of them, by the phase's means, goes on.
/// </summary>
/// <remarks>
/// <para>Z. Karnin, T. Koren, O. Somekh (2013), "Almost optimal exploration in multi-armed bandits", ICML. The recommendation is wrong with a probability of at most
/// 3 log2 K exp(-T / (8 H2 log2 K)), H2 = max i / gap_i^2 over arms in the order of their gaps.</para>
/// <para>O(K) a choice. It doesn't know or need gaps, but gives no confidence. Where rewards may be tampered with, <see cref="ProbabilisticSequentialShrinking"/>. A budget that is too small for one reward
/// of each arm in each phase is refused when it starts.</para>
/// </remarks>
[Algorithm("Sequential halving", "Pure exploration", "Z. Karnin, T. Koren, O. Somekh (2013), Almost optimal exploration in multi-armed bandits")]
public sealed record SequentialHalving : IPureExploration
{
    /// <summary>The number T of rewards. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public long Budget { get; init => field = Require.Positive(value); } = 10_000;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">There are too many arms for the budget.</exception>
    public PureExplorationState Start(int arms, RandomKey key) => new State(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private sealed class State : ShrinkingState
    {
        private readonly long _budget;

        public State(SequentialHalving policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _budget = policy.Budget;
            if (arms > 1 && Share(arms) == 0)
                throw new ArgumentOutOfRangeException(nameof(arms), arms, $"arms is {arms}, too many for a budget of {policy.Budget}: each arm needs one reward in each of the {Phases} phases.");
        }

        protected override int SelectNext(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            int fewest = -1;
            for (int arm = 0; arm < Arms; arm++)
            {
                if (IsLeft(arm) && (fewest < 0 || PhasePlays(arm) < PhasePlays(fewest)))
                    fewest = arm;
            }

            return fewest;
        }

        protected override bool IsPhaseOver()
        {
            for (int arm = 0; arm < Arms; arm++)
            {
                if (IsLeft(arm) && PhasePlays(arm) < Share(Left))
                    return false;
            }

            return true;
        }

        protected override int Keep() => (Left + 1) / 2;

        private int Phases => 32 - BitOperations.LeadingZeroCount((uint)Arms - 1);

        private long Share(int left) => _budget / ((long)left * Phases);
    }
}

/// <summary>The state of methods that drop arms at the end of phases, by the means of the phase.</summary>
internal abstract class ShrinkingState : PureExplorationState
{
    private readonly ArmArray<byte> _isOut;
    private readonly ArmArray<long> _plays;
    private readonly ArmArray<double> _sums;
    private int _left, _phase;
    private long _phasePlays;

    protected ShrinkingState(IPureExploration policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _isOut = PerArm<byte>();
        _plays = PerArm<long>();
        _sums = PerArm<double>();
        _left = arms;
    }

    /// <summary>The number of arms that are left.</summary>
    protected int Left => _left;

    /// <summary>The phase, from 0.</summary>
    protected int Phase => _phase;

    /// <summary>The number of rewards in the phase.</summary>
    protected long Plays => _phasePlays;

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(ref _left);
        archive.Transfer(ref _phase);
        archive.Transfer(ref _phasePlays);
    }

    protected bool IsLeft(int arm) => _isOut[arm] == 0;

    protected long PhasePlays(int arm) => _plays[arm];

    protected abstract bool IsPhaseOver();

    /// <summary>The number of arms that the next phase has.</summary>
    protected abstract int Keep();

    protected override void Observe(int arm, double reward)
    {
        _plays[arm]++;
        _sums[arm] += reward;
        _phasePlays++;
        if (!IsPhaseOver())
            return;
        int keep = Keep();
        while (_left > keep)
            DropWorst();
        _phase++;
        _phasePlays = 0;
        _plays.Span.Clear();
        _sums.Span.Clear();
        if (_left > 1)
            return;
        for (int other = 0; other < Arms; other++)
        {
            if (IsLeft(other))
                Stop(other);
        }
    }

    protected override void Begin()
    {
        _left = Arms;
        _phase = 0;
        _phasePlays = 0;
    }

    // Of equal arms the last goes; an arm that chance gave no reward in the phase goes before all others.
    private void DropWorst()
    {
        int worst = -1;
        double least = double.PositiveInfinity;
        for (int arm = Arms - 1; arm >= 0; arm--)
        {
            double mean = _plays[arm] == 0 ? double.NegativeInfinity : _sums[arm] / _plays[arm];
            if (IsLeft(arm) && (worst < 0 || mean < least))
            {
                worst = arm;
                least = mean;
            }
        }

        _isOut[worst] = 1;
        _left--;
    }
}
