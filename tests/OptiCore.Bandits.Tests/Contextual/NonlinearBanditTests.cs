using OptiCore.KernelMethods;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Gaussian processes and networks: posteriors against dense formulas, and regret where rewards aren't linear.</summary>
public class NonlinearBanditTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(71);

    [Fact]
    public void PosteriorsOfGaussianProcessesAgreeWithDenseSystems()
    {
        const int D = 3, Arms = 4, N = 40;
        ShiftInvariantKernel kernel = ShiftInvariantKernel.Gaussian(0.8);
        GpUcbState state = new GpUcb { Kernel = kernel, PriorVariance = 2, Noise = 0.3, Capacity = 5 }.Start(Arms, D, Key);
        RandomStream stream = Key.Fold("gp").Stream();
        var points = new List<double[]>();
        double[] rewards = new double[N], context = new double[Arms * D];
        for (int t = 0; t < N; t++)
        {
            foreach (ref double x in context.AsSpan())
                x = stream.NextNormal();
            int arm = t % Arms;
            rewards[t] = stream.NextNormal();
            state.Update(context, arm, rewards[t]);
            points.Add(context[(arm * D)..((arm + 1) * D)]);
        }

        double[] gram = new double[N * N];
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
                gram[(i * N) + j] = (2 * kernel.Evaluate<double>(points[i], points[j])) + (i == j ? 0.09 : 0);
        }

        Assert.True(Cholesky.TryFactor<double>(gram, N));
        double[] scores = new double[Arms];
        foreach (ref double x in context.AsSpan())
            x = stream.NextNormal();
        state.Scores(context, scores);
        for (int arm = 0; arm < Arms; arm++)
        {
            double[] k = [.. points.Select(p => 2 * kernel.Evaluate<double>(p, context.AsSpan(arm * D, D)))], solved = [.. k];
            Cholesky.Solve<double>(gram, N, N, solved);
            double mean = 0, variance = 2;
            for (int i = 0; i < N; i++)
            {
                mean += solved[i] * rewards[i];
                variance -= solved[i] * k[i];
            }

            NormalPosterior posterior = state.Posterior(context, arm);
            Promises.Close(mean, posterior.Mean, 1e-9, 1e-10, $"mean {arm}");
            Promises.Close(Math.Sqrt(variance), posterior.StandardDeviation, 1e-9, 1e-10, $"deviation {arm}");
            double beta = 2 * Math.Log(Arms * 41.0 * 41 * Math.PI * Math.PI / (6 * 0.1));
            Promises.Close(mean + Math.Sqrt(beta * variance), scores[arm], 1e-9, 1e-10, $"score {arm}");
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => state.Posterior(context, Arms));
        Assert.Throws<ArgumentException>(() => state.Posterior(context.AsSpan(1), 0));
    }

    [Fact]
    public void GaussianProcessesLearnWhatLinearModelsCannot()
    {
        var bandit = new NonlinearContextualBandit(RewardFunction.Cosine, ModelSharing.Shared, 5, 2, [0.8, -0.6], 0.1);
        RegretReport report = BanditSimulator.Run(
            [new GpUcb { Kernel = ShiftInvariantKernel.Gaussian(2), Scale = 0.2 }, new LinUcb { Sharing = ModelSharing.Shared }], bandit,
            new SimulationOptions { Rounds = 200, Replications = 8, Checkpoints = [100, 200], Key = Key, Workers = Workers.Threads(2) });
        double first = report.Policies[0].MeanRegret[0], whole = report.Policies[0].MeanRegret[1], linear = report.Policies[1].MeanRegret[1];
        Assert.True(whole < 0.25 * linear, $"regret {whole:f2}, of LinUCB {linear:f2}");
        Assert.True(whole - first < 0.5 * first, $"regret {first:f2} in the first half, {whole - first:f2} in the second");
    }

    [Fact]
    public void PosteriorsOfTheLastLayerAreThoseOfBayesianRegression()
    {
        // A context of zeros has the representation (0, ..., 0, 1) in a network that isn't trained yet: regression on a constant.
        NeuralLinearState state = new NeuralLinear { Width = 5, TrainingInterval = 1000, Regularization = 0.5, PriorShape = 2, PriorScale = 3 }.Start(2, 3, Key);
        RandomStream stream = Key.Fold("constant").Stream();
        double sum = 0, squares = 0;
        const int N = 30;
        for (int t = 0; t < N; t++)
        {
            double reward = 1 + stream.NextNormal();
            sum += reward;
            squares += reward * reward;
            state.Update([0, 0, 0], 1, reward);
        }

        double[] scores = new double[2];
        state.Scores([0, 0, 0], scores);
        Promises.Close(sum / (N + 0.5), scores[1], 1e-12, 0, "mean");
        Assert.Equal(0, scores[0]);
        Promises.Close(2 + (N / 2.0), state.NoiseVariance(1).Shape, 1e-14, 0, "shape");
        Promises.Close(3 + (0.5 * (squares - (sum * sum / (N + 0.5)))), state.NoiseVariance(1).Scale, 1e-12, 0, "scale");
        Assert.Equal((2.0, 3.0), state.NoiseVariance(0));
    }

    [Fact]
    public void NetworksLearnWhatLinearModelsCannot()
    {
        // Arm 0 pays where the features' product is positive, arm 1 where it is negative: half of all for anything linear.
        RandomStream stream = Key.Fold("examples").Stream();
        double[] examples = new double[2 * 2000];
        int[] labels = new int[2000];
        for (int i = 0; i < 2000; i++)
        {
            examples[2 * i] = (2 * stream.NextDouble()) - 1;
            examples[(2 * i) + 1] = (2 * stream.NextDouble()) - 1;
            labels[i] = examples[2 * i] * examples[(2 * i) + 1] > 0 ? 0 : 1;
        }

        RegretReport report = BanditSimulator.Run(
            [new NeuralLinear { Width = 32, PriorScale = 1 }, new LinearThompsonSampling { Alpha = 0.5 }], new ClassificationBandit(examples, labels, 2),
            new SimulationOptions { Rounds = 1200, Replications = 4, Checkpoints = [600, 1200], Key = Key, Workers = Workers.Threads(2) });
        double first = report.Policies[0].MeanRegret[0], whole = report.Policies[0].MeanRegret[1], linear = report.Policies[1].MeanRegret[1];
        Assert.InRange(linear, 0.45 * 1200, 0.55 * 1200);
        Assert.True(whole < 0.5 * linear, $"regret {whole:f2}, of LinTS {linear:f2}");
        Assert.True(whole - first < 0.5 * first, $"regret {first:f2} in the first half, {whole - first:f2} in the second");
    }

    [Fact]
    public void EnvironmentsArePureFunctionsOfTheirKeys()
    {
        IContextualBandit[] bandits =
        [
            new LinearContextualBandit(ModelSharing.Shared, 3, 4, [1, 2, 3, 4], 0.5),
            new NonlinearContextualBandit(RewardFunction.Square, ModelSharing.Disjoint, 2, 2, [1, 2, 3, 4], 0.1),
            new ClassificationBandit([1, 2, 3, 4, 5, 6], [0, 2, 1], 3),
            new WheelBandit(0.9),
        ];
        foreach (IContextualBandit bandit in bandits)
        {
            int length = bandit.HasActionFeatures ? bandit.Arms * bandit.Features : bandit.Features;
            double[] one = new double[length], two = new double[length], sums = new double[bandit.Arms], squares = new double[bandit.Arms];
            bandit.Context(Key.Fold(1), one);
            bandit.Context(Key.Fold(2), two);
            bandit.Context(Key.Fold(1), two);
            Promises.SameBits(one, two, bandit.GetType().Name);
            var round = new ContextualRound { Context = one, Key = Key.Fold(1) };
            const int Draws = 2000;
            for (int arm = 0; arm < bandit.Arms; arm++)
            {
                for (int i = 0; i < Draws; i++)
                {
                    double reward = bandit.Reward(round, arm, Key.Fold("reward").Fold(i));
                    Assert.Equal(reward, bandit.Reward(round, arm, Key.Fold("reward").Fold(i)));
                    sums[arm] += reward / Draws;
                    squares[arm] += reward * reward / Draws;
                }

                double error = Math.Sqrt(Math.Max(0, squares[arm] - (sums[arm] * sums[arm])) / Draws);
                Assert.True(Math.Abs(sums[arm] - bandit.Mean(round, arm)) <= (4.5 * error) + 1e-9, $"{bandit.GetType().Name}: arm {arm} pays {sums[arm]} +- {error}, its mean is said to be {bandit.Mean(round, arm)}");
            }

            Promises.AllocatesNothing(() => bandit.Context(Key.Fold(3), two), bandit.GetType().Name);
        }

        // The wheel by hand: outside the radius the quadrant's arm, inside arm 0.
        var wheel = new WheelBandit(0.5);
        Assert.Equal(50, wheel.Mean(new ContextualRound { Context = [0.6, 0.6], Key = Key }, 1));
        Assert.Equal(50, wheel.Mean(new ContextualRound { Context = [0.6, -0.6], Key = Key }, 2));
        Assert.Equal(50, wheel.Mean(new ContextualRound { Context = [-0.6, 0.6], Key = Key }, 3));
        Assert.Equal(50, wheel.Mean(new ContextualRound { Context = [-0.6, -0.6], Key = Key }, 4));
        Assert.Equal(1, wheel.Mean(new ContextualRound { Context = [0.1, 0.1], Key = Key }, 1));
        Assert.Throws<ArgumentException>(() => new ClassificationBandit([1, 2], [0, 3], 3));
        Assert.Throws<ArgumentException>(() => new ClassificationBandit([1, 2, 3], [0, 1], 3));
        Assert.Throws<ArgumentException>(() => new LinearContextualBandit(ModelSharing.Shared, 2, 2, [1, double.NaN], 0));
        Assert.Throws<ArgumentException>(() => BanditSimulator.Run([new LinUcb { Sharing = ModelSharing.Shared }], wheel));
        Assert.Throws<ArgumentException>(() => BanditSimulator.Run(Array.Empty<IContextualPolicy>(), wheel));
    }
}
