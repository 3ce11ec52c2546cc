using System.Numerics;

namespace OptiCore.Networks;

/// <summary>Compares two wires and puts the smaller number on one, the larger on the other.</summary>
/// <param name="Smaller">The wire that gets the smaller number.</param>
/// <param name="Larger">The wire that gets the larger number.</param>
public readonly record struct Comparator(int Smaller, int Larger);

/// <summary>
/// A sorting network: a fixed schedule of compare-exchanges, in layers whose comparators share no wire. After the last layer every input is in ascending order.
/// </summary>
/// <remarks>D. E. Knuth (1998), "The art of computer programming", volume 3, section 5.3.4.</remarks>
public sealed class SortingNetwork
{
    private SortingNetwork(int size, Comparator[][] layers)
    {
        Size = size;
        Layers = layers;
    }

    /// <summary>The number of wires.</summary>
    public int Size { get; }

    /// <summary>The comparators, layer by layer.</summary>
    public IReadOnlyList<IReadOnlyList<Comparator>> Layers { get; }

    /// <summary>Odd-even transposition: n layers, each of which compares neighbours. For small n.</summary>
    /// <param name="size">The number of wires n.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no wire.</exception>
    public static SortingNetwork OddEven(int size)
    {
        var layers = new Comparator[Require.Positive(size)][];
        for (int layer = 0; layer < size; layer++)
        {
            int first = layer & 1;
            layers[layer] = new Comparator[(size - first) / 2];
            for (int i = 0; i < layers[layer].Length; i++)
                layers[layer][i] = new Comparator(first + (2 * i), first + (2 * i) + 1);
        }

        return new SortingNetwork(size, layers);
    }

    /// <summary>Bitonic sort, K. E. Batcher (1968), "Sorting networks and their applications": log2(n) (log2(n) + 1) / 2 layers, 55 for n = 1024.</summary>
    /// <param name="size">The number of wires n, a power of 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size isn't a power of 2.</exception>
    public static SortingNetwork Bitonic(int size)
    {
        if (!BitOperations.IsPow2(size))
            throw new ArgumentOutOfRangeException(nameof(size), size, "A bitonic network has a power of 2 of wires.");
        var layers = new List<Comparator[]>();
        for (int run = 2; run <= size; run *= 2)
        {
            for (int distance = run / 2; distance > 0; distance /= 2)
            {
                var layer = new List<Comparator>(size / 2);
                for (int i = 0; i < size; i++)
                {
                    int partner = i ^ distance;
                    if (partner > i)
                        layer.Add((i & run) == 0 ? new Comparator(i, partner) : new Comparator(partner, i));
                }

                layers.Add([.. layer]);
            }
        }

        return new SortingNetwork(size, [.. layers]);
    }
}
