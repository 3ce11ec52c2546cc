using OptiCore.Persistence;
using OptiCore.RL.Games;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>CFR and CFR+ against known equilibria, values and rates.</summary>
public class RegretMinimizationTests
{
    private static readonly GameTree Kuhn = GameTree.Create(new KuhnPoker());
    private static readonly GameTree Leduc = GameTree.Create(new LeducPoker());

    [Fact]
    public void Both_find_Kuhns_equilibrium_and_value()
    {
        foreach ((RegretMinimization run, double tolerance) in new[] { (new CounterfactualRegret().Start(Kuhn), 5e-3), (new CounterfactualRegretPlus().Start(Kuhn), 1e-4) })
        {
            run.Iterate(10_000);
            double[] average = new double[Kuhn.StrategyLength];
            run.AverageStrategy(average);
            Assert.InRange(run.Exploitability(), 0, tolerance);
            Promises.Close(-1.0 / 18, Kuhn.ExpectedReturns(average)[0], 0, tolerance, "the value");

            // The second player's equilibrium is unique; the first player's has a parameter, which is how often it bets its lowest card.
            int first = Kuhn.RangeOf(Kuhn.IndexOf(0, (0b1 << 2) | 1)).Start.Value;
            double[] expected = GameTests.KuhnEquilibrium(Kuhn, Math.Clamp(average[first + 1], 0, 1.0 / 3));
            for (int i = 0; i < expected.Length; i++)
                Promises.Close(expected[i], average[i], 0, 20 * tolerance, $"probability {i}");
        }
    }

    [Fact]
    public void The_exploitability_of_CFR_stays_under_its_bound_and_falls_at_its_rate()
    {
        RegretMinimization run = new CounterfactualRegret().Start(Kuhn);
        var points = new List<(double Iterations, double Exploitability)>();
        foreach (int iterations in (int[])[100, 1000, 10_000])
        {
            run.Iterate(iterations - (int)run.Iterations);
            double exploitability = run.Exploitability();

            // Delta |I| sqrt(|A| / T), with returns between -2 and 2, six information sets and two actions for each player.
            Assert.InRange(exploitability, 0, 4 * 6 * Math.Sqrt(2.0 / iterations));
            points.Add((iterations, exploitability));
        }

        double slope = Math.Log(points[2].Exploitability / points[0].Exploitability) / Math.Log(points[2].Iterations / points[0].Iterations);
        Assert.InRange(slope, -1.5, -0.45);
    }

    [Fact]
    public void Both_find_Leducs_value_and_CFR_plus_is_faster()
    {
        RegretMinimization plain = new CounterfactualRegret().Start(Leduc), plus = new CounterfactualRegretPlus().Start(Leduc);
        double[] average = new double[Leduc.StrategyLength];
        double[] plainCurve = new double[3], plusCurve = new double[3];
        for (int k = 0; k < 3; k++)
        {
            int iterations = (int)Math.Pow(10, k + 1);
            plain.Iterate(iterations - (int)plain.Iterations);
            plus.Iterate(iterations - (int)plus.Iterations);
            (plainCurve[k], plusCurve[k]) = (plain.Exploitability(), plus.Exploitability());
        }

        Assert.True(plainCurve[0] > 2 * plainCurve[1] && plainCurve[1] > 2 * plainCurve[2]);
        Assert.True(plusCurve[0] > 5 * plusCurve[1] && plusCurve[1] > 5 * plusCurve[2]);
        Assert.True(plusCurve[2] < 0.2 * plainCurve[2]);

        // The value is known to be -0.0856; it lies within twice the exploitability of what the averages earn.
        plus.AverageStrategy(average);
        Promises.Close(-0.0856, Leduc.ExpectedReturns(average)[0], 0, 1e-3, "the value");
        double upper = -Leduc.BestResponse(average, 1), lower = Leduc.BestResponse(average, 0);
        Assert.InRange(-0.0856064, upper - 1e-7, lower + 1e-7);
        plain.AverageStrategy(average);
        Promises.Close(-0.0856, Leduc.ExpectedReturns(average)[0], 0, 2 * plainCurve[2], "the value of CFR");
    }

    [Fact]
    public void The_first_iterations_of_matching_pennies_by_hand()
    {
        // Payoffs 2, -1 / -1, 1: with equal probabilities the row player earns 0.5 by the first row and 0 by the second, 0.25 on average.
        GameTree tree = GameTree.Create(MatrixGame.ZeroSum(2, 2, [2, -1, -1, 1]));
        RegretMinimization run = new CounterfactualRegret().Start(tree);
        run.Iterate();
        Assert.Equal([0.25, -0.25, -0.25, 0.25], run.Regrets.ToArray());
        Assert.Equal([1, 0, 0, 1], run.CurrentStrategy.ToArray());
        run.Iterate();
        Assert.Equal([0.25, 1.75, -3.25, 0.25], run.Regrets.ToArray());
        double[] average = new double[4];
        run.AverageStrategy(average);
        Assert.Equal([0.75, 0.25, 0.25, 0.75], average);

        // In turn: the column player answers the row player's first row, and the row player's average takes its new strategy.
        RegretMinimization turns = new CounterfactualRegret { IsAlternating = true }.Start(tree);
        turns.Iterate();
        Assert.Equal([0.25, -0.25, -1.5, 1.5], turns.Regrets.ToArray());

        // CFR+ updates in turn: the column player answers the row player's new strategy, and regrets have a floor.
        RegretMinimization plus = new CounterfactualRegretPlus().Start(tree);
        plus.Iterate();
        Assert.Equal([0.25, 0, 0, 1.5], plus.Regrets.ToArray());
        plus.AverageStrategy(average);
        Assert.Equal([1, 0, 0.5, 0.5], average);
    }

    [Fact]
    public void Rock_paper_scissors_ends_uniform_from_a_perturbed_start()
    {
        // A game whose equilibrium isn't where regret matching starts: rock wins 2.
        GameTree tree = GameTree.Create(MatrixGame.ZeroSum(3, 3, [0, -1, 2, 1, 0, -1, -2, 1, 0]));
        RegretMinimization run = new CounterfactualRegretPlus().Start(tree);
        run.Iterate(20_000);
        double[] average = new double[6];
        run.AverageStrategy(average);
        for (int i = 0; i < 6; i++)
            Promises.Close(i % 3 == 1 ? 0.5 : 0.25, average[i], 0, 5e-3, $"probability {i}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_saved_run_goes_on_to_identical_bits_and_iterations_allocate_nothing(bool isPlus)
    {
        RegretMinimization whole = Start(), first = Start(), second = Start();
        whole.Iterate(30);
        first.Iterate(11);
        StateArchive.Load(second, StateArchive.Save(first));
        second.Iterate(19);
        Assert.Equal(30, second.Iterations);
        Promises.SameBits(whole.Regrets, second.Regrets, "regrets");
        double[] a = new double[Leduc.StrategyLength], b = new double[Leduc.StrategyLength];
        whole.AverageStrategy(a);
        second.AverageStrategy(b);
        Promises.SameBits(a, b, "averages");
        RegretMinimization kuhn = isPlus ? new CounterfactualRegretPlus().Start(Kuhn) : new CounterfactualRegret().Start(Kuhn);
        Promises.AllocatesNothing(() => kuhn.Iterate(), "an iteration");

        RegretMinimization Start() => isPlus ? new CounterfactualRegretPlus().Start(Leduc) : new CounterfactualRegret().Start(Leduc);
    }

    [Fact]
    public void The_delay_leaves_out_the_first_iterations()
    {
        RegretMinimization run = new CounterfactualRegretPlus { AveragingDelay = 5 }.Start(Kuhn);
        run.Iterate(5);
        double[] average = new double[Kuhn.StrategyLength], uniform = new double[Kuhn.StrategyLength];
        run.AverageStrategy(average);
        Kuhn.Uniform(uniform);
        Assert.Equal(uniform, average);
        run.Iterate();
        run.AverageStrategy(average);
        Assert.NotEqual(uniform, average);
        Assert.Equal("AveragingDelay", Assert.Throws<ArgumentOutOfRangeException>(() => new CounterfactualRegretPlus { AveragingDelay = -1 }).ParamName);
    }
}
