namespace OptiCore.Bandits;

/// <summary>
/// A one-parameter exponential family of rewards, as data for the policies that measure how surprising a mean would be by the
/// Kullback-Leibler divergence kl(p, q) between the members with means p and q.
/// </summary>
public abstract record RewardFamily
{
    private protected RewardFamily()
    {
    }

    /// <summary>Rewards of 0 and 1: kl(p, q) = p ln(p/q) + (1-p) ln((1-p)/(1-q)). Valid for any reward in [0, 1].</summary>
    public static RewardFamily Bernoulli { get; } = new BernoulliRewards();

    /// <summary>Positive rewards with the exponential distribution, such as waiting times: kl(p, q) = p/q - 1 - ln(p/q).</summary>
    public static RewardFamily Exponential { get; } = new ExponentialRewards();

    /// <summary>Counts with the Poisson distribution: kl(p, q) = q - p + p ln(p/q).</summary>
    public static RewardFamily Poisson { get; } = new PoissonRewards();

    /// <summary>The rewards that members of the family give. Not public, so that it isn't printed as an option.</summary>
    internal abstract RewardRange Rewards { get; }

    /// <summary>Normal rewards of known standard deviation: kl(p, q) = (p - q)^2 / (2 sd^2). Valid for sub-Gaussian rewards.</summary>
    /// <param name="standardDeviation">The standard deviation, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public static RewardFamily Gaussian(double standardDeviation) => new GaussianRewards(Require.Positive(standardDeviation, nameof(standardDeviation)));

    /// <summary>The divergence kl(p, q) between the members with means p and q.</summary>
    /// <param name="p">The first mean.</param>
    /// <param name="q">The second mean.</param>
    public double Divergence(double p, double q) => Accept<Between, double>(new Between(p, q));

    /// <summary>Hands the divergence to generic code as a struct.</summary>
    internal abstract TResult Accept<TVisitor, TResult>(TVisitor visitor) where TVisitor : struct, IDivergenceVisitor<TResult>;

    private readonly struct Between(double p, double q) : IDivergenceVisitor<double>
    {
        public double Visit<TDivergence>(TDivergence divergence) where TDivergence : struct, IDivergence => divergence.Between(p, q);
    }

    private sealed record BernoulliRewards : RewardFamily
    {
        internal override RewardRange Rewards => RewardRange.Unit;

        internal override TResult Accept<TVisitor, TResult>(TVisitor visitor) => visitor.Visit(default(BernoulliDivergence));
    }

    private sealed record ExponentialRewards : RewardFamily
    {
        internal override RewardRange Rewards => RewardRange.Positive;

        internal override TResult Accept<TVisitor, TResult>(TVisitor visitor) => visitor.Visit(default(ExponentialDivergence));
    }

    private sealed record PoissonRewards : RewardFamily
    {
        internal override RewardRange Rewards => RewardRange.NonNegative;

        internal override TResult Accept<TVisitor, TResult>(TVisitor visitor) => visitor.Visit(default(PoissonDivergence));
    }

    private sealed record GaussianRewards(double StandardDeviation) : RewardFamily
    {
        internal override RewardRange Rewards => RewardRange.Finite;

        internal override TResult Accept<TVisitor, TResult>(TVisitor visitor) => visitor.Visit(new GaussianDivergence(StandardDeviation));
    }
}

/// <summary>Generic code that takes a divergence as a struct.</summary>
/// <typeparam name="TResult">What it makes of it.</typeparam>
internal interface IDivergenceVisitor<out TResult>
{
    /// <summary>Takes the divergence.</summary>
    TResult Visit<TDivergence>(TDivergence divergence) where TDivergence : struct, IDivergence;
}
