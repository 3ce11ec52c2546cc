using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Conservative exploration with features: the constraint in every round, learning, and the paper's condition.</summary>
public class ConservativeLinearTests
{
    private const double Baseline = 0.3, Alpha = 0.1;

    private static readonly RandomKey Key = RandomKey.FromSeed(122);

    private static readonly double[] Parameter = [0.6, -0.4, 0.2, 0.3];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ExpectedRewardsNeverFallBelowTheShareOfTheBaseline(bool isKnown)
    {
        // 40 runs of 1,500 rounds; the constraint may fail in each with probability 0.05. OFUL breaks it at the beginning of most.
        int broken = 0, brokenByOful = 0;
        double early = 0, late = 0, ignored = 0;
        var oful = new Oful { NoiseScale = 0.1 };
        var clucb = new ConservativeLinUcb { BaselineReward = isKnown ? Baseline : null, Alpha = Alpha, NoiseScale = 0.1 };
        for (int run = 0; run < 40; run++)
        {
            broken += Breaks(clucb.Start(5, 4, Key), run, ref early, ref late) ? 1 : 0;
            brokenByOful += Breaks(((IContextualPolicy)oful).Start(5, 4, Key), run, ref ignored, ref ignored) ? 1 : 0;
        }

        // More than 7 of 40 with probability 0.05 each: 0.1 %.
        Assert.InRange(broken, 0, 7);
        Assert.InRange(brokenByOful, 20, 40);

        // Mostly the baseline at first, nearly the best arm at last: the best of 4 random directions and the baseline. Where the baseline's plays teach, exploration begins earlier.
        Assert.True(late > (isKnown ? 1.3 : 1.15) * early, $"mean reward {early:f3} in the first 150 rounds, {late:f3} in the last");

        static bool Breaks(ContextualState state, int run, ref double early, ref double late)
        {
            RandomStream features = Key.Fold("features").Fold(run).Stream(), noise = Key.Fold("noise").Fold(run).Stream();
            double[] context = new double[20];
            double expected = 0;
            bool isBroken = false;
            for (int t = 1; t <= 1500; t++)
            {
                Fill(context, ref features);
                int arm = state.Choose(context);
                double mean = Dot(context.AsSpan(arm * 4, 4), Parameter);
                expected += mean;
                isBroken |= expected < (1 - Alpha) * Baseline * t;
                early += t <= 150 ? mean / 6000 : 0;
                late += t > 1350 ? mean / 6000 : 0;
                state.Update(context, arm, mean + (0.1 * noise.NextNormal()));
            }

            return isBroken;
        }
    }

    [Fact]
    public void ChoicesFollowAlgorithmOne()
    {
        // Two features and plain algebra of 2 x 2 matrices.
        const double scale = 0.2, delta = 0.1, lambda = 2, bound = 0.8, reward = 0.25, alpha = 0.3;
        var policy = new ConservativeLinUcb { BaselineReward = reward, Baseline = 1, Alpha = alpha, NoiseScale = scale, Delta = delta, Regularization = lambda, ParameterBound = bound };
        LinearState state = policy.Start(3, 2, Key);
        double a = lambda, b = 0, c = lambda, m0 = 0, m1 = 0, z0 = 0, z1 = 0;
        int baselines = 0, forced = 0, others = 0;
        RandomStream stream = Key.Stream();
        double[] x = new double[6];
        for (int t = 1; t <= 400; t++)
        {
            foreach (ref double value in x.AsSpan())
                value = stream.NextNormal() * 0.6;
            double determinant = (a * c) - (b * b), theta0 = ((c * m0) - (b * m1)) / determinant, theta1 = ((a * m1) - (b * m0)) / determinant;
            double radius = (scale * Math.Sqrt(2 * Math.Log(Math.Sqrt(determinant / (lambda * lambda)) / delta))) + (Math.Sqrt(lambda) * bound);
            double first = Upper(x[0], x[1], 1), third = Upper(x[4], x[5], 1);
            int optimist = first > reward && first >= third ? 0 : third > reward ? 2 : 1;
            double worst = Upper(z0 + x[2 * optimist], z1 + x[(2 * optimist) + 1], -1);
            int expected = optimist == 1 || worst + (baselines * reward) >= (1 - alpha) * t * reward ? optimist : 1;
            Assert.Equal(expected, state.Choose(x));
            double paid = (0.5 * x[2 * expected]) + (0.3 * x[(2 * expected) + 1]) + (0.1 * stream.NextNormal());
            state.Update(x, expected, paid);
            if (expected == 1)
            {
                baselines++;
                forced += optimist != 1 ? 1 : 0;
                continue;
            }

            others++;
            double u = x[2 * expected], v = x[(2 * expected) + 1];
            (a, b, c, m0, m1, z0, z1) = (a + (u * u), b + (u * v), c + (v * v), m0 + (paid * u), m1 + (paid * v), z0 + u, z1 + v);

            double Upper(double p, double q, int sign) =>
                (p * theta0) + (q * theta1) + (sign * radius * Math.Sqrt(((p * p * c) - (2 * p * q * b) + (q * q * a)) / determinant));
        }

        Assert.True(forced > 20 && others > 20, $"{forced} forced plays of the baseline, {others} others");
    }

    [Fact]
    public void WithAnUnknownBaselineChoicesFollowTheirCondition()
    {
        // Two features and plain algebra of 2 x 2 matrices; the baseline's features change from round to round.
        const double scale = 0.2, delta = 0.1, lambda = 2, bound = 0.8, alpha = 0.05;
        var policy = new ConservativeLinUcb { Baseline = 1, Alpha = alpha, NoiseScale = scale, Delta = delta, Regularization = lambda, ParameterBound = bound };
        LinearState state = policy.Start(3, 2, Key);
        double a = lambda, b = 0, c = lambda, m0 = 0, m1 = 0, g0 = 0, g1 = 0;
        int forced = 0, others = 0;
        RandomStream stream = Key.Fold("unknown").Stream();
        double[] x = new double[6], upper = new double[3], scores = new double[3];
        for (int t = 1; t <= 600; t++)
        {
            foreach (ref double value in x.AsSpan())
                value = stream.NextNormal() * 0.6;
            (x[2], x[3]) = (0.8 + (0.2 * x[2]), 0.5 + (0.2 * x[3]));
            double determinant = (a * c) - (b * b), theta0 = ((c * m0) - (b * m1)) / determinant, theta1 = ((a * m1) - (b * m0)) / determinant;
            double radius = (scale * Math.Sqrt(2 * Math.Log(Math.Sqrt(determinant / (lambda * lambda)) / delta))) + (Math.Sqrt(lambda) * bound);
            for (int arm = 0; arm < 3; arm++)
                upper[arm] = Bound(x[2 * arm], x[(2 * arm) + 1], 1);
            state.Scores(x, scores);
            for (int arm = 0; arm < 3; arm++)
                Promises.Close(upper[arm], scores[arm], 1e-9, 1e-9, $"arm {arm} in round {t}");
            int optimist = upper[0] > upper[1] && upper[0] >= upper[2] ? 0 : upper[2] > upper[1] ? 2 : 1;
            double worst = Bound(g0 + x[2 * optimist] - ((1 - alpha) * x[2]), g1 + x[(2 * optimist) + 1] - ((1 - alpha) * x[3]), -1);
            int expected = worst >= 0 ? optimist : 1;
            Assert.Equal(expected, state.Choose(x));
            double u = x[2 * expected], v = x[(2 * expected) + 1], paid = (0.5 * u) + (0.3 * v) + (0.1 * stream.NextNormal());
            state.Update(x, expected, paid);
            forced += expected != optimist ? 1 : 0;
            others += expected != 1 ? 1 : 0;
            (a, b, c, m0, m1) = (a + (u * u), b + (u * v), c + (v * v), m0 + (paid * u), m1 + (paid * v));
            (g0, g1) = (g0 + u - ((1 - alpha) * x[2]), g1 + v - ((1 - alpha) * x[3]));

            double Bound(double p, double q, int sign) =>
                (p * theta0) + (q * theta1) + (sign * radius * Math.Sqrt(((p * p * c) - (2 * p * q * b) + (q * q * a)) / determinant));
        }

        Assert.True(forced > 20 && others > 20, $"{forced} forced plays of the baseline, {others} others");
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        Names(nameof(ConservativeLinUcb.BaselineReward), () => new ConservativeLinUcb { BaselineReward = 0 });
        Names(nameof(ConservativeLinUcb.Baseline), () => new ConservativeLinUcb { BaselineReward = 1, Baseline = -1 });
        Names(nameof(ConservativeLinUcb.Alpha), () => new ConservativeLinUcb { BaselineReward = 1, Alpha = 1 });
        Names(nameof(ConservativeLinUcb.Delta), () => new ConservativeLinUcb { BaselineReward = 1, Delta = 0 });
        Names(nameof(ConservativeLinUcb.NoiseScale), () => new ConservativeLinUcb { BaselineReward = 1, NoiseScale = double.NaN });
        Names(nameof(ConservativeLinUcb.ParameterBound), () => new ConservativeLinUcb { BaselineReward = 1, ParameterBound = 0 });
        Names(nameof(ConservativeLinUcb.Regularization), () => new ConservativeLinUcb { BaselineReward = 1, Regularization = 0 });
        Names("baseline is arm 3", () => new ConservativeLinUcb { BaselineReward = 1, Baseline = 3 }.Start(3, 2, Key));

        static void Names(string member, Func<object> make) =>
            Assert.Contains(member, Assert.Throws<ArgumentOutOfRangeException>(make).Message, StringComparison.Ordinal);
    }

    /// <summary>Arm 0 is the baseline, 0.5 along the first axis, whose reward is 0.3; the others are random directions.</summary>
    private static void Fill(double[] context, ref RandomStream stream)
    {
        (context[0], context[1], context[2], context[3]) = (0.5, 0, 0, 0);
        for (int arm = 1; arm < 5; arm++)
        {
            Span<double> x = context.AsSpan(arm * 4, 4);
            foreach (ref double value in x)
                value = stream.NextNormal();
            double norm = Math.Sqrt(Dot(x, x));
            foreach (ref double value in x)
                value /= norm;
        }
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }
}
