using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>The parts of learnt exploration at tiny size: classes of instances, the network's symmetries, both gradients, training and its adversary. samples/scorecards/active-learning.cs has the whole.</summary>
public class LearnedExplorationTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(83);

    [Fact]
    public void ProjectionsKeepTheBestArmAndReachTheComplexity()
    {
        Promises.Close(0.25 * ((1 / 0.25) + 1), InstanceComplexity.Of([0, 1, 0.5], 0.5), 1e-14, 0, "complexity");
        Assert.Equal(double.PositiveInfinity, InstanceComplexity.Of([1, 1, 0], 1));
        for (int trial = 0; trial < 200; trial++)
        {
            RandomStream stream = Key.Fold("projections").Fold(trial).Stream();
            double[] means = new double[2 + (trial % 9)];
            for (int arm = 0; arm < means.Length; arm++)
                means[arm] = 3 * stream.NextNormal();
            int best = Array.IndexOf(means, means.Max());
            double complexity = 0.3 + (5 * stream.NextDouble()), noise = 0.2 + stream.NextDouble(), before = InstanceComplexity.Of(means, noise);
            double[] projected = [.. means];
            InstanceComplexity.Project(projected, noise, complexity);
            double after = InstanceComplexity.Of(projected, noise);
            Assert.Equal(0, projected[best]);
            Assert.True(after <= complexity * (1 + 1e-12), $"trial {trial}: {after} after {before}, at most {complexity}");
            if (before > complexity * 1.01)
                Promises.Close(complexity, after, 1e-9, 0, $"trial {trial}");
            for (int arm = 0; arm < means.Length; arm++)
                Assert.True(arm == best || projected[arm] <= Math.Max(means[arm] - means[best], -6 * noise) + 1e-12, $"trial {trial}: a gap shrinks");
            double[] twice = [.. projected];
            InstanceComplexity.Project(twice, noise, complexity * (1 + 1e-12));
            Assert.Equal(projected, twice);
        }

        Assert.Contains("must be at least 0.25", Assert.Throws<ArgumentOutOfRangeException>(() => InstanceComplexity.Project(new double[10], 1, 0.2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => InstanceComplexity.Of([1], 1));
    }

    [Fact]
    public void TheNetworkHasTheSymmetriesOfTheProblem()
    {
        LearnedExplorationState rule = new LearnedExploration { Arms = 5, Budget = 12, Width = 6, NoiseScale = 0.7 }.Start(Key);
        LearnedExplorationState scaled = new LearnedExploration { Arms = 5, Budget = 12, Width = 6, NoiseScale = 1.4 }.Start(Key);
        int[] counts = [1, 3, 2, 1, 2], permutation = [3, 0, 4, 2, 1];
        double[] sums = [0.3, 2.4, -0.8, 0.9, 1.1], plain = new double[5], other = new double[5];
        rule.Probabilities(counts, sums, plain);
        Assert.Equal(1, plain.Sum(), 1e-12);
        Assert.True(plain.Max() - plain.Min() > 1e-3);

        rule.Probabilities([.. permutation.Select(a => counts[a])], [.. permutation.Select(a => sums[a])], other);
        for (int arm = 0; arm < 5; arm++)
            Promises.Close(plain[permutation[arm]], other[arm], 1e-5, 0, $"permuted {arm}");
        rule.Probabilities(counts, [.. sums.Select((s, a) => s + (counts[a] * 40.0))], other);
        for (int arm = 0; arm < 5; arm++)
            Promises.Close(plain[arm], other[arm], 1e-4, 0, $"shifted {arm}");
        scaled.Probabilities(counts, [.. sums.Select(s => 2 * s)], other);
        for (int arm = 0; arm < 5; arm++)
            Promises.Close(plain[arm], other[arm], 1e-5, 0, $"scaled {arm}");
        Assert.Throws<ArgumentException>(() => rule.Probabilities([1, 0, 1, 1, 1], sums, other));
    }

    [Fact]
    public void TheAdversaryFollowsTheDerivativeOfTheError()
    {
        // Two arms with n and m rewards are confused with probability Phi(-gap / sqrt(1/n + 1/m)); where the plays don't depend on the rewards, the budget's four make that Phi(-gap) if they are even. A rule whose parameters are all 0 flips
        // coins: two more plays, so that n - m is 2, 0 or -2 with probability 1/4, 1/2, 1/4.
        const int Batches = 150;
        var options = new LearnedExploration { Arms = 2, Budget = 4, Width = 2, Instances = 4, Episodes = 64, LearningRate = 1e-12 };
        LearnedExplorationState rule = options.Start(Key);
        double[] means = [0, -0.5, 0, -1, 0, -1.5, -2, 0], weights = [1, 1, 1, 1], errors = new double[4], slopes = new double[8];
        double[] error = new double[4], slope = new double[8], squares = new double[8];
        for (int batch = 0; batch < Batches; batch++)
        {
            rule.Parameters.Clear();
            rule.Learn(means, weights, Key.Fold(batch), errors, slopes);
            for (int i = 0; i < 4; i++)
                error[i] += errors[i] / Batches;
            for (int i = 0; i < 8; i++)
            {
                slope[i] += slopes[i] / Batches;
                squares[i] += slopes[i] * slopes[i] / Batches;
            }
        }

        for (int i = 0; i < 4; i++)
        {
            double gap = Math.Abs(means[2 * i] - means[(2 * i) + 1]), even = 1, odd = Math.Sqrt(1 + (1.0 / 3));
            double expected = 0.5 * (Tail(gap / even) + Tail(gap / odd)), derivative = -0.5 * ((Density(gap / even) / even) + (Density(gap / odd) / odd));
            Assert.True(Math.Abs(error[i] - expected) < 4.5 * Math.Sqrt(expected * (1 - expected) / (Batches * options.Episodes)), $"error {error[i]}, expected {expected}");
            for (int arm = 0; arm < 2; arm++)
            {
                // With respect to the better arm's mean the gap grows, to the other's it falls.
                int at = (2 * i) + arm;
                double wanted = means[at] == 0 ? derivative : -derivative, deviation = Math.Sqrt((squares[at] - (slope[at] * slope[at])) / Batches);
                Assert.True(Math.Abs(slope[at] - wanted) < 4.5 * deviation && deviation < 0.1, $"slope {slope[at]} +- {deviation}, expected {wanted}");
            }
        }

        static double Tail(double z) => SpecialFunctions.NormalCdf(-z);

        static double Density(double z) => Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI);
    }

    [Fact]
    public void TrainingLowersTheErrorOnInstancesItHasNotSeen()
    {
        var options = new LearnedExploration { Arms = 4, Budget = 12, Width = 8, Instances = 16, Episodes = 16, LearningRate = 0.02 };
        var training = new RobustExplorationTraining { Rule = options, Steps = 120 };
        LearnedExplorationState before = options.Start(Key), after = options.Start(Key);
        double[] particles = training.Train(after, [2.0, 4.0], [0, 0.1], Key.Fold("training"));
        for (int i = 0; i < 16; i++)
            Assert.True(InstanceComplexity.Of(particles.AsSpan(i * 4, 4), 1) <= (i < 8 ? 2 : 4) * (1 + 1e-9));

        // Instances that were in no training.
        double[] fresh = new double[16 * 4], untrained = new double[16], trained = new double[16], adversarial = new double[16];
        training.Draw(fresh, [2.0, 4.0], Key.Fold("fresh"));
        before.Evaluate(fresh, 100, Key.Fold("test"), untrained);
        after.Evaluate(fresh, 100, Key.Fold("test"), trained);
        after.Evaluate(particles, 100, Key.Fold("test"), adversarial);
        string figures = $"mean error untrained {untrained.Average():p1}, trained {trained.Average():p1}, on the adversary's instances {adversarial.Average():p1}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);

        // 25,600 episodes each: a standard error of at most 0.3 %, and 4.5 times that of a difference. The adversary's instances are as complex as the others; they must not have become easier.
        Assert.True(trained.Average() < untrained.Average() - 0.02, figures);
        Assert.True(adversarial.Average() > trained.Average() - 0.01, figures);
    }

    [Fact]
    public void LearningResumesToTheSameBitsWithoutAllocation()
    {
        var options = new LearnedExploration { Arms = 3, Budget = 6, Width = 4, Instances = 4, Episodes = 4 };
        LearnedExplorationState whole = options.Start(Key), part = options.Start(Key.Fold(1));
        double[] means = new double[12], weights = [0.1, 0.2, 0.3, 0.4], errors = new double[4], slopes = new double[12];
        new RobustExplorationTraining { Rule = options }.Draw(means, [3], Key);
        for (int step = 0; step < 5; step++)
            whole.Learn(means, weights, Key.Fold(step), errors, slopes);
        StateArchive.Load(part, StateArchive.Save(whole));
        for (int step = 5; step < 9; step++)
        {
            whole.Learn(means, weights, Key.Fold(step), errors, slopes);
            part.Learn(means, weights, Key.Fold(step), errors, slopes);
        }

        Promises.SameBits(whole.Parameters, part.Parameters, "parameters");
        Promises.AllocatesNothing(() => whole.Learn(means, weights, Key, errors, slopes), "learning", 20, 5);
        Promises.AllocatesNothing(() => whole.Evaluate(means, 1, Key, errors), "playing", 20, 5);

        // Any number of instances can be evaluated; the first ones don't depend on those that follow.
        double[] few = new double[3];
        whole.Evaluate(means, 2, Key, errors);
        whole.Evaluate(means.AsSpan(0, 9), 2, Key, few);
        Assert.Equal(errors[..3], few);

        Assert.Contains("Budget is 3", Assert.Throws<InvalidOperationException>(() => (options with { Budget = 3 }).Start(Key)).Message, StringComparison.Ordinal);
        Names("Arms", () => options with { Arms = 1 });
        Names("Episodes", () => options with { Episodes = 1 });
        Names("NoiseScale", () => options with { NoiseScale = 0 });
        Names("Steps", () => new RobustExplorationTraining { Steps = 0 });
        Names("AdversaryStep", () => new RobustExplorationTraining { AdversaryStep = -1 });
        Names("complexities", () => new RobustExplorationTraining { Rule = options }.Train(whole, [], [], Key));
        Names("references", () => new RobustExplorationTraining { Rule = options }.Train(whole, [1], [], Key));

        static void Names(string text, Func<object> make) => Assert.Contains(text, Assert.ThrowsAny<ArgumentException>(make).Message, StringComparison.Ordinal);
    }
}
