namespace OptiCore.Bandits;

/// <summary>A policy for rewards that anybody may choose, as data: how losses are estimated from one reward, and the distribution that estimated losses lead to.</summary>
internal interface ILossRule
{
    /// <summary>Adds the estimate of a round's losses.</summary>
    /// <param name="losses">The estimated cumulative losses of all arms, changed in place.</param>
    /// <param name="probabilities">The distribution of the arms at the time of the update.</param>
    /// <param name="arm">The arm that was played.</param>
    /// <param name="reward">Its reward, of [0, 1].</param>
    /// <param name="propensity">Its probability when it was chosen.</param>
    /// <param name="round">The number of this reward, from 1.</param>
    void Estimate(Span<double> losses, ReadOnlySpan<double> probabilities, int arm, double reward, double propensity, long round);

    /// <summary>Writes the distribution of the next choice.</summary>
    /// <param name="losses">The estimated cumulative losses of all arms, the smallest of which is 0.</param>
    /// <param name="round">The number of the next reward, from 1.</param>
    /// <param name="probabilities">Receives the distribution.</param>
    void Weigh(ReadOnlySpan<double> losses, long round, Span<double> probabilities);
}
