using OptiCore.Neighbors;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Chooses lag and dimension of the delay vectors (x_k, x_(k-lag), ...) that reconstruct an attractor from one observed variable; <see cref="TimeSeries.Delayed"/> makes them.
/// <code>
/// int lag = DelayEmbedding.FirstMinimum(DelayEmbedding.MutualInformation(x, 50));
/// double[] falseNeighbors = DelayEmbedding.FalseNeighbors(x, lag, 6);
/// </code>
/// </summary>
/// <remarks>F. Takens (1981), Detecting strange attractors in turbulence; H. Kantz and T. Schreiber (2004), Nonlinear Time Series Analysis, chapters 3 and 9.</remarks>
public static class DelayEmbedding
{
    /// <summary>The autocorrelations c_0 = 1, c_1, ..., c_lags, each divided by the number of its products.</summary>
    /// <param name="x">The series.</param>
    /// <param name="lags">The largest lag, below the length.</param>
    /// <exception cref="ArgumentException">The series is too short, or constant.</exception>
    public static double[] Autocorrelation(ReadOnlySpan<double> x, int lags)
    {
        CheckLags(x, lags);
        double mean = Reduce.Mean(x);
        var centred = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            centred[i] = x[i] - mean;
        double variance = Reduce.SumOfSquares<double>(centred) / x.Length;
        if (!(variance > 0))
            throw new ArgumentException("The series is constant.", nameof(x));
        var c = new double[lags + 1];
        for (int lag = 0; lag <= lags; lag++)
            c[lag] = Reduce.Dot<double>(centred.AsSpan(lag), centred.AsSpan(0, x.Length - lag)) / (x.Length - lag) / variance;
        return c;
    }

    /// <summary>
    /// The mutual information of x_k and x_(k-lag) in nats for lags 0, 1, ..., lags, from the frequencies in a grid of cells with equally many values in each row and column. Its first minimum is a usual lag.
    /// </summary>
    /// <param name="x">The series.</param>
    /// <param name="lags">The largest lag, below the length.</param>
    /// <param name="bins">The number of rows and of columns; 0 for (length / 5)^(1/2), at most 32. Default: 0.</param>
    /// <remarks>A. M. Fraser and H. L. Swinney (1986), Independent coordinates for strange attractors from mutual information, with cells of equal probability instead of their recursive ones.</remarks>
    /// <exception cref="ArgumentException">The series is too short.</exception>
    public static double[] MutualInformation(ReadOnlySpan<double> x, int lags, int bins = 0)
    {
        CheckLags(x, lags);
        Require.NonNegative(bins, nameof(bins));
        int m = x.Length, b = bins > 0 ? bins : Math.Clamp((int)Math.Sqrt(m / 5.0), 2, 32);
        int[] order = new int[m], cell = new int[m];
        for (int i = 0; i < m; i++)
            order[i] = i;
        double[] sorted = x.ToArray();
        Array.Sort(sorted, order);

        // Equal values belong to one cell.
        for (int i = 0; i < m; i++)
            cell[order[i]] = i > 0 && sorted[i] == sorted[i - 1] ? cell[order[i - 1]] : (int)((long)i * b / m);
        var information = new double[lags + 1];
        int[] joint = new int[b * b], rows = new int[b], columns = new int[b];
        for (int lag = 0; lag <= lags; lag++)
        {
            Array.Clear(joint);
            Array.Clear(rows);
            Array.Clear(columns);
            int count = m - lag;
            for (int i = lag; i < m; i++)
            {
                joint[(cell[i] * b) + cell[i - lag]]++;
                rows[cell[i]]++;
                columns[cell[i - lag]]++;
            }

            double sum = 0;
            for (int i = 0; i < b; i++)
            {
                for (int j = 0; j < b; j++)
                {
                    int both = joint[(i * b) + j];
                    if (both > 0)
                        sum += (double)both / count * Math.Log((double)both * count / ((double)rows[i] * columns[j]));
                }
            }

            information[lag] = sum;
        }

        return information;
    }

    /// <summary>The first lag above 0 at which a curve has a minimum, or the last one if it has none.</summary>
    /// <param name="curve">The values at lags 0, 1, ...</param>
    public static int FirstMinimum(ReadOnlySpan<double> curve)
    {
        for (int lag = 1; lag + 1 < curve.Length; lag++)
        {
            if (curve[lag] < curve[lag - 1] && curve[lag] <= curve[lag + 1])
                return lag;
        }

        return Math.Max(0, curve.Length - 1);
    }

    /// <summary>The first lag at which a curve is at or below a level, for example 1 / e of an autocorrelation, or the last one.</summary>
    /// <param name="curve">The values at lags 0, 1, ...</param>
    /// <param name="level">The level.</param>
    public static int FirstBelow(ReadOnlySpan<double> curve, double level)
    {
        for (int lag = 0; lag < curve.Length; lag++)
        {
            if (curve[lag] <= level)
                return lag;
        }

        return Math.Max(0, curve.Length - 1);
    }

    /// <summary>
    /// The part of false nearest neighbours for the dimensions 1, 2, ..., dimensions: neighbours of delay vectors whose distance grows more than <paramref name="ratio"/> times, or beyond
    /// <paramref name="size"/> standard deviations of the series, when one more delay is added. The dimension at which it becomes about 0 is enough.
    /// </summary>
    /// <param name="x">The series.</param>
    /// <param name="lag">The lag.</param>
    /// <param name="dimensions">The largest dimension.</param>
    /// <param name="ratio">The largest growth of a true neighbour's distance, R_tol. Default: 15.</param>
    /// <param name="size">The largest distance of true neighbours, A_tol. Default: 2.</param>
    /// <remarks>M. B. Kennel, R. Brown and H. D. I. Abarbanel (1992), Determining embedding dimension for phase-space reconstruction using a geometrical construction, Phys. Rev. A 45, 3403-3411.
    /// O(m log m) for each dimension. Pairs of equal vectors are left out.</remarks>
    /// <exception cref="ArgumentException">The series is too short.</exception>
    public static double[] FalseNeighbors(ReadOnlySpan<double> x, int lag, int dimensions, double ratio = 15, double size = 2)
    {
        Require.Positive(ratio, nameof(ratio));
        Require.Positive(size, nameof(size));
        double deviation = Math.Sqrt(Reduce.Variance(x, unbiased: false));
        var parts = new double[Require.Positive(dimensions, nameof(dimensions))];
        for (int d = 1; d <= dimensions; d++)
        {
            (int[] neighbors, double[] distances) = Neighbors(x, lag, d, Minkowski.Euclidean);
            int wrong = 0, count = 0;
            for (int i = 0; i < neighbors.Length; i++)
            {
                if (!(distances[i] > 0))
                    continue;
                double added = Math.Abs(x[i + (d * lag)] - x[neighbors[i] + (d * lag)]);
                count++;
                if (added > ratio * distances[i] || double.Hypot(added, distances[i]) > size * deviation)
                    wrong++;
            }

            parts[d - 1] = count == 0 ? double.NaN : (double)wrong / count;
        }

        return parts;
    }

    /// <summary>
    /// Cao's quantities for the dimensions 1, 2, ..., dimensions: E1 levels off near 1 from the dimension on that is enough; E2 is 1 at all dimensions for random series, and not for deterministic ones.
    /// </summary>
    /// <param name="x">The series.</param>
    /// <param name="lag">The lag.</param>
    /// <param name="dimensions">The largest dimension.</param>
    /// <remarks>L. Cao (1997), Practical method for determining the minimum embedding dimension of a scalar time series, Physica D 110, 43-50; distances in the maximum norm.</remarks>
    /// <exception cref="ArgumentException">The series is too short.</exception>
    public static (double[] E1, double[] E2) Cao(ReadOnlySpan<double> x, int lag, int dimensions)
    {
        int most = Require.Positive(dimensions, nameof(dimensions));
        double[] growth = new double[most + 1], star = new double[most + 1], e1 = new double[most], e2 = new double[most];
        for (int d = 1; d <= most + 1; d++)
        {
            (int[] neighbors, double[] distances) = Neighbors(x, lag, d, Minkowski.Chebyshev);
            int count = 0;
            double sum = 0, sumStar = 0;
            for (int i = 0; i < neighbors.Length; i++)
            {
                if (!(distances[i] > 0))
                    continue;
                double added = Math.Abs(x[i + (d * lag)] - x[neighbors[i] + (d * lag)]);
                sum += Math.Max(added, distances[i]) / distances[i];
                sumStar += added;
                count++;
            }

            (growth[d - 1], star[d - 1]) = (sum / count, sumStar / count);
        }

        for (int d = 0; d < most; d++)
            (e1[d], e2[d]) = (growth[d + 1] / growth[d], star[d + 1] / star[d]);
        return (e1, e2);
    }

    /// <summary>The nearest other vector of each vector (x_i, x_(i+lag), ...) of dimension d that has one more value after it: before it, the contraction of the flow would push true neighbours apart.</summary>
    private static (int[] Neighbors, double[] Distances) Neighbors(ReadOnlySpan<double> x, int lag, int d, Minkowski metric)
    {
        Require.Positive(lag, nameof(lag));
        int count = x.Length - (d * lag);
        if (count < 2)
            throw new ArgumentException($"The series has {x.Length} elements: too few for dimension {d} with lag {lag}.", nameof(x));
        var points = new double[count * d];
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < d; k++)
                points[(i * d) + k] = x[i + (k * lag)];
        }

        var tree = new KdTree<double>(points, d, metric);
        int[] two = new int[2 * count], neighbors = new int[count];
        double[] distances = new double[2 * count], nearest = new double[count];
        tree.NearestOfEach(points, 2, two, distances);
        for (int i = 0; i < count; i++)
        {
            int other = two[2 * i] == i ? 1 : 0;
            (neighbors[i], nearest[i]) = (two[(2 * i) + other], distances[(2 * i) + other]);
        }

        return (neighbors, nearest);
    }

    private static void CheckLags(ReadOnlySpan<double> x, int lags)
    {
        Require.NonNegative(lags, nameof(lags));
        if (lags >= x.Length)
            throw new ArgumentException($"The series has {x.Length} elements; the largest lag, {lags}, must be below.", nameof(lags));
    }
}
