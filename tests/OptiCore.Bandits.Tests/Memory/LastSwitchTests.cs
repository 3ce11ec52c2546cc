using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Arms that rest and tire: the planner beside the exact optimum, and the policy that learns the payoffs.</summary>
public class LastSwitchTests
{
    private const double Factor = 1 - (1 / Math.E);

    private static readonly RandomKey Key = RandomKey.FromSeed(71);

    [Fact]
    public void ThePlannerLiesBetweenItsFactorAndTheOptimum()
    {
        // The optimum of the joint states, 3 arms with 8 counters each, by value iteration.
        double worst = 1;
        for (int trial = 0; trial < 12; trial++)
        {
            LastSwitchPayoffs payoffs = Draw(trial, 3, 1 + (trial % 4), 1 + (trial / 3 % 4));
            (double low, double high) = Optimum(payoffs, mustPlay: false);
            LastSwitchPlan plan = new LastSwitchPlanner().Plan(payoffs, Key.Fold(trial));
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"D = {payoffs.LongestRest}, N = {payoffs.LongestRun}: bound {plan.Bound:f4}, optimum {low:f4}, plan {plan.Value:f4} ({plan.Value / low:f3}), greedy {Greedy(payoffs):f4}, one arm {OneArm(payoffs):f4}");
            Assert.True(high - low < 1e-6);
            Assert.True(plan.Bound >= low - 1e-7, $"{plan.Bound} is below the optimum {low}");
            Assert.True(plan.Value >= Factor * plan.Bound, $"{plan.Value} is below 0.632 of {plan.Bound}");
            Assert.True(plan.Value <= high + 1e-9, $"{plan.Value} is above the optimum {high}");
            worst = Math.Min(worst, plan.Value / low);

            // Where every round must play, the optimum is smaller.
            (double lowMust, double highMust) = Optimum(payoffs, mustPlay: true);
            LastSwitchPlan must = new LastSwitchPlanner { MustPlay = true }.Plan(payoffs, Key.Fold(trial));
            Assert.True(must.Value <= highMust + 1e-9);
            Assert.True(lowMust <= high + 1e-9);
            for (int round = 0; round < 50; round++)
                Assert.InRange(must.Arm(round), 0, 2);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"smallest share of the optimum: {worst:f3}");
    }

    [Fact]
    public void ThePlanIsAboveGreedyAndOneArm()
    {
        // Greedy play takes 0.4 as soon as the first arm has rested for one round, and never gets the 1 that three rounds bring; by turns that is (0.4 + 0.35) / 2, patience (1 + 3 x 0.35) / 4.
        var payoffs = new LastSwitchPayoffs(3, 1, [0.1, 0.4, 0.45, 1, 0.35, 0.35, 0.35, 0.35, 0.2, 0.2, 0.25, 0.3]);
        Promises.Close(0.375, Greedy(payoffs), 1e-12, 0, "greedy play");
        Promises.Close(0.35, OneArm(payoffs), 1e-12, 0, "one arm");
        LastSwitchPlan plan = new LastSwitchPlanner { MustPlay = true }.Plan(payoffs, Key);
        (double optimum, _) = Optimum(payoffs, mustPlay: true);
        TestContext.Current.TestOutputHelper?.WriteLine($"bound {plan.Bound:f3}, optimum {optimum:f3}, plan {plan.Value:f3}, greedy {Greedy(payoffs):f3}, one arm {OneArm(payoffs):f3}");
        Promises.Close(0.5125, optimum, 1e-6, 0, "optimum");
        Assert.True(plan.Value > Greedy(payoffs) + 0.05);
        Assert.True(plan.Value > OneArm(payoffs) + 0.05);
    }

    [Fact]
    public void ARandomPlanEarnsTheFactorInExpectation()
    {
        // 300 single draws each; the mean is at least the factor less 4 standard errors (probability 3e-5 under equality).
        for (int trial = 0; trial < 4; trial++)
        {
            LastSwitchPayoffs payoffs = Draw(50 + trial, 4, 3, 2);
            var planner = new LastSwitchPlanner { Draws = 1 };
            double[] values = new double[300];
            double bound = 0;
            for (int i = 0; i < values.Length; i++)
            {
                LastSwitchPlan plan = planner.Plan(payoffs, Key.Fold(trial).Fold(i));
                (values[i], bound) = (plan.Value, plan.Bound);
            }

            double mean = values.Average(), error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
            TestContext.Current.TestOutputHelper?.WriteLine($"a random plan earns {mean / bound:f3} of the bound, standard error {error / bound:f3}");
            Assert.True(mean >= (Factor * bound) - (4 * error), $"{mean} +- {error}, bound {bound}");
        }
    }

    [Fact]
    public void SimpleProgramsHaveTheirKnownValues()
    {
        // One arm that pays 1 after two rounds of rest and nothing else: once in three rounds.
        LastSwitchPlan rests = new LastSwitchPlanner().Plan(new LastSwitchPayoffs(2, 1, [0, 0, 1]), Key);
        Promises.Close(1 / 3.0, rests.Bound, 1e-7, 0, "bound");
        Promises.Close(1 / 3.0, rests.Value, 1e-12, 0, "value");
        Assert.Equal((2, 1), rests.Pattern(0));
        Assert.Equal(3, rests.Period);

        // Three of them fill all rounds: the bound is 1; the optimum too.
        var three = new LastSwitchPayoffs(2, 1, [0, 0, 1, 0, 0, 1, 0, 0, 1]);
        Promises.Close(1, LastSwitchPlanner.BoundOf(three), 1e-7, 0, "bound of three");
        Promises.Close(1, Optimum(three, false).Low, 1e-6, 0, "optimum of three");

        // Payoffs that depend on nothing: the best arm for ever.
        LastSwitchPlan stationary = new LastSwitchPlanner().Plan(new LastSwitchPayoffs(1, 2, [0.3, 0.3, 0.3, 0.7, 0.7, 0.7]), Key);
        Promises.Close(0.7, stationary.Bound, 1e-7, 0, "bound of stationary arms");
        Promises.Close(0.7, stationary.Value, 1e-12, 0, "value of stationary arms");
    }

    [Fact]
    public void CountersFollowTheModel()
    {
        var payoffs = new LastSwitchPayoffs(3, 2, [0.1, 0.2, 0.3, 0.4, 0.5]);
        Assert.Equal([0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.5], new[] { -5, -2, -1, 1, 2, 3, 9 }.Select(c => payoffs.Mean(0, c)));
        Assert.Equal([-1, -2, -2, 1, 2, 3, 3], new[] { payoffs.Next(3, true), payoffs.Next(-1, true), payoffs.Next(-2, true), payoffs.Next(-2, false), payoffs.Next(1, false), payoffs.Next(2, false), payoffs.Next(3, false) });

        var bandit = new LastSwitchBandit(new LastSwitchPayoffs(2, 1, [0, 0.25, 1, 0, 0.5, 1]));
        double[] state = new double[2];
        bandit.Begin(state);
        Assert.Equal([2.0, 2], state);
        Assert.Equal(1, bandit.Play(state, 0, Key));
        Assert.Equal([-1.0, 2], state);
        Assert.Equal(0, bandit.Play(state, 0, Key));
        bandit.Play(state, 1, Key);
        Assert.Equal([1.0, -1], state);
        Assert.Equal([0.25, 0], new[] { bandit.Mean(state, 0), bandit.Mean(state, 1) });
    }

    [Fact]
    public void ExplorationMeetsEveryCounterAndEstimatesConverge()
    {
        LastSwitchPayoffs payoffs = Draw(7, 3, 3, 2);
        var bandit = new LastSwitchBandit(payoffs, 0);
        LastSwitchLearner state = new LastSwitchExploreThenCommit { LongestRest = 3, LongestRun = 2, Exploration = 20 }.Start(3, Key);
        double[] memory = new double[3];
        bandit.Begin(memory);
        int round = 0;
        for (; round < 3 || state.IsExploring; round++)
        {
            int arm = state.Choose();
            state.Update(arm, bandit.Play(memory, arm, Key.Fold(round)));
        }

        // 3 (6 + 9) rounds a cycle, as many cycles as 20 (rounds + 500)^(2/3) asks for.
        Assert.Equal(0, (round - 3) % 45);
        Assert.InRange(round - 3, 20 * Math.Pow(round + 500, 2.0 / 3) - 1, 20 * Math.Pow(round + 500, 2.0 / 3) + 45);
        for (int arm = 0; arm < 3; arm++)
        {
            foreach (int counter in (int[])[-2, -1, 1, 2, 3])
            {
                Assert.True(state.Count(arm, counter) >= (round - 3) / 45, $"arm {arm} at {counter}: {state.Count(arm, counter)}");

                // 4.5 standard errors, probability 7e-6 each.
                double mean = payoffs.Mean(arm, counter);
                Promises.Close(mean, state.Mean(arm, counter), 0, 4.5 * Math.Sqrt(mean * (1 - mean) / state.Count(arm, counter)), $"arm {arm} at {counter}");
            }
        }
    }

    [Fact]
    public void RegretGrowsSublinearly()
    {
        // Against the plan for the true payoffs, best of 64.
        double[] arm = [0.05, 0.1, 0.2, 0.3, 0.9];
        var payoffs = new LastSwitchPayoffs(3, 2, [.. arm, .. arm, .. arm, 0.15, 0.35, 0.35, 0.35, 0.35]);
        double value = new LastSwitchPlanner { MustPlay = true }.Plan(payoffs, Key).Value;
        RegretReport report = BanditSimulator.Run(
            [new LastSwitchExploreThenCommit { LongestRest = 3, LongestRun = 2 }, new Ucb1()], new LastSwitchBandit(payoffs, value),
            new SimulationOptions { Rounds = 32_000, Replications = 6, Checkpoints = [2000, 8000, 32_000], Key = Key, Workers = Workers.Threads(2) });
        double[] own = [.. report.Policies[0].MeanRegret], ucb = [.. report.Policies[1].MeanRegret];
        TestContext.Current.TestOutputHelper?.WriteLine($"plan {value:f3}: regret {string.Join(", ", own)}, UCB1 {string.Join(", ", ucb)}");

        // t^(2/3) grows by 2.52 when t grows fourfold, t by 4.
        Assert.True(own[1] < 3.4 * own[0] && own[2] < 3.4 * own[1], string.Join(", ", own));
        Assert.True(own[2] < 0.5 * ucb[2]);
    }

    [Fact]
    public void SavedInThePlanAndContinuedEqualsUninterrupted()
    {
        var policy = new LastSwitchExploreThenCommit { LongestRest = 2, LongestRun = 1, FirstCommitment = 100, Exploration = 0.5, Planner = new LastSwitchPlanner { Draws = 4 } };
        LastSwitchLearner whole = policy.Start(3, Key), continued = policy.Start(3, Key.Fold(1));
        Play(whole, 0, 150);
        Assert.False(whole.IsExploring);
        Assert.InRange(whole.Plan.Value, 0, whole.Plan.Bound + 1e-9);
        using var stream = new MemoryStream();
        whole.Save(stream);
        stream.Position = 0;
        continued.Load(stream);
        Play(whole, 150, 900);
        Play(continued, 150, 900);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(continued));

        static void Play(LastSwitchLearner state, int from, int to)
        {
            for (int t = from; t < to; t++)
            {
                int arm = state.Choose();
                state.Update(arm, Key.Fold(t).Stream().NextDouble() < 0.2 * (arm + 1) ? 1 : 0);
            }
        }
    }

    [Fact]
    public void BadPayoffsAndOptionsThrow()
    {
        Throws(() => new LastSwitchPayoffs(0, 1, [1]), "longestRest");
        Throws(() => new LastSwitchPayoffs(1, 0, [1]), "longestRun");
        Throws(() => new LastSwitchPayoffs(1, 1, []), "means");
        Throws(() => new LastSwitchPayoffs(1, 1, [-0.1, 1]), "means");
        Throws(() => new LastSwitchBandit(new LastSwitchPayoffs(1, 1, [0.5, 2])), "payoffs");
        Throws(() => new LastSwitchBandit(new LastSwitchPayoffs(1, 1, [0.5, 1]), double.NaN), "benchmark");
        Throws(() => new LastSwitchPlanner { Draws = 0 }, nameof(LastSwitchPlanner.Draws));
        Throws(() => new LastSwitchExploreThenCommit { LongestRest = 0 }, nameof(LastSwitchExploreThenCommit.LongestRest));
        Throws(() => new LastSwitchExploreThenCommit { LongestRun = 0 }, nameof(LastSwitchExploreThenCommit.LongestRun));
        Throws(() => new LastSwitchExploreThenCommit { Exploration = 0 }, nameof(LastSwitchExploreThenCommit.Exploration));
        Throws(() => new LastSwitchExploreThenCommit { FirstCommitment = 0 }, nameof(LastSwitchExploreThenCommit.FirstCommitment));
        Assert.Throws<ArgumentNullException>(() => new LastSwitchExploreThenCommit { Planner = null! });
        Assert.Contains("means of arm 1 fall from 0.5 to 0.4", Assert.Throws<ArgumentException>(() => new LastSwitchPayoffs(1, 1, [0.1, 0.1, 0.5, 0.4])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new LastSwitchPayoffs(2, 1, [0.1, 0.2, 0.3, 0.4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LastSwitchPlanner().Plan(new LastSwitchPayoffs(1, 1, [0.5, 1]), Key).Arm(-1));

        static void Throws(Func<object> make, string name) => Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(make).ParamName);
    }

    private static LastSwitchPayoffs Draw(int trial, int arms, int longestRest, int longestRun)
    {
        RandomStream stream = Key.Fold("payoffs").Fold(trial).Stream();
        var means = new List<double>();
        for (int arm = 0; arm < arms; arm++)
        {
            double scale = stream.NextDouble();
            double[] values = new double[longestRest + longestRun];
            foreach (ref double value in values.AsSpan())
                value = scale * stream.NextDouble();
            Array.Sort(values);
            means.AddRange(values);
        }

        return new LastSwitchPayoffs(longestRest, longestRun, [.. means]);
    }

    /// <summary>Bounds of the largest long-run average: value iteration with half steps, which makes periodic chains converge.</summary>
    private static (double Low, double High) Optimum(LastSwitchPayoffs payoffs, bool mustPlay)
    {
        int states = payoffs.LongestRest + payoffs.LongestRun, arms = payoffs.Arms, count = (int)Math.Pow(states, arms), choices = arms + 1;
        int[] next = new int[count * choices];
        double[] reward = new double[next.Length], value = new double[count], other = new double[count];
        for (int s = 0; s < count; s++)
        {
            for (int choice = 0; choice < choices; choice++)
            {
                int to = 0, rest = s;
                for (int arm = 0, scale = 1; arm < arms; arm++, scale *= states, rest /= states)
                {
                    int index = rest % states, counter = index < payoffs.LongestRun ? index - payoffs.LongestRun : index - payoffs.LongestRun + 1;
                    if (arm == choice)
                        reward[(s * choices) + choice] = payoffs.Mean(arm, counter);
                    int after = payoffs.Next(counter, arm == choice);
                    to += scale * (after < 0 ? after + payoffs.LongestRun : after + payoffs.LongestRun - 1);
                }

                next[(s * choices) + choice] = to;
            }
        }

        // Only states that can be reached from rest matter.
        var reached = new List<int> { count - 1 };
        bool[] isReached = new bool[count];
        isReached[count - 1] = true;
        for (int i = 0; i < reached.Count; i++)
        {
            for (int choice = 0; choice < choices; choice++)
            {
                int to = next[(reached[i] * choices) + choice];
                if (!isReached[to])
                {
                    isReached[to] = true;
                    reached.Add(to);
                }
            }
        }

        for (int iteration = 0; ; iteration++)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            foreach (int s in reached)
            {
                double best = double.NegativeInfinity;
                for (int choice = 0; choice < (mustPlay ? arms : choices); choice++)
                    best = Math.Max(best, reward[(s * choices) + choice] + (0.5 * (value[next[(s * choices) + choice]] - value[s])));
                other[s] = value[s] + best;
                (low, high) = (Math.Min(low, best), Math.Max(high, best));
            }

            (value, other) = (other, value);
            if (high - low < 1e-7 || iteration == 20_000)
                return (low, high);
        }
    }

    /// <summary>The largest payoff of every round.</summary>
    private static double Greedy(LastSwitchPayoffs payoffs) => Average(payoffs, (counters, _) => Enumerable.Range(0, payoffs.Arms).MaxBy(arm => payoffs.Mean(arm, counters[arm])));

    /// <summary>The best arm alone, with the best pattern of rest and play.</summary>
    private static double OneArm(LastSwitchPayoffs payoffs)
    {
        double best = 0;
        for (int arm = 0; arm < payoffs.Arms; arm++)
        {
            for (int rest = 0; rest <= payoffs.LongestRest; rest++)
            {
                for (int run = 1; run <= payoffs.LongestRun + 1; run++)
                    best = Math.Max(best, Average(payoffs, (_, round) => round % (rest + run) >= rest ? arm : -1));
            }
        }

        return best;
    }

    private static double Average(LastSwitchPayoffs payoffs, Func<int[], int, int> choose)
    {
        int[] counters = new int[payoffs.Arms];
        Array.Fill(counters, payoffs.LongestRest);
        double sum = 0;
        for (int round = 0; round < 5040; round++)
        {
            int played = choose(counters, round);
            if (played >= 0 && round >= 2520)
                sum += payoffs.Mean(played, counters[played]) / 2520;
            for (int arm = 0; arm < counters.Length; arm++)
                counters[arm] = payoffs.Next(counters[arm], arm == played);
        }

        return sum;
    }
}
