using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The actor, the critics, the replay memory and the temperature of a soft actor-critic with continuous actions.</summary>
public sealed class SacState : ReplayAgentState<float>
{
    private const int CriticBatchInput = 6, ActorBatchInput = 3;

    private readonly Sac _options;
    private readonly SquashedGaussianActions _law;
    private readonly CriticEnsemble _ensemble;
    private readonly LearnedNetwork _actor;
    private readonly LearnedNetwork _critics;
    private readonly Temperature _temperature;
    private readonly ConservativeWeight? _conservatism;
    private readonly ContinuousExplorer _explorer;
    private readonly BatchFeed<float> _criticFeed;
    private readonly BatchFeed<float> _actorFeed;
    private readonly ShardedProgram _criticLoss;
    private readonly ShardedProgram _actorLoss;
    private readonly KeyVariable _draws = KeyVariable.Input("draws");
    private readonly Block<float> _mask;
    private readonly Action<int, Replay<float>> _fillCritic;
    private readonly Action<int, Replay<float>> _fillActor;
    private readonly int[] _order;
    private readonly float[] _terms = new float[3];

    internal SacState(Sac options, AgentSetup<float, float> setup, SquashedGaussianActions law)
        : base(
            setup, () => new ReplayBuffer<float, float>(options.Replay, setup.ObservationSpace.Length, law.ActionLength, setup.Count), options.BatchSize,
            new UpdateClock(options.LearningStarts, options.UpdatesPerTransition), MetricNamesOf(options))
    {
        (_options, _law) = (options, law);
        int actionLength = law.ActionLength;
        Variable x = Variable.Input("observations", [1, Inputs]);
        _actor = new LearnedNetwork(new Network(scope => WriteActor(scope, x)), options.Optimizer, setup.Key.Fold("actor"));
        _ensemble = new CriticEnsemble(options.Critic, options.Critics, Math.Max(options.Quantiles, 1), Inputs + actionLength);
        _critics = new LearnedNetwork(_ensemble.Network, options.Optimizer, setup.Key.Fold("critics"));
        _temperature = new Temperature(options, law.LogVolume - actionLength);
        _conservatism = options.Conservatism is { } penalty ? new ConservativeWeight(penalty) : null;
        _explorer = new ContinuousExplorer(setup, _actor, (p, o) => law.Sample(Law(p, o), _draws), (p, o) => law.Mode(Law(p, o)), _draws, options.LearningStarts);
        _criticFeed = Feed(CriticBatchInput);
        _actorFeed = Feed(ActorBatchInput);
        _mask = new Block<float>(options.Critics);
        _order = new int[options.Critics];
        _criticLoss = Program(CompileCriticLoss(), _critics.Parameters, _critics.Target, _actor.Parameters, _temperature.Block, _mask, _conservatism?.Block ?? new Block<float>(1));
        _actorLoss = Program(CompileActorLoss(), _actor.Parameters, _critics.Parameters, _temperature.Block);
        _fillCritic = FillCritic;
        _fillActor = FillActor;
    }

    /// <summary>The policy's network.</summary>
    public LearnedNetwork Actor => _actor;

    /// <summary>The critics' network, one vector for all.</summary>
    public LearnedNetwork Critics => _critics;

    /// <summary>The critics' mean value of states and actions, [rows].</summary>
    /// <param name="parameters">The critics' parameters.</param>
    /// <param name="observations">[rows, elements].</param>
    /// <param name="actions">[rows, elements].</param>
    public Variable Value(Variable parameters, Variable observations, Variable actions) => Mean(Mean(Values(parameters, observations, actions), -1), -1);

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<float> actions) => _explorer.Explore(observations, Updates > 0 ? long.MaxValue : Transitions, actions);

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<float> observations, Span<float> actions) => _explorer.Act(observations, actions);

    /// <summary>Draws actions from the policy.</summary>
    /// <param name="observations">Any number of observations, one row each.</param>
    /// <param name="key">The key of the draws.</param>
    /// <param name="actions">Receives as many actions.</param>
    public void SampleActions(ReadOnlySpan<float> observations, RandomKey key, Span<float> actions) => _explorer.SampleActions(observations, key, actions);

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
        archive.Transfer(_temperature);
        if (_conservatism is not null)
            archive.Transfer(_conservatism);
        archive.Transfer(_explorer);
    }

    /// <inheritdoc/>
    protected override bool IsFinite => _actor.IsFinite && _critics.IsFinite;

    /// <inheritdoc/>
    protected override void Update(Span<double> metrics)
    {
        DrawCritics();
        _criticLoss.Run(_fillCritic);
        _critics.Step(_criticLoss);
        _criticLoss.Sum(1, _terms);
        (metrics[0], metrics[1]) = (_terms[0], _terms[1]);
        if (_conservatism is not null)
        {
            _conservatism.Tune(_terms[2]);
            (metrics[5], metrics[6]) = (_terms[2], _conservatism.Value);
        }

        if (Updates % _options.ActorInterval == 0)
        {
            _actorLoss.Run(_fillActor);
            _actor.Step(_actorLoss);
            _actorLoss.Sum(1, _terms.AsSpan(0, 2));
            _temperature.Tune(_terms[1]);
            (metrics[2], metrics[3], metrics[4]) = (_terms[0], _terms[1], _temperature.Value);
        }

        _critics.Follow(_options.TargetRate);
    }

    private static string[] MetricNamesOf(Sac options) => options.Conservatism is null
        ? ["critic loss", "value", "actor loss", "entropy", "temperature"]
        : ["critic loss", "value", "actor loss", "entropy", "temperature", "penalty", "conservatism"];

    /// <summary>Which target critics the minimum is over: those that aren't drawn are lifted out of reach.</summary>
    private void DrawCritics()
    {
        if (_options.TargetCritics == 0)
            return;
        RandomStream stream = UpdateKey.Fold("critics").Stream();
        Draw.Permutation(ref stream, _order);
        _mask.Span.Fill(1e9f);
        foreach (int critic in _order.AsSpan(0, _options.TargetCritics))
            _mask.Span[critic] = 0;
    }

    private void FillCritic(int shard, Replay<float> replay)
    {
        _criticFeed.Fill(shard, replay);
        replay.SetKey(_draws, UpdateKey.Fold("next actions").Fold(shard));
    }

    private void FillActor(int shard, Replay<float> replay)
    {
        _actorFeed.Fill(shard, replay);
        replay.SetKey(_draws, UpdateKey.Fold("actions").Fold(shard));
    }

    private Variable WriteActor(Scope scope, Variable observations) =>
        _law.Head(scope.Part("actions"), _options.Actor.Apply(scope.Part("torso"), observations), Initializer.GlorotUniform);

    private Variable Law(Variable parameters, Variable observations) => WriteActor(_actor.Network.ScopeOf(parameters), observations);

    private Variable Values(Variable parameters, Variable observations, Variable actions) => _ensemble.Apply(parameters, Concatenate(-1, observations, _law.Normalize(actions)));

    /// <summary>The gradient with respect to the critics of a part's share of the mean loss, and [loss, mean value].</summary>
    private Computation<float> CompileCriticLoss()
    {
        Variable critics = Variable.Input("critics", [_critics.Length]), targets = Variable.Input("target critics", [_critics.Length]), actor = Variable.Input("actor", [_actor.Length]);
        Variable alpha = Variable.Input("temperature", [1]), mask = Variable.Input("mask", [_options.Critics]), conservatism = Variable.Input("conservatism", [1]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = _criticFeed.Inputs;
        (Variable nextActions, Variable log) = _law.SampleWithLogProbability(Law(actor, next), _draws);
        Variable nextValues = Values(targets, next, nextActions), values = Values(critics, x, actions), loss;
        int rows = PartRows, count = _options.Critics, quantiles = _options.Quantiles;
        if (quantiles == 0)
        {
            Variable least = Min(Reshape(nextValues, [rows, count]) + mask, -1);
            Variable target = StopGradient(rewards + (discounts * (_options.BacksUpEntropy ? least - (alpha * log) : least)));
            loss = 0.5 * Sum(Square(Reshape(values, [rows, count]) - ExpandAxis(target, -1)));
        }
        else
        {
            Variable pooled = Slice(Sort(Reshape(nextValues, [rows, count * quantiles])), -1, 0, count * (quantiles - _options.DroppedQuantiles));
            Variable following = _options.BacksUpEntropy ? pooled - ExpandAxis(alpha * log, -1) : pooled;
            Variable target = StopGradient(ExpandAxis(rewards, -1) + (ExpandAxis(discounts, -1) * following));
            Variable error = ExpandAxis(ExpandAxis(target, 1), 1) - ExpandAxis(values, -1);
            loss = Sum(ReturnModel.QuantileHuber(error, ReturnModel.Levels(quantiles))) / (double)count;
        }

        Variable pushed = 0.0;
        if (_options.Conservatism is { } options)
        {
            pushed = Sum(Penalty(options, critics, actor, x, next, Mean(values, -1)));
            loss += Sum(conservatism) * pushed;
        }

        loss /= (double)_options.BatchSize;
        Variable value = Sum(values) / (double)(_options.BatchSize * count * Math.Max(quantiles, 1)), penalty = pushed / (double)(_options.BatchSize * count);
        return Computation.Compile<float>(
            [critics, targets, actor, alpha, mask, conservatism, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, critics), Stack(0, loss, value, penalty));
    }

    /// <summary>What the critics promise beyond the actions of the data, [rows, critics]: actions are drawn uniformly, from the policy and from the policy at the next observation.</summary>
    private Variable Penalty(ConservativePenalty options, Variable critics, Variable actor, Variable x, Variable next, Variable taken)
    {
        int rows = x.Shape[0], n = options.Samples, length = _law.ActionLength;
        Variable repeated = Repeat(x, n, 0);
        Variable uniform = _law.Scale((2 * RandomUniform(_draws.Derive(1), [rows * n, length])) - 1);
        (Variable current, Variable currentLog) = _law.SampleWithLogProbability(Repeat(Law(actor, x), n, 0), _draws.Derive(2));
        (Variable following, Variable followingLog) = _law.SampleWithLogProbability(Repeat(Law(actor, next), n, 0), _draws.Derive(3));
        Variable values = Concatenate(1, Drawn(uniform), Drawn(current), Drawn(following));
        Variable uniformLog = BroadcastTo(Variable.Constant<double>([-_law.LogVolume - (length * Math.Log(2))], [1, 1]), [rows, n]);
        return ConservativePenalty.Sampled(values, Concatenate(1, uniformLog, Reshape(currentLog, [rows, n]), Reshape(followingLog, [rows, n])), taken);

        Variable Drawn(Variable actions) => Reshape(Mean(Values(critics, repeated, actions), -1), [rows, n, _options.Critics]);
    }

    /// <summary>The gradient with respect to the actor of a part's share of the mean loss, and [loss, entropy].</summary>
    private Computation<float> CompileActorLoss()
    {
        Variable actor = Variable.Input("actor", [_actor.Length]), critics = Variable.Input("critics", [_critics.Length]), alpha = Variable.Input("temperature", [1]);
        (Variable x, Variable taken, Variable rewards, Variable next, Variable discounts, Variable weights) = _actorFeed.Inputs;
        (Variable actions, Variable log) = _law.SampleWithLogProbability(Law(actor, x), _draws);
        Variable values = Mean(Values(critics, x, actions), -1);
        Variable value = _options.UsesMeanCritic ? Mean(values, -1) : Min(values, -1);
        double share = 1.0 / _options.BatchSize;
        Variable loss = share * Sum((alpha * log) - value);
        return Computation.Compile<float>([actor, critics, alpha, x, taken, rewards, next, discounts, weights], Derivative.Gradient(loss, actor), Stack(0, loss, -share * Sum(log)));
    }
}
