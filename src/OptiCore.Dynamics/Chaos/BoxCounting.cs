namespace OptiCore.Dynamics;

/// <summary>
/// Rényi's generalized dimensions by counting boxes: with p[i](e) the share of the points in box i of edge e, D(q) is the slope over log(1 / e) of the entropy H(q) = log(sum p^q) / (1 - q). D(0) is the box-counting
/// dimension, D(1) the information dimension and D(2) the correlation dimension; they fall with q.
/// </summary>
/// <remarks>
/// Slow to converge where many boxes hold one point: n points fill no more than n. Prefer <see cref="CorrelationDimension"/> for few points. O(n log n) an edge length; boxes are numbered in
/// 64 bits, so that dimension times log2(extent / edge) is limited to 63.
/// </remarks>
[Algorithm("Box counting", "Chaos", "A. Rényi (1970), Probability theory; D. A. Russell, J. D. Hanson, E. Ott (1980), Dimension of strange attractors; H. G. E. Hentschel, I. Procaccia (1983), The infinite number of generalized dimensions of fractals and strange attractors")]
public sealed record BoxCounting
{
    /// <summary>The order q, at least 0. Default: 0.</summary>
    public double Order { get; init => field = Require.NonNegative(value); }

    /// <summary>The curve H(q) over log(1 / e).</summary>
    /// <param name="points">The points, row after row, finite.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <param name="edges">The edge lengths, falling. The grid of each begins at the least coordinates.</param>
    /// <exception cref="ArgumentException">There is no point, a number isn't finite, the edges don't fall, or the boxes are too many to be numbered.</exception>
    public ScalingCurve Entropies(ReadOnlySpan<double> points, int dimension, ReadOnlySpan<double> edges)
    {
        Require.Positive(dimension, nameof(dimension));
        Require.AllFinite(points, nameof(points));
        if (points.IsEmpty || points.Length % dimension != 0)
            throw new ArgumentException(FormattableString.Invariant($"points has {points.Length} elements but must have a positive multiple of {dimension}."), nameof(points));
        int n = points.Length / dimension;
        double[] low = points[..dimension].ToArray(), high = points[..dimension].ToArray();
        for (int i = dimension; i < points.Length; i++)
        {
            low[i % dimension] = Math.Min(low[i % dimension], points[i]);
            high[i % dimension] = Math.Max(high[i % dimension], points[i]);
        }

        double[] x = new double[edges.Length], y = new double[edges.Length];
        ulong[] boxes = new ulong[n];
        for (int e = 0; e < edges.Length; e++)
        {
            double edge = Require.Positive(edges[e], nameof(edges));
            if (e > 0 && edge >= edges[e - 1])
                throw new ArgumentException(FormattableString.Invariant($"edges[{e}] is {edge} but must be below {edges[e - 1]}: edges fall."), nameof(edges));
            Number(points, dimension, low, high, edge, boxes);
            boxes.AsSpan().Sort();
            x[e] = -Math.Log(edge);
            y[e] = Entropy(boxes);
        }

        return new ScalingCurve { X = x, Y = y };
    }

    private static void Number(ReadOnlySpan<double> points, int dimension, double[] low, double[] high, double edge, ulong[] boxes)
    {
        Array.Clear(boxes);
        double room = 1;
        for (int a = 0; a < dimension; a++)
        {
            double width = Math.Floor((high[a] - low[a]) / edge) + 1;
            room *= width;
            if (room >= 9.2e18)
                throw new ArgumentException(FormattableString.Invariant($"Boxes of edge {edge} are too many to be numbered in 64 bits."), nameof(edge));
            for (int i = 0; i < boxes.Length; i++)
                boxes[i] = (boxes[i] * (ulong)width) + (ulong)Math.Floor((points[(i * dimension) + a] - low[a]) / edge);
        }
    }

    private double Entropy(ReadOnlySpan<ulong> sorted)
    {
        int n = sorted.Length;
        double sum = 0;
        for (int first = 0; first < n;)
        {
            int behind = first + 1;
            while (behind < n && sorted[behind] == sorted[first])
                behind++;
            double p = (behind - first) / (double)n;
            sum += Order == 1 ? -p * Math.Log(p) : Order == 0 ? 1 : Math.Pow(p, Order);
            first = behind;
        }

        return Order == 1 ? sum : Math.Log(sum) / (1 - Order);
    }
}
