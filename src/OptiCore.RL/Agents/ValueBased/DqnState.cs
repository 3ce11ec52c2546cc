using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The network, the replay memory and the optimizer of a DQN agent.</summary>
public sealed class DqnState : ReplayAgentState<int>
{
    private const int BatchInput = 3;

    private readonly Dqn _options;
    private readonly Discrete _actions;
    private readonly KeyVariable _noise = KeyVariable.Input("noise"), _targetNoise = KeyVariable.Input("target noise");
    private readonly LearnedNetwork _network;
    private readonly ConservativeWeight? _conservatism;
    private readonly BatchFeed<int> _feed;
    private readonly ShardedProgram _loss;
    private readonly Replay<float> _explore;
    private readonly DiscreteChooser _chooser;
    private readonly RowProgram _values;
    private readonly Action<int, Replay<float>> _fill;
    private readonly float[] _errors;
    private readonly float[] _terms = new float[3];
    private readonly RandomKey _exploration;
    private long _explored;

    internal DqnState(Dqn options, AgentSetup<float, int> setup, Discrete actions)
        : base(setup, () => CreateMemory(options, setup), options.BatchSize, new UpdateClock(options.LearningStarts, options.UpdatesPerTransition), options.Conservatism is null ? ["loss", "value"] : ["loss", "value", "penalty", "conservatism"])
    {
        (_options, _actions, _exploration) = (options, actions, setup.Key.Fold("exploration"));
        var module = new ActionValueNetwork { Torso = options.Torso, Actions = actions.N, Outputs = options.Returns.Outputs, IsDueling = options.IsDueling, IsNoisy = options.IsNoisy };
        _network = new LearnedNetwork(new Network(module, [1, Inputs]), options.Optimizer, setup.Key.Fold("parameters"));
        _conservatism = options.Conservatism is { } penalty ? new ConservativeWeight(penalty) : null;
        _feed = Feed(BatchInput);
        _loss = Program(Compile(), _network.Parameters, _network.Target, _conservatism?.Block ?? new Block<float>(1));
        _fill = Fill;
        _errors = new float[options.BatchSize];
        _explore = DiscreteChooser.Compile(setup.Count, Inputs, _network.Length, (p, x) => ArgMax(Values(p, x, options.IsNoisy))).Start();
        _explore.Bind(1, _network.Parameters);
        _chooser = new DiscreteChooser(actions, _network, (p, x) => Values(p, x, false), Inputs);
        _values = new RowProgram(rows => DiscreteChooser.Compile(rows, Inputs, _network.Length, (p, x) => Values(p, x, false)), _network.Parameters);
    }

    /// <summary>The network of action values.</summary>
    public LearnedNetwork Network => _network;

    /// <summary>The expected returns of all actions.</summary>
    /// <param name="observations">Any number of observations.</param>
    /// <param name="values">Receives a row of action values for each.</param>
    public void ActionValues(ReadOnlySpan<float> observations, Span<float> values) => _values.Run(observations, values.Length / _actions.N, values);

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<int> actions)
    {
        RandomKey key = _exploration.Fold(_explored++);
        observations.CopyTo(_explore.Input(0));
        if (_options.IsNoisy)
            _explore.SetKey(_noise, key.Fold("noise"));
        _explore.Run();
        ReadOnlySpan<float> best = _explore.Output(0);
        double epsilon = _options.Exploration.At(steps);
        RandomStream stream = key.Stream();
        for (int i = 0; i < actions.Length; i++)
        {
            bool random = stream.NextDouble() < epsilon;
            int drawn = Draw.Below(ref stream, _actions.N);
            actions[i] = _actions.Start + (random ? drawn : (int)best[i]);
        }
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<float> observations, Span<int> actions) => _chooser.Act(observations, actions);

    /// <inheritdoc/>
    public override void KeepPolicy() => _network.Keep();

    /// <inheritdoc/>
    public override IPolicy<float, int> CurrentPolicy() => _chooser.Policy(_network.Parameters.Span);

    /// <inheritdoc/>
    public override IPolicy<float, int> KeptPolicy() => _chooser.Policy(_network.Kept);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_network);
        if (_conservatism is not null)
            archive.Transfer(_conservatism);
        archive.Transfer(ref _explored);
    }

    /// <inheritdoc/>
    protected override bool IsFinite => _network.IsFinite;

    /// <inheritdoc/>
    protected override void Update(Span<double> metrics)
    {
        _loss.Run(_fill);
        _network.Step(_loss);
        _loss.Sum(1, _terms);
        (metrics[0], metrics[1]) = (_terms[0], _terms[1]);
        if (_conservatism is not null)
        {
            _conservatism.Tune(_terms[2]);
            (metrics[2], metrics[3]) = (_terms[2], _conservatism.Value);
        }

        for (int shard = 0; shard < _loss.Shards; shard++)
            _loss[shard].Output(2).CopyTo(_errors.AsSpan(shard * PartRows));
        Memory.UpdatePriorities(Batch.Slots, _errors);
        if (Updates % _options.TargetInterval == 0)
            _network.Follow(_options.TargetRate);
    }

    private static IReplay<float, int> CreateMemory(Dqn options, AgentSetup<float, int> setup)
    {
        var buffer = new ReplayBuffer<float, int>(options.Replay, setup.ObservationSpace.Length, 1, setup.Count);
        return options.Priorities is { } priorities ? new PrioritizedReplay<float, int>(priorities, buffer) : buffer;
    }

    private Variable Values(Variable parameters, Variable observations, bool noisy) =>
        _options.Returns.Expectation(_network.Network.Apply(parameters, observations, noisy ? _noise : null, noisy));

    private void Fill(int shard, Replay<float> replay)
    {
        _feed.Fill(shard, replay);
        if (_options.IsNoisy)
        {
            // One draw of the weights' noise for the whole batch, another for the targets.
            replay.SetKey(_noise, UpdateKey.Fold("noise"));
            replay.SetKey(_targetNoise, UpdateKey.Fold("target noise"));
        }
    }

    /// <summary>The gradient of the weighted mean loss of a part, [loss, mean value, mean penalty], and the error of each row for priorities.</summary>
    private Computation<float> Compile()
    {
        Variable p = Variable.Input("parameters", [_network.Length]), target = Variable.Input("target parameters", [_network.Length]), conservatism = Variable.Input("conservatism", [1]);
        (Variable x, Variable actionRows, Variable rewards, Variable next, Variable discounts, Variable weights) = _feed.Inputs;
        Variable actions = Reshape(actionRows, [PartRows]);
        KeyVariable? noise = _options.IsNoisy ? _noise : null, targetNoise = _options.IsNoisy ? _targetNoise : null;

        ReturnModel model = _options.Returns;
        Variable outputs = _network.Network.Apply(p, x, noise, _options.IsNoisy), nextOutputs = _network.Network.Apply(target, next, targetNoise, _options.IsNoisy);
        Variable taken = Chosen(outputs, OneHot(actions, _actions.N)), loss;
        if (_options.Munchausen is { } munchausen)
        {
            // Soft values: sum_a pi(a | s') (Q(s', a) - tau log pi(a | s')), and tau log pi(a | s) of the action taken, all by the target network.
            double tau = munchausen.Temperature;
            Variable nextValues = model.Expectation(nextOutputs), nextLog = LogSoftmax(nextValues / tau);
            Variable soft = Sum(Exp(nextLog) * (nextValues - (tau * nextLog)), -1);
            Variable log = tau * LogSoftmax(model.Expectation(_network.Network.Apply(target, x, targetNoise, _options.IsNoisy)) / tau);
            Variable added = munchausen.Factor * Clamp(Sum(log * OneHot(actions, _actions.N), -1), munchausen.Floor, 0);
            loss = model.Loss(taken, StopGradient(ExpandAxis(soft, -1)), StopGradient(rewards + added), discounts);
        }
        else
        {
            Variable chooser = _options.IsDouble ? _network.Network.Apply(p, next, noise, _options.IsNoisy) : nextOutputs;
            Variable greedy = OneHot(ArgMax(StopGradient(model.Expectation(chooser))), _actions.N);
            loss = model.Loss(taken, StopGradient(Chosen(nextOutputs, greedy)), rewards, discounts);
        }

        Variable values = model.Expectation(outputs), weighted = Sum(weights * loss) / (double)_options.BatchSize, penalty = 0.0;
        if (_options.Conservatism is not null)
        {
            penalty = Sum(weights * ConservativePenalty.Discrete(values, OneHot(actions, _actions.N))) / (double)_options.BatchSize;
            weighted += Sum(conservatism) * penalty;
        }

        Variable value = Sum(values) / (double)(_options.BatchSize * _actions.N);
        return Computation.Compile<float>(
            [p, target, conservatism, x, actionRows, rewards, next, discounts, weights], Derivative.Gradient(weighted, p), Stack(0, weighted, value, penalty), Error(loss));
    }

    /// <summary>The priority of a row: the absolute error for mean returns, undone from Huber's loss; the loss itself for distributions, as in "Rainbow".</summary>
    private Variable Error(Variable loss) => _options.Returns.Outputs == 1 ? Select(loss < 0.5, Sqrt(2 * loss), loss + 0.5) : loss;

    /// <summary>The outputs of one action in each row.</summary>
    private static Variable Chosen(Variable outputs, Variable oneHot) => Sum(outputs * ExpandAxis(oneHot, -1), 1);
}
