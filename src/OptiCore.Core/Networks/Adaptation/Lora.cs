using System.Numerics;
using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Low-rank adapters of a network's matrices: in place of a frozen W it is applied with W + (alpha / r) A B, where A [inputs, r] and B [r, outputs] are learned. Their numbers are one flat
/// vector of its own, so that an optimizer steps, and keeps its moments of, the adapters alone.
/// </summary>
/// <remarks>
/// <para>E. J. Hu et al. (2021), "LoRA: low-rank adaptation of large language models". At first A is normal and B zero: the adapted network begins as the network itself. <see cref="Merge"/>
/// writes W + (alpha / r) A B once, after which the adapters cost nothing.</para>
/// <para>The sum is formed in each pass, so that any module's matrix can be adapted; what is saved is the optimizer's memory, not the time of a pass.</para>
/// </remarks>
public sealed class Lora
{
    private readonly Network _network;
    private readonly TensorList _adapters = new();
    private readonly Dictionary<string, (NamedTensor A, NamedTensor B)> _byMatrix = [];
    private readonly double _scale;

    /// <summary>Lays adapters out.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rank">The rank r.</param>
    /// <param name="alpha">The factor alpha of the adapters, which are divided by the rank; the rank itself leaves them as they are.</param>
    /// <param name="isChosen">The matrices to adapt; null for every parameter of two axes named <c>weight</c>, as those of linear layers are.</param>
    /// <exception cref="ArgumentException">No tensor is chosen, or one that is no matrix.</exception>
    public Lora(Network network, int rank, double alpha, Func<NamedTensor, bool>? isChosen = null)
    {
        _network = Require.NotNull(network);
        _scale = Require.Positive(alpha, nameof(alpha)) / Require.Positive(rank, nameof(rank));
        foreach (NamedTensor tensor in network.Parameters)
        {
            if (!(isChosen?.Invoke(tensor) ?? (tensor.Shape.Rank == 2 && (tensor.Name == "weight" || tensor.Name.EndsWith(".weight", StringComparison.Ordinal)))))
                continue;
            if (tensor.Shape.Rank != 2)
                throw new ArgumentException($"'{tensor.Name}' has the shape {tensor.Shape}: only matrices have low-rank adapters.", nameof(isChosen));
            _byMatrix[tensor.Name] = (
                _adapters.Add(tensor.Name + ".a", [tensor.Shape[0], rank], Initializer.LeCunNormal),
                _adapters.Add(tensor.Name + ".b", [rank, tensor.Shape[1]], Initializer.Zeros));
        }

        if (_byMatrix.Count == 0)
            throw new ArgumentException("No matrix of the network was chosen.", nameof(isChosen));
    }

    /// <summary>The number of the adapters' elements.</summary>
    public int ParameterCount => _adapters.Length;

    /// <summary>The adapters' names (that of the matrix and <c>.a</c> or <c>.b</c>), shapes and places in the vector.</summary>
    public IReadOnlyList<NamedTensor> Parameters => _adapters.Tensors;

    /// <summary>Writes the first adapters, which change nothing.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="adapters">Receives <see cref="ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public void Initialize<T>(RandomKey key, Span<T> adapters) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(adapters.Length, ParameterCount, nameof(adapters));
        Network.Fill(key, Parameters, adapters);
    }

    /// <summary>A scope of the network in which its matrices are adapted.</summary>
    /// <param name="scope">A scope made by <see cref="Network.ScopeOf"/>.</param>
    /// <param name="adapters">A vector of <see cref="ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    public Scope Attach(Scope scope, Variable adapters)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (adapters.Rank != 1 || adapters.Shape[0] != ParameterCount)
            throw new ArgumentException($"The adapters have the shape {adapters.Shape}; there are {ParameterCount}.", nameof(adapters));
        return scope.Reparametrized((part, name, weight) => _byMatrix.TryGetValue(part.PathOf(name), out (NamedTensor A, NamedTensor B) pair)
            ? weight + (_scale * Operations.MatMul(Part(pair.A), Part(pair.B)))
            : weight);

        Variable Part(NamedTensor tensor) => Operations.Reshape(Operations.Slice(adapters, 0, tensor.Offset, tensor.Shape.ElementCount), tensor.Shape);
    }

    /// <summary>The adapted network's output. For networks without states; differentiate by the adapters.</summary>
    /// <param name="parameters">The network's parameters.</param>
    /// <param name="adapters">A vector of <see cref="ParameterCount"/> elements.</param>
    /// <param name="x">The input.</param>
    /// <param name="key">The key of random draws.</param>
    /// <param name="isTraining">True while learning.</param>
    public Variable Apply(Variable parameters, Variable adapters, Variable x, KeyVariable? key = null, bool isTraining = false) =>
        _network.Write(Attach(_network.ScopeOf(parameters, null, key, isTraining), adapters), x);

    /// <summary>Writes the parameters of a plain network that does what the adapted one does.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="parameters">The network's parameters.</param>
    /// <param name="adapters">The adapters.</param>
    /// <param name="merged">Receives the new parameters; may be the same memory as the old ones.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Merge<T>(ReadOnlySpan<T> parameters, ReadOnlySpan<T> adapters, Span<T> merged) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(parameters.Length, _network.ParameterCount, nameof(parameters));
        Require.Length(adapters.Length, ParameterCount, nameof(adapters));
        Require.Length(merged.Length, _network.ParameterCount, nameof(merged));
        parameters.CopyTo(merged);
        var scale = T.CreateTruncating(_scale);
        foreach (NamedTensor tensor in _network.Parameters)
        {
            if (!_byMatrix.TryGetValue(tensor.Name, out (NamedTensor A, NamedTensor B) pair))
                continue;
            int rank = pair.B.Shape[0], outputs = tensor.Shape[1];
            for (int i = 0; i < tensor.Shape[0]; i++)
            {
                Span<T> row = merged.Slice(tensor.Offset + (i * outputs), outputs);
                for (int k = 0; k < rank; k++)
                {
                    T factor = scale * adapters[pair.A.Offset + (i * rank) + k];
                    ReadOnlySpan<T> from = adapters.Slice(pair.B.Offset + (k * outputs), outputs);
                    for (int j = 0; j < outputs; j++)
                        row[j] += factor * from[j];
                }
            }
        }
    }
}
