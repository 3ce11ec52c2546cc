using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>An affine map y = x W + b.</summary>
public sealed class AffineLayer
{
    private readonly double[] _weight, _bias;

    /// <summary>Copies the numbers of a map.</summary>
    /// <param name="inputs">The number of inputs.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="weight">W, inputs x outputs, row-major.</param>
    /// <param name="bias">b.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    public AffineLayer(int inputs, int outputs, ReadOnlySpan<double> weight, ReadOnlySpan<double> bias)
    {
        Inputs = Require.Positive(inputs);
        Outputs = Require.Positive(outputs);
        Require.Length(weight.Length, checked(inputs * outputs), nameof(weight));
        Require.Length(bias.Length, outputs, nameof(bias));
        Require.AllFinite(weight, nameof(weight));
        Require.AllFinite(bias, nameof(bias));
        _weight = weight.ToArray();
        _bias = bias.ToArray();
    }

    /// <summary>The number of inputs.</summary>
    public int Inputs { get; }

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>W, inputs x outputs, row-major.</summary>
    public ReadOnlySpan<double> Weight => _weight;

    /// <summary>b.</summary>
    public ReadOnlySpan<double> Bias => _bias;

    /// <summary>x W + b.</summary>
    internal void Apply(ReadOnlySpan<double> x, Span<double> y)
    {
        _bias.CopyTo(y);
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                y[j] += x[i] * _weight[(i * Outputs) + j];
        }
    }

    /// <summary>W c, from coefficients of outputs to coefficients of inputs.</summary>
    internal void Back(ReadOnlySpan<double> c, Span<double> result)
    {
        for (int i = 0; i < Inputs; i++)
        {
            double sum = 0;
            for (int j = 0; j < Outputs; j++)
                sum += _weight[(i * Outputs) + j] * c[j];
            result[i] = sum;
        }
    }

    /// <summary>c W, from coefficients of inputs to coefficients of outputs.</summary>
    internal void Forward(ReadOnlySpan<double> c, Span<double> result)
    {
        result[..Outputs].Clear();
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                result[j] += c[i] * _weight[(i * Outputs) + j];
        }
    }
}

/// <summary>A network of affine maps with rectifiers between them, with its numbers: what verification works on.</summary>
public sealed class ReluNetwork
{
    private readonly AffineLayer[] _layers;

    /// <summary>Joins layers.</summary>
    /// <param name="layers">The affine maps, in order; there is a rectifier after each but the last.</param>
    /// <exception cref="ArgumentException">There is no layer, or the sizes don't fit each other.</exception>
    public ReluNetwork(params ReadOnlySpan<AffineLayer> layers)
    {
        if (layers.IsEmpty)
            throw new ArgumentException("A network has at least one layer.", nameof(layers));
        for (int i = 1; i < layers.Length; i++)
        {
            if (layers[i].Inputs != layers[i - 1].Outputs)
                throw new ArgumentException($"Layer {i} has {layers[i].Inputs} inputs, the layer before {layers[i - 1].Outputs} outputs.", nameof(layers));
        }

        _layers = layers.ToArray();
    }

    /// <summary>The affine maps.</summary>
    public IReadOnlyList<AffineLayer> Layers => _layers;

    /// <summary>The number of inputs.</summary>
    public int Inputs => _layers[0].Inputs;

    /// <summary>The number of outputs.</summary>
    public int Outputs => _layers[^1].Outputs;

    /// <summary>The network of a perceptron with rectifiers.</summary>
    /// <param name="module">The perceptron; its activation is <see cref="Operations.Relu"/>.</param>
    /// <param name="inputs">The number of its inputs.</param>
    /// <param name="parameters">Its parameters, as <see cref="Network"/> lays them out.</param>
    /// <exception cref="ArgumentException">The activation is another one, the output has one, or the number of parameters is wrong.</exception>
    public static ReluNetwork Of(Mlp module, int inputs, ReadOnlySpan<double> parameters)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (module.Activation != Operations.Relu || module.OutputActivation is not null)
            throw new ArgumentException("Only a perceptron with rectifiers and without an activation of its output is a network of affine maps and rectifiers.", nameof(module));
        var network = new Network(module, [1, inputs]);
        Require.Length(parameters.Length, network.ParameterCount, nameof(parameters));
        var layers = new AffineLayer[module.Hidden.Count + 1];
        for (int i = 0; i < layers.Length; i++)
        {
            // Each layer asks for its weight and then for its bias.
            NamedTensor weight = network.Parameters[2 * i], bias = network.Parameters[(2 * i) + 1];
            layers[i] = new AffineLayer(
                weight.Shape[0], weight.Shape[1], parameters.Slice(weight.Offset, weight.Shape.ElementCount), parameters.Slice(bias.Offset, bias.Shape.ElementCount));
        }

        return new ReluNetwork(layers);
    }

    /// <summary>The largest number of inputs or outputs of a layer.</summary>
    internal int Width
    {
        get
        {
            int widest = 0;
            foreach (AffineLayer layer in _layers)
                widest = Math.Max(widest, Math.Max(layer.Inputs, layer.Outputs));
            return widest;
        }
    }

    /// <summary>The product of the layers' norms, max_j sum_i |W_ij|: a bound of the Jacobian's maximum norm everywhere.</summary>
    public double NormProduct()
    {
        double product = 1;
        foreach (AffineLayer layer in _layers)
        {
            double norm = 0;
            for (int j = 0; j < layer.Outputs; j++)
            {
                double sum = 0;
                for (int i = 0; i < layer.Inputs; i++)
                    sum += Math.Abs(layer.Weight[(i * layer.Outputs) + j]);
                norm = Math.Max(norm, sum);
            }

            product *= norm;
        }

        return product;
    }
}
