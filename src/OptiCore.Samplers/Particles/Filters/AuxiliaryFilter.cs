namespace OptiCore.Samplers;

/// <summary>
/// The auxiliary filter: before resampling, weights are multiplied by an approximation of p(y_t | x_{t-1}), so that particles that the next observation will confirm are kept; it is divided out afterwards. States are drawn of the model.
/// </summary>
/// <remarks>
/// In the one-resampling form, with the unbiased estimate of the likelihood of M. K. Pitt (2002), Smooth particle filters for likelihood evaluation and maximisation. A lookahead with lighter tails than the exact one makes weights unbounded.
/// M. K. Pitt, N. Shephard (1999), Filtering via simulation: auxiliary particle filters; A. M. Johansen, A. Doucet (2008), A note on auxiliary particle filters.
/// </remarks>
[Algorithm("Auxiliary particle filter", "Particle filters", "Pitt, Shephard (1999), Filtering via simulation: auxiliary particle filters", Capabilities = "resampling that sees the next observation")]
public sealed record AuxiliaryFilter : IParticleFilter<ILookaheadModel>
{
    /// <inheritdoc/>
    public FeynmanKac Bind(ILookaheadModel model) => new Auxiliary(model);

    private sealed class Auxiliary(ILookaheadModel model) : FeynmanKac(model)
    {
        public override bool LooksAhead => true;

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

        public override void LogLookahead(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, Span<double> logWeights) =>
            model.LogLookahead(step, observation, previous, logWeights);
    }
}
