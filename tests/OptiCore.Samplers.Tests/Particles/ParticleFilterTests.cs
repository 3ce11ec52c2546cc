using OptiCore.Dynamics;
using OptiCore.Persistence;
using OptiCore.Samplers.Tests.Kalman;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Particles;

/// <summary>What holds for every particle filter: one row in the table, every law for every row; exact answers come from the Kalman filter.</summary>
public class ParticleFilterTests
{
    private static readonly Dictionary<string, IParticleFilter<LinearGaussianModel>> Table = new()
    {
        ["bootstrap"] = new BootstrapFilter(),
        ["guided"] = new GuidedFilter(),
        ["auxiliary"] = new AuxiliaryFilter(),
        ["adapted"] = new AdaptedFilter(),
    };

    public static TheoryData<string> Filters => [.. Table.Keys];

    public static IEnumerable<TheoryDataRow<string, double>> FiltersAndThresholds => from filter in Table.Keys from threshold in (double[])[0, 0.5, 1] select new TheoryDataRow<string, double>(filter, threshold);

    [Fact]
    public void Every_published_filter_has_a_row()
    {
        IEnumerable<Type> published = typeof(BootstrapFilter).Assembly.GetExportedTypes().Where(t => !t.IsInterface && t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IParticleFilter<>)));
        Assert.All(published, t => Assert.Contains(Table.Values, s => s.GetType() == t));
        Assert.All(published, t => Assert.True(t.IsDefined(typeof(AlgorithmAttribute), false), $"{t} has no [Algorithm]."));
    }

    /// <summary>The mean of 3,000 estimates of the likelihood with 24 particles over the exact one is 1: |z| below 4, a false alarm rate of 6e-5 for each row, with fixed keys.</summary>
    [Theory]
    [MemberData(nameof(FiltersAndThresholds))]
    public void The_estimate_of_the_likelihood_is_unbiased(string filter, double threshold)
    {
        const int Runs = 3000;
        LinearGaussianModel model = LinearModels.Scalar;
        double[] y = LinearModels.Series(model, 5, 12);
        y[3] = double.NaN;
        double exact = GaussianFilter.Run(new KalmanFilter(), model, y).LogLikelihood, sum = 0, squares = 0;
        for (int r = 0; r < Runs; r++)
        {
            ParticleFilterState state = ParticleFilter.Start(Table[filter], model, new ParticleFilterOptions { Particles = 24, Threshold = threshold, Key = RandomKey.FromSeed(40).Fold(r) });
            foreach (double observation in y)
                Assert.True(state.Update([observation]));
            double ratio = Math.Exp(state.LogLikelihood - exact);
            sum += ratio;
            squares += ratio * ratio;
        }

        double mean = sum / Runs, error = Math.Sqrt(((squares / Runs) - (mean * mean)) / Runs);
        Assert.InRange((mean - 1) / error, -4, 4);
        Assert.InRange(error, 0, 0.03);
    }

    /// <summary>Means and variances over 24 runs of 3,000 particles against the Kalman filter's: |z| below 4.5 for each of some 80 numbers, with an allowance for the bias of order 1/N.</summary>
    [Theory]
    [MemberData(nameof(Filters))]
    public void Moments_are_those_of_the_Kalman_filter(string filter)
    {
        const int Runs = 24, Particles = 3000;
        LinearGaussianModel model = LinearModels.Rotation;
        double[] y = LinearModels.WithGaps(LinearModels.Series(model, 10, 13), 2);
        GaussianFilterResult exact = GaussianFilter.Run(new KalmanFilter(), model, y);
        ParticleFilterResult[] runs = [.. Enumerable.Range(0, Runs).Select(r => ParticleFilter.Run(Table[filter], model, y, new ParticleFilterOptions { Particles = Particles, Key = RandomKey.FromSeed(41).Fold(r) }).EnsureCompleted())];
        for (int t = 0; t < 10; t++)
        {
            for (int i = 0; i < 2; i++)
                Check([.. runs.Select(r => r.Mean(t)[i])], exact.Mean(t)[i], $"mean {t}, {i}");
            for (int i = 0; i < 4; i++)
                Check([.. runs.Select(r => r.Covariance(t)[i])], exact.Covariance(t)[i], $"covariance {t}, {i}");
        }

        static void Check(double[] values, double expected, string what)
        {
            double mean = values.Average(), error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
            Assert.True(Math.Abs(mean - expected) < (4.5 * error) + (3.0 / Particles), $"{what}: {mean} against {expected}, standard error {error}.");
        }
    }

    [Fact]
    public void The_adapted_filter_of_a_linear_model_has_equal_weights_after_resampling()
    {
        double[] y = LinearModels.Series(LinearModels.Rotation, 10, 3);
        ParticleFilterResult result = ParticleFilter.Run(new AdaptedFilter(), LinearModels.Rotation, y, new ParticleFilterOptions { Particles = 500, Threshold = 1 });
        for (int t = 1; t < 10; t++)
            Assert.Equal(500, result.EffectiveSizes[t], 1e-6);
    }

    [Fact]
    public void Guided_and_auxiliary_filters_run_on_nonlinear_models()
    {
        var model = new NonlinearGaussianModel(
            DiscreteSystem.From(1, 1, (_, x, _, next) => next[0] = x[0] + (0.2 * Elementary.Sin(x[0]))), [0.4], Function.FromResiduals(1, 1, (x, y) => y[0] = x[0] + (0.05 * x[0] * x[0])), [0.3], [0.2], [1]);
        double[] y = LinearModels.Series(model, 12, 2);
        double reference = Mean(new BootstrapFilter(), 4), error = 0;
        foreach (IParticleFilter<NonlinearGaussianModel> filter in (IParticleFilter<NonlinearGaussianModel>[])[new GuidedFilter(), new AuxiliaryFilter(), new AdaptedFilter()])
        {
            double value = Mean(filter, 5);
            error = Math.Max(error, Math.Abs(value - reference));
        }

        // Each is the mean of 10 runs whose standard deviation is below 0.1.
        Assert.InRange(error, 0, 0.15);

        double Mean(IParticleFilter<NonlinearGaussianModel> filter, ulong seed) => Enumerable.Range(0, 10)
            .Average(r => ParticleFilter.Run(filter, model, y, new ParticleFilterOptions { Particles = 1000, Covariances = false, Key = RandomKey.FromSeed(seed).Fold(r) }).EnsureCompleted().LogLikelihood);
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void Particles_depend_on_the_key_alone_and_can_be_saved(string filter)
    {
        LinearGaussianModel model = LinearModels.Rotation;
        double[] y = LinearModels.WithGaps(LinearModels.Series(model, 12, 2), 2);
        var options = new ParticleFilterOptions { Particles = 3000 };
        ParticleFilterState serial = ParticleFilter.Start(Table[filter], model, options), parallel = ParticleFilter.Start(Table[filter], model, options with { Workers = Workers.Threads(3) }), resumed = ParticleFilter.Start(Table[filter], model, options);
        for (int t = 0; t < 12; t++)
        {
            if (t == 5)
                StateArchive.Load(resumed, StateArchive.Save(serial));
            serial.Update(y.AsSpan(2 * t, 2));
            parallel.Update(y.AsSpan(2 * t, 2));
            if (t >= 5)
                resumed.Update(y.AsSpan(2 * t, 2));
        }

        for (int j = 0; j < 2; j++)
        {
            Promises.SameBits(serial.States[j], parallel.States[j], "three workers");
            Promises.SameBits(serial.States[j], resumed.States[j], "resumed");
        }

        Promises.SameBits(serial.Weights, parallel.Weights, "three workers");
        Promises.SameBits(serial.Weights, resumed.Weights, "resumed");
        Promises.SameBits([serial.LogLikelihood, serial.LogLikelihood], [parallel.LogLikelihood, resumed.LogLikelihood], "likelihood");
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void An_update_allocates_nothing(string filter)
    {
        double[] y = [0.3, -0.1], mean = new double[2], covariance = new double[4];
        ParticleFilterState state = ParticleFilter.Start(Table[filter], LinearModels.Rotation, new ParticleFilterOptions { Particles = 200 });
        Promises.AllocatesNothing(
            () =>
            {
                state.Update(y);
                state.Mean(mean);
                state.Covariance(covariance);
            },
            filter);
    }

    [Fact]
    public void Weights_that_are_all_zero_end_the_run_with_what_is_known()
    {
        var model = new Uniforms();
        ParticleFilterResult result = ParticleFilter.Run(new BootstrapFilter(), model, [0.5, 0.4, 7, 0.5], new ParticleFilterOptions { Particles = 100 });
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.Equal(2, result.Count);
        Assert.Equal(4, result.Steps);
        Assert.Contains("Step 2", result.Message, StringComparison.Ordinal);
        Assert.InRange(result.Mean(1)[0], 0.2, 0.6);
        Assert.Throws<SolverException>(result.EnsureCompleted);
        Assert.Throws<ArgumentException>(() => ParticleFilter.Run(new BootstrapFilter(), LinearModels.Rotation, new double[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ParticleFilterOptions { Particles = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ParticleFilterOptions { Threshold = 1.5 });
        var singular = new LinearGaussianModel([0], [1], new LinearGaussianStep([1], [1], [1], [0]));
        Assert.Throws<InvalidOperationException>(() => ParticleFilter.Run(new BootstrapFilter(), singular, [0.1]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(2051)]
    public void A_density_that_is_NaN_counts_as_0(int particles)
    {
        foreach (double threshold in (double[])[0.5, 1])
        {
            var options = new ParticleFilterOptions { Particles = particles, Threshold = threshold };
            ParticleFilterState zero = ParticleFilter.Start(new BootstrapFilter(), new Uniforms(), options), nan = ParticleFilter.Start(new BootstrapFilter(), new Uniforms(double.NaN), options);
            foreach (double y in (double[])[0.5, 0.45, 0.5, 0.55])
            {
                Assert.Equal(zero.Update([y]), nan.Update([y]));
                Promises.SameBits(zero.Weights, nan.Weights, "weights");
                Promises.SameBits(zero.LogWeights, nan.LogWeights, "log weights");
                Promises.SameBits(zero.States[0], nan.States[0], "states");
                for (int i = 0; i < particles; i++)
                    Assert.Equal(Math.Abs(nan.States[0][i] - y) < 0.2 || nan.IsFailed, nan.Weights[i] > 0 || nan.IsFailed);
            }

            Assert.Equal(zero.LogLikelihood, nan.LogLikelihood);
        }
    }

    [Fact]
    public void The_models_of_the_package_have_the_densities_that_they_say()
    {
        foreach (ITransitionDensityModel model in (ITransitionDensityModel[])[new GrowthModel(), new StochasticVolatility { Mean = -0.5, Volatility = 0.4 }])
        {
            // The transition density integrates to 1, its maximum is the bound, and draws have its mean and variance.
            const int Points = 4000;
            double[] grid = new double[Points], logs = new double[Points], from = new double[Points], draws = new double[200_000], start = new double[200_000];
            from.AsSpan().Fill(0.7);
            start.AsSpan().Fill(0.7);
            for (int i = 0; i < Points; i++)
                grid[i] = (80.0 * i / Points) - 40;
            model.LogTransition(3, new ReadOnlyParticleBlock(from, 1, Points, Points), new ReadOnlyParticleBlock(grid, 1, Points, Points), logs);
            double[] p = [.. logs.Select(l => Math.Exp(l) * 80 / Points)];
            double mean = p.Zip(grid, (a, b) => a * b).Sum(), variance = p.Zip(grid, (a, b) => a * (b - mean) * (b - mean)).Sum();
            Assert.Equal(1, p.Sum(), 1e-6);
            Assert.Equal(model.LogTransitionBound(3), logs.Max(), 1e-2);
            model.DrawTransition(3, new ReadOnlyParticleBlock(start, 1, draws.Length, draws.Length), RandomKey.FromSeed(1), new ParticleBlock(draws, 1, draws.Length, draws.Length));
            Assert.InRange((draws.Average() - mean) / Math.Sqrt(variance / draws.Length), -4, 4);
            Assert.Equal(1, Numerics.Reduce.Variance<double>(draws) / variance, 0.02);

            // So does that of the observation, with one state for all.
            double[] density = new double[1];
            double total = 0;
            foreach (double y in grid)
            {
                model.LogObservation(3, [y], new ReadOnlyParticleBlock([0.7], 1, 1, 1), density);
                total += Math.Exp(density[0]) * 80 / Points;
            }

            Assert.Equal(1, total, 1e-6);
            double[] pairs = new double[Points];
            model.LogTransition(3, new ReadOnlyParticleBlock(grid, 1, Points, Points), new ReadOnlyParticleBlock([0.7], 1, 1, 1), logs);
            model.LogTransition(3, new ReadOnlyParticleBlock(grid, 1, Points, Points), new ReadOnlyParticleBlock(from, 1, Points, Points), pairs);
            Promises.SameBits(logs, pairs, "one state for all");
        }
    }

    /// <summary>Independent uniform states that are observed within a distance of 0.2.</summary>
    private sealed class Uniforms(double impossible = double.NegativeInfinity) : IStateSpaceModel
    {
        public int StateCount => 1;

        public int ObservationCount => 1;

        public void DrawInitial(RandomKey key, ParticleBlock states) => Randomness.RandomFill.Uniform(key, states[0]);

        public void DrawTransition(int step, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next) => Randomness.RandomFill.Uniform(key, next[0]);

        public void LogObservation(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock states, Span<double> logDensities)
        {
            for (int i = 0; i < logDensities.Length; i++)
                logDensities[i] = Math.Abs(states[0][i] - observation[0]) < 0.2 ? 0 : impossible;
        }
    }
}
