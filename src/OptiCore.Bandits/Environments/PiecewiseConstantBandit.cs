using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>Arms that pay 1 with a probability that is constant between change points, else 0: the abruptly changing bandit.</summary>
/// <remarks>
/// <para>From round <c>starts[s]</c> to the round before <c>starts[s + 1]</c> arm k has the mean <c>means[s K + k]</c>; the last segment goes on for ever. The regret is against the best arm of each
/// round, as in A. Garivier, E. Moulines (2011), "On upper-confidence bound policies for switching bandit problems".</para>
/// <para>O(log segments) a round.</para>
/// </remarks>
public sealed class PiecewiseConstantBandit : IBanditEnvironment
{
    private readonly long[] _starts;
    private readonly double[] _means, _best;

    /// <summary>Creates the bandit.</summary>
    /// <param name="starts">The first round of each segment, ascending; the first is 0.</param>
    /// <param name="means">The success probabilities in [0, 1], those of all arms for the first segment, then for the second, and so on.</param>
    /// <exception cref="ArgumentException">The starts aren't ascending from 0, or the number of means isn't a positive multiple of the number of segments.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no segment, or a probability lies outside [0, 1].</exception>
    public PiecewiseConstantBandit(ReadOnlySpan<long> starts, ReadOnlySpan<double> means)
    {
        Require.Positive(starts.Length, nameof(starts));
        for (int s = 0; s < starts.Length; s++)
        {
            if (s == 0 ? starts[0] != 0 : starts[s] <= starts[s - 1])
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"starts[{s}] is {starts[s]}; segments must begin at 0 and be ascending."), nameof(starts));
        }

        if (means.IsEmpty || means.Length % starts.Length != 0)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"means has {means.Length} numbers; it must have one for each arm and each of the {starts.Length} segments."), nameof(means));
        }

        foreach (double mean in means)
            Require.InClosed(mean, 0, 1, nameof(means));
        Arms = means.Length / starts.Length;
        _starts = starts.ToArray();
        _means = means.ToArray();
        _best = new double[starts.Length];
        for (int s = 0; s < _best.Length; s++)
            _best[s] = Largest(means.Slice(s * Arms, Arms));
    }

    /// <inheritdoc/>
    public int Arms { get; }

    /// <summary>The first round of each segment.</summary>
    public ReadOnlySpan<long> Starts => _starts;

    /// <inheritdoc/>
    public double Mean(int arm, long round) => _means[(Segment(round) * Arms) + arm];

    /// <inheritdoc/>
    public double Gap(int arm, long round)
    {
        int segment = Segment(round);
        return _best[segment] - _means[(segment * Arms) + arm];
    }

    /// <inheritdoc/>
    public double Reward(in Pull pull) => pull.Key.Stream().NextDouble() < Mean(pull.Arm, pull.Round) ? 1 : 0;

    internal static double Largest(ReadOnlySpan<double> values)
    {
        double largest = double.NegativeInfinity;
        foreach (double value in values)
            largest = Math.Max(largest, value);
        return largest;
    }

    private int Segment(long round)
    {
        int at = Array.BinarySearch(_starts, round);
        return at >= 0 ? at : ~at - 1;
    }
}
