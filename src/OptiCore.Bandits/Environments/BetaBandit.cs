namespace OptiCore.Bandits;

/// <summary>Arms with rewards anywhere in [0, 1]: beta laws with mean mu and concentration n, Beta(mu n, (1 - mu) n), whose variance is mu (1 - mu) / (n + 1).</summary>
public sealed class BetaBandit : IBanditEnvironment
{
    private readonly double[] _means;
    private readonly double _best;

    /// <summary>Creates the bandit.</summary>
    /// <param name="means">The mean reward of each arm, inside (0, 1); at least one.</param>
    /// <param name="concentration">The concentration n, positive: small for rewards near 0 and 1, large for rewards near their mean.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, a mean lies outside (0, 1) or the concentration isn't positive.</exception>
    public BetaBandit(ReadOnlySpan<double> means, double concentration)
    {
        Require.Positive(means.Length, nameof(means));
        Concentration = Require.Positive(concentration, nameof(concentration));
        foreach (double mean in means)
            _best = Math.Max(_best, Require.InOpen(mean, 0, 1, nameof(means)));
        _means = means.ToArray();
    }

    /// <inheritdoc/>
    public int Arms => _means.Length;

    /// <summary>The mean reward of each arm.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>The concentration.</summary>
    public double Concentration { get; }

    /// <inheritdoc/>
    public double Mean(int arm, long round) => _means[arm];

    /// <inheritdoc/>
    public double Gap(int arm, long round) => _best - _means[arm];

    /// <inheritdoc/>
    public double Reward(in Pull pull)
    {
        RandomStream stream = pull.Key.Stream();
        return stream.NextBeta(_means[pull.Arm] * Concentration, (1 - _means[pull.Arm]) * Concentration);
    }
}
