using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.RL.Environments;
using OptiCore.RL.Planning;

namespace OptiCore.RL.Tests.Agents;

/// <summary>
/// The first steps of policy-gradient methods against the derivative of the expected return, in a small world where that is a sum over everything that can happen: three steps, two states in each, three actions, a softmax of one
/// logit for each state and action and of one for each action.
/// </summary>
public class GradientEstimatorTests
{
    private const int Horizon = 3, Width = 2, States = Horizon * Width, Actions = 3, Logits = (States * Actions) + Actions;
    private const int Count = 512, Batches = 24;

    private static readonly ActorCriticLayout Linear = new() { Policy = Torso.Tanh(), Value = Torso.Tanh() };

    private static Reinforce Plain => new() { Networks = Linear, Discount = 1, NormalizeAdvantages = false, Optimizer = new Sgd { LearningRate = 1 }, ValueEpochs = 1 };

    private static A2c Critic => new() { Networks = Linear, Discount = 1, RolloutSteps = Horizon, ValueWeight = 0, EntropyBonus = 0, Optimizer = new Sgd { LearningRate = 1 } };

    private static Ppo Clipped => new()
    {
        Networks = Linear,
        Discount = 1,
        RolloutSteps = Horizon,
        Epochs = 1,
        Minibatches = 1,
        NormalizeAdvantages = false,
        ValueWeight = 0,
        EntropyBonus = 0,
        Optimizer = new Sgd { LearningRate = 1 },
    };

    public static TheoryData<string> Names { get; } = [.. Estimators.Select(e => e.Name)];

    // Whole returns without a baseline vary most; what they may miss is wider.
    private static (string Name, IAgent<float, int> Agent, double Miss)[] Estimators =>
    [
        ("REINFORCE", Plain with { Baseline = ReinforceBaseline.None }, 0.06),
        ("REINFORCE, returns of whole episodes", Plain with { Baseline = ReinforceBaseline.None, RewardToGo = false }, 0.08),
        ("REINFORCE, mean return", Plain with { Baseline = ReinforceBaseline.MeanReturn }, 0.04),
        ("REINFORCE, value", Plain, 0.04),
        ("A2C, whole returns", Critic, 0.04),
        ("A2C, lambda 0 with exact values", Critic with { Lambda = 0 }, 0.04),
        ("PPO, clipped", Clipped, 0.04),
        ("PPO, penalised", Clipped with { Surrogate = PpoSurrogate.Penalty }, 0.04),
    ];

    [Theory, MemberData(nameof(Names))]
    public void The_mean_step_is_the_derivative_of_the_expected_return(string name)
    {
        (_, IAgent<float, int> agent, double miss) = Estimators.Single(e => e.Name == name);
        World world = new(RandomKey.FromSeed(5));
        double[] theta = Parameters(), exact = world.Gradient(theta);
        TrainingRun<float, int> run = agent.Start(new FlattenObservations<int>(new TabularEnvironment(world.Model, Count)), RandomKey.FromSeed(1));
        ActorCritic<int> networks = run.State is ReinforceState<int> reinforce ? reinforce.Networks : ((PpoState<int>)run.State).Networks;
        double[] values = world.Values(theta), sum = new double[Logits], squares = new double[Logits];
        for (int batch = 0; batch < Batches; batch++)
        {
            Write(networks, theta, values);
            float[] before = [.. networks.Parameters.Span];
            run.Train(Count * Horizon);
            for (int i = 0; i < Logits; i++)
            {
                // A step is the mean over transitions; an episode has as many as the horizon.
                int place = Place(networks, i);
                double estimate = Horizon * ((double)networks.Parameters.Span[place] - before[place]);
                sum[i] += estimate;
                squares[i] += estimate * estimate;
            }
        }

        double error = 0, norm = 0;
        for (int i = 0; i < Logits; i++)
        {
            double mean = sum[i] / Batches, deviation = Math.Sqrt(Math.Max((squares[i] / Batches) - (mean * mean), 0) / (Batches - 1));

            // A t of 24 batches beyond 4.6 has a probability of about 1e-4; 21 components, 8 estimators.
            Assert.True(Math.Abs(mean - exact[i]) <= (4.6 * deviation) + 1e-6, $"component {i}: {mean} +- {deviation}, not {exact[i]}");
            error += (mean - exact[i]) * (mean - exact[i]);
            norm += exact[i] * exact[i];
        }

        // Standard errors are small beside the gradient: a factor or a sign that is wrong can't hide in them.
        Assert.InRange(Math.Sqrt(error / norm), 0, miss);
    }

    [Fact]
    public void A_wrong_critic_biases_short_returns_and_whole_returns_not_at_all()
    {
        // What makes the test above mean something: with lambda 0 everything is the critic's, and with a critic of zeros the step is the gradient of the rewards of single steps.
        double shortsighted = Missed(Critic with { Lambda = 0 });
        Assert.True(shortsighted > 0.15, $"a critic of zeros misses by {shortsighted} only");
        Assert.InRange(Missed(Critic), 0, 0.08);

        static double Missed(A2c agent)
        {
            World world = new(RandomKey.FromSeed(5));
            double[] theta = Parameters(), exact = world.Gradient(theta), sum = new double[Logits];
            TrainingRun<float, int> run = agent.Start(new FlattenObservations<int>(new TabularEnvironment(world.Model, Count)), RandomKey.FromSeed(1));
            ActorCritic<int> networks = ((PpoState<int>)run.State).Networks;
            for (int batch = 0; batch < Batches; batch++)
            {
                Write(networks, theta, new double[States]);
                float[] before = [.. networks.Parameters.Span];
                run.Train(Count * Horizon);
                for (int i = 0; i < Logits; i++)
                    sum[i] += Horizon * ((double)networks.Parameters.Span[Place(networks, i)] - before[Place(networks, i)]) / Batches;
            }

            return Math.Sqrt(sum.Zip(exact, (a, b) => (a - b) * (a - b)).Sum() / exact.Sum(g => g * g));
        }
    }

    private static double[] Parameters()
    {
        RandomStream stream = RandomKey.FromSeed(6).Stream();
        double[] theta = new double[Logits];
        foreach (ref double x in theta.AsSpan())
            x = (float)(2 * (stream.NextDouble() - 0.5));
        return theta;
    }

    /// <summary>Where a logit of the world lies among the parameters: weights by state and action, then biases.</summary>
    private static int Place(ActorCritic<int> networks, int logit) => logit < States * Actions
        ? networks.Tensors.Single(tensor => tensor.Name == "actions.weight").Offset + logit
        : networks.Tensors.Single(tensor => tensor.Name == "actions.bias").Offset + logit - (States * Actions);

    private static void Write(ActorCritic<int> networks, double[] theta, double[] values)
    {
        Span<float> parameters = networks.Parameters.Span;
        for (int i = 0; i < Logits; i++)
            parameters[Place(networks, i)] = (float)theta[i];
        NamedTensor weights = networks.Tensors.Single(tensor => tensor.Name == "critic.weight"), bias = networks.Tensors.Single(tensor => tensor.Name == "critic.bias");
        for (int i = 0; i < States; i++)
            parameters[weights.Offset + i] = (float)values[i];
        parameters[bias.Offset] = 0;
    }

    /// <summary>Three steps through pairs of states, with rewards and probabilities drawn once.</summary>
    private sealed class World
    {
        private readonly double[] _rewards = new double[States * Actions];
        private readonly double[] _up = new double[States * Actions];

        public World(RandomKey key)
        {
            RandomStream stream = key.Stream();
            for (int i = 0; i < _rewards.Length; i++)
                (_rewards[i], _up[i]) = ((2 * stream.NextDouble()) - 1, stream.NextDouble());
            Model = TabularModel.Create(States, Actions, [0.4, 0.6, 0, 0, 0, 0], (state, action) =>
            {
                int pair = (state * Actions) + action, layer = state / Width;
                if (layer == Horizon - 1)
                    return [new TabularOutcome(1, state, _rewards[pair], true)];
                return
                [
                    new TabularOutcome(_up[pair], ((layer + 1) * Width) + 1, _rewards[pair], false),
                    new TabularOutcome(1 - _up[pair], (layer + 1) * Width, _rewards[pair], false),
                ];
            });
        }

        public TabularModel Model { get; }

        /// <summary>The value of every state, by backward induction.</summary>
        public double[] Values(double[] theta)
        {
            double[] values = new double[States];
            for (int state = States - 1; state >= 0; state--)
            {
                double total = 0;
                for (int action = 0; action < Actions; action++)
                    total += Math.Exp(Logit(state, action));
                for (int action = 0; action < Actions; action++)
                {
                    int pair = (state * Actions) + action, next = ((state / Width) + 1) * Width;
                    double following = next < States ? (_up[pair] * values[next + 1]) + ((1 - _up[pair]) * values[next]) : 0;
                    values[state] += Math.Exp(Logit(state, action)) / total * (_rewards[pair] + following);
                }
            }

            return values;

            double Logit(int state, int action) => theta[(state * Actions) + action] + theta[(States * Actions) + action];
        }

        /// <summary>Central differences of the expected return; with h = 1e-4 their error is about 1e-8.</summary>
        public double[] Gradient(double[] theta)
        {
            double[] gradient = new double[Logits];
            for (int i = 0; i < Logits; i++)
            {
                double[] up = [.. theta], down = [.. theta];
                up[i] += 1e-4;
                down[i] -= 1e-4;
                gradient[i] = (Return(up) - Return(down)) / 2e-4;
            }

            return gradient;

            double Return(double[] parameters)
            {
                double[] values = Values(parameters);
                return (0.4 * values[0]) + (0.6 * values[1]);
            }
        }
    }
}
