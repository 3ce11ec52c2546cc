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

    /// <summary>The law of actions; null for the usual one of the action space. Default: null.</summary>
    public ActionDistribution? Actions { get; init; }
}

/// <summary>
/// A policy and a state-value function whose parameters are one vector: what policy-gradient methods act with and learn. Layers begin orthogonal with gains of sqrt(2), the policy's last
/// layer with 0.01 and the value's with 1.
/// </summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
/// <remarks>S. Huang, R. Dossa, A. Raffin, A. Kanervisto, W. Wang (2022), "The 37 implementation details of proximal policy optimization", is where the gains are from.</remarks>
public sealed class ActorCritic<TAction> : IPersistent where TAction : unmanaged
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
        Variable sample = Variable.Input("observations", [1, _inputs]);
        _network = new Network(scope => Sum(Write(scope, sample)));
        Parameters = new Block<float>(_network.ParameterCount);
        _network.Initialize(setup.Key.Fold("parameters"), Parameters.Span);
        _kept = Parameters.Span.ToArray();
        _tensor = new float[_count * Distribution.ActionLength];

        Variable x = Variable.Input("observations", [_count, _inputs]), p = Variable.Input("parameters", [_network.ParameterCount]);
        (Variable law, Variable value) = Apply(p, x);
        Variable actions = Distribution.Sample(law, _actionKey);
        _act = Computation.Compile<float>([x, p], actions, Distribution.LogProbability(law, actions), value).Start();
        _act.Bind(1, Parameters);
        _values = new RowProgram(rows => Compile(rows, (parameters, observations) => Apply(parameters, observations).Value), Parameters);
        _modes = new RowProgram(rows => Compile(rows, Choose), Parameters);
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

    /// <summary>Writes the law of actions, [rows, parameters of a law], and the values, [rows].</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="observations">The observations, [rows, elements].</param>
    public (Variable Law, Variable Value) Apply(Variable parameters, Variable observations) => Write(_network.ScopeOf(parameters), observations);

    /// <summary>Draws an action for each environment.</summary>
    /// <param name="observations">One row for each environment.</param>
    /// <param name="key">The key of the draws.</param>
    /// <param name="actions">Receives the actions.</param>
    /// <param name="tensor">Receives them as floats.</param>
    /// <param name="logProbabilities">Receives the logarithms of their probabilities or densities.</param>
    /// <param name="values">Receives the values of the observations.</param>
    public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<TAction> actions, Span<float> tensor, Span<float> logProbabilities, Span<float> values)
    {
        observations.CopyTo(_act.Input(0));
        _act.SetKey(_actionKey, key);
        _act.Run();
        _act.Output(0).CopyTo(tensor);
        _act.Output(1).CopyTo(logProbabilities);
        _act.Output(2).CopyTo(values);
        _encoding.Decode(tensor, actions);
    }

    /// <summary>The values of any number of observations.</summary>
    /// <param name="observations">The observations.</param>
    /// <param name="values">Receives their values.</param>
    public void Values(ReadOnlySpan<float> observations, Span<float> values) => _values.Run(observations, values.Length, values);

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
    public NetworkPolicy<TAction> Policy(bool kept) => new(_network, Choose, kept ? _kept : Parameters.Span, _inputs, _actionSpace);

    /// <summary>A copy of the policy as it is now, which draws actions from their law. Draws of a row depend on the key and on the row's place.</summary>
    public NetworkPolicy<TAction> StochasticPolicy() =>
        new(_network, (parameters, observations) => Distribution.Sample(Apply(parameters, observations).Law, _actionKey), Parameters.Span, _inputs, _actionSpace, _actionKey);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<float>(Parameters.Span);
        archive.Transfer<float>(_kept);
    }

    private static Variable Sum((Variable Law, Variable Value) outputs) => Operations.Sum(outputs.Law) + Operations.Sum(outputs.Value);

    private Variable Choose(Variable parameters, Variable observations) => Distribution.Mode(Apply(parameters, observations).Law);

    private Computation<float> Compile(int rows, Func<Variable, Variable, Variable> write)
    {
        Variable x = Variable.Input("observations", [rows, _inputs]), p = Variable.Input("parameters", [_network.ParameterCount]);
        return Computation.Compile<float>([x, p], write(p, x));
    }

    private (Variable Law, Variable Value) Write(Scope scope, Variable observations)
    {
        Variable features = _layout.Policy.Apply(scope.Part("policy"), observations);
        Variable law = Distribution.Head(scope.Part("actions"), features, Initializer.Orthogonal(0.01));
        Variable seen = _layout.Value is { } torso ? torso.Apply(scope.Part("value"), observations) : features;
        Variable value = new Linear(1) { Weights = Initializer.Orthogonal() }.Apply(scope.Part("critic"), seen);
        return (law, Operations.Reshape(value, [observations.Shape[0]]));
    }
}
