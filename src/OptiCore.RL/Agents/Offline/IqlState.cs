using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The policy, the critics, the state values and the memory of an implicit Q-learner.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class IqlState<TAction> : ReplayAgentState<TAction> where TAction : unmanaged
{
    private const int ValueBatchInput = 2, ActorBatchInput = 3, CriticBatchInput = 2;

    private readonly Iql _options;
    private readonly Space<TAction> _actionSpace;
    private readonly ActionTensors<TAction> _encoding;
    private readonly ActionDistribution _law;
    private readonly ActionCritics<TAction> _ensemble;
    private readonly LearnedNetwork _actor;
    private readonly LearnedNetwork _critics;
    private readonly LearnedNetwork _value;
    private readonly ShardedProgram _valueLoss;
    private readonly ShardedProgram _actorLoss;
    private readonly ShardedProgram _criticLoss;
    private readonly Action<int, Replay<float>> _fillValue;
    private readonly Action<int, Replay<float>> _fillActor;
    private readonly Action<int, Replay<float>> _fillCritic;
    private readonly KeyVariable _draws = KeyVariable.Input("draws");
    private readonly Replay<float> _explore;
    private readonly RowProgram _modes;
    private readonly RandomKey _exploration;
    private readonly float[] _terms = new float[2];
    private float[] _tensor;
    private long _explored;

    internal IqlState(Iql options, AgentSetup<float, TAction> setup)
        : base(
            setup, () => new ReplayBuffer<float, TAction>(options.Replay, setup.ObservationSpace.Length, setup.ActionSpace.Length, setup.Count), options.BatchSize,
            new UpdateClock(options.LearningStarts, options.UpdatesPerTransition), "value loss", "value", "actor loss", "advantage weight", "critic loss", "action value")
    {
        (_options, _actionSpace, _exploration) = (options, setup.ActionSpace, setup.Key.Fold("exploration"));
        _encoding = new ActionTensors<TAction>(_actionSpace);
        _law = options.Actions ?? ((object)_actionSpace is Box box ? new GaussianActions(box.Length) { LeastDeviation = Math.Exp(-5) } : ActionDistribution.For(_actionSpace));
        if (_law.ActionLength != _actionSpace.Length)
            throw new ArgumentException($"{_law} has actions of {_law.ActionLength} elements; those of {_actionSpace} have {_actionSpace.Length}.", nameof(setup));
        Variable sample = Variable.Input("observations", [1, Inputs]);
        _actor = new LearnedNetwork(new Network(scope => WriteActor(scope, sample)), options.Optimizer, setup.Key.Fold("actor"));
        _value = new LearnedNetwork(new Network(scope => WriteValue(scope, sample)), options.Optimizer, setup.Key.Fold("value"));
        _ensemble = new ActionCritics<TAction>(options.Critic, options.Critics, Inputs, _actionSpace);
        _critics = new LearnedNetwork(_ensemble.Network, options.Optimizer, setup.Key.Fold("critics"));

        BatchFeed<TAction> valueFeed = Feed(ValueBatchInput), actorFeed = Feed(ActorBatchInput), criticFeed = Feed(CriticBatchInput);
        _valueLoss = Program(CompileValueLoss(valueFeed), _value.Parameters, _critics.Target);
        _actorLoss = Program(CompileActorLoss(actorFeed), _actor.Parameters, _value.Parameters, _critics.Target);
        _criticLoss = Program(CompileCriticLoss(criticFeed), _critics.Parameters, _value.Parameters);
        (_fillValue, _fillActor, _fillCritic) = (valueFeed.Fill, actorFeed.Fill, criticFeed.Fill);

        _tensor = new float[setup.Count * _actionSpace.Length];
        _explore = Compile(setup.Count, (p, x) => _law.Sample(Law(p, x), _draws)).Start();
        _explore.Bind(1, _actor.Parameters);
        _modes = new RowProgram(rows => Compile(rows, Mode), _actor.Parameters);
    }

    /// <summary>The policy's network.</summary>
    public LearnedNetwork Actor => _actor;

    /// <summary>The critics' network, one vector for all.</summary>
    public LearnedNetwork Critics => _critics;

    /// <summary>The network of V.</summary>
    public LearnedNetwork ValueNetwork => _value;

    /// <summary>V, [rows].</summary>
    /// <param name="parameters">The parameters of <see cref="ValueNetwork"/>.</param>
    /// <param name="observations">[rows, elements].</param>
    public Variable Value(Variable parameters, Variable observations) => Reshape(WriteValue(_value.Network.ScopeOf(parameters), observations), [observations.Shape[0]]);

    /// <summary>The critics' values of states and actions, [rows, critics].</summary>
    /// <param name="parameters">The parameters of <see cref="Critics"/>.</param>
    /// <param name="observations">[rows, elements].</param>
    /// <param name="actions">[rows, elements], as <see cref="ActionTensors{TAction}"/> encodes them.</param>
    public Variable ActionValues(Variable parameters, Variable observations, Variable actions) => _ensemble.Apply(parameters, observations, actions);

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<TAction> actions)
    {
        RandomKey key = _exploration.Fold(_explored++);
        if (Updates == 0 && Transitions < _options.LearningStarts)
        {
            int length = _actionSpace.Length;
            for (int i = 0; i * length < actions.Length; i++)
                _actionSpace.Sample(key.Fold(i), actions.Slice(i * length, length));
            return;
        }

        observations.CopyTo(_explore.Input(0));
        _explore.SetKey(_draws, key);
        _explore.Run();
        _encoding.Decode(_explore.Output(0), actions);
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<float> observations, Span<TAction> actions)
    {
        if (_tensor.Length < actions.Length)
            _tensor = new float[actions.Length];
        Span<float> tensor = _tensor.AsSpan(0, actions.Length);
        _modes.Run(observations, actions.Length / _encoding.Length, tensor);
        _encoding.Decode(tensor, actions);
    }

    /// <inheritdoc/>
    public override void KeepPolicy() => _actor.Keep();

    /// <inheritdoc/>
    public override IPolicy<float, TAction> CurrentPolicy() => Policy(_actor.Parameters.Span);

    /// <inheritdoc/>
    public override IPolicy<float, TAction> KeptPolicy() => Policy(_actor.Kept);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_actor);
        archive.Transfer(_value);
        archive.Transfer(_critics);
        archive.Transfer(ref _explored);
    }

    /// <inheritdoc/>
    protected override bool IsFinite => _actor.IsFinite && _value.IsFinite && _critics.IsFinite;

    /// <inheritdoc/>
    protected override void Update(Span<double> metrics)
    {
        Step(_valueLoss, _fillValue, _value, metrics);
        Step(_actorLoss, _fillActor, _actor, metrics[2..]);
        Step(_criticLoss, _fillCritic, _critics, metrics[4..]);
        _critics.Follow(_options.TargetRate);
    }

    private void Step(ShardedProgram loss, Action<int, Replay<float>> fill, LearnedNetwork network, Span<double> metrics)
    {
        loss.Run(fill);
        network.Step(loss);
        loss.Sum(1, _terms);
        (metrics[0], metrics[1]) = (_terms[0], _terms[1]);
    }

    private NetworkPolicy<TAction> Policy(ReadOnlySpan<float> parameters) => new(_actor.Network, Mode, parameters, Inputs, _actionSpace);

    private Variable WriteActor(Scope scope, Variable observations) =>
        _law.Head(scope.Part("actions"), _options.Actor.Apply(scope.Part("torso"), observations), Initializer.GlorotUniform);

    private Variable WriteValue(Scope scope, Variable observations) => new Linear(1).Apply(scope.Part("head"), _options.Value.Apply(scope.Part("torso"), observations));

    private Variable Law(Variable parameters, Variable observations) => WriteActor(_actor.Network.ScopeOf(parameters), observations);

    private Variable Mode(Variable parameters, Variable observations) => _law.Mode(Law(parameters, observations));

    private Computation<float> Compile(int rows, Func<Variable, Variable, Variable> write)
    {
        Variable x = Variable.Input("observations", [rows, Inputs]), p = Variable.Input("parameters", [_actor.Length]);
        return Computation.Compile<float>([x, p], write(p, x));
    }

    /// <summary>The gradient with respect to V of a part's share of the mean expectile loss, and [loss, mean V].</summary>
    private Computation<float> CompileValueLoss(BatchFeed<TAction> feed)
    {
        Variable value = Variable.Input("value", [_value.Length]), targets = Variable.Input("target critics", [_critics.Length]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = feed.Inputs;
        Variable values = Value(value, x);
        double share = 1.0 / _options.BatchSize;
        Variable loss = share * Sum(ExpectileLoss(Min(_ensemble.Apply(targets, x, actions), -1) - values, _options.Expectile));
        return Computation.Compile<float>([value, targets, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, value), Stack(0, loss, share * Sum(values)));
    }

    /// <summary>The gradient with respect to the policy of a part's share of the mean loss, and [loss, mean weight].</summary>
    private Computation<float> CompileActorLoss(BatchFeed<TAction> feed)
    {
        Variable actor = Variable.Input("actor", [_actor.Length]), value = Variable.Input("value", [_value.Length]), targets = Variable.Input("target critics", [_critics.Length]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = feed.Inputs;
        Variable advantages = Min(_ensemble.Apply(targets, x, actions), -1) - Value(value, x);

        // Clipped before exp, which would overflow.
        Variable factors = Exp(Min(_options.InverseTemperature * advantages, Math.Log(_options.WeightBound)));
        double share = 1.0 / _options.BatchSize;
        Variable loss = -share * Sum(StopGradient(factors) * _law.LogProbability(Law(actor, x), actions));
        return Computation.Compile<float>([actor, value, targets, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, actor), Stack(0, loss, share * Sum(factors)));
    }

    /// <summary>The gradient with respect to the critics of a part's share of the mean loss, and [loss, mean Q].</summary>
    private Computation<float> CompileCriticLoss(BatchFeed<TAction> feed)
    {
        Variable critics = Variable.Input("critics", [_critics.Length]), value = Variable.Input("value", [_value.Length]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = feed.Inputs;
        Variable target = StopGradient(rewards + (discounts * Value(value, next))), values = _ensemble.Apply(critics, x, actions);
        double share = 1.0 / _options.BatchSize;
        Variable loss = share * Sum(Square(values - ExpandAxis(target, -1)));
        return Computation.Compile<float>([critics, value, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, critics), Stack(0, loss, share / _options.Critics * Sum(values)));
    }

    /// <summary>|tau - 1(u &lt; 0)| u^2, whose mean is least where the sum of tau u over positive u is that of (1 - tau) |u| over negative ones.</summary>
    private static Variable ExpectileLoss(Variable u, double tau) => Abs(tau - StopGradient(u < 0)) * Square(u);
}
