using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>How many singular values of a data matrix are kept.</summary>
public abstract record RankRule
{
    /// <summary>All that aren't rounding: those above max(m, n) epsilon times the largest.</summary>
    public static RankRule Full { get; } = new FullRank();

    /// <summary>The optimal hard threshold for noise of unknown size.</summary>
    public static RankRule OptimalThreshold { get; } = new OptimalThresholdRank();

    /// <summary>A given number, or all that aren't rounding if those are fewer.</summary>
    /// <param name="rank">The number, at least 1.</param>
    public static RankRule Fixed(int rank) => new FixedRank(rank);

    /// <summary>The fewest whose squares sum to a part of all.</summary>
    /// <param name="part">The part, in (0, 1].</param>
    public static RankRule Energy(double part) => new EnergyRank(part);

    /// <summary>The number of values to keep, at least 1.</summary>
    /// <param name="values">The singular values, descending.</param>
    /// <param name="rows">The rows m of the matrix.</param>
    /// <param name="columns">Its columns n.</param>
    public abstract int Choose(ReadOnlySpan<double> values, int rows, int columns);

    internal int ChooseFor(Svd<double> svd) => Choose(svd.Values, svd.Rows, svd.Columns);

    private static int Numerical(ReadOnlySpan<double> values, int rows, int columns)
    {
        int rank = 0;
        double cut = Math.Max(rows, columns) * 2.220446049250313e-16 * values[0];
        while (rank < values.Length && values[rank] > cut)
            rank++;
        return Math.Max(1, rank);
    }

    private sealed record FullRank : RankRule
    {
        public override int Choose(ReadOnlySpan<double> values, int rows, int columns) => Numerical(values, rows, columns);
    }

    private sealed record FixedRank : RankRule
    {
        public FixedRank(int rank) => Rank = Require.Positive(rank, nameof(rank));

        public int Rank { get; }

        public override int Choose(ReadOnlySpan<double> values, int rows, int columns) => Math.Min(Rank, Numerical(values, rows, columns));
    }

    private sealed record EnergyRank : RankRule
    {
        public EnergyRank(double part) => Part = Require.InOpenClosed(part, 0, 1, nameof(part));

        public double Part { get; }

        public override int Choose(ReadOnlySpan<double> values, int rows, int columns)
        {
            double all = 0, sum = 0;
            foreach (double value in values)
                all += value * value;
            int rank = 0, most = Numerical(values, rows, columns);
            while (rank < most && sum < Part * all)
            {
                sum += values[rank] * values[rank];
                rank++;
            }

            return Math.Max(1, rank);
        }
    }
}

/// <summary>
/// The hard threshold for singular values that has the smallest worst-case error in recovering a low-rank matrix from white noise: with known noise lambda(b) sqrt(max(m, n)) sigma, with
/// unknown noise omega(b) times the median singular value, b = min(m, n) / max(m, n).
/// </summary>
/// <remarks>
/// <para>lambda(b) = sqrt(2 (b + 1) + 8 b / (b + 1 + sqrt(b^2 + 14 b + 1))) and omega(b) = lambda(b) / sqrt(mu_b) with the median mu_b of the Marchenko-Pastur law, computed by quadrature. The
/// median needs noise in at least half of the singular values: for data without noise, or of full rank, choose another rule.</para>
/// <para>M. Gavish and D. L. Donoho (2014), The optimal hard threshold for singular values is 4/sqrt(3), IEEE Trans. Inf. Theory 60, 5040-5053.</para>
/// </remarks>
public sealed record OptimalThresholdRank : RankRule
{
    /// <summary>The standard deviation sigma of the noise in each element; null if it isn't known. Default: null.</summary>
    public double? Noise { get; init => field = value is { } noise ? Require.NonNegative(noise, nameof(Noise)) : null; }

    /// <inheritdoc/>
    public override int Choose(ReadOnlySpan<double> values, int rows, int columns)
    {
        double ratio = (double)Math.Min(rows, columns) / Math.Max(rows, columns);
        int k = values.Length;
        double median = 0.5 * (values[(k - 1) / 2] + values[k / 2]);
        double cut = Noise is { } noise ? KnownNoise(ratio) * Math.Sqrt(Math.Max(rows, columns)) * noise : UnknownNoise(ratio) * median;
        int rank = 0;
        while (rank < k && values[rank] > cut)
            rank++;
        return Math.Max(1, rank);
    }

    /// <summary>The coefficient lambda(b) for known noise.</summary>
    /// <param name="ratio">The aspect ratio b, in (0, 1].</param>
    public static double KnownNoise(double ratio)
    {
        double b = Require.InOpenClosed(ratio, 0, 1, nameof(ratio));
        return Math.Sqrt((2 * (b + 1)) + (8 * b / (b + 1 + Math.Sqrt((b * b) + (14 * b) + 1))));
    }

    /// <summary>The coefficient omega(b) for unknown noise.</summary>
    /// <param name="ratio">The aspect ratio b, in (0, 1].</param>
    public static double UnknownNoise(double ratio) => KnownNoise(ratio) / Math.Sqrt(MedianOfMarchenkoPastur(ratio));

    private static double MedianOfMarchenkoPastur(double b)
    {
        double root = Math.Sqrt(b), low = (1 - root) * (1 - root), high = (1 + root) * (1 + root);

        // With t = 1 + b - 2 sqrt(b) cos(angle) both roots of the density's ends are gone, and the midpoint rule of a periodic integrand converges exponentially.
        double from = 0, to = Math.PI;
        for (int i = 0; i < 60; i++)
        {
            double middle = 0.5 * (from + to);
            if (Mass(b, root, middle) < 0.5)
                from = middle;
            else
                to = middle;
        }

        return Math.Clamp(1 + b - (2 * root * Math.Cos(from)), low, high);
    }

    /// <summary>The law's probability below the angle: the integral of 2 sin^2 / (pi (1 + b - 2 sqrt(b) cos)).</summary>
    private static double Mass(double b, double root, double angle)
    {
        Integration.GaussRule rule = Rule;
        double sum = 0, half = 0.5 * angle;
        for (int i = 0; i < rule.Count; i++)
        {
            (double sine, double cosine) = Math.SinCos(half * (1 + rule.Nodes[i]));

            // At b = 1 and angle 0 the quotient has the limit 1 + cos.
            double denominator = 1 + b - (2 * root * cosine);
            sum += rule.Weights[i] * (denominator > 0 ? sine * sine / denominator : 1);
        }

        return 2 * half * sum / Math.PI;
    }

    private static readonly Integration.GaussRule Rule = Integration.GaussRule.Legendre(64);
}
