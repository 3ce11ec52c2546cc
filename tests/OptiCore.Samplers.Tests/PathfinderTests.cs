using System.Text.Json;
using OptiCore.LinearAlgebra;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;
using MultivariateNormal = OptiCore.Problems.MultivariateNormal;

namespace OptiCore.Samplers.Tests;

public class PathfinderTests
{
    public static TheoryData<int, int> Shapes => new() { { 3, 2 }, { 12, 3 }, { 5, 5 }, { 40, 6 }, { 4, 0 } };

    public static TheoryData<string> Posteriors => ["eight schools", "arK"];

    /// <summary>
    /// The diagonal and low-rank form is that of the inverse BFGS updates S = (I - s z' / s.z) S (I - z s' / s.z) + s s' / s.z, one after the other from diag(alpha), computed here densely.
    /// </summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_normal_is_that_of_dense_updates(int n, int m)
    {
        RandomStream stream = RandomKey.FromSeed(6).Fold(n).Stream();
        double[] point = Vector(), gradient = Vector(), alpha = [.. Vector().Select(v => Math.Exp(v))];
        double[] scales = [.. Vector().Select(v => Math.Exp(v))];
        double[] s = new double[n * n];
        for (int i = 0; i < n; i++)
            s[(i * n) + i] = alpha[i];
        var pairs = new List<(double[] Step, double[] Change)>();
        for (int k = 0; k < m; k++)
        {
            double[] step = Vector(), change = new double[n];
            for (int i = 0; i < n; i++)
                change[i] = (scales[i] * step[i]) + (0.3 * step[(i + 1) % n]) + (0.3 * step[(i + n - 1) % n]);
            double curvature = Dot(step, change);
            if (curvature <= 0)
                continue;
            pairs.Add((step, change));
            double[] next = new double[n * n], sz = new double[n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    sz[i] += s[(i * n) + j] * change[j];
            }

            double zsz = Dot(change, sz);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    next[(i * n) + j] = s[(i * n) + j] - (((step[i] * sz[j]) + (sz[i] * step[j])) / curvature) + (step[i] * step[j] * ((zsz / curvature) + 1) / curvature);
            }

            s = next;
        }

        LowRankNormal? normal = LowRankNormal.FromPairs(point, gradient, alpha, pairs);
        Assert.NotNull(normal);
        double[] covariance = new double[n * n], variances = new double[n], factor = [.. s];
        normal.Covariance(covariance);
        normal.Variances(variances);
        double largest = s.Max(Math.Abs);
        Assert.True(Cholesky.TryFactor<double>(factor, n));
        for (int i = 0; i < n; i++)
        {
            Promises.Close(s[(i * n) + i], variances[i], 1e-9, 1e-10 * largest, "variance");
            Promises.Close(point[i] + Enumerable.Range(0, n).Sum(j => s[(i * n) + j] * gradient[j]), normal.Mean[i], 1e-9, 1e-9 * largest, "mean");
            for (int j = 0; j < n; j++)
                Promises.Close(s[(i * n) + j], covariance[(i * n) + j], 1e-9, 1e-10 * largest, "covariance");
        }

        double logDeterminant = Cholesky.LogDeterminant<double>(factor, n, n);
        Promises.Close(logDeterminant, normal.LogDeterminant, 1e-8, 1e-8, "log determinant");

        // The density of a draw is the one that the draw reports, and the dense one.
        double[] x = new double[n];
        for (int k = 0; k < 3; k++)
        {
            double reported = normal.Draw(RandomKey.FromSeed(1).Fold(k), x);
            double[] centred = [.. x.Select((v, i) => v - normal.Mean[i])], solved = [.. centred];
            Cholesky.Solve<double>(factor, n, n, solved);
            double dense = -0.5 * (Dot(centred, solved) + logDeterminant + (n * Math.Log(2 * Math.PI)));
            Promises.Close(dense, reported, 1e-7, 1e-7, "density of a draw");
            Promises.Close(dense, normal.LogDensity(x), 1e-7, 1e-7, "density at a point");
        }

        double[] Vector() => [.. Enumerable.Range(0, n).Select(_ => stream.NextNormal())];
        static double Dot(double[] a, double[] b) => a.Zip(b, (u, v) => u * v).Sum();
    }

    [Fact]
    public void A_normal_target_is_found()
    {
        MultivariateNormal target = MultivariateNormal.Autoregressive(6, 0.8);

        // To the last digits of the gradient: the more pairs, the nearer the inverse Hessian is to the covariance.
        var pathfinder = new Pathfinder
        {
            History = 20,
            BoundDraws = 50,
            Draws = 2000,
            DrawsPerPath = 1000,
            Optimizer = new Lbfgs { Memory = 20, Stopping = new StoppingRules { GradientTolerance = 1e-13 } },
        };
        PathfinderResult result = pathfinder.Run(target, RandomKey.FromSeed(3));
        Assert.Empty(result.Warnings);
        Assert.True(result.ParetoShape < 0.5, $"k = {result.ParetoShape:f2}.");
        Assert.Equal(4, result.Paths.Count);
        Assert.Equal(2000, result.Count);
        double logEvidence = (3 * Math.Log(2 * Math.PI)) + (0.5 * 5 * Math.Log(1 - (0.8 * 0.8)));
        Assert.All(result.Paths, p => Assert.InRange(p.Bound, logEvidence - 2, logEvidence + 0.5));
        for (int i = 0; i < 6; i++)
        {
            // 4,000 draws with weights near to 1: a standard error of 0.03 and of 0.05, resampling included; five of them.
            double[] draws = result.Values(i);
            Assert.Equal(0, Diagnostics.Mean(draws), 0.15);
            Assert.Equal(1, Diagnostics.Mean(draws.Select(v => v * v).ToArray()), 0.25);
        }

        PathfinderResult parallel = pathfinder.Run(target, RandomKey.FromSeed(3), Workers.Threads(3));
        Promises.SameBits(result.Values(2), parallel.Values(2), "three workers");
        Assert.Equal(result.Evaluations, parallel.Evaluations);
        Assert.Equal(1000, (pathfinder with { Draws = 0, Paths = 1 }).Run(target).Count);
    }

    [Fact]
    public void A_target_far_from_normal_is_said_to_be_one()
    {
        PathfinderResult result = new Pathfinder().Run(new NealFunnel(6), RandomKey.FromSeed(1));
        Assert.True(result.ParetoShape > 0.7);
        Assert.Contains(result.Warnings, w => w.Contains("beyond 0.7", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_nothing_is_finite_the_message_says_so()
    {
        var nothing = Assert.Throws<SolverException>(() => new Pathfinder().Run(Function.WithGradient<double>(2, static (x, g) =>
        {
            g.Clear();
            return double.NaN;
        })));
        Assert.Contains("evidence lower bound", nothing.Message, StringComparison.Ordinal);
        Assert.Equal("Paths", Assert.Throws<ArgumentOutOfRangeException>(() => new Pathfinder { Paths = 0 }).ParamName);
        Assert.Equal("History", Assert.Throws<ArgumentOutOfRangeException>(() => new Pathfinder { History = 0 }).ParamName);
        Assert.Throws<ArgumentException>(() => Sample.Run(new StretchMove(), Function.BlackBox(1, static x => -x[0] * x[0]), new SamplingOptions { Initialization = new Pathfinder() }));
    }

    /// <summary>Chains begin where the posterior's draws lie, by their log densities; random starts don't.</summary>
    [Theory]
    [MemberData(nameof(Posteriors))]
    public void Chains_begin_in_the_typical_set(string posterior)
    {
        ILogDensity density = Posterior(posterior);
        SamplingResult result = Sample.Run(new NoUTurn(), density, new SamplingOptions { Chains = 2, WarmUp = 400, Draws = 1000, Key = RandomKey.FromSeed(1) });
        double[] typical = [.. result.Chains.SelectMany(c => c.Statistics.ToArray().Select(s => s.LogDensity))];
        double low = typical.Min(), high = typical.Max();
        IInitialization initialization = new Pathfinder();
        for (int c = 0; c < 8; c++)
        {
            double[] start = new double[density.Dimension];
            StartingPoint.Uniform(RandomKey.FromSeed(5).Fold(c), 2, start);
            ChainStart? found = initialization.Find(density, start, RandomKey.FromSeed(6).Fold(c));
            Assert.NotNull(found);
            double value = density.Value(found.Position);
            Assert.InRange(value, low - (0.5 * (high - low)), high);
            Assert.True(found.Evaluations is > 20 and < 3000, $"{found.Evaluations} evaluations.");
        }
    }

    /// <summary>
    /// A warm-up of 200 from Pathfinder's starts costs fewer evaluations than one of 1,000 from random ones and leaves at least 0.7 of the effective size per gradient of the worst parameter; the means are
    /// those of posteriordb.
    /// </summary>
    [Theory]
    [MemberData(nameof(Posteriors))]
    public void A_short_warm_up_loses_little_beside_a_long_one(string posterior)
    {
        ILogDensity density = Posterior(posterior);
        var options = new SamplingOptions { Chains = 4, WarmUp = 1000, Draws = 1000, Key = RandomKey.FromSeed(2) };
        SamplingResult plain = Sample.Run(new NoUTurn(), density, options);
        SamplingResult quick = Sample.Run(new NoUTurn(), density, options with { WarmUp = 200, Initialization = new Pathfinder() });
        double efficiency = Efficiency(quick) / Efficiency(plain);
        Assert.True(efficiency > 0.7, $"{efficiency:f2} of the effective draws per gradient.");
        double spent = quick.Chains.Sum(c => c.Evaluations) / plain.Chains.Sum(c => c.Evaluations);
        Assert.True(spent < 0.85, $"{spent:f2} of the evaluations.");
        foreach (JsonProperty p in Reference.Json($"posteriordb/{(posterior == "arK" ? "arK-arK" : "eight_schools-eight_schools_noncentered")}/reference.json").GetProperty("summary").EnumerateObject())
        {
            double[] draws = quick.Values(p.Name);
            double error = Math.Sqrt(Math.Pow(Diagnostics.McseMean(draws, 4), 2) + Math.Pow(p.Value.Number("mcse_mean"), 2));
            Assert.True(Math.Abs(Diagnostics.Mean(draws) - p.Value.Number("mean")) < 4.5 * error, $"{p.Name}: mean {Diagnostics.Mean(draws)}, expected {p.Value.Number("mean")}.");
        }

        static double Efficiency(SamplingResult result) =>
            Enumerable.Range(0, result.ParameterNames.Count).Min(p => Diagnostics.EssBulk(result.Values(p), 4)) / result.Chains.Sum(c => c.Statistics.ToArray().Sum(s => (double)s.LeapfrogSteps));
    }

    [Fact]
    public void The_metric_begins_with_the_covariance_and_runs_are_reproducible()
    {
        // A warm-up of 10 tunes the step size only: the metric is what it began with.
        MultivariateNormal target = MultivariateNormal.Autoregressive(4, 0.7);
        var options = new SamplingOptions { Chains = 2, WarmUp = 10, Draws = 20, Key = RandomKey.FromSeed(4), Initialization = new Pathfinder { History = 8, BoundDraws = 20 } };
        foreach (IMetric metric in (IMetric[])[new DiagonalMetric(), new DenseMetric()])
        {
            var kernel = new NoUTurn { Metric = metric };
            SamplingResult result = Sample.Run(kernel, target, options);
            IReadOnlyList<double> inverse = result.Chains[1].InverseMetric;
            bool dense = inverse.Count == 16;
            for (int i = 0; i < 4; i++)
                Assert.InRange(inverse[dense ? 5 * i : i], 0.5, 2);
            if (dense)
                Assert.InRange(inverse[1], 0.3, 1.4);
            Promises.SameBits(Targets.AllDraws(result), Targets.AllDraws(Sample.Run(kernel, target, options with { Workers = Workers.Threads(2) })), "two workers");
            SamplingRun run = SamplingRun.Start(kernel, target, options), resumed = SamplingRun.Start(kernel, target, options);
            for (int i = 0; i < 5; i++)
                run.Step();
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            resumed.Load(stream);
            SamplingResult rest = resumed.Complete();
            Promises.SameBits(Targets.AllDraws(result), Targets.AllDraws(rest), "resumed");
            Assert.Equal(result.Chains[0].Evaluations, rest.Chains[0].Evaluations);
        }

        // What isn't tuned stays as configured.
        Assert.All(Sample.Run(new NoUTurn { Metric = new UnitMetric() }, target, options).Chains, c => Assert.All(c.InverseMetric, v => Assert.Equal(1, v)));
        Assert.All(Sample.Run(new NoUTurn(), target, options with { WarmUp = 0 }).Chains, c => Assert.All(c.InverseMetric, v => Assert.Equal(1, v)));
        Assert.Equal(RunStatus.Completed, Sample.Run(new StretchMove(), (IFunction<double>)target, options with { Chains = 10 }).Status);
    }

    private static ILogDensity Posterior(string name) => name == "arK"
        ? LinearRegressionPosterior.Autoregression(Reference.Json("posteriordb/arK-arK/data.json").Numbers("y"), order: 5)
        : new EightSchoolsNonCentered();
}
