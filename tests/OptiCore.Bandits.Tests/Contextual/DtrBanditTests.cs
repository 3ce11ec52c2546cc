using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Two decisions for each person.</summary>
public class DtrBanditTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(73);

    [Fact]
    public void ThePapersInstanceHasItsOptimalRules()
    {
        // The replication code of the paper: the first arm where x > 5/14, then the first where z < 1/2.
        TwoStageBandit bandit = TwoStageBandit.HuKallus;
        foreach (double x in (double[])[0, 0.2, 0.357, 0.358, 0.6, 1])
            Assert.Equal(x > 5.0 / 14, bandit.FirstValue([1, x], 0) > bandit.FirstValue([1, x], 1));
        Promises.Close(bandit.FirstValue([1, 5.0 / 14], 0), bandit.FirstValue([1, 5.0 / 14], 1), 1e-12, 0, "values at 5/14");
        foreach (double z in (double[])[0, 0.499, 0.501, 1])
            Assert.Equal(z < 0.5, bandit.SecondValue([1, z], 0) > bandit.SecondValue([1, z], 1));
    }

    [Fact]
    public void ValuesAreMeansOverTheSecondStage()
    {
        // Three second arms; the mean of 40,000 draws within 4.5 standard errors (probability 7e-6 each).
        var bandit = new TwoStageBandit([4, 1, 1, 2, 0.5, 0.7, 2, 1], [0.1, -0.3, 0.2, 0.4], [1, 1, 0, 3, 1.45, 0], 0.3, 0.2);
        double[] first = [1, 0.7], second = new double[2];
        for (int arm = 0; arm < 2; arm++)
        {
            double sum = 0, squares = 0;
            for (int i = 0; i < 40_000; i++)
            {
                bandit.DrawSecond(first, arm, Key.Fold(arm).Fold(i), second);
                double best = Enumerable.Range(0, 3).Max(b => bandit.SecondValue(second, b)) + bandit.FirstReward(first, arm, Key.Fold("first").Fold(i));
                (sum, squares) = (sum + best, squares + (best * best));
            }

            double mean = sum / 40_000, error = Math.Sqrt(((squares / 40_000) - (mean * mean)) / 40_000);
            Promises.Close(mean, bandit.FirstValue(first, arm), 0, 4.5 * error, $"value of arm {arm}");
        }

        bandit.DrawSecond(first, 0, Key, second);
        Assert.Equal(0, bandit.Gap(first, Best(2, a => bandit.FirstValue(first, a)), second, Best(3, a => bandit.SecondValue(second, a))));
    }

    [Fact]
    public void PairsAreForcedAtDoublingIntervals()
    {
        // K q = 12: blocks begin at 0, 12, 36, 84, 180.
        DtrBanditState state = new DtrBandit { ForcedSamples = 3 }.Start(2, 2);
        int[] starts = [0, 12, 36, 84, 180];
        for (int t = 0; t < 200; t++)
        {
            int block = starts.LastOrDefault(s => s <= t), place = t - block;
            (int, int)? expected = place < 12 ? (place / 6, place / 3 % 2) : null;
            Assert.Equal(expected, state.Forced);
            double[] first = [1, 0.01 * (t % 90)], second = [1, 0.02 * (t % 47)];
            int a = state.ChooseFirst(first), b = state.ChooseSecond(second);
            if (expected is { } pair)
                Assert.Equal(pair, (a, b));
            state.Update(first, a, 0, second, b, a + (b * second[1]));
        }
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void EstimatesAreLeastSquaresBackwardOverTheStages(int firstArms, int secondArms)
    {
        DtrBanditState state = new DtrBandit { FirstArms = firstArms, SecondArms = secondArms, Gap = 0.3 }.Start(2, 3);
        RandomStream stream = Key.Fold("regression").Stream();
        var rows = new List<(bool IsForced, double[] First, int A, double R1, double[] Second, int B, double R2)>();
        for (int t = 0; t < 150; t++)
        {
            double[] first = [1, stream.NextDouble()];
            bool isForced = state.Forced is not null;
            int a = state.ChooseFirst(first);
            double[] second = [1, stream.NextDouble() + (0.3 * a), stream.NextDouble()];
            int b = state.ChooseSecond(second);

            // The rule, with the coefficients that the state shows.
            if (!isForced)
            {
                Assert.Equal(Rule(firstArms, 0.3, arm => Dot(state.FirstCoefficients(arm, true), first), arm => Dot(state.FirstCoefficients(arm), first)), a);
                Assert.Equal(Rule(secondArms, 0.3, arm => Dot(state.SecondCoefficients(arm, true), second), arm => Dot(state.SecondCoefficients(arm), second)), b);
            }

            double r1 = (0.2 * a * first[1]) + (0.1 * stream.NextNormal()), r2 = (second[1] * (b + 1)) - second[2] + (0.1 * stream.NextNormal());
            state.Update(first, a, r1, second, b, r2);
            rows.Add((isForced, first, a, r1, second, b, r2));
        }

        foreach (bool fromForced in (bool[])[false, true])
        {
            var sample = rows.Where(r => r.IsForced || !fromForced).ToList();
            double[][] later = [.. Enumerable.Range(0, secondArms).Select(b => LeastSquares([.. sample.Where(r => r.B == b).Select(r => (r.Second, r.R2))]))];
            for (int b = 0; b < secondArms; b++)
                Compare(later[b], state.SecondCoefficients(b, fromForced));
            for (int a = 0; a < firstArms; a++)
                Compare(LeastSquares([.. sample.Where(r => r.A == a).Select(r => (r.First, r.R1 + later.Max(beta => Dot(beta, r.Second))))]), state.FirstCoefficients(a, fromForced));
        }

        // The ridge of 1e-6 moves coefficients by as much.
        static void Compare(double[] expected, ReadOnlySpan<double> actual)
        {
            for (int i = 0; i < expected.Length; i++)
                Promises.Close(expected[i], actual[i], 1e-5, 1e-5, $"coefficient {i}");
        }
    }

    [Fact]
    public void RegretIsLogarithmicAndThatOfOthersIsNot()
    {
        // Means of 24 runs after 1,000, 2,000, 4,000 and 8,000 persons. A doubling adds a constant to log t, twice as much as the one before to t, 1.41 times to sqrt(t).
        const int Runs = 24;
        int[] times = [1000, 2000, 4000, 8000];
        double[] own = new double[4], greedy = new double[4], epsilon = new double[4], pairs = new double[4];
        for (int run = 0; run < Runs; run++)
        {
            DtrBanditState state = new DtrBandit { RefitGrowth = 0.1 }.Start(2, 2);
            Add(own, Play(run, state.ChooseFirst, state.ChooseSecond, state.Update, times));
            var plain = new Greedy(_ => 0);
            Add(greedy, Play(run, plain.ChooseFirst, plain.ChooseSecond, plain.Update, times));
            var exploring = new Greedy(t => 1 / Math.Sqrt(t + 1));
            Add(epsilon, Play(run, exploring.ChooseFirst, exploring.ChooseSecond, exploring.Update, times));

            // A bandit of one stage that chooses both arms at once, for what it sees of the person at first.
            ContextualState single = new LinUcb().Start(4, 2, Key.Fold(run));
            int pair = 0;
            Add(pairs, Play(run, x => (pair = single.Choose(x)) / 2, _ => pair % 2, (x, _, r1, _, _, r2) => single.Update(x, pair, r1 + r2), times));
        }

        foreach ((string name, double[] regret) in new[] { ("DTR bandit", own), ("greedy", greedy), ("epsilon-greedy", epsilon), ("pairs", pairs) })
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {string.Join(", ", regret.Select(r => r.ToString("f1", null)))}; last doublings {regret[2] - regret[1]:f1}, {regret[3] - regret[2]:f1}");
        Assert.True(own[3] - own[2] < 1.4 * (own[2] - own[1]), "DTR bandit");
        Assert.True(greedy[3] - greedy[2] > 1.7 * (greedy[2] - greedy[1]) && greedy[3] > own[3], "greedy");
        Assert.True(epsilon[3] - epsilon[2] > 1.2 * (epsilon[2] - epsilon[1]) && epsilon[3] - epsilon[2] > own[3] - own[2], "epsilon-greedy");
        Assert.True(pairs[3] - pairs[2] > 1.8 * (pairs[2] - pairs[1]) && pairs[3] > 3 * own[3], "pairs");

        static void Add(double[] sum, double[] regret)
        {
            for (int i = 0; i < sum.Length; i++)
                sum[i] += regret[i] / Runs;
        }
    }

    [Fact]
    public void AMyopicBanditLosesTheSameEveryRound()
    {
        // The second first arm pays 0.3 at once, and leads to states that are worth less by more.
        var bandit = new TwoStageBandit([4, 1, 4, 1, 1, 4, 1, 4], [0, 0, 0.3, 0], [1, 1, 0, 3], 0.3, 0.3);
        Assert.True(bandit.FirstValue([1, 0.5], 0) > bandit.FirstValue([1, 0.5], 1) + 0.5);
        int[] times = [1000, 2000, 4000];
        DtrBanditState state = new DtrBandit { RefitGrowth = 0.1 }.Start(2, 2);
        double[] own = Play(0, state.ChooseFirst, state.ChooseSecond, state.Update, times, bandit);
        ContextualState first = new LinUcb().Start(2, 2, Key), second = new LinUcb().Start(2, 2, Key);
        double[] myopic = Play(
            0, x => first.Choose(x), z => second.Choose(z),
            (x, a, r1, z, b, r2) =>
            {
                first.Update(x, a, r1);
                second.Update(z, b, r2);
            },
            times, bandit);
        TestContext.Current.TestOutputHelper?.WriteLine($"own {string.Join(", ", own)}, myopic {string.Join(", ", myopic)}");
        Assert.InRange((myopic[2] - myopic[1]) / (myopic[1] - myopic[0]), 1.9, 2.1);
        Assert.True(own[2] < 0.1 * myopic[2]);
    }

    [Fact]
    public void FittingLessOftenHardlyChangesTheEstimates()
    {
        DtrBanditState always = new DtrBandit().Start(2, 2), seldom = new DtrBandit { RefitGrowth = 0.1 }.Start(2, 2);
        for (int t = 0; t < 1000; t++)
        {
            double[] first = new double[2], second = new double[2];
            TwoStageBandit.DrawFirst(Key.Fold(t), first);
            int a = always.ChooseFirst(first);
            TwoStageBandit.HuKallus.DrawSecond(first, a, Key.Fold("second").Fold(t), second);
            int b = always.ChooseSecond(second);
            double reward = TwoStageBandit.HuKallus.SecondReward(second, b, Key.Fold("reward").Fold(t));
            always.Update(first, a, 0, second, b, reward);
            seldom.Update(first, a, 0, second, b, reward);
        }

        for (int arm = 0; arm < 2; arm++)
        {
            Assert.Equal(always.SecondCoefficients(arm).ToArray(), seldom.SecondCoefficients(arm).ToArray());
            Assert.Equal(always.FirstCoefficients(arm, true).ToArray(), seldom.FirstCoefficients(arm, true).ToArray());
            for (int i = 0; i < 2; i++)
                Promises.Close(always.FirstCoefficients(arm)[i], seldom.FirstCoefficients(arm)[i], 0, 0.05, $"arm {arm}, coefficient {i}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void SavedAndContinuedEqualsUninterruptedAndRestartedEqualsNew(double growth)
    {
        var policy = new DtrBandit { ForcedSamples = 2, RefitGrowth = growth };
        DtrBanditState whole = policy.Start(2, 2), continued = policy.Start(2, 2);
        Feed(whole, 0, 130);
        Feed(continued, 40, 70);
        using var stream = new MemoryStream();
        whole.Save(stream);
        stream.Position = 0;
        continued.Load(stream);
        Feed(whole, 130, 300);
        Feed(continued, 130, 300);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(continued));

        stream.Position = 0;
        Assert.Throws<CheckpointException>(() => (policy with { Gap = 1 }).Start(2, 2).Load(stream));
        whole.Restart();
        DtrBanditState fresh = policy.Start(2, 2);
        Assert.Equal(0, whole.Updates);
        Feed(whole, 0, 100);
        Feed(fresh, 0, 100);
        for (int arm = 0; arm < 2; arm++)
        {
            Assert.Equal(fresh.FirstCoefficients(arm).ToArray(), whole.FirstCoefficients(arm).ToArray());
            Assert.Equal(fresh.FirstCoefficients(arm, true).ToArray(), whole.FirstCoefficients(arm, true).ToArray());
        }
    }

    [Fact]
    public void ChoosingChangesNothingAndAPersonAllocatesNothing()
    {
        DtrBanditState state = new DtrBandit { RefitGrowth = 0.5 }.Start(2, 2);
        Feed(state, 0, 100);
        byte[] before = StateArchive.Save(state);
        double[] first = [1, 0.3], second = [1, 0.6];
        int a = state.ChooseFirst(first), b = state.ChooseSecond(second);
        Assert.Equal((a, b), (state.ChooseFirst(first), state.ChooseSecond(second)));
        Assert.Equal(before, StateArchive.Save(state));
        Promises.AllocatesNothing(
            () =>
            {
                int firstArm = state.ChooseFirst(first), secondArm = state.ChooseSecond(second);
                state.Update(first, firstArm, 0, second, secondArm, 1);
            },
            "a person");
    }

    [Fact]
    public void BadInputThrowsAndChangesNothing()
    {
        DtrBanditState state = new DtrBandit().Start(2, 3);
        double[] first = [1, 0.3], second = [1, 0.6, 0.1];
        state.Update(first, 0, 0, second, 1, 1);
        byte[] before = StateArchive.Save(state);
        foreach (Action use in (Action[])
        [
            () => state.ChooseFirst(second), () => state.ChooseSecond(first), () => state.ChooseFirst([1, double.NaN]), () => state.ChooseSecond([1, 1e200, 0]),
            () => state.Update(second, 0, 0, second, 0, 1), () => state.Update(first, 0, 0, [1, double.PositiveInfinity, 0], 0, 1),
        ])
            Assert.ThrowsAny<ArgumentException>(use);
        Throws(() => state.Update(first, 2, 0, second, 0, 1), "firstArm");
        Throws(() => state.Update(first, 0, 0, second, -1, 1), "secondArm");
        Throws(() => state.Update(first, 0, double.NaN, second, 0, 1), "firstReward");
        Throws(() => state.Update(first, 0, 0, second, 0, double.PositiveInfinity), "secondReward");
        Assert.Equal(before, StateArchive.Save(state));

        Throws(() => _ = new DtrBandit { FirstArms = 0 }, nameof(DtrBandit.FirstArms));
        Throws(() => _ = new DtrBandit { SecondArms = 0 }, nameof(DtrBandit.SecondArms));
        Throws(() => _ = new DtrBandit { ForcedSamples = 0 }, nameof(DtrBandit.ForcedSamples));
        Throws(() => _ = new DtrBandit { Gap = 0 }, nameof(DtrBandit.Gap));
        Throws(() => _ = new DtrBandit { Regularization = 0 }, nameof(DtrBandit.Regularization));
        Throws(() => _ = new DtrBandit { RefitGrowth = -1 }, nameof(DtrBandit.RefitGrowth));
        Throws(() => new DtrBandit().Start(0, 1), "firstFeatures");
        Throws(() => new DtrBandit().Start(1, 0), "secondFeatures");
        Throws(() => _ = new TwoStageBandit([1, 1, 1, 0], [0, 0], [0, 0], 0, 0), "laws");
        Throws(() => _ = new TwoStageBandit([1, 1, 1, 1], [0, 0], [0, 0], -1, 0), "firstNoise");
        Throws(() => _ = new TwoStageBandit([1, 1, 1, 1], [0, 0], [0, 0], 0, -1), "secondNoise");
        Throws(() => _ = new TwoStageBandit([], [], [0, 0], 0, 0), "firstRewards");
        Assert.Throws<ArgumentException>(() => new TwoStageBandit([1, 1, 1], [0, 0], [0, 0], 0, 0));

        static void Throws(Action use, string name) => Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(use).ParamName);
    }

    private delegate int Chooser(ReadOnlySpan<double> context);

    private delegate void Learner(ReadOnlySpan<double> first, int firstArm, double firstReward, ReadOnlySpan<double> second, int secondArm, double secondReward);

    private static double[] Play(int run, Chooser chooseFirst, Chooser chooseSecond, Learner learn, int[] times, TwoStageBandit? bandit = null)
    {
        bandit ??= TwoStageBandit.HuKallus;
        RandomKey key = Key.Fold("runs").Fold(run);
        double[] regrets = new double[times.Length], first = new double[2], second = new double[2];
        double regret = 0;
        for (int t = 0, at = 0; at < times.Length; t++)
        {
            RandomKey person = key.Fold(t);
            TwoStageBandit.DrawFirst(person.Fold(0), first);
            int a = chooseFirst(first);
            bandit.DrawSecond(first, a, person.Fold(1), second);
            int b = chooseSecond(second);
            regret += bandit.Gap(first, a, second, b);
            learn(first, a, bandit.FirstReward(first, a, person.Fold(2)), second, b, bandit.SecondReward(second, b, person.Fold(3)));
            if (t + 1 == times[at])
                regrets[at++] = regret;
        }

        return regrets;
    }

    private static void Feed(DtrBanditState state, int from, int to)
    {
        for (int t = from; t < to; t++)
        {
            RandomStream stream = Key.Fold("feed").Fold(t).Stream();
            double[] first = [1, stream.NextDouble()], second = [1, stream.NextDouble()];
            int a = state.ChooseFirst(first), b = state.ChooseSecond(second);
            state.Update(first, a, 0.1 * a, second, b, (second[1] * b) + (0.1 * stream.NextNormal()));
        }
    }

    private static int Best(int arms, Func<int, double> value) => Enumerable.Range(0, arms).MaxBy(value);

    private static int Rule(int arms, double gap, Func<int, double> forced, Func<int, double> all)
    {
        double largest = Enumerable.Range(0, arms).Max(forced);
        return Enumerable.Range(0, arms).Where(arm => forced(arm) >= largest - (0.5 * gap)).MaxBy(all);
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>Normal equations by elimination.</summary>
    private static double[] LeastSquares((double[] X, double Y)[] rows)
    {
        int d = rows[0].X.Length;
        double[,] system = new double[d, d + 1];
        foreach ((double[] x, double y) in rows)
        {
            for (int i = 0; i < d; i++)
            {
                system[i, d] += x[i] * y;
                for (int j = 0; j < d; j++)
                    system[i, j] += x[i] * x[j];
            }
        }

        for (int k = 0; k < d; k++)
        {
            for (int i = 0; i < d; i++)
            {
                double factor = i == k ? 0 : system[i, k] / system[k, k];
                for (int j = k; j <= d && i != k; j++)
                    system[i, j] -= factor * system[k, j];
            }
        }

        return [.. Enumerable.Range(0, d).Select(i => system[i, d] / system[i, i])];
    }

    /// <summary>Q-learning by least squares with two samples of each pair at the beginning and random arms with a probability afterwards; first stage fitted to outcomes as they were estimated when they came.</summary>
    private sealed class Greedy(Func<int, double> epsilon)
    {
        private readonly LinearState _first = new LinGreedy { Epsilon = 0, Regularization = 1e-6 }.Start(2, 2, Key), _second = new LinGreedy { Epsilon = 0, Regularization = 1e-6 }.Start(2, 2, Key);
        private readonly double[] _values = new double[2];
        private int _persons;

        public int ChooseFirst(ReadOnlySpan<double> context) => Choose(_first, context, _persons / 4, 0);

        public int ChooseSecond(ReadOnlySpan<double> context) => Choose(_second, context, _persons / 2 % 2, 1);

        public void Update(ReadOnlySpan<double> first, int firstArm, double firstReward, ReadOnlySpan<double> second, int secondArm, double secondReward)
        {
            _second.Update(second, secondArm, secondReward);
            _second.Scores(second, _values);
            _first.Update(first, firstArm, firstReward + _values.Max());
            _persons++;
        }

        private int Choose(LinearState state, ReadOnlySpan<double> context, int planned, int stage)
        {
            if (_persons < 8)
                return planned;
            RandomStream stream = Key.Fold("epsilon").Fold((2 * _persons) + stage).Stream();
            return stream.NextDouble() < epsilon(_persons) ? (int)(2 * stream.NextDouble()) : state.Choose(context);
        }
    }
}
