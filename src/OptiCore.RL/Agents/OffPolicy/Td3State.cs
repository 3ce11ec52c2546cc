using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The actor, the critics and the replay memory of a TD3 or DDPG agent.</summary>
public sealed class Td3State : AgentState<float, float>
{
    private const int CriticBatchInput = 3, ActorBatchInput = 2;

    private readonly Td3 _options;
    private readonly SquashedGaussianActions _bounds;
    private readonly CriticEnsemble _ensemble;
    private readonly LearnedNetwork _actor;
    private readonly LearnedNetwork _critics;
    private readonly ContinuousExplorer _explorer;
    private readonly ReplayBuffer<float, float> _replay;
    private readonly ReplayBatch<float, float> _batch;
    private readonly BatchFeed<float> _criticFeed;
    private readonly BatchFeed<float> _actorFeed;
    private readonly UpdateClock _clock;
    private readonly ShardedProgram _criticLoss;
    private readonly ShardedProgram _actorLoss;
    private readonly KeyVariable _draws = KeyVariable.Input("draws");
    private readonly Action<int, Replay<float>> _fillCritic;
    private readonly Action<int, Replay<float>> _fillActor;
    private readonly float[] _terms = new float[2];
    private readonly double[] _metrics = new double[3];
    private readonly RandomKey _key;
    private readonly int _inputs;
    private readonly int _shardRows;
    private RandomKey _updateKey;

    internal Td3State(Td3 options, AgentSetup<float, float> setup, SquashedGaussianActions bounds)
    {
        (_options, _bounds, _key, _inputs) = (options, bounds, setup.Key, setup.ObservationSpace.Length);
        int actionLength = bounds.ActionLength;
        Variable x = Variable.Input("observations", [1, _inputs]);
        _actor = new LearnedNetwork(new Network(scope => WriteActor(scope, x)), options.Optimizer, _key.Fold("actor"));
        _ensemble = new CriticEnsemble(options.Critic, options.Critics, 1, _inputs + actionLength);
        _critics = new LearnedNetwork(_ensemble.Network, options.Optimizer, _key.Fold("critics"));
        _explorer = new ContinuousExplorer(
            setup, _actor, (p, o) => bounds.Scale(Noisy(Choose(p, o), options.ExplorationNoise, double.PositiveInfinity)), (p, o) => bounds.Scale(Choose(p, o)), _draws, options.LearningStarts);
        _replay = new ReplayBuffer<float, float>(options.Replay, _inputs, actionLength, setup.Count);
        _batch = new ReplayBatch<float, float>(options.BatchSize, _inputs, actionLength);
        _clock = new UpdateClock(options.LearningStarts, options.UpdatesPerTransition);
        int shards = ShardedProgram.ShardsFor(options.BatchSize);
        _shardRows = options.BatchSize / shards;
        var encoding = new ActionTensors<float>(setup.ActionSpace);
        _criticFeed = new BatchFeed<float>(_batch, encoding, _shardRows, CriticBatchInput);
        _actorFeed = new BatchFeed<float>(_batch, encoding, _shardRows, ActorBatchInput);
        _criticLoss = new ShardedProgram(CompileCriticLoss(), shards, setup.Workers);
        _actorLoss = new ShardedProgram(CompileActorLoss(), shards, setup.Workers);
        Block<float>[] criticBlocks = [_critics.Parameters, _critics.Target, _actor.Target], actorBlocks = [_actor.Parameters, _critics.Parameters];
        for (int i = 0; i < criticBlocks.Length; i++)
            _criticLoss.Bind(i, criticBlocks[i]);
        for (int i = 0; i < actorBlocks.Length; i++)
            _actorLoss.Bind(i, actorBlocks[i]);
        _fillCritic = FillCritic;
        _fillActor = _actorFeed.Fill;
    }

    /// <summary>The number of updates of the critics so far.</summary>
    public long Updates => _clock.Updates;

    /// <summary>The policy's network.</summary>
    public LearnedNetwork Actor => _actor;

    /// <summary>The critics' network, one vector for all.</summary>
    public LearnedNetwork Critics => _critics;

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; } = ["critic loss", "value", "actor loss"];

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <summary>The critics' mean value of states and actions, [rows].</summary>
    /// <param name="parameters">The critics' parameters.</param>
    /// <param name="observations">[rows, elements].</param>
    /// <param name="actions">[rows, elements].</param>
    public Variable Value(Variable parameters, Variable observations, Variable actions) => Mean(Values(parameters, observations, _bounds.Normalize(actions)), -1);

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<float> actions) => _explorer.Explore(observations, _clock.Transitions, actions);

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, float> transition)
    {
        _replay.Add(transition);
        _clock.Advance(transition.Rewards.Length);
        bool learned = false;
        for (; _clock.Take(); learned = true)
            Update();
        return learned && !(_actor.IsFinite && _critics.IsFinite) ? AgentAdvance.Diverged : AgentAdvance.Continue;
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<float> observations, Span<float> actions) => _explorer.Act(observations, actions);

    /// <inheritdoc/>
    public override void KeepPolicy() => _actor.Keep();

    /// <inheritdoc/>
    public override IPolicy<float, float> CurrentPolicy() => _explorer.Policy(_actor.Parameters.Span);

    /// <inheritdoc/>
    public override IPolicy<float, float> KeptPolicy() => _explorer.Policy(_actor.Kept);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_actor);
        archive.Transfer(_critics);
        archive.Transfer(_explorer);
        archive.Transfer(_replay);
        archive.Transfer(_clock);
        archive.Transfer<double>(_metrics);
    }

    private void Update()
    {
        _updateKey = _key.Fold("updates").Fold(_clock.Updates);
        _replay.Sample(_updateKey.Fold("batch"), _batch);
        _criticLoss.Run(_fillCritic);
        _critics.Step(_criticLoss);
        _criticLoss.Sum(1, _terms);
        (_metrics[0], _metrics[1]) = (_terms[0], _terms[1]);
        if (_clock.Updates % _options.ActorInterval != 0)
            return;
        _actorLoss.Run(_fillActor);
        _actor.Step(_actorLoss);
        _actorLoss.Sum(1, _terms);
        _metrics[2] = _terms[0];
        _actor.Follow(_options.TargetRate);
        _critics.Follow(_options.TargetRate);
    }

    private void FillCritic(int shard, Replay<float> replay)
    {
        _criticFeed.Fill(shard, replay);
        if (_options.TargetNoise > 0)
            replay.SetKey(_draws, _updateKey.Fold("smoothing").Fold(shard));
    }

    /// <summary>An action of [-1, 1] with normal noise.</summary>
    private Variable Noisy(Variable action, double deviation, double bound)
    {
        if (deviation == 0)
            return action;
        Variable noise = deviation * RandomNormal(_draws, action.Shape);
        return Clamp(action + (double.IsPositiveInfinity(bound) ? noise : Clamp(noise, -bound, bound)), -1, 1);
    }

    private Variable WriteActor(Scope scope, Variable observations) =>
        Tanh(new Linear(_bounds.ActionLength).Apply(scope.Part("actions"), _options.Actor.Apply(scope.Part("torso"), observations)));

    private Variable Choose(Variable parameters, Variable observations) => WriteActor(_actor.Network.ScopeOf(parameters), observations);

    /// <summary>[rows, critics], for actions in the units of [-1, 1].</summary>
    private Variable Values(Variable parameters, Variable observations, Variable normalized) =>
        Reshape(_ensemble.Apply(parameters, Concatenate(-1, observations, normalized)), [observations.Shape[0], _options.Critics]);

    private Computation<float> CompileCriticLoss()
    {
        Variable critics = Variable.Input("critics", [_critics.Length]), targets = Variable.Input("target critics", [_critics.Length]), actor = Variable.Input("target actor", [_actor.Length]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = _criticFeed.Inputs;
        Variable nextActions = Noisy(Choose(actor, next), _options.TargetNoise, _options.TargetNoiseClip);
        Variable target = StopGradient(rewards + (discounts * Min(Values(targets, next, nextActions), -1)));
        Variable values = Values(critics, x, _bounds.Normalize(actions));
        Variable loss = 0.5 / _options.BatchSize * Sum(Square(values - ExpandAxis(target, -1)));
        Variable value = Sum(values) / (double)(_options.BatchSize * _options.Critics);
        return Computation.Compile<float>([critics, targets, actor, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, critics), Stack(0, loss, value));
    }

    private Computation<float> CompileActorLoss()
    {
        Variable actor = Variable.Input("actor", [_actor.Length]), critics = Variable.Input("critics", [_critics.Length]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = _actorFeed.Inputs;
        Variable values = Values(critics, x, Choose(actor, x));
        Variable loss = -1.0 / _options.BatchSize * Sum(Slice(values, -1, 0, 1));
        return Computation.Compile<float>([actor, critics, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, actor), Stack(0, loss, loss));
    }
}
