using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Where a module finds its parameters while its expression is written: parts of one flat vector, each with a name, a shape and an initializer. The same code declares, initializes and
/// applies a module, so that they can't disagree.
/// </summary>
public sealed class Scope
{
    private readonly Declarations _declarations;
    private readonly Variable? _parameters, _state;
    private readonly KeyVariable? _key;
    private readonly string _path;

    internal Scope(Declarations declarations, Variable? parameters, Variable? state, KeyVariable? key, bool isTraining, string path = "")
    {
        _declarations = declarations;
        _parameters = parameters;
        _state = state;
        _key = key;
        IsTraining = isTraining;
        _path = path;
    }

    /// <summary>True while learning: dropout drops, batch normalization uses the batch's own moments.</summary>
    public bool IsTraining { get; }

    /// <summary>The scope of a part, under its own name.</summary>
    /// <param name="name">The part's name, without dots.</param>
    /// <exception cref="ArgumentException">The name is empty or has a dot.</exception>
    public Scope Part(string name) => new(_declarations, _parameters, _state, _key, IsTraining, Join(name));

    /// <summary>A parameter, which is learned.</summary>
    /// <param name="name">Its name within the module.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">What it is at first.</param>
    /// <exception cref="ArgumentException">The module has used the name for another shape.</exception>
    public Variable Parameter(string name, Shape shape, Initializer initializer) => _declarations.Parameters.Get(Join(name), shape, initializer, _parameters);

    /// <summary>A number that is carried from step to step but isn't learned by gradients, such as a running mean.</summary>
    /// <param name="name">Its name within the module.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">What it is at first.</param>
    public Variable State(string name, Shape shape, Initializer initializer) => _declarations.States.Get(Join(name), shape, initializer, _state);

    /// <summary>Says what a state is after this step; without, it stays as it is.</summary>
    /// <param name="name">Its name within the module.</param>
    /// <param name="value">Its next value.</param>
    /// <exception cref="ArgumentException">There is no such state, or its shape is another.</exception>
    public void Update(string name, Variable value) => _declarations.Update(Join(name), value);

    /// <summary>The key of a module's random draws, its own by its name.</summary>
    /// <param name="name">The purpose's name within the module.</param>
    /// <exception cref="InvalidOperationException">The network is applied without a key.</exception>
    public KeyVariable Key(string name)
    {
        if (_key is not { } key)
            throw new InvalidOperationException($"'{Join(name)}' draws random numbers: apply the network with a key.");
        RandomKey purpose = default(RandomKey).Fold(Join(name));
        return key.Derive(purpose.High).Derive(purpose.Low);
    }

    private string Join(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException($"The name '{name}' has a dot, which separates parts.", nameof(name));
        return _path.Length == 0 ? name : $"{_path}.{name}";
    }
}

/// <summary>The parameters and states that modules have asked for.</summary>
internal sealed class Declarations
{
    private readonly Dictionary<string, Variable> _updates = [];

    /// <summary>While modules are asked what they need.</summary>
    public Declarations()
    {
        Parameters = new TensorList();
        States = new TensorList();
    }

    /// <summary>While modules are applied to what they asked for.</summary>
    public Declarations(Declarations layout)
    {
        Parameters = layout.Parameters;
        States = layout.States;
    }

    public TensorList Parameters { get; }

    public TensorList States { get; }

    public void Update(string path, Variable value)
    {
        Shape shape = States.ShapeOf(path) ?? throw new ArgumentException($"There is no state '{path}'.", nameof(path));
        if (shape != value.Shape)
            throw new ArgumentException($"The state '{path}' has the shape {shape}, not {value.Shape}.", nameof(value));
        _updates[path] = value;
    }

    /// <summary>All states after the step, one after the other.</summary>
    public Variable NextState(Variable state)
    {
        var parts = new List<Variable>();
        foreach (NamedTensor tensor in States.Tensors)
            parts.Add(_updates.TryGetValue(tensor.Name, out Variable next) ? Operations.Reshape(next, [tensor.Shape.ElementCount]) : Operations.Slice(state, 0, tensor.Offset, tensor.Shape.ElementCount));
        return Operations.Concatenate(0, [.. parts]);
    }
}

/// <summary>A tensor within a flat vector.</summary>
/// <param name="Name">Its path, parts separated by dots.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Offset">The element with which it begins.</param>
/// <param name="Initializer">What it is at first.</param>
public sealed record NamedTensor(string Name, Shape Shape, int Offset, Initializer Initializer);

/// <summary>Tensors in a flat vector, in the order in which they were asked for first.</summary>
internal sealed class TensorList
{
    private readonly List<NamedTensor> _tensors = [];
    private readonly Dictionary<string, NamedTensor> _byName = [];

    public IReadOnlyList<NamedTensor> Tensors => _tensors;

    public int Length { get; private set; }

    public Shape? ShapeOf(string name) => _byName.TryGetValue(name, out NamedTensor? tensor) ? tensor.Shape : null;

    public Variable Get(string name, Shape shape, Initializer initializer, Variable? flat)
    {
        if (!_byName.TryGetValue(name, out NamedTensor? tensor))
        {
            if (flat is not null)
                throw new ArgumentException($"'{name}' wasn't asked for when the network was laid out.", nameof(name));
            _byName[name] = tensor = new NamedTensor(name, shape, Length, initializer);
            _tensors.Add(tensor);
            Length = checked(Length + shape.ElementCount);
        }
        else if (tensor.Shape != shape)
            throw new ArgumentException($"'{name}' has the shape {tensor.Shape} and is asked for with {shape}: parts need different names.", nameof(shape));

        // While modules are only asked what they need, every tensor is an input of its own.
        return flat is { } vector
            ? Operations.Reshape(Operations.Slice(vector, 0, tensor.Offset, shape.ElementCount), shape)
            : Variable.Input(name, shape);
    }
}
