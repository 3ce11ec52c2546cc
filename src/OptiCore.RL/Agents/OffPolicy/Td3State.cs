using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The actor, the critics and the replay memory of a TD3 or DDPG agent.</summary>
public sealed class Td3State : ReplayAgentState<float>
{
    private const int CriticBatchInput = 3, ActorBatchInput = 2;

    private readonly Td3 _options;
    private readonly SquashedGaussianActions _bounds;
    private readonly CriticEnsemble _ensemble;
    private readonly LearnedNetwork _actor;
    private readonly LearnedNetwork _critics;
    private readonly ContinuousExplorer _explorer;
    private readonly CorrelatedNoise? _noise;
    private readonly BatchFeed<float> _criticFeed;
    private readonly BatchFeed<float> _actorFeed;
    private readonly ShardedProgram _criticLoss;
    private readonly ShardedProgram _actorLoss;
    private readonly KeyVariable _draws = KeyVariable.Input("draws");
    private readonly Action<int, Replay<float>> _fillCritic;
    private readonly Action<int, Replay<float>> _fillActor;
    private readonly float[] _terms = new float[2];

    internal Td3State(Td3 options, AgentSetup<float, float> setup, SquashedGaussianActions bounds)
        : base(
            setup, () => new ReplayBuffer<float, float>(options.Replay, setup.ObservationSpace.Length, bounds.ActionLength, setup.Count), options.BatchSize,
            new UpdateClock(options.LearningStarts, options.UpdatesPerTransition), MetricNamesOf(options))
    {
        (_options, _bounds) = (options, bounds);
        Variable x = Variable.Input("observations", [1, Inputs]);
        _actor = new LearnedNetwork(new Network(scope => WriteActor(scope, x)), options.Optimizer, setup.Key.Fold("actor"));
        _ensemble = new CriticEnsemble(options.Critic, options.Critics, 1, Inputs + bounds.ActionLength);
        _critics = new LearnedNetwork(_ensemble.Network, options.Optimizer, setup.Key.Fold("critics"));
        _explorer = new ContinuousExplorer(
            setup, _actor, (p, o) => bounds.Scale(Noisy(Choose(p, o), options.ExplorationNoise, double.PositiveInfinity)), (p, o) => bounds.Scale(Choose(p, o)), _draws, options.LearningStarts);
        _noise = options.NoiseCorrelation > 0 ? new CorrelatedNoise((Box)setup.ActionSpace, setup.Count, options.ExplorationNoise, options.NoiseCorrelation, setup.Key.Fold("noise")) : null;
        _criticFeed = Feed(CriticBatchInput);
        bool regularized = options.Regularization is not null;
        _actorFeed = Feed(ActorBatchInput, wholeBatch: regularized);
        _criticLoss = Program(CompileCriticLoss(), _critics.Parameters, _critics.Target, _actor.Target);
        _actorLoss = regularized
            ? WholeProgram(CompileRegularizedActorLoss(options.Regularization!), _actor.Parameters, _critics.Parameters)
            : Program(CompileActorLoss(), _actor.Parameters, _critics.Parameters);
        _fillCritic = FillCritic;
        _fillActor = _actorFeed.Fill;
    }

    /// <summary>The policy's network.</summary>
    public LearnedNetwork Actor => _actor;

    /// <summary>The critics' network, one vector for all.</summary>
    public LearnedNetwork Critics => _critics;

    /// <summary>The critics' mean value of states and actions, [rows].</summary>
    /// <param name="parameters">The critics' parameters.</param>
    /// <param name="observations">[rows, elements].</param>
    /// <param name="actions">[rows, elements].</param>
    public Variable Value(Variable parameters, Variable observations, Variable actions) => Mean(Values(parameters, observations, _bounds.Normalize(actions)), -1);

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<float> actions)
    {
        if (_noise is null || (Transitions < _options.LearningStarts && Updates == 0))
        {
            _explorer.Explore(observations, Updates > 0 ? long.MaxValue : Transitions, actions);
            return;
        }

        _explorer.Act(observations, actions);
        _noise.Add(actions);
    }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, float> transition)
    {
        _noise?.Forget(transition.Terminated, transition.Truncated);
        return base.Observe(transition);
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
        base.Persist(archive);
        archive.Transfer(_actor);
        archive.Transfer(_critics);
        archive.Transfer(_explorer);
        if (_noise is not null)
            archive.Transfer(_noise);
    }

    /// <inheritdoc/>
    protected override bool IsFinite => _actor.IsFinite && _critics.IsFinite;

    /// <inheritdoc/>
    protected override void Update(Span<double> metrics)
    {
        _criticLoss.Run(_fillCritic);
        _critics.Step(_criticLoss);
        _criticLoss.Sum(1, _terms);
        (metrics[0], metrics[1]) = (_terms[0], _terms[1]);
        if (Updates % _options.ActorInterval != 0)
            return;
        _actorLoss.Run(_fillActor);
        _actor.Step(_actorLoss);
        _actorLoss.Sum(1, _terms);
        metrics[2] = _terms[0];
        if (_options.Regularization is not null)
            metrics[3] = _terms[1];
        _actor.Follow(_options.TargetRate);
        _critics.Follow(_options.TargetRate);
    }

    private static string[] MetricNamesOf(Td3 options) => options.Regularization is null ? ["critic loss", "value", "actor loss"] : ["critic loss", "value", "actor loss", "lambda"];

    private void FillCritic(int shard, Replay<float> replay)
    {
        _criticFeed.Fill(shard, replay);
        if (_options.TargetNoise > 0)
            replay.SetKey(_draws, UpdateKey.Fold("smoothing").Fold(shard));
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

    /// <summary>The gradient of mean |mu(s) - a|^2 - lambda mean Q(s, mu(s)) with lambda = alpha / mean |Q| of the whole batch, and [loss, lambda].</summary>
    private Computation<float> CompileRegularizedActorLoss(BehaviourRegularization options)
    {
        Variable actor = Variable.Input("actor", [_actor.Length]), critics = Variable.Input("critics", [_critics.Length]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = _actorFeed.Inputs;
        Variable chosen = Choose(actor, x), values = Slice(Values(critics, x, chosen), -1, 0, 1);

        // Critics that say 0 everywhere have no scale: the actor is cloned then.
        Variable lambda = StopGradient(options.Alpha / Max(Mean(Abs(values)), 1e-8));
        Variable loss = Mean(Square(chosen - _bounds.Normalize(actions))) - (lambda * Mean(values));
        return Computation.Compile<float>([actor, critics, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, actor), Stack(0, loss, lambda));
    }
}
