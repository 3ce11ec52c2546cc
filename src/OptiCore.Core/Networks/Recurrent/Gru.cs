using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// The gated recurrent unit. With the gates r, z, n beside each other,
/// <code>
/// r = sigmoid(x W_r + b_r + h U_r)
/// z = sigmoid(x W_z + b_z + h U_z)
/// n = tanh(x W_n + b_n + r (h U_n + c))
/// h' = (1 - z) n + z h
/// </code>
/// Parameters: <c>weight</c> [features, 3 hidden], <c>recurrent</c> [hidden, 3 hidden], <c>bias</c> [3 hidden], <c>candidateBias</c> c [hidden].
/// </summary>
/// <remarks>
/// K. Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder for statistical machine translation", in the form with the reset gate after the product, which needs
/// one product a step and is that of cuDNN and PyTorch.
/// </remarks>
/// <param name="Hidden">The number of hidden units.</param>
public sealed record Gru(int Hidden) : RecurrentCell(Hidden)
{
    /// <inheritdoc/>
    internal override int GateCount => 3;

    /// <inheritdoc/>
    public override Variable[] Step(Scope scope, Variable projected, ReadOnlySpan<Variable> state)
    {
        Variable h = state[0], recurred = Recur(scope, h), c = scope.Parameter("candidateBias", [Hidden], Initializer.Zeros);
        Variable r = Operations.Sigmoid(Gate(projected, 0) + Gate(recurred, 0));
        Variable z = Operations.Sigmoid(Gate(projected, 1) + Gate(recurred, 1));
        Variable n = Operations.Tanh(Gate(projected, 2) + (r * (Gate(recurred, 2) + c)));
        return [n + (z * (h - n))];
    }
}
