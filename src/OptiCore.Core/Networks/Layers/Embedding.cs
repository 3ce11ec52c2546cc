using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A table of learned vectors, y = table[x]. Input: indices 0 .. <see cref="Count"/> - 1 as numbers, of any shape; output: that shape and the width. Parameter: <c>table</c> [count, width].
/// </summary>
/// <remarks>An index outside the table throws when the expression is computed. Y. Bengio et al. (2003), "A neural probabilistic language model".</remarks>
/// <param name="Count">The number of vectors.</param>
/// <param name="Width">Their length.</param>
public sealed record Embedding(int Count, int Width) : Module
{
    /// <summary>The number of vectors.</summary>
    public int Count { get; init => field = Require.Positive(value); } = Require.Positive(Count, nameof(Count));

    /// <summary>The length of a vector.</summary>
    public int Width { get; init => field = Require.Positive(value); } = Require.Positive(Width, nameof(Width));

    /// <summary>What the vectors are at first. Default: standard normal.</summary>
    public Initializer Weights { get; init => field = Require.NotNull(value); } = Initializer.Normal(1);

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Operations.Take(Require.NotNull(scope).Parameter("table", [Count, Width], Weights), x);
}
