using FsCheck;
using FsCheck.Fluent;
using OptiCore.Dynamics.Tests.Koopman;
using OptiCore.Dynamics.Tests.SparseIdentification;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Forecasting;

public class ForecasterTests
{
    private static readonly Lazy<TimeSeries> Lorenz = new(() => SparseIdentificationTests.Lorenz(6000, 0.025));

    [Fact]
    public void PolynomialMapsOfDelayedStatesAreExact() => Forall.Check(Prop.ForAll(
        Gen.Choose(1, 2).Zip(Gen.Choose(1, 3)).Zip(Gen.Choose(0, 10000), (a, seed) => (N: a.Item1, Delays: a.Item2, Seed: (ulong)seed)).ToArbitrary(),
        x =>
        {
            // x_k+1 = a random polynomial of degree 2 of the last states, tamed so that it stays bounded where it is sampled: pieces just long enough, from random histories.
            int n = x.N, d = x.Delays, width = n * d;
            var library = new MonomialFeatures { Degree = 2 };
            int count = library.Count(width);
            double[] w = [.. LinearMaps.Normals(n * count, x.Seed).Select(v => 0.3 * v)], features = new double[count], point = new double[width];
            TimeSeries data = TimeSeries.Join([.. Enumerable.Range(0, 80).Select(p =>
            {
                double[] states = LinearMaps.Normals((d + 1) * n, (x.Seed * 100) + (ulong)p + 1);
                for (int k = 0; k < d; k++)
                    states.AsSpan((d - 1 - k) * n, n).CopyTo(point.AsSpan(k * n));
                library.Evaluate(point, features);
                for (int i = 0; i < n; i++)
                    states[(d * n) + i] = Enumerable.Range(0, count).Sum(j => w[(i * count) + j] * features[j]);
                return new TimeSeries(states, n);
            })]);
            DelayRegression model = new NextGenerationReservoir { Delays = d, Ridge = 0, PredictDifferences = false }.Fit(data);
            return model.Weights.ToArray().Zip(w).All(pair => Math.Abs(pair.First - pair.Second) < 1e-9);
        }));

    [Fact]
    public void ANextGenerationReservoirForecastsLorenzAsPublished()
    {
        // Gauthier et al. (2021): 400 training states of step 0.025, two delays, ridge 2.5e-6; valid for several Lyapunov times (about 5 in figure 2). Their data come from a method of orders 3 and 2
        // at relative tolerance 1e-3, whose errors act as noise does: from exact data this small ridge gives unstable models.
        double[] times = [.. Enumerable.Range(0, 6000).Select(k => k * 0.025)];
        var rough = new ExplicitRungeKutta { Tableau = BogackiShampine.Tableau, RelativeTolerance = 1e-3, AbsoluteTolerance = 1e-6 };
        var all = TimeSeries.From(Ode.Solve(rough, Problems.Lorenz, (0, times[^1]), [17.67715816276679, 12.931379185960404, 43.91404334248268], times));
        TimeSeries train = all.Slice(1000, 402), test = all.Slice(1402, 4000);
        DelayRegression model = new NextGenerationReservoir().Fit(train);
        Assert.Equal(28, model.FeatureCount);
        DelayRegression linear = new AutoRegression { Order = 4 }.Fit(train);
        ForecastReport report = new ForecastEvaluation { Horizon = 400, Windows = 20, LyapunovExponent = 0.906 }.Run(train, test, ("nvar", model), ("linear", linear), ("persistence", new Persistence(3)));
        Assert.True(report.Scores[0].MedianValidTime > 4, report.ToString());
        Assert.True(report.Scores[0].MedianValidTime > 3 * report.Scores[1].MedianValidTime, report.ToString());
        Assert.True(report.Scores[1].MedianValidTime > report.Scores[2].MedianValidTime, report.ToString());
        Assert.True(report.Scores[0].SymmetricPercentageError < report.Scores[2].SymmetricPercentageError, report.ToString());
    }

    [Fact]
    public void AnEchoStateNetworkForecastsLorenz()
    {
        TimeSeries all = Lorenz.Value, train = all.Slice(0, 3500), test = all.Slice(3500, 2500);
        EchoStateModel model = new EchoStateNetwork { Size = 300, Key = RandomKey.FromSeed(4) }.Fit(train);
        ForecastReport report = new ForecastEvaluation { Horizon = 300, Windows = 10, LyapunovExponent = 0.906, History = 200 }.Run(train, test, ("reservoir", model), ("persistence", new Persistence(3)));
        Assert.True(report.Scores[0].MedianValidTime > 4, report.ToString());
        Assert.True(report.Scores[1].MedianValidTime < 0.5, report.ToString());
    }

    [Theory, InlineData(150), InlineData(320)]
    public void TheReservoirHasItsSpectralRadius(int size)
    {
        EchoStateModel model = new EchoStateNetwork { Size = size, SpectralRadius = 0.8, Washout = 2 }.Fit(Lorenz.Value.Slice(0, 50));
        double[] dense = new double[size * size];
        model.Reservoir.ToDense(dense);
        var eigen = new GeneralEigen<double>(size, EigenvectorSides.None);
        Assert.True(eigen.Factor(dense));
        double radius = Enumerable.Range(0, size).Max(j => double.Hypot(eigen.RealParts[j], eigen.ImaginaryParts[j]));
        Promises.Close(0.8, radius, size <= 200 ? 1e-10 : 3e-3, 0, "spectral radius");
        Assert.Equal(6 * size, model.Reservoir.Count);
    }

    [Fact]
    public void TheStateForgetsWhereItBegan()
    {
        // The echo state property: two histories that differ long ago give the same state.
        EchoStateModel model = new EchoStateNetwork { Size = 100, SpectralRadius = 0.7 }.Fit(Lorenz.Value.Slice(0, 500));
        EchoState first = model.Start(), second = model.Start();
        second.Observe([5, 5, 30]);
        for (int k = 0; k < 300; k++)
        {
            first.Observe(Lorenz.Value[k]);
            second.Observe(Lorenz.Value[k]);
        }

        for (int i = 0; i < 100; i++)
            Promises.Close(first.Units[i], second.Units[i], 0, 1e-10, $"unit {i}");
    }

    [Fact]
    public void SavedAndResumedIsUninterruptedToTheBit()
    {
        EchoStateModel model = new EchoStateNetwork { Size = 80, Washout = 20 }.Fit(Lorenz.Value.Slice(0, 500));
        EchoState whole = model.Start(), resumed = model.Start();
        double[] x = new double[3], y = new double[3];
        for (int k = 0; k < 50; k++)
            whole.Observe(Lorenz.Value[k]);
        StateArchive.Load(resumed, StateArchive.Save(whole));
        for (int k = 0; k < 30; k++)
        {
            whole.Predict(x);
            whole.Observe(x);
            resumed.Predict(y);
            resumed.Observe(y);
            Promises.SameBits(x, y, $"step {k}");
        }
    }

    [Fact]
    public void StepsAllocateNothing()
    {
        TimeSeries train = Lorenz.Value.Slice(0, 500);
        EchoStateModel network = new EchoStateNetwork { Size = 80, Washout = 20 }.Fit(train);
        EchoState state = network.Start();
        double[] x = [1, 2, 25];
        Promises.AllocatesNothing(() =>
        {
            state.Observe(x);
            state.Predict(x);
        }, "an echo state");
        double[] history = Lorenz.Value.Slice(0, 30).States.ToArray();
        IForecaster[] models = [network, new NextGenerationReservoir { Delays = 3, Skip = 4 }.Fit(train), new AutoRegression().Fit(train), new Persistence(3), new ExtendedDmd().Fit(train)];
        foreach (IForecaster model in models)
            ForecastAllocation.IsTheSame(model, history, 5, 400);
    }

    [Fact]
    public void AForecastFromALongerHistoryOnlyUsesItsEnd()
    {
        DelayRegression model = new NextGenerationReservoir { Delays = 3, Skip = 4 }.Fit(Lorenz.Value.Slice(0, 800));
        Assert.Equal(9, model.Memory);
        double[] states = Lorenz.Value.Slice(1000, 30).States.ToArray(), one = new double[60], two = new double[60];
        model.Forecast(states, one);
        model.Forecast(states.AsSpan(21 * 3), two);
        Promises.SameBits(one, two, "forecast");
        Assert.Throws<ArgumentException>("history", () => model.Forecast(states.AsSpan(22 * 3), two));
    }

    [Fact]
    public void MetricsAreWhatTheirFormulasSay()
    {
        // By hand.
        Promises.Close(Math.Sqrt(2.5), ForecastMetrics.RootMeanSquareError([1, 2], [2, 4]), 1e-15, 0, "RMSE");
        Promises.Close(200 * ((1.0 / 3) + (2.0 / 6)) / 2, ForecastMetrics.SymmetricPercentageError([1, 2], [2, 4]), 1e-15, 0, "sMAPE");
        Promises.Close(200, ForecastMetrics.SymmetricPercentageError([1, 2], [double.NaN, double.PositiveInfinity]), 1e-15, 0, "sMAPE of divergence");
        Promises.Close(1.5 / 3, ForecastMetrics.ScaledError([1, 2], [2, 4], [0, 3, 6, 3], 1), 1e-15, 0, "MASE");
        Promises.Close(2 * 0.5 * 3, ForecastMetrics.ValidTime([0, 0, 0, 0], [0.1, 0.4, 0.5, 0], [1], 0.5, 0.4, 3), 1e-15, 0, "valid time");
        Promises.Close(4, ForecastMetrics.ValidTime([0, 0, 0, 0], [0, 0, 0, 0], [1]), 1e-15, 0, "valid to the end");
        Assert.Equal(0, ForecastMetrics.ValidTime([0.0], [double.NaN], [1]));
        Assert.Equal(double.PositiveInfinity, ForecastMetrics.RootMeanSquareError([0.0], [double.NaN]));
    }
}
