namespace OptiCore.Dynamics;

/// <summary>
/// States from one observed variable: x[i] = (s[i], s[i + tau], ..., s[i + (m - 1) tau]), which for m above twice the attractor's dimension are as good as the true ones.
/// </summary>
/// <remarks>F. Takens (1981), Detecting strange attractors in turbulence.</remarks>
public static class DelayVectors
{
    /// <summary>The number of vectors, length - (m - 1) tau.</summary>
    /// <param name="length">The length of the series.</param>
    /// <param name="dimension">The dimension m.</param>
    /// <param name="delay">The delay tau in samples.</param>
    /// <exception cref="ArgumentException">The series is too short for one vector.</exception>
    public static int Count(int length, int dimension, int delay)
    {
        long count = length - (((long)Require.Positive(dimension, nameof(dimension)) - 1) * Require.Positive(delay, nameof(delay)));
        return count >= 1
            ? (int)count
            : throw new ArgumentException(FormattableString.Invariant($"The series has {length} elements; a vector of dimension {dimension} with delay {delay} needs {length - count + 1}."), nameof(length));
    }

    /// <summary>The vectors, row after row.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="dimension">The dimension m.</param>
    /// <param name="delay">The delay tau in samples.</param>
    /// <exception cref="ArgumentException">The series is too short for one vector, or a number isn't finite.</exception>
    public static double[] Embed(ReadOnlySpan<double> series, int dimension, int delay)
    {
        int count = Count(series.Length, dimension, delay);
        Require.AllFinite(series, nameof(series));
        double[] vectors = new double[checked(count * dimension)];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < dimension; j++)
                vectors[(i * dimension) + j] = series[i + (j * delay)];
        }

        return vectors;
    }

    /// <summary>Searches the nearest vector that is more than a window away in time.</summary>
    /// <returns>Its index and distance; -1 if there is none.</returns>
    internal static (int Index, double Distance) NearestOutside(Neighbors.KdTree<double> tree, ReadOnlySpan<double> query, int time, int window, double above, int[] indices, double[] distances)
    {
        // Twice as many until one lies outside: most of the time a few are enough.
        for (int wanted = 8; ; wanted *= 2)
        {
            wanted = Math.Min(wanted, tree.Count);
            int found = tree.Nearest(query, indices.AsSpan(0, wanted), distances.AsSpan(0, wanted));
            for (int k = 0; k < found; k++)
            {
                if (Math.Abs((long)indices[k] - time) > window && distances[k] > above)
                    return (indices[k], distances[k]);
            }

            if (wanted == tree.Count)
                return (-1, double.NaN);
        }
    }
}
