using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Prioritised sweeping: learns a model by counting and, after each transition, backs up states in it exactly, V(s) = max_a (r(s, a) + gamma sum_s' p(s' | s, a) V(s')), the one first whose value is likely to change most. A
/// state whose value changed by D gives its predecessors s'' the priority p(s | s'', a) D.
/// </summary>
/// <remarks>
/// <para>A. W. Moore, C. G. Atkeson (1993), "Prioritized sweeping: reinforcement learning with less data and less time". The state of a new transition always comes first; at most <see cref="Backups"/> states are backed up for
/// each transition, and the queue is kept for the next one. There is no learning rate: the values are those of the model that the counts make the most likely one. Exploration is epsilon-greedy, or the paper's
/// optimism: a pair tried fewer than <see cref="KnownAfter"/> times counts as worth <see cref="OptimisticValue"/>, which plans ways to what is unknown.</para>
/// <para>Of equal priorities the state of the smallest number comes first. Memory is six numbers for each state, four for each pair and six for each outcome seen; a step costs O(backups (outcomes of a state + predecessors)).</para>
/// </remarks>
[Algorithm("Prioritised sweeping", "Tabular", "A. W. Moore, C. G. Atkeson (1993), Prioritized sweeping: reinforcement learning with less data and less time", Capabilities = "discrete observations and actions; model-based")]
public sealed record PrioritizedSweeping : IAgent<int, int>
{
    /// <summary>The discount gamma of [0, 1]. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>The largest number of states backed up for each transition. Default: 10.</summary>
    public int Backups { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The priority that isn't worth a backup. Default: 1e-6.</summary>
    public double Threshold { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The number of visits from which on a pair counts as known; below it is worth <see cref="OptimisticValue"/>. Default: 0, no optimism.</summary>
    public int KnownAfter { get; init => field = Require.NonNegative(value); }

    /// <summary>The value of an unknown pair: the largest reward over 1 - gamma, to be sure. Default: 0.</summary>
    public double OptimisticValue { get; init => field = Require.Finite(value); }

    /// <summary>The probability epsilon of a uniformly random action, by the number of transitions. Default: a line from 1 to 0.05 in 100,000 transitions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability at the beginning is outside [0, 1].</exception>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public Schedule Exploration { get; init => field = Tabular.Probabilities(value); } = Schedule.Linear(1, 0.05, 100_000);

    /// <summary>The value of a pair that was never tried, where it isn't optimistic. Default: 0.</summary>
    public double InitialValue { get; init => field = Require.Finite(value); }

    /// <inheritdoc/>
    public AgentState<int, int> Start(AgentSetup<int, int> setup) => new PrioritizedSweepingState(this, setup);
}

/// <summary>The values and the learnt model of prioritised sweeping.</summary>
public sealed class PrioritizedSweepingState : TabularAgentState
{
    private readonly PrioritizedSweeping _options;
    private readonly double[] _stateValues;
    private readonly PriorityHeap _queue;

    internal PrioritizedSweepingState(PrioritizedSweeping options, AgentSetup<int, int> setup)
        : base(setup, options.Exploration, options.KnownAfter > 0 ? options.OptimisticValue : options.InitialValue)
    {
        _options = options;
        Model = new EmpiricalModel(StateCount, ActionCount);
        _stateValues = new double[StateCount];
        _stateValues.AsSpan().Fill(Values[0]);
        _queue = new PriorityHeap(StateCount);
    }

    /// <summary>What was counted. To be read only.</summary>
    public EmpiricalModel Model { get; }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<int, int> transition)
    {
        bool finite = true;
        for (int i = 0; i < transition.Actions.Length; i++)
        {
            int state = StateOf(transition.Observations[i]);
            Model.Add(state, ActionOf(transition.Actions[i]), transition.Rewards[i], StateOf(transition.NextObservations[i]), transition.Terminated[i]);
            Counts[Pair(transition.Observations[i], transition.Actions[i])]++;
            _queue.Raise(state, double.PositiveInfinity);
            for (int backup = 0; backup < _options.Backups && _queue.Count > 0; backup++)
                finite &= BackUp(_queue.Pop());
        }

        return Advance(finite);
    }

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(Model);
        archive.Transfer<double>(_stateValues);
        archive.Transfer(_queue);
    }

    private bool BackUp(int state)
    {
        for (int pair = state * ActionCount; pair < (state + 1) * ActionCount; pair++)
        {
            if (Counts[pair] > 0 && Counts[pair] >= _options.KnownAfter)
                Values[pair] = Model.MeanReward(pair) + (_options.Discount * Model.MeanNext(pair, _stateValues));
        }

        double value = Tabular.Max(Row(state)), change = Math.Abs(value - _stateValues[state]);
        _stateValues[state] = value;
        if (change > 0)
        {
            for (int entry = Model.FirstPredecessor(state); entry >= 0; entry = Model.NextPredecessor(entry))
            {
                double priority = Model.Probability(entry) * change;
                if (priority > _options.Threshold)
                    _queue.Raise(Model.PairOf(entry) / ActionCount, priority);
            }
        }

        return double.IsFinite(value);
    }
}
