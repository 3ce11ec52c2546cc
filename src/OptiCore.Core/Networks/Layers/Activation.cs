using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>A function without parameters as a module, for a <see cref="Sequential"/>: <c>new Activation(Operations.Relu)</c>.</summary>
/// <param name="Function">The function.</param>
public sealed record Activation(Func<Variable, Variable> Function) : Module
{
    /// <summary>The function.</summary>
    public Func<Variable, Variable> Function { get; init => field = Require.NotNull(value); } = Require.NotNull(Function);

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Function(x);
}
