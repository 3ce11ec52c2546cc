using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Learns to play last-switch-dependent arms whose payoffs are unknown: rounds of exploration play each arm after every rest that matters and in long runs; then <see cref="LastSwitchPlanner"/> plans with the
/// estimated payoffs, the plan is followed, and phases of doubled length refine it.
/// </summary>
/// <remarks>
/// <para>A. Foussoul, V. Goyal, O. Papadigenopoulos, A. Zeevi (2023), "Last switch dependent bandits with monotone payoff functions", ICML, for exploration followed by commitment to the plan; the phases and the order of exploration are
/// OptiCore's. Before phase p = 0, 1, ..., whose plan is followed for C 2^p rounds, whole cycles of exploration are played until they have taken c t^(2/3) of the t rounds that will have passed at its end. Regret against the plan for the true payoffs is of order
/// t^(2/3): that much exploration, and as much from estimates that are off by t^(-1/3).</para>
/// <para>A cycle has, for each arm in an order drawn from the key and for d = D, ..., 1, d rounds of the next arm and then N + 1 plays: K (D (D + 1) / 2 + D (N + 1)) rounds. Every reward counts for the estimate of its arm at the counter at which it was
/// played. Estimates are made monotone by isotonic regression (pooling of adjacent violators), weighted by their numbers; counters never met take the value of the next lower one. Every round
/// plays an arm; where rounds may pass without a play, add an arm that never pays.</para>
/// <para>O(K) a round; at the end of a phase a linear program and the evaluation of its plans, which allocate.</para>
/// </remarks>
[Algorithm("Explore then plan for last-switch-dependent bandits", "With memory", "A. Foussoul, V. Goyal, O. Papadigenopoulos, A. Zeevi (2023), Last switch dependent bandits with monotone payoff functions")]
public sealed record LastSwitchExploreThenCommit : IBanditPolicy
{
    /// <summary>The longest rest D that matters. Default: 4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int LongestRest { get; init => field = Require.Positive(value); } = 4;

    /// <summary>The longest run N of plays that matters. Default: 4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int LongestRun { get; init => field = Require.Positive(value); } = 4;

    /// <summary>The factor c of exploration, positive. Default: 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Exploration { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The rounds C for which the first plan is followed. Default: 500.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int FirstCommitment { get; init => field = Require.Positive(value); } = 500;

    /// <summary>The planner; its plans are made to play in every round. Default: the best of 64 plans.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public LastSwitchPlanner Planner { get; init => field = Require.NotNull(value); } = new();

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc cref="IBanditPolicy.Start"/>
    public LastSwitchLearner Start(int arms, RandomKey key) => new(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);
}

/// <summary>Exploration and planning for last-switch-dependent arms at work.</summary>
public sealed class LastSwitchLearner : BanditState
{
    private readonly LastSwitchExploreThenCommit _policy;
    private readonly LastSwitchPlanner _planner;
    private readonly ArmArray<double> _sums, _counts, _estimates;
    private readonly ArmArray<int> _counters, _order;
    private readonly LastSwitchPlan _plan;
    private readonly int _block;
    private long _position, _explored, _phase;
    private bool _isExploring;

    internal LastSwitchLearner(LastSwitchExploreThenCommit policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _policy = policy;
        _planner = policy.Planner with { MustPlay = true };
        int rest = policy.LongestRest, states = checked(rest + policy.LongestRun);
        _block = checked((rest * (rest + 1) / 2) + (rest * (policy.LongestRun + 1)));
        _sums = PerArm<double>(states);
        _counts = PerArm<double>(states);
        _estimates = PerArm<double>(states, isSaved: false);
        _counters = PerArm<int>();
        _order = PerArm<int>();
        _plan = new LastSwitchPlan(arms, rest, policy.LongestRun);
        Forget();
    }

    /// <inheritdoc/>
    public override bool CanChangeArms => false;

    /// <inheritdoc/>
    public override bool CanMerge => false;

    /// <summary>Whether the present round explores; otherwise it follows <see cref="Plan"/>.</summary>
    public bool IsExploring => _isExploring;

    /// <summary>The plan of the present phase; before the end of the first exploration it plays no arm.</summary>
    public LastSwitchPlan Plan => _plan;

    /// <summary>The number of rewards of an arm at a counter.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="counter">The counter, not 0.</param>
    public long Count(int arm, int counter) => (long)_counts.Of(arm)[Index(counter)];

    /// <summary>The mean reward of an arm at a counter; 0 where there was none.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="counter">The counter, not 0.</param>
    public double Mean(int arm, int counter) => Count(arm, counter) == 0 ? 0 : _sums.Of(arm)[Index(counter)] / _counts.Of(arm)[Index(counter)];

    private long CycleLength => (long)Arms * _block;

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_plan);
        archive.Transfer(ref _position);
        archive.Transfer(ref _explored);
        archive.Transfer(ref _phase);
        archive.Transfer(ref _isExploring);
    }

    /// <inheritdoc/>
    protected override int Select(long round)
    {
        int unplayed = Unplayed(round);
        if (unplayed >= 0)
            return unplayed;
        long position = _position + Math.Max(0, round - Updates);
        return _isExploring ? Explore(position % CycleLength) : _plan.Arm(position);
    }

    /// <inheritdoc/>
    protected override void Score(Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : Count(arm, _counters[arm]) == 0 ? Means[arm] : Mean(arm, _counters[arm]);
    }

    /// <inheritdoc/>
    protected override void Learn(int arm, double reward)
    {
        int index = Index(_counters[arm]);
        _sums.Of(arm)[index] += reward;
        _counts.Of(arm)[index]++;
        for (int other = 0; other < Arms; other++)
            _counters[other] = LastSwitchPayoffs.Next(_counters[other], other == arm, _policy.LongestRest, _policy.LongestRun);

        // The first play of every arm comes before the first cycle.
        if (Updates < Arms)
            return;
        _position++;
        if (_isExploring && _position == CycleLength)
        {
            _explored += CycleLength;
            NextCycle();
        }
        else if (!_isExploring && _position == Commitment)
        {
            _phase++;
            NextCycle();
        }
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        _counters.Span.Fill(_policy.LongestRest);
        _plan.Clear();
        (_position, _explored, _phase, _isExploring) = (0, 0, 0, true);
        Shuffle();
    }

    private double Commitment => _policy.FirstCommitment * Math.Pow(2, _phase);

    private int Index(int counter) => LastSwitchPayoffs.Index(counter, _policy.LongestRest, _policy.LongestRun);

    /// <summary>Another cycle of exploration, or a plan if there were enough.</summary>
    private void NextCycle()
    {
        _position = 0;
        _isExploring = _explored < _policy.Exploration * Math.Pow(Updates + 1 + Commitment, 2.0 / 3);
        if (_isExploring)
            Shuffle();
        else
            _plan.CopyFrom(_planner.Plan(Estimate(), Key.Fold("plan").Fold(_phase)));
    }

    private int Explore(long position)
    {
        int place = (int)(position / _block), step = (int)(position % _block), rest = _policy.LongestRest;
        for (; step >= rest + _policy.LongestRun + 1; rest--)
            step -= rest + _policy.LongestRun + 1;
        return _order[step < rest ? (place + 1) % Arms : place];
    }

    private void Shuffle()
    {
        RandomStream stream = Key.Fold("order").Fold(_explored).Stream();
        for (int i = 0; i < Arms; i++)
        {
            int j = (int)(stream.NextDouble() * (i + 1));
            _order[i] = _order[j];
            _order[j] = i;
        }
    }

    /// <summary>Isotonic regression of the mean rewards of each arm, by pooling adjacent violators.</summary>
    private LastSwitchPayoffs Estimate()
    {
        int states = _policy.LongestRest + _policy.LongestRun;
        double[] level = new double[states], weight = new double[states];
        int[] end = new int[states];
        for (int arm = 0; arm < Arms; arm++)
        {
            int blocks = 0;
            ReadOnlySpan<double> sums = _sums.Of(arm), counts = _counts.Of(arm);
            for (int i = 0; i < states; i++)
            {
                if (counts[i] == 0)
                    continue;
                (level[blocks], weight[blocks], end[blocks]) = (sums[i] / counts[i], counts[i], i);
                for (blocks++; blocks > 1 && level[blocks - 2] >= level[blocks - 1]; blocks--)
                {
                    double both = weight[blocks - 2] + weight[blocks - 1];
                    level[blocks - 2] = ((weight[blocks - 2] * level[blocks - 2]) + (weight[blocks - 1] * level[blocks - 1])) / both;
                    (weight[blocks - 2], end[blocks - 2]) = (both, end[blocks - 1]);
                }
            }

            // A counter that was never met takes the level below it, or the lowest.
            Span<double> estimates = _estimates.Of(arm);
            for (int i = 0, block = 0; i < states; i++)
            {
                while (block < blocks - 1 && i > end[block] && Reaches(counts, end[block] + 1, i))
                    block++;
                estimates[i] = blocks == 0 ? 0 : level[block];
            }
        }

        return new LastSwitchPayoffs(_policy.LongestRest, _policy.LongestRun, _estimates.Span);

        // Whether a counter from first to last was met: the next block has begun.
        static bool Reaches(ReadOnlySpan<double> counts, int first, int last) => counts[first..(last + 1)].ContainsAnyExcept(0.0);
    }
}
