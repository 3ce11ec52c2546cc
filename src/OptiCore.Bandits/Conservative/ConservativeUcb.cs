namespace OptiCore.Bandits;

/// <summary>
/// Conservative UCB: explores only as much as keeps the expected rewards so far, at every time, above (1 - alpha) times those of always playing a baseline arm. The arm J with the largest
/// mean + width is played if sum_k n_k lower_k + lower_J + (n_0 - (1 - alpha) t) upper_0 is at least 0, the sum over the arms beside the baseline 0; otherwise the baseline is.
/// </summary>
/// <remarks>
/// <para>Y. Wu, R. Shariff, T. Lattimore, C. Szepesvári (2016), "Conservative bandits", ICML, algorithm 1, for a known mean of the baseline and for an unknown one, whose upper bound then takes its place (and which is played
/// first). width = sqrt(psi / n) with psi = 2 R^2 ln(K n^3 / delta), the simpler of the paper's two, and lower = max(0, mean - width), 0 before the first play. K counts all arms, where the paper
/// leaves out the baseline: a little wider. With probability 1 - 1.21 delta, the sum of n^-3 being 1.202, the constraint holds in all rounds together; means must not be negative, hence rewards in [0, 1].</para>
/// <para>The regret exceeds that of UCB by about K ln / (alpha mean_0) plays of the baseline, and that is needed: exploration is paid from what the baseline earns above its share. Nothing but the baseline is
/// played until the first savings suffice for one play that may earn nothing, (1 - alpha) / alpha rounds.</para>
/// <para>O(K) a choice, no randomness. For shops and clinics that can't afford to be worse than what they do today. The baseline's number is part of the options, so arms are fixed.
/// <see cref="BanditState.Scores"/> are the upper bounds. With features see <see cref="ConservativeLinUcb"/>.</para>
/// </remarks>
[Algorithm("Conservative UCB", "Conservative", "Y. Wu, R. Shariff, T. Lattimore, C. Szepesvári (2016), Conservative bandits")]
public sealed record ConservativeUcb : IBanditPolicy
{
    /// <summary>The baseline arm. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Baseline { get; init => field = Require.NonNegative(value); }

    /// <summary>The mean reward of the baseline where it is known, in [0, 1]. Default: null, unknown.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside [0, 1].</exception>
    public double? BaselineMean { get; init => field = value is { } mean ? Require.InClosed(mean, 0, 1) : null; }

    /// <summary>The share alpha of the baseline's reward that exploration may cost, in (0, 1). Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Alpha { get; init => field = Require.InOpen(value, 0, 1); } = 0.1;

    /// <summary>The probability delta with which the constraint may fail, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Delta { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>The scale R of the noise, which is R-sub-Gaussian. Default: 1, the paper's; rewards in [0, 1] have at most 1/2, which suffices for them and explores much less.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double NoiseScale { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">There are no arms, or the baseline isn't one of them.</exception>
    public BanditState Start(int arms, RandomKey key)
    {
        Require.Positive(arms, nameof(arms));
        if (Baseline >= arms)
            throw new ArgumentOutOfRangeException(nameof(arms), arms, $"There are {arms} arms but the baseline is arm {Baseline}.");
        return new State(this, arms, key);
    }

    private sealed class State(ConservativeUcb policy, int arms, RandomKey key) : BanditState(policy, arms, key)
    {
        public override bool CanChangeArms => false;

        protected override int Select(long round)
        {
            int baseline = policy.Baseline, optimist = 0;
            double largest = double.NegativeInfinity, savings = 0, candidate = 0, standard = 0;
            for (int arm = 0; arm < Arms; arm++)
            {
                (double lower, double upper) = Bounds(arm);
                if (arm == baseline)
                    standard = upper;
                else
                    savings += Pulls[arm] * lower;
                if (upper > largest)
                    (largest, optimist, candidate) = (upper, arm, lower);
            }

            if (double.IsInfinity(standard))
                return baseline;
            savings += candidate + ((Pulls[baseline] - ((1 - policy.Alpha) * (Updates + 1))) * standard);
            return savings >= 0 ? optimist : baseline;
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Bounds(arm).Upper;
        }

        private (double Lower, double Upper) Bounds(int arm)
        {
            if (arm == policy.Baseline && policy.BaselineMean is { } known)
                return (known, known);
            double plays = Pulls[arm];
            if (plays == 0)
                return (0, double.PositiveInfinity);
            double width = policy.NoiseScale * Math.Sqrt(2 * Math.Log(Arms * plays * plays * plays / policy.Delta) / plays);
            return (Math.Max(0, Means[arm] - width), Means[arm] + width);
        }
    }
}
