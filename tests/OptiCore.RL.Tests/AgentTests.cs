using OptiCore.Optimizers;
using OptiCore.RL.Environments;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

public class AgentTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Reinforce_solves_the_cart_pole(ulong seed)
    {
        TrainingResult<float, int> result = new Reinforce()
            .Start(new CartPole(16), RandomKey.FromSeed(seed), new TrainingOptions { CurveInterval = 8000, TargetReturn = 490 })
            .Train(1_000_000);
        Assert.Equal(StopReason.TargetReached, result.Reason);

        // Random play lasts about 22 steps; the first 8000 transitions are a little better than that.
        Assert.InRange(result.Curve[0].MeanReturn, 18, 80);
        EvaluationResult evaluation = result.BestPolicy.Evaluate(new CartPole(20), 100, RandomKey.FromSeed(1000 + seed));
        Assert.True(evaluation.MeanReturn >= 475, evaluation.ToString());
    }

    [Theory]
    [InlineData(ReinforceBaseline.None)]
    [InlineData(ReinforceBaseline.MeanReturn)]
    public void Reinforce_learns_with_every_baseline_and_a_linear_policy(ReinforceBaseline baseline)
    {
        var agent = new Reinforce { Networks = new() { Policy = Torso.Tanh(), Value = null }, Optimizer = new Adam { LearningRate = 0.05 }, Baseline = baseline };
        TrainingResult<float, int> result = agent.Start(new CartPole(16), RandomKey.FromSeed(1)).Train(300_000);
        Assert.True(result.BestPolicy.Evaluate(new CartPole(20), 40, RandomKey.FromSeed(3)).MeanReturn >= 300);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Q_learning_crosses_the_slippery_lake_as_well_as_possible(ulong seed)
    {
        TrainingResult<int, int> result = new QLearning { Exploration = Schedule.Linear(1, 0.1, 500_000) }
            .Start(FrozenLake.Create(16), RandomKey.FromSeed(seed))
            .Train(500_000);

        // While exploring with probability 0.1, optimal play crosses in this share of episodes; the last point is the mean of some 300 of them, with a deviation of 0.027.
        TabularModel model = FrozenLake.Model(FrozenLake.Map4x4);
        double exact = ToyTextTests.SuccessWithin(model, new ValueIteration().Solve(model).Policy, 100, exploration: 0.1);
        Assert.InRange(result.Curve[^1].MeanReturn, exact - 0.11, exact + 0.11);
        EvaluationResult evaluation = result.BestPolicy.Evaluate(FrozenLake.Create(50), 1000, RandomKey.FromSeed(1000 + seed));
        Assert.True(evaluation.MeanReturn >= 0.7, evaluation.ToString());
    }

    [Fact]
    public void Q_learning_with_decaying_rates_converges_to_the_optimal_values()
    {
        TabularModel model = FrozenLake.Model(FrozenLake.Map4x4);
        TabularSolution optimum = new ValueIteration { Discount = 0.9 }.Solve(model);
        TrainingRun<int, int> run = new QLearning { Discount = 0.9, LearningRate = 1, LearningRateDecay = 0.8, Exploration = 1 }
            .Start(new TabularEnvironment(model, 32), RandomKey.FromSeed(5));
        run.Train(2_000_000);
        ReadOnlySpan<double> learnt = ((QLearningState)run.State).ActionValues;
        for (int pair = 0; pair < learnt.Length; pair++)
        {
            if (((QLearningState)run.State).Visits[pair] > 0)
                Promises.Close(optimum.ActionValues[pair], learnt[pair], 0, 0.03, $"Q({pair / 4}, {pair % 4})");
        }
    }

    [Fact]
    public void Q_learning_does_not_bootstrap_through_termination()
    {
        TrainingRun<int, int> run = new QLearning { Discount = 0.9, LearningRate = 1, LearningRateDecay = 0.8 }.Start(Worlds.Mortal(16), RandomKey.FromSeed(5));
        run.Train(400_000);
        Assert.Equal(1 / (1 - (0.9 * 0.8)), ((QLearningState)run.State).ActionValues[0], 0.03);
    }

    [Fact]
    public void Spaces_that_do_not_begin_at_zero_are_learnt_as_well()
    {
        TrainingRun<int, int> run = new QLearning { LearningRate = 0.5, Exploration = Schedule.Linear(1, 0, 4000) }
            .Start(new EnvironmentArray<int, int>(4, () => new Shifted()), RandomKey.FromSeed(1));
        TrainingResult<int, int> result = run.Train(4000);
        int[] actions = new int[2];
        run.Act([5, 6], actions);
        Assert.Equal((int[])[-3, -2], actions);
        result.BestPolicy.Act([5, 6], RandomKey.FromSeed(1), actions);
        Assert.Equal((int[])[-3, -2], actions);
    }

    /// <summary>Observations 5 and 6, actions -3 and -2; the matching one earns 1 and ends the episode.</summary>
    private sealed class Shifted : IEnvironment<int, int>
    {
        private int _state;

        public Space<int> ObservationSpace { get; } = new Discrete(2, 5);

        public Space<int> ActionSpace { get; } = new Discrete(2, -3);

        public void Reset(RandomKey key, Span<int> observation)
        {
            ObservationSpace.Sample(key, observation);
            _state = observation[0];
        }

        public StepOutcome Step(ReadOnlySpan<int> action, Span<int> observation)
        {
            observation[0] = _state;
            return new StepOutcome(action[0] + 8 == _state ? 1 : 0, Terminated: true);
        }
    }
}
