using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// PaRIS, the particle-based, rapid incremental smoother: the expectation of an additive functional given all observations so far, updated with each observation, in memory that doesn't grow. Beside a particle filter it carries statistics tau^i, where
/// tau_t^i is the mean of tau_{t-1}^j + h_t(x^j_{t-1}, x^i_t) over two or more backward draws j.
/// </summary>
/// <remarks>
/// With two draws the variance grows linearly with time; with one, quadratically. Draws are by rejection where the transition density has a bound, O(N) a step then. J. Olsson, J. Westerborn (2017), Efficient particle-based online smoothing in
/// general hidden Markov models: the PaRIS algorithm.
/// </remarks>
[Algorithm("PaRIS", "Particle smoothing", "Olsson, Westerborn (2017), Efficient particle-based online smoothing in general hidden Markov models: the PaRIS algorithm", Capabilities = "online, additive functionals")]
public sealed record Paris
{
    /// <summary>The number of backward draws a particle. Default: 2.</summary>
    public int BackwardDraws { get; init => field = Require.Positive(value); } = 2;

    /// <summary>How many candidates a particle gets before its draw is made from all N weights. Default: 50.</summary>
    public int MaxRounds { get; init => field = Require.NonNegative(value); } = 50;

    /// <summary>Starts the smoother before the first observation.</summary>
    /// <typeparam name="TModel">What the filter needs of a model.</typeparam>
    /// <typeparam name="TSmoothed">The model, which has the transition density too.</typeparam>
    /// <param name="filter">The filter of the particles.</param>
    /// <param name="model">The model.</param>
    /// <param name="functional">The functional.</param>
    /// <param name="options">Particles, resampling and key; null for the defaults.</param>
    public ParisState Start<TModel, TSmoothed>(IParticleFilter<TModel> filter, TSmoothed model, IAdditiveFunctional functional, ParticleFilterOptions? options = null)
        where TModel : IStateSpaceModel
        where TSmoothed : TModel, ITransitionDensityModel
    {
        ArgumentNullException.ThrowIfNull(functional);
        options ??= new ParticleFilterOptions();
        return new ParisState(ParticleFilter.Start(filter, model, options), new ParisStatistics(model, functional, options.Particles, BackwardDraws, MaxRounds), options.Key.Fold("backward"), functional.ValueCount);
    }
}

/// <summary>A running <see cref="Paris"/>.</summary>
public sealed class ParisState : IPersistent
{
    private readonly ParisStatistics _statistics;
    private readonly RandomKey _key;
    private readonly double[] _estimate;
    private bool _failed;

    internal ParisState(ParticleFilterState filter, ParisStatistics statistics, RandomKey key, int values) =>
        (Filter, _statistics, _key, _estimate) = (filter, statistics, key, new double[values]);

    /// <summary>The particle filter.</summary>
    public ParticleFilterState Filter { get; }

    /// <summary>The estimate of the functional's expectation given all observations so far, m elements.</summary>
    public ReadOnlySpan<double> Estimate => _estimate;

    /// <summary>True after an update failed.</summary>
    public bool IsFailed => _failed;

    /// <summary>Advances filter and statistics by an observation.</summary>
    /// <param name="observation">The observation y_t, p elements; all NaN when it is missing.</param>
    /// <returns>False when all weights are 0, or a particle has transition density 0 from every particle; the estimate stays what it was.</returns>
    public bool Update(ReadOnlySpan<double> observation)
    {
        int step = Filter.Count;
        if (_failed || !Filter.Update(observation))
        {
            _failed = true;
            return false;
        }

        if (step == 0)
            _statistics.Start(Filter.States);
        else
            _failed = !_statistics.TryAdvance(step, Filter.PreviousStates, Filter.PreviousWeights, Filter.States, _key.Fold(step));
        if (!_failed)
            _statistics.Estimate(Filter.Weights, Filter.WeightTotal, _estimate);
        return !_failed;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(Filter);
        archive.Transfer(_statistics);
        archive.Transfer<double>(_estimate);
        archive.Transfer(ref _failed);
    }
}
