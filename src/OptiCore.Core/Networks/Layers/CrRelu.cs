using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// The correction-regularized rectifier max(0, x) + epsilon x exp(-x^2 / 2) with a learned epsilon. Any shape. Parameter: <c>epsilon</c>, a number.
/// </summary>
/// <remarks>H. Sun et al. (2024), "A method on searching better activation functions". The correction lets gradients through for negative x.</remarks>
public sealed record CrRelu : Module
{
    /// <summary>What epsilon is at first. Default: 0.01, as in the paper.</summary>
    public double Epsilon { get; init => field = Require.Finite(value); } = 0.01;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) =>
        Operations.Relu(x) + (Require.NotNull(scope).Parameter("epsilon", Shape.Scalar, Initializer.Value(Epsilon)) * x * Operations.Exp(-0.5 * Operations.Square(x)));
}
