using OptiCore.Neighbors;

namespace OptiCore.Dynamics;

/// <summary>
/// The correlation dimension of a set of points: the slope of log C(r) over log r for small r, with the correlation sum C(r) the share of pairs of points, more than a window
/// apart in time, whose distance in the maximum norm is at most r.
/// </summary>
/// <remarks>
/// Pairs that are close in time are close in space for another reason than the attractor's shape: Theiler's window leaves them out. One search of a k-d tree a point, O(n (log n + k)) for
/// k neighbours within the largest radius.
/// </remarks>
[Algorithm("Correlation dimension", "Chaos", "P. Grassberger, I. Procaccia (1983), Characterization of strange attractors; J. Theiler (1986), Spurious dimension from correlation algorithms applied to limited time-series data")]
public sealed record CorrelationDimension
{
    /// <summary>Pairs are more than this many samples apart. Default: 0, each pair of different points.</summary>
    public int TheilerWindow { get; init => field = Require.NonNegative(value); }

    /// <summary>The smallest radius.</summary>
    public required double MinRadius { get; init => field = Require.Positive(value); }

    /// <summary>The largest radius.</summary>
    public required double MaxRadius { get; init => field = Require.Positive(value); }

    /// <summary>The number of radii, evenly spaced in the logarithm, at least 2. Default: 20.</summary>
    public int Radii { get; init => field = Require.AtLeast(value, 2); } = 20;

    /// <summary>The curve log C(r) over log r, without radii that no pair is closer than.</summary>
    /// <param name="points">The points in the order of time, row after row; <see cref="DelayVectors.Embed"/> makes them of a series.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <exception cref="ArgumentException">A number isn't finite, the number of elements isn't a multiple of the dimension, or the radii don't rise.</exception>
    public ScalingCurve LogSums(ReadOnlySpan<double> points, int dimension)
    {
        long[] counts = Count(points, dimension, out long pairs, out double[] radii, out _);
        var x = new List<double>(Radii);
        var y = new List<double>(Radii);
        for (int r = 0; r < Radii; r++)
        {
            if (counts[r] == 0)
                continue;
            x.Add(Math.Log(radii[r]));
            y.Add(Math.Log(counts[r] / (double)pairs));
        }

        return new ScalingCurve { X = [.. x], Y = [.. y] };
    }

    /// <summary>
    /// Takens' estimate: the maximum of the likelihood of the distances below <see cref="MaxRadius"/>, -1 / mean of log(d / MaxRadius), with its standard error for independent distances. No line to fit, but a
    /// radius below which the scaling must hold.
    /// </summary>
    /// <param name="points">The points in the order of time, row after row.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <exception cref="ArgumentException">A number isn't finite, the number of elements isn't a multiple of the dimension, or the radii don't rise.</exception>
    /// <remarks>F. Takens (1985), On the numerical determination of the dimension of an attractor.</remarks>
    public (double Dimension, double StandardError) Takens(ReadOnlySpan<double> points, int dimension)
    {
        long[] counts = Count(points, dimension, out _, out _, out double logSum);
        double used = counts[^1], estimate = -used / logSum;
        return (estimate, estimate / Math.Sqrt(used));
    }

    private long[] Count(ReadOnlySpan<double> points, int dimension, out long pairs, out double[] radii, out double logSum)
    {
        if (MaxRadius <= MinRadius)
            throw new ArgumentException(FormattableString.Invariant($"{nameof(MaxRadius)} is {MaxRadius} but must be above {nameof(MinRadius)}, {MinRadius}."));
        var tree = new KdTree<double>(points, dimension, Minkowski.Chebyshev);
        int n = tree.Count;
        radii = new double[Radii];
        for (int r = 0; r < Radii; r++)
            radii[r] = r == Radii - 1 ? MaxRadius : MinRadius * Math.Pow(MaxRadius / MinRadius, r / (Radii - 1.0));
        long[] counts = new long[Radii];
        int[] indices = new int[n];
        double[] distances = new double[n];
        logSum = 0;
        for (int i = 0; i < n; i++)
        {
            // Distances come rising, so that one walk along the radii counts them; each pair is seen from its later point.
            int found = tree.Within(points.Slice(i * dimension, dimension), MaxRadius, indices, distances), r = 0;
            for (int k = 0; k < found; k++)
            {
                if (i - indices[k] <= TheilerWindow)
                    continue;
                while (distances[k] > radii[r])
                    r++;
                counts[r]++;
                if (distances[k] > 0)
                    logSum += Math.Log(distances[k] / MaxRadius);
            }
        }

        for (int r = 1; r < Radii; r++)
            counts[r] += counts[r - 1];
        long apart = Math.Max(0, n - 1L - TheilerWindow);
        pairs = apart * (apart + 1) / 2;
        return counts;
    }
}
