namespace OptiCore.Bandits;

/// <summary>
/// The stochastically constrained adversary: one arm stays better than all others by the same gap, but the means of all jump between a low level, gap for the best arm and 0 for the others, and a high one, 1 and
/// 1 - gap, in phases that grow by a constant factor. Rewards are 1 with the probability of the mean, else 0.
/// </summary>
/// <remarks>
/// <para>J. Zimmert, Y. Seldin (2021), "Tsallis-INF: an optimal algorithm for stochastic and adversarial bandits", JMLR 22, section 7, with the factor 1.6. As the gap never changes, regret is logarithmic for policies
/// that are optimal in both worlds (<see cref="TsallisInf"/>); those that compare means of arms which were played at different times, as all index and posterior policies do, are misled by the level.</para>
/// <para>Phase n is the rounds from factor^n - 1 to before factor^(n+1) - 1; even phases are low.</para>
/// </remarks>
public sealed class ConstrainedAdversary : IBanditEnvironment
{
    private readonly double _gap, _logFactor;

    /// <summary>Creates the bandit.</summary>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="gap">The gap, in (0, 1].</param>
    /// <param name="best">The best arm. Default: 0.</param>
    /// <param name="factor">The factor by which phases grow, above 1. Default: 1.6, the paper's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ConstrainedAdversary(int arms, double gap, int best = 0, double factor = 1.6)
    {
        Arms = Require.Positive(arms, nameof(arms));
        BestArm = best >= 0 && best < arms ? best : throw new ArgumentOutOfRangeException(nameof(best), best, $"best is {best} but must be one of 0 to {arms - 1}.");
        _gap = Require.InOpenClosed(gap, 0, 1, nameof(gap));
        _logFactor = Math.Log(Require.InOpenClosed(factor, 1, double.MaxValue, nameof(factor)));
    }

    /// <inheritdoc/>
    public int Arms { get; }

    /// <summary>The best arm.</summary>
    public int BestArm { get; }

    /// <inheritdoc/>
    public double Mean(int arm, long round)
    {
        bool isHigh = ((long)(Math.Log(round + 1) / _logFactor) & 1) == 1;
        return isHigh ? (arm == BestArm ? 1 : 1 - _gap) : (arm == BestArm ? _gap : 0);
    }

    /// <inheritdoc/>
    public double Gap(int arm, long round) => arm == BestArm ? 0 : _gap;

    /// <inheritdoc/>
    public double Reward(in Pull pull) => pull.Key.Stream().NextDouble() < Mean(pull.Arm, pull.Round) ? 1 : 0;
}
