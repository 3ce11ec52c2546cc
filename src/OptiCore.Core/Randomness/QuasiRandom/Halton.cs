namespace OptiCore.Randomness;

/// <summary>
/// Halton's sequence: coordinate j of point i is the radical inverse of i in the j-th prime base, sum_k d_k b^(-k-1) for i = sum_k d_k b^k. Any number of points may be
/// taken, and added to; in few dimensions it is about as even as <see cref="Sobol"/>'s, whose powers of two it doesn't ask for. Unscrambled, the
/// large bases of more than about ten dimensions begin with long diagonal stripes: scramble.
/// </summary>
/// <remarks>
/// Scrambled: digit k of a coordinate passes through a random permutation of 0 to b - 1 that belongs to the dimension and k, for as many digits as a double holds, so that every
/// point is uniformly distributed. Cost of a coordinate: log_b i digits, scrambled 53 / log2 b. J. H. Halton (1960), "On the efficiency of certain quasi-random
/// sequences of points in evaluating multi-dimensional integrals"; A. B. Owen (2017), "A randomized Halton algorithm in R".
/// </remarks>
[Algorithm("Halton sequence", "Quasi-random sequences", "Halton (1960); Owen (2017)", Capabilities = "random digit permutations")]
public sealed class Halton : IQuasiRandomSequence
{
    private readonly int[] _bases;

    /// <summary>For each dimension the permutations of its digits, one after the other; empty when not scrambled.</summary>
    private readonly int[][] _permutations;

    /// <summary>Makes a sequence.</summary>
    /// <param name="dimension">The number of coordinates, at least 1.</param>
    /// <param name="scramble">The key of the permutations; null for the sequence as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is not positive.</exception>
    public Halton(int dimension, RandomKey? scramble = null)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        _bases = Primes(dimension);
        _permutations = new int[scramble is null ? 0 : dimension][];
        for (int j = 0; j < _permutations.Length; j++)
        {
            int b = _bases[j], digits = (int)Math.Ceiling(53 / Math.Log2(b));
            _permutations[j] = new int[digits * b];
            for (int k = 0; k < digits; k++)
                RandomOrder.Permutation(scramble!.Value.Fold(j).Fold(k), _permutations[j].AsSpan(k * b, b));
        }
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public void Fill(Span<double> points, ulong first = 0)
    {
        int count = QuasiRandom.Points(points.Length, Dimension, nameof(points));
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < Dimension; j++)
                points[(i * Dimension) + j] = _permutations.Length == 0 ? RadicalInverse(first + (ulong)i, (uint)_bases[j]) : Scrambled(first + (ulong)i, _bases[j], _permutations[j]);
        }
    }

    private static double RadicalInverse(ulong i, uint b)
    {
        // The reversed number and the power stay exact as long as they are below 2^53; one division rounds.
        ulong reversed = 0, power = 1;
        while (i != 0 && power <= (1UL << 53) / b)
        {
            (i, ulong digit) = Math.DivRem(i, b);
            reversed = (reversed * b) + digit;
            power *= b;
        }

        return reversed / (double)power;
    }

    private static double Scrambled(ulong i, int b, int[] permutations)
    {
        // From the last digit on, so that small terms are added first.
        int digits = permutations.Length / b;
        Span<int> permuted = stackalloc int[digits];
        for (int k = 0; k < digits; k++)
        {
            (i, ulong digit) = Math.DivRem(i, (ulong)b);
            permuted[k] = permutations[(k * b) + (int)digit];
        }

        double x = 0;
        for (int k = digits - 1; k >= 0; k--)
            x = (x + permuted[k]) / b;
        return Math.Min(x, 1 - (1.0 / (1UL << 53)));
    }

    private static int[] Primes(int count)
    {
        var primes = new int[count];
        int found = 0;
        for (int candidate = 2; found < count; candidate++)
        {
            bool prime = true;
            for (int k = 0; prime && k < found && primes[k] <= candidate / primes[k]; k++)
                prime = candidate % primes[k] != 0;
            if (prime)
                primes[found++] = candidate;
        }

        return primes;
    }
}
