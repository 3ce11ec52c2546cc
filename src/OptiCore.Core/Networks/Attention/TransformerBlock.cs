using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A transformer block: attention, then a perceptron applied place by place, each with a residual connection and a normalization. Pre-norm: x := x + attention(norm(x)),
/// x := x + feed(norm(x)). Post-norm: x := norm(x + attention(x)), x := norm(x + feed(x)). Sequences [..., places, features] keep their shape.
/// Parts: <c>attention</c>, <c>attentionNorm</c>, <c>feed0</c>, <c>feed1</c>, <c>feedNorm</c>.
/// </summary>
/// <remarks>
/// A. Vaswani et al. (2017), "Attention is all you need" (post-norm); R. Xiong et al. (2020), "On layer normalization in the transformer architecture" (pre-norm, which learns without a
/// warm-up of the step size). A stack of pre-norm blocks wants one more normalization after the last.
/// </remarks>
public sealed record TransformerBlock : Module
{
    /// <summary>The attention, whose width is that of the features.</summary>
    public required MultiHeadAttention Attention { get; init => field = Require.NotNull(value); }

    /// <summary>The hidden width of the perceptron; four times the features is usual.</summary>
    public required int FeedWidth { get; init => field = Require.Positive(value); }

    /// <summary>The activation of the perceptron. Default: <see cref="Operations.Gelu"/>.</summary>
    public Func<Variable, Variable> Activation { get; init => field = Require.NotNull(value); } = Operations.Gelu;

    /// <summary>True for normalization before, false for after. Default: true.</summary>
    public bool IsPreNorm { get; init; } = true;

    /// <summary>The normalization. Default: <see cref="LayerNorm"/>.</summary>
    public Module Norm { get; init => field = Require.NotNull(value); } = new LayerNorm();

    /// <summary>The probability of dropping an element of what is added to x, and of the perceptron's hidden layer, while training. Default: 0.</summary>
    public double DropoutRate { get; init => field = Require.InHalfOpen(value, 0, 1); }

    /// <summary>What the perceptron's weights are at first.</summary>
    public Initializer Weights { get; init => field = Require.NotNull(value); } = Initializer.GlorotUniform;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Apply(scope, x, mask: null);

    /// <summary>The block with a mask of the attention.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The sequences [..., places, features].</param>
    /// <param name="mask">As in <see cref="MultiHeadAttention.Apply(Scope, Variable, Variable, Variable?)"/>.</param>
    public Variable Apply(Scope scope, Variable x, Variable? mask)
    {
        ArgumentNullException.ThrowIfNull(scope);
        var dropout = new Dropout(DropoutRate);
        Scope attentionNorm = scope.Part("attentionNorm"), feedNorm = scope.Part("feedNorm");
        if (IsPreNorm)
        {
            x += Attend(Norm.Apply(attentionNorm, x));
            return x + Feed(Norm.Apply(feedNorm, x));
        }

        x = Norm.Apply(attentionNorm, x + Attend(x));
        return Norm.Apply(feedNorm, x + Feed(x));

        Variable Attend(Variable y) => dropout.Apply(scope.Part("attentionDropout"), Attention.Apply(scope.Part("attention"), y, y, mask));

        Variable Feed(Variable y)
        {
            Variable hidden = Activation(new Linear(FeedWidth) { Weights = Weights }.Apply(scope.Part("feed0"), y));
            y = new Linear(y.Shape[-1]) { Weights = Weights }.Apply(scope.Part("feed1"), dropout.Apply(scope.Part("hiddenDropout"), hidden));
            return dropout.Apply(scope.Part("feedDropout"), y);
        }
    }
}
