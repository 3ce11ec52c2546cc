using System.Numerics;

namespace OptiCore.Networks;

/// <summary>
/// Negative classes for a sampled softmax that are hard ones: those whose weight vectors share a hash bucket with a query, in time that hardly depends on the number of classes.
/// </summary>
/// <typeparam name="T">The element type of the weight vectors.</typeparam>
/// <remarks>
/// <para>S. Daghaghi, T. Medini, N. Meisburger, B. Chen, M. Zhao, A. Shrivastava (2021), "A tale of two efficient and informative negative sampling distributions". The query is the example's
/// embedding ("LSH embedding": classes that score high now) or the weight vector of its own class ("LSH label": classes that are like the right one). Tables are visited in random order, each
/// bucket from a random place on, until there are enough different classes; what the buckets don't give is drawn uniformly.</para>
/// <para>These classes alone stand for all others in a softmax, without weights: the loss is another one, which is about the hardest competitors. Where an expectation over all classes is
/// wanted, <see cref="DrawByEmbedding"/> and <see cref="DrawByLabel"/> draw from the same buckets independently and with repetition, and give each draw's exact probability q: then the mean of
/// f(c) / q(c) is the sum of f over all classes but the positive in expectation, and s(c) - log(m q(c)) are the scores of m draws for a sampled softmax (Y. Bengio, J.-S. Senécal (2008),
/// "Adaptive importance sampling to accelerate training of a neural probabilistic language model").</para>
/// <para>By the number of negatives hard ones teach more, by the time they took not in our comparison on one core: among 20 000 classes, five by label and twenty-five uniform ones were right equally
/// often after as many steps, and a step of the five took one and a half times as long, for vectors of 32 numbers and of 256. Prefer uniform negatives unless their number is bounded.</para>
/// <para>The tables hold the weights of when they were hashed: call <see cref="SignHashTables{T}.Rehash(ReadOnlySpan{T}, ReadOnlySpan{int})"/> for the classes that learning has moved, now and then.
/// Buckets should have some ten classes: 2^bits of about a tenth of their number. For one thread; any number of samplers may share the tables. Nothing is allocated after the constructor.</para>
/// </remarks>
[Algorithm("LSH negative sampling", "Negative sampling", "Daghaghi et al. (2021), A tale of two efficient and informative negative sampling distributions")]
public sealed class HashedNegatives<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SignHashTables<T> _tables;
    private readonly int[] _order;
    private readonly int[] _codes;
    private readonly uint[] _seen;
    private uint _call;

    /// <summary>Makes a sampler.</summary>
    /// <param name="tables">The tables of the classes' weight vectors, two at least.</param>
    /// <exception cref="ArgumentException">There are fewer than two classes.</exception>
    public HashedNegatives(SignHashTables<T> tables)
    {
        _tables = Require.NotNull(tables);
        if (tables.Count < 2)
            throw new ArgumentException($"Of {tables.Count} classes none can be a negative.", nameof(tables));
        _order = new int[tables.Tables];
        _codes = new int[tables.Tables];
        _seen = new uint[tables.Count];
    }

    /// <summary>The probability with which a draw with a known probability is uniform over the classes instead of over a bucket, so that every class can be drawn.</summary>
    public double UniformShare { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.1;

    /// <summary>How many places in buckets the last call looked at: what its time is proportional to, besides hashing.</summary>
    public int Visited { get; private set; }

    /// <summary>Different classes that collide with an embedding.</summary>
    /// <param name="embedding">The example's embedding, whose inner products with the weight vectors are the scores.</param>
    /// <param name="positive">The example's class, which isn't chosen.</param>
    /// <param name="negatives">Receives different classes.</param>
    /// <param name="stream">The random numbers.</param>
    /// <returns>How many of them, the first ones, come from buckets.</returns>
    /// <exception cref="ArgumentException">A length is wrong, or more negatives are wanted than there are classes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public int SampleByEmbedding(ReadOnlySpan<T> embedding, int positive, Span<int> negatives, ref RandomStream stream)
    {
        _tables.Hash(embedding, _codes);
        return Sample(_codes, positive, negatives, ref stream);
    }

    /// <summary>Different classes that collide with the weight vector of the example's own class; its codes are known, so that nothing is hashed.</summary>
    /// <param name="positive">The example's class, which isn't chosen.</param>
    /// <param name="negatives">Receives different classes.</param>
    /// <param name="stream">The random numbers.</param>
    /// <returns>How many of them, the first ones, come from buckets.</returns>
    /// <exception cref="ArgumentException">More negatives are wanted than there are classes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public int SampleByLabel(int positive, Span<int> negatives, ref RandomStream stream) => Sample(_tables.Codes(RequireClass(positive)), positive, negatives, ref stream);

    /// <summary>Independent draws from the buckets of an embedding, with their probabilities: a table is drawn, then a class of its bucket.</summary>
    /// <param name="embedding">The example's embedding.</param>
    /// <param name="positive">The example's class, which isn't drawn.</param>
    /// <param name="negatives">Receives classes; they may repeat.</param>
    /// <param name="probabilities">Receives the probability of each draw's class; over all classes but the positive they sum to 1.</param>
    /// <param name="stream">The random numbers.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public void DrawByEmbedding(ReadOnlySpan<T> embedding, int positive, Span<int> negatives, Span<double> probabilities, ref RandomStream stream)
    {
        _tables.Hash(embedding, _codes);
        Draw(_codes, positive, negatives, probabilities, ref stream);
    }

    /// <summary>Independent draws from the buckets of the weight vector of the example's own class, with their probabilities.</summary>
    /// <param name="positive">The example's class, which isn't drawn.</param>
    /// <param name="negatives">Receives classes; they may repeat.</param>
    /// <param name="probabilities">Receives the probability of each draw's class; over all classes but the positive they sum to 1.</param>
    /// <param name="stream">The random numbers.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public void DrawByLabel(int positive, Span<int> negatives, Span<double> probabilities, ref RandomStream stream) =>
        Draw(_tables.Codes(RequireClass(positive)), positive, negatives, probabilities, ref stream);

    private int Sample(ReadOnlySpan<int> codes, int positive, Span<int> negatives, ref RandomStream stream)
    {
        RequireClass(positive);
        if (negatives.Length >= _tables.Count)
            throw new ArgumentException($"{negatives.Length} negatives of {_tables.Count} classes, one of which is the positive.", nameof(negatives));
        if (++_call == 0)
        {
            Array.Clear(_seen);
            _call = 1;
        }

        // From the same order each time: what is chosen depends on nothing but the arguments.
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        _seen[positive] = _call;
        Visited = 0;
        int count = 0;
        for (int left = _order.Length; left > 0 && count < negatives.Length; left--)
        {
            int chosen = stream.NextInt32(left), table = _order[chosen];
            (_order[chosen], _order[left - 1]) = (_order[left - 1], table);
            ReadOnlySpan<int> bucket = _tables.Bucket(table, codes[table]);
            if (bucket.IsEmpty)
                continue;
            int start = stream.NextInt32(bucket.Length);
            for (int i = 0; i < bucket.Length && count < negatives.Length; i++)
            {
                int place = start + i < bucket.Length ? start + i : start + i - bucket.Length;
                Visited++;
                Take(bucket[place], negatives, ref count);
            }
        }

        int found = count;
        while (count < negatives.Length)
            Take(stream.NextInt32(_tables.Count), negatives, ref count);
        return found;
    }

    private void Take(int item, Span<int> negatives, ref int count)
    {
        if (_seen[item] == _call)
            return;
        _seen[item] = _call;
        negatives[count++] = item;
    }

    private void Draw(ReadOnlySpan<int> codes, int positive, Span<int> negatives, Span<double> probabilities, ref RandomStream stream)
    {
        RequireClass(positive);
        Require.Length(probabilities.Length, negatives.Length, nameof(probabilities));
        Visited = 0;

        // What is refused leaves the law of the rest given that it isn't the positive.
        double others = 1 - Probability(codes, positive);
        for (int i = 0; i < negatives.Length; i++)
        {
            int item;
            do
            {
                item = DrawOne(codes, ref stream);
                Visited++;
            }
            while (item == positive);
            negatives[i] = item;
            probabilities[i] = Probability(codes, item) / others;
        }
    }

    private int DrawOne(ReadOnlySpan<int> codes, ref RandomStream stream)
    {
        if (stream.NextDouble() >= UniformShare)
        {
            int table = stream.NextInt32(codes.Length);
            ReadOnlySpan<int> bucket = _tables.Bucket(table, codes[table]);
            if (!bucket.IsEmpty)
                return bucket[stream.NextInt32(bucket.Length)];
        }

        return stream.NextInt32(_tables.Count);
    }

    /// <summary>The probability that <see cref="DrawOne"/> gives a class: a class is in a bucket if it has its code. An empty bucket's part is uniform.</summary>
    private double Probability(ReadOnlySpan<int> codes, int item)
    {
        ReadOnlySpan<int> own = _tables.Codes(item);
        double fromBuckets = 0;
        int empty = 0;
        for (int table = 0; table < codes.Length; table++)
        {
            int size = _tables.Bucket(table, codes[table]).Length;
            if (size == 0)
                empty++;
            else if (own[table] == codes[table])
                fromBuckets += 1.0 / size;
        }

        double share = (1 - UniformShare) / codes.Length;
        return (share * fromBuckets) + ((UniformShare + (share * empty)) / _tables.Count);
    }

    private int RequireClass(int positive) => (uint)positive < (uint)_tables.Count
        ? positive
        : throw new ArgumentOutOfRangeException(nameof(positive), positive, $"There are {_tables.Count} classes.");
}
