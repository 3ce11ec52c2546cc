using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

public class IndexTests
{
    public static TheoryData<string> Names => [.. PolicyTable.Rows.Where(r => !r.Value.IsRandomised && !r.Value.ExploresByPlan).Select(r => r.Key)];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheChoiceIsTheFirstLargestScore(string name)
    {
        // Scores are computed without the shortcut that passes over arms which can't reach the largest index. Few levels of rewards and many arms
        // make ties frequent.
        RandomStream random = RandomKey.FromSeed(41).Stream();
        for (int run = 0; run < 12; run++)
        {
            int arms = 2 + (run % 6);
            BanditState state = PolicyTable.Rows[name].Policy.Start(arms, RandomKey.FromSeed(1));
            double[] scores = new double[arms];
            for (int t = 0; t < 300; t++)
            {
                state.Scores(scores);
                int best = 0;
                for (int arm = 1; arm < arms; arm++)
                    best = scores[arm] > scores[best] ? arm : best;
                int chosen = state.Choose();
                Assert.True(best == chosen, $"{name}, {arms} arms, round {t}: chose {chosen}, largest score {best}");
                int played = run % 2 == 0 ? chosen : (int)(random.NextDouble() * arms);
                double reward = run % 3 == 0 ? (random.NextDouble() < 0.1 + (0.1 * played) ? 1 : 0) : (int)(random.NextDouble() * 5) / 4.0;
                state.Update(played, reward);
            }
        }
    }

    [Fact]
    public void UpperBoundsSolveTheirEquationInEveryFamily()
    {
        (RewardFamily Family, double Largest)[] families =
        [
            (RewardFamily.Bernoulli, 1), (RewardFamily.Gaussian(0.3), 1e3), (RewardFamily.Exponential, 1e3), (RewardFamily.Poisson, 1e3),
        ];
        foreach ((RewardFamily family, double largest) in families)
        {
            // Every family sees the same 200 pairs on each run.
            Prop.ForAll(Unit(), Exponent(), (unit, exponent) =>
            {
                double p = Math.Max(unit * largest, 1e-9), budget = Math.Pow(10, exponent);
                double q = UpperBound(family, p, budget);
                if (q < p || (family == RewardFamily.Bernoulli && q > 1))
                    return false;
                if (p >= 1 && family == RewardFamily.Bernoulli)
                    return q == p;

                // Neighbours of q at a few times the rounding of a double lie on both sides of the budget.
                double slack = 1e-14 * q;
                double below = q - slack, above = q + slack;
                return (below <= p || family.Divergence(p, below) <= budget) && ((family == RewardFamily.Bernoulli && above >= 1) || family.Divergence(p, above) >= budget);
            }).Check(Forall.Config.WithMaxTest(200));
        }

        static Arbitrary<double> Unit() => Gen.Choose(0, 1 << 30).Select(i => i / (double)(1 << 30)).ToArbitrary();
        static Arbitrary<double> Exponent() => Gen.Choose(-6000, 1200).Select(i => i / 1000.0).ToArbitrary();
    }

    [Fact]
    public void DivergencesHaveTheirClosedForms()
    {
        Promises.Close((0.3 * Math.Log(0.3 / 0.7)) + (0.7 * Math.Log(0.7 / 0.3)), RewardFamily.Bernoulli.Divergence(0.3, 0.7), 1e-14, 0, "Bernoulli");
        Promises.Close(Math.Log(2), RewardFamily.Bernoulli.Divergence(0, 0.5), 1e-15, 0, "Bernoulli at 0");
        Promises.Close(Math.Log(2), RewardFamily.Bernoulli.Divergence(1, 0.5), 1e-15, 0, "Bernoulli at 1");
        Assert.Equal(double.PositiveInfinity, RewardFamily.Bernoulli.Divergence(0.5, 1));
        Promises.Close(0.5 * 0.16 / 0.09, RewardFamily.Gaussian(0.3).Divergence(0.3, 0.7), 1e-14, 0, "Gaussian");
        Promises.Close((0.3 / 0.7) - 1 - Math.Log(0.3 / 0.7), RewardFamily.Exponential.Divergence(0.3, 0.7), 1e-14, 0, "exponential");
        Promises.Close(0.4 + (0.3 * Math.Log(0.3 / 0.7)), RewardFamily.Poisson.Divergence(0.3, 0.7), 1e-14, 0, "Poisson");
    }

    [Fact]
    public void ExponentialRewardsAreLearnt()
    {
        BanditState state = new KlUcb { Family = RewardFamily.Exponential }.Start(3, RandomKey.FromSeed(1));
        RandomStream random = RandomKey.FromSeed(42).Stream();
        double[] means = [1, 5, 2];
        for (int t = 0; t < 2000; t++)
        {
            int arm = state.Choose();
            state.Update(arm, -means[arm] * Math.Log(random.NextOpenDouble()));
        }

        Assert.True(state.Pulls[1] > 1800, $"The best arm was pulled {state.Pulls[1]} of 2000 times.");
        Assert.Contains("must be positive", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(0, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        Names(nameof(Ucb1.Alpha), () => new Ucb1 { Alpha = -1 });
        Names(nameof(Moss.Horizon), () => new Moss { Horizon = 0 });
        Names(nameof(KlUcb.C), () => new KlUcb { C = double.NaN });
        Names("standardDeviation", () => RewardFamily.Gaussian(0));
        Names(nameof(EpsilonGreedy.Epsilon), () => new EpsilonGreedy { Epsilon = 1.1 });
        Names(nameof(EpsilonGreedy.Decay), () => new EpsilonGreedy { Decay = 0 });
        Names(nameof(ThompsonSampling.Alpha), () => new ThompsonSampling { Alpha = 0 });
        Names(nameof(ThompsonSampling.Beta), () => new ThompsonSampling { Beta = double.PositiveInfinity });
        Names(nameof(GaussianThompsonSampling.RewardStandardDeviation), () => new GaussianThompsonSampling { RewardStandardDeviation = 0 });
        Names(nameof(GaussianThompsonSampling.PriorStandardDeviation), () => new GaussianThompsonSampling { PriorStandardDeviation = -1 });
        Names(nameof(GaussianThompsonSampling.PriorMean), () => new GaussianThompsonSampling { PriorMean = double.NaN });
        Names(nameof(NormalGammaThompsonSampling.PriorRate), () => new NormalGammaThompsonSampling { PriorRate = 0 });
        Assert.Throws<ArgumentNullException>(() => new KlUcb { Family = null! });

        static void Names(string member, Func<object> make) =>
            Assert.Contains(member, Assert.Throws<ArgumentOutOfRangeException>(make).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACheckpointOfAnotherConfigurationIsRefused()
    {
        using var stream = new MemoryStream();
        new Ucb1().Start(3, RandomKey.FromSeed(1)).Save(stream);
        Refuses(new Ucb1 { Alpha = 2 }.Start(3, RandomKey.FromSeed(1)));
        Refuses(new Ucb1().Start(4, RandomKey.FromSeed(1)));
        Refuses(new UcbTuned().Start(3, RandomKey.FromSeed(1)));

        void Refuses(BanditState state)
        {
            stream.Position = 0;
            Assert.Throws<OptiCore.Persistence.CheckpointException>(() => state.Load(stream));
        }
    }

    private static double UpperBound(RewardFamily family, double mean, double budget) => family.Accept<Bound, double>(new Bound(mean, budget));

    private readonly struct Bound(double mean, double budget) : IDivergenceVisitor<double>
    {
        public double Visit<TDivergence>(TDivergence divergence) where TDivergence : struct, IDivergence => divergence.UpperBound(mean, budget);
    }
}
