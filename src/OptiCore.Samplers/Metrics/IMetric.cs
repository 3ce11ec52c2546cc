using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// A configured metric: which form the mass matrix M has. Its inverse should be near to the covariance of the target, which warm-up estimates.
/// </summary>
public interface IMetric
{
    /// <summary>Allocates the metric of a chain; M is the identity.</summary>
    /// <param name="dimension">The number n of coordinates.</param>
    MetricState Start(int dimension);
}

/// <summary>The mass matrix of a chain. Called a few times per leapfrog step.</summary>
public abstract class MetricState : IPersistent
{
    /// <summary>Writes the velocity v = M^-1 p.</summary>
    /// <param name="momentum">The momentum p, n elements.</param>
    /// <param name="velocity">Receives n elements.</param>
    public abstract void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity);

    /// <summary>The kinetic energy p' M^-1 p / 2.</summary>
    /// <param name="momentum">The momentum p.</param>
    /// <param name="velocity">Its velocity M^-1 p.</param>
    public virtual double KineticEnergy(ReadOnlySpan<double> momentum, ReadOnlySpan<double> velocity) => 0.5 * Reduce.Dot(momentum, velocity);

    /// <summary>Draws a momentum of N(0, M).</summary>
    /// <param name="key">The randomness.</param>
    /// <param name="momentum">Receives n elements.</param>
    public abstract void DrawMomentum(RandomKey key, Span<double> momentum);

    /// <summary>Writes x = C z, where C C' = M^-1: noise of unit covariance becomes noise of the covariance M^-1.</summary>
    /// <param name="z">n elements.</param>
    /// <param name="x">Receives n elements; must not overlap with <paramref name="z"/>.</param>
    public abstract void Scale(ReadOnlySpan<double> z, Span<double> x);

    /// <summary>Writes h = C' g for the C of <see cref="Scale"/>: the gradient with respect to z of a function whose gradient with respect to x is g.</summary>
    /// <param name="gradient">g, n elements.</param>
    /// <param name="scaled">Receives n elements; must not overlap with <paramref name="gradient"/>.</param>
    public abstract void ScaleTransposed(ReadOnlySpan<double> gradient, Span<double> scaled);

    /// <summary>The inverse mass matrix as it is reported: all of it for <see cref="DenseMetric"/> (n x n, row-major), otherwise its diagonal (n elements).</summary>
    public abstract ReadOnlySpan<double> Inverse { get; }

    /// <summary>An estimator of this metric, or null when the metric is fixed.</summary>
    public abstract MetricEstimator? StartEstimator();

    /// <summary>Replaces the inverse mass matrix.</summary>
    /// <param name="inverse">In the form of <see cref="Inverse"/>; positive or positive definite.</param>
    /// <exception cref="ArgumentException">The length differs, or the matrix isn't positive definite.</exception>
    public abstract void SetInverse(ReadOnlySpan<double> inverse);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}
