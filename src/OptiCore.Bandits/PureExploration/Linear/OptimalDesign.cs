using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>How good a design is.</summary>
/// <param name="Value">The largest y' A(w)^-1 y over the directions y, A(w) = sum w_x x x': the variance of the worst direction for one observation of unit variance.</param>
/// <param name="LowerBound">A number below which no design comes.</param>
/// <param name="Iterations">The number of iterations.</param>
public readonly record struct DesignResult(double Value, double LowerBound, int Iterations);

/// <summary>
/// Optimal experimental designs for linear models: the shares w of the measurements x, at least 0 with sum 1, that make the largest variance y' A(w)^-1 y over given directions y smallest, A(w) = sum w_x x x'.
/// </summary>
/// <remarks>
/// <para><see cref="GOptimal"/>: the directions are the measurements. By the theorem of J. Kiefer and J. Wolfowitz (1960), "The equivalence of two extremum problems", the design maximises ln det A, and the value is d. Found by Frank and
/// Wolfe's method with exact line search and steps away from the worst measurement of the support: H. P. Wynn (1970), "The sequential generation of D-optimum experimental designs"; C. L. Atwood (1973), "Sequences converging to D-optimal
/// designs of experiments". O(K d + d^2) an iteration.</para>
/// <para><see cref="XyOptimal"/> and <see cref="Directional"/>: the differences of items, or any directions: M. Soare, A. Lazaric, R. Munos (2014), "Best-arm identification in linear bandits", NeurIPS (XY allocation). The maximum is smoothed to
/// (1/mu) ln sum exp(mu y' A^-1 y) with a growing mu, and minimised by entropic mirror descent, w_x proportional to w_x g_x^a with g_x = sum_y p_y (x' A^-1 y)^2, p the weights of the smoothed maximum; the exponent a is halved when a step doesn't
/// descend. For any p, no design is better than (sum p_y y' A^-1 y)^2 / max_x g_x (the linearisation at w, scaled at best): that certifies the result. O(d^3 + K d^2 + n d^2 + n^2 d) an iteration for n items. The authors of RAGE take
/// Frank-Wolfe steps towards the measurement with the largest gradient of the worst direction alone, which comes near the optimum but states no gap.</para>
/// <para>Weights too small to matter are dropped: measurements below 1e-3, 1e-4, ... go as long as the value stays within half of the tolerance.</para>
/// </remarks>
public sealed record OptimalDesign
{
    /// <summary>The relative gap between the value and the lower bound at which an iteration ends. Default: 0.01.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Tolerance { get; init => field = Require.InOpen(value, 0, 1); } = 0.01;

    /// <summary>The largest number of iterations. Default: 20,000. The best design found until then is returned, with its gap.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 20_000;

    /// <summary>The design whose largest variance over the measurements themselves is smallest.</summary>
    /// <param name="measurements">The measurements, which span the space.</param>
    /// <param name="weights">Receives one share a measurement.</param>
    /// <exception cref="ArgumentException">The length is wrong, or the measurements don't span the space.</exception>
    public DesignResult GOptimal(FeatureVectors measurements, Span<double> weights)
    {
        ArgumentNullException.ThrowIfNull(measurements);
        Require.Length(weights.Length, measurements.Count, nameof(weights));
        return new DesignSolver(measurements, measurements).GOptimal(this, weights);
    }

    /// <summary>The design whose largest variance over the differences of all pairs of items is smallest.</summary>
    /// <param name="measurements">The measurements, which span the space.</param>
    /// <param name="items">The items, of the same dimension; at least two that differ.</param>
    /// <param name="weights">Receives one share a measurement.</param>
    /// <exception cref="ArgumentException">A length is wrong, the measurements don't span the space, or all items are equal.</exception>
    public DesignResult XyOptimal(FeatureVectors measurements, FeatureVectors items, Span<double> weights) => Solve(measurements, items, arePairs: true, weights);

    /// <summary>The design whose largest variance over given directions is smallest.</summary>
    /// <param name="measurements">The measurements, which span the space.</param>
    /// <param name="directions">The directions, of the same dimension; at least one that isn't 0.</param>
    /// <param name="weights">Receives one share a measurement.</param>
    /// <exception cref="ArgumentException">A length is wrong, the measurements don't span the space, or all directions are 0.</exception>
    public DesignResult Directional(FeatureVectors measurements, FeatureVectors directions, Span<double> weights) => Solve(measurements, directions, arePairs: false, weights);

    /// <summary>
    /// The design of an oracle that knows theta and has only to confirm the best item z*: the directions (z* - z) / (theta' (z* - z)). Any method that is wrong with a probability of at most delta takes at least
    /// <see cref="OptimalAllocation.LowerBound"/>(2 s^2 value, delta) rewards with normal noise of standard deviation s.
    /// </summary>
    /// <param name="measurements">The measurements, which span the space.</param>
    /// <param name="items">The items, of the same dimension.</param>
    /// <param name="theta">The parameter, d numbers; one item is better than all others.</param>
    /// <param name="weights">Receives one share a measurement.</param>
    /// <exception cref="ArgumentException">A length is wrong, the measurements don't span the space, there is one item only or the best isn't unique.</exception>
    /// <remarks>T. Fiez, L. Jain, K. Jamieson, L. Ratliff (2019), theorem 1. With normal noise the information of n w_x rewards of x against theta' is n w_x (x' (theta - theta'))^2 / (2 s^2); the nearest theta' with another best item, over all of them,
    /// has n / (2 s^2 max y' A^-1 y).</remarks>
    public DesignResult Oracle(FeatureVectors measurements, FeatureVectors items, ReadOnlySpan<double> theta, Span<double> weights)
    {
        ArgumentNullException.ThrowIfNull(items);
        double[] values = new double[items.Count];
        items.Multiply(theta, values);
        int best = 0, d = items.Dimension;
        for (int i = 1; i < values.Length; i++)
            best = values[i] > values[best] ? i : best;
        if (items.Count < 2)
            throw new ArgumentException("items has one vector; an oracle needs at least one to compare it with.", nameof(items));
        double[] directions = new double[(items.Count - 1) * d];
        for (int i = 0, at = 0; i < items.Count; i++)
        {
            if (i == best)
                continue;
            double gap = values[best] - values[i];
            if (!(gap > 0))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"items {best} and {i} are equally good; the best one must be unique."), nameof(theta));
            for (int k = 0; k < d; k++, at++)
                directions[at] = (items[best][k] - items[i][k]) / gap;
        }

        return Solve(measurements, new FeatureVectors(d, directions), arePairs: false, weights);
    }

    /// <summary>
    /// Rounds shares to so many observations: of N, a measurement of the support (p of them) gets ceil((N - p/2) w_x), and one is added where n_x / w_x is smallest, or taken where (n_x - 1) / w_x is largest, until they are N.
    /// </summary>
    /// <param name="weights">The shares, at least 0, with sum 1.</param>
    /// <param name="total">The number N of observations, at least p.</param>
    /// <param name="counts">Receives the numbers.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a share is negative or not finite, or all are 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The total is smaller than p.</exception>
    /// <remarks>F. Pukelsheim, S. Rieder (1992), "Efficient rounding of approximate designs", Biometrika 79: n_x is at least (1 - p/N) N w_x for every x, so that no variance is more than 1 / (1 - p/N) times that of the design; with
    /// N at least 2p / e and e in (0, 1] at most 1 + e times.</remarks>
    public static void Round(ReadOnlySpan<double> weights, long total, Span<long> counts)
    {
        Require.Length(counts.Length, weights.Length, nameof(counts));
        int support = 0;
        foreach (double weight in weights)
        {
            if (!double.IsFinite(Require.NonNegative(weight, nameof(weights))))
                throw new ArgumentException("weights holds a number that isn't finite.", nameof(weights));
            support += weight > 0 ? 1 : 0;
        }

        if (support == 0)
            throw new ArgumentException("weights holds no positive number.", nameof(weights));
        if (total < support)
            throw new ArgumentOutOfRangeException(nameof(total), total, $"total is {total} but must be at least {support}, the number of measurements with a share.");
        long sum = 0;
        for (int x = 0; x < weights.Length; x++)
            sum += counts[x] = (long)Math.Ceiling((total - (0.5 * support)) * weights[x]);
        for (; sum < total; sum++)
        {
            int least = -1;
            for (int x = 0; x < weights.Length; x++)
                least = weights[x] > 0 && (least < 0 || counts[x] * weights[least] < counts[least] * weights[x]) ? x : least;
            counts[least]++;
        }

        for (; sum > total; sum--)
        {
            int most = -1;
            for (int x = 0; x < weights.Length; x++)
                most = weights[x] > 0 && (most < 0 || (counts[x] - 1) * weights[most] > (counts[most] - 1) * weights[x]) ? x : most;
            counts[most]--;
        }
    }

    private DesignResult Solve(FeatureVectors measurements, FeatureVectors vectors, bool arePairs, Span<double> weights)
    {
        ArgumentNullException.ThrowIfNull(measurements);
        ArgumentNullException.ThrowIfNull(vectors);
        Require.Length(weights.Length, measurements.Count, nameof(weights));
        var solver = new DesignSolver(measurements, vectors);
        Span<bool> isActive = new bool[vectors.Count];
        isActive.Fill(true);
        return solver.Minimise(this, isActive, arePairs, weights);
    }
}
