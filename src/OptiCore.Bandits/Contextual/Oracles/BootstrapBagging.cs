namespace OptiCore.Bandits;

/// <summary>
/// Bagging: N regressions, each of which learns from every reward as often as a Poisson variable of mean 1 says. A choice follows the best arm by one of them, drawn uniformly; every arm is played once
/// at first.
/// </summary>
/// <remarks>
/// <para>A. Bietti, A. Agarwal, J. Langford (2021), "A contextual bandit bake-off", JMLR 22, algorithm "Bag"; the online bootstrap is that of N. Oza, S. Russell (2001), "Online bagging and boosting".
/// Here the regressions estimate rewards directly. An approximation of Thompson sampling for models without posterior. No bound of regret: arms on which all regressions agree aren't tried again, unless
/// <see cref="Epsilon"/> is positive. The first rounds are added so that each arm is known at all where models are disjoint.</para>
/// <para>K predictions a choice, N K for the probabilities, which are exact; N updates of the oracle a reward, about 0.63 N of them with a positive weight. The weights belong to the number of the reward:
/// states can't be merged.</para>
/// </remarks>
[Algorithm("Bootstrap bagging", "Contextual, regression oracles", "A. Bietti, A. Agarwal, J. Langford (2021), A contextual bandit bake-off")]
public sealed record BootstrapBagging : IContextualPolicy
{
    /// <summary>The regression. Default: ridge regression for each arm.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IRegressionOracle Oracle { get; init => field = Require.NotNull(value); } = new RidgeOracle();

    /// <summary>The number N of regressions. Default: 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Replicates { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The probability of a uniformly random arm instead, in [0, 1]. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside [0, 1].</exception>
    public double Epsilon { get; init => field = Require.InClosed(value, 0, 1); }

    RewardRange IPolicy.Rewards => Oracle.Rewards;

    /// <inheritdoc/>
    public ContextualState Start(int arms, int features, RandomKey key) => new State(this, arms, features, key);

    private sealed class State(BootstrapBagging policy, int arms, int features, RandomKey key) : OracleState(policy, policy.Oracle, policy.Replicates, arms, features, key)
    {
        public override bool CanMerge => false;

        protected override int Select(ReadOnlySpan<double> context, long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            RandomStream stream = Key.Fold(round).Stream();
            return stream.NextDouble() < policy.Epsilon ? stream.NextInt32(Arms) : Best(context, stream.NextInt32(policy.Replicates));
        }

        protected override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
            {
                probabilities.Clear();
                probabilities[unplayed] = 1;
                return;
            }

            probabilities.Fill(policy.Epsilon / Arms);
            for (int replicate = 0; replicate < policy.Replicates; replicate++)
                probabilities[Best(context, replicate)] += (1 - policy.Epsilon) / policy.Replicates;
        }

        /// <summary>Writes the means of the estimates.</summary>
        protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
            {
                scores[arm] = 0;
                for (int replicate = 0; replicate < policy.Replicates; replicate++)
                    scores[arm] += Predict(context, arm, replicate) / policy.Replicates;
            }
        }

        protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
        {
            RandomStream stream = Key.Fold("bootstrap").Fold(Updates).Stream();
            ReadOnlySpan<double> x = FeaturesOf(context, arm);
            for (int replicate = 0; replicate < policy.Replicates; replicate++)
            {
                double weight = stream.NextPoisson(1);
                if (weight > 0)
                    Oracle.Learn(Model(arm, replicate), x, reward, weight);
            }
        }
    }
}
