using System.Globalization;
using System.Runtime.InteropServices;

namespace OptiCore.Randomness;

/// <summary>
/// A prepared categorical distribution: draws index k with probability w_k / sum w in constant time. Immutable, so one table serves many threads.
/// </summary>
/// <remarks>
/// <para>Each of n equally likely columns keeps its own index with some probability and gives another one otherwise. Preparing costs O(n).
/// A draw reads four words: the first two choose the column (each with probability 1/n to within 2^-64), the last two the index.</para>
/// <para>For a single draw from weights that change each time, the largest of log-weights plus Gumbel numbers
/// (<see cref="RandomFill.Gumbel(RandomKey, Span{double}, ulong, IWorkers?)"/>) needs no table.</para>
/// <para>A. J. Walker (1977), "An efficient method for generating discrete random variables with general distributions";
/// M. D. Vose (1991), "A linear algorithm for generating random numbers with a given distribution".</para>
/// </remarks>
public sealed class AliasTable
{
    private readonly double[] _keep;
    private readonly int[] _alias;

    /// <summary>Prepares the table of the given weights.</summary>
    /// <param name="weights">Finite, not negative, at least one positive; they need not sum to 1.</param>
    /// <exception cref="ArgumentException">There is no weight, or none is positive.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, NaN or infinite.</exception>
    public AliasTable(ReadOnlySpan<double> weights)
    {
        double largest = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0 && double.IsFinite(weights[i])))
                throw new ArgumentOutOfRangeException(nameof(weights), weights[i], string.Create(CultureInfo.InvariantCulture, $"weights[{i}] is {weights[i]} but must be at least 0 and finite."));
            largest = Math.Max(largest, weights[i]);
        }

        if (largest == 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"None of the {weights.Length} weights is positive."), nameof(weights));

        // Divided by the largest first: neither the sum nor the products below can overflow.
        double sum = 0;
        foreach (double weight in weights)
            sum += weight / largest;

        int n = weights.Length;
        _keep = new double[n];
        _alias = new int[n];
        int[] open = new int[n];
        int small = 0, large = n;
        for (int i = 0; i < n; i++)
        {
            _keep[i] = weights[i] / largest * (n / sum);
            if (_keep[i] < 1)
                open[small++] = i;
            else
                open[--large] = i;
        }

        // A column with too little is filled from one with too much, which may then have too little itself.
        while (small > 0 && large < n)
        {
            int lacking = open[--small], giving = open[large];
            _alias[lacking] = giving;
            _keep[giving] -= 1 - _keep[lacking];
            if (_keep[giving] < 1)
            {
                large++;
                open[small++] = giving;
            }
        }

        // What is left is full up to rounding. A weight of zero never ends here: it lacks everything, and rounding is far smaller.
        while (small > 0)
            KeepAll(open[--small]);
        while (large < n)
            KeepAll(open[large++]);

        void KeepAll(int column)
        {
            _keep[column] = 1;
            _alias[column] = column;
        }
    }

    /// <summary>The number of indices.</summary>
    public int Count => _keep.Length;

    /// <summary>The probability of an index as the table holds it: equal to its normalised weight up to rounding. Costs O(n).</summary>
    /// <param name="index">The index.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such index.</exception>
    public double Probability(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        double sum = _keep[index];
        for (int i = 0; i < _keep.Length; i++)
        {
            if (_alias[i] == index && i != index)
                sum += 1 - _keep[i];
        }

        return sum / Count;
    }

    /// <summary>Draws an index. Reads four words.</summary>
    /// <param name="stream">The stream to read.</param>
    public int Draw(ref RandomStream stream)
    {
        ulong first = stream.NextUInt64();
        return Index(first, stream.NextUInt64());
    }

    /// <summary>
    /// Fills a span with independent draws; element i reads block <c>offset + i</c> of the key's stream. Equal to the sequence of <see cref="Draw"/>.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the indices.</param>
    /// <param name="offset">The index of the first element.</param>
    public void Fill(RandomKey key, Span<int> destination, ulong offset = 0)
    {
        const int Chunk = 64;
        Span<uint> words = stackalloc uint[Chunk * PhiloxBlocks.Words];
        ReadOnlySpan<ulong> pairs = MemoryMarshal.Cast<uint, ulong>(words);
        for (int from = 0; from < destination.Length; from += Chunk)
        {
            int count = Math.Min(Chunk, destination.Length - from);
            PhiloxBlocks.Fill(key, offset + (ulong)from, words[..(count * PhiloxBlocks.Words)]);
            for (int i = 0; i < count; i++)
                destination[from + i] = Index(pairs[2 * i], pairs[(2 * i) + 1]);
        }
    }

    private int Index(ulong first, ulong second)
    {
        int column = (int)Math.BigMul(first, (ulong)_keep.Length, out _);
        return (second >> 11) * (1.0 / (1UL << 53)) < _keep[column] ? column : _alias[column];
    }
}
