using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>What came out of <see cref="Pathfinder.Run"/>.</summary>
public sealed class PathfinderResult
{
    private readonly double[] _draws;

    internal PathfinderResult(double[] draws, int dimension)
    {
        _draws = draws;
        Dimension = dimension;
    }

    /// <summary>The number n of unconstrained coordinates.</summary>
    public int Dimension { get; }

    /// <summary>The number of draws.</summary>
    public int Count => _draws.Length / Dimension;

    /// <summary>The paths that have a normal of finite bound, in their order.</summary>
    public required IReadOnlyList<PathfinderPath> Paths { get; init; }

    /// <summary>
    /// The shape k of the importance weights' tail: below 0.5 the resampled draws are as good as the target's, up to 0.7 usable, beyond not. NaN where nothing was resampled, infinity where the tail
    /// couldn't be fitted.
    /// </summary>
    public required double ParetoShape { get; init; }

    /// <summary>What a user should know before using the draws; empty when all is well.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>How often the density was evaluated, with its gradient or without.</summary>
    public required double Evaluations { get; init; }

    /// <summary>A draw in unconstrained coordinates, n elements.</summary>
    /// <param name="index">The draw, from 0.</param>
    public ReadOnlySpan<double> Draw(int index) => _draws.AsSpan(index * Dimension, Dimension);

    /// <summary>The draws of one coordinate.</summary>
    /// <param name="coordinate">The coordinate, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such coordinate.</exception>
    public double[] Values(int coordinate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(coordinate);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(coordinate, Dimension);
        double[] values = new double[Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = _draws[(i * Dimension) + coordinate];
        return values;
    }
}

/// <summary>One path: the best of its normals.</summary>
/// <param name="Approximation">The normal of the iterate with the largest bound.</param>
/// <param name="Bound">Its evidence lower bound E_q[log p - log q], estimated: with a normalised prior and likelihood at most the log evidence, but for noise.</param>
public sealed record PathfinderPath(LowRankNormal Approximation, double Bound)
{
    /// <summary>The iterate that it belongs to.</summary>
    public long BestIteration { get; init; }

    /// <summary>The length of the path in iterations.</summary>
    public long Iterations { get; init; }

    /// <summary>Why the path ended.</summary>
    public StopReason Reason { get; init; }
}
