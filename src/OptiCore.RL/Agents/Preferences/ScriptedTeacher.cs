namespace OptiCore.RL;

/// <summary>
/// A teacher who compares the returns that the environment paid, with the weaknesses of people as options: prefers the second segment with probability 1 / (1 + exp(-beta (R_1 - R_0))), where R_i = sum_t gamma^(H - t) r_t over the H steps of segment i.
/// </summary>
/// <remarks>
/// K. Lee, L. Smith, A. Dragan, P. Abbeel (2021), "B-Pref: benchmarking preference-based reinforcement learning". As it is, a perfect one: no noise, no mistakes, an answer to everything, and equal only what is. Whether it skips and what it
/// holds for equal go by undiscounted returns, and what it holds for equal isn't mistaken, as in its authors' program; thresholds are in the units of a segment's return and don't adapt to the learner.
/// </remarks>
public sealed record ScriptedTeacher : IPreferenceTeacher
{
    /// <summary>beta: how surely the better one is preferred; infinite for always. Default: infinite.</summary>
    public double Rationality { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Rationality), value, "Rationality must be positive or infinite."); } = double.PositiveInfinity;

    /// <summary>gamma of (0, 1]: how much less each earlier step counts. Default: 1.</summary>
    public double Memory { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1;

    /// <summary>epsilon: the probability of answering the opposite. Default: 0.</summary>
    public double MistakeProbability { get; init => field = Require.InClosed(value, 0, 1); }

    /// <summary>Skips where neither return is above this. Default: minus infinity, never.</summary>
    public double SkipsBelow { get; init => field = !double.IsNaN(value) ? value : throw new ArgumentOutOfRangeException(nameof(SkipsBelow), value, "SkipsBelow is NaN but must be a number."); } = double.NegativeInfinity;

    /// <summary>Holds returns for equal that differ by no more than this. Default: 0.</summary>
    public double EqualWithin { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public Preference Compare(in TrajectorySegment first, in TrajectorySegment second, RandomKey key)
    {
        Require.Length(second.Rewards.Length, first.Rewards.Length, nameof(second));
        double firstReturn = Sum(first.Rewards, 1), secondReturn = Sum(second.Rewards, 1);
        if (!(Math.Max(firstReturn, secondReturn) > SkipsBelow))
            return Preference.Skipped;
        if (Math.Abs(firstReturn - secondReturn) <= EqualWithin)
            return Preference.Equal;
        double advantage = Sum(second.Rewards, Memory) - Sum(first.Rewards, Memory);
        RandomStream stream = key.Stream();
        double choice = stream.NextDouble(), mistake = stream.NextDouble();
        bool prefersSecond = double.IsPositiveInfinity(Rationality) ? advantage > 0 : choice < 1 / (1 + Math.Exp(-Rationality * advantage));
        return prefersSecond != mistake < MistakeProbability ? Preference.Second : Preference.First;
    }

    private static double Sum(ReadOnlySpan<float> rewards, double memory)
    {
        double sum = 0;
        foreach (float reward in rewards)
            sum = (memory * sum) + reward;
        return sum;
    }
}
