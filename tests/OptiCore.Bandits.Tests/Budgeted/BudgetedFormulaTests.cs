using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Policies with budgets against their papers' formulas, and the bound that they are measured against.</summary>
public class BudgetedFormulaTests
{
    private const double Sigmas = 4.5;

    private static readonly RandomKey Key = RandomKey.FromSeed(112);

    [Fact]
    public void TheLinearProgramHasItsKnownValues()
    {
        // One resource and time to spare: all for the best ratio. Time short: all for the best reward.
        var one = new BudgetedBernoulliBandit([0.8, 0.5, 0.4], [0.9, 0.5, 0.2]);
        Promises.Close(2 * 30, one.LinearProgramBound([30], 100_000), 1e-7, 0, "best ratio");
        Promises.Close(0.8 * 100, one.LinearProgramBound([95], 100), 1e-7, 0, "best reward");

        // Both bind: x + y = 100 and x + y / 10 = 30, so y = 700/9 and x = 200/9.
        var mixed = new BudgetedBernoulliBandit([1, 0.5], [1, 0.1]);
        Promises.Close((200 / 9.0) + (350 / 9.0), mixed.LinearProgramBound([30], 100), 1e-7, 0, "mixture");

        // Each arm has a resource of its own: both can be spent.
        var apart = new BudgetedBernoulliBandit([0.6, 0.4], [0.5, 0, 0, 0.25]);
        Promises.Close((0.6 * 20) + (0.4 * 80), apart.LinearProgramBound([10, 20], 100), 1e-7, 0, "a resource each");
        Promises.Close(0.6 * 100, new BudgetedBernoulliBandit([0.6], [0]).LinearProgramBound([1], 100), 1e-7, 0, "free");
        Assert.Equal(0, new BudgetedBernoulliBandit([0, 0], [0.5, 0]).LinearProgramBound([1], 100));
        Assert.Throws<ArgumentException>(() => one.LinearProgramBound([30, 30], 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => one.LinearProgramBound([0], 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => one.LinearProgramBound([1], 0));
        Assert.Throws<ArgumentException>(() => new BudgetedBernoulliBandit([0.5, 0.5], [0.5, 0.5, 0.5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BudgetedBernoulliBandit([0.5], [double.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BudgetedBernoulliBandit([1.5], [0.5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PrimalDualBwK { Confidence = 0 });
        Assert.Throws<ArgumentException>(() => new BudgetedThompsonSampling().Start(2, [5, 5], 100, Key));
        Assert.Throws<ArgumentException>(() => new UcbBv1 { LeastCost = 0.1 }.Start(2, [5, 5], 100, Key));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UcbBv1 { LeastCost = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new UcbBv1 { LeastCost = 0.1, Alpha = -1 });
    }

    [Fact]
    public void PrimalDualFollowsAlgorithmTwo()
    {
        // The steps of the paper with plain prices: d = 3 with time, budgets 40 and 80 scaled to 40, time 40/200 a play.
        const double confidence = 0.02, rounds = 200;
        double[] budgets = [40, 80], scaled = [1, 0.5];
        double epsilon = Math.Sqrt(Math.Log(3) / 40), constant = confidence * Math.Log(3 * rounds * 3);
        BudgetedState state = new PrimalDualBwK { Confidence = confidence }.Start(3, budgets, (long)rounds, Key);
        double[] prices = [1, 1, 1], rewardSums = new double[3];
        double[,] costSums = new double[3, 2];
        int[] plays = new int[3], chosen = new int[3];
        RandomStream stream = Key.Stream();
        double[] costs = new double[2];
        for (int t = 0; t < 150 && !state.IsExhausted; t++)
        {
            int expected = t;
            if (t >= 3)
            {
                double largest = double.NegativeInfinity;
                for (int arm = 0; arm < 3; arm++)
                {
                    double mean = rewardSums[arm] / plays[arm], upper = Math.Min(1, mean + Radius(mean, plays[arm])), cost = prices[2] * 40 / rounds;
                    for (int i = 0; i < 2; i++)
                        cost += prices[i] * Lower(arm, i);
                    if (upper / cost > largest)
                        (largest, expected) = (upper / cost, arm);
                }

                for (int i = 0; i < 2; i++)
                    prices[i] *= Math.Pow(1 + epsilon, Lower(expected, i));
                prices[2] *= Math.Pow(1 + epsilon, 40 / rounds);
            }

            Assert.Equal(expected, state.Choose());
            double reward = (0.2 + (0.3 * expected)) * stream.NextDouble();
            costs[0] = 0.3 * (expected + 1) * stream.NextDouble();
            costs[1] = 0.3 * (3 - expected) * stream.NextDouble();
            state.Update(expected, reward, costs);
            rewardSums[expected] += reward;
            costSums[expected, 0] += costs[0];
            costSums[expected, 1] += costs[1];
            plays[expected]++;
        }

        Assert.All(plays, n => Assert.True(n > 1));
        Assert.Equal(plays.Select(n => (long)n), state.Pulls.ToArray());

        double Radius(double mean, double n) => Math.Sqrt(constant * mean / n) + (constant / n);

        double Lower(int arm, int i)
        {
            double mean = scaled[i] * costSums[arm, i] / plays[arm];
            return Math.Max(0, mean - Radius(mean, plays[arm]));
        }
    }

    [Fact]
    public void UcbBv1FollowsItsIndex()
    {
        // By hand, lambda = 0.5, after 16 plays of one arm and 64 of the other: widths sqrt(ln 80 / 16) = 0.52334 and sqrt(ln 80 / 64) = 0.26167. The first isn't below lambda: its index is infinite, whatever
        // the other pays. With half the widths its index is 0.5 / 0.8 + 3 * 0.26167 / 0.23833 = 3.9188; the other's, with 3 * 0.130834 / 0.369166 = 1.0632, is below it with 0.5 / 0.2 + 1.0632 = 3.5632 and above
        // with 0.6 / 0.2 + 1.0632 = 4.0632.
        Assert.Equal(0, After(1, 0.5, 0.8, 1, 0.5));
        Assert.Equal(0, After(0.5, 0.5, 0.8, 0.5, 0.2));
        Assert.Equal(1, After(0.5, 0.5, 0.8, 0.6, 0.2));

        // Plain sums beside it: costs far from lambda at first, so that infinite indices occur, the fewest plays first.
        const double lambda = 0.3, alpha = 0.4;
        BudgetedState state = new UcbBv1 { LeastCost = lambda, Alpha = alpha }.Start(3, [1e6], 5000, Key);
        double[] rewards = new double[3], costs = new double[3], plays = new double[3];
        RandomStream stream = Key.Stream();
        int infinite = 0;
        for (int t = 1; t <= 600; t++)
        {
            int expected = t - 1;
            if (t > 3)
            {
                double[] indices = [.. Enumerable.Range(0, 3).Select(arm =>
                {
                    double width = alpha * Math.Sqrt(Math.Log(t - 1) / plays[arm]);
                    return width < lambda ? (rewards[arm] / costs[arm]) + ((1 + (1 / lambda)) * width / (lambda - width)) : double.PositiveInfinity;
                })];
                expected = Array.IndexOf(indices, indices.Max());
                if (double.IsPositiveInfinity(indices.Max()))
                {
                    infinite++;
                    expected = Enumerable.Range(0, 3).Where(arm => double.IsPositiveInfinity(indices[arm])).MinBy(arm => plays[arm]);
                }
            }

            Assert.Equal(expected, state.Choose());
            double reward = (0.3 + (0.1 * expected)) * stream.NextDouble(), cost = 0.3 + (0.2 * (2 - expected)) + (0.1 * stream.NextDouble());
            state.Update(expected, reward, [cost]);
            rewards[expected] += reward;
            costs[expected] += cost;
            plays[expected]++;
        }

        Assert.True(infinite > 5 && plays.Max() > 1.4 * plays.Min(), $"{infinite} infinite indices, {string.Join(' ', plays)} plays");

        // Arms that never cost anything have infinite indices too.
        BudgetedState free = new UcbBv1 { LeastCost = 1, Alpha = 0 }.Start(2, [1e6], 5000, Key);
        free.Update(0, 1, [1]);
        free.Update(1, 0, [0]);
        Assert.Equal(1, free.Choose());

        int After(double factor, double reward, double cost, double otherReward, double otherCost)
        {
            BudgetedState played = new UcbBv1 { LeastCost = 0.5, Alpha = factor }.Start(2, [1e6], 5000, Key);
            for (int n = 0; n < 16; n++)
                played.Update(0, reward, [cost]);
            for (int n = 0; n < 64; n++)
                played.Update(1, otherReward, [otherCost]);
            return played.Choose();
        }
    }

    [Fact]
    public void PrimalDualEarnsMoreThanAnyOneArm()
    {
        // Each of two arms spends a resource of its own: the best arm earns half of the bound.
        var bandit = new BudgetedBernoulliBandit([0.5, 0.5], [0.8, 0, 0, 0.8]);
        const int rounds = 20_000;
        double[] budgets = [4000, 4000];
        double bound = bandit.LinearProgramBound(budgets, rounds);
        Promises.Close(5000, bound, 1e-7, 0, "bound");
        PolicyRegret regret = BanditSimulator.Run([new PrimalDualBwK()], bandit, budgets, new SimulationOptions { Rounds = rounds, Replications = 6, Checkpoints = [rounds], Key = Key }).Policies[0];
        Assert.True(bound - regret.MeanRegret[0] > 1.5 * 2500, $"{bound - regret.MeanRegret[0]:f1} of {bound}");

        // The bound holds for expectations.
        Assert.True(regret.MeanRegret[0] > -Sigmas * regret.StandardErrors[0], $"regret {regret.MeanRegret[0]} +- {regret.StandardErrors[0]}");
    }

    [Fact]
    public void BudgetedThompsonSamplingHasItsClosedForm()
    {
        // After a free success arm 0 has the posteriors Beta(2, 1) of its reward, of density 2r, and Beta(1, 2) of its cost, of density 2 (1 - c). The ratio of two uniforms, that of arm 1, is at most x
        // with probability x / 2 below 1 and 1 - 1 / (2x) above.
        BudgetedState state = new BudgetedThompsonSampling().Start(2, [100], 1000, Key);
        state.Update(0, 1, [0]);
        // Over costs above r that is int 2 r^2 (-ln r - (1 - r)) dr = 1/18, below int 4r (3r/4 - r^2/3) dr = 2/3.
        const double expected = 13 / 18.0;
        const int count = 40_000;
        int zeros = 0;
        for (int round = 0; round < count; round++)
            zeros += state.Choose(round) == 0 ? 1 : 0;
        Assert.InRange(zeros / (double)count, expected - (Sigmas * Math.Sqrt(expected * (1 - expected) / count)), expected + (Sigmas * Math.Sqrt(expected * (1 - expected) / count)));

        // Before any play all arms are equally likely.
        BudgetedState fresh = new BudgetedThompsonSampling().Start(4, [100], 1000, Key);
        int[] chosen = new int[4];
        for (int round = 0; round < count; round++)
            chosen[fresh.Choose(round)]++;
        Assert.All(chosen, n => Assert.InRange(n / (double)count, 0.25 - (Sigmas * 0.00217), 0.25 + (Sigmas * 0.00217)));
    }

    [Fact]
    public void RegretIsTheBoundMinusWhatWasEarned()
    {
        // One arm with reward 1 and cost 1 whose budget of 10.5 pays for 10 plays of 40: after t rounds 10.5 t / 40 less the plays that counted.
        var bandit = new BudgetedBernoulliBandit([1], [1]);
        PolicyRegret regret = BanditSimulator.Run(
            [new BudgetedThompsonSampling()], bandit, [10.5], new SimulationOptions { Rounds = 40, Replications = 2, Checkpoints = [4, 10, 20, 40], Key = Key }).Policies[0];
        double[] expected = [1.05 - 4, 2.625 - 10, 5.25 - 10, 0.5];
        for (int c = 0; c < 4; c++)
            Promises.Close(expected[c], regret.MeanRegret[c], 0, 1e-6, $"checkpoint {c}");
        Assert.Equal(11, regret.MeanPulls[0]);
    }
}
