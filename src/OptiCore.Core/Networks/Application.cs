using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>A tensor within a flat vector.</summary>
/// <param name="Name">Its path, parts separated by dots.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Offset">The element with which it begins.</param>
/// <param name="Initializer">What it is at first.</param>
public sealed record NamedTensor(string Name, Shape Shape, int Offset, Initializer Initializer);

/// <summary>The parameters and states that modules have asked for when they were laid out.</summary>
internal sealed class Layout
{
    public TensorList Parameters { get; } = new();

    public TensorList States { get; } = new();
}

/// <summary>One writing of a network's expression: which variables its tensors are, what its states become, and what is added to the loss.</summary>
internal sealed class Application
{
    private readonly Layout _layout;
    private readonly Variable? _parameters, _states;
    private readonly Dictionary<string, Variable> _tensors = [];
    private readonly Dictionary<string, Variable> _updates = [];

    /// <summary>While modules are asked what they need; every tensor is an input of its own then.</summary>
    public Application(Layout layout)
    {
        _layout = layout;
        IsLayout = IsTraining = true;
        Key = KeyVariable.Input("key");
    }

    /// <summary>While modules are applied to what they asked for.</summary>
    public Application(Layout layout, Variable parameters, Variable? states, KeyVariable? key, bool isTraining)
    {
        _layout = layout;
        _parameters = parameters;
        _states = states;
        Key = key;
        IsTraining = isTraining;
    }

    public bool IsLayout { get; }

    public bool IsTraining { get; }

    public KeyVariable? Key { get; }

    public Variable Penalty { get; set; } = 0;

    public Variable NextStates
    {
        get
        {
            if (_states is not { } states)
                throw new InvalidOperationException("The network is applied without states.");
            if (!IsTraining || _updates.Count == 0)
                return states;
            var parts = new List<Variable>();
            foreach (NamedTensor tensor in _layout.States.Tensors)
            {
                parts.Add(_updates.TryGetValue(tensor.Name, out Variable next)
                    ? Operations.Reshape(next, [tensor.Shape.ElementCount])
                    : Operations.Slice(states, 0, tensor.Offset, tensor.Shape.ElementCount));
            }

            return Operations.Concatenate(0, [.. parts]);
        }
    }

    public Variable Parameter(string path, Shape shape, Initializer initializer) => Get(_layout.Parameters, _layout.States, path, shape, initializer, _parameters);

    public Variable State(string path, Shape shape, Initializer initializer) => IsLayout || _states is not null
        ? Get(_layout.States, _layout.Parameters, path, shape, initializer, _states)
        : throw new InvalidOperationException($"'{path}' is a state: apply the network with its states.");

    public void Update(string path, Variable value)
    {
        Shape shape = _layout.States.Find(path)?.Shape ?? throw new ArgumentException($"There is no state '{path}'.", nameof(path));
        if (shape != value.Shape)
            throw new ArgumentException($"The state '{path}' has the shape {shape}, not {value.Shape}.", nameof(value));
        _updates[path] = value;
    }

    private Variable Get(TensorList list, TensorList others, string path, Shape shape, Initializer initializer, Variable? flat)
    {
        if (others.Find(path) is not null)
            throw new ArgumentException($"'{path}' is a parameter and a state: they need different names.", nameof(path));
        NamedTensor? tensor = list.Find(path);
        if (tensor is null)
        {
            if (!IsLayout)
                throw new ArgumentException($"'{path}' wasn't asked for when the network was laid out.", nameof(path));
            tensor = list.Add(path, shape, initializer);
        }

        if (tensor.Shape != shape)
            throw new ArgumentException($"'{path}' has the shape {tensor.Shape} and is asked for with {shape}: parts need different names.", nameof(shape));

        // One variable for each tensor: the gradient of the flat vector is then one concatenation, however often a tensor is used.
        if (!_tensors.TryGetValue(path, out Variable variable))
        {
            _tensors[path] = variable = flat is { } vector
                ? Operations.Reshape(Operations.Slice(vector, 0, tensor.Offset, shape.ElementCount), shape)
                : Variable.Input(path, shape);
        }

        return variable;
    }
}

/// <summary>Tensors in a flat vector, in the order in which they were asked for first.</summary>
internal sealed class TensorList
{
    private readonly List<NamedTensor> _tensors = [];
    private readonly Dictionary<string, NamedTensor> _byName = [];

    public IReadOnlyList<NamedTensor> Tensors => _tensors;

    public int Length { get; private set; }

    public NamedTensor? Find(string name) => _byName.GetValueOrDefault(name);

    public NamedTensor Add(string name, Shape shape, Initializer initializer)
    {
        var tensor = new NamedTensor(name, shape, Length, initializer);
        _byName.Add(name, tensor);
        _tensors.Add(tensor);
        Length = checked(Length + shape.ElementCount);
        return tensor;
    }
}
