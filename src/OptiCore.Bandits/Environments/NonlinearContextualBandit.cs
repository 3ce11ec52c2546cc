namespace OptiCore.Bandits;

/// <summary>How the mean reward follows from u = x' theta.</summary>
public enum RewardFunction
{
    /// <summary>10 u^2, with normal noise.</summary>
    Square,

    /// <summary>cos(3 u), with normal noise.</summary>
    Cosine,

    /// <summary>1 / (1 + exp(-u)): the probability of a reward of 1, else 0.</summary>
    Logistic,
}

/// <summary>Rewards that are a nonlinear function of x' theta, of features x that are uniform on the unit sphere.</summary>
/// <remarks>Square and cosine are the functions h1 and h3 of D. Zhou, L. Li, Q. Gu (2020), "Neural contextual bandits with UCB-based exploration", ICML; the logistic one is the setting of
/// L. Li, Y. Lu, D. Zhou (2017), "Provably optimal algorithms for generalized linear contextual bandits", ICML.</remarks>
public sealed class NonlinearContextualBandit : IContextualBandit
{
    private readonly LinearContextualBandit _linear;

    /// <summary>Creates the bandit.</summary>
    /// <param name="function">How means follow from x' theta.</param>
    /// <param name="sharing">What the arms have in common: how contexts look and whose the coefficients are.</param>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="features">The number d of features.</param>
    /// <param name="coefficients">d numbers where a parameter is shared, else K d, those of arm after arm.</param>
    /// <param name="noise">The standard deviation of rewards around their means, at least 0; logistic rewards don't look at it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or the function or the sharing isn't defined.</exception>
    /// <exception cref="ArgumentException">The coefficients have another number, or one isn't finite.</exception>
    public NonlinearContextualBandit(RewardFunction function, ModelSharing sharing, int arms, int features, ReadOnlySpan<double> coefficients, double noise)
    {
        Function = Require.Defined(function, nameof(function));
        _linear = new LinearContextualBandit(sharing, arms, features, coefficients, noise);
    }

    /// <summary>How means follow from x' theta.</summary>
    public RewardFunction Function { get; }

    /// <inheritdoc/>
    public int Arms => _linear.Arms;

    /// <inheritdoc/>
    public int Features => _linear.Features;

    /// <inheritdoc/>
    public bool HasActionFeatures => _linear.HasActionFeatures;

    /// <inheritdoc/>
    public void Context(RandomKey key, Span<double> context) => _linear.Context(key, context);

    /// <inheritdoc/>
    public double Mean(in ContextualRound round, int arm)
    {
        double u = _linear.Mean(round, arm);
        return Function switch
        {
            RewardFunction.Square => 10 * u * u,
            RewardFunction.Cosine => Math.Cos(3 * u),
            _ => 1 / (1 + Math.Exp(-u)),
        };
    }

    /// <inheritdoc/>
    public double Reward(in ContextualRound round, int arm, RandomKey key)
    {
        RandomStream stream = key.Stream();
        double mean = Mean(round, arm);
        return Function == RewardFunction.Logistic ? stream.NextDouble() < mean ? 1 : 0 : mean + (_linear.Noise * stream.NextNormal());
    }
}
