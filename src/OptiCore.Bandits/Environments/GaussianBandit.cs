namespace OptiCore.Bandits;

/// <summary>Arms with normal rewards.</summary>
public sealed class GaussianBandit : IBanditEnvironment
{
    private readonly double[] _means;
    private readonly double[] _standardDeviations;
    private readonly double _best;

    /// <summary>Creates the bandit.</summary>
    /// <param name="means">The mean reward of each arm; at least one.</param>
    /// <param name="standardDeviations">The standard deviation of each arm's rewards, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, a mean isn't finite or a standard deviation is negative or not finite.</exception>
    /// <exception cref="ArgumentException">The numbers of means and standard deviations differ.</exception>
    public GaussianBandit(ReadOnlySpan<double> means, ReadOnlySpan<double> standardDeviations)
    {
        Require.Positive(means.Length, nameof(means));
        Require.Length(standardDeviations.Length, means.Length, nameof(standardDeviations));
        foreach (double deviation in standardDeviations)
            Require.NonNegative(deviation, nameof(standardDeviations));
        _best = double.NegativeInfinity;
        foreach (double mean in means)
            _best = Math.Max(_best, Require.Finite(mean, nameof(means)));
        _means = means.ToArray();
        _standardDeviations = standardDeviations.ToArray();
    }

    /// <inheritdoc/>
    public int Arms => _means.Length;

    /// <summary>The mean reward of each arm.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>The standard deviation of each arm's rewards.</summary>
    public ReadOnlySpan<double> StandardDeviations => _standardDeviations;

    /// <inheritdoc/>
    public double Mean(int arm, long round) => _means[arm];

    /// <inheritdoc/>
    public double Gap(int arm, long round) => _best - _means[arm];

    /// <inheritdoc/>
    public double Reward(in Pull pull)
    {
        RandomStream stream = pull.Key.Stream();
        return _means[pull.Arm] + (_standardDeviations[pull.Arm] * stream.NextNormal());
    }
}
