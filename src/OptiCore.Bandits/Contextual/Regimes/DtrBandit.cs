namespace OptiCore.Bandits;

/// <summary>
/// DTR bandit: learns a dynamic treatment regime, two decisions for each person, the second of which sees how the first one worked. Values of both stages are linear; those of the first stage are fitted to the first payment plus the largest
/// estimated value of the second stage. Pairs of arms are forced at doubling intervals; arms within half a gap of the best by forced samples alone are compared by all samples.
/// </summary>
/// <remarks>
/// <para>Y. Hu, N. Kallus (2020), "DTR bandit: learning to make response-adaptive decisions with low regret", arXiv:2005.02791. Person t (from 0) gets the pair p of the K = K1 K2 pairs if t = (2^n - 1) K q + p q + j with n >= 0, 0 &lt;= j &lt; q. Else, at both stages, the
/// arms whose forced-sample value is at least the largest minus Delta / 2 remain, and that with the largest all-sample value is taken, the first of equal ones. With linear values and a margin condition regret is of order log t, which is the best possible; neither
/// greedy play, which may never correct a bad start, nor a bandit that ignores the second decision has that.</para>
/// <para>Least squares with a tiny ridge, for samples that don't span all directions. A constant is a feature of 1. What the second arm should know of the first stage, such as the arm taken, are features of the second stage. Payments between the stages are
/// OptiCore's addition; with first payments of 0 it is the paper's.</para>
/// <para>A choice costs O(K1 d1) or O(K2 d2). An update costs O(d^2) and, as the estimates of the second stage have moved, O(n (K2 d2 + d1)) over all n persons so far when the first stage is fitted anew (<see cref="RefitGrowth"/>). Nothing is random.</para>
/// </remarks>
[Algorithm("DTR bandit", "Contextual, two stages", "Y. Hu, N. Kallus (2020), DTR bandit: learning to make response-adaptive decisions with low regret")]
public sealed record DtrBandit
{
    /// <summary>The number K1 of first arms. Default: 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int FirstArms { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The number K2 of second arms. Default: 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int SecondArms { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The number q of forced samples of each pair of arms in each block. Default: 5, the middle one of the paper's simulations.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int ForcedSamples { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The gap Delta, positive: forced samples alone decide between arms whose estimates differ by more than half of it. Default: 0.5, from the range of the paper's simulations, 0.1 to 5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Gap { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The regularization lambda, positive. Default: 1e-6, least squares but for directions without samples.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>By which share the sample grows before the first stage is fitted anew to all of it; new persons enter meanwhile with the estimates of their time. 0.1 makes the cost of a long run linear. Default: 0, after every person, as in the paper.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double RefitGrowth { get; init => field = Require.NonNegative(value); }

    /// <summary>Begins to learn.</summary>
    /// <param name="firstFeatures">The number d1 of features of the first stage.</param>
    /// <param name="secondFeatures">The number d2 of features of the second stage.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    public DtrBanditState Start(int firstFeatures, int secondFeatures) => new(this, firstFeatures, secondFeatures);
}
