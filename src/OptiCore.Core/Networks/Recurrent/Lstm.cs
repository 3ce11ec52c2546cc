using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Long short-term memory. With the gates i, f, g, o beside each other,
/// <code>
/// i, f, o = sigmoid(x W + b + h U), g = tanh(x W + b + h U)
/// c' = f c + i g
/// h' = o tanh(c')
/// </code>
/// The state is h and c. Parameters: <c>weight</c> [features, 4 hidden], <c>recurrent</c> [hidden, 4 hidden], <c>bias</c> [4 hidden].
/// </summary>
/// <remarks>
/// S. Hochreiter, J. Schmidhuber (1997), "Long short-term memory", with the forget gate of F. A. Gers, J. Schmidhuber, F. Cummins (2000), "Learning to forget".
/// </remarks>
/// <param name="Hidden">The number of hidden units.</param>
public sealed record Lstm(int Hidden) : RecurrentCell(Hidden)
{
    /// <summary>The forget gate's bias at first. Default: 1, which lets memory last at first.</summary>
    /// <remarks>R. Jozefowicz, W. Zaremba, I. Sutskever (2015), "An empirical exploration of recurrent network architectures".</remarks>
    public double ForgetBias { get; init => field = Require.Finite(value); } = 1;

    /// <inheritdoc/>
    public override int StateCount => 2;

    /// <inheritdoc/>
    internal override int GateCount => 4;

    private protected override Initializer Biases => new ForgetBiases(ForgetBias);

    /// <inheritdoc/>
    public override Variable[] Step(Scope scope, Variable projected, ReadOnlySpan<Variable> state)
    {
        Variable gates = projected + Recur(scope, state[0]);
        Variable i = Operations.Sigmoid(Gate(gates, 0)), f = Operations.Sigmoid(Gate(gates, 1)), g = Operations.Tanh(Gate(gates, 2)), o = Operations.Sigmoid(Gate(gates, 3));
        Variable c = (f * state[1]) + (i * g);
        return [o * Operations.Tanh(c), c];
    }

    private sealed record ForgetBiases(double Bias) : Initializer
    {
        public override void Fill(RandomKey key, Shape shape, Span<double> values)
        {
            values.Clear();
            values.Slice(values.Length / 4, values.Length / 4).Fill(Bias);
        }
    }
}
