using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// CLUCB, conservative linear UCB: plays as <see cref="Oful"/> does, but only where even the worst parameter of the confidence ellipsoid leaves the expected rewards of all rounds above (1 - alpha) times those of
/// always playing a baseline arm, whose expected reward is known or not; otherwise the baseline.
/// </summary>
/// <remarks>
/// <para>A. Kazerouni, M. Ghavamzadeh, Y. Abbasi-Yadkori, B. Van Roy (2017), "Conservative contextual linear bandits", NIPS. Known reward, algorithm 1: with z the sum of the features of the n plays of other arms so far, x those of
/// the optimist's choice and r the known expected reward of the baseline, the choice is played if (z + x)' theta - radius sqrt((z + x)' V^-1 (z + x)) + (t - 1 - n) r &gt;= (1 - alpha) t r in round t. Plays of the
/// baseline teach nothing, as there. All actions share a parameter (<see cref="ModelSharing.Shared"/>); r is the same in all contexts, and stands for the baseline's index where the paper takes that of its features. The
/// radius is that of <see cref="Oful"/>, with the determinant that the paper bounds. With probability 1 - delta the constraint holds in all rounds together, under the conditions of <see cref="Oful"/>.</para>
/// <para>Unknown reward, the paper's algorithm 2 (CLUCB2): the baseline's reward is x_b' theta as any arm's, may change with its features, and its plays teach too. With g the sum of x - (1 - alpha) x_b over the plays so far, x
/// being the features of what was played, the choice is played if g + x - (1 - alpha) x_b of this round has a product with every parameter of the ellipsoid of at least 0:
/// (g + x - (1 - alpha) x_b)' theta - radius sqrt(... V^-1 ...) &gt;= 0. The paper bounds the sums over rounds with and without the baseline one by one; bounding them together is a choice, which holds with the same
/// probability, and needs, as there, that the baseline's rewards aren't negative.</para>
/// <para>The regret exceeds that of <see cref="Oful"/> by a term of the order 1 / (alpha r) that doesn't grow with time. O(K d^2) a choice, O(d^2) an update, no randomness. Without features see
/// <see cref="ConservativeUcb"/>.</para>
/// </remarks>
[Algorithm("CLUCB", "Conservative", "A. Kazerouni, M. Ghavamzadeh, Y. Abbasi-Yadkori, B. Van Roy (2017), Conservative contextual linear bandits")]
public sealed record ConservativeLinUcb : IContextualPolicy
{
    /// <summary>The expected reward r of the baseline where it is known and the same in all contexts, positive. Default: null, unknown.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double? BaselineReward { get; init => field = value is { } reward ? Require.Positive(reward) : null; }

    /// <summary>The baseline arm. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Baseline { get; init => field = Require.NonNegative(value); }

    /// <summary>The share alpha of the baseline's reward that exploration may cost, in (0, 1). Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Alpha { get; init => field = Require.InOpen(value, 0, 1); } = 0.1;

    /// <summary>The scale R of the noise, which is R-sub-Gaussian: its standard deviation if normal, half the width of bounded rewards. Default: 0.5, for rewards of [0, 1].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double NoiseScale { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>A bound S of the parameter's norm, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double ParameterBound { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The probability delta with which the bounds may fail, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Delta { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>The regularization lambda, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IContextualPolicy.Start"/>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1, or the baseline isn't one of the arms.</exception>
    public LinearState Start(int arms, int features, RandomKey key)
    {
        Require.Positive(arms, nameof(arms));
        if (Baseline >= arms)
            throw new ArgumentOutOfRangeException(nameof(arms), arms, $"There are {arms} arms but the baseline is arm {Baseline}.");
        return new State(this, arms, features, key);
    }

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);

    private sealed class State(ConservativeLinUcb policy, int arms, int features, RandomKey key)
        : LinearState(policy, ModelSharing.Shared, policy.Regularization, arms, features, key)
    {
        // What the constraint sums over the plays so far: z, the features of all but the baseline's, or g; and workspace for that of this round too.
        private readonly double[] _total = new double[features], _sum = new double[features];

        public override bool CanChangeArms => false;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_total.AsSpan());
        }

        protected override int Select(ReadOnlySpan<double> context, long round)
        {
            int baseline = policy.Baseline, optimist = baseline;
            double radius = Radius(), level = Index(context, baseline, radius);
            for (int arm = 0; arm < Arms; arm++)
            {
                double value = arm == baseline ? level : Index(context, arm, radius);
                if (value > level)
                    (level, optimist) = (value, arm);
            }

            if (optimist == baseline)
                return optimist;
            _total.CopyTo(_sum, 0);
            RidgeModel.AddScaled(_sum, 1, FeaturesOf(context, optimist));
            double saved = 0;
            if (policy.BaselineReward is { } reward)
                saved = (Pulls[baseline] - ((1 - policy.Alpha) * (Updates + 1))) * reward;
            else
                RidgeModel.AddScaled(_sum, policy.Alpha - 1, FeaturesOf(context, baseline));
            RidgeModel model = Model(0);
            double worst = model.Mean(_sum) - (radius * Math.Sqrt(model.Variance(_sum)));
            return worst + saved >= 0 ? optimist : baseline;
        }

        protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
        {
            double radius = Radius();
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Index(context, arm, radius);
        }

        protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
        {
            bool isKnown = policy.BaselineReward is not null;
            if (isKnown && arm == policy.Baseline)
                return;
            base.Learn(context, arm, reward);
            RidgeModel.AddScaled(_total, 1, FeaturesOf(context, arm));
            if (!isKnown)
                RidgeModel.AddScaled(_total, policy.Alpha - 1, FeaturesOf(context, policy.Baseline));
        }

        protected override void Forget()
        {
            base.Forget();
            Array.Clear(_total);
        }

        protected override void Absorb(PolicyState other)
        {
            base.Absorb(other);
            RidgeModel.AddScaled(_total, 1, ((State)other)._total);
        }

        private double Index(ReadOnlySpan<double> context, int arm, double radius) =>
            arm == policy.Baseline && policy.BaselineReward is { } reward ? reward : UpperBound(context, arm, radius);

        private double Radius() =>
            (policy.NoiseScale * Math.Sqrt(Math.Max(0, Model(0).LogDeterminant) - (2 * Math.Log(policy.Delta)))) + (Math.Sqrt(policy.Regularization) * policy.ParameterBound);
    }
}
