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

    /// <summary>How often the gradient was evaluated.</summary>
    public long Gradients { get; internal set; }

    /// <summary>Evaluates log density and gradient at the point's position. Where either isn't finite, the density is zero.</summary>
    /// <param name="point">The point.</param>
    /// <returns>True where both are finite.</returns>
    public bool Evaluate(PhasePoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        Gradients++;
        double value = _density.ValueAndGradient(point.Position, point.Gradient);
        bool finite = double.IsFinite(value) && AllFinite(point.Gradient);
        point.LogDensity = finite ? value : double.NegativeInfinity;
        return finite;
    }

    /// <summary>Draws the momentum of N(0, M) and computes the velocity.</summary>
    /// <param name="point">The point.</param>
    /// <param name="stream">The randomness.</param>
    public void DrawMomentum(PhasePoint point, ref RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(point);
        Metric.DrawMomentum(ref stream, point.Momentum);
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

    private static bool AllFinite(ReadOnlySpan<double> values)
    {
        // A sum of x - x is zero if all x are finite, else NaN: no branch per element.
        double sum = 0;
        foreach (double v in values)
            sum += v - v;
        return sum == 0;
    }
}
