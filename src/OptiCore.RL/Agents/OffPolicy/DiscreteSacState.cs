using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The actor, the critics, the replay memory and the temperature of a soft actor-critic with discrete actions: expectations over actions are sums.</summary>
public sealed class DiscreteSacState : AgentState<float, int>
{
    private const int CriticBatchInput = 4, ActorBatchInput = 3;

    private readonly Sac _options;
    private readonly Discrete _actions;
    private readonly CriticEnsemble _ensemble;
    private readonly LearnedNetwork _actor;
    private readonly LearnedNetwork _critics;
    private readonly Temperature _temperature;
    private readonly ReplayBuffer<float, int> _replay;
    private readonly ReplayBatch<float, int> _batch;
    private readonly BatchFeed<int> _criticFeed;
    private readonly BatchFeed<int> _actorFeed;
    private readonly UpdateClock _clock;
    private readonly ShardedProgram _criticLoss;
    private readonly ShardedProgram _actorLoss;
    private readonly KeyVariable _draws = KeyVariable.Input("draws");
    private readonly Replay<float> _explore;
    private readonly RowProgram _choose;
    private readonly float[] _terms = new float[2];
    private readonly double[] _metrics = new double[5];
    private readonly RandomKey _key;
    private readonly int _inputs;
    private readonly int _shardRows;
    private readonly Action<int, Replay<float>> _fillCritic;
    private readonly Action<int, Replay<float>> _fillActor;
    private float[] _chosen = new float[1];
    private long _explored;

    internal DiscreteSacState(Sac options, AgentSetup<float, int> setup, Discrete actions)
    {
        (_options, _actions, _key, _inputs) = (options, actions, setup.Key, setup.ObservationSpace.Length);
        Variable x = Variable.Input("observations", [1, _inputs]);
        _actor = new LearnedNetwork(new Network(scope => WriteActor(scope, x)), options.Optimizer, _key.Fold("actor"));
        _ensemble = new CriticEnsemble(options.Critic, options.Critics, actions.N, _inputs);
        _critics = new LearnedNetwork(_ensemble.Network, options.Optimizer, _key.Fold("critics"));
        _temperature = new Temperature(options, 0.5 * Math.Log(actions.N));
        _replay = new ReplayBuffer<float, int>(options.Replay, _inputs, 1, setup.Count);
        _batch = new ReplayBatch<float, int>(options.BatchSize, _inputs, 1);
        _clock = new UpdateClock(options.LearningStarts, options.UpdatesPerTransition);
        int shards = ShardedProgram.ShardsFor(options.BatchSize);
        _shardRows = options.BatchSize / shards;
        var encoding = new ActionTensors<int>(actions);
        _criticFeed = new BatchFeed<int>(_batch, encoding, _shardRows, CriticBatchInput);
        _actorFeed = new BatchFeed<int>(_batch, encoding, _shardRows, ActorBatchInput);
        _criticLoss = new ShardedProgram(CompileCriticLoss(), shards, setup.Workers);
        _actorLoss = new ShardedProgram(CompileActorLoss(), shards, setup.Workers);
        Block<float>[] criticBlocks = [_critics.Parameters, _critics.Target, _actor.Parameters, _temperature.Block], actorBlocks = [_actor.Parameters, _critics.Parameters, _temperature.Block];
        for (int i = 0; i < criticBlocks.Length; i++)
            _criticLoss.Bind(i, criticBlocks[i]);
        for (int i = 0; i < actorBlocks.Length; i++)
            _actorLoss.Bind(i, actorBlocks[i]);
        _fillCritic = _criticFeed.Fill;
        _fillActor = _actorFeed.Fill;
        _explore = CompileRows(setup.Count, logits => RandomCategorical(_draws, logits)).Start();
        _explore.Bind(1, _actor.Parameters);
        _choose = new RowProgram(rows => CompileRows(rows, logits => ArgMax(logits)), _actor.Parameters);
    }

    /// <summary>The number of updates so far.</summary>
    public long Updates => _clock.Updates;

    /// <summary>The policy's network.</summary>
    public LearnedNetwork Actor => _actor;

    /// <summary>The critics' network, one vector for all.</summary>
    public LearnedNetwork Critics => _critics;

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; } = ["critic loss", "value", "actor loss", "entropy", "temperature"];

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <summary>The critics' mean values of all actions, [rows, actions].</summary>
    /// <param name="parameters">The critics' parameters.</param>
    /// <param name="observations">[rows, elements].</param>
    public Variable Value(Variable parameters, Variable observations) => Mean(_ensemble.Apply(parameters, observations), 1);

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<int> actions)
    {
        RandomKey key = _key.Fold("exploration").Fold(_explored++);
        if (_clock.Transitions < _options.LearningStarts)
        {
            RandomStream stream = key.Stream();
            foreach (ref int action in actions)
                action = _actions.Start + Draw.Below(ref stream, _actions.N);
            return;
        }

        observations.CopyTo(_explore.Input(0));
        _explore.SetKey(_draws, key);
        _explore.Run();
        for (int i = 0; i < actions.Length; i++)
            actions[i] = _actions.Start + (int)_explore.Output(0)[i];
    }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, int> transition)
    {
        _replay.Add(transition);
        _clock.Advance(transition.Rewards.Length);
        bool learned = false;
        for (; _clock.Take(); learned = true)
            Update();
        return learned && !(_actor.IsFinite && _critics.IsFinite) ? AgentAdvance.Diverged : AgentAdvance.Continue;
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<float> observations, Span<int> actions)
    {
        if (_chosen.Length < actions.Length)
            _chosen = new float[actions.Length];
        _choose.Run(observations, actions.Length, _chosen.AsSpan(0, actions.Length));
        for (int i = 0; i < actions.Length; i++)
            actions[i] = _actions.Start + (int)_chosen[i];
    }

    /// <inheritdoc/>
    public override void KeepPolicy() => _actor.Keep();

    /// <inheritdoc/>
    public override IPolicy<float, int> CurrentPolicy() => Policy(_actor.Parameters.Span);

    /// <inheritdoc/>
    public override IPolicy<float, int> KeptPolicy() => Policy(_actor.Kept);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_actor);
        archive.Transfer(_critics);
        archive.Transfer(_temperature);
        archive.Transfer(_replay);
        archive.Transfer(_clock);
        archive.Transfer<double>(_metrics);
        archive.Transfer(ref _explored);
    }

    private NetworkPolicy<int> Policy(ReadOnlySpan<float> parameters) => new(_actor.Network, (p, x) => ExpandAxis(ArgMax(Logits(p, x)), -1), parameters, _inputs, _actions);

    private void Update()
    {
        _replay.Sample(_key.Fold("updates").Fold(_clock.Updates), _batch);
        _criticLoss.Run(_fillCritic);
        _critics.Step(_criticLoss);
        _criticLoss.Sum(1, _terms);
        (_metrics[0], _metrics[1]) = (_terms[0], _terms[1]);
        if (_clock.Updates % _options.ActorInterval == 0)
        {
            _actorLoss.Run(_fillActor);
            _actor.Step(_actorLoss);
            _actorLoss.Sum(1, _terms);
            _temperature.Tune(_terms[1]);
            (_metrics[2], _metrics[3], _metrics[4]) = (_terms[0], _terms[1], _temperature.Value);
        }

        _critics.Follow(_options.TargetRate);
    }

    private Variable WriteActor(Scope scope, Variable observations) =>
        new Linear(_actions.N).Apply(scope.Part("actions"), _options.Actor.Apply(scope.Part("torso"), observations));

    private Variable Logits(Variable parameters, Variable observations) => WriteActor(_actor.Network.ScopeOf(parameters), observations);

    private Computation<float> CompileRows(int rows, Func<Variable, Variable> choose)
    {
        Variable x = Variable.Input("observations", [rows, _inputs]), p = Variable.Input("parameters", [_actor.Length]);
        return Computation.Compile<float>([x, p], choose(Logits(p, x)));
    }

    private Computation<float> CompileCriticLoss()
    {
        Variable critics = Variable.Input("critics", [_critics.Length]), targets = Variable.Input("target critics", [_critics.Length]);
        Variable actor = Variable.Input("actor", [_actor.Length]), alpha = Variable.Input("temperature", [1]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = _criticFeed.Inputs;
        Variable log = LogSoftmax(Logits(actor, next));
        Variable soft = Sum(Exp(log) * (Min(_ensemble.Apply(targets, next), 1) - (ExpandAxis(alpha, -1) * log)), -1);
        Variable target = StopGradient(rewards + (discounts * soft));
        Variable chosen = OneHot(Reshape(actions, [_shardRows]), _actions.N);
        Variable values = Sum(_ensemble.Apply(critics, x) * ExpandAxis(chosen, 1), -1);
        Variable loss = 0.5 / _options.BatchSize * Sum(Square(values - ExpandAxis(target, -1)));
        Variable value = Sum(values) / (double)(_options.BatchSize * _options.Critics);
        return Computation.Compile<float>([critics, targets, actor, alpha, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, critics), Stack(0, loss, value));
    }

    private Computation<float> CompileActorLoss()
    {
        Variable actor = Variable.Input("actor", [_actor.Length]), critics = Variable.Input("critics", [_critics.Length]), alpha = Variable.Input("temperature", [1]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = _actorFeed.Inputs;
        Variable log = LogSoftmax(Logits(actor, x)), probabilities = Exp(log);
        double share = 1.0 / _options.BatchSize;
        Variable loss = share * Sum(probabilities * ((ExpandAxis(alpha, -1) * log) - Min(_ensemble.Apply(critics, x), 1)));
        return Computation.Compile<float>([actor, critics, alpha, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, actor), Stack(0, loss, -share * Sum(probabilities * log)));
    }
}
