using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>
/// Thompson sampling for counts, with gamma priors of Poisson rates: draws a rate for each arm from its posterior Gamma(shape a + sum of rewards, rate b + n) and plays the largest.
/// </summary>
/// <remarks>
/// <para>The conjugate case of N. Korda, E. Kaufmann, R. Munos (2013), "Thompson sampling for 1-dimensional exponential family bandits", NIPS: asymptotically optimal, regret sum gap / kl(mean, best) ln T with the Poisson
/// divergence, there with Jeffreys' prior (a = 1/2 and b near 0). Rewards are numbers of at least 0; they needn't be whole.</para>
/// <para>O(K) a choice, one gamma draw an arm. For purchases, visits, events in a period; for counts whose variance is far above their mean the posterior is too narrow, see
/// <see cref="NormalGammaThompsonSampling"/>.</para>
/// </remarks>
[Algorithm("Thompson sampling (gamma-Poisson)", "Posterior sampling", "N. Korda, E. Kaufmann, R. Munos (2013), Thompson sampling for 1-dimensional exponential family bandits")]
public sealed record GammaPoissonThompsonSampling : IBanditPolicy
{
    /// <summary>The prior's shape a, positive: the counts that it stands for. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double PriorShape { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The prior's rate b, positive: the number of rewards that it stands for. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double PriorRate { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.NonNegative;

    /// <inheritdoc cref="IBanditPolicy.Start"/>
    public GammaPosteriorState Start(int arms, RandomKey key) => new(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);
}

/// <summary>The gamma posterior of an arm's rate.</summary>
/// <param name="Shape">The prior's and the observed counts.</param>
/// <param name="Rate">The prior's and the observed number of rewards.</param>
public readonly record struct GammaPosterior(double Shape, double Rate)
{
    /// <summary>Shape / Rate.</summary>
    public double Mean => Shape / Rate;
}

/// <summary>Gamma-Poisson Thompson sampling at work: one gamma posterior an arm.</summary>
public sealed class GammaPosteriorState : BanditState
{
    private readonly GammaPoissonThompsonSampling _policy;
    private readonly ArmArray<Gamma> _laws;
    private readonly ArmArray<double> _scratch;
    private readonly ArmArray<GammaDraw> _draws;

    internal GammaPosteriorState(GammaPoissonThompsonSampling policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _policy = policy;
        _laws = PerArm<Gamma>(isSaved: false);
        _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
        _draws = PerArm<GammaDraw>(isSaved: false);
        Forget();
    }

    /// <summary>The posterior of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public GammaPosterior Posterior(int arm) => new(_policy.PriorShape + Sums[arm], _policy.PriorRate + Pulls[arm]);

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
            best.Offer(arm, _draws[arm].Next(ref stream) / (_policy.PriorRate + Pulls[arm]));
        return best.Place;
    }

    /// <summary>Writes the probability of each arm to have the largest draw, by quadrature: 170 K evaluations of each arm's law.</summary>
    /// <param name="round">The round, which doesn't enter.</param>
    /// <param name="probabilities">Receives one probability an arm.</param>
    protected override void Distribute(long round, Span<double> probabilities)
    {
        for (int arm = 0; arm < Arms; arm++)
            _laws[arm] = Gamma.FromRate(Posterior(arm).Shape, Posterior(arm).Rate);
        BestArm.Probabilities<Gamma>(_laws.Span, _scratch.Span, probabilities);
    }

    /// <summary>Writes the posterior means.</summary>
    /// <param name="scores">Receives one mean an arm.</param>
    protected override void Score(Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = Posterior(arm).Mean;
    }

    /// <inheritdoc/>
    protected override void Learn(int arm, double reward) => _draws[arm] = new GammaDraw(Posterior(arm).Shape);

    /// <inheritdoc/>
    protected override void ArmsChanged() => Forget();

    /// <inheritdoc/>
    protected override void Forget()
    {
        for (int arm = 0; arm < Arms; arm++)
            _draws[arm] = new GammaDraw(Posterior(arm).Shape);
    }
}
