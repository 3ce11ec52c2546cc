using System.Numerics;
using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A module with the flat vectors of its parameters and states laid out: <c>var network = new Network(new Mlp { ... }, [64, 8])</c>.
/// </summary>
/// <remarks>
/// <para>All parameters are one vector, so that an optimizer steps them in one pass and a gradient is one vector too. Names and shapes are those of the modules' parts.</para>
/// <para>What has several inputs or outputs, or penalties to add to the loss, is written in a scope:
/// <code>
/// var network = new Network(scope => attention.Apply(scope, queries, context));
/// Scope scope = network.ScopeOf(parameters, isTraining: true);
/// Variable y = attention.Apply(scope, queries, context), loss = Losses.MeanSquaredError(y, target) + scope.Penalty;
/// </code></para>
/// </remarks>
public sealed class Network
{
    private readonly Module? _module;
    private readonly Layout _layout = new();

    /// <summary>Lays a module out.</summary>
    /// <param name="module">The module.</param>
    /// <param name="input">The shape of its input; a network may be applied to others that fit.</param>
    public Network(Module module, Shape input)
    {
        _module = Require.NotNull(module);
        OutputShape = module.Apply(LayoutScope(), Variable.Input("x", input)).Shape;
    }

    /// <summary>Lays out whatever an expression asks for. Such a network is applied through <see cref="ScopeOf"/>.</summary>
    /// <param name="expression">Writes the expression, with inputs of its own; it is called once.</param>
    public Network(Func<Scope, Variable> expression) => OutputShape = Require.NotNull(expression)(LayoutScope()).Shape;

    /// <summary>The shape of the output for the input that was laid out.</summary>
    public Shape OutputShape { get; }

    /// <summary>The number of parameters.</summary>
    public int ParameterCount => _layout.Parameters.Length;

    /// <summary>The parameters' names, shapes and places in the vector.</summary>
    public IReadOnlyList<NamedTensor> Parameters => _layout.Parameters.Tensors;

    /// <summary>The number of state elements; 0 for most networks.</summary>
    public int StateCount => _layout.States.Length;

    /// <summary>The states' names, shapes and places in their vector.</summary>
    public IReadOnlyList<NamedTensor> States => _layout.States.Tensors;

    /// <summary>The output for parameters and an input, as an expression. For networks without states; penalties are dropped.</summary>
    /// <param name="parameters">A vector of <see cref="ParameterCount"/> elements.</param>
    /// <param name="x">The input.</param>
    /// <param name="key">The key of random draws; needed by dropout while training.</param>
    /// <param name="isTraining">True while learning.</param>
    /// <exception cref="InvalidOperationException">The network has states, or draws random numbers and there is no key, or was laid out from an expression.</exception>
    public Variable Apply(Variable parameters, Variable x, KeyVariable? key = null, bool isTraining = false) => Write(ScopeOf(parameters, null, key, isTraining), x);

    /// <summary>The output and the next states; penalties are dropped.</summary>
    /// <param name="parameters">A vector of <see cref="ParameterCount"/> elements.</param>
    /// <param name="states">A vector of <see cref="StateCount"/> elements.</param>
    /// <param name="x">The input.</param>
    /// <param name="key">The key of random draws; needed by dropout while training.</param>
    /// <param name="isTraining">True while learning; otherwise the states stay as they are.</param>
    /// <exception cref="InvalidOperationException">The network draws random numbers and there is no key, or was laid out from an expression.</exception>
    public (Variable Output, Variable States) Apply(Variable parameters, Variable states, Variable x, KeyVariable? key = null, bool isTraining = false)
    {
        Scope scope = ScopeOf(parameters, states, key, isTraining);
        Variable output = Write(scope, x);
        return (output, scope.NextStates);
    }

    /// <summary>A scope in which modules find this network's parameters and states; after they are applied it has the next states and the penalties too. For one writing.</summary>
    /// <param name="parameters">A vector of <see cref="ParameterCount"/> elements.</param>
    /// <param name="states">A vector of <see cref="StateCount"/> elements, for networks that have states.</param>
    /// <param name="key">The key of random draws; needed by dropout while training.</param>
    /// <param name="isTraining">True while learning.</param>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    public Scope ScopeOf(Variable parameters, Variable? states = null, KeyVariable? key = null, bool isTraining = false)
    {
        if (parameters.Rank != 1 || parameters.Shape[0] != ParameterCount)
            throw new ArgumentException($"The parameters have the shape {parameters.Shape}; the network has {ParameterCount}.", nameof(parameters));
        if (states is { } given && (given.Rank != 1 || given.Shape[0] != StateCount))
            throw new ArgumentException($"The states have the shape {given.Shape}; the network has {StateCount}.", nameof(states));
        return new Scope(new Application(_layout, parameters, states, key, isTraining), new Reparametrization(null, null));
    }

    /// <summary>Writes the first parameters.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="key">The key; the same key gives the same parameters, and each tensor has its own by its name.</param>
    /// <param name="parameters">Receives <see cref="ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public void Initialize<T>(RandomKey key, Span<T> parameters) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(parameters.Length, ParameterCount, nameof(parameters));
        Fill(key, Parameters, parameters);
    }

    /// <summary>Writes the first states.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="states">Receives <see cref="StateCount"/> elements.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public void InitializeStates<T>(RandomKey key, Span<T> states) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(states.Length, StateCount, nameof(states));
        Fill(key, States, states);
    }

    /// <summary>Writes the first numbers of tensors into their flat vector.</summary>
    internal static void Fill<T>(RandomKey key, IReadOnlyList<NamedTensor> tensors, Span<T> target) where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (NamedTensor tensor in tensors)
        {
            var values = new double[tensor.Shape.ElementCount];
            tensor.Initializer.Fill(key.Fold(tensor.Name), tensor.Shape, values);
            for (int i = 0; i < values.Length; i++)
                target[tensor.Offset + i] = T.CreateTruncating(values[i]);
        }
    }

    /// <summary>The output in a scope of this network.</summary>
    internal Variable Write(Scope scope, Variable x) => _module is { } module
        ? module.Apply(scope, x)
        : throw new InvalidOperationException("The network was laid out from an expression: write that in a scope of ScopeOf.");

    private Scope LayoutScope() => new(new Application(_layout), new Reparametrization(null, null));
}
