using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>Makes the model of parameters.</summary>
/// <typeparam name="TModel">The type of the model.</typeparam>
/// <param name="parameters">The parameters.</param>
public delegate TModel ModelOfParameters<out TModel>(ReadOnlySpan<double> parameters) where TModel : IStateSpaceModel;

/// <summary>
/// Particle marginal Metropolis-Hastings: a random walk over the parameters of a state-space model, accepted by prior times the particle filter's estimate of the likelihood. Since that estimate is unbiased, the chain's law is the exact posterior for any
/// number of particles.
/// </summary>
/// <remarks>
/// The estimate of the current parameters is kept, never drawn again. Particles should be so many that the standard deviation of the log likelihood is between 1 and 1.7. Costs a particle filter a step.
/// C. Andrieu, A. Doucet, R. Holenstein (2010), Particle Markov chain Monte Carlo methods; A. Doucet, M. K. Pitt, G. Deligiannidis, R. Kohn (2015), Efficient implementation of Markov chain Monte Carlo when using an unbiased likelihood estimator.
/// </remarks>
[Algorithm("Particle marginal Metropolis-Hastings", "Particle MCMC", "Andrieu, Doucet, Holenstein (2010), Particle Markov chain Monte Carlo methods", Capabilities = "any particle filter, exact for any number of particles")]
public sealed record ParticleMarginalMetropolis
{
    /// <summary>Particles, resampling and workers of the filter; its key isn't used. Default: 1,000 particles, resampled systematically at half the effective size.</summary>
    public ParticleFilterOptions Filter { get; init => field = Require.NotNull(value); } = new();

    /// <summary>Starts a chain.</summary>
    /// <typeparam name="TModel">What the filter needs of a model.</typeparam>
    /// <param name="filter">The filter.</param>
    /// <param name="model">Makes the model of parameters.</param>
    /// <param name="logPrior">The log density of the prior, up to a constant; not finite where parameters are impossible, and the model isn't made there.</param>
    /// <param name="observations">The observations, p elements each; all NaN where one is missing.</param>
    /// <param name="start">The first parameters, m elements.</param>
    /// <param name="proposal">The covariance of the random walk's steps, m x m, positive semidefinite; about 2.56^2 / m times the posterior's covariance is good with noisy likelihoods.</param>
    /// <param name="key">The chain's randomness: step k uses <c>key.Fold(k)</c>.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or the covariance isn't symmetric positive semidefinite.</exception>
    /// <exception cref="SolverException">Prior or likelihood are 0 at the start.</exception>
    public ParticleMarginalMetropolisState Start<TModel>(
        IParticleFilter<TModel> filter, ModelOfParameters<TModel> model, IFunction<double> logPrior, ReadOnlySpan<double> observations, ReadOnlySpan<double> start, ReadOnlySpan<double> proposal, RandomKey key)
        where TModel : IStateSpaceModel
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(logPrior);
        ParticleFilterOptions options = Filter;
        return new ParticleMarginalMetropolisState((parameters, k) => ParticleFilter.Start(filter, model(parameters), options with { Key = k }), logPrior, observations, start, proposal, key);
    }
}

/// <summary>A running chain of <see cref="ParticleMarginalMetropolis"/>.</summary>
public sealed class ParticleMarginalMetropolisState : IPersistent
{
    private readonly FilterOfParameters _filter;
    private readonly IFunction<double> _logPrior;
    private readonly double[] _observations, _parameters, _proposed, _root, _noise;
    private readonly RandomKey _key;
    private double _logPriorValue, _logLikelihood;
    private int _count, _accepted;

    internal ParticleMarginalMetropolisState(
        FilterOfParameters filter, IFunction<double> logPrior, ReadOnlySpan<double> observations, ReadOnlySpan<double> start, ReadOnlySpan<double> proposal, RandomKey key)
    {
        (_filter, _logPrior, _key) = (filter, logPrior, key);
        (_observations, _parameters, _proposed, _noise) = (observations.ToArray(), start.ToArray(), new double[start.Length], new double[start.Length]);
        _root = new GaussianRoot(proposal, start.Length, nameof(proposal)).Lower.ToArray();
        if (!TryEvaluate(_parameters, key.Fold("start"), out _logPriorValue, out _logLikelihood))
            throw new SolverException("Prior or likelihood are 0 at the start.");
    }

    internal delegate ParticleFilterState FilterOfParameters(ReadOnlySpan<double> parameters, RandomKey key);

    /// <summary>The current parameters, m elements.</summary>
    public ReadOnlySpan<double> Parameters => _parameters;

    /// <summary>The estimate of the current parameters' log likelihood.</summary>
    public double LogLikelihood => _logLikelihood;

    /// <summary>The number of steps so far.</summary>
    public int Count => _count;

    /// <summary>The part of the steps that were accepted.</summary>
    public double AcceptanceRate => _count == 0 ? 0 : (double)_accepted / _count;

    /// <summary>Proposes parameters, runs the filter and accepts or rejects.</summary>
    /// <returns>True when the proposal was accepted.</returns>
    public bool Step()
    {
        RandomKey key = _key.Fold(_count);
        RandomFill.Normal(key.Fold("proposal"), _noise);
        _parameters.CopyTo(_proposed, 0);
        int m = _parameters.Length;
        Blas.Gemv<double>(false, m, m, 1, _root, m, _noise, 1, _proposed);
        bool accepted = TryEvaluate(_proposed, key.Fold("filter"), out double prior, out double likelihood)
            && Math.Log(key.Stream().NextOpenDouble()) < prior + likelihood - _logPriorValue - _logLikelihood;
        if (accepted)
        {
            _proposed.CopyTo(_parameters, 0);
            (_logPriorValue, _logLikelihood) = (prior, likelihood);
            _accepted++;
        }

        _count++;
        return accepted;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_parameters);
        archive.Transfer(ref _logPriorValue);
        archive.Transfer(ref _logLikelihood);
        archive.Transfer(ref _count);
        archive.Transfer(ref _accepted);
    }

    private bool TryEvaluate(ReadOnlySpan<double> parameters, RandomKey key, out double prior, out double likelihood)
    {
        likelihood = 0;
        prior = _logPrior.Value(parameters);
        if (!double.IsFinite(prior))
            return false;
        ParticleFilterState state = _filter(parameters, key);
        int p = state.ObservationCount, steps = Series.Length(_observations, p);
        for (int t = 0; t < steps; t++)
        {
            if (!state.Update(_observations.AsSpan(t * p, p)))
                return false;
        }

        likelihood = state.LogLikelihood;
        return true;
    }
}
