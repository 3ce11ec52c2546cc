using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>
/// Multinomial Thompson sampling, for rewards on the grid 0, 1/M, ..., 1 with any probabilities: draws the probabilities of each arm from its posterior Dirichlet(Prior + counts) and plays the arm with the
/// largest mean sum_m p_m m/M of the drawn law.
/// </summary>
/// <remarks>
/// <para>C. Riou, J. Honda (2020), "Bandit algorithms based on Thompson sampling for bounded reward distributions", ALT, with the prior Dirichlet(1, ..., 1). Asymptotically optimal among policies that know no more than the grid:
/// the regret is sum gap / K_inf ln T, with K_inf the smallest divergence to any law on the grid with a mean of the best. Where rewards aren't only 0 and 1 this is less, often much, than
/// <see cref="ThompsonSampling"/> with its coins or <see cref="KlUcb"/> reach, which take every reward for the widest possible.</para>
/// <para>A reward between two points counts as one of them, with the probabilities that keep its mean, by a coin of the key and the number of the update; a finer grid loses less by that.
/// O(K M) a choice: M + 1 gamma draws an arm. Ratings and shares of all kinds; M = 1 is <see cref="ThompsonSampling"/>.</para>
/// </remarks>
[Algorithm("Thompson sampling (multinomial)", "Posterior sampling", "C. Riou, J. Honda (2020), Bandit algorithms based on Thompson sampling for bounded reward distributions")]
public sealed record MultinomialThompsonSampling : IBanditPolicy
{
    /// <summary>The number M of steps of the grid, at least 1. Default: 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Steps { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The prior's count of each point, positive. Default: 1, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Prior { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc cref="IBanditPolicy.Start"/>
    public DirichletPosteriorState Start(int arms, RandomKey key) => new(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);
}

/// <summary>Multinomial Thompson sampling at work: one Dirichlet posterior an arm.</summary>
public sealed class DirichletPosteriorState : BanditState
{
    private readonly MultinomialThompsonSampling _policy;
    private readonly double[] _points;
    private readonly ArmArray<double> _alpha, _counts;
    private readonly ArmArray<GammaDraw> _draws;
    private RandomKey _coins;
    private double[] _scratch;

    internal DirichletPosteriorState(MultinomialThompsonSampling policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _policy = policy;
        _points = new double[policy.Steps + 1];
        for (int m = 0; m < _points.Length; m++)
            _points[m] = m / (double)policy.Steps;
        _counts = PerArm<double>(_points.Length);
        _alpha = PerArm<double>(_points.Length, isSaved: false);
        _draws = PerArm<GammaDraw>(_points.Length, isSaved: false);
        _scratch = [];
        ArmsChanged();
    }

    /// <summary>The parameters of an arm's Dirichlet posterior, one for each point of the grid.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public ReadOnlySpan<double> Posterior(int arm) => _alpha.Of(arm);

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
        {
            double total = 0, sum = 0;
            Span<GammaDraw> draws = _draws.Of(arm);
            for (int m = 0; m < draws.Length; m++)
            {
                double draw = draws[m].Next(ref stream);
                total += draw;
                sum += draw * _points[m];
            }

            // Tiny priors can leave all draws below the smallest double.
            best.Offer(arm, total > 0 ? sum / total : 0);
        }

        return best.Place;
    }

    /// <summary>Writes the probability of each arm to have the largest drawn mean, by quadrature of the laws of Dirichlet means: about 5600 (K + M/11) K M evaluations of elementary functions.</summary>
    /// <param name="round">The round, which doesn't enter.</param>
    /// <param name="probabilities">Receives one probability an arm.</param>
    protected override void Distribute(long round, Span<double> probabilities) => DirichletMean.Probabilities(_alpha.Span, _points, _scratch, probabilities);

    /// <summary>Writes the posterior means.</summary>
    /// <param name="scores">Receives one mean an arm.</param>
    protected override void Score(Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
        {
            double total = 0, sum = 0;
            ReadOnlySpan<double> alpha = Posterior(arm);
            for (int m = 0; m < alpha.Length; m++)
            {
                total += alpha[m];
                sum += alpha[m] * _points[m];
            }

            scores[arm] = sum / total;
        }
    }

    /// <inheritdoc/>
    protected override void Learn(int arm, double reward)
    {
        double place = reward * _policy.Steps;
        int point = (int)place;
        if (place > point && _coins.Fold(Updates).Stream().NextDouble() < place - point)
            point++;
        _counts.Of(arm)[point]++;
        Condition(arm, point);
    }

    /// <inheritdoc/>
    protected override void Absorb(PolicyState other)
    {
        base.Absorb(other);
        ReadOnlySpan<double> counts = ((DirichletPosteriorState)other)._counts.Span;
        for (int i = 0; i < counts.Length; i++)
            _counts.Span[i] += counts[i];
    }

    /// <inheritdoc/>
    protected override void ArmsChanged()
    {
        int length = (Arms * DirichletMean.Scratch) + _points.Length;
        if (_scratch.Length != length)
            _scratch = new double[length];
        Forget();
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        _coins = Key.Fold("reward coins");
        for (int arm = 0; arm < Arms; arm++)
        {
            for (int point = 0; point < _points.Length; point++)
                Condition(arm, point);
        }
    }

    private void Condition(int arm, int point)
    {
        double alpha = _alpha.Of(arm)[point] = _policy.Prior + _counts.Of(arm)[point];
        _draws.Of(arm)[point] = new GammaDraw(alpha);
    }
}
