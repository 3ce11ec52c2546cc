using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

/// <summary>
/// Multi-head attention: queries Q, keys K and values V are affine maps of the inputs, divided among heads of width d; each head gives softmax(Q K^T / sqrt(d)) V, and the heads beside each
/// other pass a last affine map. [..., queries, features] to [..., queries, width]. Parts: <c>query</c>, <c>key</c>, <c>value</c>, <c>output</c>, each a <see cref="Linear"/>.
/// </summary>
/// <remarks>A. Vaswani et al. (2017), "Attention is all you need". The cost is quadratic in the lengths of the sequences, in time and memory.</remarks>
/// <param name="Heads">The number of heads.</param>
public sealed record MultiHeadAttention(int Heads) : Module
{
    /// <summary>The number of heads, a divisor of the width.</summary>
    public int Heads { get; init => field = Require.Positive(value); } = Require.Positive(Heads, nameof(Heads));

    /// <summary>The number of outputs, and of queries, keys and values of all heads together; null for the number of the queries' features.</summary>
    public int? Width { get; init => field = value is { } width ? Require.Positive(width) : null; }

    /// <summary>True if a query sees only the keys up to its own place; with more keys than queries, the queries are the last places. Default: false.</summary>
    public bool IsCausal { get; init; }

    /// <summary>The factor of Q K^T; null for 1 / sqrt(d). Under the maximal-update parametrization it is proportional to 1 / d.</summary>
    public double? Scale { get; init => field = value is { } scale ? Require.Positive(scale) : null; }

    /// <summary>True for affine maps with biases. Default: true.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>The probability with which a weight of the softmax is dropped while training. Default: 0.</summary>
    public double DropoutRate { get; init => field = Require.InHalfOpen(value, 0, 1); }

    /// <summary>What the weights are at first.</summary>
    public Initializer Weights { get; init => field = Require.NotNull(value); } = Initializer.GlorotUniform;

    /// <summary>Self-attention.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The sequences [..., places, features].</param>
    public override Variable Apply(Scope scope, Variable x) => Apply(scope, x, x);

    /// <summary>Cross-attention: queries from one sequence, keys and values from another.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="queries">[..., queries, features].</param>
    /// <param name="context">[..., keys, features of the context].</param>
    /// <param name="mask">1 where a query sees a key, else 0: [queries, keys] after axes that broadcast, with one for the heads if there are others. Every query needs a key; null for all.</param>
    /// <exception cref="ArgumentException">The heads don't divide the width, an input is no sequence, or a causal mask would leave queries without keys.</exception>
    public Variable Apply(Scope scope, Variable queries, Variable context, Variable? mask = null)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (queries.Rank < 2 || context.Rank < 2)
            throw new ArgumentException($"Attention is between sequences [..., places, features], not {queries.Shape} and {context.Shape}.", nameof(queries));
        int width = Width ?? queries.Shape[-1], count = queries.Shape[-2], keyCount = context.Shape[-2];
        if (width % Heads != 0)
            throw new ArgumentException($"{Heads} heads don't divide the width {width}.", nameof(queries));
        if (IsCausal && count > keyCount)
            throw new ArgumentException($"Of {count} queries, the first see none of the {keyCount} keys.", nameof(queries));
        var map = new Linear(width) { HasBias = HasBias, Weights = Weights };
        double scale = Scale ?? 1 / Math.Sqrt((double)width / Heads);
        Variable q = Divide(map.Apply(scope.Part("query"), queries) * scale), k = Divide(map.Apply(scope.Part("key"), context)), v = Divide(map.Apply(scope.Part("value"), context));
        Variable scores = MatMul(q, Transpose(k));
        if (IsCausal)
            scores = Select(Masks.Of(count, keyCount, (query, key) => key <= query + keyCount - count), scores, double.NegativeInfinity);
        if (mask is { } visible)
            scores = Select(visible, scores, double.NegativeInfinity);
        Variable weights = new Dropout(DropoutRate).Apply(scope.Part("weights"), Softmax(scores));
        Variable heads = SwapPlacesAndHeads(MatMul(weights, v));
        return map.Apply(scope.Part("output"), Reshape(heads, Shape.Create([.. heads.Shape.Lengths[..^2], width])));
    }

    /// <summary>[..., places, width] to [..., heads, places, d].</summary>
    private Variable Divide(Variable x) => SwapPlacesAndHeads(Reshape(x, Shape.Create([.. x.Shape.Lengths[..^1], Heads, x.Shape[-1] / Heads])));

    private static Variable SwapPlacesAndHeads(Variable x)
    {
        var order = new int[x.Rank];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        (order[^2], order[^3]) = (order[^3], order[^2]);
        return Transpose(x, order);
    }
}
