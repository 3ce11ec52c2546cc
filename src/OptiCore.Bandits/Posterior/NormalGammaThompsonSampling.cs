using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>
/// Thompson sampling for normal rewards of unknown mean and variance, with normal-gamma priors: draws a mean for each arm from its
/// Student t posterior and plays the largest.
/// </summary>
/// <remarks>
/// <para>Prior: precision tau ~ Gamma(shape a, rate b), mean ~ N(m, 1/(k tau)). After n rewards with mean x and sum of squared deviations D:
/// k' = k + n, m' = (k m + n x)/k', a' = a + n/2, b' = b + D/2 + k n (x - m)^2 / (2 k'). A draw takes tau ~ Gamma(a', b'), then
/// N(m', 1/(k' tau)).</para>
/// <para>J. Honda, A. Takemura (2014), "Optimality of Thompson sampling for Gaussian bandits depends on priors": heavy posterior tails of
/// few observations are what makes the regret logarithmic; keep the prior weak (k and a small) when nothing is known. Any finite reward.
/// O(K) a choice: one gamma and one normal draw an arm.</para>
/// </remarks>
[Algorithm("Thompson sampling (normal, unknown variance)", "Posterior sampling", "J. Honda, A. Takemura (2014), Optimality of Thompson sampling for Gaussian bandits depends on priors")]
public sealed record NormalGammaThompsonSampling : IBanditPolicy
{
    /// <summary>The mean m of the prior. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't finite.</exception>
    public double PriorMean { get; init => field = Require.Finite(value); }

    /// <summary>How many rewards the prior mean counts for, k, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double PriorCount { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The shape a of the prior of the precision, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double PriorShape { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The rate b of the prior of the precision, positive: of the order of the rewards' variance. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double PriorRate { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IBanditPolicy.Start"/>
    public NormalGammaPosteriorState Start(int arms, RandomKey key) => new(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);
}

/// <summary>The normal-gamma posterior of an arm: precision tau ~ Gamma(Shape, Rate), mean ~ N(Mean, 1/(Count tau)).</summary>
/// <param name="Mean">The posterior mean m'.</param>
/// <param name="Count">The number of rewards k' that it counts for.</param>
/// <param name="Shape">The shape a' of the precision.</param>
/// <param name="Rate">The rate b' of the precision.</param>
public readonly record struct NormalGammaPosterior(double Mean, double Count, double Shape, double Rate);

/// <summary>Normal-gamma Thompson sampling at work: one normal-gamma posterior an arm.</summary>
public sealed class NormalGammaPosteriorState : BanditState
{
    private readonly NormalGammaThompsonSampling _policy;
    private readonly ArmArray<StudentT> _laws;
    private readonly ArmArray<double> _scratch;
    private readonly ArmArray<NormalGammaPosterior> _posteriors;
    private readonly ArmArray<GammaDraw> _precisions;

    internal NormalGammaPosteriorState(NormalGammaThompsonSampling policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _policy = policy;
        _laws = PerArm<StudentT>(isSaved: false);
        _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
        _posteriors = PerArm<NormalGammaPosterior>(isSaved: false);
        _precisions = PerArm<GammaDraw>(isSaved: false);
        Forget();
    }

    /// <summary>The posterior of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public NormalGammaPosterior Posterior(int arm) => _posteriors[arm];

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        if (archive.IsLoading)
            Forget();
    }

    /// <inheritdoc/>
    protected override int Select(long round)
    {
        RandomStream stream = Key.Fold(round).Stream();
        var best = new ArgMax();
        for (int arm = 0; arm < Arms; arm++)
            best.Offer(arm, Draw(arm, ref stream));
        return best.Place;
    }

    /// <summary>Writes the probability of each arm to have the largest draw, by quadrature: 170 K evaluations of each arm's law.</summary>
    /// <param name="round">The round, which doesn't enter.</param>
    /// <param name="probabilities">Receives one probability an arm.</param>
    protected override void Distribute(long round, Span<double> probabilities)
    {
        for (int arm = 0; arm < Arms; arm++)
            _laws[arm] = Student(_posteriors[arm]);
        BestArm.Probabilities<StudentT>(_laws.Span, _scratch.Span, probabilities);
    }

    /// <summary>Writes the posterior means.</summary>
    /// <param name="scores">Receives one mean an arm.</param>
    protected override void Score(Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = _posteriors[arm].Mean;
    }

    /// <inheritdoc/>
    protected override void Learn(int arm, double reward) => Condition(arm);

    /// <inheritdoc/>
    protected override void ArmsChanged() => Forget();

    /// <inheritdoc/>
    protected override void Forget()
    {
        for (int arm = 0; arm < Arms; arm++)
            Condition(arm);
    }

    private static StudentT Student(in NormalGammaPosterior posterior) =>
        new(2 * posterior.Shape, posterior.Mean, Math.Sqrt(posterior.Rate / (posterior.Shape * posterior.Count)));

    private double Draw(int arm, ref RandomStream stream)
    {
        ref readonly NormalGammaPosterior posterior = ref _posteriors[arm];

        // 1/(Count tau) with tau = gamma / Rate; the logarithm keeps the tiny gammas of small shapes.
        double variance = posterior.Shape < 1
            ? Math.Exp(Math.Log(posterior.Rate / posterior.Count) - _precisions[arm].NextLog(ref stream))
            : posterior.Rate / (posterior.Count * _precisions[arm].Next(ref stream));
        return posterior.Mean + (Math.Sqrt(Math.Min(variance, double.MaxValue)) * stream.NextNormal());
    }

    /// <summary>Computes an arm's posterior from its statistics.</summary>
    private void Condition(int arm)
    {
        double n = Pulls[arm];
        double count = _policy.PriorCount + n;
        double shift = n == 0 ? 0 : Means[arm] - _policy.PriorMean;
        var posterior = new NormalGammaPosterior(
            _policy.PriorMean + (n / count * shift),
            count,
            _policy.PriorShape + (0.5 * n),
            _policy.PriorRate + (0.5 * SquaredDeviations[arm]) + (0.5 * _policy.PriorCount * n / count * shift * shift));
        _posteriors[arm] = posterior;
        _precisions[arm] = new GammaDraw(posterior.Shape);
    }
}
