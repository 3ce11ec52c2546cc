using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A Hopfield layer: states R retrieve from stored patterns Y in a learned space, Z = softmax(beta R W_Q (Y W_K)^T) Y W_K W_V after one step, with more steps of
/// <see cref="ModernHopfield.Update"/> before the last. One head with one step is a head of attention whose values are made of its keys.
/// </summary>
/// <remarks>
/// Parameters: <c>query</c> [features of R, heads x dimension], <c>key</c> [features of Y, heads x dimension], <c>value</c> [heads x dimension, outputs]. Cost: O(heads x S x N x dimension) a step.
/// Source: H. Ramsauer et al. (2021), "Hopfield networks is all you need", equation 10 and its layers Hopfield, HopfieldPooling and HopfieldLayer.
/// </remarks>
public sealed record HopfieldAssociation : Module
{
    /// <summary>The number of outputs.</summary>
    public required int Outputs { get; init => field = Require.Positive(value); }

    /// <summary>The dimension d of the space of association, of each head.</summary>
    public required int Dimension { get; init => field = Require.Positive(value); }

    /// <summary>The number of heads, each with a space of its own; their results are added.</summary>
    public int Heads { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The inverse temperature; null for 1 / sqrt(d).</summary>
    public double? Beta { get; init => field = value is { } beta ? Require.Positive(beta) : null; }

    /// <summary>The number of steps.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What the weights are at first.</summary>
    public Initializer Weights { get; init; } = Initializer.GlorotUniform;

    private double InverseTemperature => Beta ?? (1 / Math.Sqrt(Dimension));

    /// <summary>Patterns that retrieve from each other, Y = R.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The patterns, [.., S, features].</param>
    /// <returns>The retrieved patterns, [.., S, outputs].</returns>
    public override Variable Apply(Scope scope, Variable x) => Apply(scope, x, x);

    /// <summary>States that retrieve from stored patterns.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="states">The states R, [.., S, features].</param>
    /// <param name="stored">The stored patterns Y, [.., N, features].</param>
    /// <returns>The retrieved patterns, [.., S, outputs].</returns>
    /// <exception cref="ArgumentException">The shapes don't fit.</exception>
    public Variable Apply(Scope scope, Variable states, Variable stored)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Variable query = Operations.MatMul(states, scope.Parameter("query", [states.Shape[-1], Heads * Dimension], Weights));
        return Retrieve(scope, query, stored);
    }

    /// <summary>Retrieves with states that are in the space of association, [.., S, heads x dimension].</summary>
    internal Variable Retrieve(Scope scope, Variable query, Variable stored)
    {
        Variable key = Operations.MatMul(stored, scope.Parameter("key", [stored.Shape[-1], Heads * Dimension], Weights));
        Variable retrieved = ModernHopfield.Retrieve(Split(key), Split(query), InverseTemperature, Steps);
        return Operations.MatMul(Join(retrieved), scope.Parameter("value", [Heads * Dimension, Outputs], Weights));
    }

    /// <summary>[.., S, heads x d] to [.., heads, S, d].</summary>
    private Variable Split(Variable x) => Heads == 1 ? x : SwapBeforeLast(Operations.Reshape(x, Shape.Create([.. x.Shape.Lengths[..^1], Heads, Dimension])));

    /// <summary>[.., heads, S, d] to [.., S, heads x d].</summary>
    private Variable Join(Variable x)
    {
        if (Heads == 1)
            return x;
        Variable swapped = SwapBeforeLast(x);
        return Operations.Reshape(swapped, Shape.Create([.. swapped.Shape.Lengths[..^2], Heads * Dimension]));
    }

    private static Variable SwapBeforeLast(Variable x)
    {
        Span<int> order = stackalloc int[x.Rank];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        (order[^2], order[^3]) = (order[^3], order[^2]);
        return Operations.Transpose(x, order);
    }
}

/// <summary>
/// A Hopfield layer whose states are learned: sets of any size become a fixed number of patterns, by what they hold and not by its order.
/// </summary>
/// <remarks>Parameters: <c>states</c> [queries, heads x dimension], and <c>key</c> and <c>value</c> as of <see cref="HopfieldAssociation"/>.</remarks>
public sealed record HopfieldPooling : Module
{
    /// <summary>The retrieval.</summary>
    public required HopfieldAssociation Association { get; init => field = Require.NotNull(value); }

    /// <summary>The number of learned states.</summary>
    public int Queries { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Pools sets.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The sets, [.., N, features].</param>
    /// <returns>The pooled patterns, [.., queries, outputs].</returns>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Variable states = scope.Parameter("states", [Queries, Association.Heads * Association.Dimension], Association.Weights);
        return Association.Retrieve(scope, states, x);
    }
}

/// <summary>
/// A Hopfield layer whose stored patterns are learned, a memory of prototypes: each input retrieves from it.
/// </summary>
/// <remarks>Parameters: <c>stored</c> [patterns, features], and <c>query</c>, <c>key</c> and <c>value</c> as of <see cref="HopfieldAssociation"/>.</remarks>
public sealed record HopfieldLookup : Module
{
    /// <summary>The retrieval.</summary>
    public required HopfieldAssociation Association { get; init => field = Require.NotNull(value); }

    /// <summary>The number of stored patterns.</summary>
    public required int Patterns { get; init => field = Require.Positive(value); }

    /// <summary>The features of a stored pattern; null for those of the input.</summary>
    public int? Features { get; init => field = value is { } features ? Require.Positive(features) : null; }

    /// <summary>Looks states up.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The states, [.., S, features].</param>
    /// <returns>The retrieved patterns, [.., S, outputs].</returns>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Variable stored = scope.Parameter("stored", [Patterns, Features ?? x.Shape[-1]], Initializer.Normal(1));
        return Association.Apply(scope, x, stored);
    }
}
