using System.Numerics;
using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>For which optimizer a parametrization scales step sizes.</summary>
public enum MaximalUpdateOptimizer
{
    /// <summary>Adam and other methods whose updates don't depend on the gradient's scale.</summary>
    Adam,

    /// <summary>Gradient descent, with or without momentum.</summary>
    GradientDescent,
}

/// <summary>
/// The maximal-update parametrization: initial deviations and step sizes for each tensor of a network, from those of a narrow base network of the same modules, by which every layer learns
/// as fast as is stable at any width. Step sizes that are best for the base network are best for the wide one.
/// </summary>
/// <remarks>
/// <para>G. Yang et al. (2022), "Tensor programs V: tuning large neural networks via zero-shot hyperparameter transfer", table 3. What grows with the width is found by comparing the shapes of
/// both networks. With n the ratio of a tensor's inputs to the base network's and m that of its outputs:
/// <code>
/// tensor                        deviation     step size of Adam     of gradient descent
/// input weights, biases, gains  base          1                     m
/// hidden weights                base / √n     1 / n                 1
/// output weights                base / n      1 / n                 1 / n
/// </code></para>
/// <para>Attention must be scaled by 1 / d in place of 1 / sqrt(d): <c>new MultiHeadAttention(heads) { Scale = Math.Sqrt(d0) / d }</c> with the width d0 of the base network's heads.</para>
/// </remarks>
public sealed class MaximalUpdate
{
    private readonly Network _network;
    private readonly List<(NamedTensor Tensor, double Deviation, double InputRatio, double OutputRatio)> _tensors = [];

    /// <summary>Compares a network with the base network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="baseNetwork">A network of the same modules, narrower.</param>
    /// <exception cref="ArgumentException">The networks differ in more than lengths of axes.</exception>
    public MaximalUpdate(Network network, Network baseNetwork)
    {
        _network = Require.NotNull(network);
        ArgumentNullException.ThrowIfNull(baseNetwork);
        if (network.Parameters.Count != baseNetwork.Parameters.Count)
            throw new ArgumentException($"The network has {network.Parameters.Count} tensors and the base network {baseNetwork.Parameters.Count}.", nameof(baseNetwork));
        for (int i = 0; i < network.Parameters.Count; i++)
        {
            NamedTensor tensor = network.Parameters[i], narrow = baseNetwork.Parameters[i];
            if (tensor.Name != narrow.Name || tensor.Shape.Rank != narrow.Shape.Rank)
                throw new ArgumentException($"'{tensor.Name}' {tensor.Shape} stands where the base network has '{narrow.Name}' {narrow.Shape}.", nameof(baseNetwork));
            (int inputs, int outputs) = Sizes(tensor.Shape);
            (int baseInputs, int baseOutputs) = Sizes(narrow.Shape);
            _tensors.Add((tensor, narrow.Initializer.Deviation(narrow.Shape), (double)inputs / baseInputs, (double)outputs / baseOutputs));
        }
    }

    /// <summary>Writes the first parameters. Fixed numbers, such as zeros, stay what they are.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="parameters">Receives the network's parameters.</param>
    public void Initialize<T>(RandomKey key, Span<T> parameters) where T : unmanaged, IFloatingPointIeee754<T>
    {
        _network.Initialize(key, parameters);
        foreach ((NamedTensor tensor, double deviation, double inputs, double outputs) in _tensors)
        {
            double own = tensor.Initializer.Deviation(tensor.Shape);
            if (own == 0)
                continue;
            double wanted = inputs == 1 ? deviation : outputs == 1 ? deviation / inputs : deviation / Math.Sqrt(inputs);
            var factor = T.CreateTruncating(wanted / own);
            foreach (ref T element in parameters.Slice(tensor.Offset, tensor.Shape.ElementCount))
                element *= factor;
        }
    }

    /// <summary>Writes by what each parameter's step size is multiplied.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="multipliers">Receives a factor for each of the network's parameters.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public void StepSizes<T>(MaximalUpdateOptimizer optimizer, Span<T> multipliers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Defined(optimizer, nameof(optimizer));
        Require.Length(multipliers.Length, _network.ParameterCount, nameof(multipliers));
        foreach ((NamedTensor tensor, _, double inputs, double outputs) in _tensors)
        {
            double factor = optimizer == MaximalUpdateOptimizer.Adam ? 1 / inputs
                : inputs == 1 ? outputs
                : outputs == 1 ? 1 / inputs
                : 1;
            multipliers.Slice(tensor.Offset, tensor.Shape.ElementCount).Fill(T.CreateTruncating(factor));
        }
    }

    /// <summary>Of a vector, all elements are outputs: a bias or a gain is a weight of the input 1.</summary>
    private static (int Inputs, int Outputs) Sizes(Shape shape) => shape.Rank < 2 ? (1, Math.Max(1, shape.ElementCount)) : Initializer.Fans(shape);
}
