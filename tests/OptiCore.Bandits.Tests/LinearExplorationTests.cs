using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Designs of experiments with known optima and bounds, their rounding, and searches for the best item of a linear bandit beside the oracle and the lower bound.</summary>
public class LinearExplorationTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(61);

    [Fact]
    public void GOptimalDesignsHaveTheirKnownForms()
    {
        // Quadratic regression on [-1, 1]: a third each at -1, 0 and 1. Cubic: a quarter each at -1, 1 and +-1/sqrt(5) (Hoel, 1958).
        (int Degree, double[] Points)[] cases = [(2, [-1, 0, 1]), (3, [-1, -1 / Math.Sqrt(5), 1 / Math.Sqrt(5), 1])];
        foreach ((int degree, double[] support) in cases)
        {
            var points = new List<double>(support);
            for (int i = 0; i < 8; i++)
                points.Add(-0.875 + (i / 4.0));
            double[] values = [.. points.SelectMany(t => Enumerable.Range(0, degree + 1).Select(k => Math.Pow(t, k)))], weights = new double[points.Count];
            DesignResult result = new OptimalDesign { Tolerance = 1e-6 }.GOptimal(new FeatureVectors(degree + 1, values), weights);
            TestContext.Current.TestOutputHelper?.WriteLine($"degree {degree}: {result}");
            Promises.Close(degree + 1, result.Value, 1e-6, 0, "value");
            Assert.True(result.LowerBound <= result.Value);
            for (int i = 0; i < points.Count; i++)
                Promises.Close(i < support.Length ? 1.0 / support.Length : 0, weights[i], 0, 1e-4, $"degree {degree}, share of {points[i]}");
        }
    }

    [Fact]
    public void DirectionalDesignsHaveTheirKnownForms()
    {
        // One direction, unit vectors: w_i proportional to |y_i|, value (sum |y_i|)^2 (Elfving, 1952).
        double[] weights = new double[4];
        DesignResult result = new OptimalDesign { Tolerance = 1e-6 }.Directional(FeatureVectors.Basis(4), new FeatureVectors(4, [1, -2, 0.5, 0]), weights);
        Promises.Close(3.5 * 3.5, result.Value, 1e-6, 0, "value");
        double[] expected = [1 / 3.5, 2 / 3.5, 0.5 / 3.5, 0];
        for (int i = 0; i < 4; i++)
            Promises.Close(expected[i], weights[i], 0, 1e-4, $"share {i}");

        // Differences of unit vectors: all alike, value 1/w + 1/w.
        Promises.Close(8, new OptimalDesign().XyOptimal(FeatureVectors.Basis(4), FeatureVectors.Basis(4), weights).Value, 1e-11, 0, "value");
        Assert.All(weights, w => Assert.Equal(0.25, w, 1e-12));

        // The oracle of arms that have nothing in common is that of best-arm identification with normal rewards.
        double[] means = [1, 0.6, 0.2, 0.5], optimal = new double[4];
        double time = OptimalAllocation.Solve(RewardFamily.Gaussian(1), means, optimal);
        Promises.Close(time, 2 * new OptimalDesign { Tolerance = 1e-5 }.Oracle(FeatureVectors.Basis(4), FeatureVectors.Basis(4), means, weights).Value, 1e-5, 0, "T*");
        for (int i = 0; i < 4; i++)
            Promises.Close(optimal[i], weights[i], 0, 2e-3, $"share {i}");
    }

    [Fact]
    public void DesignsKeepTheirBoundsAndDontDependOnCoordinates()
    {
        for (int trial = 0; trial < 30; trial++)
        {
            RandomStream stream = Key.Fold("designs").Fold(trial).Stream();
            int d = 2 + (trial % 5), k = d + 1 + (trial % 7), n = 2 + (trial % 9);
            double[] x = Normals(ref stream, k * d), z = Normals(ref stream, n * d), change = Normals(ref stream, d * d), weights = new double[k], other = new double[k];
            FeatureVectors measurements = new(d, x), items = new(d, z);
            foreach (bool arePairs in (bool[])[true, false])
            {
                DesignResult result = Solve(measurements, items, weights);
                TestContext.Current.TestOutputHelper?.WriteLine($"trial {trial}, d {d}, {k} measurements, {n} items: {result}");
                Assert.Equal(1, weights.Sum(), 1e-12);
                Assert.True(result.Value <= 1.02 * result.LowerBound, $"trial {trial}: {result}");
                Promises.Close(Largest(weights, arePairs), result.Value, 1e-6, 0, $"trial {trial} value");
                for (int random = 0; random < 50; random++)
                {
                    double sum = 0;
                    for (int i = 0; i < k; i++)
                        sum += other[i] = -Math.Log(stream.NextOpenDouble()) + (random * weights[i]);
                    for (int i = 0; i < k; i++)
                        other[i] /= sum;
                    Assert.True(Largest(other, arePairs) >= result.LowerBound * (1 - 1e-9), $"trial {trial}: a design is better than the bound");
                }

                DesignResult changed = Solve(new FeatureVectors(d, Change(x)), new FeatureVectors(d, Change(z)), other);
                Promises.Close(result.Value, changed.Value, 0.02, 0, $"trial {trial} in other coordinates");

                DesignResult Solve(FeatureVectors a, FeatureVectors b, double[] w) => arePairs ? new OptimalDesign().XyOptimal(a, b, w) : new OptimalDesign().Directional(a, b, w);
            }

            double[] Change(double[] vectors)
            {
                double[] result = new double[vectors.Length];
                for (int i = 0; i < vectors.Length; i += d)
                {
                    for (int r = 0; r < d; r++)
                    {
                        for (int c = 0; c < d; c++)
                            result[i + r] += (change[(r * d) + c] + (r == c ? 3 : 0)) * vectors[i + c];
                    }
                }

                return result;
            }

            // The same by Gauss-Jordan elimination, far from the code under test.
            double Largest(double[] w, bool arePairs)
            {
                double largest = 0;
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < (arePairs ? i : 1); j++)
                    {
                        double[] y = new double[d];
                        for (int c = 0; c < d; c++)
                            y[c] = z[(i * d) + c] - (arePairs ? z[(j * d) + c] : 0);
                        largest = Math.Max(largest, Variance(w, x, y));
                    }
                }

                return largest;
            }
        }
    }

    [Fact]
    public void RoundingIsEfficient()
    {
        for (int trial = 0; trial < 200; trial++)
        {
            RandomStream stream = Key.Fold("rounding").Fold(trial).Stream();
            double[] weights = new double[1 + (trial % 12)];
            for (int i = 0; i < weights.Length; i++)
                weights[i] = i > 0 && stream.NextDouble() < 0.3 ? 0 : Math.Pow(stream.NextOpenDouble(), 4);
            double sum = weights.Sum();
            for (int i = 0; i < weights.Length; i++)
                weights[i] /= sum;
            int support = weights.Count(w => w > 0);
            long total = support + (long)(stream.NextDouble() * 60);
            long[] counts = new long[weights.Length];
            OptimalDesign.Round(weights, total, counts);
            Assert.Equal(total, counts.Sum());
            for (int i = 0; i < weights.Length; i++)
            {
                Assert.True(counts[i] >= (weights[i] > 0 ? 1 : 0), $"trial {trial}");
                Assert.True(counts[i] >= (1 - (support / (double)total)) * total * weights[i] * (1 - 1e-12), $"trial {trial}: {counts[i]} of {total} with a share of {weights[i]}");
            }
        }

        Assert.Contains("total is 1 but must be at least 2", Assert.Throws<ArgumentOutOfRangeException>(() => OptimalDesign.Round([0.5, 0.5], 1, new long[2])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(20)]
    public void RageIsBetweenTheOracleAndTheStaticAllocation(int d)
    {
        // The paper's first benchmark: d unit vectors and one at 0.01 from the first, which is the best. A static design looks at all of them, the question is about the second alone. The angle is 0.1 here, which divides all numbers of
        // rewards by about 100.
        const double Delta = 0.05;
        const int Runs = 20;
        double[] values = new double[(d + 1) * d], theta = new double[d], means = new double[d + 1], weights = new double[d + 1];
        for (int i = 0; i < d; i++)
            values[i * (d + 1)] = 1;
        (values[d * d], values[(d * d) + 1]) = (Math.Cos(0.1), Math.Sin(0.1));
        theta[0] = 2;
        FeatureVectors features = new(d, values);
        features.Multiply(theta, means);
        var bandit = new GaussianBandit(means, [.. means.Select(_ => 1.0)]);
        double bound = OptimalAllocation.LowerBound(2 * new OptimalDesign().Oracle(features, features, theta, weights).LowerBound, Delta);
        BestArmReport rage = Search(new Rage { Measurements = features, ErrorProbability = Delta });
        BestArmReport fixedShares = Search(new StaticAllocation { Measurements = features, ErrorProbability = Delta });
        BestArmReport oracle = Search(new StaticAllocation { Measurements = features, ErrorProbability = Delta, Weights = new FeatureVectors(d + 1, weights) });
        string figures = $"d = {d}: lower bound {bound:f0}, oracle {oracle}, RAGE {rage}, static {fixedShares}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        foreach (BestArmReport report in (BestArmReport[])[rage, fixedShares, oracle])
        {
            Assert.Equal(0, report.Unfinished);
            Assert.True(report.Wrong <= (Delta * Runs) + (4.5 * Math.Sqrt(Runs * Delta * (1 - Delta))), figures);
        }

        Assert.True(oracle.MeanRewards > bound, figures);
        Assert.True(oracle.MeanRewards < rage.MeanRewards, figures);
        if (d >= 10)
            Assert.True(rage.MeanRewards < fixedShares.MeanRewards, figures);

        BestArmReport Search(IPureExploration policy) => BestArmSimulator.Run(policy, bandit, Runs, 10_000_000, Key, Workers.Threads(2));
    }

    [Fact]
    public void ItemsNeedNotBeMeasurements()
    {
        // The paper's transductive benchmark: 2d unit vectors are measured, the items are d of them and the same turned towards the other d. theta has the first item best, its turned copy next.
        const int D = 4, Runs = 20;
        const double Angle = 0.5, Delta = 0.05;
        double[] items = new double[2 * D * 2 * D], theta = new double[2 * D], weights = new double[2 * D];
        for (int i = 0; i < D; i++)
        {
            items[(i * 2 * D) + i] = 1;
            items[((D + i) * 2 * D) + i] = Math.Cos(Angle);
            items[((D + i) * 2 * D) + D + i] = Math.Sin(Angle);
        }

        theta[0] = 1;
        FeatureVectors measurements = FeatureVectors.Basis(2 * D), wanted = new(2 * D, items);
        DesignResult design = new OptimalDesign().Oracle(measurements, wanted, theta, weights);
        double bound = OptimalAllocation.LowerBound(2 * design.LowerBound, Delta);

        // To tell the first item from its copy alone takes (|1 - cos| + |sin|)^2 / (1 - cos)^2, in the two coordinates in which they differ.
        double pair = Math.Pow((1 - Math.Cos(Angle) + Math.Sin(Angle)) / (1 - Math.Cos(Angle)), 2);
        Assert.True(design.Value >= pair, $"value of the oracle {design.Value}, of one pair {pair}");
        LinearExplorationState state = new Rage { Measurements = measurements, Items = wanted, ErrorProbability = Delta }.Start(2 * D, Key);
        LinearExplorationState other = new StaticAllocation { Measurements = measurements, Items = wanted, ErrorProbability = Delta }.Start(2 * D, Key);
        (double rage, int rageWrong) = Search(state);
        (double still, int stillWrong) = Search(other);
        string figures = $"lower bound {bound:f0}, RAGE {rage:f0} rewards, {rageWrong} wrong, static {still:f0}, {stillWrong} wrong";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(rageWrong + stillWrong <= 2 * ((Delta * Runs) + (4.5 * Math.Sqrt(Runs * Delta * (1 - Delta)))), figures);
        Assert.True(rage > bound && rage < still, figures);

        (double Rewards, int Wrong) Search(LinearExplorationState search)
        {
            double rewards = 0;
            int wrong = 0;
            for (int run = 0; run < Runs; run++)
            {
                RandomStream stream = Key.Fold("transductive").Fold(run).Stream();
                search.Restart(Key);
                while (!search.HasStopped)
                {
                    int arm = search.Choose();
                    search.Update(arm, theta[arm] + stream.NextNormal());
                }

                rewards += search.Updates / (double)Runs;
                wrong += search.Item == 0 ? 0 : 1;

                // The recommended arm is the measurement that is worth most.
                Assert.Equal(0, search.Recommendation);
            }

            return (rewards, wrong);
        }
    }

    [Fact]
    public void PhasesEndWithoutAllocationAndResumeToTheSameBits()
    {
        RandomStream stream = Key.Fold("phases").Stream();
        FeatureVectors measurements = new(3, Normals(ref stream, 15)), items = new(3, Normals(ref stream, 12));
        foreach (IPureExploration policy in (IPureExploration[])[
            new Rage { Measurements = measurements, Items = items, NoiseScale = 0.5, ErrorProbability = 1e-9 },
            new StaticAllocation { Measurements = measurements, Items = items, NoiseScale = 0.5, ErrorProbability = 1e-9 }])
        {
            var whole = (LinearExplorationState)policy.Start(5, Key);
            var part = (LinearExplorationState)policy.Start(5, Key);
            double[] theta = [0.6, 0.5, 0.4], noise = Normals(ref stream, 50_000);
            Promises.AllocatesNothing(
                () =>
                {
                    whole.Restart(Key);
                    while (!whole.HasStopped)
                        Step(whole);
                },
                $"{policy}",
                3,
                2);
            Assert.Equal(Best(), whole.Item);
            whole.Restart(Key);
            while (!whole.HasStopped)
            {
                Step(whole);
                if (whole.Updates % 997 != 5)
                    continue;
                using var memory = new MemoryStream();
                whole.Save(memory);
                memory.Position = 0;
                part.Load(memory);
                while (!part.HasStopped)
                    Step(part);
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"{policy.GetType().Name}: {whole.Updates} rewards");
            Assert.Equal(StateArchive.Save(whole), StateArchive.Save(part));
            Assert.Equal(whole.Item, part.Item);
            Promises.SameBits(whole.Estimate, part.Estimate, "estimate");

            void Step(LinearExplorationState state)
            {
                int arm = state.Choose();
                state.Update(arm, RidgeModel.Dot(measurements[arm], theta) + (0.5 * noise[state.Updates % noise.Length]));
            }

            int Best() => Enumerable.Range(0, items.Count).MaxBy(i => RidgeModel.Dot(items[i], theta));
        }
    }

    [Fact]
    public void OddItemsAndInvalidOptionsAreHandled()
    {
        // One item, or the same one several times: nothing is to be found out.
        FeatureVectors basis = FeatureVectors.Basis(2);
        LinearExplorationState state = new Rage { Measurements = basis, Items = new FeatureVectors(2, [1, 1, 1, 1]) }.Start(2, Key);
        Assert.True(state.HasStopped);
        Assert.Equal(0, state.Item);
        state.Restart(Key);
        Assert.True(state.HasStopped);

        Names("ErrorProbability", () => new Rage { ErrorProbability = 1 });
        Names("NoiseScale", () => new Rage { NoiseScale = 0 });
        Names("RoundingLoss", () => new Rage { RoundingLoss = 2 });
        Names("Growth", () => new StaticAllocation { Growth = 1 });
        Names("Weights", () => new StaticAllocation { Weights = new FeatureVectors(2, [-1, 1]) });
        Names("Weights", () => new StaticAllocation { Weights = new FeatureVectors(2, [0, 0]) });
        Names("Weights", () => new StaticAllocation { Measurements = basis, Weights = new FeatureVectors(3, [1, 1, 1]) }.Start(2, Key));
        Names("Tolerance", () => new OptimalDesign { Tolerance = 0 });
        Names("MaxIterations", () => new OptimalDesign { MaxIterations = 0 });
        Names("arms is 3 but the policy has 2", () => new Rage { Measurements = basis }.Start(3, Key));
        Names("at least two measurements", () => new Rage { Measurements = FeatureVectors.Basis(1), Items = new FeatureVectors(1, [1, -1]) }.Start(1, Key));
        Names("don't span", () => new Rage { Measurements = new FeatureVectors(2, [1, 1, 2, 2]) }.Start(2, Key));
        Names("features", () => new Rage { Measurements = basis, Items = FeatureVectors.Basis(3) }.Start(2, Key));
        Names("values has 3 numbers", () => new FeatureVectors(2, [1, 2, 3]));
        Names("All directions are 0", () => new OptimalDesign().Directional(basis, new FeatureVectors(2, [0, 0]), new double[2]));
        Names("equally good", () => new OptimalDesign().Oracle(basis, basis, [1, 1], new double[2]));
        Assert.NotEqual(new FeatureVectors(2, [1, 2, 3, 4]).ToString(), new FeatureVectors(2, [1, 2, 3, 5]).ToString());
        Assert.Equal(basis, new FeatureVectors(2, [1, 0, 0, 1]));

        static void Names(string text, Func<object> make) => Assert.Contains(text, Assert.ThrowsAny<ArgumentException>(make).Message, StringComparison.Ordinal);
    }

    private static double[] Normals(ref RandomStream stream, int count)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = stream.NextNormal();
        return values;
    }

    private static double Variance(double[] weights, double[] x, double[] y)
    {
        int d = y.Length;
        double[,] a = new double[d, d + 1];
        for (int k = 0; k < weights.Length; k++)
        {
            for (int i = 0; i < d; i++)
            {
                for (int j = 0; j < d; j++)
                    a[i, j] += weights[k] * x[(k * d) + i] * x[(k * d) + j];
            }
        }

        for (int i = 0; i < d; i++)
        {
            a[i, i] += 1e-13;
            a[i, d] = y[i];
        }

        for (int p = 0; p < d; p++)
        {
            int pivot = Enumerable.Range(p, d - p).MaxBy(i => Math.Abs(a[i, p]));
            for (int j = 0; j <= d; j++)
                (a[p, j], a[pivot, j]) = (a[pivot, j], a[p, j]);
            for (int i = 0; i < d; i++)
            {
                double factor = i == p ? 0 : a[i, p] / a[p, p];
                for (int j = p; j <= d && factor != 0; j++)
                    a[i, j] -= factor * a[p, j];
            }
        }

        return Enumerable.Range(0, d).Sum(i => y[i] * a[i, d] / a[i, i]);
    }
}
