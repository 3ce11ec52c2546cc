using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Agents;

/// <summary>Imitation by a discriminator whose slope is held.</summary>
public class AdversarialImitationTests
{
    private static readonly ReplayOptions Replay = new() { Capacity = 40_000, Discount = 0.97 };

    [Theory, InlineData(true, 0.3), InlineData(false, 0.3), InlineData(false, 2.0)]
    public void The_gradient_of_the_penalty_is_its_slope(bool isOneSided, double bound)
    {
        // In double precision, with respect to all parameters of a network of smooth units.
        Variable z = Variable.Input("points", [5, 3]);
        var network = new Network(scope => Write(scope, z));
        Variable p = Variable.Input("parameters", [network.ParameterCount]), score = Write(network.ScopeOf(p), z);
        Variable loss = Operations.Sum(GradientPenalty.Of(GradientPenalty.Norms(score, z), bound, isOneSided));
        Replay<double> replay = Computation.Compile<double>([p, z], loss, Derivative.Gradient(loss, p)).Start();
        RandomStream stream = RandomKey.FromSeed(1).Stream();
        double[] at = new double[network.ParameterCount];
        for (int i = 0; i < at.Length; i++)
            at[i] = 0.7 * stream.NextNormal();
        foreach (ref double element in replay.Input(1))
            element = stream.NextNormal();
        double[] gradient = new double[at.Length];
        Assert.True(Value(at) > 1e-3);
        replay.Output(1).CopyTo(gradient);
        for (int i = 0; i < at.Length; i++)
        {
            const double H = 1e-5;
            double here = at[i];
            at[i] = here + H;
            double above = Value(at);
            at[i] = here - H;
            double below = Value(at);
            at[i] = here;
            Promises.Close((above - below) / (2 * H), gradient[i], 1e-6, 1e-7, $"parameter {i}");
        }

        double Value(double[] parameters)
        {
            parameters.CopyTo(replay.Input(0));
            replay.Run();
            return replay.Output(0)[0];
        }

        static Variable Write(Scope scope, Variable x) => Operations.Reshape(new Linear(1).Apply(scope.Part("score"), Torso.Tanh(4, 4).Apply(scope.Part("torso"), x)), [x.Shape[0]]);
    }

    [Fact]
    public void The_norms_of_a_linear_score_are_those_of_its_weights()
    {
        Variable z = Variable.Input("points", [2, 2]), score = Operations.Sum(Variable.Constant<double>([3.0, 4.0], [2]) * z, -1);
        Variable norms = GradientPenalty.Norms(score, z);
        Replay<double> replay = Computation.Compile<double>(
            [z], norms, GradientPenalty.Of(norms, 6, isOneSided: true), GradientPenalty.Of(norms, 6, isOneSided: false), GradientPenalty.Of(norms, 3, isOneSided: true)).Start();
        replay.Run();
        Assert.Equal([5, 5], replay.Output(0).ToArray());
        Assert.Equal([0, 0], replay.Output(1).ToArray());
        Assert.Equal([1, 1], replay.Output(2).ToArray());
        Assert.Equal([4, 4], replay.Output(3).ToArray());
    }

    [Theory, InlineData(AdversarialReward.NonNegative), InlineData(AdversarialReward.LogOdds), InlineData(AdversarialReward.NonPositive)]
    public void The_slopes_of_rewards_are_those_of_finite_differences(AdversarialReward form)
    {
        Gail plain = Small(32) with { Reward = form, SlopeBound = 0.05 };
        GailState state = Trained(plain);
        const int Rows = 70;
        float[] observations = new float[4 * Rows], actions = new float[2 * Rows], rewards = new float[Rows], slopes = new float[Rows], distrusted = new float[Rows], above = new float[Rows], below = new float[Rows];
        RandomStream stream = RandomKey.FromSeed(3).Stream();
        foreach (ref float element in observations.AsSpan())
            element = (float)stream.NextNormal();
        foreach (ref float element in actions.AsSpan())
            element = (float)((2 * stream.NextDouble()) - 1);
        state.Judge(observations, actions, rewards, slopes);
        double[] squares = new double[Rows];
        for (int j = 0; j < 6; j++)
        {
            const float H = 0.01f;
            Shift(j, H);
            state.Judge(observations, actions, above);
            Shift(j, -2 * H);
            state.Judge(observations, actions, below);
            Shift(j, H);
            for (int i = 0; i < Rows; i++)
                squares[i] += Math.Pow((above[i] - below[i]) / (2 * H), 2);
        }

        for (int i = 0; i < Rows; i++)
        {
            Promises.Close(Math.Sqrt(squares[i]), slopes[i], 0.01, 1e-3, $"slope {i}");
            Assert.True(form switch { AdversarialReward.NonNegative => rewards[i] > 0, AdversarialReward.NonPositive => rewards[i] < 0, _ => true });
        }

        // Before the first update both discriminators are the same, and pessimism is the factor exp(-alpha max(0, slope - k)^2).
        state = Begun(plain);
        GailState wary = Begun(plain with { Pessimism = 2 });
        state.Judge(observations, actions, rewards, slopes);
        wary.Judge(observations, actions, distrusted);
        for (int i = 0; i < Rows; i++)
            Promises.Close(rewards[i] * Math.Exp(-2 * Math.Pow(Math.Max(0, slopes[i] - 0.05), 2)), distrusted[i], 1e-5, 1e-6, $"reward {i}");

        void Shift(int element, float by)
        {
            for (int i = 0; i < Rows; i++)
            {
                if (element < 4)
                    observations[(4 * i) + element] += by;
                else
                    actions[(2 * i) + element - 4] += by;
            }
        }
    }

    [Fact]
    public void Four_trajectories_teach_to_bring_the_mass_home()
    {
        Gail agent = Small(32) with { Learner = SmallSac, Reward = AdversarialReward.LogOdds, DiscriminatorUpdates = 0.5 };
        double expert = new Homing().Evaluate(PointMass.Create(20), 40, RandomKey.FromSeed(1)).MeanReturn;
        TrainingRun<float, float> run = agent.Start(PointMass.Create(8), RandomKey.FromSeed(1));
        double reached = run.Train(24_000).LastPolicy.Evaluate(PointMass.Create(20), 40, RandomKey.FromSeed(1)).MeanReturn;
        Assert.InRange(expert, 85, 95);
        Assert.InRange(reached, 0.9 * expert, expert);
    }

    [Theory, InlineData(10, 50, 95), InlineData(0, 0, 30)]
    public void Without_the_penalty_what_was_learnt_is_lost_again(double scale, double least, double most)
    {
        TrainingRun<float, float> run = (Small(32) with { PenaltyScale = scale }).Start(PointMass.Create(8), RandomKey.FromSeed(1));
        Assert.InRange(run.Train(40_000).LastPolicy.Evaluate(PointMass.Create(20), 40, RandomKey.FromSeed(1)).MeanReturn, least, most);
    }

    [Fact]
    public void The_penalty_holds_the_slope_of_the_reward_which_grows_without_it()
    {
        Assert.InRange(SteepestSlope(Trained(Small(16))), 0, 2);
        Assert.InRange(SteepestSlope(Trained(Small(16) with { PenaltyScale = 0 })), 5, double.PositiveInfinity);
        Assert.InRange(SteepestSlope(Trained(Small(16) with { Points = PenaltyPoints.AroundDemonstrations })), 0, 10);
        Assert.InRange(SteepestSlope(Trained(Small(16) with { Points = PenaltyPoints.AroundReplayed, IsOneSided = false })), 0, 10);

        static double SteepestSlope(GailState state)
        {
            ReplayBuffer<float, float> played = state.Learner.Memory.Buffer;
            float[] rewards = new float[played.Count], slopes = new float[played.Count];
            state.Judge(played.Observations, played.Actions, rewards, slopes);
            return slopes.Max();
        }
    }

    [Fact]
    public void It_has_the_same_bits_for_any_number_of_workers()
    {
        Gail agent = Small(16) with { BatchSize = 256 };
        Assert.Equal(Learner(Workers.Serial), Learner(Workers.Threads(3)));

        byte[] Learner(IWorkers workers)
        {
            TrainingRun<float, float> run = agent.Start(PointMass.Create(8), RandomKey.FromSeed(3), new TrainingOptions { Workers = workers });
            run.Train(1_600);
            return StateArchive.Save(run.State);
        }
    }

    [Fact]
    public void What_does_not_fit_together_is_refused_in_a_sentence()
    {
        Gail agent = Small(8);
        Assert.Contains("no demonstrations", Refused(agent with { Demonstrations = new(Replay, 4, 2) }), StringComparison.Ordinal);
        Assert.Contains("observations of 3", Refused(agent with { Demonstrations = Demonstrations.Of(3, 1) }), StringComparison.Ordinal);
        Assert.Contains("1 step, not 3", Refused(agent with { Replay = Replay with { Steps = 3 } }), StringComparison.Ordinal);
        Assert.Contains("Ppo", Refused(agent with { Learner = new Ppo() }), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => agent with { PenaltyScale = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => agent with { Reward = (AdversarialReward)3 });
        Assert.Throws<ArgumentNullException>(() => agent with { Demonstrations = null! });

        static string Refused(Gail gail) => Assert.Throws<ArgumentException>(() => gail.Start(PointMass.Create(), default)).Message;
    }

    [Fact]
    public void A_checkpoint_over_other_demonstrations_is_refused()
    {
        TrainingRun<float, float> saved = Small(8).Start(PointMass.Create(1), RandomKey.FromSeed(1)), other = (Small(8) with { Demonstrations = Demonstrations.Of(4, 2) }).Start(PointMass.Create(1), RandomKey.FromSeed(1));
        var stream = new MemoryStream();
        saved.Save(stream);
        stream.Position = 0;
        Assert.Contains("demonstrations", Assert.Throws<CheckpointException>(() => other.Load(stream)).Message, StringComparison.Ordinal);
    }

    private static GailState Trained(Gail agent)
    {
        TrainingRun<float, float> run = agent.Start(PointMass.Create(8), RandomKey.FromSeed(2));
        run.Train(6_000);
        return (GailState)run.State;
    }

    private static GailState Begun(Gail agent) => (GailState)agent.Start(PointMass.Create(8), RandomKey.FromSeed(2)).State;

    private static Gail Small(int width) => new()
    {
        Demonstrations = Demonstrations.OfHoming,
        Learner = SmallTd3(width),
        Replay = Replay,
        Discriminator = Torso.Tanh(width, width),
        BatchSize = 64,
        Optimizer = new Adam { LearningRate = 1e-3 },
    };

    private static Sac SmallSac => new()
    {
        Actor = Torso.Relu(32, 32),
        Critic = Torso.Relu(32, 32),
        UpdatesPerTransition = 0.25,
        BatchSize = 64,
        TargetRate = 0.01,
        Temperature = 0.1,
        Optimizer = new Adam { LearningRate = 1e-3 },
    };

    private static Td3 SmallTd3(int width) => new()
    {
        Actor = Torso.Relu(width, width),
        Critic = Torso.Relu(width, width),
        UpdatesPerTransition = 0.25,
        BatchSize = 64,
        TargetRate = 0.01,
        Optimizer = new Adam { LearningRate = 1e-3 },
    };

    /// <summary>Pushes the mass home as a damped spring does.</summary>
    private sealed class Homing : IPolicy<float, float>
    {
        public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<float> actions)
        {
            for (int i = 0; i < actions.Length; i++)
                actions[i] = Math.Clamp((-4 * observations[(4 * (i / 2)) + (i % 2)]) - (3.5f * observations[(4 * (i / 2)) + 2 + (i % 2)]), -1, 1);
        }
    }

    private static class Demonstrations
    {
        /// <summary>Four episodes of 100 steps.</summary>
        public static ReplayBuffer<float, float> OfHoming { get; } = Play();

        /// <summary>One pair of zeros.</summary>
        public static ReplayBuffer<float, float> Of(int observationLength, int actionLength)
        {
            var data = new ReplayBuffer<float, float>(new ReplayOptions { Capacity = 1 }, observationLength, actionLength);
            data.Add(new Transition<float, float>
            {
                Observations = new float[observationLength],
                Actions = new float[actionLength],
                Rewards = [0],
                Terminated = [false],
                Truncated = [true],
                NextObservations = new float[observationLength],
            });
            return data;
        }

        private static ReplayBuffer<float, float> Play()
        {
            IVectorEnvironment<float, float> environment = PointMass.Create(4);
            var data = new ReplayBuffer<float, float>(new ReplayOptions { Capacity = 400 }, 4, 2, 4);
            StepBuffers<float> buffers = environment.CreateBuffers();
            environment.Reset(RandomKey.FromSeed(6), buffers);
            float[] actions = new float[8];
            for (int i = 0; i < 100; i++)
            {
                float[] seen = [.. buffers.Observations];
                new Homing().Act(seen, default, actions);
                environment.Step(actions, buffers);
                data.Add(new Transition<float, float>
                {
                    Observations = seen,
                    Actions = actions,
                    Rewards = buffers.Rewards,
                    Terminated = buffers.Terminated,
                    Truncated = buffers.Truncated,
                    NextObservations = buffers.Observations,
                });
            }

            return data;
        }
    }
}
