using OptiCore.Neighbors;

namespace OptiCore.Dynamics;

/// <summary>
/// The largest Lyapunov exponent from one observed variable, by following a neighbour of the one trajectory there is: after each evolution time log(d' / d) is added and the neighbour is replaced
/// by one that is close again and lies in nearly the same direction. The fixed-evolution-time program of the paper.
/// </summary>
/// <remarks>
/// If no vector within <see cref="MaxDistance"/> lies within <see cref="MaxAngle"/> of the direction, the old neighbour is kept. The estimate depends on the distances and the evolution
/// time; <see cref="RosensteinExponent"/> and <see cref="KantzExponent"/> show by a curve whether there is an exponent at all.
/// </remarks>
[Algorithm("Wolf's exponent", "Chaos", "A. Wolf, J. B. Swift, H. L. Swinney, J. A. Vastano (1985), Determining Lyapunov exponents from a time series")]
public sealed record WolfExponent
{
    /// <summary>The dimension m of the delay vectors. Default: 3.</summary>
    public int EmbeddingDimension { get; init => field = Require.Positive(value); } = 3;

    /// <summary>The delay in samples. Default: 1.</summary>
    public int Delay { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Neighbours are more than this many samples apart. Default: 10.</summary>
    public int TheilerWindow { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>The samples between two replacements. Default: 5.</summary>
    public int Evolution { get; init => field = Require.Positive(value); } = 5;

    /// <summary>A replacement isn't nearer than this: the length scale of noise. Default: 0.</summary>
    public double MinDistance { get; init => field = Require.NonNegative(value); }

    /// <summary>A replacement isn't farther than this: the length scale on which growth is still exponential.</summary>
    public required double MaxDistance { get; init => field = Require.Positive(value); }

    /// <summary>The largest angle between the directions to the old and the new neighbour, in radians. Default: 0.3, the paper's.</summary>
    public double MaxAngle { get; init => field = Require.InOpenClosed(value, 0, Math.PI / 2); } = 0.3;

    /// <summary>The exponent.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="interval">The time between two observations.</param>
    /// <returns>The exponent, the time that was followed and the number of replacements; NaN where no vector has a neighbour.</returns>
    /// <exception cref="ArgumentException">The series is too short, or a number isn't finite.</exception>
    public (double Exponent, double Time, int Replacements) Estimate(ReadOnlySpan<double> series, double interval = 1)
    {
        Require.Positive(interval, nameof(interval));
        double[] vectors = DelayVectors.Embed(series, EmbeddingDimension, Delay);
        int m = EmbeddingDimension, count = (vectors.Length / m) - Evolution;
        if (count < 2)
            throw new ArgumentException(FormattableString.Invariant($"The series has {series.Length} elements: too few to follow neighbours over {Evolution}."), nameof(series));
        var tree = new KdTree<double>(vectors.AsSpan(0, count * m), m);
        int[] indices = new int[count];
        double[] distances = new double[count];
        int i = 0, replacements = 0;
        long steps = 0;
        double sum = 0;
        (int j, double distance) = DelayVectors.NearestOutside(tree, vectors.AsSpan(0, m), 0, TheilerWindow, MinDistance, indices, distances);
        while (j >= 0 && i < count && j < count)
        {
            i += Evolution;
            j += Evolution;
            ReadOnlySpan<double> here = vectors.AsSpan(i * m, m), there = vectors.AsSpan(j * m, m);
            double grown = Distance(here, there);
            if (grown > 0)
            {
                sum += Math.Log(grown / distance);
                steps += Evolution;
            }

            if (i >= count)
                break;
            (int replacement, double near) = Replacement(tree, vectors, here, there, grown, i, indices, distances);
            if (replacement >= 0)
            {
                (j, distance) = (replacement, near);
                replacements++;
            }
            else if (j < count && grown > 0)
            {
                distance = grown;
            }
            else
            {
                // The old neighbour has come to the end of the data: any close one has to do.
                (j, distance) = DelayVectors.NearestOutside(tree, here, i, TheilerWindow, MinDistance, indices, distances);
                replacements++;
            }
        }

        return (sum / (steps * interval), steps * interval, replacements);
    }

    private (int Index, double Distance) Replacement(
        KdTree<double> tree, double[] vectors, ReadOnlySpan<double> here, ReadOnlySpan<double> there, double grown, int time, int[] indices, double[] distances)
    {
        int m = EmbeddingDimension, best = -1, found = tree.Within(here, MaxDistance, indices, distances);
        double bestCosine = Math.Cos(MaxAngle), distance = double.NaN;
        for (int k = 0; k < found; k++)
        {
            if (Math.Abs(indices[k] - time) <= TheilerWindow || distances[k] <= MinDistance || distances[k] == 0)
                continue;
            ReadOnlySpan<double> candidate = vectors.AsSpan(indices[k] * m, m);
            double product = 0;
            for (int a = 0; a < m; a++)
                product += (candidate[a] - here[a]) * (there[a] - here[a]);
            double cosine = product / (distances[k] * grown);
            if (cosine >= bestCosine)
                (best, bestCosine, distance) = (indices[k], cosine, distances[k]);
        }

        return (best, distance);
    }

    private static double Distance(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double square = 0;
        for (int a = 0; a < x.Length; a++)
            square += (x[a] - y[a]) * (x[a] - y[a]);
        return Math.Sqrt(square);
    }
}
