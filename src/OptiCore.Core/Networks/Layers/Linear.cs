using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>An affine map of the last axis, y = x W + b. Parameters: <c>weight</c> [inputs, outputs], <c>bias</c> [outputs].</summary>
/// <param name="Outputs">The number of outputs.</param>
public sealed record Linear(int Outputs) : Module
{
    /// <summary>The number of outputs.</summary>
    public int Outputs { get; init => field = Require.Positive(value); } = Require.Positive(Outputs, nameof(Outputs));

    /// <summary>True for y = x W + b, false for y = x W.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>What the weights are at first.</summary>
    public Initializer Weights { get; init => field = Require.NotNull(value); } = Initializer.GlorotUniform;

    /// <summary>What the biases are at first.</summary>
    public Initializer Biases { get; init => field = Require.NotNull(value); } = Initializer.Zeros;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Variable y = Operations.MatMul(x, scope.Parameter("weight", [x.Shape[-1], Outputs], Weights));
        return HasBias ? y + scope.Parameter("bias", [Outputs], Biases) : y;
    }
}
