using OptiCore.Optimizers;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Tabular;

/// <summary>The examples of R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an introduction".</summary>
public class TextbookTests
{
    [Fact]
    public void Sarsa_walks_away_from_the_cliff_and_q_learning_along_its_edge()
    {
        // Example 6.6: 500 episodes with a learning rate of 0.5 and exploration of 0.1. Online SARSA earns about -25 an episode, Q-learning about -50.
        (double sarsa, _) = Online(new Sarsa());
        (double expected, _) = Online(new ExpectedSarsa());
        (double q, double edge) = Online(new QLearning());
        Assert.InRange(sarsa, -35, -20);
        Assert.InRange(expected, -30, -20);
        Assert.InRange(q, -60, -40);
        Assert.Equal(1, edge);

        // What both learn in the long run: the path along the edge takes 13 steps, the safe one 17, or 15 through the middle.
        TabularModel model = CliffWalking.Model();
        Assert.Equal(13, PathLength(model, Slow(new QLearning())));
        Assert.InRange(PathLength(model, Slow(new Sarsa())), 15, 17);
        Assert.InRange(PathLength(model, Slow(new ExpectedSarsa())), 15, 17);

        static (double Return, double Edge) Online(TabularAgent agent)
        {
            double total = 0;
            int edge = 0;
            for (ulong seed = 0; seed < 10; seed++)
            {
                var drive = new Drive(agent with { Discount = 1, LearningRate = 0.5, Exploration = 0.1 }, CliffWalking.Model(), seed);
                for (int episode = 0; episode < 500; episode++)
                {
                    double sum = drive.Episode().Sum(step => step.Reward);
                    total += episode >= 400 ? sum : 0;
                }

                edge += agent is QLearning && PathLength(CliffWalking.Model(), (TabularPolicy)drive.State.CurrentPolicy()) == 13 ? 1 : 0;
            }

            return (total / 1000, edge / 10.0);
        }

        static TabularPolicy Slow(TabularAgent agent)
        {
            var run = (agent with { Discount = 1, LearningRate = 1, LearningRateDecay = 0.6, Exploration = 0.1 }).Start(CliffWalking.Create(8), RandomKey.FromSeed(1));
            run.Train(200_000);
            return (TabularPolicy)run.State.CurrentPolicy();
        }
    }

    [Fact]
    public void Double_q_learning_is_not_misled_by_noise()
    {
        // Example 6.7: left earns 0 and then -0.1 on average with a deviation of 1, whichever of ten actions; right earns 0 and ends. Both agents explore with 0.1, which alone makes 5 % of choices wrong.
        double[] q = LeftChoices(new QLearning()), doubled = LeftChoices(new DoubleQLearning());
        Assert.True(q.Max() > 0.75, $"Q-learning's highest share was {q.Max()}");
        Assert.True(doubled.Max() < 0.65, $"double Q-learning's highest share was {doubled.Max()}");
        Assert.True(doubled[250..].Average() < q[250..].Average());
        Assert.InRange(doubled[250..].Average(), 0.05, 0.08);

        static double[] LeftChoices(TabularAgent agent)
        {
            const int Runs = 300;
            double[] left = new double[300];
            for (ulong seed = 0; seed < Runs; seed++)
            {
                var setup = new AgentSetup<int, int>(new Discrete(2), new Discrete(10), 1, RandomKey.FromSeed(seed));
                AgentState<int, int> state = (agent with { Discount = 1, LearningRate = 0.1, Exploration = 0.1 }).Start(setup);
                RandomStream noise = RandomKey.FromSeed(seed).Fold("noise").Stream();
                int[] action = new int[1];
                long steps = 0;
                for (int episode = 0; episode < left.Length; episode++)
                {
                    // The beginning has two actions: even numbers are left, odd ones right.
                    state.Explore([0], steps++, action);
                    bool isLeft = action[0] % 2 == 0;
                    left[episode] += isLeft ? 1.0 / Runs : 0;
                    Learn(0, 0, isLeft ? 1 : 0, !isLeft);
                    if (!isLeft)
                        continue;
                    state.Explore([1], steps++, action);
                    Learn(1, noise.NextNormal() - 0.1, 1, true);
                }

                void Learn(int from, double reward, int to, bool terminated) => state.Observe(new Transition<int, int>
                {
                    Observations = [from],
                    Actions = action,
                    Rewards = [reward],
                    Terminated = [terminated],
                    Truncated = [false],
                    NextObservations = [to],
                });
            }

            return left;
        }
    }

    [Fact]
    public void On_the_random_walk_a_few_steps_are_better_than_one_or_many()
    {
        // Figure 7.2: the root mean square error over 19 states, of the first ten episodes, at the best learning rate.
        double one = Best(a => new TreeBackup { Steps = 1, LearningRate = a }), four = Best(a => new TreeBackup { Steps = 4, LearningRate = a }), many = Best(a => new TreeBackup { Steps = 64, LearningRate = a });
        Assert.True(four < one && four < many && one < many, $"{one}, {four}, {many}");
        Assert.InRange(four, 0.24, 0.29);

        // Figures 12.6 and 12.8: so are lambdas between 0 and 1, and the true online method is the best of the three at its best and suffers least from high rates.
        double zero = Best(a => new Sarsa { LearningRate = a }), online = Best(a => new Sarsa { Lambda = 0.8, LearningRate = a }), full = Best(a => new Sarsa { Lambda = 1, LearningRate = a });
        Assert.Equal(one, zero, 1e-12);
        Assert.True(online < zero && online < full, $"{zero}, {online}, {full}");
        double accumulating = Best(a => new Sarsa { Lambda = 0.8, LearningRate = a, Traces = EligibilityTraceKind.Accumulating });
        Assert.True(online <= accumulating, $"{online}, {accumulating}");
        double calm = Error(new Sarsa { Lambda = 0.9, LearningRate = 0.6 }), wild = Error(new Sarsa { Lambda = 0.9, LearningRate = 0.6, Traces = EligibilityTraceKind.Accumulating });
        Assert.True(1.5 * calm < wild, $"{calm}, {wild}");

        static double Best(Func<double, TabularAgent> agent) => ((double[])[0.1, 0.2, 0.4, 0.7]).Min(rate => Error(agent(rate)));

        static double Error(TabularAgent agent)
        {
            const int Runs = 20;
            TabularModel walk = Worlds.RandomWalk(19);
            double sum = 0;
            for (ulong seed = 0; seed < Runs; seed++)
            {
                var drive = new Drive(agent with { Discount = 1 }, walk, seed);
                for (int episode = 0; episode < 10; episode++)
                {
                    drive.Episode();
                    double squares = 0;
                    for (int state = 0; state < 19; state++)
                        squares += Math.Pow(drive.State.ActionValues[state] - (((state + 1) / 10.0) - 1), 2);
                    sum += Math.Sqrt(squares / 19) / (10 * Runs);
                }
            }

            return sum;
        }
    }

    [Fact]
    public void Planning_saves_episodes_in_the_maze()
    {
        // Figure 8.2: with 50 planned steps the maze is solved in about three episodes, without planning in about 25. The shortest way takes 14 steps.
        double none = Steps(new DynaQ { PlanningSteps = 0 }), five = Steps(new DynaQ { PlanningSteps = 5 }), fifty = Steps(new DynaQ { PlanningSteps = 50 });
        Assert.True(none > 3 * five && five > 1.5 * fifty, $"{none}, {five}, {fifty}");
        Assert.InRange(fifty, 14, 40);

        // The first episode is the same blind search for all: episodes 2 to 10 count.
        static double Steps(TabularAgent agent)
        {
            double sum = 0;
            for (ulong seed = 0; seed < 10; seed++)
            {
                var drive = new Drive(agent with { Discount = 0.95, LearningRate = 0.1, Exploration = 0.1 }, Worlds.DynaMaze(), seed);
                drive.Episode();
                for (int episode = 0; episode < 9; episode++)
                    sum += drive.Episode().Count;
            }

            return sum / (9 * 10);
        }
    }

    [Fact]
    public void Prioritised_sweeping_backs_up_where_values_change()
    {
        // As many backups as Dyna-Q plans steps, each of one state: the way is found in the second episode.
        double sum = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            var drive = new Drive(new PrioritizedSweeping { Discount = 0.95, Exploration = 0, Backups = 50 }.Start, Worlds.DynaMaze(), seed);
            drive.Episode();
            sum += drive.Episode().Count / 20.0;
        }

        Assert.InRange(sum, 14, 20);
    }

    [Fact]
    public void Optimism_explores_a_maze_in_one_go()
    {
        // Nothing is left unknown that could be better: with the largest value, 1, for pairs tried less than once, the shortest way is found without a random action.
        TabularModel maze = Worlds.DynaMaze();
        var drive = new Drive(new PrioritizedSweeping { Discount = 0.95, Exploration = 0, Backups = 200, KnownAfter = 1, OptimisticValue = 1 }.Start, maze, 1);
        for (int episode = 0; episode < 30; episode++)
            drive.Episode();
        Assert.Equal(14, drive.Episode().Count);
        Assert.True(drive.State.Visits.ToArray().Count(v => v > 0) > 100);
    }

    [Fact]
    public void Curiosity_finds_the_way_that_has_opened()
    {
        // Figure 8.5: after 3000 steps a shorter way opens on the right. Dyna-Q never sees it, Dyna-Q+ does.
        double plain = 0, curious = 0;
        for (ulong seed = 0; seed < 5; seed++)
        {
            plain += Later(new DynaQ { PlanningSteps = 50 }, seed) / 5.0;
            curious += Later(new DynaQ { PlanningSteps = 50, CuriosityBonus = 1e-3 }, seed) / 5.0;
        }

        Assert.True(curious > 1.15 * plain, $"{curious} against {plain}");

        // The reward of the last 3000 of 9000 steps: 3000 / 16 = 188 along the old way, 3000 / 10 = 300 along the new one.
        static double Later(TabularAgent agent, ulong seed)
        {
            var world = new ShortcutMaze();
            var setup = new AgentSetup<int, int>(world.ObservationSpace, world.ActionSpace, 1, RandomKey.FromSeed(seed));
            AgentState<int, int> state = (agent with { Discount = 0.95, LearningRate = 0.7, Exploration = 0.1 }).Start(setup);
            double sum = 0;
            int[] action = new int[1];
            int at = world.Begin();
            for (int step = 0; step < 9000; step++)
            {
                state.Explore([at], step, action);
                (int next, bool goal) = world.Move(at, action[0], open: step >= 3000);
                sum += goal && step >= 6000 ? 1 : 0;
                state.Observe(new Transition<int, int> { Observations = [at], Actions = action, Rewards = [goal ? 1 : 0], Terminated = [goal], Truncated = [false], NextObservations = [next] });
                at = goal ? world.Begin() : next;
            }

            return sum;
        }
    }

    private static int PathLength(TabularModel model, TabularPolicy policy)
    {
        int state = 36, length = 0;
        while (length < 100)
        {
            TabularOutcome outcome = model.Outcomes(state, policy.Actions[state])[0];
            length++;
            if (outcome.Terminated)
                return length;
            state = outcome.NextState;
        }

        return int.MaxValue;
    }

    /// <summary>Example 8.3: 6 by 9 cells, a wall in the fourth row that leaves the left end free, and later the right end too.</summary>
    private sealed class ShortcutMaze
    {
        public Space<int> ObservationSpace { get; } = new Discrete(54);

        public Space<int> ActionSpace { get; } = new Discrete(4);

        public int Begin() => (5 * 9) + 3;

        public (int Next, bool Goal) Move(int at, int action, bool open)
        {
            (int row, int column) = Math.DivRem(at, 9);
            (int r, int c) = (Math.Clamp(row + (action == 0 ? -1 : action == 2 ? 1 : 0), 0, 5), Math.Clamp(column + (action == 1 ? 1 : action == 3 ? -1 : 0), 0, 8));
            if (r == 3 && c >= 1 && !(open && c == 8))
                (r, c) = (row, column);
            return ((r * 9) + c, r == 0 && c == 8);
        }
    }
}
