using System.Numerics;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Networks;

/// <summary>
/// Hash tables in which vectors of small angle meet: L tables, each with the signs of K random projections as its code. Two vectors at the angle t share a bucket of a table with probability p^K,
/// p = 1 - t / pi, and of some table with probability 1 - (1 - p^K)^L.
/// </summary>
/// <typeparam name="T">The element type of the vectors.</typeparam>
/// <remarks>
/// M. S. Charikar (2002), "Similarity estimation techniques from rounding algorithms"; P. Indyk, R. Motwani (1998), "Approximate nearest neighbors". A code costs K L n operations for vectors of n
/// elements; laying out the buckets anew, L (count + 2^K). Reading is for any number of threads at a time.
/// </remarks>
public sealed class SignHashTables<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _projections;
    private readonly int[] _codes;
    private readonly int[] _starts;
    private readonly int[] _items;

    /// <summary>Draws the projections and hashes the vectors.</summary>
    /// <param name="vectors">The vectors, one after the other.</param>
    /// <param name="dimension">The number of elements of a vector.</param>
    /// <param name="bits">The number K of signs in a code, 1 to 24.</param>
    /// <param name="tables">The number L of tables.</param>
    /// <param name="key">The key of the projections.</param>
    /// <exception cref="ArgumentException">There isn't a whole number of vectors.</exception>
    public SignHashTables(ReadOnlySpan<T> vectors, int dimension, int bits, int tables, RandomKey key)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        Bits = (int)Require.InClosed(bits, 1, 24, nameof(bits));
        Tables = Require.Positive(tables, nameof(tables));
        if (vectors.Length % dimension != 0)
            throw new ArgumentException(FormattableString.Invariant($"{vectors.Length} elements aren't a whole number of vectors of {dimension}."), nameof(vectors));
        Count = vectors.Length / dimension;
        var normal = new double[checked(bits * tables * dimension)];
        RandomFill.Normal(key, normal);
        _projections = Array.ConvertAll(normal, T.CreateTruncating);
        _codes = new int[checked(Count * tables)];
        _starts = new int[checked(tables * ((1 << bits) + 1))];
        _items = new int[_codes.Length];
        Rehash(vectors);
    }

    /// <summary>The number of elements of a vector.</summary>
    public int Dimension { get; }

    /// <summary>The number of vectors.</summary>
    public int Count { get; }

    /// <summary>The number K of signs in a code.</summary>
    public int Bits { get; }

    /// <summary>The number L of tables.</summary>
    public int Tables { get; }

    /// <summary>The probability that two vectors share a bucket of some table: 1 - (1 - p^K)^L with p = 1 - acos(cosine) / pi. It grows with the cosine.</summary>
    /// <param name="cosine">The cosine of the angle between them.</param>
    /// <param name="bits">The number K of signs in a code.</param>
    /// <param name="tables">The number L of tables.</param>
    public static double CollisionProbability(double cosine, int bits, int tables)
    {
        double p = 1 - (Math.Acos(Require.InClosed(cosine, -1, 1, nameof(cosine))) / Math.PI);
        return 1 - Math.Pow(1 - Math.Pow(p, bits), tables);
    }

    /// <summary>The codes of a vector. Allocates nothing.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="codes">Receives one code for each table.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Hash(ReadOnlySpan<T> vector, Span<int> codes)
    {
        Require.Length(vector.Length, Dimension, nameof(vector));
        Require.Length(codes.Length, Tables, nameof(codes));
        int at = 0;
        for (int table = 0; table < codes.Length; table++)
        {
            int code = 0;
            for (int bit = 0; bit < Bits; bit++, at += Dimension)
                code |= Reduce.Dot(vector, _projections.AsSpan(at, Dimension)) >= T.Zero ? 1 << bit : 0;
            codes[table] = code;
        }
    }

    /// <summary>The codes of a vector in the tables, as of when it was hashed last.</summary>
    /// <param name="item">The vector's number.</param>
    public ReadOnlySpan<int> Codes(int item) => _codes.AsSpan(item * Tables, Tables);

    /// <summary>The numbers of the vectors in a bucket, ascending.</summary>
    /// <param name="table">The table.</param>
    /// <param name="code">The code.</param>
    public ReadOnlySpan<int> Bucket(int table, int code)
    {
        ReadOnlySpan<int> starts = _starts.AsSpan(table * ((1 << Bits) + 1), (1 << Bits) + 1);
        return _items.AsSpan((table * Count) + starts[code], starts[code + 1] - starts[code]);
    }

    /// <summary>Hashes all vectors after a change.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <exception cref="ArgumentException">Their number has changed.</exception>
    public void Rehash(ReadOnlySpan<T> vectors)
    {
        Require.Length(vectors.Length, Count * Dimension, nameof(vectors));
        for (int i = 0; i < Count; i++)
            Hash(vectors.Slice(i * Dimension, Dimension), _codes.AsSpan(i * Tables, Tables));
        LayOut();
    }

    /// <summary>Hashes those vectors that have changed.</summary>
    /// <param name="vectors">All vectors.</param>
    /// <param name="changed">The numbers of those that have changed.</param>
    /// <exception cref="ArgumentException">The number of vectors has changed.</exception>
    public void Rehash(ReadOnlySpan<T> vectors, ReadOnlySpan<int> changed)
    {
        Require.Length(vectors.Length, Count * Dimension, nameof(vectors));
        foreach (int i in changed)
            Hash(vectors.Slice(i * Dimension, Dimension), _codes.AsSpan(i * Tables, Tables));
        LayOut();
    }

    /// <summary>Counts and places: one sort by counting for each table.</summary>
    private void LayOut()
    {
        int buckets = 1 << Bits;
        for (int table = 0; table < Tables; table++)
        {
            Span<int> starts = _starts.AsSpan(table * (buckets + 1), buckets + 1), items = _items.AsSpan(table * Count, Count);
            starts.Clear();
            for (int i = 0; i < Count; i++)
                starts[_codes[(i * Tables) + table] + 1]++;
            for (int code = 0; code < buckets; code++)
                starts[code + 1] += starts[code];
            for (int i = 0; i < Count; i++)
                items[starts[_codes[(i * Tables) + table]]++] = i;

            // Each start has moved to its bucket's end, which is the next one's start.
            for (int code = buckets; code > 0; code--)
                starts[code] = starts[code - 1];
            starts[0] = 0;
        }
    }
}
