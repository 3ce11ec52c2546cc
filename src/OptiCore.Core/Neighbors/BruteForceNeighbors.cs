using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.Neighbors;

/// <summary>
/// Exact nearest neighbours by looking at every point: n d operations for a query in vector registers, nothing to build. The reference of the other searches,
/// and the fastest exact one for few points or many dimensions.
/// </summary>
/// <remarks>
/// <para>For points without structure it wins against <see cref="KdTree{T}"/> from some dimension on, where almost every leaf has to be visited anyway: at 100000 points from about 12,
/// beyond 20 by a factor of five and more. For approximate neighbours of many points in many dimensions use <see cref="Hnsw{T}"/>.</para>
/// <para>Results are ordered by distance, equal ones by index, and have the same bits as those of the tree, on all hardware.</para>
/// <para>Differences whose power sums overflow count as infinitely far, those whose sums underflow as zero: for the Euclidean distance of float coordinates
/// these are differences above 1.8e19 and below 1e-23.</para>
/// </remarks>
public static class BruteForceNeighbors
{
    private const int BlockBytes = 1 << 15;

    /// <summary>The number of queries that one worker answers at a time.</summary>
    internal const int Piece = 32;

    /// <summary>Finds the nearest points of one query, the nearest first, as many as the result spans hold. Allocates nothing.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="points">The points, row after row.</param>
    /// <param name="dimension">The number of coordinates of a point.</param>
    /// <param name="query">The query, of the same dimension.</param>
    /// <param name="indices">Receives the indices of the nearest points; -1 where there are fewer.</param>
    /// <param name="distances">Receives their distances, of the same length; infinity where there are fewer.</param>
    /// <param name="metric">The distance; null for the Euclidean.</param>
    /// <returns>The number of points found: the length of the result spans or the number of points, if that is smaller.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or a coordinate of the query is NaN or infinite. (Those of the points aren't looked at, which would cost as much as the search: a point with a NaN is never found.)</exception>
    public static int Nearest<T>(
        ReadOnlySpan<T> points, int dimension, ReadOnlySpan<T> query, Span<int> indices, Span<T> distances, Minkowski? metric = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckPoints(points, dimension, query, indices, distances);
        return Dispatch(points, dimension, query, indices, distances, null, metric);
    }

    /// <summary>
    /// Finds the points at a distance of at most <paramref name="radius"/>, the nearest first. Of more points than the result spans hold the nearest are kept;
    /// <see cref="KdTree{T}.CountWithin"/> tells how many there are.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="points">The points, row after row.</param>
    /// <param name="dimension">The number of coordinates of a point.</param>
    /// <param name="query">The query, of the same dimension.</param>
    /// <param name="radius">The largest distance, not negative. The power sums are compared, after rounding.</param>
    /// <param name="indices">Receives the indices; -1 where there are fewer.</param>
    /// <param name="distances">Receives the distances, of the same length; infinity where there are fewer.</param>
    /// <param name="metric">The distance; null for the Euclidean.</param>
    /// <returns>The number of points found.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or a coordinate of the query is NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or NaN.</exception>
    public static int Within<T>(
        ReadOnlySpan<T> points, int dimension, ReadOnlySpan<T> query, T radius, Span<int> indices, Span<T> distances, Minkowski? metric = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckPoints(points, dimension, query, indices, distances);
        CheckRadius(radius);
        return Dispatch(points, dimension, query, indices, distances, radius, metric);
    }

    /// <summary>
    /// Finds the nearest points of many queries. Row i of the results belongs to query i. Where there are fewer points than asked for, the rest of a row has
    /// the index -1 and an infinite distance.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="points">The points, row after row.</param>
    /// <param name="dimension">The number of coordinates of a point.</param>
    /// <param name="queries">The queries, row after row.</param>
    /// <param name="neighbors">The number of points to find for each.</param>
    /// <param name="indices">Receives the indices, <paramref name="neighbors"/> for each query.</param>
    /// <param name="distances">Receives the distances, as many.</param>
    /// <param name="metric">The distance; null for the Euclidean.</param>
    /// <param name="workers">Who answers the queries; null for the calling thread, which allocates nothing. The results are the same.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or a coordinate is NaN or infinite.</exception>
    public static void NearestOfEach<T>(
        ReadOnlySpan<T> points, int dimension, ReadOnlySpan<T> queries, int neighbors, Span<int> indices, Span<T> distances,
        Minkowski? metric = null, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Positive(dimension, nameof(dimension));
        RequireWhole(points.Length, dimension, nameof(points));
        Require.AllFinite(points, nameof(points));
        int count = CheckBatch(queries, dimension, neighbors, indices, distances);
        double p = (metric ?? Minkowski.Euclidean).Power;
        if (p == 2)
            Each<T, EuclideanMetric<T>>(default, points, dimension, queries, count, neighbors, indices, distances, workers);
        else if (p == 1)
            Each<T, ManhattanMetric<T>>(default, points, dimension, queries, count, neighbors, indices, distances, workers);
        else if (double.IsInfinity(p))
            Each<T, ChebyshevMetric<T>>(default, points, dimension, queries, count, neighbors, indices, distances, workers);
        else
            Each(new PowerMetric<T>(p), points, dimension, queries, count, neighbors, indices, distances, workers);
    }

    /// <summary>Checks the arguments of a batch and returns the number of queries.</summary>
    internal static int CheckBatch<T>(ReadOnlySpan<T> queries, int dimension, int neighbors, Span<int> indices, Span<T> distances)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(neighbors, nameof(neighbors));
        RequireWhole(queries.Length, dimension, nameof(queries));
        Require.AllFinite(queries, nameof(queries));
        int count = queries.Length / dimension;
        Require.Length(indices.Length, checked(count * neighbors), nameof(indices));
        Require.Length(distances.Length, count * neighbors, nameof(distances));
        return count;
    }

    internal static void RequireWhole(int length, int dimension, string name)
    {
        if (length % dimension != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, which is not a multiple of the dimension {dimension}."), name);
    }

    internal static void CheckRadius<T>(T radius) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (T.IsNaN(radius) || radius < T.Zero)
            throw new ArgumentOutOfRangeException(nameof(radius), radius, string.Create(CultureInfo.InvariantCulture, $"radius is {radius} but must be at least 0."));
    }

    /// <summary>Turns power sums into distances and marks the places without a point.</summary>
    internal static void Finish<T, TMetric>(TMetric metric, ref NearestHeap<T> heap, Span<int> indices, Span<T> distances)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMetric : struct, IPointMetric<T>
    {
        heap.Sort();
        for (int i = 0; i < heap.Count; i++)
            distances[i] = metric.Root(distances[i]);
        indices[heap.Count..].Fill(-1);
        distances[heap.Count..].Fill(T.PositiveInfinity);
    }

    private static void CheckPoints<T>(ReadOnlySpan<T> points, int dimension, ReadOnlySpan<T> query, Span<int> indices, Span<T> distances)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Positive(dimension, nameof(dimension));
        RequireWhole(points.Length, dimension, nameof(points));
        Require.Length(query.Length, dimension, nameof(query));
        Require.AllFinite(query, nameof(query));
        Require.Length(distances.Length, indices.Length, nameof(distances));
    }

    private static int Dispatch<T>(ReadOnlySpan<T> points, int dimension, ReadOnlySpan<T> query, Span<int> indices, Span<T> distances, T? radius, Minkowski? metric)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double p = (metric ?? Minkowski.Euclidean).Power;
        return p == 2 ? One<T, EuclideanMetric<T>>(default, points, dimension, query, indices, distances, radius)
            : p == 1 ? One<T, ManhattanMetric<T>>(default, points, dimension, query, indices, distances, radius)
            : double.IsInfinity(p) ? One<T, ChebyshevMetric<T>>(default, points, dimension, query, indices, distances, radius)
            : One(new PowerMetric<T>(p), points, dimension, query, indices, distances, radius);
    }

    private static int One<T, TMetric>(TMetric metric, ReadOnlySpan<T> points, int dimension, ReadOnlySpan<T> query, Span<int> indices, Span<T> distances, T? radius)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMetric : struct, IPointMetric<T>
    {
        if (indices.IsEmpty)
            return 0;
        var heap = new NearestHeap<T>(indices, distances, radius is { } r ? metric.Raise(r) : T.PositiveInfinity);
        Scan(metric, points, 0, points.Length / dimension, dimension, ref MemoryMarshal.GetReference(query), ref heap);
        Finish(metric, ref heap, indices, distances);
        return heap.Count;
    }

    private static void Scan<T, TMetric>(TMetric metric, ReadOnlySpan<T> points, int from, int to, int dimension, ref readonly T query, ref NearestHeap<T> heap)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMetric : struct, IPointMetric<T>
    {
        ref T start = ref MemoryMarshal.GetReference(points);
        T worst = heap.Worst;
        for (int i = from; i < to; i++)
        {
            T sum = PointKernels.PowerSum(metric, in query, ref Unsafe.Add(ref start, (nint)i * dimension), dimension);
            if (sum <= worst)
            {
                heap.Offer(sum, i);
                worst = heap.Worst;
            }
        }
    }

    private static unsafe void Each<T, TMetric>(
        TMetric metric, ReadOnlySpan<T> points, int dimension, ReadOnlySpan<T> queries, int count, int neighbors,
        Span<int> indices, Span<T> distances, IWorkers? workers)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMetric : struct, IPointMetric<T>
    {
        if (neighbors == 0)
            return;
        if (workers is null || workers.Count == 1 || count <= Piece)
        {
            for (int first = 0; first < count; first += Piece)
                Some(metric, points, dimension, queries, first, Math.Min(count, first + Piece), neighbors, indices, distances);
            return;
        }

        fixed (T* p = points, q = queries, d = distances)
        {
            fixed (int* x = indices)
                InPieces(metric, p, points.Length, dimension, q, count, neighbors, x, d, workers);
        }
    }

    private static unsafe void InPieces<T, TMetric>(
        TMetric metric, T* points, int length, int dimension, T* queries, int count, int neighbors, int* indices, T* distances, IWorkers workers)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMetric : struct, IPointMetric<T>
    {
        workers.ForEach((count + Piece - 1) / Piece, piece => Some(
            metric, new ReadOnlySpan<T>(points, length), dimension, new ReadOnlySpan<T>(queries, count * dimension),
            piece * Piece, Math.Min(count, (piece + 1) * Piece), neighbors, new Span<int>(indices, count * neighbors), new Span<T>(distances, count * neighbors)));
    }

    /// <summary>Answers a few queries together, so that each block of points is read from memory once for all of them.</summary>
    private static void Some<T, TMetric>(
        TMetric metric, ReadOnlySpan<T> points, int dimension, ReadOnlySpan<T> queries, int first, int end, int neighbors, Span<int> indices, Span<T> distances)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMetric : struct, IPointMetric<T>
    {
        int n = points.Length / dimension, block = Math.Max(1, BlockBytes / (dimension * Unsafe.SizeOf<T>()));
        for (int from = 0; from < n; from += block)
        {
            int to = Math.Min(n, from + block);
            for (int i = first; i < end; i++)
            {
                Span<int> row = indices.Slice(i * neighbors, neighbors);
                Span<T> sums = distances.Slice(i * neighbors, neighbors);
                var heap = new NearestHeap<T>(row, sums, T.PositiveInfinity, Math.Min(from, neighbors));
                Scan(metric, points, from, to, dimension, in queries[i * dimension], ref heap);
            }
        }

        for (int i = first; i < end; i++)
        {
            Span<int> row = indices.Slice(i * neighbors, neighbors);
            Span<T> sums = distances.Slice(i * neighbors, neighbors);
            var heap = new NearestHeap<T>(row, sums, T.PositiveInfinity, Math.Min(n, neighbors));
            Finish(metric, ref heap, row, sums);
        }
    }
}
