namespace OptiCore.Dynamics;

/// <summary>Measures of a recurrence plot; lines shorter than the least length don't count as lines.</summary>
/// <param name="Rate">RR: the share of recurrent pairs.</param>
/// <param name="Determinism">DET: the share of the recurrent pairs that lie on diagonal lines.</param>
/// <param name="MeanDiagonal">L: the mean length of diagonal lines, the mean time of predictability; NaN without one.</param>
/// <param name="LongestDiagonal">Lmax: the longest diagonal line; its inverse grows with the largest exponent.</param>
/// <param name="Entropy">ENTR: the Shannon entropy of the lengths of diagonal lines, in nats.</param>
/// <param name="Laminarity">LAM: the share of the recurrent pairs that lie on vertical lines.</param>
/// <param name="TrappingTime">TT: the mean length of vertical lines; NaN without one.</param>
/// <param name="LongestVertical">Vmax: the longest vertical line.</param>
public readonly record struct RecurrenceMeasures(
    double Rate, double Determinism, double MeanDiagonal, int LongestDiagonal, double Entropy, double Laminarity, double TrappingTime, int LongestVertical);

/// <summary>
/// The recurrence plot, R(i,j) = 1 where states i and j are within a radius in the maximum norm, and its quantification by the lines in it: diagonal ones where the trajectory runs along itself, vertical ones where it
/// stays.
/// </summary>
/// <remarks>
/// Pairs within Theiler's window about the main diagonal belong to no measure. The matrix is never stored: O(N^2) distances, twice. The measures depend on the radius; with a given recurrence rate instead,
/// different series compare better.
/// </remarks>
[Algorithm("Recurrence quantification", "Complexity", "J. P. Zbilut, C. L. Webber (1992), Embeddings and delays as derived from quantification of recurrence plots; N. Marwan, M. C. Romano, M. Thiel, J. Kurths (2007), Recurrence plots for the analysis of complex systems")]
public sealed record RecurrenceQuantification
{
    /// <summary>The radius of recurrence.</summary>
    public required double Radius { get; init => field = Require.NonNegative(value); }

    /// <summary>Pairs of at most this distance in time are left out. Default: 0, the main diagonal.</summary>
    public int TheilerWindow { get; init => field = Require.NonNegative(value); }

    /// <summary>The least length of a diagonal line, at least 2. Default: 2.</summary>
    public int MinDiagonal { get; init => field = Require.AtLeast(value, 2); } = 2;

    /// <summary>The least length of a vertical line, at least 2. Default: 2.</summary>
    public int MinVertical { get; init => field = Require.AtLeast(value, 2); } = 2;

    /// <summary>The radius at which a given share of the pairs is recurrent.</summary>
    /// <param name="points">The states in the order of time, row after row, finite.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <param name="rate">The share, in (0, 1].</param>
    /// <param name="theilerWindow">Pairs of at most this distance in time are left out.</param>
    /// <exception cref="ArgumentException">There is no pair, the number of elements isn't a multiple of the dimension, or a number isn't finite.</exception>
    public static double RadiusOfRate(ReadOnlySpan<double> points, int dimension, double rate, int theilerWindow = 0)
    {
        int n = CountOf(points, dimension);
        Require.InOpenClosed(rate, 0, 1, nameof(rate));
        Require.NonNegative(theilerWindow, nameof(theilerWindow));
        long apart = Math.Max(0, n - 1L - theilerWindow), pairs = apart * (apart + 1) / 2;
        if (pairs == 0)
            throw new ArgumentException(FormattableString.Invariant($"{n} points have no pair more than {theilerWindow} apart."), nameof(points));
        double[] distances = new double[checked((int)pairs)];
        int at = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = i + theilerWindow + 1; j < n; j++)
                distances[at++] = Distance(points, dimension, i, j);
        }

        distances.AsSpan().Sort();
        return distances[Math.Max(0, (int)Math.Ceiling(rate * pairs) - 1)];
    }

    /// <summary>Writes the recurrence plot.</summary>
    /// <param name="points">The states in the order of time, row after row, finite; n of them.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <param name="plot">Receives R(i,j) at i n + j, n x n elements; the main diagonal is true.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or a number isn't finite.</exception>
    public void Plot(ReadOnlySpan<double> points, int dimension, Span<bool> plot)
    {
        int n = CountOf(points, dimension);
        Require.Length(plot.Length, n * n, nameof(plot));
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                plot[(i * n) + j] = Distance(points, dimension, i, j) <= Radius;
        }
    }

    /// <summary>The measures.</summary>
    /// <param name="points">The states in the order of time, row after row, finite; <see cref="DelayVectors.Embed"/> makes them of a series.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <exception cref="ArgumentException">There are fewer than two points, the number of elements isn't a multiple of the dimension, or a number isn't finite.</exception>
    public RecurrenceMeasures Of(ReadOnlySpan<double> points, int dimension)
    {
        int n = CountOf(points, dimension);
        long[] diagonals = new long[n + 1], verticals = new long[n + 1];

        // The plot is symmetric: diagonals above the main one stand for those below as well.
        for (int lag = TheilerWindow + 1; lag < n; lag++)
        {
            int run = 0;
            for (int i = 0; i + lag < n; i++)
                Extend(Distance(points, dimension, i, i + lag) <= Radius, ref run, diagonals);
            diagonals[run]++;
        }

        for (int j = 0; j < n; j++)
        {
            int run = 0;
            for (int i = 0; i < n; i++)
                Extend(Math.Abs(i - j) > TheilerWindow && Distance(points, dimension, i, j) <= Radius, ref run, verticals);
            verticals[run]++;
        }

        long apart = Math.Max(0, n - 1L - TheilerWindow);
        Lines diagonal = Measure(diagonals, MinDiagonal), vertical = Measure(verticals, MinVertical);
        return new RecurrenceMeasures(
            diagonal.Points / (double)(apart * (apart + 1) / 2), diagonal.Share, diagonal.Mean, diagonal.Longest, diagonal.Entropy, vertical.Share, vertical.Mean, vertical.Longest);
    }

    private static void Extend(bool recurrent, ref int run, long[] lines)
    {
        if (recurrent)
        {
            run++;
            return;
        }

        lines[run]++;
        run = 0;
    }

    private static Lines Measure(ReadOnlySpan<long> lines, int least)
    {
        long points = 0, onLines = 0, count = 0;
        int longest = 0;
        for (int l = 1; l < lines.Length; l++)
        {
            points += l * lines[l];
            if (l < least || lines[l] == 0)
                continue;
            onLines += l * lines[l];
            count += lines[l];
            longest = l;
        }

        double entropy = 0;
        for (int l = least; l < lines.Length; l++)
        {
            double p = lines[l] / (double)count;
            entropy -= p > 0 ? p * Math.Log(p) : 0;
        }

        return new Lines(points, points == 0 ? 0 : onLines / (double)points, count == 0 ? double.NaN : onLines / (double)count, longest, entropy);
    }

    private static double Distance(ReadOnlySpan<double> points, int dimension, int i, int j)
    {
        double distance = 0;
        for (int a = 0; a < dimension; a++)
            distance = Math.Max(distance, Math.Abs(points[(i * dimension) + a] - points[(j * dimension) + a]));
        return distance;
    }

    private static int CountOf(ReadOnlySpan<double> points, int dimension)
    {
        Require.Positive(dimension, nameof(dimension));
        Require.AllFinite(points, nameof(points));
        return points.Length % dimension == 0 && points.Length >= 2 * dimension
            ? points.Length / dimension
            : throw new ArgumentException(FormattableString.Invariant($"points has {points.Length} elements but must have a multiple of {dimension}, at least {2 * dimension}."), nameof(points));
    }

    private readonly record struct Lines(long Points, double Share, double Mean, int Longest, double Entropy);
}
