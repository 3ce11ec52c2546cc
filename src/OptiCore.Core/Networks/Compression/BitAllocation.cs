namespace OptiCore.Networks;

/// <summary>
/// Numbers of bits b of groups that minimize sum w / (2^b - 1)^2, the variance of stochastic rounding, under a bound on the sum of the bits. Greedy, which is optimal, since each further bit of a
/// group gains less than the one before.
/// </summary>
/// <remarks>J. Chen et al. (2021), "ActNN: reducing training memory footprint via 2-bit activation compressed training".</remarks>
public static class BitAllocation
{
    /// <summary>The most bits of a group.</summary>
    public const int MaxBits = 8;

    /// <summary>Gives each group at least one bit, and the rest of the budget to the largest gains. O(groups + budget log groups).</summary>
    /// <param name="weights">The weight w of each group: sensitivity times range^2. Weights that aren't positive numbers get one bit.</param>
    /// <param name="budget">The sum of bits that is allowed, at least one for each group.</param>
    /// <param name="bits">Receives the bits, 1 to <see cref="MaxBits"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The budget is too small.</exception>
    public static void Allocate(ReadOnlySpan<double> weights, int budget, Span<int> bits) => Allocate(weights, budget, bits, new double[weights.Length], new int[weights.Length]);

    /// <summary>The same with the caller's memory for the heap: nothing is allocated.</summary>
    internal static void Allocate(ReadOnlySpan<double> weights, int budget, Span<int> bits, Span<double> gains, Span<int> heap)
    {
        Require.Length(bits.Length, weights.Length, nameof(bits));
        Require.AtLeast(budget, weights.Length, nameof(budget));
        bits.Fill(1);
        int count = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            gains[i] = Gain(weights[i], 1);
            if (gains[i] > 0)
                heap[count++] = i;
        }

        for (int i = (count / 2) - 1; i >= 0; i--)
            Sink(heap[..count], gains, i);
        for (int left = budget - weights.Length; left > 0 && count > 0; left--)
        {
            int group = heap[0];
            if (++bits[group] == MaxBits)
                heap[0] = heap[--count];
            else
                gains[group] = Gain(weights[group], bits[group]);
            Sink(heap[..count], gains, 0);
        }
    }

    private static double Gain(double weight, int bits)
    {
        double now = (1 << bits) - 1, next = (2 << bits) - 1;
        return weight * ((1 / (now * now)) - (1 / (next * next)));
    }

    /// <summary>Of equal gains, that of the first group is taken, so that the result doesn't depend on the heap's history.</summary>
    private static void Sink(Span<int> heap, ReadOnlySpan<double> gains, int place)
    {
        while (true)
        {
            int largest = place;
            for (int child = (2 * place) + 1; child <= (2 * place) + 2 && child < heap.Length; child++)
            {
                if (gains[heap[child]] > gains[heap[largest]] || (gains[heap[child]] == gains[heap[largest]] && heap[child] < heap[largest]))
                    largest = child;
            }

            if (largest == place)
                return;
            (heap[place], heap[largest]) = (heap[largest], heap[place]);
            place = largest;
        }
    }
}
