namespace OptiCore.Samplers;

/// <summary>
/// A state-space model: a Markov chain x_0, x_1, ... in R^n that is seen through observations y_t in R^p, each depending on x_t alone. What it can do is
/// stated in batches of particles; further capabilities are further interfaces, and what an algorithm needs is in its type.
/// </summary>
/// <remarks>
/// Step t draws x_t and is followed by observation y_t; the first observation y_0 belongs to the initial state x_0.
/// With more than one worker the methods are called from several threads at once. They allocate nothing if the filter is to allocate nothing.
/// An observation whose elements are all NaN is missing: algorithms then don't ask for its density. A model decides what single missing elements mean.
/// </remarks>
public interface IStateSpaceModel
{
    /// <summary>The number n of state variables.</summary>
    int StateCount { get; }

    /// <summary>The number p of observed numbers.</summary>
    int ObservationCount { get; }

    /// <summary>Draws initial states x_0.</summary>
    /// <param name="key">The randomness of these particles, all of it.</param>
    /// <param name="states">Receives the states.</param>
    void DrawInitial(RandomKey key, ParticleBlock states);

    /// <summary>Draws x_t given x_{t-1}.</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="previous">The states x_{t-1}.</param>
    /// <param name="key">The randomness of these particles, all of it.</param>
    /// <param name="next">Receives as many states x_t; apart from <paramref name="previous"/>.</param>
    void DrawTransition(int step, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next);

    /// <summary>Computes log p(y_t | x_t), normalised.</summary>
    /// <param name="step">The step t.</param>
    /// <param name="observation">The observation y_t, p elements.</param>
    /// <param name="states">The states x_t.</param>
    /// <param name="logDensities">Receives one number a particle; negative infinity where the observation is impossible.</param>
    void LogObservation(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock states, Span<double> logDensities);
}

/// <summary>A model whose transition density is known: for smoothing, PaRIS and particle Gibbs with ancestor sampling.</summary>
public interface ITransitionDensityModel : IStateSpaceModel
{
    /// <summary>Computes log p(x_t | x_{t-1}).</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="previous">The states x_{t-1}.</param>
    /// <param name="next">As many states x_t, or a single one for all.</param>
    /// <param name="logDensities">Receives one number for each state of <paramref name="previous"/>.</param>
    void LogTransition(int step, ReadOnlyParticleBlock previous, ReadOnlyParticleBlock next, Span<double> logDensities);

    /// <summary>A bound of <see cref="LogTransition"/> over all pairs of states, for sampling by rejection; positive infinity where none is known.</summary>
    /// <param name="step">The step t, from 1.</param>
    double LogTransitionBound(int step);
}

/// <summary>A model with proposals that look at the observation, q(x_t | x_{t-1}, y_t): for the guided filter.</summary>
public interface IGuidedModel : IStateSpaceModel
{
    /// <summary>Draws x_0 of q(x_0 | y_0) and computes the log weights log p(x_0) p(y_0 | x_0) / q(x_0 | y_0).</summary>
    /// <param name="observation">The observation y_0, p elements.</param>
    /// <param name="key">The randomness of these particles, all of it.</param>
    /// <param name="states">Receives the states.</param>
    /// <param name="logWeights">Receives one number a particle.</param>
    void DrawInitialProposal(ReadOnlySpan<double> observation, RandomKey key, ParticleBlock states, Span<double> logWeights);

    /// <summary>Draws x_t of q(x_t | x_{t-1}, y_t) and computes the log weights log p(x_t | x_{t-1}) p(y_t | x_t) / q(x_t | x_{t-1}, y_t).</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="observation">The observation y_t, p elements.</param>
    /// <param name="previous">The states x_{t-1}.</param>
    /// <param name="key">The randomness of these particles, all of it.</param>
    /// <param name="next">Receives as many states x_t; apart from <paramref name="previous"/>.</param>
    /// <param name="logWeights">Receives one number a particle.</param>
    void DrawProposal(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next, Span<double> logWeights);
}

/// <summary>A model that tells which states will explain the next observation: for the auxiliary filter.</summary>
public interface ILookaheadModel : IStateSpaceModel
{
    /// <summary>Computes an approximation of log p(y_t | x_{t-1}), which should have heavier tails than the exact one; it decides on the variance, not on the limit.</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="observation">The observation y_t, p elements.</param>
    /// <param name="previous">The states x_{t-1}.</param>
    /// <param name="logWeights">Receives one number a particle.</param>
    void LogLookahead(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, Span<double> logWeights);
}

/// <summary>A model with proposals and lookahead: for the auxiliary filter with guided proposals.</summary>
public interface IAdaptedModel : IGuidedModel, ILookaheadModel;
