using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>A multilayer perceptron: affine maps with an activation between them. Parts: <c>layer0</c>, <c>layer1</c>, ...</summary>
public sealed record Mlp : Module
{
    /// <summary>The widths of the hidden layers.</summary>
    public required IReadOnlyList<int> Hidden { get; init; }

    /// <summary>The number of outputs.</summary>
    public required int Outputs { get; init => field = Require.Positive(value); }

    /// <summary>The activation between layers.</summary>
    public Func<Variable, Variable> Activation { get; init; } = Operations.Tanh;

    /// <summary>The activation of the output; null for none.</summary>
    public Func<Variable, Variable>? OutputActivation { get; init; }

    /// <summary>What the hidden weights are at first.</summary>
    public Initializer Weights { get; init; } = Initializer.GlorotUniform;

    /// <summary>What the weights of the output are at first.</summary>
    public Initializer OutputWeights { get; init; } = Initializer.GlorotUniform;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        for (int i = 0; i < Hidden.Count; i++)
            x = Activation(new Linear(Hidden[i]) { Weights = Weights }.Apply(scope.Part($"layer{i}"), x));
        x = new Linear(Outputs) { Weights = OutputWeights }.Apply(scope.Part($"layer{Hidden.Count}"), x);
        return OutputActivation is null ? x : OutputActivation(x);
    }
}
