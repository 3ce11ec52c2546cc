using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// Runs particle filters, step by step or over a series.
/// <code>
/// ParticleFilterResult result = ParticleFilter.Run(new BootstrapFilter(), new StochasticVolatility(), returns, new ParticleFilterOptions { Particles = 10_000 });
/// </code>
/// </summary>
public static class ParticleFilter
{
    /// <summary>Starts a filter before the first observation, for observations as they come.</summary>
    /// <typeparam name="TModel">What the filter needs of a model.</typeparam>
    /// <param name="filter">The filter.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">Particles, resampling and key; null for the defaults.</param>
    public static ParticleFilterState Start<TModel>(IParticleFilter<TModel> filter, TModel model, ParticleFilterOptions? options = null) where TModel : IStateSpaceModel
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(model);
        return new ParticleFilterState(filter.Bind(model), options ?? new ParticleFilterOptions());
    }

    /// <summary>Filters a series.</summary>
    /// <typeparam name="TModel">What the filter needs of a model.</typeparam>
    /// <param name="filter">The filter.</param>
    /// <param name="model">The model.</param>
    /// <param name="observations">The observations y_0, y_1, ..., p elements each, one after the other; all NaN where one is missing.</param>
    /// <param name="options">Particles, resampling, key and what to keep; null for the defaults.</param>
    /// <returns>The estimates of every step; of the steps before the failing one, when all weights of a step are 0.</returns>
    /// <exception cref="ArgumentException">The length isn't a multiple of p.</exception>
    public static ParticleFilterResult Run<TModel>(IParticleFilter<TModel> filter, TModel model, ReadOnlySpan<double> observations, ParticleFilterOptions? options = null) where TModel : IStateSpaceModel
    {
        options ??= new ParticleFilterOptions();
        ParticleFilterState state = Start(filter, model, options);
        int p = model.ObservationCount, steps = Series.Length(observations, p);
        var result = new ParticleFilterResult(model.StateCount, steps, options);
        for (int t = 0; t < steps; t++)
        {
            if (!state.Update(observations.Slice(t * p, p)))
            {
                result.Fail(string.Create(CultureInfo.InvariantCulture, $"Step {t} failed: all {options.Particles} weights are 0, no particle explains the observation."));
                break;
            }

            result.Add(state);
        }

        return result;
    }
}

/// <summary>What a particle filter estimated of a series.</summary>
public sealed class ParticleFilterResult
{
    private readonly int _n;
    private readonly double[] _means, _covariances, _increments, _sizes;
    private readonly bool[] _resampled;

    internal ParticleFilterResult(int n, int steps, ParticleFilterOptions options)
    {
        (_n, Steps) = (n, steps);
        (_means, _covariances) = (new double[steps * n], options.Covariances ? new double[steps * n * n] : []);
        (_increments, _sizes, _resampled) = (new double[steps], new double[steps], new bool[steps]);
        History = options.History ? new ParticleHistory(n, options.Particles) : null;
    }

    /// <summary>The number of observations that were given.</summary>
    public int Steps { get; }

    /// <summary>The number of steps that were done; the estimates of these are there.</summary>
    public int Count { get; private set; }

    /// <summary>Completed, or Failed at step <see cref="Count"/>.</summary>
    public RunStatus Status { get; private set; } = RunStatus.Completed;

    /// <summary>The outcome in one sentence.</summary>
    public string Message { get; private set; } = "All observations were filtered.";

    /// <summary>The logarithm of the unbiased estimate of the likelihood, up to the last step done.</summary>
    public double LogLikelihood { get; private set; }

    /// <summary>What each observation added to <see cref="LogLikelihood"/>.</summary>
    public ReadOnlySpan<double> LogLikelihoodIncrements => _increments.AsSpan(0, Count);

    /// <summary>The effective sample size after each observation.</summary>
    public ReadOnlySpan<double> EffectiveSizes => _sizes.AsSpan(0, Count);

    /// <summary>Whether particles were resampled before each step.</summary>
    public ReadOnlySpan<bool> Resampled => _resampled.AsSpan(0, Count);

    /// <summary>The filtered means, n elements a step.</summary>
    public ReadOnlySpan<double> Means => _means.AsSpan(0, Count * _n);

    /// <summary>All particles, where <see cref="ParticleFilterOptions.History"/> asked for them.</summary>
    public ParticleHistory? History { get; }

    /// <summary>The mean of x_t given y_0, ..., y_t.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> Mean(int step) => Means.Slice(step * _n, _n);

    /// <summary>The covariance of x_t given y_0, ..., y_t, n x n.</summary>
    /// <param name="step">The step t.</param>
    /// <exception cref="InvalidOperationException"><see cref="ParticleFilterOptions.Covariances"/> was false.</exception>
    public ReadOnlySpan<double> Covariance(int step) => _covariances.Length > 0 || Steps == 0
        ? _covariances.AsSpan(0, Count * _n * _n).Slice(step * _n * _n, _n * _n)
        : throw new InvalidOperationException($"{nameof(ParticleFilterOptions.Covariances)} was false.");

    /// <summary>This result if it is complete.</summary>
    /// <exception cref="SolverException">A step failed; the message says which.</exception>
    public ParticleFilterResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);

    internal void Add(ParticleFilterState state)
    {
        state.Mean(_means.AsSpan(Count * _n, _n));
        if (_covariances.Length > 0)
            state.Covariance(_covariances.AsSpan(Count * _n * _n, _n * _n));
        (_increments[Count], _sizes[Count], _resampled[Count]) = (state.LogLikelihoodIncrement, state.EffectiveSize, state.Resampled);
        LogLikelihood = state.LogLikelihood;
        History?.Add(state.States, state.Weights, state.Ancestors);
        Count++;
    }

    internal void Fail(string message) => (Status, Message) = (RunStatus.Failed, message);
}
