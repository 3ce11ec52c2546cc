using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>Independent coins, one for each element of an action, parametrised by logits z: p(a_k = 1) = sigmoid(z_k).</summary>
/// <param name="Length">The number of coins.</param>
public sealed record BernoulliActions(int Length) : ActionDistribution
{
    /// <inheritdoc/>
    public override int ActionLength { get; } = Require.Positive(Length, nameof(Length));

    /// <inheritdoc/>
    public override int LawLength => ActionLength;

    /// <inheritdoc/>
    public override Variable Head(Scope scope, Variable features, Initializer weights) => new Linear(LawLength) { Weights = weights }.Apply(scope, features);

    /// <inheritdoc/>
    public override Variable Sample(Variable law, KeyVariable key) => RandomBernoulli(key, Sigmoid(StopGradient(law)), law.Shape);

    /// <inheritdoc/>
    public override Variable Mode(Variable law) => law > 0;

    /// <inheritdoc/>
    public override Variable LogProbability(Variable law, Variable actions) => Sum((actions * law) - Softplus(law), -1);

    /// <inheritdoc/>
    public override Variable Entropy(Variable law) => Sum(Softplus(law) - (law * Sigmoid(law)), -1);

    /// <inheritdoc/>
    public override Variable Divergence(Variable from, Variable to) => Sum((Sigmoid(from) * (from - to)) - Softplus(from) + Softplus(to), -1);
}
