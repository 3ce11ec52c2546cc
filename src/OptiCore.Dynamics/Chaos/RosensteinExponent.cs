using OptiCore.Neighbors;

namespace OptiCore.Dynamics;

/// <summary>
/// The largest Lyapunov exponent from one observed variable: how the distance of every delay vector to its nearest neighbour grows, S(k) = mean of log |x[i + k] - x[j(i) + k]|. Over the
/// range where S is straight its slope is lambda times the sampling interval.
/// </summary>
/// <remarks>
/// Robust for short series: no parameter but the embedding and the window. S bends below the straight range while neighbours turn to the most unstable direction, and above where their distance is the
/// attractor's size. Cost: one nearest-neighbour search a vector, and Steps distances.
/// </remarks>
[Algorithm("Rosenstein's exponent", "Chaos", "M. T. Rosenstein, J. J. Collins, C. J. De Luca (1993), A practical method for calculating largest Lyapunov exponents from small data sets")]
public sealed record RosensteinExponent
{
    /// <summary>The dimension m of the delay vectors. Default: 3.</summary>
    public int EmbeddingDimension { get; init => field = Require.Positive(value); } = 3;

    /// <summary>The delay in samples. Default: 1.</summary>
    public int Delay { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Neighbours are more than this many samples apart; the paper takes the mean period. Default: 10.</summary>
    public int TheilerWindow { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>The number of samples over which neighbours are followed. Default: 20.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 20;

    /// <summary>The curve S(k) over the time k times the interval.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="interval">The time between two observations.</param>
    /// <exception cref="ArgumentException">The series is too short, or a number isn't finite.</exception>
    public ScalingCurve Divergence(ReadOnlySpan<double> series, double interval = 1)
    {
        Require.Positive(interval, nameof(interval));
        double[] vectors = DelayVectors.Embed(series, EmbeddingDimension, Delay);
        int m = EmbeddingDimension, count = (vectors.Length / m) - Steps;
        if (count < 2)
            throw new ArgumentException(FormattableString.Invariant($"The series has {series.Length} elements: too few to follow neighbours over {Steps}."), nameof(series));
        var tree = new KdTree<double>(vectors.AsSpan(0, count * m), m);
        int[] indices = new int[count];
        double[] distances = new double[count], sums = new double[Steps + 1];
        int[] pairs = new int[Steps + 1];
        for (int i = 0; i < count; i++)
        {
            // Equal vectors say nothing of growth: the nearest different one counts.
            int j = DelayVectors.NearestOutside(tree, vectors.AsSpan(i * m, m), i, TheilerWindow, 0, indices, distances).Index;
            if (j < 0)
                continue;
            for (int k = 0; k <= Steps; k++)
            {
                double square = 0;
                for (int a = 0; a < m; a++)
                {
                    double difference = vectors[((i + k) * m) + a] - vectors[((j + k) * m) + a];
                    square += difference * difference;
                }

                if (square > 0)
                {
                    sums[k] += 0.5 * Math.Log(square);
                    pairs[k]++;
                }
            }
        }

        double[] times = new double[Steps + 1];
        for (int k = 0; k <= Steps; k++)
        {
            times[k] = k * interval;
            sums[k] /= pairs[k];
        }

        return new ScalingCurve { X = times, Y = sums };
    }
}
