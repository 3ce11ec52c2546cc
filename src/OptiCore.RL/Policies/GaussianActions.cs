using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// A normal law with independent elements whose deviations don't depend on the observation: a = mu(s) + sigma * e with standard normal e. What lies outside the bounds of the action space
/// is clipped by the environment, and its density is that of the unclipped action. The law's parameters are the means, then the logarithms of the deviations.
/// </summary>
/// <param name="Length">The number of elements of an action.</param>
public sealed record GaussianActions(int Length) : ActionDistribution
{
    private static readonly double HalfLogTwoPi = 0.5 * Math.Log(2 * Math.PI);

    /// <summary>The deviation at the beginning. Default: 1.</summary>
    public double InitialDeviation { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The smallest deviation: actions of data may have none, and no density then. Default: 0.</summary>
    public double LeastDeviation { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public override int ActionLength { get; } = Require.Positive(Length, nameof(Length));

    /// <inheritdoc/>
    public override int LawLength => 2 * ActionLength;

    /// <inheritdoc/>
    public override Variable Head(Scope scope, Variable features, Initializer weights)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Variable mean = new Linear(ActionLength) { Weights = weights }.Apply(scope, features);
        Variable logDeviation = scope.Parameter("logDeviation", [ActionLength], Initializer.Value(Math.Log(InitialDeviation)));
        if (LeastDeviation > 0)
            logDeviation = Max(logDeviation, Math.Log(LeastDeviation));
        return Concatenate(-1, mean, BroadcastTo(logDeviation, mean.Shape));
    }

    /// <inheritdoc/>
    public override Variable Sample(Variable law, KeyVariable key)
    {
        Variable mean = Mean(law);
        return mean + (Exp(LogDeviation(law)) * RandomNormal(key, mean.Shape));
    }

    /// <inheritdoc/>
    public override Variable Mode(Variable law) => Mean(law);

    /// <inheritdoc/>
    public override Variable LogProbability(Variable law, Variable actions)
    {
        Variable logDeviation = LogDeviation(law);
        return -Sum((0.5 * Square((actions - Mean(law)) * Exp(-logDeviation))) + logDeviation + HalfLogTwoPi, -1);
    }

    /// <inheritdoc/>
    public override Variable Entropy(Variable law) => Sum(LogDeviation(law) + (HalfLogTwoPi + 0.5), -1);

    /// <inheritdoc/>
    public override Variable Divergence(Variable from, Variable to) => NormalDivergence.Whole(Mean(from), LogDeviation(from), Mean(to), LogDeviation(to));

    /// <inheritdoc/>
    public override int DivergenceParts => 2;

    /// <inheritdoc/>
    public override Variable DivergenceByPart(Variable from, Variable to) => NormalDivergence.ByPart(Mean(from), LogDeviation(from), Mean(to), LogDeviation(to));

    private Variable Mean(Variable law) => Slice(law, -1, 0, ActionLength);

    private Variable LogDeviation(Variable law) => Slice(law, -1, ActionLength, ActionLength);
}
