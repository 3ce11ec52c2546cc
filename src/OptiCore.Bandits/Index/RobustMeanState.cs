namespace OptiCore.Bandits;

/// <summary>
/// The choices of robust upper confidence bounds: every arm is played once, in order; from then on the arm with the largest robust mean + width, the first of equal ones. A derived state keeps
/// <see cref="Estimates"/> up to date.
/// </summary>
internal abstract class RobustMeanState : BanditState
{
    private readonly ArmArray<double> _estimates;

    protected RobustMeanState(IBanditPolicy policy, int arms, RandomKey key)
        : base(policy, arms, key) => _estimates = PerArm<double>();

    // What an arm holds depends on the order in which its rewards came.
    public override bool CanMerge => false;

    /// <summary>The robust mean of each arm.</summary>
    protected Span<double> Estimates => _estimates.Span;

    /// <summary>What a round's widths have in common.</summary>
    protected abstract double Scale();

    /// <summary>The exponent of 1/n in the width.</summary>
    protected abstract double Power { get; }

    protected override int Select(long round)
    {
        int unplayed = Unplayed(round);
        if (unplayed >= 0)
            return unplayed;

        double scale = Scale(), power = Power;
        var best = new ArgMax();
        for (int arm = 0; arm < Arms; arm++)
            best.Offer(arm, Index(arm, scale, power));
        return best.Place;
    }

    protected override void Score(Span<double> scores)
    {
        double scale = Scale(), power = Power;
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : Index(arm, scale, power);
    }

    private double Index(int arm, double scale, double power) => Estimates[arm] + (scale * (power == 0.5 ? 1 / Math.Sqrt(Pulls[arm]) : Math.Pow(Pulls[arm], -power)));
}
