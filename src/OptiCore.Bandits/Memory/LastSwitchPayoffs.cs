using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>
/// The mean payoffs of last-switch-dependent arms. The counter of an arm says what was done with it since it was last played or left alone: +1, +2, ... rounds of rest, or -1, -2, ... plays in a row. The mean payoff of a play
/// depends on the counter and doesn't fall with it: rest helps, repetition tires. Immutable.
/// </summary>
/// <remarks>
/// P. Laforgue, G. Clerici, N. Cesa-Bianchi, R. Gilad-Bachrach (2022), "A last switch dependent analysis of satiation and seasonality in bandits", AISTATS. Counters stop at D, the longest rest that matters, and at -N, the longest
/// run that matters.
/// </remarks>
public sealed class LastSwitchPayoffs
{
    private readonly double[] _means;

    /// <summary>Makes a table of payoffs.</summary>
    /// <param name="longestRest">The counter D at which rest no longer helps, at least 1.</param>
    /// <param name="longestRun">The number N of plays in a row after which repetition no longer tires, at least 1.</param>
    /// <param name="means">The means of each arm, arm after arm: N + D numbers of at least 0, for the counters -N to -1 and 1 to D.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length isn't positive, there is no arm, or a mean is negative or not finite.</exception>
    /// <exception cref="ArgumentException">The means aren't N + D for each arm, or fall from one counter to the next.</exception>
    public LastSwitchPayoffs(int longestRest, int longestRun, ReadOnlySpan<double> means)
    {
        LongestRest = Require.Positive(longestRest, nameof(longestRest));
        LongestRun = Require.Positive(longestRun, nameof(longestRun));
        int states = States = checked(longestRest + longestRun);
        Arms = Require.Positive(means.Length / states, nameof(means));
        Require.Length(means.Length, Arms * states, nameof(means));
        for (int i = 0; i < means.Length; i++)
        {
            Require.NonNegative(means[i], nameof(means));
            if (i % states > 0 && means[i] < means[i - 1])
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"means of arm {i / states} fall from {means[i - 1]} to {means[i]} where the counter rises; they must not."), nameof(means));
            }
        }

        _means = means.ToArray();
    }

    /// <summary>The number K of arms.</summary>
    public int Arms { get; }

    /// <summary>The counter D at which rest no longer helps.</summary>
    public int LongestRest { get; }

    /// <summary>The number N of plays in a row after which repetition no longer tires.</summary>
    public int LongestRun { get; }

    /// <summary>The number N + D of counters.</summary>
    internal int States { get; }

    /// <summary>The means, K (N + D).</summary>
    internal ReadOnlySpan<double> Means => _means;

    /// <summary>The mean payoff of a play.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="counter">The counter, not 0; beyond -N and D the payoff is that at the end.</param>
    public double Mean(int arm, int counter) => _means[(arm * States) + Index(counter, LongestRest, LongestRun)];

    /// <summary>The counter after a round.</summary>
    /// <param name="counter">The counter before it.</param>
    /// <param name="isPlayed">Whether the arm was played.</param>
    public int Next(int counter, bool isPlayed) => Next(counter, isPlayed, LongestRest, LongestRun);

    /// <summary>Where a counter stands among the means of an arm.</summary>
    internal static int Index(int counter, int longestRest, int longestRun) => longestRun + (counter < 0 ? Math.Max(counter, -longestRun) : Math.Min(counter, longestRest) - 1);

    /// <summary>The counter after a round.</summary>
    internal static int Next(int counter, bool isPlayed, int longestRest, int longestRun) => isPlayed
        ? counter > 0 ? -1 : Math.Max(counter - 1, -longestRun)
        : counter < 0 ? 1 : Math.Min(counter + 1, longestRest);
}
