namespace OptiCore.RL;

/// <summary>Plays a policy in an ensemble, from states of a memory on, and remembers what it imagines.</summary>
internal sealed class Imagination
{
    private const int BlockRows = 1024;

    private readonly Mbpo _options;
    private readonly DynamicsEnsemble _model;
    private readonly int _inputs, _length;
    private readonly ReplayBatch<float, float> _starts;
    private readonly float[] _states, _actions, _next, _rewards;
    private readonly double[] _earned;
    private readonly bool[] _ended, _cut;
    private readonly int[] _members, _elite;
    private readonly double[] _errors;

    public Imagination(Mbpo options, DynamicsEnsemble model)
    {
        (_options, _model, _inputs, _length) = (options, model, model.ObservationLength, model.ActionLength);
        _starts = new ReplayBatch<float, float>(BlockRows, _inputs, _length);
        (_states, _next, _actions) = (new float[BlockRows * _inputs], new float[BlockRows * _inputs], new float[BlockRows * _length]);
        (_rewards, _earned, _ended, _cut) = (new float[BlockRows], new double[BlockRows], new bool[BlockRows], new bool[BlockRows]);
        (_members, _elite, _errors) = (new int[BlockRows], new int[model.Members], new double[model.Members]);
        Array.Fill(_cut, true);
    }

    /// <summary>Plays a number of trajectories of a length.</summary>
    public void Play(SacState policy, ReplayBuffer<float, float> real, ReplayBuffer<float, float> imagined, long trajectories, int steps, RandomKey key)
    {
        // Where nothing was held out all errors are NaN and the order stays.
        for (int m = 0; m < _elite.Length; m++)
            (_elite[m], _errors[m]) = (m, _model.HoldoutErrors[m]);
        if (!double.IsNaN(_errors[0]))
            Array.Sort(_errors, _elite);
        for (int block = 0; trajectories > 0; block++)
        {
            int rows = (int)Math.Min(trajectories, BlockRows);
            PlayBlock(policy, real, imagined, rows, steps, key.Fold(block));
            trajectories -= rows;
        }
    }

    private void PlayBlock(SacState policy, ReplayBuffer<float, float> real, ReplayBuffer<float, float> imagined, int rows, int steps, RandomKey key)
    {
        real.Sample(key.Fold("starts"), _starts);
        _starts.Observations.CopyTo(_states, 0);
        for (int t = 0; t < steps && rows > 0; t++)
        {
            RandomKey step = key.Fold(t);
            Span<float> states = _states.AsSpan(0, rows * _inputs), actions = _actions.AsSpan(0, rows * _length), next = _next.AsSpan(0, rows * _inputs), rewards = _rewards.AsSpan(0, rows);
            Span<bool> ended = _ended.AsSpan(0, rows);
            policy.SampleActions(states, step.Fold("actions"), actions);
            RandomStream stream = step.Fold("networks").Stream();
            for (int i = 0; i < rows; i++)
                _members[i] = _elite[Draw.Below(ref stream, _options.Elites)];
            _model.Sample(states, actions, _members.AsSpan(0, rows), step.Fold("successors"), next, _model.PredictsRewards ? rewards : []);
            _options.Rewards?.Invoke(states, actions, next, rewards);
            ended.Clear();
            _options.Ends?.Invoke(states, actions, next, ended);
            for (int i = 0; i < rows; i++)
                _earned[i] = rewards[i];
            imagined.Add(new Transition<float, float>
            {
                Observations = states,
                Actions = actions,
                Rewards = _earned.AsSpan(0, rows),
                Terminated = ended,
                Truncated = _cut.AsSpan(0, rows),
                NextObservations = next,
            });
            rows = GoOn(ended);
        }
    }

    /// <summary>The successors of those that haven't ended become the states.</summary>
    private int GoOn(ReadOnlySpan<bool> ended)
    {
        int alive = 0;
        for (int i = 0; i < ended.Length; i++)
        {
            if (!ended[i])
                _next.AsSpan(i * _inputs, _inputs).CopyTo(_states.AsSpan(alive++ * _inputs));
        }

        return alive;
    }
}
