using FsCheck.Fluent;
using OptiCore.RL.Environments;
using OptiCore.RL.Tests.Planning;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Tabular;

/// <summary>With falling learning rates every agent finds what dynamic programming says, on generated decision processes.</summary>
public class ConvergenceTests
{
    private const double Discount = 0.7;

    // After 60,000 transitions a pair has some thousand visits or more: with n^-0.8 the deviation of a value is about 0.03, and the largest of a hundred pairs stays below four or five of them.
    private const double Tolerance = 0.15;

    public static TheoryData<string> OffPolicy { get; } = ["Q", "Double Q", "Watkins", "Watkins replacing", "Tree backup", "Q(sigma)", "Dyna", "Dyna last"];

    public static TheoryData<string> OnPolicy { get; } = ["Sarsa", "Sarsa accumulating", "Sarsa replacing", "Sarsa dutch", "Expected", "Q(sigma)", "Peng"];

    [Theory, MemberData(nameof(OffPolicy))]
    public void An_off_policy_agent_finds_the_optimum_by_playing_at_random(string name) => Few(Prop.ForAll(Models.Arbitrary(4, 3), model =>
    {
        TabularAgent agent = name switch
        {
            "Q" => new QLearning(),
            "Double Q" => new DoubleQLearning(),
            "Watkins" => new WatkinsQLambda { Lambda = 0.8 },
            "Watkins replacing" => new WatkinsQLambda { Lambda = 0.8, ReplacingTraces = true },
            "Tree backup" => new TreeBackup { Steps = 3 },
            "Q(sigma)" => new QSigma { Steps = 2, Sigma = 0.5, OnPolicy = false },
            "Dyna" => new DynaQ { PlanningSteps = 2, RepeatsLastOutcome = false },
            _ => new DynaQ { PlanningSteps = 1 },
        };
        Check(agent with { Exploration = 1 }, model, Models.SoftOptimum(model, Discount, 0));
    }));

    [Theory, MemberData(nameof(OnPolicy))]
    public void An_on_policy_agent_finds_what_is_best_while_exploring(string name) => Few(Prop.ForAll(Models.Arbitrary(4, 3), model =>
    {
        TabularAgent agent = name switch
        {
            "Sarsa" => new Sarsa(),
            "Sarsa accumulating" => new Sarsa { Lambda = 0.6, Traces = EligibilityTraceKind.Accumulating },
            "Sarsa replacing" => new Sarsa { Lambda = 0.6, Traces = EligibilityTraceKind.Replacing },
            "Sarsa dutch" => new Sarsa { Lambda = 0.6 },
            "Expected" => new ExpectedSarsa(),
            "Q(sigma)" => new QSigma { Steps = 3 },
            _ => new PengQLambda { Lambda = 0.6 },
        };

        // Peng's mixture of the behaviour, greedy but for 0.5, with weight 0.6 and of the greedy policy else is greedy but for 0.3.
        Check(agent with { Exploration = 0.5 }, model, Models.SoftOptimum(model, Discount, name == "Peng" ? 0.3 : 0.5));
    }));

    [Fact]
    public void Prioritised_sweeping_solves_the_model_that_it_has_counted() => Few(Prop.ForAll(Models.Arbitrary(5, 3), model =>
    {
        var run = new PrioritizedSweeping { Discount = 0.9, Threshold = 0, Backups = 200, Exploration = 1 }.Start(new TabularEnvironment(model), RandomKey.FromSeed(1));
        run.Train(2000);
        var state = (PrioritizedSweepingState)run.State;
        TabularModel counted = state.Model.ToModel(model.InitialProbabilities);
        double[] expected = Models.SoftOptimum(counted, 0.9, 0), truth = Models.SoftOptimum(model, 0.9, 0);
        for (int pair = 0; pair < expected.Length; pair++)
        {
            Promises.Close(expected[pair], state.ActionValues[pair], 0, 1e-9, $"Q({pair})");
            Promises.Close(truth[pair], state.ActionValues[pair], 0, 0.5, $"the true Q({pair})");
            Assert.Equal(state.Model.Visits[pair], state.Visits[pair]);
        }
    }));

    [Fact]
    public void Planning_agents_with_episodes_of_fixed_length_find_the_optimum_of_the_first_step() => Few(Prop.ForAll(Models.Arbitrary(3, 2), model =>
    {
        double[] expected = new BackwardInduction { Horizon = 6 }.Solve(model).ActionValues[0];
        IAgent<int, int>[] agents = [new Psrl { Horizon = 6 }, new UcbValueIteration { Horizon = 6, RewardRange = 2, Bonus = UcbBonus.Hoeffding, BonusScale = 0.05 }];
        foreach (IAgent<int, int> agent in agents)
        {
            // Random starts visit all states; actions that are clearly worse are tried seldom, so that the value of the best action is compared.
            var run = agent.Start(new TabularEnvironment(model) { MaxEpisodeSteps = 6 }, RandomKey.FromSeed(1));
            run.Train(20_000);
            var state = (TabularAgentState)run.State;
            for (int s = 0; s < model.States; s++)
                Promises.Close(expected.AsSpan(s * model.Actions, model.Actions).ToArray().Max(), state.ActionValues.Slice(s * model.Actions, model.Actions).ToArray().Max(), 0, 0.1, $"{agent.GetType().Name}: V({s})");
        }
    }));

    [Fact]
    public void The_model_that_was_counted_is_the_frequencies()
    {
        var model = new EmpiricalModel(3, 2);
        model.Add(0, 1, 2, 1, false);
        model.Add(0, 1, 4, 1, false);
        model.Add(0, 1, -3, 2, true);
        model.Add(0, 1, 1, 2, false);
        TabularModel counted = model.ToModel([1.0, 0, 0], unseenReward: 7);
        Assert.Equal([new TabularOutcome(0.25, 2, 1, false), new TabularOutcome(0.25, 2, -3, true), new TabularOutcome(0.5, 1, 3, false)], counted.Outcomes(0, 1).ToArray());
        Assert.Equal([new TabularOutcome(1, 2, 7, false)], counted.Outcomes(2, 0).ToArray());
        Assert.Equal(1, model.MeanReward(0, 1));
        Assert.True(double.IsNaN(model.MeanReward(1, 1)));
        Assert.Equal("nextState", Assert.Throws<ArgumentOutOfRangeException>(() => model.Add(0, 0, 0, 3, false)).ParamName);
        Assert.Equal("state", Assert.Throws<ArgumentOutOfRangeException>(() => model.Add(-1, 0, 0, 0, false)).ParamName);
        Assert.Equal("action", Assert.Throws<ArgumentOutOfRangeException>(() => model.MeanReward(0, 2)).ParamName);
    }

    [Fact]
    public void The_queue_gives_the_highest_priority_first() => Forall.Check(Prop.ForAll(Gen.Choose(0, 1 << 20).ToArbitrary(), seed =>
    {
        RandomStream stream = RandomKey.FromSeed((ulong)seed).Stream();
        const int Items = 20;
        var heap = new PriorityHeap(Items);
        double?[] expected = new double?[Items];
        for (int operation = 0; operation < 300; operation++)
        {
            if (stream.NextDouble() < 0.6)
            {
                int item = stream.NextInt32(Items);
                double priority = stream.NextInt32(10);
                heap.Raise(item, priority);
                expected[item] = Math.Max(expected[item] ?? 0, priority);
            }
            else if (heap.Count > 0)
            {
                int best = Array.IndexOf(expected, expected.Max());
                Assert.Equal(best, heap.Pop());
                expected[best] = null;
            }

            Assert.Equal(expected.Count(e => e is not null), heap.Count);
        }
    }));

    private static void Check(TabularAgent agent, TabularModel model, double[] expected)
    {
        var run = (agent with { Discount = Discount, LearningRate = 1, LearningRateDecay = 0.8 }).Start(new TabularEnvironment(model, 8) { MaxEpisodeSteps = 9 }, RandomKey.FromSeed(1));
        Assert.Equal(Solving.RunStatus.Completed, run.Train(60_000).Status);
        var state = (TabularAgentState)run.State;
        for (int pair = 0; pair < expected.Length; pair++)
            Promises.Close(expected[pair], state.ActionValues[pair], 0, Tolerance, $"Q({pair}) of {model.States} states and {model.Actions} actions");
    }

    private static void Few(FsCheck.Property property) => FsCheck.Check.One(Forall.Config.WithMaxTest(4), property);
}
