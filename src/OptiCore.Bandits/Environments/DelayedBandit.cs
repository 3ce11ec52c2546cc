namespace OptiCore.Bandits;

/// <summary>
/// A bandit whose rewards come late or never: the reward of round t is told before round t + 1 + d, with d = least + G, G geometric on 0, 1, 2, ... Delays are independent of rewards, and rewards overtake each other.
/// </summary>
public sealed class DelayedBandit
{
    private readonly double _logStay;

    /// <summary>Creates the bandit.</summary>
    /// <param name="inner">What is played.</param>
    /// <param name="mean">The mean delay in rounds, at least <paramref name="least"/>.</param>
    /// <param name="least">The least delay, at least 0.</param>
    /// <param name="lost">The probability that a reward never comes, of [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number lies outside its range.</exception>
    public DelayedBandit(IBanditEnvironment inner, double mean, int least = 0, double lost = 0)
    {
        Inner = Require.NotNull(inner);
        Least = Require.NonNegative(least, nameof(least));
        Mean = Require.Finite(mean, nameof(mean)) >= least ? mean : throw new ArgumentOutOfRangeException(nameof(mean), mean, $"The mean delay is smaller than the least one, {least}.");
        Lost = Require.InHalfOpen(lost, 0, 1, nameof(lost));
        double extra = mean - least;
        _logStay = extra > 0 ? Math.Log(extra / (1 + extra)) : double.NegativeInfinity;
    }

    /// <summary>What is played.</summary>
    public IBanditEnvironment Inner { get; }

    /// <summary>The mean delay of the rewards that come.</summary>
    public double Mean { get; }

    /// <summary>The least delay.</summary>
    public int Least { get; }

    /// <summary>The probability that a reward never comes.</summary>
    public double Lost { get; }

    /// <summary>The delay of the reward of a pull; -1 if it never comes.</summary>
    /// <param name="key">The randomness of the delay.</param>
    public long Delay(RandomKey key)
    {
        RandomStream stream = key.Stream();
        bool lost = stream.NextDouble() < Lost;
        double u = stream.NextOpenDouble();
        return lost ? -1 : Least + (long)Math.Min(Math.Floor(Math.Log(u) / _logStay), int.MaxValue);
    }
}
