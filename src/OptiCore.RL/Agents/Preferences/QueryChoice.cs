namespace OptiCore.RL;

/// <summary>Which pairs of segments a teacher is asked about.</summary>
public enum QueryChoice
{
    /// <summary>Any.</summary>
    Uniform,

    /// <summary>Those about which the members of the ensemble disagree most: the largest standard deviation of P(second preferred) over members.</summary>
    Disagreement,

    /// <summary>Those about which members are least sure: the largest mean entropy of P(second preferred).</summary>
    Entropy,
}
