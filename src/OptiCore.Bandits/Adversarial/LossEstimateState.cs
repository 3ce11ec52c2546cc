using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// The engine of adversarial policies: estimated cumulative losses, the distribution that a rule makes of them, and a draw from it. The losses are kept relative to the smallest, on which no rule depends: they
/// neither grow without bound nor cancel, and a new arm starts level with the best.
/// </summary>
internal sealed class LossEstimateState<TRule> : BanditState where TRule : struct, ILossRule
{
    // Estimates beyond this differ from infinity in nothing but that their differences are numbers.
    private const double Largest = 1e300;

    private readonly TRule _rule;
    private readonly ArmArray<double> _losses, _probabilities;

    public LossEstimateState(IBanditPolicy policy, int arms, RandomKey key, TRule rule)
        : base(policy, arms, key)
    {
        _rule = rule;
        _losses = PerArm<double>();
        _probabilities = PerArm<double>(isSaved: false);
        Weigh(1);
    }

    // The estimates of one run are made with the probabilities of that run.
    public override bool CanMerge => false;

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        if (archive.IsLoading)
            Weigh(Updates + 1);
    }

    protected override int Select(long round)
    {
        double u = Key.Fold(round).Stream().NextDouble();
        ReadOnlySpan<double> probabilities = _probabilities.Span;
        int last = 0;
        for (int arm = 0; arm < probabilities.Length; arm++)
        {
            double p = probabilities[arm];
            if (p == 0)
                continue;
            last = arm;
            if (u < p)
                break;
            u -= p;
        }

        return last;
    }

    protected override void Distribute(long round, Span<double> probabilities) => _probabilities.Span.CopyTo(probabilities);

    /// <summary>Writes the estimated cumulative rewards relative to the best arm's.</summary>
    protected override void Score(Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = -_losses[arm];
    }

    protected override void Learn(int arm, double reward) => Learn(arm, reward, _probabilities[arm]);

    protected override void Learn(int arm, double reward, double propensity)
    {
        // An arm that would never have been chosen can still be reported without its propensity.
        _rule.Estimate(_losses.Span, _probabilities.Span, arm, reward, Math.Max(propensity, 1 / Largest), Updates + 1);
        Weigh(Updates + 2);
    }

    protected override void ArmsChanged() => Weigh(Updates + 1);

    protected override void Forget() => Weigh(1);

    private void Weigh(long round)
    {
        Span<double> losses = _losses.Span;
        double least = double.PositiveInfinity;
        foreach (double loss in losses)
            least = Math.Min(least, loss);
        foreach (ref double loss in losses)
            loss = Math.Min(loss - least, Largest);
        _rule.Weigh(losses, round, _probabilities.Span);
    }
}
