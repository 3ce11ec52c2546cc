using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Tabular;

/// <summary>Agents that explore by plan find what random actions don't.</summary>
public class ExplorationTests
{
    public static TheoryData<string> Planners { get; } = ["PSRL", "Hoeffding", "Bernstein"];

    [Theory, MemberData(nameof(Planners))]
    public void The_treasure_of_the_deep_sea_is_found(string name)
    {
        // Six cells: random play finds the treasure in one of 64 episodes by luck, and the cost of going right makes it less.
        const int N = 6, Episodes = 150;
        double planned = 0, random = 0;
        for (ulong seed = 0; seed < 2; seed++)
        {
            TabularModel sea = Worlds.DeepSea(N, seed);
            planned += Regret(new Drive(Calm(name).Start, sea, seed)) / 2;
            random += Regret(new Drive(new QLearning { Discount = 1, Exploration = 0.1 }, sea, seed)) / 2;
        }

        Assert.True(planned < 0.5 * Episodes, $"{name}: regret {planned}");
        Assert.True(random > 0.9 * Episodes, $"epsilon-greedy: regret {random}");

        static double Regret(Drive drive)
        {
            double regret = 0;
            for (int episode = 0; episode < Episodes; episode++)
                regret += 0.99 - drive.Episode().Sum(step => step.Reward);
            return regret;
        }
    }

    [Theory, MemberData(nameof(Planners))]
    public void The_regret_in_the_river_grows_slower_than_time(string name)
    {
        const int Horizon = 20, Episodes = 2000;
        TabularModel river = Worlds.RiverSwim();
        double optimum = new BackwardInduction { Horizon = Horizon }.Solve(river).Values[0][0];
        (double early, double all) = Regret(new Drive(Agent(name, Horizon).Start, river, 1, Horizon));
        (_, double random) = Regret(new Drive(new QLearning { Discount = 0.95, Exploration = 0.1 }, river, 1, Horizon));

        // Growth with the square root of time makes the second half of the regret 0.41 of the first; growth with time makes it 1.
        Assert.True(all - early < 0.7 * early, $"{name}: {early} in the first half, {all} in all");
        Assert.True(all < 0.5 * random, $"{name}: {all}, epsilon-greedy: {random}");

        (double Early, double All) Regret(Drive drive)
        {
            double regret = 0, half = 0;
            for (int episode = 0; episode < Episodes; episode++)
            {
                regret += optimum - drive.Episode().Sum(step => step.Reward);
                half = episode == (Episodes / 2) - 1 ? regret : half;
            }

            return (half, regret);
        }
    }

    [Theory]
    [InlineData(UcbBonus.Hoeffding)]
    [InlineData(UcbBonus.Bernstein)]
    public void With_the_papers_constants_the_plan_is_optimistic(UcbBonus bonus)
    {
        // 7 H L / sqrt(n) is below the cap H from (7 L)^2 visits on, some 15,000.
        const int Horizon = 2;
        TabularModel river = Worlds.RiverSwim();
        FiniteHorizonSolution optimum = new BackwardInduction { Horizon = Horizon }.Solve(river);
        var drive = new Drive(new UcbValueIteration { Horizon = Horizon, Bonus = bonus, TotalSteps = 100_000 }.Start, river, 1, Horizon);
        bool informative = false;
        for (int episode = 0; episode < 50_000; episode++)
        {
            drive.Episode();
            if (episode % 5000 != 4999)
                continue;
            ReadOnlySpan<double> optimistic = ((UcbValueIterationState)drive.State).OptimisticValues;
            for (int step = 0; step < Horizon; step++)
            {
                for (int pair = 0; pair < 12; pair++)
                {
                    Assert.True(optimistic[(step * 12) + pair] >= optimum.ActionValues[step][pair] - 1e-12, $"step {step}, pair {pair}");
                    informative |= optimistic[(step * 12) + pair] < Horizon;
                }
            }
        }

        Assert.True(informative);
    }

    [Fact]
    public void The_posterior_is_the_prior_before_anything_was_seen_and_the_truth_after_much()
    {
        var drive = new Drive(new Psrl { Horizon = 1, RewardPriorMean = 3, RewardPriorCount = 2 }.Start, Worlds.RiverSwim(), 1, 20);
        for (int step = 0; step < 5; step++)
            drive.Step();

        // State 5 is unseen so soon: the mean of its prior. One step ahead nothing but the reward counts.
        Assert.Equal(3, drive.State.ActionValues[10]);
        int seen = (int)drive.State.Visits[0];
        double expected = ((2 * 3) + (0.005 * seen)) / (2 + seen);
        for (int step = 0; step < 1; step++)
            drive.Step();
        Promises.Close(expected, drive.State.ActionValues[0], 1e-12, 0, "the posterior mean");
    }

    /// <summary>For a world without noise: rewards that are certain after one visit, and a bonus that vanishes after some ten.</summary>
    private static IAgent<int, int> Calm(string name) => name switch
    {
        "PSRL" => new Psrl { Horizon = 6, RewardNoise = 0.1, RewardPriorCount = 0.01 },
        "Hoeffding" => new UcbValueIteration { Horizon = 6, Bonus = UcbBonus.Hoeffding, BonusScale = 0.0003 },
        _ => new UcbValueIteration { Horizon = 6, Bonus = UcbBonus.Bernstein, BonusScale = 0.003 },
    };

    private static IAgent<int, int> Agent(string name, int horizon) => name switch
    {
        "PSRL" => new Psrl { Horizon = horizon },
        "Hoeffding" => new UcbValueIteration { Horizon = horizon, Bonus = UcbBonus.Hoeffding, BonusScale = 0.005, TotalSteps = 100_000 },
        _ => new UcbValueIteration { Horizon = horizon, Bonus = UcbBonus.Bernstein, BonusScale = 0.01, TotalSteps = 100_000 },
    };
}
