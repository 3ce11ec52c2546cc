namespace OptiCore.Bandits;

/// <summary>
/// Decisions in two stages with values that are exactly linear: a person comes with x, uniform on [0, 1]; the first arm leads to a second state z of one Beta law with probability x and of another one otherwise; the
/// second arm sees z. Each arm pays at once, linear in what was seen.
/// </summary>
/// <remarks>
/// <para>The synthetic setting of Y. Hu, N. Kallus (2020), "DTR bandit: learning to make response-adaptive decisions with low regret", arXiv:2005.02791, whose numbers <see cref="HuKallus"/> has; payments of the first stage are
/// OptiCore's addition. The value of a first arm, its payment plus the expected largest payment of the second stage, is linear in x, as the law of z is a mixture with weights x and 1 - x: contexts are (1, x) and (1, z).</para>
/// <para>The means over Beta laws are exact, by incomplete Beta functions between the points where second arms change places; computed once.</para>
/// </remarks>
public sealed class TwoStageBandit
{
    private readonly double[] _laws, _firstRewards, _secondRewards, _ends;
    private readonly double _firstNoise, _secondNoise;

    /// <summary>Creates the bandit.</summary>
    /// <param name="laws">For each first arm four positive numbers: alpha and beta of the law of z that comes with probability x, then of the other one.</param>
    /// <param name="firstRewards">For each first arm the intercept and the slope in x of what it pays.</param>
    /// <param name="secondRewards">For each second arm the intercept and the slope in z of what it pays.</param>
    /// <param name="firstNoise">The standard deviation of first payments, at least 0.</param>
    /// <param name="secondNoise">The standard deviation of second payments, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, a shape isn't positive, or a deviation is negative or not finite.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or a payment isn't finite.</exception>
    public TwoStageBandit(ReadOnlySpan<double> laws, ReadOnlySpan<double> firstRewards, ReadOnlySpan<double> secondRewards, double firstNoise, double secondNoise)
    {
        FirstArms = Require.Positive(firstRewards.Length / 2, nameof(firstRewards));
        SecondArms = Require.Positive(secondRewards.Length / 2, nameof(secondRewards));
        Require.Length(firstRewards.Length, 2 * FirstArms, nameof(firstRewards));
        Require.Length(secondRewards.Length, 2 * SecondArms, nameof(secondRewards));
        Require.Length(laws.Length, 4 * FirstArms, nameof(laws));
        foreach (double shape in laws)
            Require.Positive(shape, nameof(laws));
        Require.AllFinite(firstRewards, nameof(firstRewards));
        Require.AllFinite(secondRewards, nameof(secondRewards));
        _firstNoise = Require.NonNegative(firstNoise, nameof(firstNoise));
        _secondNoise = Require.NonNegative(secondNoise, nameof(secondNoise));
        (_laws, _firstRewards, _secondRewards) = (laws.ToArray(), firstRewards.ToArray(), secondRewards.ToArray());
        _ends = new double[2 * FirstArms];
        for (int i = 0; i < _ends.Length; i++)
            _ends[i] = MeanOfLargest(_laws[2 * i], _laws[(2 * i) + 1]);
    }

    /// <summary>The instance of the paper's simulations: two arms at each stage, payment at the end with noise of deviation 1. The first arm is the better one from x = 5/14 on, then the first from z = 0 to 1/2.</summary>
    public static TwoStageBandit HuKallus { get; } = new([4, 1, 1, 2, 1, 4, 2, 1], [0, 0, 0, 0], [1, 1, 0, 3], 0, 1);

    /// <summary>The number of first arms.</summary>
    public int FirstArms { get; }

    /// <summary>The number of second arms.</summary>
    public int SecondArms { get; }

    /// <summary>Draws a person's context (1, x).</summary>
    /// <param name="key">The randomness of this person's x.</param>
    /// <param name="context">Receives 2 numbers.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public static void DrawFirst(RandomKey key, Span<double> context)
    {
        Require.Length(context.Length, 2, nameof(context));
        (context[0], context[1]) = (1, key.Stream().NextDouble());
    }

    /// <summary>Draws the context (1, z) that a first arm leads to.</summary>
    /// <param name="first">The context (1, x).</param>
    /// <param name="arm">The first arm, from 0.</param>
    /// <param name="key">The randomness of this person's z; the same key for another arm gives the draw that this arm would have led to.</param>
    /// <param name="context">Receives 2 numbers.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public void DrawSecond(ReadOnlySpan<double> first, int arm, RandomKey key, Span<double> context)
    {
        Require.Length(context.Length, 2, nameof(context));
        RandomStream stream = key.Stream();
        int law = (4 * arm) + (stream.NextDouble() < first[1] ? 0 : 2);
        (context[0], context[1]) = (1, stream.NextBeta(_laws[law], _laws[law + 1]));
    }

    /// <summary>Draws what a first arm pays.</summary>
    /// <param name="first">The context (1, x).</param>
    /// <param name="arm">The first arm, from 0.</param>
    /// <param name="key">The randomness of this person's first payment.</param>
    public double FirstReward(ReadOnlySpan<double> first, int arm, RandomKey key)
    {
        RandomStream stream = key.Stream();
        return FirstMean(first, arm) + (_firstNoise * stream.NextNormal());
    }

    /// <summary>Draws what a second arm pays.</summary>
    /// <param name="second">The context (1, z).</param>
    /// <param name="arm">The second arm, from 0.</param>
    /// <param name="key">The randomness of this person's second payment.</param>
    public double SecondReward(ReadOnlySpan<double> second, int arm, RandomKey key)
    {
        RandomStream stream = key.Stream();
        return SecondValue(second, arm) + (_secondNoise * stream.NextNormal());
    }

    /// <summary>The value Q1 of a first arm: its expected payment plus that of the best second arm.</summary>
    /// <param name="first">The context (1, x).</param>
    /// <param name="arm">The first arm, from 0.</param>
    public double FirstValue(ReadOnlySpan<double> first, int arm) => FirstMean(first, arm) + (first[1] * _ends[2 * arm]) + ((1 - first[1]) * _ends[(2 * arm) + 1]);

    /// <summary>The value Q2 of a second arm: its expected payment.</summary>
    /// <param name="second">The context (1, z).</param>
    /// <param name="arm">The second arm, from 0.</param>
    public double SecondValue(ReadOnlySpan<double> second, int arm) => _secondRewards[2 * arm] + (_secondRewards[(2 * arm) + 1] * second[1]);

    /// <summary>What a person's two arms add to the regret: the largest Q1 minus that of the first arm, plus the largest Q2 minus that of the second.</summary>
    /// <param name="first">The context (1, x).</param>
    /// <param name="firstArm">The first arm, from 0.</param>
    /// <param name="second">The context (1, z).</param>
    /// <param name="secondArm">The second arm, from 0.</param>
    public double Gap(ReadOnlySpan<double> first, int firstArm, ReadOnlySpan<double> second, int secondArm)
    {
        double best = double.NegativeInfinity, then = double.NegativeInfinity;
        for (int arm = 0; arm < FirstArms; arm++)
            best = Math.Max(best, FirstValue(first, arm));
        for (int arm = 0; arm < SecondArms; arm++)
            then = Math.Max(then, SecondValue(second, arm));
        return best - FirstValue(first, firstArm) + then - SecondValue(second, secondArm);
    }

    private double FirstMean(ReadOnlySpan<double> first, int arm) => _firstRewards[2 * arm] + (_firstRewards[(2 * arm) + 1] * first[1]);

    /// <summary>The mean over a Beta law of the upper envelope of the second payments.</summary>
    private double MeanOfLargest(double alpha, double beta)
    {
        var breaks = new List<double> { 0, 1 };
        for (int a = 0; a < SecondArms; a++)
        {
            for (int b = 0; b < a; b++)
            {
                double crossing = (_secondRewards[2 * b] - _secondRewards[2 * a]) / (_secondRewards[(2 * a) + 1] - _secondRewards[(2 * b) + 1]);
                if (crossing is > 0 and < 1)
                    breaks.Add(crossing);
            }
        }

        breaks.Sort();
        double sum = 0, mean = alpha / (alpha + beta);
        for (int i = 1; i < breaks.Count; i++)
        {
            double middle = 0.5 * (breaks[i - 1] + breaks[i]);
            int best = 0;
            for (int arm = 1; arm < SecondArms; arm++)
                best = SecondValue([1, middle], arm) > SecondValue([1, middle], best) ? arm : best;
            double share = SpecialFunctions.BetaInc(alpha, beta, breaks[i]) - SpecialFunctions.BetaInc(alpha, beta, breaks[i - 1]);
            double part = mean * (SpecialFunctions.BetaInc(alpha + 1, beta, breaks[i]) - SpecialFunctions.BetaInc(alpha + 1, beta, breaks[i - 1]));
            sum += (_secondRewards[2 * best] * share) + (_secondRewards[(2 * best) + 1] * part);
        }

        return sum;
    }
}
