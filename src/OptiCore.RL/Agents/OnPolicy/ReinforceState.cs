using OptiCore.Differentiation;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The networks and the batch of a REINFORCE agent.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class ReinforceState<TAction> : AgentState<float, TAction> where TAction : unmanaged
{
    private const int InitialCapacity = 128;

    // Episodes are of any length: a gradient is summed over blocks of so many parts of so many rows.
    private const int ShardRows = 128, Shards = 8;

    private readonly Reinforce _options;
    private readonly ActorCritic<TAction> _networks;
    private readonly ValueFit<TAction>? _critic;
    private readonly RuleState<float> _optimizer;
    private readonly ShardedProgram _loss;
    private readonly Block<float> _settings = new(1);
    private readonly Action<int, Replay<float>> _fill;
    private readonly float[] _gradient;
    private readonly float[] _block;
    private readonly float[] _terms = new float[2];
    private readonly float[] _actions;
    private readonly float[] _logProbabilities;
    private readonly float[] _values;
    private readonly double[] _metrics = new double[3];
    private readonly RandomKey _key;
    private readonly int _count;
    private readonly int _inputs;
    private readonly int _actionLength;

    // The batch, time-major: step t of environment i is entry t * count + i. What an environment plays after its episode is recorded too, behind the cut that ends the episode, and never read.
    private readonly int[] _lengths;
    private readonly bool[] _finished;
    private float[] _batchObservations;
    private float[] _batchActions;
    private float[] _batchRewards;
    private float[] _batchValues;
    private float[] _batchNext;
    private float[] _batchReturns;
    private bool[] _batchTerminated;
    private bool[] _batchTruncated;
    private float[] _advantages;
    private int[] _entries;
    private int _first;
    private int _samples;
    private int _time;
    private int _unfinished;
    private long _explored;
    private long _updates;

    internal ReinforceState(Reinforce options, AgentSetup<float, TAction> setup)
    {
        if (options.Baseline == ReinforceBaseline.Value && options.Networks.Value is null)
            throw new ArgumentException("REINFORCE with a value as its baseline needs separate networks: fitting the critic would move the policy.", nameof(setup));
        _options = options;
        _key = setup.Key;
        _count = setup.Count;
        _networks = new ActorCritic<TAction>(options.Networks.WithoutMemory("REINFORCE"), setup);
        _inputs = setup.ObservationSpace.Length;
        _actionLength = setup.ActionSpace.Length;
        _loss = new ShardedProgram(Compile(), Shards, setup.Workers);
        _loss.Bind(0, _networks.Parameters);
        _loss.Bind(5, _settings);
        _fill = Fill;
        _optimizer = options.Optimizer.Start<float>(_networks.ParameterLayout);
        _critic = options.Baseline == ReinforceBaseline.Value ? new ValueFit<TAction>(_networks, _inputs, options.ValueOptimizer, options.ValueBatch, options.ValueEpochs) : null;
        _gradient = new float[_networks.Parameters.Length];
        _block = new float[_gradient.Length];
        _actions = new float[_count * _actionLength];
        _logProbabilities = new float[_count];
        _values = new float[_count];
        _lengths = new int[_count];
        _finished = new bool[_count];
        int entries = InitialCapacity * _count;
        _batchObservations = new float[entries * _inputs];
        _batchActions = new float[entries * _actionLength];
        _batchRewards = new float[entries];
        _batchValues = new float[entries];
        _batchNext = new float[entries];
        _batchReturns = new float[entries];
        _batchTerminated = new bool[entries];
        _batchTruncated = new bool[entries];
        _advantages = new float[entries];
        _entries = new int[entries];
        _unfinished = _count;
    }

    /// <summary>The number of updates of the policy so far.</summary>
    public long Updates => _updates;

    /// <summary>The policy and the critic.</summary>
    public ActorCritic<TAction> Networks => _networks;

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; } = ["policy loss", "value loss", "entropy"];

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<TAction> actions) =>
        _networks.Act(observations, _key.Fold("exploration").Fold(_explored++), actions, _actions, _logProbabilities, _values);

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, TAction> transition)
    {
        EnsureCapacity();
        int start = _time * _count;
        transition.Observations.CopyTo(_batchObservations.AsSpan(start * _inputs));
        _actions.CopyTo(_batchActions.AsSpan(start * _actionLength));
        _values.CopyTo(_batchValues.AsSpan(start));
        bool valued = _options.Baseline == ReinforceBaseline.Value, bootstraps = false;
        for (int i = 0; i < _count; i++)
        {
            int entry = start + i;
            _batchRewards[entry] = (float)transition.Rewards[i];
            bool cut = transition.Truncated[i] || _time + 1 == _options.MaxEpisodeSteps;
            _batchTerminated[entry] = transition.Terminated[i] || (cut && !valued);
            _batchTruncated[entry] = cut;
            if (_finished[i])
                continue;
            _lengths[i] = _time + 1;
            if (!(transition.Terminated[i] || cut))
                continue;
            _finished[i] = true;
            _unfinished--;
            bootstraps |= !_batchTerminated[entry];
        }

        if (bootstraps)
            _networks.Values(transition.NextObservations, _batchNext.AsSpan(start, _count));
        _time++;
        if (_unfinished > 0)
            return AgentAdvance.Continue;
        Update();
        _time = 0;
        _unfinished = _count;
        Array.Clear(_finished);
        return _networks.IsFinite ? AgentAdvance.RestartEpisodes : AgentAdvance.Diverged;
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<float> observations, Span<TAction> actions) => _networks.Choose(observations, actions);

    /// <inheritdoc/>
    public override void KeepPolicy() => _networks.Keep();

    /// <inheritdoc/>
    public override IPolicy<float, TAction> CurrentPolicy() => _networks.Policy(kept: false);

    /// <inheritdoc/>
    public override IPolicy<float, TAction> KeptPolicy() => _networks.Policy(kept: true);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_networks);
        archive.Transfer(_optimizer);
        if (_critic is not null)
            archive.Transfer(_critic);
        archive.Transfer<int>(_lengths);
        archive.Transfer<bool>(_finished);
        archive.Transfer(ref _batchObservations);
        archive.Transfer(ref _batchActions);
        archive.Transfer(ref _batchRewards);
        archive.Transfer(ref _batchValues);
        archive.Transfer(ref _batchNext);
        archive.Transfer(ref _batchTerminated);
        archive.Transfer(ref _batchTruncated);
        archive.Transfer<double>(_metrics);
        archive.Transfer(ref _time);
        archive.Transfer(ref _unfinished);
        archive.Transfer(ref _explored);
        archive.Transfer(ref _updates);
        if (_batchReturns.Length == _batchRewards.Length)
            return;
        _batchReturns = new float[_batchRewards.Length];
        _advantages = new float[_batchRewards.Length];
        _entries = new int[_batchRewards.Length];
    }

    private void Update()
    {
        Gather();
        Array.Clear(_gradient);
        Array.Clear(_metrics);
        _settings.Span[0] = 1f / _samples;
        for (_first = 0; _first < _samples; _first += Shards * ShardRows)
        {
            _loss.Run(_fill, Math.Min(Shards, (_samples - _first + ShardRows - 1) / ShardRows));
            _loss.Sum(0, _block);
            _loss.Sum(1, _terms);
            for (int i = 0; i < _gradient.Length; i++)
                _gradient[i] += _block[i];
            _metrics[0] += _terms[0];
            _metrics[2] += _terms[1];
        }

        _optimizer.Step(_networks.Parameters.Span, _gradient);
        if (_critic is not null)
            _metrics[1] = _critic.Fit(_batchObservations, _batchReturns, _entries.AsSpan(0, _samples), _key.Fold("critic").Fold(_updates));
        _updates++;
    }

    /// <summary>The entries of all episodes, their returns, and their advantages one after the other.</summary>
    private void Gather()
    {
        int length = _time * _count;
        Returns.Discounted(
            new Rollout
            {
                Count = _count,
                Discount = _options.Discount,
                Rewards = _batchRewards.AsSpan(0, length),
                NextValues = _batchNext.AsSpan(0, length),
                Terminated = _batchTerminated.AsSpan(0, length),
                Truncated = _batchTruncated.AsSpan(0, length),
            },
            _batchReturns.AsSpan(0, length));
        _samples = 0;
        for (int t = 0; t < _time; t++)
        {
            double sum = 0;
            int alive = 0, first = _samples;
            for (int i = 0; i < _count; i++)
            {
                if (t >= _lengths[i])
                    continue;
                int entry = (t * _count) + i;
                float credit = _batchReturns[_options.RewardToGo ? entry : i];
                _entries[_samples] = entry;
                _advantages[_samples++] = _options.Baseline == ReinforceBaseline.Value ? credit - _batchValues[entry] : credit;
                sum += credit;
                alive++;
            }

            if (_options.Baseline != ReinforceBaseline.MeanReturn)
                continue;
            float mean = (float)(sum / alive);
            for (int sample = first; sample < _samples; sample++)
                _advantages[sample] -= mean;
        }

        if (_options.NormalizeAdvantages)
            Returns.Standardize(_advantages.AsSpan(0, _samples));
    }

    /// <summary>Copies the rows of one part; rows beyond the batch have no weight.</summary>
    private void Fill(int shard, Replay<float> replay)
    {
        int start = _first + (shard * ShardRows), rows = Math.Min(ShardRows, _samples - start);
        Span<float> observations = replay.Input(1), actions = replay.Input(2), advantages = replay.Input(3), weights = replay.Input(4);
        weights.Clear();
        weights[..rows].Fill(1);
        _advantages.AsSpan(start, rows).CopyTo(advantages);
        for (int row = 0; row < rows; row++)
        {
            int entry = _entries[start + row];
            _batchObservations.AsSpan(entry * _inputs, _inputs).CopyTo(observations[(row * _inputs)..]);
            _batchActions.AsSpan(entry * _actionLength, _actionLength).CopyTo(actions[(row * _actionLength)..]);
        }
    }

    /// <summary>The gradient of the loss of a part, and what is reported: loss of the policy, entropy.</summary>
    private Computation<float> Compile()
    {
        Variable parameters = Variable.Input("parameters", [_networks.Parameters.Length]), observations = Variable.Input("observations", [ShardRows, _inputs]);
        Variable actions = Variable.Input("actions", [ShardRows, _actionLength]), advantages = Variable.Input("advantages", [ShardRows]);
        Variable weights = Variable.Input("weights", [ShardRows]), settings = Variable.Input("settings", [1]), scaled = weights * settings;
        Variable law = _networks.Apply(parameters, observations).Law;
        Variable policyLoss = -Sum(scaled * advantages * _networks.Distribution.LogProbability(law, actions)), entropy = Sum(scaled * _networks.Distribution.Entropy(law));
        return Computation.Compile<float>(
            [parameters, observations, actions, advantages, weights, settings],
            Derivative.Gradient(policyLoss - (_options.EntropyBonus * entropy), parameters), Stack(0, policyLoss, entropy));
    }

    private void EnsureCapacity()
    {
        if (((long)_time + 1) * _count <= _batchRewards.Length)
            return;
        Array.Resize(ref _batchObservations, checked(2 * _batchObservations.Length));
        Array.Resize(ref _batchActions, checked(2 * _batchActions.Length));
        int entries = 2 * _batchRewards.Length;
        Array.Resize(ref _batchRewards, entries);
        Array.Resize(ref _batchValues, entries);
        Array.Resize(ref _batchNext, entries);
        Array.Resize(ref _batchReturns, entries);
        Array.Resize(ref _batchTerminated, entries);
        Array.Resize(ref _batchTruncated, entries);
        Array.Resize(ref _advantages, entries);
        Array.Resize(ref _entries, entries);
    }
}
