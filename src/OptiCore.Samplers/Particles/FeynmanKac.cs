namespace OptiCore.Samplers;

/// <summary>
/// What a particle filter does at each step, apart from resampling: how states are drawn and weighted. The bootstrap, guided and auxiliary filters are three of these for one model; another one is one more class.
/// </summary>
/// <remarks>
/// With draws M_t and potentials G_t whose products M_t G_t are p(x_t | x_{t-1}) p(y_t | x_t), the weighted particles follow p(x_t | y_0, ..., y_t). N. Chopin, O. Papaspiliopoulos (2020), An introduction to sequential Monte Carlo, chapter 5.
/// A missing observation is never handed on: the engine draws of the model itself then. Methods are called for blocks of particles, with several workers from several threads.
/// </remarks>
public abstract class FeynmanKac
{
    /// <summary>Keeps the model.</summary>
    /// <param name="model">The model.</param>
    protected FeynmanKac(IStateSpaceModel model) => Model = Require.NotNull(model);

    /// <summary>The model.</summary>
    public IStateSpaceModel Model { get; }

    /// <summary>True when <see cref="LogLookahead"/> is to be asked before resampling.</summary>
    public virtual bool LooksAhead => false;

    /// <summary>Draws x_0 and writes log potentials.</summary>
    /// <param name="observation">The observation y_0.</param>
    /// <param name="key">The block's randomness.</param>
    /// <param name="states">Receives the states.</param>
    /// <param name="logPotentials">Receives one number a particle.</param>
    public abstract void Start(ReadOnlySpan<double> observation, RandomKey key, ParticleBlock states, Span<double> logPotentials);

    /// <summary>Draws x_t and writes log potentials.</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="observation">The observation y_t.</param>
    /// <param name="previous">The states x_{t-1}.</param>
    /// <param name="key">The block's randomness.</param>
    /// <param name="next">Receives the states x_t.</param>
    /// <param name="logPotentials">Receives one number a particle.</param>
    public abstract void Move(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next, Span<double> logPotentials);

    /// <summary>Writes the logarithms of factors by which weights are multiplied for resampling and divided afterwards.</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="observation">The observation y_t.</param>
    /// <param name="previous">The states x_{t-1}.</param>
    /// <param name="logWeights">Receives one number a particle.</param>
    public virtual void LogLookahead(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, Span<double> logWeights) => logWeights.Clear();
}

/// <summary>A configured particle filter: how it moves and weights particles of a model. An immutable record; it holds no run.</summary>
/// <typeparam name="TModel">What the filter needs of a model.</typeparam>
public interface IParticleFilter<in TModel> where TModel : IStateSpaceModel
{
    /// <summary>The filter's draws and weights for a model.</summary>
    /// <param name="model">The model.</param>
    FeynmanKac Bind(TModel model);
}
