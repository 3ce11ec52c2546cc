using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// A configured Markov kernel: an immutable, validated record that leaves a target density invariant. It holds no run, so that one instance serves
/// many chains and threads.
/// </summary>
/// <typeparam name="TTarget">
/// What the kernel needs of a target: <see cref="IFunction{T}"/> for values alone, <see cref="IDifferentiableFunction{T}"/> for gradients,
/// <see cref="IFiniteSumFunction{T}"/> for mini-batches. A kernel that needs less takes every target that offers more.
/// </typeparam>
public interface ISampler<in TTarget> where TTarget : IProblem<double>
{
    /// <summary>How the kernel is tuned during warm-up, or null to leave it as configured.</summary>
    IAdaptation? Adaptation { get; }

    /// <summary>Allocates everything that a chain needs. The chain has no position yet.</summary>
    /// <param name="target">The log density, up to a constant.</param>
    SamplerState Start(TTarget target);
}

/// <summary>Everything of a chain's kernel that changes. A step allocates nothing.</summary>
public abstract class SamplerState : IPersistent
{
    /// <summary>The current position, n elements.</summary>
    public abstract ReadOnlySpan<double> Position { get; }

    /// <summary>The log density at <see cref="Position"/>.</summary>
    public abstract double LogDensity { get; }

    /// <summary>How often the density was evaluated, with its gradient or without. Of a mean of many terms: how many means of all terms that would be.</summary>
    public abstract double Evaluations { get; }

    /// <summary>The number of doublings at which trajectories are cut off; <see cref="int.MaxValue"/> for kernels that don't double.</summary>
    public virtual int MaxTreeDepth => int.MaxValue;

    /// <summary>Where the last divergent transition diverged: the position at which the energy error was found too large. Empty for kernels that don't diverge.</summary>
    public virtual ReadOnlySpan<double> DivergentPosition => [];

    /// <summary>Writes a random position to try as the chain's first one. Uniform in [-radius, radius] in each coordinate unless the kernel lives elsewhere.</summary>
    /// <param name="key">The randomness.</param>
    /// <param name="radius">The half width.</param>
    /// <param name="position">Receives n elements.</param>
    public virtual void DrawStart(RandomKey key, double radius, Span<double> position) => StartingPoint.Uniform(key, radius, position);

    /// <summary>Moves the chain to a position and evaluates it.</summary>
    /// <param name="position">The position, n elements.</param>
    /// <returns>False when log density or gradient isn't finite there: the chain can't start from it.</returns>
    public abstract bool MoveTo(ReadOnlySpan<double> position);

    /// <summary>Makes one transition.</summary>
    /// <param name="key">The transition's randomness.</param>
    /// <returns>What happened, for diagnostics and adaptation; the chain doesn't need it.</returns>
    /// <remarks>When the density throws, the exception reaches the caller and the chain stays where it was.</remarks>
    public abstract DrawStatistics Draw(RandomKey key);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}

/// <summary>
/// What a kernel of one step size and one metric shows to those who tune it: Hamiltonian, Langevin and random-walk kernels alike.
/// </summary>
public interface ITunableKernel
{
    /// <summary>The step size.</summary>
    double StepSize { get; set; }

    /// <summary>The metric, whose inverse should come near to the covariance of the target.</summary>
    MetricState Metric { get; }

    /// <summary>The current position.</summary>
    ReadOnlySpan<double> Position { get; }

    /// <summary>The gradient of the log density at <see cref="Position"/>; empty for kernels that use none.</summary>
    ReadOnlySpan<double> Gradient { get; }

    /// <summary>The mean acceptance statistic at which a kernel of this kind is efficient, for adaptations that aren't told another one. 0.8 unless the kernel says otherwise.</summary>
    double TargetAcceptance => 0.8;

    /// <summary>The logarithm of the acceptance ratio of one random move from the current position, which stays. Negative infinity where the density is zero.</summary>
    /// <param name="stepSize">The step size to try.</param>
    /// <param name="key">The move's randomness.</param>
    double LogAcceptance(double stepSize, RandomKey key);
}

/// <summary>What happened in one transition, under the names of Stan.</summary>
/// <param name="LogDensity"><c>lp__</c>: the log density at the draw, in unconstrained coordinates, Jacobian included.</param>
/// <param name="AcceptStatistic"><c>accept_stat__</c>: the mean Metropolis acceptance probability along the trajectory; 1 for kernels that always accept.</param>
/// <param name="StepSize"><c>stepsize__</c>: the step size; NaN for kernels without one.</param>
/// <param name="TreeDepth"><c>treedepth__</c>: the number of complete doublings; 0 for kernels that don't double.</param>
/// <param name="LeapfrogSteps"><c>n_leapfrog__</c>: the number of integrator steps; of a kernel without an integrator, of evaluations.</param>
/// <param name="Divergent"><c>divergent__</c>: the trajectory left the energy surface.</param>
/// <param name="Energy"><c>energy__</c>: the Hamiltonian at the draw, with the momentum that led there; NaN for kernels without momentum.</param>
public readonly record struct DrawStatistics(
    double LogDensity, double AcceptStatistic, double StepSize, int TreeDepth, int LeapfrogSteps, bool Divergent, double Energy);
