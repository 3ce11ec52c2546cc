namespace OptiCore.Bandits;

/// <summary>What a <see cref="DecisionService"/> decided.</summary>
/// <param name="Id">The number of the decision, from 0 on without gaps: by it the reward finds its way back.</param>
/// <param name="Action">The name of the action.</param>
/// <param name="Propensity">The probability with which the policy took this action, for off-policy evaluation; NaN where <see cref="DecisionServiceOptions.HasPropensities"/> is false.</param>
public readonly record struct Decision(long Id, string Action, double Propensity);

/// <summary>What became of a reward.</summary>
public enum RewardOutcome
{
    /// <summary>The policy has learnt from it.</summary>
    Learnt,

    /// <summary>The action had been removed: the decision is closed, and nothing was learnt.</summary>
    ActionRemoved,
}
