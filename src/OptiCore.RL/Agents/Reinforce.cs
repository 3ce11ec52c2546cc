using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>What REINFORCE subtracts from returns to reduce the variance of its gradient.</summary>
public enum ReinforceBaseline
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The mean return of the batch at the same time step, over the episodes that lasted so long.</summary>
    MeanReturn,

    /// <summary>
    /// A state-value function, linear in the state's elements and their squares and fitted to the batch before by least squares. Truncated episodes bootstrap from it; without it
    /// a time limit counts as a part of the task.
    /// </summary>
    Value,
}

/// <summary>
/// REINFORCE: ascends the policy gradient E[sum_t (G_t - b_t) grad log pi(a_t | s_t)] with complete episodes, one for each environment, where
/// G_t = sum_{k >= t} gamma^(k - t) r_k and b is the baseline. Steps are Adam's.
/// </summary>
/// <remarks>
/// <para>R. J. Williams (1992), "Simple statistical gradient-following algorithms for connectionist reinforcement learning", Machine Learning 8. As is usual, the
/// factor gamma^t of the exact discounted gradient is left out. Bootstrapping at time limits follows F. Pardo, A. Tavakoli, V. Levdik, P. Kormushev (2018), "Time limits in
/// reinforcement learning".</para>
/// <para>The policy is a softmax of a linear map or of a network with one hidden tanh layer over <see cref="Box"/> observations; actions are <see cref="Discrete"/>. An environment that finishes
/// its episode early plays on without being recorded until all have finished; then one update is made and all begin anew. A transition costs one pass through the
/// network forward when it is played and one forward and backward when it is learnt from. The simplest policy gradient: prefer an actor-critic where episodes are long or rewards rare.</para>
/// </remarks>
[Algorithm("REINFORCE", "Policy gradient", "R. J. Williams (1992), Simple statistical gradient-following algorithms for connectionist reinforcement learning", Capabilities = "Box observations, discrete actions; on-policy")]
public sealed record Reinforce : IAgent<float, int>
{
    /// <summary>The discount gamma of [0, 1]. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>Adam's learning rate. Default: 0.02.</summary>
    public double LearningRate { get; init => field = Require.Positive(value); } = 0.02;

    /// <summary>The number of hidden tanh units; 0 makes the policy linear in the observation. Default: 0.</summary>
    public int HiddenUnits { get; init => field = Require.NonNegative(value); }

    /// <summary>What is subtracted from returns. Default: a state-value function.</summary>
    public ReinforceBaseline Baseline { get; init => field = Require.Defined(value); } = ReinforceBaseline.Value;

    /// <summary>Whether an action is credited with the rewards from it on (the default) or, as in the original, with those of the whole episode.</summary>
    public bool RewardToGo { get; init; } = true;

    /// <summary>Whether a batch's advantages are shifted and scaled to mean 0 and deviation 1. Default: yes.</summary>
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>The weight of the policy's entropy in the objective, which keeps it from settling early. Default: 0.</summary>
    public double EntropyBonus { get; init => field = Require.NonNegative(value); }

    /// <summary>The longest part of an episode that is learnt from; what is longer is cut there like a truncated episode. Default: 10,000.</summary>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 10_000;

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup)
    {
        if (setup.ActionSpace is not Discrete actions)
            throw new ArgumentException($"REINFORCE needs Discrete actions, not {setup.ActionSpace}.", nameof(setup));
        return new ReinforceState(this, setup.ObservationSpace.Length, actions, setup.Count, setup.Key);
    }
}

/// <summary>The policy, the baseline and the batch of a REINFORCE agent.</summary>
public sealed class ReinforceState : AgentState<float, int>
{
    private const int InitialCapacity = 128;

    private readonly Reinforce _options;
    private readonly Discrete _actions;
    private readonly int _count;
    private readonly int _inputs;
    private readonly RandomKey _key;
    private readonly Perceptron _network;
    private readonly AdamUpdate _adam;
    private readonly LinearValue _value;
    private readonly float[] _parameters;
    private readonly float[] _kept;
    private readonly float[] _gradient;
    private readonly float[] _activations;
    private readonly float[] _outputs;

    // The batch, time-major: step t of environment i is entry t * count + i.
    private readonly int[] _lengths;
    private readonly bool[] _finished;
    private readonly double[] _tails;
    private float[] _batchObservations;
    private int[] _batchActions;
    private double[] _batchReturns;
    private int _time;
    private int _unfinished;
    private long _explored;
    private long _updates;

    internal ReinforceState(Reinforce options, int inputs, Discrete actions, int count, RandomKey key)
    {
        _options = options;
        _actions = actions;
        _count = count;
        _inputs = inputs;
        _key = key.Fold("exploration");
        _network = new Perceptron(inputs, options.HiddenUnits, actions.N);
        _adam = new AdamUpdate(_network.Parameters, options.LearningRate);
        _value = new LinearValue(inputs);
        _parameters = new float[_network.Parameters];
        _network.Initialize(key.Fold("parameters"), _parameters);
        _kept = [.. _parameters];
        _gradient = new float[_parameters.Length];
        _activations = new float[options.HiddenUnits];
        _outputs = new float[actions.N];
        _lengths = new int[count];
        _finished = new bool[count];
        _tails = new double[count];
        _batchObservations = new float[InitialCapacity * count * inputs];
        _batchActions = new int[InitialCapacity * count];
        _batchReturns = new double[InitialCapacity * count];
        _unfinished = count;
    }

    /// <summary>The number of updates of the policy so far.</summary>
    public long Updates => _updates;

    /// <summary>The policy's parameters: hidden weights by unit, hidden biases, output weights by action, output biases.</summary>
    public ReadOnlySpan<float> Parameters => _parameters;

    /// <summary>The baseline's estimate of the discounted return from a state on; 0 unless <see cref="Reinforce.Baseline"/> is a value function.</summary>
    /// <param name="observation">One observation.</param>
    public double Value(ReadOnlySpan<float> observation)
    {
        Require.Length(observation.Length, _inputs, nameof(observation));
        return _value.Value(observation);
    }

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<int> actions)
    {
        RandomStream stream = _key.Fold(_explored++).Stream();
        for (int i = 0; i < actions.Length; i++)
        {
            _network.Forward(_parameters, observations.Slice(i * _inputs, _inputs), _activations, _outputs);
            Softmax.Apply(_outputs);
            actions[i] = Softmax.Pick(_outputs, stream.NextDouble()) + _actions.Start;
        }
    }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, int> transition)
    {
        EnsureCapacity();
        for (int i = 0; i < _count; i++)
        {
            if (_finished[i])
                continue;
            int entry = (_time * _count) + i;
            transition.Observations.Slice(i * _inputs, _inputs).CopyTo(_batchObservations.AsSpan(entry * _inputs));
            _batchActions[entry] = transition.Actions[i] - _actions.Start;
            _batchReturns[entry] = transition.Rewards[i];
            _lengths[i] = _time + 1;
            bool cut = transition.Truncated[i] || _lengths[i] == _options.MaxEpisodeSteps;
            if (!(transition.Terminated[i] || cut))
                continue;
            _finished[i] = true;
            _unfinished--;
            bool bootstraps = !transition.Terminated[i] && _options.Baseline == ReinforceBaseline.Value;
            _tails[i] = bootstraps ? _value.Value(transition.NextObservations.Slice(i * _inputs, _inputs)) : 0;
        }

        _time++;
        if (_unfinished > 0)
            return AgentAdvance.Continue;
        Update();
        _time = 0;
        _unfinished = _count;
        Array.Clear(_finished);
        foreach (float parameter in _parameters)
        {
            if (!float.IsFinite(parameter))
                return AgentAdvance.Diverged;
        }

        return AgentAdvance.RestartEpisodes;
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<float> observations, Span<int> actions)
    {
        Require.Length(observations.Length, actions.Length * _inputs, nameof(observations));
        for (int i = 0; i < actions.Length; i++)
        {
            _network.Forward(_parameters, observations.Slice(i * _inputs, _inputs), _activations, _outputs);
            actions[i] = Softmax.ArgMax(_outputs) + _actions.Start;
        }
    }

    /// <inheritdoc/>
    public override void KeepPolicy() => _parameters.CopyTo(_kept);

    /// <inheritdoc/>
    public override IPolicy<float, int> CurrentPolicy() => new SoftmaxPolicy(_network, _parameters, _actions.Start);

    /// <inheritdoc/>
    public override IPolicy<float, int> KeptPolicy() => new SoftmaxPolicy(_network, _kept, _actions.Start);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<float>(_parameters);
        archive.Transfer<float>(_kept);
        archive.Transfer(_adam);
        archive.Transfer(_value);
        archive.Transfer<int>(_lengths);
        archive.Transfer<bool>(_finished);
        archive.Transfer<double>(_tails);
        archive.Transfer(ref _batchObservations);
        archive.Transfer(ref _batchActions);
        archive.Transfer(ref _batchReturns);
        archive.Transfer(ref _time);
        archive.Transfer(ref _unfinished);
        archive.Transfer(ref _explored);
        archive.Transfer(ref _updates);
    }

    private void Update()
    {
        ComputeReturns();
        if (_options.Baseline == ReinforceBaseline.Value)
            SubtractValueAndRefit();
        else if (_options.Baseline == ReinforceBaseline.MeanReturn)
            SubtractMeanReturn();
        int samples = 0;
        foreach (int length in _lengths)
            samples += length;
        if (_options.NormalizeAdvantages)
            Normalize(samples);

        Array.Clear(_gradient);
        for (int i = 0; i < _count; i++)
        {
            for (int t = 0; t < _lengths[i]; t++)
                AddGradient((t * _count) + i, samples);
        }

        _adam.Step(_parameters, _gradient);
        _updates++;
    }

    /// <summary>Rewards become discounted returns, in place, from the end of each episode.</summary>
    private void ComputeReturns()
    {
        for (int i = 0; i < _count; i++)
        {
            double following = _tails[i];
            for (int t = _lengths[i] - 1; t >= 0; t--)
            {
                ref double entry = ref _batchReturns[(t * _count) + i];
                following = entry += _options.Discount * following;
            }

            if (_options.RewardToGo)
                continue;
            for (int t = 0; t < _lengths[i]; t++)
                _batchReturns[(t * _count) + i] = following;
        }
    }

    /// <summary>The value function of the batch before is subtracted, so that the baseline doesn't depend on the actions that it judges; then it is fitted to this batch.</summary>
    private void SubtractValueAndRefit()
    {
        _value.Clear();
        for (int i = 0; i < _count; i++)
        {
            for (int t = 0; t < _lengths[i]; t++)
                _value.Add(Observation((t * _count) + i), _batchReturns[(t * _count) + i]);
        }

        for (int i = 0; i < _count; i++)
        {
            for (int t = 0; t < _lengths[i]; t++)
                _batchReturns[(t * _count) + i] -= _value.Value(Observation((t * _count) + i));
        }

        _value.Fit();
    }

    private void SubtractMeanReturn()
    {
        for (int t = 0; t < _time; t++)
        {
            double sum = 0;
            int alive = 0;
            for (int i = 0; i < _count; i++)
            {
                if (t < _lengths[i])
                {
                    sum += _batchReturns[(t * _count) + i];
                    alive++;
                }
            }

            for (int i = 0; i < _count; i++)
            {
                if (t < _lengths[i])
                    _batchReturns[(t * _count) + i] -= sum / alive;
            }
        }
    }

    private void Normalize(int samples)
    {
        double mean = 0, squares = 0;
        for (int i = 0; i < _count; i++)
        {
            for (int t = 0; t < _lengths[i]; t++)
                mean += _batchReturns[(t * _count) + i];
        }

        mean /= samples;
        for (int i = 0; i < _count; i++)
        {
            for (int t = 0; t < _lengths[i]; t++)
            {
                double deviation = _batchReturns[(t * _count) + i] -= mean;
                squares += deviation * deviation;
            }
        }

        // A batch without differences has nothing to teach and stays at zero.
        double scale = squares > 0 ? 1 / Math.Sqrt(squares / samples) : 0;
        for (int i = 0; i < _count; i++)
        {
            for (int t = 0; t < _lengths[i]; t++)
                _batchReturns[(t * _count) + i] *= scale;
        }
    }

    /// <summary>
    /// Adds the gradient of the loss -(A log pi(a) + beta H) / samples of one entry. With respect to logit j it is
    /// (A (p_j - [j = a]) + beta p_j (log p_j + H)) / samples.
    /// </summary>
    private void AddGradient(int entry, int samples)
    {
        ReadOnlySpan<float> observation = Observation(entry);
        _network.Forward(_parameters, observation, _activations, _outputs);
        Softmax.Apply(_outputs);
        double entropy = 0;
        foreach (float p in _outputs)
            entropy -= p > 0 ? p * Math.Log(p) : 0;
        double advantage = _batchReturns[entry];
        for (int j = 0; j < _outputs.Length; j++)
        {
            double p = _outputs[j];
            double gradient = advantage * (p - (j == _batchActions[entry] ? 1 : 0));
            if (p > 0)
                gradient += _options.EntropyBonus * p * (Math.Log(p) + entropy);
            _outputs[j] = (float)(gradient / samples);
        }

        _network.Backward(_parameters, observation, _activations, _outputs, _gradient);
    }

    private ReadOnlySpan<float> Observation(int entry) => _batchObservations.AsSpan(entry * _inputs, _inputs);

    private void EnsureCapacity()
    {
        if (((long)_time + 1) * _count <= _batchActions.Length)
            return;
        Array.Resize(ref _batchObservations, checked(2 * _batchObservations.Length));
        Array.Resize(ref _batchActions, 2 * _batchActions.Length);
        Array.Resize(ref _batchReturns, 2 * _batchReturns.Length);
    }
}
