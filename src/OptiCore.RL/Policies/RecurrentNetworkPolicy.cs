using OptiCore.Differentiation;
using OptiCore.Networks;

namespace OptiCore.RL;

/// <summary>A policy that a network with a memory computes, with a copy of its parameters. Memories are the caller's. Threads that act at the same time take turns.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class RecurrentNetworkPolicy<TAction> : IRecurrentPolicy<float, TAction> where TAction : unmanaged
{
    private readonly Lock _lock = new();
    private readonly Network _network;
    private readonly Func<Variable, Variable, Variable> _choose;
    private readonly Space<TAction> _actionSpace;
    private readonly ActionTensors<TAction> _actions;
    private readonly Block<float> _parameters;
    private readonly RowProgram _program;
    private readonly KeyVariable? _key;
    private readonly int _inputs;
    private float[] _packed = [];
    private float[] _chosen = [];
    private float[] _tensor = [];

    /// <summary>Creates the policy.</summary>
    /// <param name="network">The network, which names the parameters.</param>
    /// <param name="choose">Writes the chosen actions with the memory after them, [rows, length + memory], from the parameters and the observations with the memory before them, [rows, elements + memory].</param>
    /// <param name="parameters">The parameters, which are copied.</param>
    /// <param name="inputs">The number of elements of an observation.</param>
    /// <param name="memoryLength">The number of elements of a memory.</param>
    /// <param name="actionSpace">Where actions come from.</param>
    /// <param name="key">The key that <paramref name="choose"/> draws from; null for a deterministic policy.</param>
    public RecurrentNetworkPolicy(
        Network network, Func<Variable, Variable, Variable> choose, ReadOnlySpan<float> parameters, int inputs, int memoryLength, Space<TAction> actionSpace, KeyVariable? key = null)
    {
        _network = Require.NotNull(network);
        _choose = Require.NotNull(choose);
        _actionSpace = Require.NotNull(actionSpace);
        Require.Length(parameters.Length, network.ParameterCount, nameof(parameters));
        _inputs = Require.Positive(inputs, nameof(inputs));
        MemoryLength = Require.Positive(memoryLength, nameof(memoryLength));
        _key = key;
        _actions = new ActionTensors<TAction>(actionSpace);
        _parameters = new Block<float>(parameters.Length);
        parameters.CopyTo(_parameters.Span);
        int length = parameters.Length;
        _program = new RowProgram(
            rows =>
            {
                Variable x = Variable.Input("rows", [rows, inputs + memoryLength]), p = Variable.Input("parameters", [length]);
                return Computation.Compile<float>([x, p], choose(p, x));
            },
            _parameters);
    }

    /// <summary>The parameters.</summary>
    public ReadOnlySpan<float> Parameters => _parameters.Span;

    /// <inheritdoc/>
    public int MemoryLength { get; }

    /// <summary>Writes the parameters as a safetensors file.</summary>
    /// <param name="path">Where to.</param>
    public void Save(string path)
    {
        var file = new Safetensors();
        file.Add<float>(_network, Parameters);
        file.Save(path);
    }

    /// <summary>The same policy with the parameters of a safetensors file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, has another shape, or is not of the network.</exception>
    public RecurrentNetworkPolicy<TAction> Load(string path)
    {
        float[] parameters = new float[_network.ParameterCount];
        Safetensors.Load(path).Read<float>(_network, parameters);
        return new RecurrentNetworkPolicy<TAction>(_network, _choose, parameters, _inputs, MemoryLength, _actionSpace, _key);
    }

    /// <inheritdoc/>
    public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<TAction> actions) => Act(observations, key, new float[actions.Length / _actions.Length * MemoryLength], actions);

    /// <inheritdoc/>
    public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<float> memory, Span<TAction> actions)
    {
        int rows = actions.Length / _actions.Length;
        Require.Length(actions.Length, rows * _actions.Length, nameof(actions));
        Require.Length(observations.Length, rows * _inputs, nameof(observations));
        Require.Length(memory.Length, rows * MemoryLength, nameof(memory));
        if (rows == 0)
            return;
        lock (_lock)
        {
            if (_tensor.Length < actions.Length)
            {
                _packed = new float[rows * (_inputs + MemoryLength)];
                _chosen = new float[rows * (_actions.Length + MemoryLength)];
                _tensor = new float[actions.Length];
            }

            Span<float> packed = _packed.AsSpan(0, rows * (_inputs + MemoryLength)), chosen = _chosen.AsSpan(0, rows * (_actions.Length + MemoryLength)), tensor = _tensor.AsSpan(0, actions.Length);
            RowPacking.Join(observations, memory, rows, packed);
            _program.Run(packed, rows, chosen, _key, key);
            RowPacking.Split(chosen, rows, tensor, memory);
            _actions.Decode(tensor, actions);
        }
    }
}
