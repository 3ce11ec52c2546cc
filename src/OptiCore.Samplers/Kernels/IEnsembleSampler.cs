using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// A configured rule that moves many chains together, each of them in view of the others: ensembles of walkers, or chains that share their tuning.
/// Every chain on its own leaves the target invariant once warm-up is over.
/// </summary>
/// <typeparam name="TTarget">What the rule needs of a target, as of <see cref="ISampler{TTarget}"/>.</typeparam>
public interface IEnsembleSampler<in TTarget> where TTarget : IProblem<double>
{
    /// <summary>Allocates everything that the chains need. They have no positions yet.</summary>
    /// <param name="target">The log density, up to a constant.</param>
    /// <param name="chains">The number of chains.</param>
    /// <param name="warmUp">The number of transitions to tune in; 0 leaves the rule as configured.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rule needs more chains.</exception>
    EnsembleState Start(TTarget target, int chains, int warmUp);
}

/// <summary>Everything of an ensemble that changes. A step allocates nothing beyond what the workers need.</summary>
public abstract class EnsembleState : IPersistent
{
    /// <summary>The current position of a chain, n elements.</summary>
    /// <param name="chain">The chain, from 0.</param>
    public abstract ReadOnlySpan<double> Position(int chain);

    /// <summary>How often the density was evaluated for a chain.</summary>
    /// <param name="chain">The chain, from 0.</param>
    public abstract double Evaluations(int chain);

    /// <summary>The step size, or NaN for rules without one.</summary>
    public virtual double StepSize => double.NaN;

    /// <summary>The metric that the chains share, or null for rules without one.</summary>
    public virtual MetricState? Metric => null;

    /// <summary>Where the last divergent transition of a chain diverged. Empty for rules that don't diverge.</summary>
    /// <param name="chain">The chain, from 0.</param>
    public virtual ReadOnlySpan<double> DivergentPosition(int chain) => [];

    /// <summary>Writes a random position to try as a chain's first one. Uniform in [-radius, radius] in each coordinate unless the rule says otherwise.</summary>
    /// <param name="key">The randomness.</param>
    /// <param name="radius">The half width.</param>
    /// <param name="position">Receives n elements.</param>
    public virtual void DrawStart(RandomKey key, double radius, Span<double> position) => StartingPoint.Uniform(key, radius, position);

    /// <summary>Moves a chain to a position and evaluates it.</summary>
    /// <param name="chain">The chain, from 0.</param>
    /// <param name="position">The position, n elements.</param>
    /// <returns>False when the density isn't finite there: the chain can't start from it.</returns>
    public abstract bool MoveTo(int chain, ReadOnlySpan<double> position);

    /// <summary>Called once when all chains have their positions.</summary>
    /// <exception cref="ArgumentException">The rule can't go on from these positions, for example because all are the same.</exception>
    public virtual void Begin()
    {
    }

    /// <summary>Makes one transition of every chain.</summary>
    /// <param name="key">The transition's randomness.</param>
    /// <param name="workers">Evaluates the chains; the draws are the same for any number of workers.</param>
    /// <param name="statistics">Receives what happened, one element a chain.</param>
    /// <remarks>When the density throws, the exception reaches the caller and the chains stay where they were.</remarks>
    public abstract void Draw(RandomKey key, IWorkers workers, Span<DrawStatistics> statistics);

    /// <summary>Called after each transition of the warm-up.</summary>
    /// <param name="iteration">The transition's number, from 0.</param>
    /// <param name="statistics">What happened in it.</param>
    public virtual void Tune(int iteration, ReadOnlySpan<DrawStatistics> statistics)
    {
    }

    /// <summary>Called once after the last transition of the warm-up: the rule is left as it shall stay.</summary>
    public virtual void FinishTuning()
    {
    }

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}
