using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The actor, the critics, the replay memory and the temperature of a soft actor-critic with discrete actions: expectations over actions are sums.</summary>
public sealed class DiscreteSacState : ReplayAgentState<int>
{
    private const int CriticBatchInput = 4, ActorBatchInput = 3;

    private readonly Sac _options;
    private readonly Discrete _actions;
    private readonly CriticEnsemble _ensemble;
    private readonly LearnedNetwork _actor;
    private readonly LearnedNetwork _critics;
    private readonly Temperature _temperature;
    private readonly BatchFeed<int> _criticFeed;
    private readonly BatchFeed<int> _actorFeed;
    private readonly ShardedProgram _criticLoss;
    private readonly ShardedProgram _actorLoss;
    private readonly KeyVariable _draws = KeyVariable.Input("draws");
    private readonly Replay<float> _explore;
    private readonly DiscreteChooser _chooser;
    private readonly float[] _terms = new float[2];
    private readonly RandomKey _exploration;
    private readonly Action<int, Replay<float>> _fillCritic;
    private readonly Action<int, Replay<float>> _fillActor;
    private long _explored;

    internal DiscreteSacState(Sac options, AgentSetup<float, int> setup, Discrete actions)
        : base(
            setup, () => new ReplayBuffer<float, int>(options.Replay, setup.ObservationSpace.Length, 1, setup.Count), options.BatchSize,
            new UpdateClock(options.LearningStarts, options.UpdatesPerTransition), "critic loss", "value", "actor loss", "entropy", "temperature")
    {
        (_options, _actions, _exploration) = (options, actions, setup.Key.Fold("exploration"));
        Variable x = Variable.Input("observations", [1, Inputs]);
        _actor = new LearnedNetwork(new Network(scope => WriteActor(scope, x)), options.Optimizer, setup.Key.Fold("actor"));
        _ensemble = new CriticEnsemble(options.Critic, options.Critics, actions.N, Inputs);
        _critics = new LearnedNetwork(_ensemble.Network, options.Optimizer, setup.Key.Fold("critics"));
        _temperature = new Temperature(options, 0.5 * Math.Log(actions.N));
        _criticFeed = Feed(CriticBatchInput);
        _actorFeed = Feed(ActorBatchInput);
        _criticLoss = Program(CompileCriticLoss(), _critics.Parameters, _critics.Target, _actor.Parameters, _temperature.Block);
        _actorLoss = Program(CompileActorLoss(), _actor.Parameters, _critics.Parameters, _temperature.Block);
        _fillCritic = _criticFeed.Fill;
        _fillActor = _actorFeed.Fill;
        _explore = DiscreteChooser.Compile(setup.Count, Inputs, _actor.Length, (p, o) => RandomCategorical(_draws, Logits(p, o))).Start();
        _explore.Bind(1, _actor.Parameters);
        _chooser = new DiscreteChooser(actions, _actor, Logits, Inputs);
    }

    /// <summary>The policy's network.</summary>
    public LearnedNetwork Actor => _actor;

    /// <summary>The critics' network, one vector for all.</summary>
    public LearnedNetwork Critics => _critics;

    /// <summary>The critics' mean values of all actions, [rows, actions].</summary>
    /// <param name="parameters">The critics' parameters.</param>
    /// <param name="observations">[rows, elements].</param>
    public Variable Value(Variable parameters, Variable observations) => Mean(_ensemble.Apply(parameters, observations), 1);

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<int> actions)
    {
        RandomKey key = _exploration.Fold(_explored++);
        if (Updates == 0 && Transitions < _options.LearningStarts)
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
    public override void Act(ReadOnlySpan<float> observations, Span<int> actions) => _chooser.Act(observations, actions);

    /// <inheritdoc/>
    public override void KeepPolicy() => _actor.Keep();

    /// <inheritdoc/>
    public override IPolicy<float, int> CurrentPolicy() => _chooser.Policy(_actor.Parameters.Span);

    /// <inheritdoc/>
    public override IPolicy<float, int> KeptPolicy() => _chooser.Policy(_actor.Kept);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_actor);
        archive.Transfer(_critics);
        archive.Transfer(_temperature);
        archive.Transfer(ref _explored);
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
        if (Updates % _options.ActorInterval == 0)
        {
            _actorLoss.Run(_fillActor);
            _actor.Step(_actorLoss);
            _actorLoss.Sum(1, _terms);
            _temperature.Tune(_terms[1]);
            (metrics[2], metrics[3], metrics[4]) = (_terms[0], _terms[1], _temperature.Value);
        }

        _critics.Follow(_options.TargetRate);
    }

    private Variable WriteActor(Scope scope, Variable observations) =>
        new Linear(_actions.N).Apply(scope.Part("actions"), _options.Actor.Apply(scope.Part("torso"), observations));

    private Variable Logits(Variable parameters, Variable observations) => WriteActor(_actor.Network.ScopeOf(parameters), observations);

    private Computation<float> CompileCriticLoss()
    {
        Variable critics = Variable.Input("critics", [_critics.Length]), targets = Variable.Input("target critics", [_critics.Length]);
        Variable actor = Variable.Input("actor", [_actor.Length]), alpha = Variable.Input("temperature", [1]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = _criticFeed.Inputs;
        Variable log = LogSoftmax(Logits(actor, next));
        Variable least = Min(_ensemble.Apply(targets, next), 1);
        Variable soft = Sum(Exp(log) * (_options.BacksUpEntropy ? least - (ExpandAxis(alpha, -1) * log) : least), -1);
        Variable target = StopGradient(rewards + (discounts * soft));
        Variable chosen = OneHot(Reshape(actions, [PartRows]), _actions.N);
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
