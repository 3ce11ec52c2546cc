using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>A configured rule that estimates a log density and its gradient from a part of its terms: <see cref="MiniBatch"/>, <see cref="ControlVariate"/>.</summary>
/// <remarks>
/// An <see cref="IFiniteSumFunction{T}"/> is the mean of its m terms; the log density that is sampled is their sum, m f(x). So a term is the log likelihood of
/// one observation plus 1 / m of the log prior, and every estimate is m times a mean over a batch.
/// </remarks>
public interface IGradientEstimator
{
    /// <summary>Allocates what a chain needs. Nothing is evaluated yet.</summary>
    /// <param name="target">The mean of the terms.</param>
    GradientEstimate Start(IFiniteSumFunction<double> target);
}

/// <summary>The estimates of one chain.</summary>
public abstract class GradientEstimate : IPersistent
{
    /// <summary>How often terms were evaluated, in units of all terms.</summary>
    public abstract double Evaluations { get; }

    /// <summary>Prepares for a chain that begins at a position; called before the first estimate.</summary>
    public virtual void Prepare()
    {
    }

    /// <summary>Computes the log density and its gradient from all terms.</summary>
    /// <param name="position">The point x, n elements.</param>
    /// <param name="gradient">Receives the gradient, n elements.</param>
    /// <returns>The log density; negative infinity where it or the gradient isn't finite.</returns>
    public abstract double Exact(ReadOnlySpan<double> position, Span<double> gradient);

    /// <summary>Estimates the log density and its gradient from the next batch.</summary>
    /// <param name="position">The point x, n elements.</param>
    /// <param name="key">The randomness.</param>
    /// <param name="gradient">Receives the gradient's estimate, n elements.</param>
    /// <returns>An estimate of the log density; negative infinity where it or the gradient isn't finite.</returns>
    /// <remarks>The batch is used up only when the terms don't throw: called again with the same key, the estimate is the same.</remarks>
    public abstract double Estimate(ReadOnlySpan<double> position, RandomKey key, Span<double> gradient);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}
