namespace OptiCore.RL;

/// <summary>The particle estimate of the entropy of states up to constants, E[log(||s - s_k|| + c)] with the k-th nearest neighbour s_k of each.</summary>
/// <remarks>
/// H. Singh, N. Misra, V. Hnizdo, A. Fedorowicz, E. Demchuk (2003), "Nearest neighbor estimates of entropy"; as a reward of exploration, H. Liu, P. Abbeel (2021), "Behavior from the void: unsupervised active pre-training".
/// </remarks>
public static class ParticleEntropy
{
    /// <summary>The most neighbours that may be asked for.</summary>
    public const int MaxNeighbours = 64;

    /// <summary>The Euclidean distance of each query to its k-th nearest particle, itself not counted. O(queries particles length); doesn't allocate.</summary>
    /// <param name="queries">Points, one row each; each is one of the particles.</param>
    /// <param name="particles">The particles, one row each.</param>
    /// <param name="length">The elements of a row.</param>
    /// <param name="neighbours">k, at most <see cref="MaxNeighbours"/>. Where there are fewer others, the farthest one counts.</param>
    /// <param name="distances">Receives the distances; 0 where there is only one particle.</param>
    /// <exception cref="ArgumentException">A span isn't a whole number of rows, or there are no particles.</exception>
    public static void Distances(ReadOnlySpan<float> queries, ReadOnlySpan<float> particles, int length, int neighbours, Span<float> distances)
    {
        Require.Positive(length, nameof(length));
        if (neighbours is < 1 or > MaxNeighbours)
            throw new ArgumentOutOfRangeException(nameof(neighbours), neighbours, $"neighbours must be at least 1 and at most {MaxNeighbours}.");
        Require.Length(queries.Length, distances.Length * length, nameof(queries));
        int count = particles.Length / length;
        Require.Length(particles.Length, count * length, nameof(particles));
        if (count == 0)
            throw new ArgumentException("There are no particles.", nameof(particles));

        // The query is its own nearest particle, at distance zero: the k-th other is the one after.
        int kept = Math.Min(neighbours + 1, count);
        Span<float> nearest = stackalloc float[MaxNeighbours + 1];
        nearest = nearest[..kept];
        for (int q = 0; q < distances.Length; q++)
        {
            ReadOnlySpan<float> query = queries.Slice(q * length, length);
            nearest.Fill(float.PositiveInfinity);
            for (int p = 0; p < particles.Length; p += length)
            {
                float square = 0;
                for (int j = 0; j < query.Length; j++)
                {
                    float difference = query[j] - particles[p + j];
                    square += difference * difference;
                }

                if (square < nearest[^1])
                    Insert(nearest, square);
            }

            distances[q] = MathF.Sqrt(nearest[^1]);
        }
    }

    /// <summary>Puts a value in its place among ascending ones and drops the last.</summary>
    private static void Insert(Span<float> ascending, float value)
    {
        int place = ascending.Length - 1;
        for (; place > 0 && ascending[place - 1] > value; place--)
            ascending[place] = ascending[place - 1];
        ascending[place] = value;
    }
}
