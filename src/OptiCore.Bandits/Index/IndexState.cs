namespace OptiCore.Bandits;

/// <summary>
/// The engine of index policies: every arm is played once, in order; from then on the arm with the largest index, the first of equal ones.
/// Choosing costs one evaluation of the index an arm, without virtual calls and without allocation.
/// </summary>
/// <typeparam name="TIndex">The index function.</typeparam>
/// <param name="policy">The configured policy.</param>
/// <param name="arms">The number K of arms.</param>
/// <param name="key">The randomness of the run; indices don't use it.</param>
/// <param name="index">The index function with its constants.</param>
public sealed class IndexState<TIndex>(IBanditPolicy policy, int arms, RandomKey key, TIndex index) : BanditState(policy, arms, key)
    where TIndex : struct, IIndex
{
    // The arm of the last reward. The search begins with it because it is most often the best again, so that indices which use the level
    // are seldom solved. It doesn't influence the choice, so it isn't saved.
    private int _last;

    /// <inheritdoc/>
    protected override int Select(long round)
    {
        int unplayed = Unplayed(round);
        if (unplayed >= 0)
            return unplayed;

        double logPlays = Math.Log(Updates), bestMean = BestMean();
        int best = _last;
        double level = Value(best, logPlays, bestMean, double.NegativeInfinity);
        for (int arm = 0; arm < Arms; arm++)
        {
            if (arm == _last)
                continue;
            double value = Value(arm, logPlays, bestMean, level);
            if (value > level || (value == level && arm < best))
            {
                level = value;
                best = arm;
            }
        }

        return best;
    }

    /// <inheritdoc/>
    protected override void Score(Span<double> scores)
    {
        double logPlays = Math.Log(Updates), bestMean = BestMean();
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : Value(arm, logPlays, bestMean, double.NegativeInfinity);
    }

    /// <inheritdoc/>
    protected override void Learn(int arm, double reward) => _last = arm;

    /// <inheritdoc/>
    protected override double Propensity(ReadOnlySpan<double> context, long round, int arm) => 1;

    /// <inheritdoc/>
    protected override void Forget() => _last = 0;

    /// <inheritdoc/>
    protected override void ArmsChanged() => _last = 0;

    private double BestMean()
    {
        double best = double.NaN;
        for (int arm = 0; TIndex.ReadsBestMean && arm < Arms; arm++)
        {
            if (Pulls[arm] > 0 && !(Means[arm] <= best))
                best = Means[arm];
        }

        return best;
    }

    private double Value(int arm, double logPlays, double bestMean, double level) => index.Value(
        new ArmStatistics { Count = Pulls[arm], Mean = Means[arm], SquaredDeviations = SquaredDeviations[arm] },
        new RoundContext { Plays = Updates, LogPlays = logPlays, Arms = Arms, BestMean = bestMean, Level = level });
}
