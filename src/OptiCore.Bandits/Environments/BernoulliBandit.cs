namespace OptiCore.Bandits;

/// <summary>Arms that pay 1 with a fixed probability, else 0.</summary>
public sealed class BernoulliBandit : IBanditEnvironment
{
    private readonly double[] _means;
    private readonly double _best;

    /// <summary>Creates the bandit.</summary>
    /// <param name="means">The success probability of each arm, in [0, 1]; at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, or a probability lies outside [0, 1].</exception>
    public BernoulliBandit(params ReadOnlySpan<double> means)
    {
        Require.Positive(means.Length, nameof(means));
        _best = double.NegativeInfinity;
        foreach (double mean in means)
            _best = Math.Max(_best, Require.InClosed(mean, 0, 1, nameof(means)));
        _means = means.ToArray();
    }

    /// <inheritdoc/>
    public int Arms => _means.Length;

    /// <summary>The success probability of each arm.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>
    /// The factor of ln T in the asymptotic lower bound for every consistent policy, sum gap / kl(mean, best) over arms that aren't best
    /// (T. L. Lai, H. Robbins, 1985, "Asymptotically efficient adaptive allocation rules").
    /// </summary>
    public double LaiRobbinsConstant
    {
        get
        {
            double sum = 0;
            foreach (double mean in _means)
            {
                if (mean < _best)
                    sum += (_best - mean) / default(BernoulliDivergence).Between(mean, _best);
            }

            return sum;
        }
    }

    /// <inheritdoc/>
    public double Mean(int arm, long round) => _means[arm];

    /// <inheritdoc/>
    public double Gap(int arm, long round) => _best - _means[arm];

    /// <inheritdoc/>
    public double Reward(in Pull pull) => pull.Key.Stream().NextDouble() < _means[pull.Arm] ? 1 : 0;
}
