using OptiCore.Distributions;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Thompson sampling for normal rewards of known standard deviation sd: draws a mean for each arm from its normal posterior and plays the largest.
/// </summary>
/// <remarks>
/// <para>With prior N(m, s^2) and n rewards of sum S, the posterior is N((m/s^2 + S/sd^2) / p, 1/p) with precision p = 1/s^2 + n/sd^2. The defaults
/// m = 0, s = sd = 1 are the policy of S. Agrawal, N. Goyal (2013), "Further optimal regret bounds for Thompson sampling", which draws from
/// N(S/(n+1), 1/(n+1)) and has regret O(sqrt(K T ln K)) for rewards in [0, 1].</para>
/// <para>Any finite reward is accepted: put the prior where the rewards are. O(K) a choice, one normal draw an arm. When sd isn't known,
/// see <see cref="NormalGammaThompsonSampling"/>.</para>
/// </remarks>
[Algorithm("Thompson sampling (normal, known variance)", "Posterior sampling", "S. Agrawal, N. Goyal (2013), Further optimal regret bounds for Thompson sampling")]
public sealed record GaussianThompsonSampling : IBanditPolicy
{
    /// <summary>The mean m of the prior. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't finite.</exception>
    public double PriorMean { get; init => field = Require.Finite(value); }

    /// <summary>The standard deviation s of the prior, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double PriorStandardDeviation { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The standard deviation sd of the rewards of an arm, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double RewardStandardDeviation { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IBanditPolicy.Start"/>
    public NormalPosteriorState Start(int arms, RandomKey key) => new(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);
}

/// <summary>The normal posterior of an arm's mean.</summary>
/// <param name="Mean">Its mean.</param>
/// <param name="StandardDeviation">Its standard deviation.</param>
public readonly record struct NormalPosterior(double Mean, double StandardDeviation);

/// <summary>Normal Thompson sampling at work: one normal posterior an arm.</summary>
public sealed class NormalPosteriorState : BanditState
{
    private readonly GaussianThompsonSampling _policy;
    private readonly ArmArray<Normal> _laws;
    private readonly ArmArray<double> _scratch;
    private readonly ArmArray<NormalPosterior> _posteriors;

    internal NormalPosteriorState(GaussianThompsonSampling policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _policy = policy;
        _laws = PerArm<Normal>(isSaved: false);
        _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
        _posteriors = PerArm<NormalPosterior>(isSaved: false);
        Forget();
    }

    /// <summary>The posterior of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public NormalPosterior Posterior(int arm) => _posteriors[arm];

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
            best.Offer(arm, Draw(_posteriors[arm], ref stream));
        return best.Place;
    }

    /// <summary>Writes the probability of each arm to have the largest draw, by quadrature: 170 K evaluations of each arm's law.</summary>
    /// <param name="round">The round, which doesn't enter.</param>
    /// <param name="probabilities">Receives one probability an arm.</param>
    protected override void Distribute(long round, Span<double> probabilities)
    {
        for (int arm = 0; arm < Arms; arm++)
            _laws[arm] = new Normal(_posteriors[arm].Mean, _posteriors[arm].StandardDeviation);
        BestArm.Probabilities<Normal>(_laws.Span, _scratch.Span, probabilities);
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

    private static double Draw(in NormalPosterior posterior, ref RandomStream stream) =>
        posterior.Mean + (posterior.StandardDeviation * stream.NextNormal());

    /// <summary>Computes an arm's posterior from its statistics.</summary>
    private void Condition(int arm)
    {
        double prior = 1 / (_policy.PriorStandardDeviation * _policy.PriorStandardDeviation);
        double data = Pulls[arm] / (_policy.RewardStandardDeviation * _policy.RewardStandardDeviation);
        double precision = prior + data;

        // As a step from the prior mean, which keeps the digits of a far-away prior.
        double mean = _policy.PriorMean + (data / precision * (Means[arm] - _policy.PriorMean));
        _posteriors[arm] = new NormalPosterior(mean, 1 / Math.Sqrt(precision));
    }
}
