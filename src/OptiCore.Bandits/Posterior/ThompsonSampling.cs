using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Thompson sampling with Beta priors: draws a success probability for each arm from its posterior and plays the largest.
/// </summary>
/// <remarks>
/// <para>W. R. Thompson (1933), "On the likelihood that one unknown probability exceeds another"; as evaluated by O. Chapelle, L. Li (2011),
/// "An empirical evaluation of Thompson sampling". The posterior of an arm is Beta(Alpha + successes, Beta + failures); no round is forced.
/// For rewards of 0 and 1 the regret meets the lower bound of Lai and Robbins asymptotically (E. Kaufmann, N. Korda, R. Munos, 2012).</para>
/// <para>A reward strictly between 0 and 1 counts as a success with probability equal to it, by a coin of the key and the number of the update
/// (S. Agrawal, N. Goyal, 2012, "Analysis of Thompson sampling for the multi-armed bandit problem", algorithm 2): the regret bound is that
/// of rewards of 0 and 1.</para>
/// <para>O(K) a choice: two gamma draws an arm. The first choice when rewards are clicks; it also keeps exploring sensibly when they arrive late.
/// For deterministic choices see <see cref="KlUcb"/>; for real-valued rewards <see cref="GaussianThompsonSampling"/>.</para>
/// </remarks>
[Algorithm("Thompson sampling (Beta-Bernoulli)", "Posterior sampling", "O. Chapelle, L. Li (2011), An empirical evaluation of Thompson sampling")]
public sealed record ThompsonSampling : IBanditPolicy
{
    /// <summary>The prior's successes, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The prior's failures, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Beta { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public RewardRange Rewards => RewardRange.Unit;

    /// <inheritdoc cref="IBanditPolicy.Start"/>
    public BetaPosteriorState Start(int arms, RandomKey key) => new(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);
}

/// <summary>The Beta posterior of one arm.</summary>
/// <param name="Alpha">The prior's and the observed successes.</param>
/// <param name="Beta">The prior's and the observed failures.</param>
public readonly record struct BetaPosterior(double Alpha, double Beta)
{
    /// <summary>Alpha / (Alpha + Beta).</summary>
    public double Mean => Alpha / (Alpha + Beta);
}

/// <summary>Thompson sampling at work: one Beta posterior an arm.</summary>
public sealed class BetaPosteriorState : BanditState
{
    private readonly ThompsonSampling _policy;
    private readonly double[] _successes;
    private readonly GammaDraw[] _draws;
    private RandomKey _coins;

    internal BetaPosteriorState(ThompsonSampling policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _policy = policy;
        _successes = new double[arms];
        _draws = new GammaDraw[2 * arms];
        Forget();
    }

    /// <summary>The posterior of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public BetaPosterior Posterior(int arm) => new(_policy.Alpha + _successes[arm], _policy.Beta + Pulls[arm] - _successes[arm]);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_successes.AsSpan());
        if (archive.IsLoading)
            Prepare();
    }

    /// <inheritdoc/>
    protected override int Select(long round)
    {
        RandomStream stream = Key.Fold(round).Stream();
        GammaDraw[] draws = _draws;
        int best = 0;
        double largest = -1;
        for (int i = 0; i + 1 < draws.Length; i += 2)
        {
            double draw = GammaDraw.NextBeta(draws[i], draws[i + 1], ref stream);
            if (draw > largest)
            {
                largest = draw;
                best = i / 2;
            }
        }

        return best;
    }

    /// <inheritdoc/>
    protected override void Score(Span<double> scores)
    {
        RandomStream stream = Key.Fold(Updates).Stream();
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = GammaDraw.NextBeta(_draws[2 * arm], _draws[(2 * arm) + 1], ref stream);
    }

    /// <inheritdoc/>
    protected override void Learn(int arm, double reward)
    {
        bool success = reward == 1 || (reward > 0 && _coins.Fold(Updates).Stream().NextDouble() < reward);
        if (success)
            _successes[arm]++;
        Prepare(arm, success);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        Array.Clear(_successes);
        Prepare();
    }

    private void Prepare()
    {
        _coins = Key.Fold("reward coins");
        for (int arm = 0; arm < Arms; arm++)
        {
            Prepare(arm, success: true);
            Prepare(arm, success: false);
        }
    }

    private void Prepare(int arm, bool success)
    {
        BetaPosterior posterior = Posterior(arm);
        _draws[(2 * arm) + (success ? 0 : 1)] = new GammaDraw(success ? posterior.Alpha : posterior.Beta);
    }
}
