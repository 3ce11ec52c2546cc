using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// FALCON: inverse-gap weighting as in <see cref="SquareCb"/>, with a regression that is replaced only at the rewards 1, 2, 4, 8, ...; between them estimates and gamma stay as they are. In the epoch
/// after n rewards gamma = Scale sqrt(K n / (p ln n + ln(1/delta))), p being the number of coefficients.
/// </summary>
/// <remarks>
/// <para>D. Simchi-Levi, Y. Xu (2021), "Bypassing the monster: a faster and simpler optimal algorithm for contextual bandits under realizability", Mathematics of Operations Research, algorithm 1 with
/// epochs tau_m = 2^m: each epoch uses the least-squares fit to all rewards before it, and ln |F| is the logarithm of a covering of linear functions. Regret O(sqrt(K T p ln T)) for independent contexts
/// with Scale = 1/30, the constant of the proof.</para>
/// <para>K predictions a choice. Fits are computed as rewards arrive and frozen at the start of an epoch, so that an update costs what the oracle's does. What is known depends on the order of rewards:
/// states can't be merged. The choice where models are deployed in batches; <see cref="SquareCb"/> uses each reward at once.</para>
/// </remarks>
[Algorithm("FALCON", "Contextual, regression oracles", "D. Simchi-Levi, Y. Xu (2021), Bypassing the monster: a faster and simpler optimal algorithm for contextual bandits under realizability")]
public sealed record Falcon : IContextualPolicy
{
    /// <summary>The regression. Default: ridge regression for each arm.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IRegressionOracle Oracle { get; init => field = Require.NotNull(value); } = new RidgeOracle();

    /// <summary>The factor c of gamma, positive. Default: 1; the proof has 1/30, which explores more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Scale { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The probability delta with which the bound may fail, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Delta { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    RewardRange IPolicy.Rewards => Oracle.Rewards;

    /// <inheritdoc/>
    public ContextualState Start(int arms, int features, RandomKey key) => new State(this, arms, features, key);

    private sealed class State : OracleState
    {
        private const int Frozen = 0, Learning = 1;
        private readonly Falcon _policy;
        private readonly ArmArray<double> _probabilities;
        private long _fitted;

        public State(Falcon policy, int arms, int features, RandomKey key)
            : base(policy, policy.Oracle, 2, arms, features, key)
        {
            _policy = policy;
            _probabilities = PerArm<double>(isSaved: false);
        }

        public override bool CanMerge => false;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _fitted);
        }

        protected override int Select(ReadOnlySpan<double> context, long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            Distribute(context, round, _probabilities.Span);
            return Draw(_probabilities.Span, stream.NextDouble());
        }

        protected override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities)
        {
            Score(context, probabilities);
            double complexity = ((double)Models * Features * Math.Log(Math.Max(1, _fitted))) - Math.Log(_policy.Delta);
            WeightByInverseGaps(probabilities, _fitted == 0 ? 1 : _policy.Scale * Math.Sqrt(Arms * (double)_fitted / complexity));
        }

        protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Predict(context, arm, Frozen);
        }

        protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
        {
            Oracle.Learn(Model(arm, Learning), FeaturesOf(context, arm), reward, 1);
            long rewards = Updates + 1;
            if (!long.IsPow2(rewards))
                return;
            _fitted = rewards;
            for (int model = 0; model < Models; model++)
                Model(model, Learning).CopyTo(Model(model, Frozen));
        }

        protected override void Forget()
        {
            base.Forget();
            _fitted = 0;
        }
    }
}
