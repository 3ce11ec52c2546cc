namespace OptiCore.Bandits;

/// <summary>An estimator of the mean reward that a target policy would have had, from decisions of another policy: an immutable record of its options.</summary>
/// <remarks>
/// Every estimator here is mean(v) + sum(a) / sum(b) of three numbers a decision, so that all share their standard errors, intervals and warnings: it writes its <see cref="EstimatorTerms"/>.
/// </remarks>
public interface IOffPolicyEstimator
{
    /// <summary>Whether it reads <see cref="OffPolicyData.Predictions"/>.</summary>
    bool NeedsRewardModel { get; }

    /// <summary>Whether it estimates the value of decisions with several positions, as the sum of the rewards of all positions.</summary>
    bool TakesPositions { get; }

    /// <summary>Writes the terms of every decision.</summary>
    /// <param name="data">The decisions with the target policy and the predictions of the reward model.</param>
    /// <param name="terms">Receives one row a decision; is 0 everywhere before.</param>
    void Evaluate(OffPolicyData data, EstimatorTerms terms);
}
