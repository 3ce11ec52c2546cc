using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// SWA, sliding-window average, for rewards that rot: every arm M times in turn, then the arm with the largest mean of its last M rewards. With the doubling wrapper (wSWA) it begins again in rounds
/// 2, 4, 8, ..., for horizons T = 2, 4, 8, ...; M = ceil(alpha (4 sigma T / K)^(2/3) ln(sqrt(2) T)^(1/3)).
/// </summary>
/// <remarks>
/// <para>N. Levine, K. Crammer, S. Mannor (2017), "Rotting bandits", NIPS. For rested rotting bandits with non-negative falling means the regret is O(K^(1/3) T^(2/3) ln(T)^(1/3)) in both forms.</para>
/// <para>O(K) a choice, 8 K M bytes for the largest M. <see cref="RawUcb"/> has a regret of O(sqrt(K T ln T)) without a horizon.</para>
/// </remarks>
[Algorithm("Sliding-window average (wSWA)", "Rotting", "N. Levine, K. Crammer, S. Mannor (2017), Rotting bandits")]
public sealed record SlidingWindowAverage : IBanditPolicy
{
    /// <summary>The number T of rounds, for which memory is taken; later rounds keep the last window. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Horizon { get; init => field = Require.Positive(value); } = 10_000;

    /// <summary>Whether horizons double (wSWA) instead of being <see cref="Horizon"/> from the beginning (SWA). Default: true.</summary>
    public bool IsDoubling { get; init; } = true;

    /// <summary>The factor alpha of the window. Default: 0.2, the paper's simulations.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 0.2;

    /// <summary>The standard deviation sigma of rewards. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double StandardDeviation { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    /// <summary>The window M.</summary>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="horizon">The number T of rounds, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    public int Window(int arms, long horizon)
    {
        double scale = 4 * StandardDeviation * Require.Positive(horizon, nameof(horizon)) / Require.Positive(arms, nameof(arms));
        return Math.Max(1, checked((int)Math.Ceiling(Alpha * Math.Cbrt(scale * scale * Math.Log(Math.Sqrt(2) * horizon)))));
    }

    private sealed class State : BanditState
    {
        private readonly SlidingWindowAverage _policy;
        private readonly ArmArray<double> _rewards, _windowMeans;
        private readonly ArmArray<long> _plays;
        private readonly int _capacity;
        private long _horizon;
        private int _window;

        public State(SlidingWindowAverage policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;

            // Arms may go until one is left, whose window is the largest.
            _capacity = policy.Window(1, policy.Horizon);
            _rewards = PerArm<double>(_capacity);
            _windowMeans = PerArm<double>();
            _plays = PerArm<long>();
            Forget();
        }

        public override bool CanMerge => false;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _horizon);
            archive.Transfer(ref _window);
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            int fewest = 0, best = 0;
            for (int arm = 1; arm < Arms; arm++)
            {
                if (_plays[arm] < _plays[fewest])
                    fewest = arm;

                // Windows of 0 and 1 are often equal: the mean of all rewards decides.
                if (_windowMeans[arm] > _windowMeans[best] || (_windowMeans[arm] == _windowMeans[best] && Means[arm] > Means[best]))
                    best = arm;
            }

            return _plays[fewest] < _window ? fewest : best;
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = _plays[arm] < _window ? double.PositiveInfinity : _windowMeans[arm];
        }

        protected override void Learn(int arm, double reward)
        {
            Span<double> rewards = _rewards.Of(arm);
            rewards[(int)(_plays[arm]++ % _window)] = reward;
            if (_plays[arm] >= _window)
            {
                double sum = 0;
                foreach (double value in rewards[.._window])
                    sum += value;
                _windowMeans[arm] = sum / _window;
            }

            if (_policy.IsDoubling && Updates + 1 == _horizon && _horizon < _policy.Horizon)
                Begin(2 * _horizon);
        }

        protected override void Forget() => Begin(_policy.IsDoubling ? 2 : _policy.Horizon);

        private void Begin(long horizon)
        {
            _horizon = horizon;
            _window = Math.Min(_capacity, _policy.Window(Arms, Math.Min(horizon, _policy.Horizon)));
            _plays.Span.Clear();
            _windowMeans.Span.Clear();
        }
    }
}
