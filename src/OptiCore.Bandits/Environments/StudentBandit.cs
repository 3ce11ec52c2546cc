namespace OptiCore.Bandits;

/// <summary>Arms with heavy-tailed rewards: mean + scale t with t of Student's law with nu degrees of freedom, whose moments of order nu and above don't exist.</summary>
public sealed class StudentBandit : IBanditEnvironment
{
    private readonly double[] _means;
    private readonly double _best;

    /// <summary>Creates the bandit.</summary>
    /// <param name="means">The mean reward of each arm; at least one.</param>
    /// <param name="degreesOfFreedom">nu, above 1, so that means exist; up to 2 the variance is infinite.</param>
    /// <param name="scale">The scale, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, a mean isn't finite, nu is at most 1 or the scale isn't positive.</exception>
    public StudentBandit(ReadOnlySpan<double> means, double degreesOfFreedom, double scale = 1)
    {
        Require.Positive(means.Length, nameof(means));
        DegreesOfFreedom = degreesOfFreedom > 1 ? Require.Finite(degreesOfFreedom, nameof(degreesOfFreedom)) : throw new ArgumentOutOfRangeException(
            nameof(degreesOfFreedom), degreesOfFreedom, "Rewards have a mean with more than 1 degree of freedom only.");
        Scale = Require.Positive(scale, nameof(scale));
        _best = double.NegativeInfinity;
        foreach (double mean in means)
            _best = Math.Max(_best, Require.Finite(mean, nameof(means)));
        _means = means.ToArray();
    }

    /// <inheritdoc/>
    public int Arms => _means.Length;

    /// <summary>The mean reward of each arm.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>The degrees of freedom.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>The scale.</summary>
    public double Scale { get; }

    /// <inheritdoc/>
    public double Mean(int arm, long round) => _means[arm];

    /// <inheritdoc/>
    public double Gap(int arm, long round) => _best - _means[arm];

    /// <inheritdoc/>
    public double Reward(in Pull pull)
    {
        RandomStream stream = pull.Key.Stream();
        double normal = stream.NextNormal();
        return _means[pull.Arm] + (Scale * normal / Math.Sqrt(2 * stream.NextGamma(DegreesOfFreedom / 2) / DegreesOfFreedom));
    }
}
