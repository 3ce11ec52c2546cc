using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>Modules one after the other. Parts: <c>layer0</c>, <c>layer1</c>, ...</summary>
/// <param name="Layers">The modules in their order.</param>
public sealed record Sequential(params IReadOnlyList<Module> Layers) : Module
{
    /// <summary>The modules in their order.</summary>
    public IReadOnlyList<Module> Layers { get; init => field = Require.NotNull(value); } = Require.NotNull(Layers);

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        for (int i = 0; i < Layers.Count; i++)
            x = Layers[i].Apply(scope.Part($"layer{i}"), x);
        return x;
    }
}
