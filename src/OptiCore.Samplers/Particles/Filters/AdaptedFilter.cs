namespace OptiCore.Samplers;

/// <summary>
/// The auxiliary filter with guided proposals. With exact lookahead and optimal proposal, as <see cref="LinearGaussianModel"/> has both, it is fully adapted: all weights are equal after each resampling.
/// </summary>
/// <remarks>M. K. Pitt, N. Shephard (1999), Filtering via simulation: auxiliary particle filters, section 3.2.</remarks>
[Algorithm("Adapted particle filter", "Particle filters", "Pitt, Shephard (1999), Filtering via simulation: auxiliary particle filters", Capabilities = "lookahead and proposals that see the observation")]
public sealed record AdaptedFilter : IParticleFilter<IAdaptedModel>
{
    /// <inheritdoc/>
    public FeynmanKac Bind(IAdaptedModel model) => new Adapted(model);

    private sealed class Adapted(IAdaptedModel model) : FeynmanKac(model)
    {
        public override bool LooksAhead => true;

        public override void Start(ReadOnlySpan<double> observation, RandomKey key, ParticleBlock states, Span<double> logPotentials) =>
            model.DrawInitialProposal(observation, key, states, logPotentials);

        public override void Move(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next, Span<double> logPotentials) =>
            model.DrawProposal(step, observation, previous, key, next, logPotentials);

        public override void LogLookahead(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, Span<double> logWeights) =>
            model.LogLookahead(step, observation, previous, logWeights);
    }
}
