using System.Numerics.Tensors;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// A point of phase space: position q, momentum p, velocity v = M^-1 p, and log density and gradient at q. The buffers are allocated once and
/// overwritten in place.
/// </summary>
/// <param name="dimension">The number n of coordinates.</param>
public sealed class PhasePoint(int dimension) : IPersistent
{
    private readonly double[] _position = new double[dimension];
    private readonly double[] _momentum = new double[dimension];
    private readonly double[] _velocity = new double[dimension];
    private readonly double[] _gradient = new double[dimension];
    private double _logDensity = double.NegativeInfinity;

    /// <summary>The position q.</summary>
    public Span<double> Position => _position;

    /// <summary>The momentum p.</summary>
    public Span<double> Momentum => _momentum;

    /// <summary>The velocity v = M^-1 p, which the metric computes of the momentum.</summary>
    public Span<double> Velocity => _velocity;

    /// <summary>The gradient of the log density at <see cref="Position"/>.</summary>
    public Span<double> Gradient => _gradient;

    /// <summary>The log density at <see cref="Position"/>; negative infinity where value or gradient isn't finite.</summary>
    public double LogDensity { get => _logDensity; set => _logDensity = value; }

    /// <summary>q += time * v. Log density and gradient are stale until they are evaluated anew.</summary>
    /// <param name="time">The time; negative goes back.</param>
    public void Drift(double time) => TensorPrimitives.MultiplyAdd<double>(_velocity, time, _position, _position);

    /// <summary>Overwrites this point by another of the same dimension.</summary>
    /// <param name="other">The other point.</param>
    public void CopyFrom(PhasePoint other)
    {
        ArgumentNullException.ThrowIfNull(other);
        other._position.CopyTo(_position, 0);
        other._momentum.CopyTo(_momentum, 0);
        other._velocity.CopyTo(_velocity, 0);
        other._gradient.CopyTo(_gradient, 0);
        _logDensity = other._logDensity;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_position);
        archive.Transfer<double>(_momentum);
        archive.Transfer<double>(_velocity);
        archive.Transfer<double>(_gradient);
        archive.Transfer(ref _logDensity);
    }
}
