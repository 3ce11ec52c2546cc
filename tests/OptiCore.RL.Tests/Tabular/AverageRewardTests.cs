using FsCheck.Fluent;
using OptiCore.Optimizers;
using OptiCore.RL.Environments;
using OptiCore.RL.Tests.Planning;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Tabular;

/// <summary>Learning for the average reward, against relative value iteration and the linear equations of the bias.</summary>
public class AverageRewardTests
{
    private static readonly AverageRewardSolution Queue = new RelativeValueIteration().Solve(AccessControl.Model());

    [Fact]
    public void The_reward_rate_and_the_differences_of_values_are_those_of_relative_value_iteration() => FsCheck.Check.One(Forall.Config.WithMaxTest(4), Prop.ForAll(Models.Arbitrary(4, 3, 0.1, dense: true), model =>
    {
        AverageRewardSolution expected = new RelativeValueIteration().Solve(model);
        var run = new DifferentialQLearning { LearningRate = 1, LearningRateDecay = 0.8, Exploration = 1 }.Start(new TabularEnvironment(model, 8) { MaxEpisodeSteps = 13 }, RandomKey.FromSeed(1));
        run.Train(160_000);
        var state = (DifferentialQLearningState)run.State;
        Assert.Equal(expected.AverageReward, state.RewardRate, 0.05);
        for (int pair = 1; pair < expected.ActionValues.Length; pair++)
            Promises.Close(expected.ActionValues[pair] - expected.ActionValues[0], state.ActionValues[pair] - state.ActionValues[0], 0, 0.15, $"Q({pair}) - Q(0)");
    }));

    [Fact]
    public void Centred_values_are_the_bias() => FsCheck.Check.One(Forall.Config.WithMaxTest(4), Prop.ForAll(Models.Arbitrary(4, 3, 0.1, dense: true), model =>
    {
        AverageRewardSolution solution = new RelativeValueIteration().Solve(model);
        double[] stationary = PlanningTests.Stationary(model, solution.Policy.Actions.ToArray());
        double mean = stationary.Zip(solution.Values, (p, h) => p * h).Sum();
        Schedule centering = Schedule.Constant(0.2).Then(Schedule.InverseSquareRoot(0.05, 1000), after: 60_000);
        var run = new DifferentialQLearning { LearningRate = 1, LearningRateDecay = 0.8, Exploration = 0.5, CenteringRate = centering }.Start(new TabularEnvironment(model, 8), RandomKey.FromSeed(1));
        run.Train(300_000);
        var state = (DifferentialQLearningState)run.State;
        for (int s = 0; s < model.States; s++)
            Promises.Close(solution.Values[s] - mean, state.ActionValues.Slice(s * model.Actions, model.Actions).ToArray().Max() - state.ValueOffset, 0, 0.2, $"bias({s})");
    }));

    [Theory]
    [InlineData(0.025, 1.0)]
    [InlineData(0.025, 0.125)]
    [InlineData(0.1, 1.0)]
    [InlineData(0.1, 0.25)]
    public void Access_control_is_learnt_with_all_kinds_of_rates(double rate, double factor)
    {
        TabularModel model = AccessControl.Model();
        Assert.True(Queue.Converged);
        var run = new DifferentialQLearning { LearningRate = rate, RewardRateFactor = factor, Exploration = 0.1 }.Start(AccessControl.Create(), RandomKey.FromSeed(1));
        run.Train(200_000);
        double mean = 0;
        for (int sample = 0; sample < 200; sample++)
        {
            run.Train(1000);
            mean += ((DifferentialQLearningState)run.State).RewardRate / 200;
        }

        var state = (DifferentialQLearningState)run.State;
        double learnt = PlanningTests.Average(model, ((TabularPolicy)state.CurrentPolicy()).Actions.ToArray());
        Assert.InRange(learnt, 0.97 * Queue.AverageReward, Queue.AverageReward + 1e-9);
        Assert.Equal(Queue.AverageReward, mean, 0.05 * Queue.AverageReward);
    }

    [Theory]
    [InlineData(0.025)]
    [InlineData(0.1)]
    public void A_reference_pair_that_is_seldom_visited_makes_access_control_worse_than_one_that_is_often(double rate)
    {
        // Four free servers and the highest priority, accepted, is met every day; all ten free and the lowest, turned away, hardly ever.
        (double often, double error) = Learn((4 * 4) + 3, 1);
        (double seldom, double seldomError) = Learn(10 * 4, 0);
        Assert.InRange(often, 0.9 * Queue.AverageReward, Queue.AverageReward + 1e-9);
        Assert.True(seldomError > 3 * error, $"The average reward of {Queue.AverageReward} is missed by {seldomError} with a rare pair, by {error} with a frequent one; their policies earn {seldom} and {often}.");

        (double Learnt, double Error) Learn(int state, int action)
        {
            var run = new DifferentialQLearning { LearningRate = rate, ReferencePair = (state, action), Exploration = 0.1 }.Start(AccessControl.Create(), RandomKey.FromSeed(1));
            run.Train(200_000);
            double square = 0;
            for (int sample = 0; sample < 200; sample++)
            {
                run.Train(1000);
                square += Math.Pow(((DifferentialQLearningState)run.State).RewardRate - Queue.AverageReward, 2) / 200;
            }

            return (PlanningTests.Average(AccessControl.Model(), ((TabularPolicy)run.State.CurrentPolicy()).Actions.ToArray()), Math.Sqrt(square));
        }
    }

    [Fact]
    public void A_free_server_is_never_refused_to_the_highest_priority()
    {
        for (int free = 1; free <= 10; free++)
        {
            Assert.Equal(1, Queue.Policy.Actions[(free * 4) + 3]);

            // Whoever accepts a priority accepts higher ones, and with more free servers too.
            for (int priority = 1; priority < 4; priority++)
            {
                Assert.True(Queue.Policy.Actions[(free * 4) + priority] >= Queue.Policy.Actions[(free * 4) + priority - 1]);
                Assert.True(free == 10 || Queue.Policy.Actions[((free + 1) * 4) + priority] >= Queue.Policy.Actions[(free * 4) + priority]);
            }
        }
    }
}
