using OptiCore.Neighbors;

namespace OptiCore.Dynamics;

/// <summary>
/// The largest Lyapunov exponent from one observed variable: S(k) = mean over i of log of the mean over all neighbours j of x[i] within a radius of |s[i' + k] - s[j' + k]|, where i' is the last
/// sample of vector i. Over the range where S is straight its slope is lambda times the sampling interval.
/// </summary>
/// <remarks>
/// The mean over a neighbourhood is taken before the logarithm, so that noise counts less than in <see cref="RosensteinExponent"/>; the price is a radius to choose: as small as leaves every
/// vector some neighbours. Look at several radii and dimensions: a slope that stays is an exponent.
/// </remarks>
[Algorithm("Kantz's exponent", "Chaos", "H. Kantz (1994), A robust method to estimate the maximal Lyapunov exponent of a time series")]
public sealed record KantzExponent
{
    /// <summary>The dimension m of the delay vectors. Default: 3.</summary>
    public int EmbeddingDimension { get; init => field = Require.Positive(value); } = 3;

    /// <summary>The delay in samples. Default: 1.</summary>
    public int Delay { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Neighbours are more than this many samples apart. Default: 10.</summary>
    public int TheilerWindow { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>The number of samples over which neighbours are followed. Default: 20.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 20;

    /// <summary>The radius of a neighbourhood in the maximum norm.</summary>
    public required double Radius { get; init => field = Require.Positive(value); }

    /// <summary>Vectors with fewer neighbours are left out. Default: 5.</summary>
    public int MinNeighbors { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The curve S(k) over the time k times the interval; NaN where no vector has neighbours enough.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="interval">The time between two observations.</param>
    /// <exception cref="ArgumentException">The series is too short, or a number isn't finite.</exception>
    public ScalingCurve Divergence(ReadOnlySpan<double> series, double interval = 1)
    {
        Require.Positive(interval, nameof(interval));
        double[] vectors = DelayVectors.Embed(series, EmbeddingDimension, Delay);
        int m = EmbeddingDimension, last = (m - 1) * Delay, count = (vectors.Length / m) - Steps;
        if (count < 2)
            throw new ArgumentException(FormattableString.Invariant($"The series has {series.Length} elements: too few to follow neighbours over {Steps}."), nameof(series));
        var tree = new KdTree<double>(vectors.AsSpan(0, count * m), m, Minkowski.Chebyshev);
        int[] indices = new int[count], used = new int[Steps + 1];
        double[] distances = new double[count], sums = new double[Steps + 1];
        for (int i = 0; i < count; i++)
        {
            int found = tree.Within(vectors.AsSpan(i * m, m), Radius, indices, distances), neighbors = 0;
            for (int k = 0; k < found; k++)
            {
                if (Math.Abs(indices[k] - i) > TheilerWindow)
                    indices[neighbors++] = indices[k];
            }

            if (neighbors < MinNeighbors)
                continue;
            for (int k = 0; k <= Steps; k++)
            {
                double sum = 0;
                foreach (int j in indices.AsSpan(0, neighbors))
                    sum += Math.Abs(series[i + last + k] - series[j + last + k]);
                if (sum > 0)
                {
                    sums[k] += Math.Log(sum / neighbors);
                    used[k]++;
                }
            }
        }

        double[] times = new double[Steps + 1];
        for (int k = 0; k <= Steps; k++)
        {
            times[k] = k * interval;
            sums[k] /= used[k];
        }

        return new ScalingCurve { X = times, Y = sums };
    }
}
