using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// The simple recurrent cell h' = f(x W + b + h U). Parameters: <c>weight</c> [features, hidden], <c>recurrent</c> [hidden, hidden], <c>bias</c> [hidden].
/// </summary>
/// <remarks>J. L. Elman (1990), "Finding structure in time".</remarks>
/// <param name="Hidden">The number of hidden units.</param>
public sealed record Rnn(int Hidden) : RecurrentCell(Hidden)
{
    /// <summary>The activation f. Default: the hyperbolic tangent.</summary>
    public Func<Variable, Variable> Activation { get; init => field = Require.NotNull(value); } = Operations.Tanh;

    /// <inheritdoc/>
    internal override int GateCount => 1;

    /// <inheritdoc/>
    public override Variable[] Step(Scope scope, Variable projected, ReadOnlySpan<Variable> state) => [Activation(projected + Recur(scope, state[0]))];
}
