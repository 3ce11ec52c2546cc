namespace OptiCore.Bandits;

/// <summary>
/// CUSUM-UCB: UCB on the rewards since the last change that a two-sided CUSUM test found in the arm. With probability Exploration a uniformly random arm, else the largest
/// mean + sqrt(xi ln n / n_k), n_k being the plays of the arm since its last alarm and n their sum.
/// </summary>
/// <remarks>
/// <para>F. Liu, J. Lee, N. Shroff (2018), "A change-detection based framework for piecewise-stationary multi-armed bandit problem", AAAI. The test of an arm takes the mean u of its first M rewards, then
/// sums g+ = max(0, g+ + r - u - epsilon) and g- = max(0, g- + u - r - epsilon); when one exceeds the threshold h the arm's rewards are forgotten and the test begins again. It finds
/// changes of a mean by more than epsilon that are more than M plays apart. With C changes in T rounds, Exploration = sqrt(C / T ln(T / C)) and h = ln(T / C) the regret is
/// O(sqrt(C T ln(T / C))).</para>
/// <para>O(K) a choice, O(1) an update. <see cref="GlrKlUcb"/> needs neither epsilon nor M and has no random exploration, at a higher cost of an update.</para>
/// </remarks>
[Algorithm("CUSUM-UCB", "Non-stationary", "F. Liu, J. Lee, N. Shroff (2018), A change-detection based framework for piecewise-stationary multi-armed bandit problem")]
public sealed record CusumUcb : IBanditPolicy
{
    /// <summary>The probability alpha of a uniformly random arm, in [0, 1]: how fast changes of arms that aren't played are found. Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside [0, 1].</exception>
    public double Exploration { get; init => field = Require.InClosed(value, 0, 1); } = 0.05;

    /// <summary>The weight xi of the confidence term. Default: 1, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Xi { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The number M of rewards that the mean before a change is estimated from. Default: 100, the paper's simulation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int BaselineLength { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The drift epsilon: smaller changes of the mean aren't looked for. Default: 0.1, the paper's simulation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Drift { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The threshold h of an alarm. Default: 20, the paper's simulation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Threshold { get; init => field = Require.Positive(value); } = 20;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc cref="IBanditPolicy.Start"/>
    public ChangeDetectingState Start(int arms, RandomKey key) => new State(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private struct Test
    {
        public long Count;
        public double Sum, Baseline, Up, Down;
    }

    private sealed class State : ChangeDetectingState
    {
        private readonly CusumUcb _policy;
        private readonly ArmArray<Test> _tests;

        public State(CusumUcb policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _tests = PerArm<Test>();
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            RandomStream stream = Key.Fold(round).Stream();
            return stream.NextDouble() < _policy.Exploration ? (int)(stream.NextDouble() * Arms) : Best();
        }

        protected override void Distribute(long round, Span<double> probabilities)
        {
            int unplayed = Unplayed(round);
            double exploration = unplayed >= 0 ? 0 : _policy.Exploration;
            probabilities.Fill(exploration / Arms);
            probabilities[unplayed >= 0 ? unplayed : Best()] += 1 - exploration;
        }

        protected override void Score(Span<double> scores)
        {
            double log = LogTotal();
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Value(arm, log);
        }

        protected override void Learn(int arm, double reward)
        {
            ref Test test = ref _tests[arm];
            test.Count++;
            test.Sum += reward;
            if (test.Count <= _policy.BaselineLength)
            {
                test.Baseline = test.Sum / test.Count;
                return;
            }

            test.Up = Math.Max(0, test.Up + reward - test.Baseline - _policy.Drift);
            test.Down = Math.Max(0, test.Down + test.Baseline - reward - _policy.Drift);
            if (Math.Max(test.Up, test.Down) >= _policy.Threshold)
            {
                test = default;
                Alarm(arm);
            }
        }

        private int Best()
        {
            double log = LogTotal();
            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
                best.Offer(arm, Value(arm, log));
            return best.Place;
        }

        private double LogTotal()
        {
            long total = 0;
            foreach (ref readonly Test test in _tests.Span)
                total += test.Count;
            return Math.Log(Math.Max(1, total));
        }

        private double Value(int arm, double log)
        {
            ref Test test = ref _tests[arm];
            return test.Count == 0 ? double.PositiveInfinity : (test.Sum / test.Count) + Math.Sqrt(_policy.Xi * log / test.Count);
        }
    }
}

/// <summary>A policy that watches for changes, at work.</summary>
public abstract class ChangeDetectingState : BanditState
{
    private readonly ArmArray<long> _alarms, _lastAlarms;

    private protected ChangeDetectingState(IBanditPolicy policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _alarms = PerArm<long>();
        _lastAlarms = PerArm<long>();
    }

    /// <inheritdoc/>
    public override bool CanMerge => false;

    /// <summary>The number of changes found in each arm.</summary>
    public ReadOnlySpan<long> Alarms => _alarms.Span;

    /// <summary>The number of rewards, of all arms, after which the last change of each arm was found; 0 where there was none.</summary>
    public ReadOnlySpan<long> LastAlarms => _lastAlarms.Span;

    /// <summary>Counts a change that was found in an arm by the reward that is being learnt.</summary>
    private protected void Alarm(int arm)
    {
        _alarms[arm]++;
        _lastAlarms[arm] = Updates + 1;
    }
}
