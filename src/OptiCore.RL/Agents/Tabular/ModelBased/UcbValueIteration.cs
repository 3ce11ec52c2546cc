using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>How <see cref="UcbValueIteration"/> measures what it doesn't know.</summary>
public enum UcbBonus
{
    /// <summary>b = 7 H L / sqrt(n), of Hoeffding's inequality: the same for every step of an episode.</summary>
    Hoeffding,

    /// <summary>
    /// b = sqrt(8 L Var V_{h+1} / n) + 14 H L / (3 n) + sqrt(8 / n sum_s' p(s') min(100^2 H^3 S^2 A L^2 / n_{h+1}(s'), H^2)), of Bernstein's and Freedman's inequalities: smaller where the value of what follows varies
    /// little. n_h(s) counts the visits of s at step h; the last square root is 0 at the last step.
    /// </summary>
    Bernstein,
}

/// <summary>
/// UCB-VI: explores by optimism. Before each episode it plans backwards in the model that it has counted, with a bonus for what it has seen seldom: Q_h(s, a) = min(Q_h of the episode before, H, r + b_h(s, a) + sum_s' p(s') V_{h+1}(s')),
/// and plays the greedy actions; an action never tried is worth H.
/// </summary>
/// <remarks>
/// <para>M. G. Azar, I. Osband, R. Munos (2017), "Minimax regret bounds for reinforcement learning": for episodes of H steps and rewards of [0, 1], with L = ln(5 S A T / delta), the regret over T steps is, with
/// probability 1 - delta, of the order H sqrt(S A T) with the first bonus and sqrt(H S A T) with the second, the least possible. Rewards of [0, <see cref="RewardRange"/>] scale H in all of it. The paper takes rewards for
/// known; here they are the means of what was seen, an expected reward being covered by the bonus all the same. Its constants are cautious: with <see cref="BonusScale"/> 1 the bonus stays at the cap for thousands
/// of visits, and a hundredth of it explores well in practice, without the guarantee.</para>
/// <para>The end of a task is a successor worth 0. Environments share all counts; a plan is made when one of them begins an episode, and serves all of them. Where episodes of the environment are longer than H, a new one begins for the
/// agent after H steps; where they are truncated earlier, what was seen counts and nothing else changes. <see cref="TabularAgentState.ActionValues"/>, and the policies taken from it, are those of the first step in
/// the counted model without bonus, H steps ahead.</para>
/// <para>Memory is 2 H numbers for each pair, 2 H for each state and six for each outcome seen; a plan costs O(H (pairs + outcomes seen)).</para>
/// </remarks>
[Algorithm("UCB-VI", "Tabular", "M. G. Azar, I. Osband, R. Munos (2017), Minimax regret bounds for reinforcement learning", Capabilities = "discrete observations and actions; model-based; episodes of fixed length; Hoeffding or Bernstein bonus")]
public sealed record UcbValueIteration : IAgent<int, int>
{
    /// <summary>The number of steps H of an episode. Default: 20.</summary>
    public int Horizon { get; init => field = Require.Positive(value); } = 20;

    /// <summary>The discount gamma of [0, 1] within an episode; 1 is the paper's. Default: 1.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 1;

    /// <summary>The bonus. Default: <see cref="UcbBonus.Bernstein"/>.</summary>
    public UcbBonus Bonus { get; init => field = Require.Defined(value); } = UcbBonus.Bernstein;

    /// <summary>The factor of the bonus; 1 is the paper's. Default: 1.</summary>
    public double BonusScale { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The largest reward; the smallest is 0. Default: 1.</summary>
    public double RewardRange { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The probability delta of (0, 1) with which the bound may fail. Default: 0.05.</summary>
    public double FailureProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>The number of transitions T that the bound is for. Default: 1,000,000.</summary>
    public long TotalSteps { get; init => field = Require.Positive(value); } = 1_000_000;

    /// <inheritdoc/>
    public AgentState<int, int> Start(AgentSetup<int, int> setup) => new UcbValueIterationState(this, setup);
}

/// <summary>The counts and the optimistic plan of UCB-VI.</summary>
public sealed class UcbValueIterationState : TabularAgentState
{
    private readonly UcbValueIteration _options;
    private readonly EpisodeSteps _steps;
    private readonly double[] _optimistic;
    private readonly long[] _stepVisits;
    private readonly double[] _next;
    private readonly double[] _value;
    private readonly double _log;
    private long _observed;
    private long _planned = -1;

    internal UcbValueIterationState(UcbValueIteration options, AgentSetup<int, int> setup)
        : base(setup, 0, 0)
    {
        _options = options;
        _steps = new EpisodeSteps(setup.Count, options.Horizon);
        Model = new EmpiricalModel(StateCount, ActionCount);
        _optimistic = new double[checked(options.Horizon * Values.Length)];
        _optimistic.AsSpan().Fill(Cap);
        _stepVisits = new long[checked((options.Horizon + 1) * StateCount)];
        _next = new double[StateCount];
        _value = new double[StateCount];
        _log = Math.Log(5.0 * StateCount * ActionCount * options.TotalSteps / options.FailureProbability);
    }

    /// <summary>What was counted. To be read only.</summary>
    public EmpiricalModel Model { get; }

    /// <summary>The optimistic Q_h(s, a) of the latest plan: row-major by step, state and action.</summary>
    public ReadOnlySpan<double> OptimisticValues => _optimistic;

    private double Cap => _options.Horizon * _options.RewardRange;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<int> observations, long steps, Span<int> actions)
    {
        bool begins = false;
        for (int i = 0; i < observations.Length; i++)
            begins |= _steps[i] == 0;
        if (begins && _planned != _observed)
        {
            Plan();
            Exploit();
            _planned = _observed;
        }

        RandomStream stream = NextStream();
        for (int i = 0; i < observations.Length; i++)
            actions[i] = ActionNumber(Tabular.Greedy(Optimistic(_steps[i], StateOf(observations[i])), stream.NextUInt64()));
    }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<int, int> transition)
    {
        for (int i = 0; i < transition.Actions.Length; i++)
        {
            int state = StateOf(transition.Observations[i]);
            Model.Add(state, ActionOf(transition.Actions[i]), transition.Rewards[i], StateOf(transition.NextObservations[i]), transition.Terminated[i]);
            Counts[Pair(transition.Observations[i], transition.Actions[i])]++;
            _stepVisits[(_steps[i] * StateCount) + state]++;
            _steps.Advance(i, transition.Terminated[i] || transition.Truncated[i]);
        }

        _observed += transition.Actions.Length;
        return AgentAdvance.Continue;
    }

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(Model);
        archive.Transfer(_steps);
        archive.Transfer<double>(_optimistic);
        archive.Transfer<long>(_stepVisits);
        archive.Transfer(ref _observed);
        archive.Transfer(ref _planned);
    }

    private Span<double> Optimistic(int step, int state) => _optimistic.AsSpan(((step * StateCount) + state) * ActionCount, ActionCount);

    private void Plan()
    {
        Array.Clear(_next);
        for (int step = _options.Horizon - 1; step >= 0; step--)
        {
            for (int state = 0; state < StateCount; state++)
            {
                Span<double> row = Optimistic(step, state);
                for (int action = 0; action < row.Length; action++)
                {
                    int pair = (state * ActionCount) + action;
                    if (Counts[pair] == 0)
                        continue;
                    double mean = Model.MeanNext(pair, _next);
                    double value = Model.MeanReward(pair) + (_options.Discount * mean) + (_options.BonusScale * Bonus(step, pair, mean));
                    row[action] = Math.Min(row[action], Math.Min(Cap, value));
                }

                _value[state] = Tabular.Max(row);
            }

            _value.CopyTo(_next, 0);
        }
    }

    private double Bonus(int step, int pair, double mean)
    {
        double visits = Counts[pair], horizon = Cap;
        if (_options.Bonus == UcbBonus.Hoeffding)
            return 7 * horizon * _log / Math.Sqrt(visits);

        // V_{h+1} is 0 at the end of the task.
        double variance = 0, correction = 0;
        double steps = _options.Horizon, few = 1e4 * steps * steps * horizon * _log * _log * StateCount * StateCount * ActionCount * _options.RewardRange;
        for (int entry = Model.First(pair); entry >= 0; entry = Model.Next(entry))
        {
            double probability = Model.Probability(entry), next = Model.IsEnd(entry) ? 0 : _next[Model.NextState(entry)];
            variance += probability * (next - mean) * (next - mean);
            if (!Model.IsEnd(entry) && step + 1 < _options.Horizon)
            {
                long seen = _stepVisits[((step + 1) * StateCount) + Model.NextState(entry)];
                correction += probability * Math.Min(few / seen, horizon * horizon);
            }
        }

        return Math.Sqrt(8 * _log * variance / visits) + (14 * horizon * _log / (3 * visits)) + Math.Sqrt(8 * correction / visits);
    }

    /// <summary>The values of the first step in the counted model without bonus.</summary>
    private void Exploit()
    {
        Array.Clear(_next);
        for (int step = _options.Horizon - 1; step >= 0; step--)
        {
            for (int pair = 0; pair < Values.Length; pair++)
                Values[pair] = Counts[pair] == 0 ? 0 : Model.MeanReward(pair) + (_options.Discount * Model.MeanNext(pair, _next));
            for (int state = 0; state < StateCount; state++)
                _next[state] = Tabular.Max(Row(state));
        }
    }
}
