using System.Runtime.CompilerServices;

namespace OptiCore.Dynamics;

/// <summary>
/// Ordinal patterns: in which order the values s[i], s[i + tau], ..., s[i + (d - 1) tau] lie. Nothing but comparisons, so that they are the same for every strictly rising function of the
/// series.
/// </summary>
/// <remarks>
/// A pattern is numbered by Lehmer's code: the sum over a of (number of b &gt; a with s[b] &lt; s[a]) (d - 1 - a)!; 0 is rising, d! - 1 falling. Of equal values the earlier counts as the
/// smaller one. C. Bandt, B. Pompe (2002), Permutation entropy: a natural complexity measure for time series.
/// </remarks>
public static class OrdinalPatterns
{
    /// <summary>The largest order d.</summary>
    public const int MaxOrder = 9;

    /// <summary>The number d! of patterns.</summary>
    /// <param name="order">The order d, from 2 to <see cref="MaxOrder"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order lies outside.</exception>
    public static int Number(int order)
    {
        RequireOrder(order, nameof(order));
        int factorial = 1;
        for (int i = 2; i <= order; i++)
            factorial *= i;
        return factorial;
    }

    /// <summary>The number of a pattern.</summary>
    /// <param name="series">The values; those at 0, delay, ..., (order - 1) delay are looked at.</param>
    /// <param name="order">The order d, from 2 to <see cref="MaxOrder"/>.</param>
    /// <param name="delay">The delay tau in samples.</param>
    public static int Of(ReadOnlySpan<double> series, int order, int delay)
    {
        int code = 0;
        for (int a = 0; a < order - 1; a++)
        {
            int smaller = 0;
            double value = series[a * delay];
            for (int b = a + 1; b < order; b++)
                smaller += series[b * delay] < value ? 1 : 0;

            // Horner's scheme in the factorial base: the factor of place a is (d - 1 - a)!.
            code = (code + smaller) * (order - 1 - a);
        }

        return code;
    }

    /// <summary>Adds the patterns of a series to counts. Allocates nothing.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="order">The order d, from 2 to <see cref="MaxOrder"/>.</param>
    /// <param name="delay">The delay tau in samples.</param>
    /// <param name="counts">The counts by number, d! elements; added to.</param>
    /// <param name="byVariance">Whether a pattern counts with the variance of its values instead of 1.</param>
    /// <returns>The number of patterns that were counted, length - (d - 1) tau.</returns>
    /// <exception cref="ArgumentException">The series is too short for a pattern, a number isn't finite, or the length of the counts isn't d!.</exception>
    public static int Count(ReadOnlySpan<double> series, int order, int delay, Span<double> counts, bool byVariance = false)
    {
        Require.Length(counts.Length, Number(order), nameof(counts));
        int number = DelayVectors.Count(series.Length, order, delay);
        Require.AllFinite(series, nameof(series));
        for (int i = 0; i < number; i++)
            counts[Of(series[i..], order, delay)] += byVariance ? Variance(series[i..], order, delay) : 1;
        return number;
    }

    internal static int RequireOrder(int value, [CallerMemberName] string name = "") => value is >= 2 and <= MaxOrder
        ? value
        : throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"{name} is {value} but must be from 2 to {MaxOrder}."));

    private static double Variance(ReadOnlySpan<double> series, int order, int delay)
    {
        double mean = 0, variance = 0;
        for (int a = 0; a < order; a++)
            mean += series[a * delay] / order;
        for (int a = 0; a < order; a++)
            variance += (series[a * delay] - mean) * (series[a * delay] - mean) / order;
        return variance;
    }
}
