using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.Optimizers;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Offline;

/// <summary>What a conservative penalty is, and what it does.</summary>
public class ConservatismTests
{
    private static readonly Variable Values = Variable.Input("values", [4]);

    [Fact]
    public void The_discrete_penalty_and_its_gradient_are_those_of_the_formula() => Forall.Check(Prop.ForAll(Gen.Choose(-300, 300).ArrayOf(4).Zip(Gen.Choose(0, 3)).ToArbitrary(), drawn =>
    {
        double[] q = [.. drawn.Item1.Select(value => value / 100.0)];
        int taken = drawn.Item2;
        Variable penalty = Operations.Sum(ConservativePenalty.Discrete(Operations.Reshape(Values, [1, 4]), Operations.OneHot(Variable.Constant<double>([taken], [1]), 4)));
        Replay<double> replay = Computation.Compile<double>([Values], penalty, Derivative.Gradient(penalty, Values)).Start();
        q.CopyTo(replay.Input(0));
        replay.Run();
        double sum = q.Sum(Math.Exp);
        Promises.Close(Math.Log(sum) - q[taken], replay.Output(0)[0], 1e-12, 1e-12, "penalty");
        for (int a = 0; a < 4; a++)
            Promises.Close((Math.Exp(q[a]) / sum) - (a == taken ? 1 : 0), replay.Output(1)[a], 1e-12, 1e-12, "gradient");
    }));

    [Theory]
    [InlineData(0.5)]
    [InlineData(-2.0)]
    public void The_sampled_penalty_integrates_over_the_actions(double slope)
    {
        // Q = c a on [-1, 1]: the integral of exp Q is 2 sinh(c) / c. Midpoints of equal parts have the density 1 / 2; those of a law of density (1 + a / 2) / 2 are its quantiles.
        const int N = 2000;
        double[] values = new double[2 * N], densities = new double[2 * N];
        for (int i = 0; i < N; i++)
        {
            double u = (i + 0.5) / N, uniform = (2 * u) - 1, tilted = -2 + Math.Sqrt(1 + (8 * u));
            (values[i], densities[i]) = (slope * uniform, Math.Log(0.5));
            (values[N + i], densities[N + i]) = (slope * tilted, Math.Log((1 + (tilted / 2)) / 2));
        }

        Variable penalty = ConservativePenalty.Sampled(
            Variable.Constant<double>(values, [1, 2 * N, 1]), Variable.Constant<double>(densities, [1, 2 * N]), Variable.Constant<double>([0.25], [1, 1]));
        Replay<double> replay = Computation.Compile<double>([], penalty).Start();
        replay.Run();
        Promises.Close(Math.Log(2 * Math.Sinh(slope) / slope) - 0.25, replay.Output(0)[0], 0, 1e-4, "penalty");
    }

    [Fact]
    public void The_penalty_of_a_critic_is_that_of_an_integral_over_its_actions()
    {
        var agent = new Cql
        {
            Continuous = new Sac { Critics = 1, BatchSize = 4, Actor = Torso.Relu(16), Critic = Torso.Tanh(16), Optimizer = new Adam { LearningRate = 1e-9 } },
            Penalty = new ConservativePenalty { Samples = 4000 },
        };
        var state = (SacState)agent.Start(Setup(DataSets.Bandit((0.5f, 1.5f, 1.0)), new Box(-1, 2, 1)));
        Assert.Equal(AgentAdvance.Continue, state.Learn(1));

        const int Cells = 300;
        float[] actions = [.. Enumerable.Range(0, Cells).Select(i => -1 + (3 * (i + 0.5f) / Cells)), 1.5f];
        Variable p = Variable.Input("critics", [state.Critics.Length]);
        Variable q = state.Value(p, Operations.BroadcastTo(Variable.Constant<double>([0.5], [1, 1]), [Cells + 1, 1]), Variable.Constant<float>(actions, [Cells + 1, 1]));
        Replay<float> replay = Computation.Compile<float>([p], q).Start();
        replay.Bind(0, state.Critics.Parameters);
        replay.Run();
        double integral = 0;
        for (int i = 0; i < Cells; i++)
            integral += Math.Exp(replay.Output(0)[i]) * 3 / Cells;
        Promises.Close(Math.Log(integral) - replay.Output(0)[Cells], state.Metrics[5], 0, 0.03, "penalty");
    }

    [Fact]
    public void Discrete_values_solve_the_conservative_equation()
    {
        // In one state, with the data's frequencies mu: alpha (softmax(Q)_a - mu_a) + mu_a (Q_a - r_a) = 0.
        (float, int, double)[] rows = [(1, 0, 0.2), (1, 0, 0.2), (1, 0, 0.2), (1, 1, 0.5), (1, 1, 0.5), (1, 2, -0.1), (1, 2, -0.1), (1, 2, -0.1)];
        double[] mu = [3 / 8.0, 2 / 8.0, 3 / 8.0], reward = [0.2, 0.5, -0.1], q = [0.2, 0.5, -0.1];
        const double Alpha = 0.3;
        for (int sweep = 0; sweep < 500; sweep++)
        {
            double sum = q.Sum(Math.Exp);
            double[] softmax = [.. q.Select(value => Math.Exp(value) / sum)];
            for (int a = 0; a < 3; a++)
                q[a] += 0.2 * (reward[a] - (Alpha * ((softmax[a] / mu[a]) - 1)) - q[a]);
        }

        DqnState state = Conservative(rows, new ConservativePenalty { Weight = Alpha });
        state.Learn(3000);
        float[] learnt = new float[3];
        state.ActionValues([1], learnt);
        for (int a = 0; a < 3; a++)
            Promises.Close(q[a], learnt[a], 0, 0.02, $"value of action {a}");
    }

    [Fact]
    public void A_threshold_tunes_the_weight_until_the_penalty_meets_it()
    {
        (float, int, double)[] rows = [(1, 0, 0.0), (1, 0, 0.0), (1, 0, 0.0), (1, 1, 1.0)];
        var penalty = new ConservativePenalty { Threshold = 0.75, Optimizer = new Adam { LearningRate = 0.02 } };
        DqnState state = Conservative(rows, penalty);
        state.Learn(1);
        Assert.True(state.Metrics[2] > 0.75 == state.Metrics[3] > 1, $"{state.Metrics[3]} at the penalty {state.Metrics[2]}");
        state.Learn(2000);
        double mean = 0;
        for (int i = 0; i < 100; i++)
        {
            state.Learn(1);
            mean += state.Metrics[2] / 100;
        }

        Promises.Close(0.75, mean, 0, 0.03, "penalty");
        Assert.InRange(state.Metrics[3], 0.01, 10);
    }

    [Fact]
    public void Q_learning_promises_more_than_it_keeps_and_conservative_Q_learning_less()
    {
        // Poles that are balanced, with little noise: what else could be done is hardly in the data.
        ReplayBuffer<float, int> data = new DataSets.Balancing(0.1, good: true).Collect(new CartPole(16), 2_000, RandomKey.FromSeed(21));
        var dqn = new Dqn { BatchSize = 64, IsDouble = false, TargetInterval = 20, TargetRate = 1, Optimizer = new Adam { LearningRate = 1e-3 } };
        (double promised, double kept) = Play(dqn, data);
        (double conservative, double earned) = Play(new Cql { Discrete = dqn }, data);
        string figures = $"DQN promises {promised} and keeps {kept}, CQL {conservative} and {earned}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);

        // No policy has more than 1 / (1 - 0.99) = 100.
        Assert.True(promised > 150 && promised > 2 * kept, figures);
        Assert.InRange(conservative, 50, earned);
        Assert.True(earned > 80, figures);
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_a_sentence()
    {
        Assert.Equal("Weight", Assert.Throws<ArgumentOutOfRangeException>(() => new ConservativePenalty { Weight = 0 }).ParamName);
        Assert.Equal("Samples", Assert.Throws<ArgumentOutOfRangeException>(() => new ConservativePenalty { Samples = 0 }).ParamName);
        var discrete = new AgentSetup<float, int>(new Box(-1, 1, 1), new Discrete(2), 1, default);
        Assert.Contains("DQN has", Assert.Throws<ArgumentException>(() => new Sac { Conservatism = new() }.Start(discrete)).Message, StringComparison.Ordinal);
    }

    private static DqnState Conservative(ReadOnlySpan<(float, int, double)> rows, ConservativePenalty penalty)
    {
        var agent = new Cql { Discrete = new Dqn { Torso = Torso.Tanh(8), BatchSize = 128, Optimizer = new Adam { LearningRate = 3e-3 } }, Penalty = penalty };
        int actions = 1;
        foreach ((_, int action, _) in rows)
            actions = Math.Max(actions, action + 1);
        return (DqnState)agent.Start(Setup(DataSets.Bandit(rows), new Discrete(actions)));
    }

    private static AgentSetup<float, TAction> Setup<TAction>(ReplayBuffer<float, TAction> data, Space<TAction> actions) where TAction : unmanaged =>
        new(new Box(-10, 10, 1), actions, 1, RandomKey.FromSeed(4)) { Memory = data };

    /// <summary>The mean of the greatest values at the beginning of episodes, and the mean discounted return of who goes by them.</summary>
    private static (double Promised, double Kept) Play(IAgent<float, int> agent, ReplayBuffer<float, int> data)
    {
        var environment = new CartPole(64) { MaxEpisodeSteps = 1000 };
        var state = (DqnState)agent.Start(new AgentSetup<float, int>(environment.ObservationSpace, environment.ActionSpace, 1, RandomKey.FromSeed(5)) { Memory = data });
        state.Learn(3000);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(6), buffers);
        float[] values = new float[128];
        state.ActionValues(buffers.Observations, values);
        double promised = Enumerable.Range(0, 64).Average(i => Math.Max(values[2 * i], values[(2 * i) + 1])), kept = 0, discount = 1.0 / 64;
        int[] actions = new int[64];
        bool[] over = new bool[64];
        for (int step = 0; step < 1000; step++, discount *= 0.99)
        {
            state.Act(buffers.Observations, actions);
            environment.Step(actions, buffers);
            for (int i = 0; i < 64; i++)
            {
                kept += over[i] ? 0 : discount * buffers.Rewards[i];
                over[i] |= buffers.Terminated[i];
            }
        }

        return (promised, kept);
    }
}
