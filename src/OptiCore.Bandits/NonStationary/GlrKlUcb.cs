using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>Which arms forget when a change is found in one.</summary>
public enum RestartScope
{
    /// <summary>All arms: arms are expected to change together.</summary>
    Global,

    /// <summary>The arm in which the change was found.</summary>
    Local,
}

/// <summary>
/// GLR-klUCB: KL-UCB on the rewards since the last change that a generalised likelihood ratio test found, max over split points s of s kl(m_1, m) + (n - s) kl(m_2, m) &gt;= beta(n, delta), m_1, m_2 and m
/// being the means of the arm's rewards before and after the split and of all. Arms take turns in a share Exploration of the rounds.
/// </summary>
/// <remarks>
/// <para>L. Besson, E. Kaufmann, O.-A. Maillard, J. Seznec (2022), "Efficient change-point detection for tackling piecewise-stationary bandits", JMLR 23. The index is
/// max { q : n_k kl(mean, q) &lt;= ln t + 3 ln ln t } with t the rounds since the last restart; the threshold beta(n, delta) = 2 J(ln(3 n^(3/2) / delta) / 2) + 6 ln(1 + ln n) of that paper keeps the
/// probability of a false alarm below delta for ever, for all rewards in [0, 1]. In rounds t since the restart with t mod floor(K / Exploration) &lt; K that arm is played. With C changes in T rounds,
/// delta = 1 / sqrt(T) and Exploration = sqrt(C ln T / T) the regret is O(sqrt(C T ln T)), without knowledge of how large changes are.</para>
/// <para>As the paper proposes, tests are made every <see cref="TestEvery"/> rewards of an arm and not every split point is tried: the prefix sums of up to <see cref="SplitPoints"/> points are kept,
/// every second one is dropped when they are full. O(K) a choice, O(SplitPoints) a test, 8 K SplitPoints bytes, no matter how long no change comes.</para>
/// <para>For means that are constant between jumps. Where they drift, <see cref="DiscountedThompsonSampling"/> or <see cref="SlidingWindowUcb"/>.</para>
/// </remarks>
[Algorithm("GLR-klUCB", "Non-stationary", "L. Besson, E. Kaufmann, O.-A. Maillard, J. Seznec (2022), Efficient change-point detection for tackling piecewise-stationary bandits")]
public sealed record GlrKlUcb : IBanditPolicy
{
    /// <summary>The probability delta of a false alarm of an arm, in (0, 1). Default: 0.01, which is 1 / sqrt(T) for T = 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double FalseAlarmProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.01;

    /// <summary>The share alpha of rounds in which arms take turns, in [0, 1]. Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside [0, 1].</exception>
    public double Exploration { get; init => field = Require.InClosed(value, 0, 1); } = 0.05;

    /// <summary>Which arms forget when a change is found in one. Default: all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public RestartScope Scope { get; init => field = Require.Defined(value); } = RestartScope.Global;

    /// <summary>A test is made after so many rewards of an arm. Default: 10, the paper's simulation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int TestEvery { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The largest number of split points that are tried, at least 2. Default: 512.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 2.</exception>
    public int SplitPoints { get; init => field = Require.AtLeast(value, 2); } = 512;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc cref="IBanditPolicy.Start"/>
    public ChangeDetectingState Start(int arms, RandomKey key) => new State(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private struct Segment
    {
        public long Count, Start, Stride, Points;
        public double Sum;
    }

    private sealed class State : ChangeDetectingState
    {
        private readonly GlrKlUcb _policy;
        private readonly ArmArray<Segment> _segments;
        private readonly ArmArray<double> _prefixes;
        private long _restart;

        public State(GlrKlUcb policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _segments = PerArm<Segment>();
            _prefixes = PerArm<double>(policy.SplitPoints);
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _restart);
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            if (_policy.Exploration > 0)
            {
                // Floor(K / alpha) may not fit, and is then never reached.
                double period = Math.Floor(Arms / _policy.Exploration), phase = (Updates - _restart) % period;
                if (phase < Arms)
                    return (int)phase;
            }

            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
                best.Offer(arm, Value(arm, best.Value));
            return best.Place;
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Value(arm, double.NegativeInfinity);
        }

        protected override void Learn(int arm, double reward)
        {
            ref Segment segment = ref _segments[arm];
            Span<double> prefixes = _prefixes.Of(arm);
            if (segment.Count == 0)
                segment.Stride = 1;
            segment.Count++;
            segment.Sum += reward;
            if (segment.Count % segment.Stride == 0)
            {
                prefixes[(int)segment.Points++] = segment.Sum;
                if (segment.Points == prefixes.Length)
                {
                    for (int i = 0; i < prefixes.Length / 2; i++)
                        prefixes[i] = prefixes[(2 * i) + 1];
                    segment.Points /= 2;
                    segment.Stride *= 2;
                }
            }

            if (segment.Count % _policy.TestEvery != 0 || !HasChanged(segment, prefixes))
                return;
            Alarm(arm);
            if (_policy.Scope == RestartScope.Local)
            {
                segment = new Segment { Start = Updates + 1 };
                return;
            }

            _restart = Updates + 1;
            foreach (ref Segment other in _segments.Span)
                other = new Segment { Start = _restart };
        }

        protected override void Forget() => _restart = 0;

        private bool HasChanged(in Segment segment, ReadOnlySpan<double> prefixes)
        {
            double n = segment.Count, mean = Math.Min(1, segment.Sum / n);
            if (mean is <= 0 or >= 1)
                return false;
            double threshold = MixtureThreshold.Change(segment.Count, _policy.FalseAlarmProbability);

            // kl(p, q) <= (p - q)^2 / (q (1 - q)): below this, by more than rounding, the ratio needs no logarithms.
            double sure = threshold * mean * (1 - mean) * (1 - 1e-9);
            for (int i = 0; i < segment.Points; i++)
            {
                double s = (i + 1.0) * segment.Stride;
                if (s >= n)
                    break;
                double first = Math.Min(1, prefixes[i] / s), second = Math.Min(1, (segment.Sum - prefixes[i]) / (n - s)), step = first - second;
                if (s * (n - s) / n * step * step < sure)
                    continue;
                double ratio = (s * default(BernoulliDivergence).Between(first, mean)) + ((n - s) * default(BernoulliDivergence).Between(second, mean));
                if (ratio >= threshold)
                    return true;
            }

            return false;
        }

        private double Value(int arm, double level)
        {
            ref Segment segment = ref _segments[arm];
            if (segment.Count == 0)
                return double.PositiveInfinity;
            double log = Math.Log(Math.Max(1, Updates - segment.Start));
            double budget = (log + (log > 1 ? 3 * Math.Log(log) : 0)) / segment.Count, mean = Math.Min(1, segment.Sum / segment.Count);

            // An arm is passed over only if it misses the level by more than rounding.
            if (level > mean && level < 1 && default(BernoulliDivergence).Exceeds(mean, level, budget * (1 + 1e-9)))
                return double.NegativeInfinity;
            return default(BernoulliDivergence).UpperBound(mean, budget);
        }
    }
}
