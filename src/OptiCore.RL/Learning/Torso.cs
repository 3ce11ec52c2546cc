using OptiCore.Differentiation;
using OptiCore.Networks;

namespace OptiCore.RL;

/// <summary>The layers between observations and heads: a perceptron without a last linear layer, orthogonal at the beginning.</summary>
public sealed record Torso : Module
{
    private static readonly double RootTwo = Math.Sqrt(2);

    /// <summary>The widths of the layers.</summary>
    public required IReadOnlyList<int> Hidden { get; init; }

    /// <summary>What follows every layer. Default: tanh.</summary>
    public Func<Variable, Variable> Activation { get; init => field = Require.NotNull(value); } = Operations.Tanh;

    /// <summary>How weights begin. Default: orthogonal with gain sqrt(2).</summary>
    public Initializer Weights { get; init => field = Require.NotNull(value); } = Initializer.Orthogonal(RootTwo);

    /// <summary>Layers of tanh units.</summary>
    /// <param name="hidden">Their widths.</param>
    public static Torso Tanh(params IReadOnlyList<int> hidden) => new() { Hidden = hidden };

    /// <summary>Layers of rectifiers.</summary>
    /// <param name="hidden">Their widths.</param>
    public static Torso Relu(params IReadOnlyList<int> hidden) => new() { Hidden = hidden, Activation = Operations.Relu };

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        for (int i = 0; i < Hidden.Count; i++)
            x = Activation(new Linear(Hidden[i]) { Weights = Weights }.Apply(scope.Part($"layer{i}"), x));
        return x;
    }
}
