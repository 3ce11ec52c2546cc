using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Sets elements to 0 with a probability p while training and divides the others by 1 - p, so that the expectation stays; in evaluation, the input itself. Needs a key while training.
/// </summary>
/// <remarks>N. Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from overfitting".</remarks>
/// <param name="Rate">The probability p.</param>
public sealed record Dropout(double Rate) : Module
{
    /// <summary>The probability p that an element is dropped.</summary>
    public double Rate { get; init => field = Require.InHalfOpen(value, 0, 1); } = Require.InHalfOpen(Rate, 0, 1, nameof(Rate));

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return scope.IsTraining && Rate > 0 ? x * (Operations.RandomBernoulli(scope.Key("mask"), 1 - Rate, x.Shape) * (1 / (1 - Rate))) : x;
    }
}
