using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// Parisian particle Gibbs: estimates the expectation of an additive functional given the whole series by sweeps of a conditional particle filter that carries PaRIS statistics; the next reference path follows the first backward draws. The bias falls
/// geometrically with the sweeps, where that of PaRIS is of order 1/N, and the variance is of order 1/N.
/// <code>
/// ParisianParticleGibbsState run = new ParisianParticleGibbs { Particles = 50, BurnIn = 2 }.Start(model, observations, functional, key);
/// while (run.Count &lt; 20 &amp;&amp; run.Step()) { }
/// ReadOnlySpan&lt;double&gt; expectation = run.Average;
/// </code>
/// </summary>
/// <remarks>
/// Costs N draws, densities and some candidates for each of the backward draws a step. For gradients of the likelihood in stochastic approximation, where bias does not average out.
/// G. Cardoso, Y. Janati El Idrissi, S. Le Corff, E. Moulines, J. Olsson (2023), State and parameter learning with PaRIS particle Gibbs.
/// </remarks>
[Algorithm("Parisian particle Gibbs", "Particle MCMC", "Cardoso, Janati El Idrissi, Le Corff, Moulines, Olsson (2023), State and parameter learning with PaRIS particle Gibbs", Capabilities = "additive functionals, bias falls geometrically")]
public sealed record ParisianParticleGibbs
{
    /// <summary>The number N of particles, the reference included. Default: 50.</summary>
    public int Particles { get; init => field = Require.AtLeast(value, 2); } = 50;

    /// <summary>The number of backward draws a particle. Default: 2.</summary>
    public int BackwardDraws { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The number of sweeps that the average leaves out. Default: 1.</summary>
    public int BurnIn { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>How many candidates a particle gets before its draw is made from all N weights. Default: 50.</summary>
    public int MaxRounds { get; init => field = Require.NonNegative(value); } = 50;

    /// <summary>Starts a run; the first path is drawn by an unconditional pass.</summary>
    /// <param name="model">The model.</param>
    /// <param name="observations">The observations, p elements each; all NaN where one is missing.</param>
    /// <param name="functional">The functional.</param>
    /// <param name="key">The run's randomness: sweep k uses <c>key.Fold(k)</c>.</param>
    /// <param name="path">The first path, n elements a step; empty to draw it.</param>
    /// <param name="workers">Works on the blocks of particles; null for the calling thread.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="SolverException">All weights of a step of the unconditional pass are 0.</exception>
    public ParisianParticleGibbsState Start(
        ITransitionDensityModel model, ReadOnlySpan<double> observations, IAdditiveFunctional functional, RandomKey key, ReadOnlySpan<double> path = default, IWorkers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(functional);
        return new ParisianParticleGibbsState(
            this, new ConditionalParticles(model, observations, Particles, MaxRounds, workers ?? Workers.Serial), new ParisStatistics(model, functional, Particles, BackwardDraws, MaxRounds), functional.ValueCount, key, path);
    }
}

/// <summary>A run of <see cref="ParisianParticleGibbs"/>. A step allocates nothing.</summary>
public sealed class ParisianParticleGibbsState : IPersistent
{
    private readonly ParisianParticleGibbs _options;
    private readonly ConditionalParticles _particles;
    private readonly ParisStatistics _statistics;
    private readonly RandomKey _key;
    private readonly double[] _path, _proposal, _estimate, _average;
    private int _count;

    internal ParisianParticleGibbsState(ParisianParticleGibbs options, ConditionalParticles particles, ParisStatistics statistics, int values, RandomKey key, ReadOnlySpan<double> path)
    {
        (_options, _particles, _statistics, _key) = (options, particles, statistics, key);
        (_path, _proposal) = (new double[particles.Steps * particles.StateCount], new double[particles.Steps * particles.StateCount]);
        (_estimate, _average) = (new double[values], new double[values]);
        ConditionalStart.Path(particles, key, path, _path);
    }

    /// <summary>The current reference path, n elements a step.</summary>
    public ReadOnlySpan<double> Path => _path;

    /// <summary>The estimate of the last sweep, m elements.</summary>
    public ReadOnlySpan<double> Estimate => _estimate;

    /// <summary>The mean of the estimates after <see cref="ParisianParticleGibbs.BurnIn"/> sweeps, m elements; the last estimate before that.</summary>
    public ReadOnlySpan<double> Average => _count > _options.BurnIn ? _average : _estimate;

    /// <summary>The number of sweeps so far.</summary>
    public int Count => _count;

    /// <summary>Makes one sweep: an estimate and a new path.</summary>
    /// <returns>False when all weights of a step are 0, or a particle has transition density 0 from every particle; estimates and path stay what they were.</returns>
    public bool Step()
    {
        RandomKey key = _key.Fold(_count);
        if (!_particles.TrySweep(_path, PathUpdate.Genealogy, _statistics, key) || !_particles.TryDrawPath(PathUpdate.Genealogy, key.Fold("path"), _proposal))
            return false;
        _proposal.CopyTo(_path, 0);
        ReadOnlySpan<double> weights = _particles.Weights(_particles.Steps - 1);
        _statistics.Estimate(weights, Numerics.Reduce.Sum(weights), _estimate);
        _count++;
        int averaged = _count - _options.BurnIn;
        for (int k = 0; averaged > 0 && k < _average.Length; k++)
            _average[k] += (_estimate[k] - _average[k]) / averaged;
        return true;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_path);
        archive.Transfer<double>(_estimate);
        archive.Transfer<double>(_average);
        archive.Transfer(ref _count);
    }
}
