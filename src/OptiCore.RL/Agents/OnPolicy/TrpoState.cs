using OptiCore.Differentiation;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The networks, the data and the critic's optimizer of a TRPO agent.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class TrpoState<TAction> : AgentState<float, TAction> where TAction : unmanaged
{
    private const int ShardRows = 128;

    private readonly Trpo _options;
    private readonly ActorCritic<TAction> _networks;
    private readonly RolloutBuffer _rollout;
    private readonly ValueFit<TAction> _critic;
    private readonly ShardedProgram _surrogate;
    private readonly ShardedProgram _objective;
    private readonly ShardedProgram _fisher;
    private readonly Block<float> _direction;
    private readonly ILinearOperator<float> _dampedFisher;
    private readonly ConjugateGradient _solver;
    private readonly KrylovWorkspace<float> _workspace = new();
    private readonly Action<int, Replay<float>> _fillSurrogate;
    private readonly Action<int, Replay<float>> _fillObservations;
    private readonly Action<int, Replay<float>> _keepInputs = static (_, _) => { };
    private readonly float[] _gradient;
    private readonly float[] _step;
    private readonly float[] _old;
    private readonly float[] _terms = new float[2];
    private readonly int[] _entries;
    private readonly double[] _metrics = new double[4];
    private readonly RandomKey _key;
    private readonly int _inputs;
    private readonly int _actionLength;
    private long _explored;
    private long _updates;

    internal TrpoState(Trpo options, AgentSetup<float, TAction> setup)
    {
        if (options.Networks.Value is null)
            throw new ArgumentException("TRPO needs an actor and a critic with separate networks: a step of the one would move the other.", nameof(setup));
        _options = options;
        _key = setup.Key;
        _networks = new ActorCritic<TAction>(options.Networks.WithoutMemory("TRPO"), setup);
        _inputs = setup.ObservationSpace.Length;
        _actionLength = setup.ActionSpace.Length;
        _rollout = new RolloutBuffer(options.RolloutSteps, setup.Count, _inputs, _actionLength);
        int length = _networks.Parameters.Length, shards = (_rollout.Length + ShardRows - 1) / ShardRows;
        _direction = new Block<float>(length);
        _surrogate = new ShardedProgram(CompileSurrogate(true), shards, setup.Workers);
        _objective = new ShardedProgram(CompileSurrogate(false), shards, setup.Workers);
        _fisher = new ShardedProgram(CompileFisher(), shards, setup.Workers);
        _surrogate.Bind(0, _networks.Parameters);
        _objective.Bind(0, _networks.Parameters);
        _fisher.Bind(0, _networks.Parameters);
        _fisher.Bind(3, _direction);
        _fillSurrogate = FillSurrogate;
        _fillObservations = FillObservations;
        _dampedFisher = LinearOperator.From<float>(length, length, Multiply);
        _solver = new ConjugateGradient { MaxIterations = options.ConjugateGradientIterations, RelativeTolerance = 1e-5, VerifyResidual = false };
        _critic = new ValueFit<TAction>(_networks, _inputs, options.ValueOptimizer, options.ValueBatch, options.ValueEpochs);
        _gradient = new float[length];
        _step = new float[length];
        _old = new float[length];
        _entries = new int[_rollout.Length];
        for (int i = 0; i < _entries.Length; i++)
            _entries[i] = i;
    }

    /// <summary>The number of updates so far.</summary>
    public long Updates => _updates;

    /// <summary>The policy and the critic.</summary>
    public ActorCritic<TAction> Networks => _networks;

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; } = ["improvement", "divergence", "step", "value loss"];

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
        _rollout.Estimate(_options.Discount, _options.Lambda);
        Returns.Standardize(_rollout.Advantages);
        StepPolicy();
        _metrics[3] = _critic.Fit(_rollout.Observations, _rollout.Returns, _entries, _key.Fold("critic").Fold(_updates));
        _updates++;
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
        archive.Transfer(_critic);
        archive.Transfer<double>(_metrics);
        archive.Transfer(ref _explored);
        archive.Transfer(ref _updates);
    }

    private void StepPolicy()
    {
        Span<float> parameters = _networks.Parameters.Span;
        parameters.CopyTo(_old);
        _surrogate.Run(_fillSurrogate);
        _surrogate.Sum(0, _gradient);
        _surrogate.Sum(1, _terms);
        double before = _terms[0];
        Array.Clear(_metrics);

        _fisher.Run(_fillObservations);
        Array.Clear(_step);
        _solver.Solve(_dampedFisher, _gradient, _step, _workspace);
        Multiply(_step, _gradient);
        double curvature = Reduce.Dot<float>(_step, _gradient);
        if (!(curvature > 0) || !double.IsFinite(curvature))
            return;
        double length = Math.Sqrt(2 * _options.TrustRegion / curvature);
        _objective.Run(_fillSurrogate);
        for (int trial = 0; trial < _options.LineSearchSteps; trial++, length *= _options.Backtracking)
        {
            for (int i = 0; i < parameters.Length; i++)
                parameters[i] = _old[i] + (float)(length * _step[i]);
            _objective.Run(_keepInputs);
            _objective.Sum(0, _terms);
            double improvement = _terms[0] - before, divergence = _terms[1];
            if (improvement > 0 && divergence <= _options.TrustRegion)
            {
                (_metrics[0], _metrics[1], _metrics[2]) = (improvement, divergence, length);
                return;
            }
        }

        _old.CopyTo(parameters);
    }

    /// <summary>y = (F + damping) x.</summary>
    private void Multiply(ReadOnlySpan<float> x, Span<float> y)
    {
        x.CopyTo(_direction.Span);
        _fisher.Run(_keepInputs);
        _fisher.Sum(0, y);
        float damping = (float)_options.Damping;
        for (int i = 0; i < y.Length; i++)
            y[i] += damping * _direction.Span[i];
    }

    /// <summary>The rows of one part, in the order of the rollout; rows beyond its end have no weight.</summary>
    private int CopyRows(int shard, Replay<float> replay, int weightInput)
    {
        int start = shard * ShardRows, rows = Math.Min(ShardRows, _rollout.Length - start);
        _rollout.Observations.AsSpan(start * _inputs, rows * _inputs).CopyTo(replay.Input(1));
        replay.Input(weightInput).Clear();
        replay.Input(weightInput)[..rows].Fill(1f / _rollout.Length);
        return rows;
    }

    private void FillObservations(int shard, Replay<float> replay) => CopyRows(shard, replay, 2);

    private void FillSurrogate(int shard, Replay<float> replay)
    {
        int rows = CopyRows(shard, replay, 5), start = shard * ShardRows;
        _rollout.Actions.AsSpan(start * _actionLength, rows * _actionLength).CopyTo(replay.Input(2));
        _rollout.LogProbabilities.AsSpan(start, rows).CopyTo(replay.Input(3));
        _rollout.Advantages.AsSpan(start, rows).CopyTo(replay.Input(4));
    }

    /// <summary>The surrogate and an unbiased estimate of the divergence; with the gradient of the first before them, or without.</summary>
    private Computation<float> CompileSurrogate(bool gradient)
    {
        Variable parameters = Variable.Input("parameters", [_networks.Parameters.Length]), observations = Variable.Input("observations", [ShardRows, _inputs]);
        Variable actions = Variable.Input("actions", [ShardRows, _actionLength]), oldLog = Variable.Input("log probabilities", [ShardRows]);
        Variable advantages = Variable.Input("advantages", [ShardRows]), weights = Variable.Input("weights", [ShardRows]);
        Variable law = _networks.Apply(parameters, observations).Law;
        Variable logRatio = _networks.Distribution.LogProbability(law, actions) - oldLog, ratio = Exp(logRatio);
        Variable surrogate = Sum(weights * ratio * advantages), terms = Stack(0, surrogate, Sum(weights * (ratio - 1 - logRatio)));
        return gradient
            ? Computation.Compile<float>([parameters, observations, actions, oldLog, advantages, weights], Derivative.Gradient(surrogate, parameters), terms)
            : Computation.Compile<float>([parameters, observations, actions, oldLog, advantages, weights], terms);
    }

    /// <summary>F v: the Hessian of KL(old || new) at new = old, which is the Fisher information of the policy.</summary>
    private Computation<float> CompileFisher()
    {
        Variable parameters = Variable.Input("parameters", [_networks.Parameters.Length]), observations = Variable.Input("observations", [ShardRows, _inputs]);
        Variable weights = Variable.Input("weights", [ShardRows]), v = Variable.Input("v", parameters.Shape);
        Variable law = _networks.Apply(parameters, observations).Law;
        Variable divergence = Sum(weights * _networks.Distribution.Divergence(StopGradient(law), law));
        return Computation.Compile<float>([parameters, observations, weights, v], Derivative.HessianVector(divergence, parameters, v));
    }
}
