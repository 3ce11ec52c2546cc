using OptiCore.Numerics;

namespace OptiCore.RL;

/// <summary>
/// A linear map or a network of one hidden layer of tanh units, with its gradient written by hand. Parameters are one flat span: hidden weights by unit, hidden biases, output
/// weights by output, output biases; without hidden units only the last two.
/// </summary>
/// <param name="inputs">The number of inputs.</param>
/// <param name="hidden">The number of hidden units; 0 for a linear map.</param>
/// <param name="outputs">The number of outputs.</param>
internal sealed class Perceptron(int inputs, int hidden, int outputs)
{
    private readonly int _width = hidden == 0 ? inputs : hidden;
    private readonly int _outputOffset = hidden * (inputs + 1);

    public int Inputs => inputs;

    public int Hidden => hidden;

    public int Outputs => outputs;

    public int Parameters { get; } = checked((hidden * (inputs + 1)) + (outputs * ((hidden == 0 ? inputs : hidden) + 1)));

    /// <summary>
    /// Hidden weights uniform in +-sqrt(6 / (inputs + hidden)) (X. Glorot, Y. Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks"), everything
    /// else zero, so that all outputs begin at zero.
    /// </summary>
    public void Initialize(RandomKey key, Span<float> parameters)
    {
        parameters.Clear();
        double bound = Math.Sqrt(6.0 / (inputs + hidden));
        RandomStream stream = key.Stream();
        foreach (ref float weight in parameters[..(hidden * inputs)])
            weight = (float)Draw.Uniform(ref stream, -bound, bound);
    }

    /// <summary>Outputs of one input; the hidden activations are kept for <see cref="Backward"/>.</summary>
    public void Forward(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x, Span<float> activations, Span<float> y)
    {
        ReadOnlySpan<float> features = x;
        if (hidden > 0)
        {
            ReadOnlySpan<float> biases = parameters.Slice(hidden * inputs, hidden);
            for (int j = 0; j < hidden; j++)
                activations[j] = MathF.Tanh(Reduce.Dot(parameters.Slice(j * inputs, inputs), x) + biases[j]);
            features = activations;
        }

        ReadOnlySpan<float> output = parameters[_outputOffset..];
        for (int k = 0; k < outputs; k++)
            y[k] = Reduce.Dot(output.Slice(k * _width, _width), features) + output[(outputs * _width) + k];
    }

    /// <summary>Adds the gradient of sum_k dy_k y_k to <paramref name="gradient"/>.</summary>
    public void Backward(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x, ReadOnlySpan<float> activations, ReadOnlySpan<float> dy, Span<float> gradient)
    {
        ReadOnlySpan<float> features = hidden > 0 ? activations[..hidden] : x;
        Span<float> output = gradient[_outputOffset..];
        for (int k = 0; k < outputs; k++)
        {
            AddScaled(features, dy[k], output.Slice(k * _width, _width));
            output[(outputs * _width) + k] += dy[k];
        }

        for (int j = 0; j < hidden; j++)
        {
            float back = 0;
            for (int k = 0; k < outputs; k++)
                back += dy[k] * parameters[_outputOffset + (k * _width) + j];
            back *= 1 - (activations[j] * activations[j]);
            AddScaled(x, back, gradient.Slice(j * inputs, inputs));
            gradient[(hidden * inputs) + j] += back;
        }
    }

    private static void AddScaled(ReadOnlySpan<float> x, float scale, Span<float> sum)
    {
        for (int i = 0; i < x.Length; i++)
            sum[i] += scale * x[i];
    }
}
