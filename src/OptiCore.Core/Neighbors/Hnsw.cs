using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Neighbors;

/// <summary>
/// Approximate nearest neighbours of many vectors in many dimensions: a hierarchical navigable small world, a graph of layers in which every vector is linked
/// to neighbours in different directions. A query evaluates some hundreds of distances, growing about like log n, with recall set by the number of candidates.
/// </summary>
/// <remarks>
/// <para>Vector i lives on the layers 0 to floor(-ln(U) / ln M) with U from <c>key.Fold(i)</c>. It is inserted by greedy descent through the layers above its
/// own, then on each of its layers by a search with efConstruction candidates, among which M links are chosen; linked vectors whose lists overflow choose
/// anew among theirs. A search descends in the same way and keeps efSearch candidates on layer 0.</para>
/// <para>The same key, options and order of vectors give the same graph, bit for bit, on all hardware; that is why vectors are inserted one after the
/// other. Ties are broken by index. Inserting costs about efConstruction M log n distances; memory is d elements and 2 M + 3 integers for each vector.</para>
/// <para>Deleting marks a vector: it is no longer returned, but still leads to others. After deleting most of the vectors, build anew.</para>
/// <para>Y. A. Malkov, D. A. Yashunin (2018), "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small World graphs".
/// For exact results in few dimensions use <see cref="KdTree{T}"/>, for some thousand vectors <see cref="BruteForceNeighbors"/>.</para>
/// </remarks>
/// <typeparam name="T">The element type.</typeparam>
[Algorithm("HNSW", "Nearest neighbours", "Y. A. Malkov, D. A. Yashunin (2018), Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small World graphs")]
public sealed class Hnsw<T> : IPersistent where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Piece = 32;

    private readonly HnswSearcher<T> _searcher;
    private readonly HnswLinker<T> _linker;
    private readonly HnswMetric _metric;
    private readonly int _m;
    private RandomKey _key;
    private int _count;
    private int _live;
    private int _entryPoint = -1;
    private int _topLayer;
    private T[] _vectors = [];
    private int[] _levels = [];
    private byte[] _deleted = [];

    // Lists of layer 0: a length and 2 M places for each vector. Lists above: a length and M places for each layer, from _upperStarts on.
    private int[] _base = [];
    private int[] _upperStarts = [];
    private int[] _upper = [];
    private int _upperLength;

    /// <summary>Creates an empty index.</summary>
    /// <param name="dimension">The number of coordinates of a vector.</param>
    /// <param name="key">Draws the layers.</param>
    /// <param name="options">The configuration; null for the defaults.</param>
    /// <param name="capacity">The number of vectors for which memory is reserved; more are added by doubling.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is smaller than 1, or the capacity is negative.</exception>
    public Hnsw(int dimension, RandomKey key, HnswOptions? options = null, int capacity = 0)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        Options = options ?? new HnswOptions();
        _key = key;
        _metric = Options.Metric;
        _m = Options.Links;
        _searcher = new HnswSearcher<T>(this);
        _linker = new HnswLinker<T>(this, _searcher);
        Reserve(Require.NonNegative(capacity, nameof(capacity)));
    }

    /// <summary>The number of coordinates of a vector.</summary>
    public int Dimension { get; }

    /// <summary>The configuration.</summary>
    public HnswOptions Options { get; }

    /// <summary>The number of vectors, deleted ones included. The next vector gets this index.</summary>
    public int Count => _count;

    /// <summary>The number of vectors that are not deleted.</summary>
    public int LiveCount => _live;

    /// <summary>The highest layer that has vectors.</summary>
    public int TopLayer => _topLayer;

    /// <summary>What inserting cost so far, apart from the state that is saved.</summary>
    public HnswStatistics ConstructionStatistics { get; private set; }

    internal int Capacity => _levels.Length;

    internal int EntryPoint => _entryPoint;

    /// <summary>Inserts a vector. Allocates only where the capacity is exceeded.</summary>
    /// <param name="vector">The vector; copied.</param>
    /// <returns>Its index: the number of vectors before.</returns>
    /// <exception cref="ArgumentException">The length doesn't fit, a coordinate is NaN or infinite, or the vector is zero with the cosine metric.</exception>
    public int Add(ReadOnlySpan<T> vector)
    {
        int index = _count;
        if (index == Capacity)
            Reserve(Math.Max(16, checked(2 * index)));
        Span<T> stored = _vectors.AsSpan(index * Dimension, Dimension);
        Prepare(vector, stored, nameof(vector));

        // -ln(U) is an exponential number.
        int level = (int)Math.Floor(_key.Fold(index).Stream().NextExponential() * LevelScale());
        _levels[index] = level;
        _deleted[index] = 0;
        Lists(_base, index * ((2 * _m) + 1), (2 * _m) + 1).Clear();
        _upperStarts[index] = _upperLength;
        int needed = _upperLength + (level * (_m + 1));
        if (needed > _upper.Length)
            Array.Resize(ref _upper, Math.Max(needed, 2 * _upper.Length));
        Lists(_upper, _upperLength, needed - _upperLength).Clear();
        _upperLength = needed;
        _count++;
        _live++;
        HnswStatistics before = _searcher.Statistics;
        if (_entryPoint >= 0)
            _linker.Insert(index, stored, level);
        if (_entryPoint < 0 || level > _topLayer)
        {
            _entryPoint = index;
            _topLayer = level;
        }

        HnswStatistics after = _searcher.Statistics;
        ConstructionStatistics += new HnswStatistics(after.DistanceEvaluations - before.DistanceEvaluations, after.Expansions - before.Expansions);
        return index;

        static Span<int> Lists(int[] lists, int start, int length) => lists.AsSpan(start, length);
    }

    /// <summary>Inserts vectors one after the other.</summary>
    /// <param name="vectors">The vectors, row after row; copied.</param>
    /// <exception cref="ArgumentException">The number of elements is not a multiple of the dimension, one is NaN or infinite, or a vector is zero with the
    /// cosine metric; the vectors before it stay inserted.</exception>
    public void AddRange(ReadOnlySpan<T> vectors)
    {
        BruteForceNeighbors.RequireWhole(vectors.Length, Dimension, nameof(vectors));
        Require.AllFinite(vectors, nameof(vectors));
        int needed = checked(_count + (vectors.Length / Dimension));
        if (needed > Capacity)
            Reserve(Math.Max(needed, 2 * Capacity));
        for (int i = 0; i < vectors.Length; i += Dimension)
            Add(vectors.Slice(i, Dimension));
    }

    /// <summary>Marks a vector as deleted: searches pass through it but don't return it.</summary>
    /// <param name="index">The vector.</param>
    /// <returns>False when it was deleted already.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector.</exception>
    public bool Delete(int index) => Mark(index, 1);

    /// <summary>Takes the mark of a deleted vector away.</summary>
    /// <param name="index">The vector.</param>
    /// <returns>False when it was not deleted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector.</exception>
    public bool Restore(int index) => Mark(index, 0);

    /// <summary>Whether a vector is marked as deleted.</summary>
    /// <param name="index">The vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector.</exception>
    public bool IsDeleted(int index) => _deleted[Checked(index)] != 0;

    /// <summary>A vector as it is stored: of length 1 with the cosine metric.</summary>
    /// <param name="index">The vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector.</exception>
    public ReadOnlySpan<T> Vector(int index) => _vectors.AsSpan(Checked(index) * Dimension, Dimension);

    /// <summary>The highest layer of a vector.</summary>
    /// <param name="index">The vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector.</exception>
    public int LevelOf(int index) => _levels[Checked(index)];

    /// <summary>The vectors to which a vector is linked on a layer.</summary>
    /// <param name="index">The vector.</param>
    /// <param name="layer">A layer from 0 to the vector's highest.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector, or it isn't on the layer.</exception>
    public ReadOnlySpan<int> LinksOf(int index, int layer)
    {
        Require.InClosed(layer, 0, _levels[Checked(index)], nameof(layer));
        return Links(index, layer);
    }

    /// <summary>A workspace for searches. Several may search at a time while nothing is added or deleted.</summary>
    public HnswSearcher<T> CreateSearcher() => new(this);

    /// <summary>
    /// Finds approximately the nearest vectors of many queries. Row i of the results belongs to query i. Where fewer vectors were found than asked for, the
    /// rest of a row has the index -1 and an infinite distance.
    /// </summary>
    /// <param name="queries">The queries, row after row.</param>
    /// <param name="neighbors">The number of vectors to find for each.</param>
    /// <param name="candidates">efSearch, see <see cref="HnswSearcher{T}.Nearest"/>.</param>
    /// <param name="indices">Receives the indices, <paramref name="neighbors"/> for each query.</param>
    /// <param name="distances">Receives the distances, as many.</param>
    /// <param name="workers">Who answers the queries; null for the calling thread, which allocates nothing after the first call. The results are the same.</param>
    /// <returns>What it cost.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, a coordinate is NaN or infinite, or a query is zero with the cosine metric.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="candidates"/> is smaller than 1.</exception>
    public HnswStatistics NearestOfEach(
        ReadOnlySpan<T> queries, int neighbors, int candidates, Span<int> indices, Span<T> distances, IWorkers? workers = null)
    {
        int count = BruteForceNeighbors.CheckBatch(queries, Dimension, neighbors, indices, distances);
        Require.Positive(candidates, nameof(candidates));
        if (workers is not null && workers.Count > 1 && count > Piece)
            return InPieces(queries, count, neighbors, candidates, indices, distances, workers);
        HnswStatistics before = _searcher.Statistics;
        for (int i = 0; i < count; i++)
            _searcher.Nearest(queries.Slice(i * Dimension, Dimension), candidates, indices.Slice(i * neighbors, neighbors), distances.Slice(i * neighbors, neighbors));
        HnswStatistics after = _searcher.Statistics;
        return new HnswStatistics(after.DistanceEvaluations - before.DistanceEvaluations, after.Expansions - before.Expansions);
    }

    /// <inheritdoc/>
    /// <remarks>An index loads what an index of the same dimension and options saved, the key included.</remarks>
    /// <exception cref="CheckpointException">The saved index has another dimension or configuration, or is damaged.</exception>
    public void Persist(StateArchive archive)
    {
        Require.NotNull(archive);
        archive.Expect(Dimension, "dimension");
        archive.Expect((int)Options.Metric, "metric");
        archive.Expect(Options.Links, "links");
        archive.Expect(Options.ConstructionCandidates, "construction candidates");
        archive.Expect((int)Options.Selection, "selection");
        archive.Expect((Options.KeepPruned ? 1 : 0) + (Options.ExtendCandidates ? 2 : 0), "selection flags");
        archive.Transfer(ref _key);
        archive.Transfer(ref _count);
        archive.Transfer(ref _live);
        archive.Transfer(ref _entryPoint);
        archive.Transfer(ref _topLayer);
        archive.Transfer(ref _upperLength);
        if (archive.IsLoading)
            CheckHeader();
        Trimmed(archive, ref _vectors, (long)_count * Dimension);
        Trimmed(archive, ref _levels, _count);
        Trimmed(archive, ref _deleted, _count);
        Trimmed(archive, ref _base, (long)_count * ((2 * _m) + 1));
        Trimmed(archive, ref _upperStarts, _count);
        Trimmed(archive, ref _upper, _upperLength);
        if (archive.IsLoading)
            CheckGraph();

        // Only the part in use is stored, so that equal graphs have equal bytes.
        static void Trimmed<TElement>(StateArchive archive, ref TElement[] values, long length) where TElement : unmanaged
        {
            TElement[] part = archive.IsLoading || values.Length == length ? values : values.AsSpan(0, (int)length).ToArray();
            archive.Transfer(ref part);
            if (!archive.IsLoading)
                return;
            values = part.Length == length ? part : throw new CheckpointException("The saved index is damaged: its parts have different lengths.");
        }
    }

    /// <summary>Copies a vector into the form in which the index compares it.</summary>
    internal void Prepare(ReadOnlySpan<T> vector, Span<T> prepared, string name)
    {
        CheckVector(vector, name);
        vector.CopyTo(prepared);
        if (Options.Metric == HnswMetric.Cosine)
        {
            T norm = Reduce.Norm(vector);
            for (int i = 0; i < prepared.Length; i++)
                prepared[i] /= norm;
        }
    }

    /// <summary>The distance of a prepared query and a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T Distance(ref readonly T query, int index)
    {
        ref T vector = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_vectors), (nint)index * Dimension);
        if (_metric == HnswMetric.SquaredEuclidean)
            return PointKernels.PowerSum(default(EuclideanMetric<T>), in query, ref vector, Dimension);
        T product = PointKernels.Dot(in query, ref vector, Dimension);
        return _metric == HnswMetric.Cosine ? T.One - product : -product;
    }

    /// <summary>
    /// Asks for a vector that will be compared soon. The vectors of a list lie anywhere in memory: with 100000 of them, waiting for each in turn takes most of a search.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe void Prefetch(int index)
    {
        const int Line = 64, MostLines = 8;
        if (!Sse.IsSupported)
            return;

        // An address that the collector has moved away from is a useless hint, not a wrong access.
        byte* start = (byte*)Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_vectors), (nint)index * Dimension));
        int bytes = Math.Min(Dimension * sizeof(T), MostLines * Line);
        for (int i = 0; i < bytes; i += Line)
            Sse.Prefetch0(start + i);
    }

    internal bool IsDeletedUnchecked(int index) => _deleted[index] != 0;

    /// <summary>The links of a vector on a layer.</summary>
    internal ReadOnlySpan<int> Links(int index, int layer)
    {
        Span<int> list = List(index, layer);
        return list.Slice(1, list[0]);
    }

    /// <summary>A list with its length in front of its places.</summary>
    internal Span<int> List(int index, int layer) => layer == 0
        ? _base.AsSpan(index * ((2 * _m) + 1), (2 * _m) + 1)
        : _upper.AsSpan(_upperStarts[index] + ((layer - 1) * (_m + 1)), _m + 1);

    private double LevelScale() => 1 / -(LaneMath.Log(new Lanes1<double>(1.0 / _m)).Value);

    private void CheckVector(ReadOnlySpan<T> vector, string name)
    {
        Require.Length(vector.Length, Dimension, name);
        Require.AllFinite(vector, name);
        if (Options.Metric == HnswMetric.Cosine && Reduce.MaxNorm(vector) == T.Zero)
            throw new ArgumentException($"{name} is zero, which has no direction for the cosine metric.", name);
    }

    private int Checked(int index) => (uint)index < (uint)_count
        ? index
        : throw new ArgumentOutOfRangeException(nameof(index), index, string.Create(CultureInfo.InvariantCulture, $"index is {index} but must lie in [0, {_count})."));

    private bool Mark(int index, byte mark)
    {
        if (_deleted[Checked(index)] == mark)
            return false;
        _deleted[index] = mark;
        _live += mark == 0 ? 1 : -1;
        return true;
    }

    private void Reserve(int capacity)
    {
        if (capacity <= Capacity)
            return;
        Array.Resize(ref _vectors, checked(capacity * Dimension));
        Array.Resize(ref _base, checked(capacity * ((2 * _m) + 1)));
        Array.Resize(ref _deleted, capacity);
        Array.Resize(ref _upperStarts, capacity);
        Array.Resize(ref _levels, capacity);
    }

    private unsafe HnswStatistics InPieces(
        ReadOnlySpan<T> queries, int count, int neighbors, int candidates, Span<int> indices, Span<T> distances, IWorkers workers)
    {
        var searchers = new Stack<HnswSearcher<T>>();
        var gate = new Lock();
        fixed (T* pinnedQueries = queries, pinnedDistances = distances)
        {
            fixed (int* pinnedIndices = indices)
            {
                T* q = pinnedQueries, d = pinnedDistances;
                int* x = pinnedIndices;
                workers.ForEach((count + Piece - 1) / Piece, piece =>
                {
                    HnswSearcher<T>? searcher;
                    lock (gate)
                        searchers.TryPop(out searcher);
                    searcher ??= CreateSearcher();
                    int end = Math.Min(count, (piece + 1) * Piece);
                    for (int i = piece * Piece; i < end; i++)
                    {
                        searcher.Nearest(
                            new ReadOnlySpan<T>(q + ((nint)i * Dimension), Dimension),
                            candidates,
                            new Span<int>(x + ((nint)i * neighbors), neighbors),
                            new Span<T>(d + ((nint)i * neighbors), neighbors));
                    }

                    lock (gate)
                        searchers.Push(searcher);
                });
            }
        }

        HnswStatistics sum = default;
        foreach (HnswSearcher<T> searcher in searchers)
            sum += searcher.Statistics;
        return sum;
    }

    private void CheckHeader()
    {
        bool isEmpty = _count == 0;
        if (_count < 0 || _live < 0 || _live > _count || _upperLength < 0 || _topLayer < 0 || (isEmpty ? _entryPoint != -1 : (uint)_entryPoint >= (uint)_count))
            throw new CheckpointException("The saved index is damaged: its sizes contradict each other.");
    }

    /// <summary>A damaged index must not read outside its arrays.</summary>
    private void CheckGraph()
    {
        bool isRight = _count == 0 || _levels[_entryPoint] == _topLayer;
        for (int i = 0; i < _count && isRight; i++)
        {
            isRight = _levels[i] >= 0 && _levels[i] <= _topLayer && _upperStarts[i] >= 0
                && _upperStarts[i] + ((long)_levels[i] * (_m + 1)) <= _upperLength;
            for (int layer = 0; isRight && layer <= _levels[i]; layer++)
            {
                Span<int> list = List(i, layer);
                isRight = list[0] >= 0 && list[0] < list.Length;
                for (int j = 1; isRight && j <= list[0]; j++)
                    isRight = (uint)list[j] < (uint)_count && _levels[list[j]] >= layer;
            }
        }

        if (!isRight)
            throw new CheckpointException("The saved index is damaged: a link leads nowhere.");
    }
}
