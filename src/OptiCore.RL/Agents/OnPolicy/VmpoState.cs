using OptiCore.Differentiation;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The networks, the data, the dual variables and the optimizers of a V-MPO agent.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class VmpoState<TAction> : AgentState<float, TAction> where TAction : unmanaged
{
    private const float LeastDual = 1e-8f;

    // Inputs of the loss, in their order.
    private const int ParameterInput = 0, ObservationInput = 1, ActionInput = 2, LawInput = 3, PsiInput = 4, ReturnInput = 5, WeightInput = 6, MultiplierInput = 7;

    private readonly Vmpo _options;
    private readonly ActorCritic<TAction> _networks;
    private readonly RolloutBuffer _rollout;
    private readonly RuleState<float> _optimizer;
    private readonly RuleState<float> _dualOptimizer;
    private readonly ShardedProgram _loss;
    private readonly RowProgram _oldLaw;
    private readonly Block<float> _multipliers;
    private readonly Action<int, Replay<float>> _fill;
    private readonly float[] _laws;
    private readonly int[] _order;
    private readonly float[] _chosen;
    private readonly float[] _sorted;
    private readonly float[] _weights;
    private readonly float[] _psi;
    private readonly float[] _gradient;
    private readonly float[] _terms;
    private readonly double[] _bounds;
    private readonly double[] _metrics;

    // Eta, then alpha of each part of the divergence.
    private readonly float[] _duals;
    private readonly float[] _dualGradient;
    private readonly RandomKey _key;
    private readonly int _inputs;
    private readonly int _actionLength;
    private readonly int _lawLength;
    private readonly int _minibatch;
    private readonly int _shardRows;
    private int _first;
    private int _rows;
    private long _explored;
    private long _updates;

    internal VmpoState(Vmpo options, AgentSetup<float, TAction> setup)
    {
        _options = options;
        _key = setup.Key;
        _networks = new ActorCritic<TAction>(options.Networks.WithoutMemory("V-MPO"), setup);
        _inputs = setup.ObservationSpace.Length;
        _actionLength = setup.ActionSpace.Length;
        _lawLength = _networks.Distribution.LawLength;
        _rollout = new RolloutBuffer(options.RolloutSteps, setup.Count, _inputs, _actionLength);
        if (2 * options.Minibatches > _rollout.Length)
            throw new ArgumentException($"An update has {_rollout.Length} transitions ({options.RolloutSteps} steps of {setup.Count} environments), too few for {options.Minibatches} minibatches of two and more.", nameof(setup));
        _minibatch = (_rollout.Length + options.Minibatches - 1) / options.Minibatches;
        int shards = _minibatch < 256 ? 1 : (_minibatch + 127) / 128, parts = _networks.Distribution.DivergenceParts;
        _shardRows = shards == 1 ? _minibatch : 128;
        _multipliers = new Block<float>(parts);
        _loss = new ShardedProgram(Compile(_shardRows, parts), shards, setup.Workers);
        _loss.Bind(ParameterInput, _networks.Parameters);
        _loss.Bind(MultiplierInput, _multipliers);
        _oldLaw = new RowProgram(CompileLaw, _networks.Parameters);
        _fill = Fill;
        _optimizer = options.Optimizer.Start<float>(_networks.ParameterLayout);
        _dualOptimizer = options.DualOptimizer.Start<float>(1 + parts);
        _gradient = new float[_networks.Parameters.Length];
        _laws = new float[_rollout.Length * _lawLength];
        _order = new int[_rollout.Length];
        _chosen = new float[_minibatch];
        _sorted = new float[_minibatch];
        _weights = new float[_minibatch];
        _psi = new float[_minibatch];
        _terms = new float[2 + parts];
        _bounds = new double[parts];
        Array.Fill(_bounds, options.CovarianceTrustRegion);
        _bounds[0] = options.TrustRegion;
        _duals = new float[1 + parts];
        Array.Fill(_duals, (float)options.InitialMultiplier);
        _duals[0] = (float)options.InitialTemperature;
        _dualGradient = new float[1 + parts];
        _metrics = new double[3 + (2 * parts)];
        MetricNames = parts == 1
            ? ["policy loss", "value loss", "temperature", "divergence", "multiplier"]
            : ["policy loss", "value loss", "temperature", "divergence by the mean", "divergence by the covariance", "multiplier of the mean", "multiplier of the covariance"];
    }

    /// <summary>The number of updates so far.</summary>
    public long Updates => _updates;

    /// <summary>The policy and the critic.</summary>
    public ActorCritic<TAction> Networks => _networks;

    /// <summary>The temperature eta.</summary>
    public double Temperature => _duals[0];

    /// <summary>The factor alpha of each part of the divergence.</summary>
    public ReadOnlySpan<float> Multipliers => _duals.AsSpan(1);

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<TAction> actions) =>
        _networks.Act(observations, _key.Fold("exploration").Fold(_explored++), actions, _rollout.NextActions, _rollout.NextLogProbabilities, _rollout.CurrentValues);

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, TAction> transition)
    {
        _rollout.Add(transition, _networks);
        if (!_rollout.IsFull)
            return AgentAdvance.Continue;
        Update();
        _rollout.Clear();
        return _networks.IsFinite ? AgentAdvance.Continue : AgentAdvance.Diverged;
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
        archive.Transfer(_rollout);
        archive.Transfer(_optimizer);
        archive.Transfer(_dualOptimizer);
        archive.Transfer<float>(_duals);
        archive.Transfer<double>(_metrics);
        archive.Transfer(ref _explored);
        archive.Transfer(ref _updates);
    }

    private void Update()
    {
        _rollout.Estimate(_options.Discount, _options.Lambda);
        if (_options.NormalizeAdvantages)
            Returns.Standardize(_rollout.Advantages);
        _oldLaw.Run(_rollout.Observations, _rollout.Length, _laws);
        RandomKey key = _key.Fold("minibatches").Fold(_updates++);
        Array.Clear(_metrics);
        int parts = _bounds.Length, batches = 0;
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            RandomStream stream = key.Fold(epoch).Stream();
            Draw.Permutation(ref stream, _order);
            for (int first = 0; first < _order.Length; first += _minibatch, batches++)
            {
                Step(first, Math.Min(_minibatch, _order.Length - first));
                _metrics[0] += _terms[0];
                _metrics[1] += _terms[1];
                for (int part = 0; part < parts; part++)
                    _metrics[3 + part] += _terms[2 + part];
            }
        }

        for (int i = 0; i < _metrics.Length; i++)
            _metrics[i] /= batches;
        _metrics[2] = _duals[0];
        for (int part = 0; part < parts; part++)
            _metrics[3 + parts + part] = _duals[1 + part];
    }

    /// <summary>One step of the networks and of the dual variables, all from where they are.</summary>
    private void Step(int first, int rows)
    {
        (_first, _rows) = (first, rows);
        _dualGradient[0] = (float)WeighBetterHalf(first, rows);
        _duals.AsSpan(1).CopyTo(_multipliers.Span);
        _loss.Run(_fill);
        _loss.Sum(0, _gradient);
        _loss.Sum(1, _terms);
        for (int part = 0; part < _bounds.Length; part++)
            _dualGradient[1 + part] = (float)(_bounds[part] - _terms[2 + part]);
        _optimizer.Step(_networks.Parameters.Span, _gradient);
        _dualOptimizer.Step(_duals, _dualGradient);
        foreach (ref float dual in _duals.AsSpan())
            dual = Math.Max(dual, LeastDual);
    }

    /// <summary>Writes psi of every row, 0 for those outside of the better half, and returns the derivative of L_eta. Of equal advantages at the border those of the first rows count.</summary>
    private double WeighBetterHalf(int first, int rows)
    {
        int half = (rows + 1) / 2;
        Span<float> sorted = _sorted.AsSpan(0, rows), better = _chosen.AsSpan(0, half), weights = _weights.AsSpan(0, half), psi = _psi.AsSpan(0, rows);
        for (int i = 0; i < rows; i++)
            sorted[i] = _rollout.Advantages[_order[first + i]];
        sorted.Sort();
        float border = sorted[rows - half];
        int above = 0;
        for (int i = rows - half; i < rows; i++)
            above += sorted[i] > border ? 1 : 0;

        int ties = half - above, taken = 0;
        for (int i = 0; i < rows; i++)
        {
            float advantage = _rollout.Advantages[_order[first + i]];
            bool counts = advantage > border || (advantage == border && ties-- > 0);
            psi[i] = counts ? 1 : 0;
            if (counts)
                better[taken++] = advantage;
        }

        // An advantage that isn't a number is in no half.
        better[taken..].Fill(float.NaN);
        double derivative = Vmpo.Weigh(better, _duals[0], _options.TemperatureBound, weights);
        taken = 0;
        for (int i = 0; i < rows; i++)
        {
            if (psi[i] > 0)
                psi[i] = weights[taken++];
        }

        return derivative;
    }

    /// <summary>Copies the rows of one part; rows beyond the minibatch have no weight.</summary>
    private void Fill(int shard, Replay<float> replay)
    {
        int start = shard * _shardRows;
        Span<float> observations = replay.Input(ObservationInput), actions = replay.Input(ActionInput), laws = replay.Input(LawInput);
        for (int row = 0; row < _shardRows; row++)
        {
            bool counts = start + row < _rows;
            replay.Input(WeightInput)[row] = counts ? 1f / _rows : 0;
            replay.Input(PsiInput)[row] = counts ? _psi[start + row] : 0;
            if (!counts)
                continue;
            int entry = _order[_first + start + row];
            _rollout.Observations.AsSpan(entry * _inputs, _inputs).CopyTo(observations[(row * _inputs)..]);
            _rollout.Actions.AsSpan(entry * _actionLength, _actionLength).CopyTo(actions[(row * _actionLength)..]);
            _laws.AsSpan(entry * _lawLength, _lawLength).CopyTo(laws[(row * _lawLength)..]);
            replay.Input(ReturnInput)[row] = _rollout.Returns[entry];
        }
    }

    /// <summary>The gradient of the networks' loss of a part, and what is reported: losses of policy and value, divergences.</summary>
    private Computation<float> Compile(int rows, int parts)
    {
        Variable parameters = Variable.Input("parameters", [_networks.Parameters.Length]), observations = Variable.Input("observations", [rows, _inputs]);
        Variable actions = Variable.Input("actions", [rows, _actionLength]), oldLaw = Variable.Input("laws", [rows, _lawLength]), psi = Variable.Input("psi", [rows]);
        Variable returns = Variable.Input("returns", [rows]), weights = Variable.Input("weights", [rows]), multipliers = Variable.Input("multipliers", [parts]);
        (Variable law, Variable value) = _networks.Apply(parameters, observations);
        Variable policyLoss = -Sum(psi * _networks.Distribution.LogProbability(law, actions)), valueLoss = Sum(weights * Square(value - returns));
        Variable divergences = Sum(ExpandAxis(weights, -1) * _networks.Distribution.DivergenceByPart(oldLaw, law), 0);
        Variable loss = policyLoss + Sum(multipliers * divergences) + (_options.ValueWeight * valueLoss);
        return Computation.Compile<float>(
            [parameters, observations, actions, oldLaw, psi, returns, weights, multipliers],
            Derivative.Gradient(loss, parameters), Concatenate(0, Stack(0, policyLoss, valueLoss), divergences));
    }

    private Computation<float> CompileLaw(int rows)
    {
        Variable observations = Variable.Input("observations", [rows, _inputs]), parameters = Variable.Input("parameters", [_networks.Parameters.Length]);
        return Computation.Compile<float>([observations, parameters], _networks.Apply(parameters, observations).Law);
    }
}
