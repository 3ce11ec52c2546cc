namespace OptiCore.Samplers;

/// <summary>The bootstrap filter: states are drawn of the model, weighted by the density of the observation. Needs nothing but a model that can be simulated.</summary>
/// <remarks>
/// Its estimate of the likelihood is unbiased, also with adaptive resampling. Degenerates where observations are much more precise than the transition; take <see cref="GuidedFilter"/> there.
/// N. J. Gordon, D. J. Salmond, A. F. M. Smith (1993), Novel approach to nonlinear/non-Gaussian Bayesian state estimation.
/// </remarks>
[Algorithm("Bootstrap filter", "Particle filters", "Gordon, Salmond, Smith (1993), Novel approach to nonlinear/non-Gaussian Bayesian state estimation", Capabilities = "any model that can be simulated")]
public sealed record BootstrapFilter : IParticleFilter<IStateSpaceModel>
{
    /// <inheritdoc/>
    public FeynmanKac Bind(IStateSpaceModel model) => new Bootstrap(model);

    private sealed class Bootstrap(IStateSpaceModel model) : FeynmanKac(model)
    {
        public override void Start(ReadOnlySpan<double> observation, RandomKey key, ParticleBlock states, Span<double> logPotentials)
        {
            Model.DrawInitial(key, states);
            Model.LogObservation(0, observation, states, logPotentials);
        }

        public override void Move(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next, Span<double> logPotentials)
        {
            Model.DrawTransition(step, previous, key, next);
            Model.LogObservation(step, observation, next, logPotentials);
        }
    }
}
