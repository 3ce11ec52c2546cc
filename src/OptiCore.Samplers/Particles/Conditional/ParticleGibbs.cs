using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// Particle Gibbs: a Markov chain of whole paths x_0, ..., x_T that leaves their law given the observations invariant for any number of particles, by a conditional particle filter in which one particle follows the last path.
/// <code>
/// ParticleGibbsState chain = new ParticleGibbs { Particles = 20 }.Start(model, observations, key);
/// while (chain.Count &lt; 1000 &amp;&amp; chain.Step())
///     Use(chain.Path);                       // draw parameters given the path, then chain.SetModel(...)
/// </code>
/// </summary>
/// <remarks>
/// With ancestor sampling (the default) few particles are enough, however long the series. Resampling is multinomial and at every step, as the theory of the conditional filter has it. Costs N draws and densities a step, and N transition
/// densities for the ancestor. C. Andrieu, A. Doucet, R. Holenstein (2010), Particle Markov chain Monte Carlo methods; F. Lindsten, M. I. Jordan, T. B. Schön (2014), Particle Gibbs with ancestor sampling.
/// </remarks>
[Algorithm("Particle Gibbs", "Particle MCMC", "Lindsten, Jordan, Schön (2014), Particle Gibbs with ancestor sampling", Capabilities = "ancestor sampling, backward sampling, parameters between sweeps")]
public sealed record ParticleGibbs
{
    /// <summary>The number N of particles, the reference included. Default: 20.</summary>
    public int Particles { get; init => field = Require.AtLeast(value, 2); } = 20;

    /// <summary>How the next path is chosen. Default: with ancestor sampling.</summary>
    public PathUpdate Update { get; init => field = Require.Defined(value); } = PathUpdate.AncestorSampling;

    /// <summary>Starts a chain; its first path is drawn by an unconditional pass.</summary>
    /// <param name="model">The model.</param>
    /// <param name="observations">The observations, p elements each; all NaN where one is missing.</param>
    /// <param name="key">The chain's randomness: sweep k uses <c>key.Fold(k)</c>.</param>
    /// <param name="path">The first path, n elements a step; empty to draw it.</param>
    /// <param name="workers">Works on the blocks of particles; null for the calling thread. The paths are the same for any number.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="SolverException">All weights of a step of the unconditional pass are 0.</exception>
    public ParticleGibbsState Start(ITransitionDensityModel model, ReadOnlySpan<double> observations, RandomKey key, ReadOnlySpan<double> path = default, IWorkers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new ParticleGibbsState(this, new ConditionalParticles(model, observations, Particles, 0, workers ?? Workers.Serial), key, path);
    }
}

/// <summary>A running chain of <see cref="ParticleGibbs"/>. A step allocates nothing.</summary>
public sealed class ParticleGibbsState : IPersistent
{
    private readonly ParticleGibbs _options;
    private readonly ConditionalParticles _particles;
    private readonly RandomKey _key;
    private readonly double[] _path, _proposal;
    private int _count;

    internal ParticleGibbsState(ParticleGibbs options, ConditionalParticles particles, RandomKey key, ReadOnlySpan<double> path)
    {
        (_options, _particles, _key) = (options, particles, key);
        (_path, _proposal) = (new double[particles.Steps * particles.StateCount], new double[particles.Steps * particles.StateCount]);
        ConditionalStart.Path(particles, key, path, _path);
    }

    /// <summary>The current path, n elements a step.</summary>
    public ReadOnlySpan<double> Path => _path;

    /// <summary>The number of sweeps so far.</summary>
    public int Count => _count;

    /// <summary>Replaces the model, for example by one with parameters drawn given the path.</summary>
    /// <param name="model">A model of the same sizes.</param>
    public void SetModel(ITransitionDensityModel model) => _particles.SetModel(Require.NotNull(model));

    /// <summary>Makes one sweep and draws a new path.</summary>
    /// <returns>False when all weights of a step are 0, which needs a path that the model excludes; the path stays what it was.</returns>
    public bool Step()
    {
        RandomKey key = _key.Fold(_count);
        if (!_particles.TrySweep(_path, _options.Update, null, key) || !_particles.TryDrawPath(_options.Update, key.Fold("path"), _proposal))
            return false;
        _proposal.CopyTo(_path, 0);
        _count++;
        return true;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_path);
        archive.Transfer(ref _count);
    }
}

/// <summary>The first path of a chain.</summary>
internal static class ConditionalStart
{
    public static void Path(ConditionalParticles particles, RandomKey key, ReadOnlySpan<double> given, Span<double> path)
    {
        if (!given.IsEmpty)
        {
            Require.Length(given.Length, path.Length, nameof(path));
            given.CopyTo(path);
            return;
        }

        RandomKey start = key.Fold("start");
        if (!particles.TrySweep(default, PathUpdate.Genealogy, null, start) || !particles.TryDrawPath(PathUpdate.Genealogy, start.Fold("path"), path))
            throw new SolverException("All weights of a step of the first pass are 0: take more particles, or give a first path.");
    }
}
