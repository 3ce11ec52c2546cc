using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.Neighbors;

/// <summary>
/// Exact nearest neighbours among points of few dimensions: a balanced tree of boxes, of which a query visits about log n where the dimension is small.
/// </summary>
/// <remarks>
/// <para>Built in O(d n log n) by halving each set of points at the median of its widest coordinate, down to leaves of at most
/// <see cref="LeafSize"/> points. Every node knows the smallest box around its points, and a search leaves out the nodes whose box is farther than what it
/// has. The bound of a box is computed by the operations of a distance, all of them monotonic after rounding too, so that pruning never loses a point:
/// results equal those of <see cref="BruteForceNeighbors"/> bit for bit, ordered by distance, equal ones by index.</para>
/// <para>Takes n (d + 1) elements for the points in the order of the leaves and about n d / 2 for the boxes. A search allocates nothing and may run in many
/// threads at a time. Of 100000 normal points <see cref="BruteForceNeighbors"/> finds ten neighbours as fast from about 12 dimensions on and five times as
/// fast in 20, of points along a surface of fewer dimensions later; approximate neighbours are found faster by <see cref="Hnsw{T}"/>.</para>
/// <para>J. H. Friedman, J. L. Bentley, R. A. Finkel (1977), "An algorithm for finding best matches in logarithmic expected time".</para>
/// </remarks>
/// <typeparam name="T">The element type.</typeparam>
[Algorithm("k-d tree", "Nearest neighbours", "J. H. Friedman, J. L. Bentley, R. A. Finkel (1977), An algorithm for finding best matches in logarithmic expected time")]
public sealed class KdTree<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The largest number of points of a leaf.</summary>
    public const int LeafSize = 12;

    // Row i holds the point of index _order[i]; the points of a leaf are neighbours.
    private readonly T[] _points;
    private readonly int[] _order;

    // Node i has the children 2 i + 1 and 2 i + 2 and the box at 2 d i: low corner, high corner.
    private readonly T[] _boxes;
    private readonly int _depth;

    /// <summary>Builds the tree. O(d n log n), also for equal or adversarial points.</summary>
    /// <param name="points">The points, row after row; copied. May be empty.</param>
    /// <param name="dimension">The number of coordinates of a point.</param>
    /// <param name="metric">The distance; null for the Euclidean.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is smaller than 1.</exception>
    /// <exception cref="ArgumentException">The number of elements is not a multiple of the dimension, or one is NaN or infinite.</exception>
    public KdTree(ReadOnlySpan<T> points, int dimension, Minkowski? metric = null)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        BruteForceNeighbors.RequireWhole(points.Length, dimension, nameof(points));
        Require.AllFinite(points, nameof(points));
        Metric = metric ?? Minkowski.Euclidean;
        int n = points.Length / dimension;
        _order = new int[n];
        for (int i = 0; i < n; i++)
            _order[i] = i;
        for (int size = n; size > LeafSize; size = (size + 1) / 2)
            _depth++;
        _boxes = new T[n == 0 ? 0 : checked(((2 << _depth) - 1) * 2 * dimension)];
        if (n > 0)
            Build(points, 0, 0, n, _depth, new T[n]);
        _points = new T[points.Length];
        for (int i = 0; i < n; i++)
            points.Slice(_order[i] * dimension, dimension).CopyTo(_points.AsSpan(i * dimension));
    }

    /// <summary>The number of points.</summary>
    public int Count => _order.Length;

    /// <summary>The number of coordinates of a point.</summary>
    public int Dimension { get; }

    /// <summary>The distance.</summary>
    public Minkowski Metric { get; }

    /// <summary>Finds the nearest points of a query, the nearest first, as many as the result spans hold. Allocates nothing.</summary>
    /// <param name="query">The query, <see cref="Dimension"/> coordinates.</param>
    /// <param name="indices">Receives the indices of the nearest points; -1 where there are fewer.</param>
    /// <param name="distances">Receives their distances, of the same length; infinity where there are fewer.</param>
    /// <returns>The number of points found: the length of the result spans or <see cref="Count"/>, if that is smaller.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or a coordinate is NaN or infinite.</exception>
    public int Nearest(ReadOnlySpan<T> query, Span<int> indices, Span<T> distances)
    {
        CheckQuery(query);
        Require.Length(distances.Length, indices.Length, nameof(distances));
        return Dispatch(query, indices, distances, null);
    }

    /// <summary>
    /// Finds the points at a distance of at most <paramref name="radius"/>, the nearest first. Of more points than the result spans hold the nearest are kept;
    /// <see cref="CountWithin"/> tells how many there are. Allocates nothing.
    /// </summary>
    /// <param name="query">The query, <see cref="Dimension"/> coordinates.</param>
    /// <param name="radius">The largest distance, not negative. The power sums are compared, after rounding.</param>
    /// <param name="indices">Receives the indices; -1 where there are fewer.</param>
    /// <param name="distances">Receives the distances, of the same length; infinity where there are fewer.</param>
    /// <returns>The number of points found.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or a coordinate is NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or NaN.</exception>
    public int Within(ReadOnlySpan<T> query, T radius, Span<int> indices, Span<T> distances)
    {
        CheckQuery(query);
        BruteForceNeighbors.CheckRadius(radius);
        Require.Length(distances.Length, indices.Length, nameof(distances));
        return Dispatch(query, indices, distances, radius);
    }

    /// <summary>Counts the points at a distance of at most <paramref name="radius"/>. Allocates nothing.</summary>
    /// <param name="query">The query, <see cref="Dimension"/> coordinates.</param>
    /// <param name="radius">The largest distance, not negative. The power sums are compared, after rounding.</param>
    /// <exception cref="ArgumentException">The length doesn't fit, or a coordinate is NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or NaN.</exception>
    public int CountWithin(ReadOnlySpan<T> query, T radius)
    {
        CheckQuery(query);
        BruteForceNeighbors.CheckRadius(radius);
        if (Count == 0)
            return 0;
        double p = Metric.Power;
        return p == 2 ? CountIn<EuclideanMetric<T>>(default, query, radius)
            : p == 1 ? CountIn<ManhattanMetric<T>>(default, query, radius)
            : double.IsInfinity(p) ? CountIn<ChebyshevMetric<T>>(default, query, radius)
            : CountIn(new PowerMetric<T>(p), query, radius);
    }

    /// <summary>
    /// Finds the nearest points of many queries. Row i of the results belongs to query i. Where there are fewer points than asked for, the rest of a row has
    /// the index -1 and an infinite distance.
    /// </summary>
    /// <param name="queries">The queries, row after row.</param>
    /// <param name="neighbors">The number of points to find for each.</param>
    /// <param name="indices">Receives the indices, <paramref name="neighbors"/> for each query.</param>
    /// <param name="distances">Receives the distances, as many.</param>
    /// <param name="workers">Who answers the queries; null for the calling thread, which allocates nothing. The results are the same.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or a coordinate of a query is NaN or infinite.</exception>
    public void NearestOfEach(ReadOnlySpan<T> queries, int neighbors, Span<int> indices, Span<T> distances, IWorkers? workers = null)
    {
        int count = BruteForceNeighbors.CheckBatch(queries, Dimension, neighbors, indices, distances);
        if (workers is not null && workers.Count > 1 && count > BruteForceNeighbors.Piece)
        {
            InPieces(queries, count, neighbors, indices, distances, workers);
            return;
        }

        for (int i = 0; i < count; i++)
            Dispatch(queries.Slice(i * Dimension, Dimension), indices.Slice(i * neighbors, neighbors), distances.Slice(i * neighbors, neighbors), null);
    }

    private unsafe void InPieces(ReadOnlySpan<T> queries, int count, int neighbors, Span<int> indices, Span<T> distances, IWorkers workers)
    {
        fixed (T* pinnedQueries = queries, pinnedDistances = distances)
        {
            fixed (int* pinnedIndices = indices)
            {
                T* q = pinnedQueries, d = pinnedDistances;
                int* x = pinnedIndices;
                workers.ForEach((count + BruteForceNeighbors.Piece - 1) / BruteForceNeighbors.Piece, piece =>
                {
                    int end = Math.Min(count, (piece + 1) * BruteForceNeighbors.Piece);
                    for (int i = piece * BruteForceNeighbors.Piece; i < end; i++)
                    {
                        Dispatch(
                            new ReadOnlySpan<T>(q + ((nint)i * Dimension), Dimension),
                            new Span<int>(x + ((nint)i * neighbors), neighbors),
                            new Span<T>(d + ((nint)i * neighbors), neighbors),
                            null);
                    }
                });
            }
        }
    }

    private void CheckQuery(ReadOnlySpan<T> query)
    {
        Require.Length(query.Length, Dimension, nameof(query));
        Require.AllFinite(query, nameof(query));
    }

    private int Dispatch(ReadOnlySpan<T> query, Span<int> indices, Span<T> distances, T? radius)
    {
        double p = Metric.Power;
        return p == 2 ? Find<EuclideanMetric<T>>(default, query, indices, distances, radius)
            : p == 1 ? Find<ManhattanMetric<T>>(default, query, indices, distances, radius)
            : double.IsInfinity(p) ? Find<ChebyshevMetric<T>>(default, query, indices, distances, radius)
            : Find(new PowerMetric<T>(p), query, indices, distances, radius);
    }

    private int Find<TMetric>(TMetric metric, ReadOnlySpan<T> query, Span<int> indices, Span<T> distances, T? radius) where TMetric : struct, IPointMetric<T>
    {
        if (indices.IsEmpty)
            return 0;
        var heap = new NearestHeap<T>(indices, distances, radius is { } r ? metric.Raise(r) : T.PositiveInfinity);
        if (Count > 0)
        {
            ref T start = ref MemoryMarshal.GetReference(query);
            T bound = Bound(metric, in start, 0);
            if (bound <= heap.Worst)
                Visit(metric, in start, 0, 0, Count, _depth, ref heap);
        }

        BruteForceNeighbors.Finish(metric, ref heap, indices, distances);
        return heap.Count;
    }

    private void Visit<TMetric>(TMetric metric, ref readonly T query, int node, int from, int to, int depth, ref NearestHeap<T> heap)
        where TMetric : struct, IPointMetric<T>
    {
        if (depth == 0)
        {
            ref T start = ref MemoryMarshal.GetArrayDataReference(_points);
            T worst = heap.Worst;
            for (int i = from; i < to; i++)
            {
                T sum = PointKernels.PowerSum(metric, in query, ref Unsafe.Add(ref start, (nint)i * Dimension), Dimension);
                if (sum <= worst)
                {
                    heap.Offer(sum, _order[i]);
                    worst = heap.Worst;
                }
            }

            return;
        }

        // A box at the same distance as the worst result may hold a point of a smaller index.
        int left = (2 * node) + 1, middle = from + ((to - from + 1) / 2);
        T boundLeft = Bound(metric, in query, left), boundRight = Bound(metric, in query, left + 1);
        if (boundLeft <= boundRight)
        {
            if (boundLeft <= heap.Worst)
                Visit(metric, in query, left, from, middle, depth - 1, ref heap);
            if (boundRight <= heap.Worst)
                Visit(metric, in query, left + 1, middle, to, depth - 1, ref heap);
        }
        else
        {
            if (boundRight <= heap.Worst)
                Visit(metric, in query, left + 1, middle, to, depth - 1, ref heap);
            if (boundLeft <= heap.Worst)
                Visit(metric, in query, left, from, middle, depth - 1, ref heap);
        }
    }

    private int CountIn<TMetric>(TMetric metric, ReadOnlySpan<T> query, T radius) where TMetric : struct, IPointMetric<T> =>
        CountIn(metric, ref MemoryMarshal.GetReference(query), metric.Raise(radius), 0, 0, Count, _depth);

    private int CountIn<TMetric>(TMetric metric, ref readonly T query, T limit, int node, int from, int to, int depth) where TMetric : struct, IPointMetric<T>
    {
        if (Bound(metric, in query, node) > limit)
            return 0;
        int count = 0;
        if (depth > 0)
        {
            int left = (2 * node) + 1, middle = from + ((to - from + 1) / 2);
            return CountIn(metric, in query, limit, left, from, middle, depth - 1) + CountIn(metric, in query, limit, left + 1, middle, to, depth - 1);
        }

        for (int i = from; i < to; i++)
        {
            if (PointKernels.PowerSum(metric, in query, ref _points[i * Dimension], Dimension) <= limit)
                count++;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Bound<TMetric>(TMetric metric, ref readonly T query, int node) where TMetric : struct, IPointMetric<T>
    {
        ref T low = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_boxes), (nint)node * 2 * Dimension);
        return PointKernels.BoxBound(metric, in query, ref low, ref Unsafe.Add(ref low, Dimension), Dimension);
    }

    private void Build(ReadOnlySpan<T> points, int node, int from, int to, int depth, T[] keys)
    {
        Span<T> low = _boxes.AsSpan(node * 2 * Dimension, Dimension), high = _boxes.AsSpan(((node * 2) + 1) * Dimension, Dimension);
        low.Fill(T.PositiveInfinity);
        high.Fill(T.NegativeInfinity);
        for (int i = from; i < to; i++)
        {
            ReadOnlySpan<T> point = points.Slice(_order[i] * Dimension, Dimension);
            for (int j = 0; j < point.Length; j++)
            {
                low[j] = T.Min(low[j], point[j]);
                high[j] = T.Max(high[j], point[j]);
            }
        }

        if (depth == 0)
            return;
        int widest = 0;
        T width = -T.One;
        for (int j = 0; j < Dimension; j++)
        {
            if (high[j] - low[j] > width)
            {
                width = high[j] - low[j];
                widest = j;
            }
        }

        for (int i = from; i < to; i++)
            keys[i] = points[(_order[i] * Dimension) + widest];
        int middle = from + ((to - from + 1) / 2);
        MedianSplit.Apply(keys.AsSpan(from, to - from), _order.AsSpan(from, to - from), middle - from);
        Build(points, (2 * node) + 1, from, middle, depth - 1, keys);
        Build(points, (2 * node) + 2, middle, to, depth - 1, keys);
    }
}
