namespace OptiCore.Randomness;

/// <summary>
/// Latin hypercube samples: of n points each coordinate has exactly one in each of the n intervals [k/n, (k + 1)/n). The mean over them has a variance of at most n/(n - 1)
/// times that of independent points, and far less for functions that are nearly sums of functions of one coordinate. A design of a fixed size; for one that grows
/// take <see cref="Sobol"/> or <see cref="Halton"/>.
/// </summary>
/// <remarks>M. D. McKay, R. J. Beckman, W. J. Conover (1979), "A comparison of three methods for selecting values of input variables in the analysis of output from a computer code".</remarks>
[Algorithm("Latin hypercube sampling", "Quasi-random sequences", "McKay, Beckman and Conover (1979)")]
public static class LatinHypercube
{
    /// <summary>Fills a design: coordinate j of point i is (permutation_j(i) + u_ij) / n. Rents a workspace of n integers.</summary>
    /// <param name="key">The key.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <param name="points">Receives the points, row by row; its length divided by the dimension is n.</param>
    /// <param name="centered">Whether points lie in the middle of their intervals (u = 1/2) instead of anywhere in them.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is not positive.</exception>
    /// <exception cref="ArgumentException">The length is not a multiple of the dimension.</exception>
    public static void Fill(RandomKey key, int dimension, Span<double> points, bool centered = false)
    {
        Require.Positive(dimension, nameof(dimension));
        int count = QuasiRandom.Points(points.Length, dimension, nameof(points));
        if (centered)
            points.Fill(0.5);
        else
            RandomFill.Uniform(key.Fold(0), points);
        int[] rented = System.Buffers.ArrayPool<int>.Shared.Rent(count);
        Span<int> permutation = rented.AsSpan(0, count);
        for (int j = 0; j < dimension; j++)
        {
            RandomOrder.Permutation(key.Fold(1).Fold(j), permutation);
            // The quotient of the largest sum may round to 1.
            for (int i = 0; i < count; i++)
                points[(i * dimension) + j] = Math.Min((permutation[i] + points[(i * dimension) + j]) / count, 1 - (1.0 / (1UL << 53)));
        }

        System.Buffers.ArrayPool<int>.Shared.Return(rented);
    }
}
