using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// A configured Markov kernel: an immutable, validated record that leaves a target density invariant. It holds no run, so that one instance serves
/// many chains and threads.
/// </summary>
public interface ISampler
{
    /// <summary>How the kernel is tuned during warm-up, or null to leave it as configured.</summary>
    IAdaptation? Adaptation { get; }

    /// <summary>Allocates everything that a chain needs. The chain has no position yet.</summary>
    /// <param name="density">The log density, up to a constant.</param>
    SamplerState Start(IDifferentiableFunction<double> density);
}

/// <summary>Everything of a chain's kernel that changes. A step allocates nothing.</summary>
public abstract class SamplerState : IPersistent
{
    /// <summary>The current position, n elements.</summary>
    public abstract ReadOnlySpan<double> Position { get; }

    /// <summary>The log density at <see cref="Position"/>.</summary>
    public abstract double LogDensity { get; }

    /// <summary>How often the gradient was evaluated.</summary>
    public abstract long Gradients { get; }

    /// <summary>Where the last divergent transition diverged: the position at which the energy error was found too large.</summary>
    public abstract ReadOnlySpan<double> DivergentPosition { get; }

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

/// <summary>What a kernel of Hamiltonian dynamics shows to those who tune it.</summary>
public interface IHamiltonianKernel
{
    /// <summary>Target and metric.</summary>
    Hamiltonian Hamiltonian { get; }

    /// <summary>The method that advances along the flow.</summary>
    IIntegrator Integrator { get; }

    /// <summary>The current position with its gradient. The momentum has no meaning.</summary>
    PhasePoint Point { get; }

    /// <summary>The step size.</summary>
    double StepSize { get; set; }
}

/// <summary>What happened in one transition, under the names of Stan.</summary>
/// <param name="LogDensity"><c>lp__</c>: the log density at the draw, in unconstrained coordinates, Jacobian included.</param>
/// <param name="AcceptStatistic"><c>accept_stat__</c>: the mean Metropolis acceptance probability along the trajectory.</param>
/// <param name="StepSize"><c>stepsize__</c>: the step size.</param>
/// <param name="TreeDepth"><c>treedepth__</c>: the number of complete doublings; 0 for kernels that don't double.</param>
/// <param name="LeapfrogSteps"><c>n_leapfrog__</c>: the number of integrator steps.</param>
/// <param name="Divergent"><c>divergent__</c>: the trajectory left the energy surface.</param>
/// <param name="Energy"><c>energy__</c>: the Hamiltonian at the draw, with the momentum that led there.</param>
public readonly record struct DrawStatistics(
    double LogDensity, double AcceptStatistic, double StepSize, int TreeDepth, int LeapfrogSteps, bool Divergent, double Energy);
