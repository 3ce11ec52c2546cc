namespace OptiCore.Bandits;

/// <summary>With what a log is evaluated: estimators, reward model, intervals, and when to warn.</summary>
public sealed record OffPolicyOptions
{
    /// <summary>The estimators; null takes those of <see cref="OffPolicy.StandardEstimators"/> (or, for several positions, <see cref="OffPolicy.RankingEstimators"/>) that can be computed with what is given.</summary>
    public IReadOnlyList<IOffPolicyEstimator>? Estimators { get; init; }

    /// <summary>The reward model; null where no estimator needs one.</summary>
    public IRewardModel? RewardModel { get; init; }

    /// <summary>How intervals are made. Default: <see cref="NormalInterval"/>.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IConfidenceInterval Interval { get; init => field = Require.NotNull(value); } = new NormalInterval();

    /// <summary>The probability with which an interval should hold the value, in (0, 1). Default: 0.95.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Confidence { get; init => field = Require.InOpen(value, 0, 1); } = 0.95;

    /// <summary>An effective sample size below this is warned of. Default: 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, NaN or infinite.</exception>
    public double SmallSample { get; init => field = Require.NonNegative(value); } = 100;

    /// <summary>A decision that carries more than this share of all weights is warned of. Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1].</exception>
    public double LargeShare { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.1;
}
