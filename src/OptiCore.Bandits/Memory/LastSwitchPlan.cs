using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A periodic plan for last-switch-dependent arms: each arm rests and is offered by turns, as its pattern says; of the arms that a round offers, the one is played whose payoff in the pattern is largest. Made by
/// <see cref="LastSwitchPlanner"/>.
/// </summary>
public sealed class LastSwitchPlan : IPersistent
{
    // Longer periods aren't evaluated to their end.
    private const int LongestEvaluation = 4096;
    private readonly int _longestRest, _longestRun, _states;
    private readonly int[] _rest, _burst, _offset;
    private readonly double[] _payoffs;
    private double _bound, _value;
    private int _filler = -1;

    internal LastSwitchPlan(int arms, int longestRest, int longestRun)
    {
        (_longestRest, _longestRun, _states) = (longestRest, longestRun, longestRest + longestRun);
        (_rest, _burst, _offset, _payoffs) = (new int[arms], new int[arms], new int[arms], new double[arms * _states]);
    }

    /// <summary>The number K of arms.</summary>
    public int Arms => _rest.Length;

    /// <summary>The value of the linear program: no way to play earns more a round in the long run.</summary>
    public double Bound => _bound;

    /// <summary>The mean payoff of a round in the long run, with the counters that really occur. Exact if the period has at most 4,096 rounds; else the mean of 4,096 rounds.</summary>
    public double Value => _value;

    /// <summary>The arm that is played in rounds which no pattern offers an arm for; -1 for none.</summary>
    public int Filler => _filler;

    /// <summary>The number of rounds after which the plan repeats, at most 4,096.</summary>
    public int Period
    {
        get
        {
            long period = 1;
            for (int arm = 0; arm < Arms; arm++)
            {
                long length = Math.Max(1, _rest[arm] + _burst[arm]), a = period, b = length;
                while (b != 0)
                    (a, b) = (b, a % b);
                period = Math.Min(LongestEvaluation, period / a * length);
            }

            return (int)period;
        }
    }

    /// <summary>The pattern of an arm: it rests for so many rounds, then it is offered for so many, and again. (0, 1): offered in every round; (0, 0): never.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public (int Pause, int Burst) Pattern(int arm) => (_rest[arm], _burst[arm]);

    /// <summary>The arm of a round, -1 for none. O(K).</summary>
    /// <param name="round">The round of the plan, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The round is negative.</exception>
    public int Arm(long round)
    {
        if (round < 0)
            throw new ArgumentOutOfRangeException(nameof(round), round, "round must be at least 0.");
        int best = -1;
        double level = double.NegativeInfinity;
        for (int arm = 0; arm < _rest.Length; arm++)
        {
            if (_burst[arm] == 0)
                continue;
            int rest = _rest[arm], phase = (int)((round + _offset[arm]) % (rest + _burst[arm]));
            if (phase < rest)
                continue;

            // The counter in the pattern: that of an arm which is played whenever it is offered.
            int counter = rest == 0 ? -_longestRun : phase == rest ? rest : rest - phase;
            double payoff = _payoffs[(arm * _states) + LastSwitchPayoffs.Index(counter, _longestRest, _longestRun)];
            if (payoff > level)
                (best, level) = (arm, payoff);
        }

        return best >= 0 ? best : _filler;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_rest.AsSpan());
        archive.Transfer(_burst.AsSpan());
        archive.Transfer(_offset.AsSpan());
        archive.Transfer(_payoffs.AsSpan());
        archive.Transfer(ref _bound);
        archive.Transfer(ref _value);
        archive.Transfer(ref _filler);
    }

    internal void Clear()
    {
        Array.Clear(_rest);
        Array.Clear(_burst);
        Array.Clear(_offset);
        Array.Clear(_payoffs);
        (_bound, _value, _filler) = (0, double.NegativeInfinity, -1);
    }

    internal void Begin(LastSwitchPayoffs payoffs, double bound)
    {
        Clear();
        payoffs.Means.CopyTo(_payoffs);
        _bound = bound;
    }

    internal void SetPattern(int arm, int rest, int burst, int offset) => (_rest[arm], _burst[arm], _offset[arm]) = (rest, burst, offset);

    /// <summary>Computes the value with each arm that may fill gaps, and keeps the best.</summary>
    internal void Evaluate(LastSwitchPayoffs payoffs, bool mustPlay)
    {
        (int best, double value) = (-1, double.NegativeInfinity);
        for (int filler = mustPlay ? 0 : -1; filler < Arms; filler++)
        {
            _filler = filler;
            double other = Average(payoffs);
            if (other > value)
                (best, value) = (filler, other);
        }

        (_filler, _value) = (best, value);
    }

    internal void CopyFrom(LastSwitchPlan other)
    {
        other._rest.CopyTo(_rest, 0);
        other._burst.CopyTo(_burst, 0);
        other._offset.CopyTo(_offset, 0);
        other._payoffs.CopyTo(_payoffs, 0);
        (_bound, _value, _filler) = (other._bound, other._value, other._filler);
    }

    /// <summary>One period after as many whole periods as bring all counters into it.</summary>
    private double Average(LastSwitchPayoffs payoffs)
    {
        Span<int> counters = Arms <= 256 ? stackalloc int[Arms] : new int[Arms];
        counters.Fill(payoffs.LongestRest);
        int period = Period, before = period * (1 + (_states / period));
        double sum = 0;
        for (int round = 0; round < before + period; round++)
        {
            int played = Arm(round);
            if (played >= 0 && round >= before)
                sum += payoffs.Mean(played, counters[played]);
            for (int arm = 0; arm < counters.Length; arm++)
                counters[arm] = payoffs.Next(counters[arm], arm == played);
        }

        return sum / period;
    }
}
