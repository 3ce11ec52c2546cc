using System.Numerics.Tensors;

namespace OptiCore.Samplers;

/// <summary>
/// The energy H(q, p) = -log density(q) + p' M^-1 p / 2 of a target and a metric. Its flow is
/// composed of drifts along the velocity (<see cref="PhasePoint.Drift"/>) and kicks along the gradient (<see cref="Kick"/>).
/// </summary>
/// <remarks>Neal (2011), MCMC using Hamiltonian dynamics. One per chain: the metric changes during warm-up, and gradients are counted.</remarks>
public sealed class Hamiltonian
{
    private readonly IDifferentiableFunction<double> _density;

    /// <summary>Joins a target and a metric.</summary>
    /// <param name="density">The log density.</param>
    /// <param name="metric">The metric.</param>
    public Hamiltonian(IDifferentiableFunction<double> density, MetricState metric)
    {
        _density = Require.NotNull(density);
        Metric = Require.NotNull(metric);
    }

    /// <summary>The number n of coordinates.</summary>
    public int Dimension => _density.Dimension;

    /// <summary>The metric M.</summary>
    public MetricState Metric { get; }

    /// <summary>How often log density and gradient were evaluated.</summary>
    public double Evaluations { get; internal set; }

    /// <summary>Evaluates log density and gradient at the point's position. Where either isn't finite, the density is zero.</summary>
    /// <param name="point">The point.</param>
    /// <returns>True where both are finite.</returns>
    public bool Evaluate(PhasePoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        Evaluations++;
        point.LogDensity = LogValue.At(_density, point.Position, point.Gradient);
        return point.LogDensity > double.NegativeInfinity;
    }

    /// <summary>Draws the momentum of N(0, M) and computes the velocity.</summary>
    /// <param name="point">The point.</param>
    /// <param name="key">The randomness.</param>
    public void DrawMomentum(PhasePoint point, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(point);
        Metric.DrawMomentum(key, point.Momentum);
        Metric.Velocity(point.Momentum, point.Velocity);
    }

    /// <summary>The energy at a point whose velocity is up to date; infinite where the density is zero.</summary>
    /// <param name="point">The point.</param>
    public double Energy(PhasePoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        double energy = Metric.KineticEnergy(point.Momentum, point.Velocity) - point.LogDensity;
        return double.IsNaN(energy) ? double.PositiveInfinity : energy;
    }

    /// <summary>p += time * gradient, and the velocity that belongs to it.</summary>
    /// <param name="point">The point.</param>
    /// <param name="time">The time; negative goes back.</param>
    public void Kick(PhasePoint point, double time)
    {
        ArgumentNullException.ThrowIfNull(point);
        TensorPrimitives.MultiplyAdd<double>(point.Gradient, time, point.Momentum, point.Momentum);
        Metric.Velocity(point.Momentum, point.Velocity);
    }

    /// <summary>
    /// The logarithm of the acceptance ratio of one step with a new momentum, or negative infinity where the density vanishes.
    /// </summary>
    /// <param name="from">Where the step begins; stays as it is.</param>
    /// <param name="trial">A point to work in.</param>
    /// <param name="integrator">The method.</param>
    /// <param name="stepSize">The step size.</param>
    /// <param name="key">The randomness of the momentum.</param>
    public double LogAcceptance(PhasePoint from, PhasePoint trial, IIntegrator integrator, double stepSize, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(trial);
        ArgumentNullException.ThrowIfNull(integrator);
        trial.CopyFrom(from);
        DrawMomentum(trial, key);
        double before = Energy(trial);
        return integrator.Step(this, trial, stepSize) ? before - Energy(trial) : double.NegativeInfinity;
    }
}
