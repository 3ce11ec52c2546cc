using System.Numerics.Tensors;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>How the networks of an actor and its critic look.</summary>
public sealed record ActorCriticLayout
{
    /// <summary>What turns observations, [rows, elements], into the policy's features. Default: two tanh layers of 64.</summary>
    public Module Policy { get; init => field = Require.NotNull(value); } = Torso.Tanh(64, 64);

    /// <summary>What turns observations into the critic's features; null if the critic shares the policy's. Default: two tanh layers of 64 of its own.</summary>
    public Module? Value { get; init; } = Torso.Tanh(64, 64);

    /// <summary>
    /// What remembers the observations of an episode, between the features and the last layers; the critic has its own if it has its own features. Null for networks that see the current observation only, which all agents but
    /// <see cref="Ppo"/> and <see cref="A2c"/> need. Default: null.
    /// </summary>
    /// <remarks>The details of PPO begin with orthogonal weights and zero biases: <c>new Recurrent(new Lstm(128) { Weights = Initializer.Orthogonal(), ForgetBias = 0 })</c>.</remarks>
    /// <exception cref="ArgumentException">It puts out the last step alone.</exception>
    public Recurrent? Memory
    {
        get;
        init => field = value is not { IsLastOnly: true } ? value : throw new ArgumentException("The memory must put out every step of a sequence, not the last alone.", nameof(Memory));
    }

    /// <summary>The law of actions; null for the usual one of the action space. Default: null.</summary>
    public ActionDistribution? Actions { get; init; }

    /// <summary>The layout, for agents that learn from transitions in any order.</summary>
    /// <param name="agent">Who asks.</param>
    internal ActorCriticLayout WithoutMemory(string agent) =>
        Memory is null ? this : throw new ArgumentException($"{agent} learns from single transitions and needs networks without a memory: PPO and A2C learn with one.", nameof(agent));
}

/// <summary>
/// A policy and a state-value function whose parameters are one vector: what policy-gradient methods act with and learn. Layers begin orthogonal with gains of sqrt(2), the policy's last
/// layer with 0.01 and the value's with 1.
/// </summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
/// <remarks>S. Huang, R. Dossa, A. Raffin, A. Kanervisto, W. Wang (2022), "The 37 implementation details of proximal policy optimization", is where the gains are from.</remarks>
public sealed partial class ActorCritic<TAction> : IPersistent where TAction : unmanaged
{
    private readonly ActorCriticLayout _layout;
    private readonly Network _network;
    private readonly Space<TAction> _actionSpace;
    private readonly ActionTensors<TAction> _encoding;
    private readonly KeyVariable _actionKey = KeyVariable.Input("actions");
    private readonly Replay<float> _act;
    private readonly RowProgram _values;
    private readonly RowProgram _modes;
    private readonly float[] _kept;
    private readonly int _inputs;
    private readonly int _count;
    private readonly float[] _packed;
    private float[] _tensor;

    /// <summary>Builds the networks and writes their first parameters.</summary>
    /// <param name="layout">How they look.</param>
    /// <param name="setup">What the agent faces.</param>
    /// <exception cref="ArgumentException">The observations aren't a <see cref="Box"/>, or the law's actions have another length than the space's.</exception>
    public ActorCritic(ActorCriticLayout layout, AgentSetup<float, TAction> setup)
    {
        _layout = Require.NotNull(layout);
        _actionSpace = setup.ActionSpace;
        _encoding = new ActionTensors<TAction>(_actionSpace);
        _inputs = setup.ObservationSpace.Length;
        _count = setup.Count;
        Distribution = layout.Actions ?? ActionDistribution.For(_actionSpace);
        if (Distribution.ActionLength != _actionSpace.Length)
            throw new ArgumentException($"{Distribution} has actions of {Distribution.ActionLength} elements; those of {_actionSpace} have {_actionSpace.Length}.", nameof(setup));
        MemoryLength = layout.Memory is { } memory ? (layout.Value is null ? 1 : 2) * memory.StateCount * memory.Cell.Hidden : 0;
        Variable sample = Variable.Input("observations", [1, _inputs]);
        _network = new Network(scope => Sum(Write(scope, sample, Forgotten(1), null)));
        Parameters = new Block<float>(_network.ParameterCount);
        _network.Initialize(setup.Key.Fold("parameters"), Parameters.Span);
        _kept = Parameters.Span.ToArray();
        _tensor = new float[_count * Distribution.ActionLength];

        Variable x = Variable.Input("observations", [_count, _inputs]), p = Variable.Input("parameters", [_network.ParameterCount]);
        Variable states = Variable.Input("states", [_count, Math.Max(MemoryLength, 1)]);
        (Variable law, Variable value, Variable after) = Write(_network.ScopeOf(p), x, MemoryLength > 0 ? states : Forgotten(_count), null);
        Variable actions = Distribution.Sample(law, _actionKey);
        _act = Computation.Compile<float>([x, p, states], actions, Distribution.LogProbability(law, actions), value, after).Start();
        _act.Bind(1, Parameters);
        _values = new RowProgram(rows => Compile(rows, _inputs + MemoryLength, (parameters, packed) => Step(parameters, packed).Value), Parameters);
        _packed = new float[MemoryLength > 0 ? _count * (_inputs + MemoryLength) : 0];
        _modes = new RowProgram(rows => Compile(rows, _inputs, Choose), Parameters);
    }

    /// <summary>The law of actions.</summary>
    public ActionDistribution Distribution { get; }

    /// <summary>All parameters, shared with whatever is bound to them.</summary>
    public Block<float> Parameters { get; }

    /// <summary>The parameters by name.</summary>
    public IReadOnlyList<NamedTensor> Tensors => _network.Parameters;

    /// <summary>The shapes of the parameters, for update rules that go by them.</summary>
    public ParameterLayout ParameterLayout => LearnedNetwork.LayoutOf(_network);

    /// <summary>Whether all parameters are numbers.</summary>
    public bool IsFinite => float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(Parameters.Span));

    /// <summary>Writes the law of actions, [rows, parameters of a law], and the values, [rows]. Networks with a memory see the observations as the first of their episodes.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="observations">The observations, [rows, elements].</param>
    public (Variable Law, Variable Value) Apply(Variable parameters, Variable observations)
    {
        (Variable law, Variable value, _) = Write(_network.ScopeOf(parameters), observations, Forgotten(observations.Shape[0]), null);
        return (law, value);
    }

    /// <summary>Draws an action for each environment.</summary>
    /// <param name="observations">One row for each environment.</param>
    /// <param name="key">The key of the draws.</param>
    /// <param name="actions">Receives the actions.</param>
    /// <param name="tensor">Receives them as floats.</param>
    /// <param name="logProbabilities">Receives the logarithms of their probabilities or densities.</param>
    /// <param name="values">Receives the values of the observations.</param>
    public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<TAction> actions, Span<float> tensor, Span<float> logProbabilities, Span<float> values)
    {
        if (MemoryLength > 0)
            throw new InvalidOperationException("These networks have a memory: act with it.");
        Act(observations, key, actions, tensor, logProbabilities, values, default, default);
    }

    private void Act(
        ReadOnlySpan<float> observations, RandomKey key, Span<TAction> actions, Span<float> tensor, Span<float> logProbabilities, Span<float> values, ReadOnlySpan<float> states, Span<float> after)
    {
        observations.CopyTo(_act.Input(0));
        states.CopyTo(_act.Input(2));
        _act.SetKey(_actionKey, key);
        _act.Run();
        _act.Output(3)[..after.Length].CopyTo(after);
        _act.Output(0).CopyTo(tensor);
        _act.Output(1).CopyTo(logProbabilities);
        _act.Output(2).CopyTo(values);
        _encoding.Decode(tensor, actions);
    }

    /// <summary>The values of any number of observations, as the first of their episodes where the networks have a memory.</summary>
    /// <param name="observations">The observations.</param>
    /// <param name="values">Receives their values.</param>
    public void Values(ReadOnlySpan<float> observations, Span<float> values)
    {
        if (MemoryLength == 0)
            _values.Run(observations, values.Length, values);
        else
            Values(observations, new float[values.Length * MemoryLength], values);
    }

    /// <summary>The most probable actions.</summary>
    /// <param name="observations">Any number of observations.</param>
    /// <param name="actions">Receives as many actions.</param>
    public void Choose(ReadOnlySpan<float> observations, Span<TAction> actions)
    {
        int rows = actions.Length / _encoding.Length;
        Require.Length(observations.Length, rows * _inputs, nameof(observations));
        if (_tensor.Length < actions.Length)
            _tensor = new float[actions.Length];
        Span<float> tensor = _tensor.AsSpan(0, actions.Length);
        _modes.Run(observations, rows, tensor);
        _encoding.Decode(tensor, actions);
    }

    /// <summary>Keeps the parameters as they are now.</summary>
    public void Keep() => Parameters.Span.CopyTo(_kept);

    /// <summary>A copy of the policy, which plays the most probable actions.</summary>
    /// <param name="kept">Whether with the parameters that <see cref="Keep"/> kept last.</param>
    public IPolicy<float, TAction> Policy(bool kept) => Copy((_, law) => Distribution.Mode(law), kept ? _kept : Parameters.Span, null);

    /// <summary>A copy of the policy as it is now, which draws actions from their law. Draws of a row depend on the key and on the row's place.</summary>
    public IPolicy<float, TAction> StochasticPolicy() => Copy((key, law) => Distribution.Sample(law, key!), Parameters.Span, _actionKey);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<float>(Parameters.Span);
        archive.Transfer<float>(_kept);
    }

    private static Variable Sum((Variable Law, Variable Value, Variable States) outputs) => Operations.Sum(outputs.Law) + Operations.Sum(outputs.Value);

    private Variable Choose(Variable parameters, Variable observations) => Distribution.Mode(Apply(parameters, observations).Law);

    private Computation<float> Compile(int rows, int width, Func<Variable, Variable, Variable> write)
    {
        Variable x = Variable.Input("rows", [rows, width]), p = Variable.Input("parameters", [_network.ParameterCount]);
        return Computation.Compile<float>([x, p], write(p, x));
    }

    private (Variable Law, Variable Value, Variable States) Write(Scope scope, Variable observations, Variable states, Variable? keep)
    {
        var after = new List<Variable>();
        Variable features = Remember(scope.Part("memory"), _layout.Policy.Apply(scope.Part("policy"), observations), states, keep, after);
        Variable law = Distribution.Head(scope.Part("actions"), features, Initializer.Orthogonal(0.01));
        Variable seen = _layout.Value is { } torso ? Remember(scope.Part("valueMemory"), torso.Apply(scope.Part("value"), observations), states, keep, after) : features;
        Variable value = new Linear(1) { Weights = Initializer.Orthogonal() }.Apply(scope.Part("critic"), seen);
        return (law, Operations.Reshape(value, [observations.Shape[0]]), after.Count == 0 ? states : Concatenated(after));
    }
}
