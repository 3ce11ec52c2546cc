namespace OptiCore.Samplers;

/// <summary>How chains find a place to start from that is better than a random one. Holds no run; called for each chain on its own, from several threads.</summary>
public interface IInitialization
{
    /// <summary>Finds a start.</summary>
    /// <param name="target">The log density.</param>
    /// <param name="start">Where the chain would start: given or random, of finite density; n elements.</param>
    /// <param name="key">The randomness, the chain's own.</param>
    /// <returns>The start; null leaves the chain at <paramref name="start"/>.</returns>
    /// <exception cref="ArgumentException">The target doesn't offer what is needed.</exception>
    ChainStart? Find(IProblem<double> target, ReadOnlySpan<double> start, RandomKey key);
}

/// <summary>Where a chain starts.</summary>
/// <param name="Position">The position, n elements. Where the kernel finds no finite density there, the chain starts where it would have without.</param>
public sealed record ChainStart(double[] Position)
{
    /// <summary>A normal near to the target, or null. Its covariance is the inverse metric with which the tuning of a kernel begins, diagonal or dense as the metric is.</summary>
    public LowRankNormal? Approximation { get; init; }

    /// <summary>How often the density was evaluated for it.</summary>
    public double Evaluations { get; init => field = Require.NonNegative(value); }
}
