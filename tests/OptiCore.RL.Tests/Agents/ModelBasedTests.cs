using OptiCore.Differentiation;
using OptiCore.Dynamics;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Agents;

/// <summary>Learnt dynamics and planning with them.</summary>
public class ModelBasedTests
{
    private static readonly DynamicsEnsembleOptions Small = new() { Members = 3, Torso = Torso.Tanh(24), PredictsRewards = true, Optimizer = new Adam { LearningRate = 5e-3 } };

    [Fact]
    public void An_ensemble_learns_the_means_and_variances_of_a_noisy_linear_system()
    {
        ReplayBuffer<float, float> data = Noisy(3_000);
        var model = new DynamicsEnsemble(Small, 2, 1, RandomKey.FromSeed(1));
        DynamicsFit fit = model.Fit(data, RandomKey.FromSeed(2));
        Assert.InRange(fit.Epochs, 6, 99);

        const int Rows = 300;
        (float[] x, float[] a, int[] members) = Inputs(Rows);
        float[] means = new float[3 * Rows], variances = new float[3 * Rows];
        model.Predict(x, a, members, means, variances);
        Span<double> errors = stackalloc double[3], ratios = stackalloc double[3];
        for (int i = 0; i < Rows; i++)
        {
            (double[] mean, double[] deviation) = Law(x.AsSpan(2 * i, 2), a[i]);
            for (int j = 0; j < 3; j++)
            {
                errors[j] += Math.Pow((means[(3 * i) + j] - mean[j]) / deviation[j], 2) / Rows;
                ratios[j] += Math.Log(variances[(3 * i) + j] / (deviation[j] * deviation[j])) / Rows;
            }
        }

        // In units of the noise's deviation, which the data hold 3,000 times: a line through them would miss by 0.04.
        for (int j = 0; j < 3; j++)
        {
            Assert.InRange(Math.Sqrt(errors[j]), 0, 0.25);
            Assert.InRange(Math.Exp(ratios[j]), 0.8, 1.25);
        }
    }

    [Fact]
    public void Samples_have_the_predicted_law()
    {
        var model = new DynamicsEnsemble(Small, 2, 1, RandomKey.FromSeed(1));
        model.Fit(Noisy(200), RandomKey.FromSeed(2));
        const int Rows = 6_000;
        float[] x = new float[2 * Rows], a = new float[Rows], next = new float[2 * Rows], rewards = new float[Rows], means = new float[3 * Rows], variances = new float[3 * Rows];
        int[] members = [.. Enumerable.Range(0, Rows).Select(i => i % 3)];
        for (int i = 0; i < Rows; i++)
            (x[2 * i], x[(2 * i) + 1], a[i]) = (0.3f, -0.4f, 0.5f);
        model.Predict(x, a, members, means, variances);
        model.Sample(x, a, members, RandomKey.FromSeed(3), next, rewards);
        for (int j = 0; j < 3; j++)
        {
            double sum = 0, squares = 0;
            for (int i = 0; i < Rows; i++)
            {
                double change = j == 2 ? rewards[i] : next[(2 * i) + j] - x[(2 * i) + j];
                double z = (change - means[(3 * i) + j]) / Math.Sqrt(variances[(3 * i) + j]);
                (sum, squares) = (sum + z, squares + (z * z));
            }

            Assert.InRange(sum / Math.Sqrt(Rows), -4, 4);
            Assert.InRange((squares - Rows) / Math.Sqrt(2.0 * Rows), -4, 4);
        }
    }

    [Fact]
    public void What_a_row_becomes_does_not_depend_on_the_other_rows()
    {
        var model = new DynamicsEnsemble(Small, 2, 1, RandomKey.FromSeed(1));
        model.Fit(Noisy(100), RandomKey.FromSeed(2));
        (float[] x, float[] a, int[] members) = Inputs(90);
        float[] next = new float[180], rewards = new float[90], otherNext = new float[180], otherRewards = new float[90];
        model.Sample(x, a, members, RandomKey.FromSeed(3), next, rewards);
        for (int i = 0; i < 90; i++)
        {
            if (i % 3 == 1)
                (members[i], x[2 * i]) = ((members[i] + 1) % 3, 5);
        }

        model.Sample(x, a, members, RandomKey.FromSeed(3), otherNext, otherRewards);
        for (int i = 0; i < 90; i++)
        {
            Assert.Equal(i % 3 != 1, rewards[i] == otherRewards[i]);
            Assert.Equal(i % 3 != 1, next[2 * i] == otherNext[2 * i]);
        }

        Assert.Throws<ArgumentException>(() => model.Sample(x, a, [.. members[..89], 3], RandomKey.FromSeed(3), otherNext, otherRewards));
    }

    [Fact]
    public void A_fit_that_does_not_help_is_stopped_and_undone()
    {
        // Nothing can be learnt of noise: the held-out error begins near the targets' variance, and what is kept is never worse.
        var data = new ReplayBuffer<float, float>(new ReplayOptions { Capacity = 400 }, 2, 1);
        RandomStream stream = RandomKey.FromSeed(1).Stream();
        for (int i = 0; i < 400; i++)
            Add(data, [(float)stream.NextNormal(), (float)stream.NextNormal()], [(float)stream.NextNormal()], stream.NextNormal(), [(float)stream.NextNormal(), (float)stream.NextNormal()]);
        var model = new DynamicsEnsemble(Small with { HoldoutFraction = 0.25 }, 2, 1, RandomKey.FromSeed(1));
        DynamicsFit first = model.Fit(data, RandomKey.FromSeed(2)), second = model.Fit(data, RandomKey.FromSeed(2));
        Assert.InRange(first.Epochs, 5, 60);
        Assert.InRange(second.HoldoutError, 0, first.HoldoutError);
        Assert.Equal(second.HoldoutError, model.HoldoutErrors.ToArray().Average(), 1e-12);
        DynamicsFit whole = new DynamicsEnsemble(Small with { HoldoutFraction = 0, MaxEpochs = 7 }, 2, 1, RandomKey.FromSeed(1)).Fit(data, RandomKey.FromSeed(2));
        Assert.Equal(7, whole.Epochs);
        Assert.True(double.IsNaN(whole.HoldoutError));
    }

    [Fact]
    public void A_clone_and_a_loaded_ensemble_predict_the_same()
    {
        ReplayBuffer<float, float> data = Noisy(100);
        var model = new DynamicsEnsemble(Small, 2, 1, RandomKey.FromSeed(1));
        model.Fit(data, RandomKey.FromSeed(2));
        DynamicsEnsemble clone = model.Clone();
        var loaded = new DynamicsEnsemble(Small, 2, 1, RandomKey.FromSeed(9));
        StateArchive.Load(loaded, StateArchive.Save(model));
        float[] expected = Means(model);
        Assert.Equal(expected, Means(clone));
        Assert.Equal(expected, Means(loaded));

        // A loaded one has the optimizer's state too, and learns on as the original.
        model.Fit(data, RandomKey.FromSeed(3));
        loaded.Fit(data, RandomKey.FromSeed(3));
        Assert.NotEqual(expected, Means(model));
        Assert.Equal(StateArchive.Save(model), StateArchive.Save(loaded));

        static float[] Means(DynamicsEnsemble model)
        {
            (float[] x, float[] a, int[] members) = Inputs(10);
            float[] means = new float[30];
            model.Predict(x, a, members, means, new float[30]);
            return means;
        }
    }

    [Fact]
    public void Fits_and_samples_allocate_nothing()
    {
        ReplayBuffer<float, float> data = Noisy(60);
        var model = new DynamicsEnsemble(Small with { MaxEpochs = 2 }, 2, 1, RandomKey.FromSeed(1));
        (float[] x, float[] a, int[] members) = Inputs(70);
        float[] next = new float[140], rewards = new float[70];
        long round = 0;
        Promises.AllocatesNothing(
            () =>
            {
                model.Fit(data, RandomKey.FromSeed(2).Fold(round++));
                model.Sample(x, a, members, RandomKey.FromSeed(3), next, rewards);
            },
            "a fit and a sample", warmUp: 100, measured: 10);
    }

    [Fact]
    public void The_plan_of_a_linear_quadratic_problem_begins_with_the_regulators_action()
    {
        // With the regulator's cost matrix at the end a plan of ten steps is the best for ever, and its first action is -K x.
        RegulatorDesign design = LinearQuadraticControl.DoubleIntegrator().Regulator();
        var planner = new CrossEntropyPlanner { Horizon = 10, Population = 200, Elites = 20, Iterations = 40, VarianceTolerance = 1e-7 };
        var plan = new CrossEntropyPlan(planner, new Box(-4, 4, 1));
        float[] action = new float[1];
        foreach ((double position, double velocity) in new[] { (1.0, 0.0), (-0.5, 0.8), (0.2, -1.0) })
        {
            plan.Reset();
            plan.Next((plans, _, returns) => Evaluate(plans, position, velocity, returns), RandomKey.FromSeed(1), action);
            Assert.Equal((-design.Gain[0] * position) - (design.Gain[1] * velocity), action[0], 0.05);
        }

        void Evaluate(ReadOnlySpan<float> plans, double position, double velocity, Span<double> returns)
        {
            for (int k = 0; k < returns.Length; k++)
            {
                (double x, double v) = (position, velocity);
                double cost = 0;
                foreach (float u in plans.Slice(10 * k, 10))
                {
                    cost += (x * x) + (0.1 * v * v) + (0.1 * u * u);
                    (x, v) = (x + (0.1 * v) + (0.005 * u), v + (0.1 * u));
                }

                ReadOnlySpan<double> end = design.CostMatrix;
                returns[k] = -(cost + (end[0] * x * x) + ((end[1] + end[2]) * x * v) + (end[3] * v * v));
            }
        }
    }

    [Fact]
    public void Plans_follow_the_elite_within_bounds_and_are_shifted()
    {
        // The best is in a corner, and a quarter of the sequences have no value.
        const double A = 0.2;
        var planner = new CrossEntropyPlanner { Horizon = 4, Population = 50, Elites = 5, Iterations = 3, Momentum = A };
        var plan = new CrossEntropyPlan(planner, new Box([-1, 2], [1, 6]));
        Assert.Equal([0, 4, 0, 4, 0, 4, 0, 4], plan.Mean.ToArray());
        double[] mean = plan.Mean.ToArray(), variance = [.. Enumerable.Range(0, 8).Select(e => e % 2 == 0 ? 4 / 16.0 : 16 / 16.0)];
        double expected = 0;
        float[] action = new float[2];
        double value = plan.Next(Corner, RandomKey.FromSeed(1), action);
        Assert.Equal(expected, value, 1e-5);
        Assert.Equal(mean[0], action[0], 1e-5);
        Assert.Equal(mean[1], action[1], 1e-5);
        double[] shifted = plan.Mean.ToArray();
        Assert.Equal([0, 4], shifted[6..]);
        for (int e = 0; e < 6; e++)
            Assert.Equal(mean[e + 2], shifted[e], 1e-5);
        Assert.InRange(expected, -16, -4);

        // Without any value the plan stays as it was.
        Assert.Equal(double.NegativeInfinity, plan.Next((_, _, returns) => returns.Fill(double.NaN), RandomKey.FromSeed(1), action));
        Assert.Equal((float)shifted[0], action[0]);
        Assert.Equal(shifted[2..], plan.Mean[..6].ToArray());

        void Corner(ReadOnlySpan<float> plans, RandomKey key, Span<double> returns)
        {
            double[][] own = [.. plans.ToArray().Select(x => (double)x).Chunk(8)];
            for (int e = 0; e < 8; e++)
            {
                (double low, double high) = e % 2 == 0 ? (-1, 1) : (2, 6);
                double deviation = Math.Min(Math.Sqrt(variance[e]), Math.Min(mean[e] - low, high - mean[e]) / 2);
                Assert.All(own, x => Assert.InRange(x[e], mean[e] - (2 * deviation) - 1e-5, mean[e] + (2 * deviation) + 1e-5));
            }

            for (int k = 0; k < returns.Length; k++)
                returns[k] = k % 4 == 0 ? double.NaN : own[k].Select((x, e) => e % 2 == 0 ? x : -x).Sum();
            double[] found = returns.ToArray();
            int[] elite = [.. Enumerable.Range(0, 50).Where(k => k % 4 != 0).OrderByDescending(k => found[k]).Take(5)];
            expected = elite.Average(k => found[k]);
            for (int e = 0; e < 8; e++)
            {
                double m = elite.Average(k => own[k][e]), v = elite.Average(k => (own[k][e] - m) * (own[k][e] - m));
                (mean[e], variance[e]) = ((A * mean[e]) + ((1 - A) * m), (A * variance[e]) + ((1 - A) * v));
            }
        }
    }

    [Theory, InlineData(TrajectorySampling.Whole), InlineData(TrajectorySampling.EveryStep)]
    public void Trajectories_follow_their_networks(TrajectorySampling sampling)
    {
        // The networks are at their beginning and disagree; residuals of a particle's own network are standard normal, those of another are not.
        var model = new DynamicsEnsemble(Small with { PredictsRewards = false, Torso = Torso.Tanh(16) }, 2, 1, RandomKey.FromSeed(1));
        var planner = new CrossEntropyPlanner { Horizon = 5, Population = 40, Elites = 4 };
        double own = 0, other = 0;
        int count = 0;
        var sampler = new TrajectorySampler(model, Watch, sampling, 6, planner);
        (sampler.Start[0], sampler.Start[1]) = (1, -1);
        float[] plans = new float[200];
        plans.AsSpan().Fill(0.5f);
        double[] returns = new double[40];
        sampler.Evaluate(plans, RandomKey.FromSeed(2), returns);
        Assert.Equal(5 * 240 * 2, count);
        Assert.All(returns, r => Assert.Equal(5, r, 1e-6));
        if (sampling == TrajectorySampling.Whole)
            Assert.InRange((own - count) / Math.Sqrt(2.0 * count), -4, 4);
        else
            Assert.InRange((own - count) / Math.Sqrt(2.0 * count), 8, double.PositiveInfinity);
        Assert.InRange((other - count) / Math.Sqrt(2.0 * count), 8, double.PositiveInfinity);

        void Watch(ReadOnlySpan<float> x, ReadOnlySpan<float> a, ReadOnlySpan<float> next, Span<float> rewards)
        {
            rewards.Fill(1);
            float[] means = new float[480], variances = new float[480];
            var reference = model.Clone();
            for (int shift = 0; shift < 2; shift++)
            {
                reference.Predict(x, a, [.. Enumerable.Range(0, 240).Select(row => (row + shift) % 6 % 3)], means, variances);
                double sum = 0;
                for (int i = 0; i < 480; i++)
                    sum += Math.Pow(next[i] - x[i] - means[i], 2) / variances[i];
                if (shift == 0)
                    own += sum;
                else
                    other += sum;
            }

            count += 480;
        }
    }

    [Fact]
    public void Pets_swings_the_pendulum_up_in_a_few_trials()
    {
        var agent = new Pets
        {
            Model = new DynamicsEnsembleOptions
            {
                Members = 2,
                Torso = new Torso { Hidden = [32, 32], Activation = Operations.Silu },
                Optimizer = new Adam { LearningRate = 5e-3 },
                MaxEpochs = 30,
                HoldoutFraction = 0,
            },
            Planner = new CrossEntropyPlanner { Horizon = 15, Population = 64, Elites = 8, Iterations = 2 },
            Particles = 2,
            Rewards = PendulumReward,
        };
        TrainingRun<float, float> run = agent.Start(new Pendulum(1), RandomKey.FromSeed(1), new TrainingOptions { CurveInterval = 200 });
        run.Train(800);

        // One trial at random, which earns some -1,200, then three with what was learnt: some begin near the bottom, from where the way up alone costs about as much.
        Assert.Equal(4, run.Episodes);
        Assert.InRange(run.Curve[0].MeanReturn, -2000, -700);
        Assert.InRange(run.Curve[1..].ToArray().Max(point => point.MeanReturn), -300, 0);
    }

    public static TheoryData<string, Action> InvalidOptions { get; } = new()
    {
        { "Members", () => _ = new DynamicsEnsembleOptions { Members = 0 } },
        { "WeightDecay", () => _ = new DynamicsEnsembleOptions { WeightDecay = -1 } },
        { "BoundsPenalty", () => _ = new DynamicsEnsembleOptions { BoundsPenalty = -1 } },
        { "BatchSize", () => _ = new DynamicsEnsembleOptions { BatchSize = 0 } },
        { "MaxEpochs", () => _ = new DynamicsEnsembleOptions { MaxEpochs = 0 } },
        { "HoldoutFraction", () => _ = new DynamicsEnsembleOptions { HoldoutFraction = 1 } },
        { "MaxHoldout", () => _ = new DynamicsEnsembleOptions { MaxHoldout = 0 } },
        { "Patience", () => _ = new DynamicsEnsembleOptions { Patience = 0 } },
        { "LeastImprovement", () => _ = new DynamicsEnsembleOptions { LeastImprovement = 1 } },
        { "Horizon", () => _ = new CrossEntropyPlanner { Horizon = 0 } },
        { "Population", () => _ = new CrossEntropyPlanner { Population = 0 } },
        { "Elites", () => _ = new CrossEntropyPlanner { Elites = 0 } },
        { "Iterations", () => _ = new CrossEntropyPlanner { Iterations = 0 } },
        { "Momentum", () => _ = new CrossEntropyPlanner { Momentum = 1 } },
        { "VarianceTolerance", () => _ = new CrossEntropyPlanner { VarianceTolerance = -1 } },
        { "Particles", () => _ = new Pets { Particles = 0 } },
        { "Sampling", () => _ = new Pets { Sampling = (TrajectorySampling)2 } },
        { "RandomTransitions", () => _ = new Pets { RandomTransitions = 0 } },
        { "FitInterval", () => _ = new Pets { FitInterval = -1 } },
        { "Capacity", () => _ = new Pets { Capacity = 0 } },
        { "EpisodesPerCandidate", () => _ = new EvolutionStrategySearch { EpisodesPerCandidate = 0 } },
        { "MaxEpisodeSteps", () => _ = new EvolutionStrategySearch { MaxEpisodeSteps = 0 } },
        { "Directions", () => _ = new AugmentedRandomSearch { Directions = 0 } },
        { "TopDirections", () => _ = new AugmentedRandomSearch { TopDirections = -1 } },
        { "StepSize", () => _ = new AugmentedRandomSearch { StepSize = 0 } },
        { "Noise", () => _ = new AugmentedRandomSearch { Noise = 0 } },
    };

    [Theory, MemberData(nameof(InvalidOptions))]
    public void An_invalid_option_throws_naming_the_member(string member, Action create) =>
        Assert.Equal(member, Assert.Throws<ArgumentOutOfRangeException>(create).ParamName);

    [Fact]
    public void Unbounded_actions_and_too_large_an_elite_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Pets().Start(LinearQuadraticControl.DoubleIntegrator(), RandomKey.FromSeed(1)));
        Assert.Throws<ArgumentException>(() => new CrossEntropyPlan(new CrossEntropyPlanner { Population = 4, Elites = 5 }, new Box(-1, 1, 1)));
    }

    /// <summary>The reward of <see cref="Pendulum"/>, of the state before the step.</summary>
    private static void PendulumReward(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, ReadOnlySpan<float> nextObservations, Span<float> rewards)
    {
        for (int i = 0; i < rewards.Length; i++)
        {
            float angle = MathF.Atan2(observations[(3 * i) + 1], observations[3 * i]), speed = observations[(3 * i) + 2], torque = actions[i];
            rewards[i] = -((angle * angle) + (0.1f * speed * speed) + (0.001f * torque * torque));
        }
    }

    /// <summary>The change of the state and the reward, and their deviations.</summary>
    private static (double[] Mean, double[] Deviation) Law(ReadOnlySpan<float> x, float a) =>
        ([(0.5 * x[0]) - (0.2 * x[1]), (0.3 * x[1]) + a, x[0] + (2 * a)], [0.1, 0.1 * (1.2 + a), 0.3]);

    private static (float[] X, float[] A, int[] Members) Inputs(int rows)
    {
        RandomStream stream = RandomKey.FromSeed(77).Stream();
        float[] x = new float[2 * rows], a = new float[rows];
        int[] members = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            (x[2 * i], x[(2 * i) + 1], a[i]) = ((float)Draw.Uniform(ref stream, -1, 1), (float)Draw.Uniform(ref stream, -1, 1), (float)Draw.Uniform(ref stream, -1, 1));
            members[i] = stream.NextInt32(3);
        }

        return (x, a, members);
    }

    private static ReplayBuffer<float, float> Noisy(int count)
    {
        var data = new ReplayBuffer<float, float>(new ReplayOptions { Capacity = count }, 2, 1);
        RandomStream stream = RandomKey.FromSeed(5).Stream();
        for (int i = 0; i < count; i++)
        {
            float[] x = [(float)Draw.Uniform(ref stream, -1, 1), (float)Draw.Uniform(ref stream, -1, 1)], a = [(float)Draw.Uniform(ref stream, -1, 1)];
            (double[] mean, double[] deviation) = Law(x, a[0]);
            double Noisy(int j, ref RandomStream stream) => mean[j] + (deviation[j] * stream.NextNormal());
            Add(data, x, a, Noisy(2, ref stream), [(float)(x[0] + Noisy(0, ref stream)), (float)(x[1] + Noisy(1, ref stream))]);
        }

        return data;
    }

    private static void Add(ReplayBuffer<float, float> data, float[] x, float[] a, double reward, float[] next) => data.Add(new Transition<float, float>
    {
        Observations = x,
        Actions = a,
        Rewards = [reward],
        Terminated = [false],
        Truncated = [false],
        NextObservations = next,
    });
}
