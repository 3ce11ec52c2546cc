using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// EXP4: experts advise probabilities of arms; an arm is drawn from the mixture of their advice by weights, with the uniform distribution mixed in: p_a = (1 - gamma) sum_i w_i advice_ia / sum w +
/// gamma / K. After reward r of arm a, w_i is multiplied by exp(gamma advice_ia r / (p_a K)).
/// </summary>
/// <remarks>
/// <para>P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire (2002), "The nonstochastic multiarmed bandit problem", SIAM Journal on Computing 32, section 7. For rewards in [0, 1] that anybody may
/// choose, its expected reward after T rounds falls behind that of the best of N experts by at most (e - 1) gamma G + K ln N / gamma, G being what that one earns:
/// gamma = min(1, sqrt(K ln N / ((e - 1) T))) makes it 2.63 sqrt(T K ln N).</para>
/// <para>The context is the advice: for each arm the probabilities that the N experts give it, so that the features are the experts. Each expert's probabilities sum to 1 over the arms. An expert can be
/// anything: a fixed rule, a model, another policy's <see cref="PolicyState.Probabilities(ReadOnlySpan{double}, long, Span{double})"/>; one that is uniform belongs among them.</para>
/// <para>O(K N) a choice and an update. A reward whose choice was made before others arrived should come with its probability
/// (<see cref="PolicyState.Update(ReadOnlySpan{double}, int, double, double)"/>). The weights depend on the order of rewards: states can't be merged.</para>
/// </remarks>
[Algorithm("EXP4", "Contextual, expert advice", "P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire (2002), The nonstochastic multiarmed bandit problem")]
public sealed record Exp4 : IContextualPolicy
{
    /// <summary>The weight gamma of uniform exploration, which is the learning rate too, in (0, 1]. Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1].</exception>
    public double Gamma { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.1;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <summary>The gamma of the bound for a known number of rounds, min(1, sqrt(K ln N / ((e - 1) T))).</summary>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="experts">The number N of experts, at least 2.</param>
    /// <param name="horizon">The number T of rounds.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small.</exception>
    public static double GammaFor(int arms, int experts, long horizon) =>
        Math.Min(1, Math.Sqrt(Require.Positive(arms, nameof(arms)) * Math.Log(Require.AtLeast(experts, 2, nameof(experts))) / ((Math.E - 1) * Require.Positive(horizon, nameof(horizon)))));

    /// <summary>Begins to learn.</summary>
    /// <param name="arms">The number K of arms, at least 1.</param>
    /// <param name="features">The number N of experts, at least 1.</param>
    /// <param name="key">The randomness of this run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    public Exp4State Start(int arms, int features, RandomKey key) => new(this, arms, features, key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);
}

/// <summary>EXP4 at work.</summary>
public sealed class Exp4State : ContextualState
{
    // Advice comes from sums and quotients of its own.
    private const double Tolerance = 1e-9;
    private readonly double _gamma;
    private readonly double[] _logWeights, _weights;
    private readonly ArmArray<double> _probabilities;

    internal Exp4State(Exp4 policy, int arms, int experts, RandomKey key)
        : base(policy, arms, experts, hasActionFeatures: true, key)
    {
        _gamma = policy.Gamma;
        _logWeights = new double[experts];
        _weights = new double[experts];
        _probabilities = PerArm<double>(isSaved: false);
        Weigh();
    }

    /// <inheritdoc/>
    public override bool CanMerge => false;

    /// <summary>The weights of the experts, which sum to 1.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        base.Persist(archive);
        archive.Transfer(_logWeights.AsSpan());
        if (archive.IsLoading)
            Weigh();
    }

    /// <inheritdoc/>
    protected override int Select(ReadOnlySpan<double> context, long round)
    {
        Score(context, _probabilities.Span);
        RandomStream stream = Key.Fold(round).Stream();
        double u = stream.NextDouble(), sum = 0;
        for (int arm = 0; arm < Arms; arm++)
        {
            sum += _probabilities[arm];
            if (u < sum)
                return arm;
        }

        return Arms - 1;
    }

    /// <inheritdoc/>
    protected override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities) => Score(context, probabilities);

    /// <summary>Writes the probabilities.</summary>
    /// <param name="context">The advice.</param>
    /// <param name="scores">Receives one probability an arm.</param>
    protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
    {
        double total = 0;
        for (int arm = 0; arm < scores.Length; arm++)
            total += scores[arm] = RidgeModel.Dot(FeaturesOf(context, arm), _weights);
        foreach (ref double p in scores)
            p = ((1 - _gamma) * p / total) + (_gamma / scores.Length);
    }

    /// <inheritdoc/>
    protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
    {
        Score(context, _probabilities.Span);
        Learn(context, arm, reward, _probabilities[arm]);
    }

    /// <inheritdoc/>
    protected override void Learn(ReadOnlySpan<double> context, int arm, double reward, double propensity)
    {
        RidgeModel.AddScaled(_logWeights, _gamma * reward / (propensity * Arms), FeaturesOf(context, arm));
        Weigh();
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        Array.Clear(_logWeights);
        Weigh();
    }

    /// <inheritdoc/>
    protected override void Validate(ReadOnlySpan<double> context)
    {
        for (int expert = 0; expert < Features; expert++)
        {
            double sum = 0;
            for (int arm = 0; arm < Arms; arm++)
            {
                double p = context[(arm * Features) + expert];
                if (p < 0)
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"context gives arm {arm} the probability {p} by expert {expert} but must give at least 0."), nameof(context));
                sum += p;
            }

            if (Math.Abs(sum - 1) > Tolerance)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"context gives all arms the probability {sum} by expert {expert} but must give 1."), nameof(context));
        }
    }

    private void Weigh()
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double w in _logWeights)
            largest = Math.Max(largest, w);
        for (int i = 0; i < _weights.Length; i++)
            sum += _weights[i] = Math.Exp(_logWeights[i] - largest);
        foreach (ref double w in _weights.AsSpan())
            w /= sum;
    }
}
