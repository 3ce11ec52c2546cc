using OptiCore.Dynamics;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Kalman;

/// <summary>Ensemble filters against the Kalman filter and the algebra of the ensemble.</summary>
public class EnsembleFilterTests
{
    private static readonly Dictionary<string, Func<int, IEnsembleFilter>> Filters = new()
    {
        ["stochastic"] = n => new EnsembleKalmanFilter { Members = n },
        ["transform"] = n => new EnsembleTransformKalmanFilter { Members = n },
    };

    public static TheoryData<string> Names => [.. Filters.Keys];

    /// <summary>
    /// With 4 times the members the error is a half, but for terms of relative order 1 / members: the ratio of root mean squares over 200 runs and 10 steps is 2 within 4.5 of its standard errors, which follow from the
    /// runs' mean squares, and 3 / members. Errors belong to variances of about 1, of prior and observations: their mean square times the members is below that.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void The_error_falls_as_one_over_the_root_of_the_members(string filter)
    {
        const int Few = 12, Many = 4 * Few, Runs = 200;
        LinearGaussianModel model = LinearModels.Rotation;
        double[] y = LinearModels.Series(model, 10, 5);
        GaussianFilterResult exact = GaussianFilter.Run(new KalmanFilter(), model, y);
        double[] few = SquaredErrors(Few, 0), many = SquaredErrors(Many, Runs);
        double ratio = Math.Sqrt(few.Average() / many.Average()), error = 0.5 * ratio * Math.Sqrt(RelativeVariance(few) + RelativeVariance(many));
        Assert.True(error < 0.1, $"a standard error of {error:f3}.");
        Assert.InRange(ratio, 2 - (4.5 * error), 2 + (4.5 * error) + (3.0 / Few));
        Assert.InRange(many.Average() * Many, 0.2, 1);

        double[] SquaredErrors(int members, int firstSeed)
        {
            double[] squares = new double[Runs];
            for (int r = 0; r < Runs; r++)
            {
                EnsembleFilterResult result = EnsembleFilter.Run(Filters[filter](members), model, y, RandomKey.FromSeed((ulong)(firstSeed + r))).EnsureCompleted();
                for (int i = 0; i < result.Means.Length; i++)
                    squares[r] += (result.Means[i] - exact.Means[i]) * (result.Means[i] - exact.Means[i]) / result.Means.Length;
            }

            return squares;
        }

        static double RelativeVariance(double[] squares) => Math.Pow(Diagnostics.StandardDeviation(squares) / squares.Average(), 2) / squares.Length;
    }

    /// <summary>The mean over runs is the exact one within 4.5 of its standard errors and a bias of order 1 / members, below 0. A run's spread is of order members^-1/2. A transform of N members costs N^3: it has fewer, and more runs.</summary>
    [Theory]
    [InlineData("stochastic", 10_000, 40)]
    [InlineData("transform", 80, 80)]
    public void The_likelihood_tends_to_the_exact_one(string filter, int members, int runs)
    {
        LinearGaussianModel model = LinearModels.Rotation;
        double[] y = LinearModels.WithGaps(LinearModels.Series(model, 12, 6), 2);
        double exact = GaussianFilter.Run(new KalmanFilter(), model, y).LogLikelihood;
        double[] errors = [.. Enumerable.Range(0, runs).Select(r => EnsembleFilter.Run(Filters[filter](members), model, y, RandomKey.FromSeed((ulong)r)).LogLikelihood - exact)];
        double mean = errors.Average(), error = Diagnostics.StandardDeviation(errors) / Math.Sqrt(runs);
        TestContext.Current.TestOutputHelper?.WriteLine($"mean error {mean:f4}, standard error {error:f4}");
        Assert.InRange(error * Math.Sqrt(runs * members), 0, 6);
        Assert.InRange(mean, -(4.5 * error) - (10.0 / members), 4.5 * error);
    }

    /// <summary>One analysis of the transform filter is the Kalman correction of the ensemble's own moments, to rounding.</summary>
    [Fact]
    public void The_transform_filter_corrects_the_ensembles_moments_exactly()
    {
        LinearGaussianModel model = LinearModels.Rotation;
        var filter = new EnsembleTransformKalmanFilter { Members = 9 };
        EnsembleFilterState blind = filter.Start(model, RandomKey.FromSeed(3)), seeing = filter.Start(model, RandomKey.FromSeed(3));
        double[] prior = new double[4], posterior = new double[4], y = [0.7, -0.4];
        blind.Update([double.NaN, double.NaN]);
        blind.Covariance(prior);
        seeing.Update(y);
        seeing.Covariance(posterior);
        GaussianFilterState exact = new KalmanFilter().Start(new LinearGaussianModel(blind.Mean, prior, model.Step(0)));
        exact.Update(y);
        for (int i = 0; i < 2; i++)
            Assert.Equal(exact.Mean[i], seeing.Mean[i], 1e-11);
        for (int i = 0; i < 4; i++)
            Assert.Equal(exact.Covariance[i], posterior[i], 1e-11);
        Assert.Equal(exact.LogLikelihood, seeing.LogLikelihood, 1e-11);
    }

    [Fact]
    public void Local_analysis_with_weights_of_one_is_the_global_one_and_far_observations_change_nothing()
    {
        LinearGaussianModel model = LinearModels.Rotation;
        double[] y = LinearModels.Series(model, 5, 9);
        EnsembleFilterResult global = EnsembleFilter.Run(new EnsembleTransformKalmanFilter { Members = 12 }, model, y, RandomKey.FromSeed(4));
        EnsembleFilterResult wide = EnsembleFilter.Run(new EnsembleTransformKalmanFilter { Members = 12, Localization = new GaspariCohn(1e9, [0, 1], [0, 1]) }, model, y, RandomKey.FromSeed(4));
        for (int i = 0; i < global.Means.Length; i++)
            Assert.Equal(global.Means[i], wide.Means[i], 1e-10);
        EnsembleFilterResult free = EnsembleFilter.Run(new EnsembleTransformKalmanFilter { Members = 12 }, model, Enumerable.Repeat(double.NaN, 10).ToArray(), RandomKey.FromSeed(4));
        foreach (IEnsembleFilter filter in (IEnsembleFilter[])[new EnsembleTransformKalmanFilter { Members = 12, Localization = new GaspariCohn(1, [0, 0], [10, 10]) }, new EnsembleKalmanFilter { Members = 12, Localization = new GaspariCohn(1, [0, 0], [10, 10]) }])
        {
            EnsembleFilterResult far = EnsembleFilter.Run(filter, model, y, RandomKey.FromSeed(4));
            for (int i = 0; i < free.Means.Length; i++)
                Assert.Equal(free.Means[i], far.Means[i], 1e-10);
        }
    }

    [Fact]
    public void The_weights_of_Gaspari_and_Cohn_are_a_correlation()
    {
        var weights = new GaspariCohn(1.5, [.. Enumerable.Range(0, 20).Select(i => (double)i)], [.. Enumerable.Range(0, 20).Select(i => (double)i)], period: 20);
        Assert.Equal(1, weights.Weight(0));
        Assert.Equal(0, weights.Weight(3));
        Assert.Equal(0, weights.Weight(5));

        // The published function at r = 1 is 5/24 in both of its branches; both meet 0 at r = 2.
        Assert.Equal(5.0 / 24, weights.Weight(1.5), 1e-14);
        Assert.Equal(5.0 / 24, weights.Weight(Math.BitDecrement(1.5)), 1e-14);
        Assert.Equal(0, weights.Weight(Math.BitDecrement(3.0)), 1e-13);
        Assert.Equal(weights.OfState(1, 19), weights.OfState(2, 4));
        double[] matrix = new double[400];
        for (int i = 0; i < 20; i++)
        {
            for (int j = 0; j < 20; j++)
                matrix[(i * 20) + j] = weights.OfObservations(i, j);
        }

        var eigen = new SymmetricEigen<double>(20, vectors: false);
        Assert.True(eigen.Factor(matrix));
        Assert.True(eigen.Values[0] > 0);
    }

    /// <summary>Forty variables on a circle, ten members: without localization the filter loses the chaotic state, with it the error stays below the observations' noise.</summary>
    [Fact]
    public void Localization_and_inflation_let_ten_members_follow_Lorenz_96()
    {
        const int N = 40;
        double[] places = [.. Enumerable.Range(0, N).Select(i => (double)i)], unit = new double[N * N];
        for (int i = 0; i < N; i++)
            unit[(i * N) + i] = 1;
        IControlSystem lorenz = ControlSystem.BlackBox(N, 1, static (_, x, _, dx) =>
        {
            for (int i = 0; i < N; i++)
                dx[i] = ((x[(i + 1) % N] - x[(i + N - 2) % N]) * x[(i + N - 1) % N]) - x[i] + 8;
        });
        IDiscreteSystem step = lorenz.Discretize(0.05);
        double[] truth = new double[N], next = new double[N], tiny = [.. unit.Select(v => 1e-6 * v)];
        truth.AsSpan().Fill(8);
        truth[3] += 0.01;
        for (int k = 0; k < 200; k++)
        {
            step.Next(k, truth, [0], next);
            next.CopyTo(truth, 0);
        }

        var model = new NonlinearGaussianModel(step.WithFiniteDifferences(), tiny, Function.FromResiduals(N, N, static (x, y) => x.CopyTo(y)), unit, truth, unit);
        double local = Error(new EnsembleTransformKalmanFilter { Members = 10, Inflation = 1.05, Localization = new GaspariCohn(4, places, places, period: N) });
        double global = Error(new EnsembleTransformKalmanFilter { Members = 10, Inflation = 1.05 });
        Assert.InRange(local, 0, 0.5);
        Assert.True(global > 2 * local, $"{global} without localization, {local} with it.");

        double Error(IEnsembleFilter filter)
        {
            double[] x = [.. truth], y = new double[N];
            EnsembleFilterState state = filter.Start(model, RandomKey.FromSeed(2));
            double sum = 0;
            for (int k = 0; k < 80; k++)
            {
                OptiCore.Randomness.RandomFill.Normal(RandomKey.FromSeed(77).Fold(k), y);
                for (int i = 0; i < N; i++)
                    y[i] += x[i];
                Assert.True(state.Update(y));
                for (int i = 0; k >= 40 && i < N; i++)
                    sum += (state.Mean[i] - x[i]) * (state.Mean[i] - x[i]) / (40 * N);
                step.Next(k, x, [0], next);
                next.CopyTo(x, 0);
            }

            return Math.Sqrt(sum);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Members_depend_on_the_key_alone_and_can_be_saved(string filter)
    {
        LinearGaussianModel model = LinearModels.Rotation;
        double[] y = LinearModels.Series(model, 8, 2);
        EnsembleFilterState serial = Filters[filter](300).Start(model, RandomKey.FromSeed(1)), parallel = Filters[filter](300).Start(model, RandomKey.FromSeed(1), Workers.Threads(3)), resumed = Filters[filter](300).Start(model, RandomKey.FromSeed(1));
        for (int t = 0; t < 8; t++)
        {
            if (t == 4)
                StateArchive.Load(resumed, StateArchive.Save(serial));
            serial.Update(y.AsSpan(2 * t, 2));
            parallel.Update(y.AsSpan(2 * t, 2));
            if (t >= 4)
                resumed.Update(y.AsSpan(2 * t, 2));
        }

        for (int j = 0; j < 2; j++)
        {
            Promises.SameBits(serial.Members[j], parallel.Members[j], "three workers");
            Promises.SameBits(serial.Members[j], resumed.Members[j], "resumed");
        }

        double[] observation = [0.1, 0.2];
        EnsembleFilterState state = Filters[filter](20).Start(model, RandomKey.FromSeed(1));
        Promises.AllocatesNothing(() => state.Update(observation), filter);
    }
}
