using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests.Agents;

/// <summary>What only policy-gradient agents promise, and the scores that they are known for.</summary>
public class PolicyGradientTests
{
    private static Ppo Fast => new() { Minibatches = 8, Optimizer = new ClipByNorm(0.5).Then(new Adam { LearningRate = 1e-3, Epsilon = 1e-5 }) };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Ppo_balances_the_pole(int seed)
    {
        TrainingResult<float, int> result = Fast.Start(new CartPole(16), RandomKey.FromSeed((ulong)seed), new TrainingOptions { CurveInterval = 5000 }).Train(120_000);
        Assert.InRange(result.BestPolicy.Evaluate(new CartPole(20), 100, RandomKey.FromSeed(50)).MeanReturn, 475, 500);
    }

    [Theory]
    [InlineData(PpoSurrogate.Clip)]
    [InlineData(PpoSurrogate.Penalty)]
    public void Ppo_has_the_same_bits_for_any_number_of_workers(PpoSurrogate surrogate) => Assert.Equal(Learner(Fast with { Surrogate = surrogate, Minibatches = 4 }, Workers.Serial), Learner(Fast with { Surrogate = surrogate, Minibatches = 4 }, Workers.Threads(3)));

    [Fact]
    public void Reinforce_has_the_same_bits_for_any_number_of_workers() => Assert.Equal(Learner(new Reinforce(), Workers.Serial), Learner(new Reinforce(), Workers.Threads(3)));

    [Fact]
    public void Trpo_has_the_same_bits_for_any_number_of_workers() => Assert.Equal(Learner(new Trpo { RolloutSteps = 64 }, Workers.Serial), Learner(new Trpo { RolloutSteps = 64 }, Workers.Threads(3)));

    [Fact]
    public void Trpo_improves_its_surrogate_within_the_trust_region()
    {
        var agent = new Trpo { RolloutSteps = 64, TrustRegion = 0.005 };
        TrainingRun<float, int> run = agent.Start(new CartPole(8), RandomKey.FromSeed(1));
        int stepped = 0;
        for (int update = 0; update < 20; update++)
        {
            run.Train(8 * 64);
            (double improvement, double divergence) = (run.State.Metrics[0], run.State.Metrics[1]);
            Assert.True(improvement >= 0);
            Assert.InRange(divergence, 0, 0.005);
            stepped += improvement > 0 ? 1 : 0;
        }

        Assert.InRange(stepped, 15, 20);
    }

    [Fact]
    public void A_checkpoint_goes_on_with_another_number_of_workers()
    {
        Ppo agent = Fast with { Minibatches = 4 };
        TrainingRun<float, int> whole = agent.Start(new CartPole(8), RandomKey.FromSeed(1)), moved = agent.Start(new CartPole(8), RandomKey.FromSeed(1), new TrainingOptions { Workers = Workers.Threads(2) });
        whole.Train(3000);
        var stream = new MemoryStream();
        whole.Save(stream);
        stream.Position = 0;
        moved.Load(stream);
        whole.Train(3000);
        moved.Train(3000);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(moved));
    }

    [Fact]
    public void Epochs_end_early_at_the_target_divergence()
    {
        double with = Divergence(double.PositiveInfinity), without = Divergence(0.005);
        Assert.True(without < with / 2, $"{without} is not well below {with}.");

        static double Divergence(double target)
        {
            Ppo agent = Fast with { Epochs = 10, TargetDivergence = target, Optimizer = new Adam { LearningRate = 3e-3 } };
            TrainingRun<float, int> run = agent.Start(new CartPole(8), RandomKey.FromSeed(1));
            double sum = 0;
            for (int update = 0; update < 5; update++)
            {
                run.Train(8 * 128);
                sum += run.State.Metrics[3];
            }

            return sum;
        }
    }

    [Fact]
    public void Too_many_minibatches_and_shared_trust_regions_are_refused_in_a_sentence()
    {
        Assert.Contains("2 transitions", Assert.Throws<ArgumentException>(() => new Ppo { RolloutSteps = 1 }.Start(new CartPole(2), default)).Message, StringComparison.Ordinal);
        Assert.Contains("separate", Assert.Throws<ArgumentException>(() => new Trpo { Networks = new() { Value = null } }.Start(new CartPole(2), default)).Message, StringComparison.Ordinal);
        Assert.Contains("separate", Assert.Throws<ArgumentException>(() => new Reinforce { Networks = new() { Value = null } }.Start(new CartPole(2), default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stochastic_policy_draws_with_the_probabilities_of_its_law()
    {
        var networks = new ActorCritic<int>(new ActorCriticLayout { Policy = Torso.Tanh(), Value = null }, new AgentSetup<float, int>(new Box(-1, 1, 1), new Discrete(3, 4), 1, default));
        Span<float> parameters = networks.Parameters.Span;
        parameters.Clear();
        NamedTensor biases = networks.Tensors.Single(tensor => tensor.Name == "actions.bias");
        for (int j = 0; j < 3; j++)
            parameters[biases.Offset + j] = MathF.Log(((float[])[1, 2, 5])[j]);

        int[] actions = new int[8000];
        networks.StochasticPolicy().Act(new float[8000], RandomKey.FromSeed(1), actions);
        Assert.InRange(actions.Count(a => a == 4), 1000 - 120, 1000 + 120);
        Assert.InRange(actions.Count(a => a == 6), 5000 - 180, 5000 + 180);
        networks.Policy(kept: false).Act(new float[8000], RandomKey.FromSeed(1), actions);
        Assert.All(actions, a => Assert.Equal(6, a));
    }

    private static byte[] Learner(IAgent<float, int> agent, IWorkers workers)
    {
        TrainingRun<float, int> run = agent.Start(new CartPole(16), RandomKey.FromSeed(3), new TrainingOptions { Workers = workers });
        run.Train(3 * 16 * 128);
        return StateArchive.Save(run.State);
    }
}
