namespace OptiCore.Bandits;

/// <summary>
/// SquareCB: an arm other than the best by estimate has the probability 1 / (K + gamma_t (best estimate - its estimate)), the best has the rest. The estimates come from online regression;
/// gamma_t = Scale t^Exponent after t rewards.
/// </summary>
/// <remarks>
/// <para>D. Foster, A. Rakhlin (2020), "Beyond UCB: optimal and efficient contextual bandits with regression oracles", ICML, algorithm 1 (with mu = K). If the oracle's squared loss exceeds that of
/// the true regression function by at most Reg, gamma = sqrt(K T / (Reg + ln(2/delta))) gives regret O(sqrt(K T Reg)), whatever the contexts, for any class of functions that the oracle learns. Scale and
/// exponent make that anytime; for gamma with a known T set <see cref="Exponent"/> to 0 and <see cref="Scale"/> to it.</para>
/// <para>K predictions a choice, one update of the oracle a reward. The choice for models that have no confidence bounds. <see cref="Falcon"/> needs fewer fits, <see cref="LinUcb"/> is better where
/// rewards are linear.</para>
/// </remarks>
[Algorithm("SquareCB", "Contextual, regression oracles", "D. Foster, A. Rakhlin (2020), Beyond UCB: optimal and efficient contextual bandits with regression oracles")]
public sealed record SquareCb : IContextualPolicy
{
    /// <summary>The regression. Default: ridge regression for each arm.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IRegressionOracle Oracle { get; init => field = Require.NotNull(value); } = new RidgeOracle();

    /// <summary>The factor of gamma_t, positive. Default: 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Scale { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The power of t in gamma_t, in [0, 1]. Default: 0.5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside [0, 1].</exception>
    public double Exponent { get; init => field = Require.InClosed(value, 0, 1); } = 0.5;

    RewardRange IPolicy.Rewards => Oracle.Rewards;

    /// <inheritdoc/>
    public ContextualState Start(int arms, int features, RandomKey key) => new State(this, arms, features, key);

    private sealed class State : OracleState
    {
        private readonly SquareCb _policy;
        private readonly ArmArray<double> _probabilities;

        public State(SquareCb policy, int arms, int features, RandomKey key)
            : base(policy, policy.Oracle, 1, arms, features, key)
        {
            _policy = policy;
            _probabilities = PerArm<double>(isSaved: false);
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
            WeightByInverseGaps(probabilities, _policy.Scale * Math.Pow(Updates, _policy.Exponent));
        }

        protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Predict(context, arm, 0);
        }

        protected override void Learn(ReadOnlySpan<double> context, int arm, double reward) => Oracle.Learn(Model(arm, 0), FeaturesOf(context, arm), reward, 1);
    }
}
