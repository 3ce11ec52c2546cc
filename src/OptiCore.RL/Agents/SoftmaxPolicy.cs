namespace OptiCore.RL;

/// <summary>
/// A policy over discrete actions, pi(a | s) proportional to exp(f_a(s)), where f is linear or a network of one hidden tanh layer. Immutable.
/// </summary>
public sealed class SoftmaxPolicy : IPolicy<float, int>
{
    private const int StackLimit = 512;

    private readonly Perceptron _network;
    private readonly float[] _parameters;
    private readonly int _firstAction;

    internal SoftmaxPolicy(Perceptron network, ReadOnlySpan<float> parameters, int firstAction)
    {
        _network = network;
        _parameters = parameters.ToArray();
        _firstAction = firstAction;
    }

    private SoftmaxPolicy(SoftmaxPolicy other, bool isGreedy)
    {
        _network = other._network;
        _parameters = other._parameters;
        _firstAction = other._firstAction;
        IsGreedy = isGreedy;
    }

    /// <summary>Whether the most likely action is taken instead of a draw. As it comes from an agent: no.</summary>
    public bool IsGreedy { get; }

    /// <summary>The parameters: hidden weights by unit, hidden biases, output weights by action, output biases.</summary>
    public ReadOnlySpan<float> Parameters => _parameters;

    /// <summary>The same policy, taking the most likely action.</summary>
    public SoftmaxPolicy Greedy() => new(this, isGreedy: true);

    /// <summary>The probability of each action.</summary>
    /// <param name="observation">One observation.</param>
    /// <param name="probabilities">Receives one probability for each action.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public void Probabilities(ReadOnlySpan<float> observation, Span<float> probabilities)
    {
        Require.Length(observation.Length, _network.Inputs, nameof(observation));
        Require.Length(probabilities.Length, _network.Outputs, nameof(probabilities));
        Span<float> activations = _network.Hidden <= StackLimit ? stackalloc float[_network.Hidden] : new float[_network.Hidden];
        _network.Forward(_parameters, observation, activations, probabilities);
        Softmax.Apply(probabilities);
    }

    /// <inheritdoc/>
    public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<int> actions)
    {
        Require.Length(observations.Length, actions.Length * _network.Inputs, nameof(observations));
        Span<float> probabilities = _network.Outputs <= StackLimit ? stackalloc float[_network.Outputs] : new float[_network.Outputs];
        for (int i = 0; i < actions.Length; i++)
        {
            Probabilities(observations.Slice(i * _network.Inputs, _network.Inputs), probabilities);
            actions[i] = _firstAction + (IsGreedy ? Softmax.ArgMax(probabilities) : Softmax.Pick(probabilities, key.Fold(i).Stream().NextDouble()));
        }
    }
}

/// <summary>What policies over discrete actions do with their outputs.</summary>
internal static class Softmax
{
    /// <summary>Replaces logits by probabilities; shifted by the largest, so that nothing overflows.</summary>
    public static void Apply(Span<float> values)
    {
        float max = values[ArgMax(values)];
        double sum = 0;
        foreach (ref float value in values)
            sum += value = MathF.Exp(value - max);
        foreach (ref float value in values)
            value = (float)(value / sum);
    }

    /// <summary>The first of the largest elements.</summary>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            best = values[i] > values[best] ? i : best;
        return best;
    }

    /// <summary>The first element whose cumulative probability exceeds a uniform number.</summary>
    public static int Pick(ReadOnlySpan<float> probabilities, double uniform)
    {
        double cumulative = 0;
        for (int i = 0; i < probabilities.Length - 1; i++)
        {
            cumulative += probabilities[i];
            if (cumulative > uniform)
                return i;
        }

        return probabilities.Length - 1;
    }
}
