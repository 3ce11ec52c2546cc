using OptiCore.Differentiation;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The networks, the data and the optimizer of a PPO agent.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class PpoState<TAction> : AgentState<float, TAction> where TAction : unmanaged
{
    // Inputs of the loss, in their order.
    private const int ParameterInput = 0, ObservationInput = 1, ActionInput = 2, LogProbabilityInput = 3, AdvantageInput = 4, ReturnInput = 5, ValueInput = 6, WeightInput = 7, SettingInput = 8, StateInput = 9, KeepInput = 10;

    private readonly Ppo _options;
    private readonly ActorCritic<TAction> _networks;
    private readonly RolloutBuffer _rollout;
    private readonly SequenceMemory _memory;
    private readonly RuleState<float> _optimizer;
    private readonly ShardedProgram _loss;
    private readonly Block<float> _settings = new(4);
    private readonly Action<int, Replay<float>> _fill;
    private readonly int[] _order;
    private readonly float[] _advantages;
    private readonly float[] _gradient;
    private readonly float[] _terms = new float[5];
    private readonly double[] _sums = new double[5];
    private readonly double[] _metrics = new double[5];
    private readonly RandomKey _key;
    private readonly int _inputs;
    private readonly int _actionLength;

    // What is drawn into minibatches is a sequence: of one step for networks without a memory. Sequence p of environment i is number p N + i.
    private readonly int _sequence;
    private readonly int _minibatch;
    private readonly int _shardSequences;
    private int _first;
    private int _drawn;
    private double _penalty = 1;
    private long _steps;
    private long _explored;
    private long _updates;

    internal PpoState(Ppo options, AgentSetup<float, TAction> setup)
    {
        _options = options;
        _key = setup.Key;
        _networks = new ActorCritic<TAction>(options.Networks, setup);
        _inputs = setup.ObservationSpace.Length;
        _actionLength = setup.ActionSpace.Length;
        _rollout = new RolloutBuffer(options.RolloutSteps, setup.Count, _inputs, _actionLength);
        bool remembers = _networks.MemoryLength > 0;
        _sequence = !remembers ? 1 : options.SequenceSteps == 0 ? options.RolloutSteps : options.SequenceSteps;
        if (options.RolloutSteps % _sequence != 0)
            throw new ArgumentException($"The {options.RolloutSteps} steps of an update aren't a whole number of sequences of {_sequence}.", nameof(setup));
        _memory = new SequenceMemory(setup.Count, _networks.MemoryLength, options.RolloutSteps, _sequence);
        int sequences = _rollout.Length / _sequence;
        if (options.Minibatches > sequences)
            throw new ArgumentException($"An update has {sequences} {(remembers ? "sequences" : "transitions")} ({options.RolloutSteps} steps of {setup.Count} environments), too few for {options.Minibatches} minibatches.", nameof(setup));
        _minibatch = (sequences + options.Minibatches - 1) / options.Minibatches;
        _shardSequences = _minibatch * _sequence < 256 ? _minibatch : (127 + _sequence) / _sequence;
        _loss = new ShardedProgram(Compile(_shardSequences), (_minibatch + _shardSequences - 1) / _shardSequences, setup.Workers);
        _loss.Bind(ParameterInput, _networks.Parameters);
        _loss.Bind(SettingInput, _settings);
        _fill = Fill;
        _optimizer = options.Optimizer.Start<float>(_networks.ParameterLayout);
        _gradient = new float[_networks.Parameters.Length];
        _order = new int[sequences];
        _advantages = new float[_minibatch * _sequence];
    }

    /// <summary>The number of updates so far.</summary>
    public long Updates => _updates;

    /// <summary>The policy and the critic.</summary>
    public ActorCritic<TAction> Networks => _networks;

    /// <summary>What was played since the last update.</summary>
    internal RolloutBuffer Rollout => _rollout;

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; } = ["policy loss", "value loss", "entropy", "divergence", "clipped"];

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<TAction> actions)
    {
        _memory.Begin(_rollout.Time);
        _networks.Act(observations, _key.Fold("exploration").Fold(_explored++), actions, _rollout.NextActions, _rollout.NextLogProbabilities, _rollout.CurrentValues, _memory);
    }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, TAction> transition)
    {
        _rollout.Add(transition, _networks, _memory.After);
        _memory.Advance(transition.Terminated, transition.Truncated);
        _steps += _rollout.Count;
        if (!_rollout.IsFull)
            return AgentAdvance.Continue;
        Update();
        _rollout.Clear();
        return _networks.IsFinite ? AgentAdvance.Continue : AgentAdvance.Diverged;
    }

    /// <inheritdoc/>
    /// <remarks>Networks with a memory take every observation for the first of its episode; a policy that remembers is that of <see cref="CurrentPolicy"/>.</remarks>
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
        archive.Transfer(_rollout);
        archive.Transfer(_memory);
        archive.Transfer(_optimizer);
        archive.Transfer<double>(_metrics);
        archive.Transfer(ref _penalty);
        archive.Transfer(ref _steps);
        archive.Transfer(ref _explored);
        archive.Transfer(ref _updates);
    }

    private void Update()
    {
        _rollout.Estimate(_options.Discount, _options.Lambda);
        RandomKey key = _key.Fold("minibatches").Fold(_updates++);
        double limit = _options.Surrogate == PpoSurrogate.Clip ? 1.5 * _options.TargetDivergence : double.PositiveInfinity;
        Array.Clear(_sums);
        int batches = 0;
        bool near = true;
        for (int epoch = 0; epoch < _options.Epochs && near; epoch++)
        {
            RandomStream stream = key.Fold(epoch).Stream();
            Draw.Permutation(ref stream, _order);
            for (int first = 0; first < _order.Length && near; first += _minibatch)
            {
                Gradient(first, Math.Min(_minibatch, _order.Length - first));
                near = _terms[3] <= limit;
                if (near)
                    _optimizer.Step(_networks.Parameters.Span, _gradient);
                for (int i = 0; i < _sums.Length; i++)
                    _sums[i] += _terms[i];
                batches++;
            }
        }

        for (int i = 0; i < _metrics.Length; i++)
            _metrics[i] = _sums[i] / batches;
        if (_options.Surrogate == PpoSurrogate.Penalty)
            AdaptPenalty();
    }

    /// <summary>Section 4 of the paper: the factor follows the divergence that the update led to.</summary>
    private void AdaptPenalty()
    {
        double target = double.IsPositiveInfinity(_options.TargetDivergence) ? 0.01 : _options.TargetDivergence, divergence = _terms[3];
        if (divergence < target / 1.5)
            _penalty /= 2;
        else if (divergence > target * 1.5)
            _penalty *= 2;
    }

    private void Gradient(int first, int sequences)
    {
        (_first, _drawn) = (first, sequences);
        int rows = sequences * _sequence;
        Span<float> advantages = _advantages.AsSpan(0, rows);
        for (int i = 0; i < rows; i++)
            advantages[i] = _rollout.Advantages[Entry(_order[first + (i / _sequence)], i % _sequence)];
        if (_options.NormalizeAdvantages && rows > 1)
            Returns.Standardize(advantages);
        Span<float> settings = _settings.Span;
        settings[0] = (float)_options.ClipRange.At(_steps);
        settings[1] = (float)_penalty;
        settings[2] = 1f / rows;
        settings[3] = (float)_options.EntropyBonus;
        _loss.Run(_fill);
        _loss.Sum(0, _gradient);
        _loss.Sum(1, _terms);
    }

    /// <summary>The entry of the rollout of a step of a sequence.</summary>
    private int Entry(int sequence, int step)
    {
        (int index, int environment) = Math.DivRem(sequence, _rollout.Count);
        return (((index * _sequence) + step) * _rollout.Count) + environment;
    }

    /// <summary>Copies the sequences of one part, time-major; those beyond the minibatch have no weight.</summary>
    private void Fill(int shard, Replay<float> replay)
    {
        for (int i = 0; i < _shardSequences; i++)
        {
            int drawn = (shard * _shardSequences) + i;
            bool counts = drawn < _drawn;
            for (int step = 0; step < _sequence; step++)
            {
                int row = (step * _shardSequences) + i;
                replay.Input(WeightInput)[row] = counts ? 1 : 0;
                if (counts)
                    CopyRow(replay, row, Entry(_order[_first + drawn], step), (drawn * _sequence) + step);
            }

            if (counts && _networks.MemoryLength > 0)
                CopyMemory(replay, i, _order[_first + drawn]);
        }
    }

    private void CopyRow(Replay<float> replay, int row, int entry, int advantage)
    {
        _rollout.Observations.AsSpan(entry * _inputs, _inputs).CopyTo(replay.Input(ObservationInput)[(row * _inputs)..]);
        _rollout.Actions.AsSpan(entry * _actionLength, _actionLength).CopyTo(replay.Input(ActionInput)[(row * _actionLength)..]);
        replay.Input(LogProbabilityInput)[row] = _rollout.LogProbabilities[entry];
        replay.Input(AdvantageInput)[row] = _advantages[advantage];
        replay.Input(ReturnInput)[row] = _rollout.Returns[entry];
        replay.Input(ValueInput)[row] = _rollout.Values[entry];
    }

    /// <summary>The memory that a sequence began with, and where it was forgotten since.</summary>
    private void CopyMemory(Replay<float> replay, int place, int sequence)
    {
        (int index, int environment) = Math.DivRem(sequence, _rollout.Count);
        _memory.Start(index, environment).CopyTo(replay.Input(StateInput)[(place * _networks.MemoryLength)..]);
        for (int step = 0; step < _sequence; step++)
        {
            int before = Entry(sequence, step) - _rollout.Count;
            replay.Input(KeepInput)[(step * _shardSequences) + place] = step > 0 && (_rollout.Terminated[before] || _rollout.Truncated[before]) ? 0 : 1;
        }
    }

    /// <summary>The gradient of the loss of a part, and what is reported: losses of policy and value, entropy, divergence, share of clipped ratios.</summary>
    private Computation<float> Compile(int sequences)
    {
        int rows = sequences * _sequence;
        Variable parameters = Variable.Input("parameters", [_networks.Parameters.Length]), observations = Variable.Input("observations", [rows, _inputs]);
        Variable actions = Variable.Input("actions", [rows, _actionLength]), oldLog = Variable.Input("log probabilities", [rows]), advantages = Variable.Input("advantages", [rows]);
        Variable returns = Variable.Input("returns", [rows]), oldValues = Variable.Input("values", [rows]), weights = Variable.Input("weights", [rows]), settings = Variable.Input("settings", [4]);
        Variable clip = Slice(settings, 0, 0, 1), penalty = Slice(settings, 0, 1, 1), scaled = weights * Slice(settings, 0, 2, 1), entropyBonus = Slice(settings, 0, 3, 1);

        bool remembers = _networks.MemoryLength > 0;
        Variable states = Variable.Input("states", [sequences, Math.Max(_networks.MemoryLength, 1)]), keep = Variable.Input("keep", [rows]);
        (Variable law, Variable value) = remembers ? _networks.Apply(parameters, observations, states, keep) : _networks.Apply(parameters, observations);
        Variable logRatio = _networks.Distribution.LogProbability(law, actions) - oldLog, ratio = Exp(logRatio);

        // J. Schulman (2020), "Approximating KL divergence": r - 1 - log r is unbiased for KL(old || new) and never negative.
        Variable divergence = ratio - 1 - logRatio;
        Variable surrogate = _options.Surrogate == PpoSurrogate.Clip
            ? Min(ratio * advantages, Max(Min(ratio, 1 + clip), 1 - clip) * advantages)
            : (ratio * advantages) - (penalty * divergence);
        Variable entropy = _networks.Distribution.Entropy(law);
        Variable error = Square(value - returns);
        if (_options.ValueClipRange > 0)
            error = Max(error, Square(oldValues + Clamp(value - oldValues, -_options.ValueClipRange, _options.ValueClipRange) - returns));

        Variable policyLoss = -Sum(scaled * surrogate), valueLoss = Sum(scaled * error), meanEntropy = Sum(scaled * entropy);
        Variable loss = policyLoss + (_options.ValueWeight * valueLoss) - Sum(entropyBonus * meanEntropy);
        Variable clipped = Sum(scaled * (Abs(ratio - 1) > clip));
        return Computation.Compile<float>(
            [parameters, observations, actions, oldLog, advantages, returns, oldValues, weights, settings, states, keep],
            Derivative.Gradient(loss, parameters), Stack(0, policyLoss, valueLoss, meanEntropy, Sum(scaled * divergence), clipped));
    }
}
