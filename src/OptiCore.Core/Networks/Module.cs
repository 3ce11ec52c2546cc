using System.Numerics;
using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A part of a network: a plain record of sizes and choices, which writes the expression of its output and asks for the parameters that it needs on the way. It holds no numbers.
/// </summary>
public abstract record Module
{
    /// <summary>Writes the module's output.</summary>
    /// <param name="scope">Where its parameters are.</param>
    /// <param name="x">The input; the last axis has the features, the axes before are batches.</param>
    public abstract Variable Apply(Scope scope, Variable x);
}

/// <summary>
/// A module with the flat vectors of its parameters and states laid out: <c>var network = new Network(new Mlp { ... }, [64, 8])</c>.
/// </summary>
/// <remarks>All parameters are one vector, so that an optimizer steps them in one pass and a gradient is one vector too. Names and shapes are those of the modules' parts.</remarks>
public sealed class Network
{
    private readonly Module _module;
    private readonly Declarations _layout = new();

    /// <summary>Lays a module out.</summary>
    /// <param name="module">The module.</param>
    /// <param name="input">The shape of its input; a network may be applied to others that fit.</param>
    public Network(Module module, Shape input)
    {
        _module = Require.NotNull(module);
        OutputShape = module.Apply(new Scope(_layout, null, null, KeyVariable.Input("key"), isTraining: true), Variable.Input("x", input)).Shape;
    }

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

    /// <summary>The output for parameters and an input, as an expression. For networks without states.</summary>
    /// <param name="parameters">A vector of <see cref="ParameterCount"/> elements.</param>
    /// <param name="x">The input.</param>
    /// <param name="key">The key of random draws; needed by dropout while training.</param>
    /// <param name="isTraining">True while learning.</param>
    /// <exception cref="InvalidOperationException">The network has states, or draws random numbers and there is no key.</exception>
    public Variable Apply(Variable parameters, Variable x, KeyVariable? key = null, bool isTraining = false) => StateCount == 0
        ? Write(parameters, null, x, key, isTraining, new Declarations(_layout))
        : throw new InvalidOperationException("The network has states: apply it with them.");

    /// <summary>The output and the next states.</summary>
    /// <param name="parameters">A vector of <see cref="ParameterCount"/> elements.</param>
    /// <param name="states">A vector of <see cref="StateCount"/> elements.</param>
    /// <param name="x">The input.</param>
    /// <param name="key">The key of random draws; needed by dropout while training.</param>
    /// <param name="isTraining">True while learning; otherwise the states stay as they are.</param>
    /// <exception cref="InvalidOperationException">The network draws random numbers and there is no key.</exception>
    public (Variable Output, Variable States) Apply(Variable parameters, Variable states, Variable x, KeyVariable? key = null, bool isTraining = false)
    {
        var declarations = new Declarations(_layout);
        Variable output = Write(parameters, states, x, key, isTraining, declarations);
        return (output, isTraining ? declarations.NextState(states) : states);
    }

    /// <summary>Writes the first parameters.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="key">The key; the same key gives the same parameters, and each tensor has its own by its name.</param>
    /// <param name="parameters">Receives <see cref="ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public void Initialize<T>(RandomKey key, Span<T> parameters) where T : unmanaged, IFloatingPointIeee754<T> => Fill(key, _layout.Parameters, parameters);

    /// <summary>Writes the first states.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="states">Receives <see cref="StateCount"/> elements.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public void InitializeStates<T>(RandomKey key, Span<T> states) where T : unmanaged, IFloatingPointIeee754<T> => Fill(key, _layout.States, states);

    private Variable Write(Variable parameters, Variable? states, Variable x, KeyVariable? key, bool isTraining, Declarations declarations)
    {
        if (parameters.Rank != 1 || parameters.Shape[0] != ParameterCount)
            throw new ArgumentException($"The parameters have the shape {parameters.Shape}; the network has {ParameterCount}.", nameof(parameters));
        if (states is { } given && (given.Rank != 1 || given.Shape[0] != StateCount))
            throw new ArgumentException($"The states have the shape {given.Shape}; the network has {StateCount}.", nameof(states));
        return _module.Apply(new Scope(declarations, parameters, states, key, isTraining), x);
    }

    private static void Fill<T>(RandomKey key, TensorList list, Span<T> target) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(target.Length, list.Length, "parameters");
        foreach (NamedTensor tensor in list.Tensors)
        {
            var values = new double[tensor.Shape.ElementCount];
            tensor.Initializer.Fill(key.Fold(tensor.Name), tensor.Shape, values);
            for (int i = 0; i < values.Length; i++)
                target[tensor.Offset + i] = T.CreateTruncating(values[i]);
        }
    }
}
