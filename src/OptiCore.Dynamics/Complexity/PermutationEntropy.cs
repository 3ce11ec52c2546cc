namespace OptiCore.Dynamics;

/// <summary>
/// Permutation entropy and complexity: the entropy of the ordinal patterns of a series, normalized by log d!, and its place in the plane of <see cref="ComplexityEntropy"/>.
/// </summary>
/// <remarks>
/// <para>The series should be several times longer than d!. With the order and the delay goes a timescale, (d - 1) tau samples, on which the answer depends: <see cref="OrdinalTimescale"/>
/// chooses the delay.</para>
/// <para>Weighted by the variance of the values (Fadlallah, Chen, Keil, Príncipe 2013), small wiggles of noise count less; the weighted entropy is invariant under scaling and shifts only.</para>
/// <para>Cost: O(d^2) a sample; nothing is allocated but the d! counts.</para>
/// </remarks>
[Algorithm("Permutation entropy", "Complexity", "C. Bandt, B. Pompe (2002), Permutation entropy: a natural complexity measure for time series; B. Fadlallah, B. Chen, A. Keil, J. Príncipe (2013), Weighted-permutation entropy: a complexity measure for time series incorporating amplitude information")]
public sealed record PermutationEntropy
{
    /// <summary>The order d of the patterns, from 2 to 9. Default: 5.</summary>
    public int Order { get; init => field = OrdinalPatterns.RequireOrder(value); } = 5;

    /// <summary>The delay tau in samples. Default: 1.</summary>
    public int Delay { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Whether patterns count with the variance of their values. Default: false.</summary>
    public bool ByVariance { get; init; }

    /// <summary>Entropy and complexity of a series.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <exception cref="ArgumentException">The series is too short for a pattern, a number isn't finite, or the series is constant and weighted.</exception>
    public ComplexityPoint Of(ReadOnlySpan<double> series)
    {
        double[] counts = new double[OrdinalPatterns.Number(Order)];
        OrdinalPatterns.Count(series, Order, Delay, counts, ByVariance);
        return ComplexityEntropy.Of(counts);
    }

    /// <summary>Entropy and complexity on rising scales: of the means of 1, 2, 3, ... successive observations.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="scales">The number of scales.</param>
    /// <exception cref="ArgumentException">The series is too short for a pattern of the last scale, or a number isn't finite.</exception>
    /// <remarks>W. Aziz, M. Arif (2005), Multiscale permutation entropy of physiological time series.</remarks>
    public ComplexityPoint[] Multiscale(ReadOnlySpan<double> series, int scales)
    {
        var points = new ComplexityPoint[Require.Positive(scales, nameof(scales))];
        for (int scale = 1; scale <= scales; scale++)
            points[scale - 1] = Of(CoarseGraining.Means(series, scale));
        return points;
    }
}
