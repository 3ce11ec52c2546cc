using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>An affine map of the last axis whose matrix has weights at fixed places only, y = x S + b. Parameters: <c>weight</c> [places], <c>bias</c> [outputs].</summary>
/// <param name="Support">The places. As many operations a row as there are.</param>
public sealed record SparseLinear(SparseSupport Support) : Module
{
    /// <summary>The places.</summary>
    public SparseSupport Support { get; init => field = Require.NotNull(value); } = Require.NotNull(Support);

    /// <summary>True for y = x S + b, false for y = x S.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>What the weights are at first: a vector, which has no fans. Null for normal numbers of variance 2 / inputs, those of the dense matrix without those that are missing.</summary>
    public Initializer? Weights { get; init; }

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Variable weight = scope.Parameter("weight", [Support.Count], Weights ?? Initializer.Normal(Math.Sqrt(2.0 / Support.Inputs)));
        Variable y = new SparseProductOperation(Support.Places, IsTransposed: false).ApplyOne(x, weight);
        return HasBias ? y + scope.Parameter("bias", [Support.Outputs], Initializer.Zeros) : y;
    }
}
