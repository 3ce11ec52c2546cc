namespace OptiCore.RL;

/// <summary>Which network moves a particle.</summary>
public enum TrajectorySampling
{
    /// <summary>TS1: another network, drawn uniformly, at every step.</summary>
    EveryStep,

    /// <summary>TS-infinity: one network for the whole sequence; particle p belongs to network p mod B.</summary>
    Whole,
}

/// <summary>The rewards of transitions.</summary>
/// <param name="observations">What was observed before, one row each.</param>
/// <param name="actions">What was done, one row each.</param>
/// <param name="nextObservations">What was observed after, one row each.</param>
/// <param name="rewards">Receives as many rewards.</param>
public delegate void TransitionReward(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, ReadOnlySpan<float> nextObservations, Span<float> rewards);

/// <summary>What sequences of actions are worth by an ensemble: the mean over particles of the sum of rewards along sampled trajectories.</summary>
internal sealed class TrajectorySampler
{
    private readonly DynamicsEnsemble _model;
    private readonly TransitionReward? _rewards;
    private readonly TrajectorySampling _sampling;
    private readonly int _particles, _horizon, _population, _inputs, _length;
    private readonly float[] _start, _actions, _stepRewards;
    private readonly int[] _members;
    private float[] _states, _next;

    public TrajectorySampler(DynamicsEnsemble model, TransitionReward? rewards, TrajectorySampling sampling, int particles, CrossEntropyPlanner planner)
    {
        (_model, _rewards, _sampling, _particles) = (model, rewards, sampling, particles);
        (_horizon, _population, _inputs, _length) = (planner.Horizon, planner.Population, model.ObservationLength, model.ActionLength);
        int rows = checked(_population * particles);
        (_start, _actions, _stepRewards, _members) = (new float[_inputs], new float[rows * _length], new float[rows], new int[rows]);
        (_states, _next) = (new float[rows * _inputs], new float[rows * _inputs]);
        for (int row = 0; row < rows; row++)
            _members[row] = row % particles % model.Members;
        Evaluate = Returns;
    }

    /// <summary>The values of sequences from <see cref="Start"/> on.</summary>
    public PlanReturns Evaluate { get; }

    /// <summary>Where trajectories begin.</summary>
    public Span<float> Start => _start;

    private void Returns(ReadOnlySpan<float> plans, RandomKey key, Span<double> returns)
    {
        int rows = _members.Length;
        for (int row = 0; row < rows; row++)
            _start.CopyTo(_states, row * _inputs);
        returns.Clear();
        for (int t = 0; t < _horizon; t++)
        {
            RandomKey step = key.Fold(t);
            for (int row = 0; row < rows; row++)
                plans.Slice((((row / _particles) * _horizon) + t) * _length, _length).CopyTo(_actions.AsSpan(row * _length));
            if (_sampling == TrajectorySampling.EveryStep)
            {
                RandomStream stream = step.Fold("networks").Stream();
                foreach (ref int member in _members.AsSpan())
                    member = Draw.Below(ref stream, _model.Members);
            }

            _model.Sample(_states, _actions, _members, step, _next, _model.PredictsRewards ? _stepRewards : []);
            _rewards?.Invoke(_states, _actions, _next, _stepRewards);
            for (int row = 0; row < rows; row++)
                returns[row / _particles] += (double)_stepRewards[row] / _particles;
            (_states, _next) = (_next, _states);
        }
    }
}
