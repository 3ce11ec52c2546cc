using OptiCore.Networks;

namespace OptiCore.RL;

/// <summary>
/// Augmented random search: climbs the return of a linear policy M along random directions, M := M + alpha / (b sigma_R) sum_k (r(M + nu delta_k) - r(M - nu delta_k)) delta_k over the b best of N directions delta_k with independent
/// standard normal elements, where sigma_R is the standard deviation of the 2 b returns of the sum.
/// </summary>
/// <remarks>
/// <para>H. Mania, A. Guy, B. Recht (2018), "Simple random search provides a competitive approach to reinforcement learning". A direction is as good as the larger of its two returns. With
/// <see cref="NormalizesObservations"/>, the default, it is the paper's V2: observations are shifted and scaled by the means and deviations of all states seen before the iteration, and an element whose variance is
/// below 1e-8 counts as 0; without it is V1. With fewer <see cref="TopDirections"/> than <see cref="Directions"/> it is V1-t or V2-t. Directions are drawn again from their keys instead of being stored.</para>
/// <para>The policy is M x without bias, at first 0: for <see cref="Box"/> actions center + half M x, clipped to the bounds (M x itself where there are no two bounds); for others the most probable ones of the logits M x. Rewards that are paid for
/// mere survival mislead it, and the paper takes them off: <see cref="EvolutionStrategySearch"/> looks at ranks instead. Time limits are part of the task; there is no discount. A step costs n m operations a step of an
/// environment.</para>
/// </remarks>
[Algorithm("ARS", "Policy search", "H. Mania, A. Guy, B. Recht (2018), Simple random search provides a competitive approach to reinforcement learning", Capabilities = "Box observations, any actions; linear policies")]
public sealed record AugmentedRandomSearch : IAgent<float, float>, IAgent<float, int>
{
    /// <summary>The directions N of an iteration, each played to both sides. Default: 8.</summary>
    public int Directions { get; init => field = Require.Positive(value); } = 8;

    /// <summary>How many of the best directions b are followed; 0 for all. Default: 0.</summary>
    public int TopDirections { get; init => field = Require.NonNegative(value); }

    /// <summary>The step size alpha. Default: 0.02.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 0.02;

    /// <summary>The standard deviation nu of the exploration. Default: 0.03.</summary>
    public double Noise { get; init => field = Require.Positive(value); } = 0.03;

    /// <summary>Whether observations are normalised (V2). Default: yes.</summary>
    public bool NormalizesObservations { get; init; } = true;

    /// <summary>The episodes that are played to each side of a direction. Default: 1.</summary>
    public int EpisodesPerCandidate { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The longest part of an episode that counts; what is longer is cut there. Default: 10,000.</summary>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 10_000;

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => Begin(setup);

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => Begin(setup);

    private PolicySearchState<TAction> Begin<TAction>(AgentSetup<float, TAction> setup) where TAction : unmanaged
    {
        if (TopDirections > Directions)
            throw new ArgumentException($"The best {TopDirections} of {Directions} directions can't be followed.", nameof(setup));
        return new PolicySearchState<TAction>(
            new PolicySearchSettings(EpisodesPerCandidate, MaxEpisodeSteps, NormalizesObservations, AnswersWithCenter: true),
            new SearchPolicy<TAction>(null, Initializer.Zeros, hasBias: false, NormalizesObservations, setup), (shape, start, key) => new RandomDirections(this, shape, start, key), setup);
    }
}
