namespace OptiCore.Samplers;

/// <summary>The guided filter: states are drawn of the model's proposal, which has seen the observation, and weighted by p(x_t | x_{t-1}) p(y_t | x_t) / q(x_t | x_{t-1}, y_t).</summary>
/// <remarks>
/// With the optimal proposal p(x_t | x_{t-1}, y_t), which <see cref="LinearGaussianModel"/> has, weights don't depend on the draws. A. Doucet, S. Godsill, C. Andrieu (2000), On sequential Monte Carlo sampling methods for Bayesian filtering.
/// </remarks>
[Algorithm("Guided particle filter", "Particle filters", "Doucet, Godsill, Andrieu (2000), On sequential Monte Carlo sampling methods for Bayesian filtering", Capabilities = "proposals that see the observation")]
public sealed record GuidedFilter : IParticleFilter<IGuidedModel>
{
    /// <inheritdoc/>
    public FeynmanKac Bind(IGuidedModel model) => new Guided(model);

    private sealed class Guided(IGuidedModel model) : FeynmanKac(model)
    {
        public override void Start(ReadOnlySpan<double> observation, RandomKey key, ParticleBlock states, Span<double> logPotentials) =>
            model.DrawInitialProposal(observation, key, states, logPotentials);

        public override void Move(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next, Span<double> logPotentials) =>
            model.DrawProposal(step, observation, previous, key, next, logPotentials);
    }
}
