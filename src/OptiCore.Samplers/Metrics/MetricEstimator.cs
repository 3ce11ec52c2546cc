using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>Estimates a metric from the draws of a chain, and sets it. Used during warm-up.</summary>
public abstract class MetricEstimator : IPersistent
{
    /// <summary>The number of draws shown since the last <see cref="Reset"/>.</summary>
    public abstract long Count { get; }

    /// <summary>True when draws must come with gradients.</summary>
    public virtual bool NeedsGradients => false;

    /// <summary>Absorbs a draw.</summary>
    /// <param name="position">The draw, n elements.</param>
    /// <param name="gradient">The gradient of the log density there; empty for kernels that have none.</param>
    public abstract void Add(ReadOnlySpan<double> position, ReadOnlySpan<double> gradient);

    /// <summary>Sets the metric to the estimate. At least two draws must have been shown.</summary>
    public abstract void Update();

    /// <summary>Forgets all draws.</summary>
    public abstract void Reset();

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}

/// <summary>M^-1 is the estimated covariance, in the form of the metric.</summary>
internal sealed class CovarianceMetricEstimator(MetricState metric, CovarianceEstimator covariance) : MetricEstimator
{
    private readonly double[] _estimate = new double[metric.Inverse.Length];

    public override long Count => covariance.Count;

    public override void Add(ReadOnlySpan<double> position, ReadOnlySpan<double> gradient) => covariance.Add(position);

    public override void Update()
    {
        covariance.Estimate(_estimate);
        metric.SetInverse(_estimate);
    }

    public override void Reset() => covariance.Reset();

    public override void Persist(StateArchive archive) => archive.Transfer(covariance);
}
