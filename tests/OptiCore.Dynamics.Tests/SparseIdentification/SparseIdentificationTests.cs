using FsCheck;
using FsCheck.Fluent;
using OptiCore.Dynamics.Tests.Koopman;
using OptiCore.TestKit;
using Sindy = OptiCore.Dynamics.SparseIdentification;

namespace OptiCore.Dynamics.Tests.SparseIdentification;

public class SparseIdentificationTests
{
    private static readonly Lazy<TimeSeries> Clean = new(() => Lorenz(10_000, 0.002));

    internal static TimeSeries Lorenz(int count, double step, double x0 = -8, double y0 = 7, double z0 = 27)
    {
        double[] times = [.. Enumerable.Range(0, count).Select(k => k * step)];
        var method = new ExplicitRungeKutta { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-11, MaxSteps = 1_000_000 };
        return TimeSeries.From(Ode.Solve(method, Problems.Lorenz, (0, times[^1]), [x0, y0, z0], times).EnsureCompleted());
    }

    internal static TimeSeries Noisy(TimeSeries series, double relative, ulong seed)
    {
        double[] noise = LinearMaps.Normals(series.States.Length, seed), states = series.States.ToArray();
        for (int j = 0; j < series.Dimension; j++)
        {
            double[] column = [.. Enumerable.Range(0, series.Count).Select(i => series[i][j])];
            double mean = column.Average(), scale = relative * Math.Sqrt(column.Average(v => (v - mean) * (v - mean)));
            for (int i = 0; i < series.Count; i++)
                states[(i * series.Dimension) + j] += scale * noise[(i * series.Dimension) + j];
        }

        return new TimeSeries(states, series.Dimension, series.Step);
    }

    private static void IsLorenz(SparseModel model, double relative)
    {
        Assert.Equal(7, model.TermCount);
        (int Equation, string Term, double Value)[] expected = [(0, "x", -10), (0, "y", 10), (1, "x", 28), (1, "y", -1), (1, "x z", -1), (2, "z", -8.0 / 3), (2, "x y", 1)];
        foreach ((int equation, string term, double value) in expected)
            Promises.Close(value, model.Coefficient(equation, term), relative, 0, $"{term} in equation {equation} of\n{model}");
    }

    [Fact]
    public void LorenzIsRecoveredWithoutNoise()
    {
        SparseModel model = new Sindy().Fit(Clean.Value);
        IsLorenz(model, 1e-4);
        Assert.Equal("x' = -10 x + 10 y", model.ToString(3).Split(Environment.NewLine)[0]);
    }

    [Fact]
    public void LorenzIsRecoveredToOnePercentFromNoisyData()
    {
        // Noise of 1 % of the variables' deviations, through smoothed derivatives; of 2 % through the weak form.
        var smooth = new Sindy { Library = new MonomialFeatures { Degree = 2 }, Regression = new SequentialThresholding { Threshold = 0.3 }, Derivatives = new SavitzkyGolay { HalfWidth = 10, Degree = 5 } };
        IsLorenz(smooth.Fit(Noisy(Clean.Value, 0.01, 1)), 0.01);
        var weak = new Sindy { Weak = new WeakForm { HalfWidth = 30, Stride = 20 }, Regression = new SequentialThresholding { Threshold = 0.3 } };
        IsLorenz(weak.Fit(Noisy(Clean.Value, 0.01, 1)), 0.01);
        IsLorenz(weak.Fit(Noisy(Clean.Value, 0.02, 1)), 0.01);
    }

    [Fact]
    public void EveryRegressionFindsLorenz()
    {
        var derivatives = new SavitzkyGolay { HalfWidth = 20, Degree = 5 };
        TimeSeries data = Noisy(Clean.Value, 0.002, 3).Slice(0, 3000);
        SparseRegression[] methods =
        [
            new SequentialThresholding { Threshold = 0.3, Ridge = 1e-3 },
            new RelaxedRegression { Threshold = 0.3 },
            new RelaxedRegression { Threshold = 0.1, Penalty = SparsityPenalty.Magnitude },
            new EnsembleRegression { Base = new SequentialThresholding { Threshold = 0.3 }, Models = 15 },
            new EnsembleRegression { Base = new SequentialThresholding { Threshold = 0.3 }, Models = 15, Refit = true },
        ];
        foreach (SparseRegression method in methods)
            IsLorenz(new Sindy { Regression = method, Derivatives = derivatives }.Fit(data), 0.02);
    }

    [Fact]
    public void InclusionProbabilitiesTellTrueTermsFromNoise()
    {
        // Few rows and much noise: true terms are nearly always in, the wrong ones seldom all.
        TimeSeries data = Noisy(Lorenz(1000, 0.01), 0.02, 5);
        SparseModel model = new Sindy
        {
            Regression = new EnsembleRegression { Base = new SequentialThresholding { Threshold = 0.2 }, Models = 50, LibraryPart = 0.8 },
            Weak = new WeakForm { HalfWidth = 15, Stride = 3 },
        }.Fit(data);
        int n = model.FeatureCount;
        string[] terms = model.Library.Names(model.Variables);
        Assert.True(model.Inclusion[(2 * n) + Array.IndexOf(terms, "x y")] > 0.95);
        Assert.True(model.Inclusion[n + Array.IndexOf(terms, "x z")] > 0.95);
        Assert.True(model.Inclusion[Array.IndexOf(terms, "x y")] < 0.5);
        Assert.All(model.Inclusion.ToArray(), p => Assert.InRange(p, 0, 1));
    }

    [Fact]
    public void TheInformationCriterionFindsTheThreshold()
    {
        var method = new Sindy { Derivatives = new SavitzkyGolay { HalfWidth = 20, Degree = 5 } };

        // Every twentieth row of the filter is nearly independent of the others.
        SparseCandidate[] path = method.Select(Noisy(Lorenz(4000, 0.005), 0.01, 6), [0.001, 0.01, 0.3, 2, 12, 100]);
        Assert.True(path[0].Model.TermCount > 7);
        Assert.Equal(0, path[^1].Model.TermCount);
        Assert.Equal(7, path[2].Model.TermCount);
        Assert.True(SparseCandidate.Best(path).Criterion <= path[2].Criterion);
        Assert.True(path[2].Criterion < path[3].Criterion && path[3].Criterion <= path[4].Criterion && path[4].Criterion <= path[5].Criterion);

        // Without noise the true model is the best one.
        SparseCandidate best = SparseCandidate.Best(new Sindy { IsDiscrete = true }.Select(Henon(200), [1e-6, 0.01, 0.1, 0.2, 0.5]));
        Assert.Equal(4, best.Model.TermCount);
    }

    private static TimeSeries Henon(int count)
    {
        double[] states = new double[2 * count];
        for (int k = 1; k < count; k++)
            (states[2 * k], states[(2 * k) + 1]) = (1 - (1.4 * states[2 * (k - 1)] * states[2 * (k - 1)]) + states[(2 * (k - 1)) + 1], 0.3 * states[2 * (k - 1)]);
        return new TimeSeries(states, 2);
    }

    [Fact]
    public void AMapIsExactAndIsPrinted()
    {
        SparseModel model = new Sindy { IsDiscrete = true }.Fit(Henon(100));
        Assert.Equal($"x[k+1] = 1 + y - 1.4 x^2{Environment.NewLine}y[k+1] = 0.3 x", model.ToString());
        double[] forecast = new double[10];
        model.Forecast([0.1, 0.2], forecast);
        Promises.Close(1 - 0.014 + 0.2, forecast[0], 1e-12, 0, "x");
    }

    [Fact]
    public void PolynomialSystemsWithoutNoiseAreExact() => Forall.Check(Prop.ForAll(
        Gen.Choose(1, 3).Zip(Gen.Choose(0, 100000), (n, seed) => (N: n, Seed: (ulong)seed)).ToArbitrary(),
        x =>
        {
            // A random map of degree 2 with few terms, from random points: no sampling of a trajectory and no derivative.
            int n = x.N;
            var library = new MonomialFeatures { Degree = 2 };
            int count = library.Count(n);
            double[] truth = LinearMaps.Normals(n * count, x.Seed), states = LinearMaps.Normals(60 * n, x.Seed + 1), next = new double[60 * n], features = new double[count];
            for (int i = 0; i < truth.Length; i++)
                truth[i] = (x.Seed + ((ulong)i * 7)) % 3 == 0 ? truth[i] + Math.CopySign(0.2, truth[i]) : 0;
            for (int k = 0; k < 60; k++)
            {
                library.Evaluate(states.AsSpan(k * n, n), features);
                for (int i = 0; i < n; i++)
                    next[(k * n) + i] = Enumerable.Range(0, count).Sum(j => truth[(i * count) + j] * features[j]);
            }

            SparseModel model = new Sindy { IsDiscrete = true, Library = library }.Fit(TimeSeries.FromPairs(states, next, n));
            return Enumerable.Range(0, truth.Length).All(i => truth[i] == 0 ? model.Coefficients[i] == 0 : Math.Abs(model.Coefficients[i] - truth[i]) < 1e-9);
        }));

    [Fact]
    public void InputsAreCandidatesToo()
    {
        // x' = -x^3 + u, y' = x - 2 y + x u, driven by two sines.
        double Drive(double t) => Math.Sin(3 * t) + (0.5 * Math.Cos(7.1 * t));
        double[] times = [.. Enumerable.Range(0, 4000).Select(k => k * 0.005)];
        OdeResult orbit = Ode.Solve(
            new ExplicitRungeKutta { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-12 }, (t, y, dy) => (dy[0], dy[1]) = (-(y[0] * y[0] * y[0]) + Drive(t), y[0] - (2 * y[1]) + (y[0] * Drive(t))), (0, times[^1]), [1, 0], times);
        var data = new TimeSeries(orbit.States, 2, 0.005, (double[])[.. times.Select(Drive)], 1);
        SparseModel model = new Sindy { Library = new MonomialFeatures { Degree = 3 } }.Fit(data);
        Assert.Equal(5, model.TermCount);
        Promises.Close(-1, model.Coefficient(0, "x^3"), 1e-4, 0, "x^3");
        Promises.Close(1, model.Coefficient(0, "u"), 1e-4, 0, "u");
        Promises.Close(1, model.Coefficient(1, "x u"), 1e-4, 0, "x u");
        OdeResult again = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9 }, model.WithInput((t, u) => u[0] = Drive(t)), (0, 5), [1, 0]);
        Promises.Close(orbit.State(1000)[1], again.FinalState[1], 0, 1e-3, "y after 5 units");
    }

    [Fact]
    public void FourierAndOtherTermsAreFound()
    {
        // A damped pendulum: theta' = w, w' = -0.1 w - sin(theta).
        double[] times = [.. Enumerable.Range(0, 3000).Select(k => k * 0.01)];
        OdeResult orbit = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-12 }, (_, y, dy) => (dy[0], dy[1]) = (y[1], (-0.1 * y[1]) - Math.Sin(y[0])), (0, times[^1]), [2.5, 0], times);
        var library = new MonomialFeatures { Degree = 1 } + new RestrictedFeatures(new FourierFeatures { Harmonics = 2 }, 0);
        SparseModel model = new Sindy { Library = library, Regression = new SequentialThresholding { Threshold = 0.05 } }.Fit(TimeSeries.From(orbit), ["q", "w"]);
        Assert.Equal($"q' = w{Environment.NewLine}w' = -0.1 w - sin(q)", model.ToString(3));
        double[] forecast = new double[2 * 1000];
        model.Forecast(orbit.State(1999), forecast);
        Promises.Close(orbit.State(2999)[0], forecast[^2], 0, 1e-4, "angle");
    }

    [Fact]
    public void ASystemOfTheCollectionIsFound()
    {
        // Rössler's system with the parameters of the reference file, which says that the right-hand side has these terms.
        System.Text.Json.JsonElement item = Reference.Json("dysts/systems.json").GetProperty("Rossler");
        System.Text.Json.JsonElement parameters = item.GetProperty("upstream").GetProperty("parameters");
        double a = parameters.Number("a"), b = parameters.Number("b"), c = parameters.Number("c");
        double[] times = [.. Enumerable.Range(0, 20_000).Select(k => k * 0.005)];
        OdeResult orbit = Ode.Solve(
            new ExplicitRungeKutta { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-11 }, (_, y, dy) => (dy[0], dy[1], dy[2]) = (-y[1] - y[2], y[0] + (a * y[1]), b + (y[2] * (y[0] - c))), (0, times[^1]),
            item.GetProperty("upstream").Numbers("initial_conditions"), times);
        SparseModel model = new Sindy { Regression = new SequentialThresholding { Threshold = 0.05 } }.Fit(TimeSeries.From(orbit));
        Assert.Equal(7, model.TermCount);
        Promises.Close(a, model.Coefficient(1, "y"), 1e-3, 0, "a");
        Promises.Close(b, model.Coefficient(2, "1"), 1e-3, 0, "b");
        Promises.Close(-c, model.Coefficient(2, "z"), 1e-3, 0, "c");
    }

    [Fact]
    public void AnEvaluationAllocatesNothingAndAForecastNoMoreForMoreSteps()
    {
        SparseModel model = new Sindy().Fit(Clean.Value.Slice(0, 1000));
        double[] x = [1, 2, 3], dx = new double[3];
        Promises.AllocatesNothing(() => model.Evaluate(x, [], dx), "an evaluation");
        ForecastAllocation.IsTheSame(model, x, 10, 500);
    }

    [Fact]
    public void DivergenceIsAnOutcome()
    {
        double[] states = [1, 2.5, 7.25, 57.5625];
        SparseModel model = new Sindy { IsDiscrete = true, Library = new MonomialFeatures { Degree = 2 } }.Fit(new TimeSeries(states, 1));
        double[] forecast = new double[40];
        model.Forecast([3], forecast);
        Assert.False(double.IsFinite(forecast[^1]));
        Assert.Throws<ArgumentException>("data", () => new Sindy { Weak = new WeakForm() }.Fit(new TimeSeries(states, 1)));
        Assert.Throws<ArgumentException>("values", () => new Sindy { Derivatives = new SavitzkyGolay() }.Fit(new TimeSeries(states, 1)));
        Assert.Throws<ArgumentException>("term", () => model.Coefficient(0, "x^3"));
    }
}

/// <summary>The bytes that a forecast allocates.</summary>
internal static class ForecastAllocation
{
    /// <summary>
    /// Asserts that long forecasts allocate no more than short ones. Code that the runtime hasn't optimised yet may allocate, and it is replaced in the background, for the one before the other: the least of many tries counts.
    /// </summary>
    public static void IsTheSame(IForecaster model, double[] history, int few, int many)
    {
        double[] brief = new double[few * model.Dimension], lengthy = new double[many * model.Dimension];
        long leastOfBrief = long.MaxValue, leastOfLengthy = long.MaxValue;
        for (int attempt = 0; attempt < 3000 && (attempt < 60 || leastOfBrief != leastOfLengthy); attempt++)
        {
            Thread.Sleep(attempt < 60 ? 0 : 10);
            leastOfBrief = Math.Min(leastOfBrief, Of(model, history, brief));
            leastOfLengthy = Math.Min(leastOfLengthy, Of(model, history, lengthy));
        }

        Assert.Equal(leastOfBrief, leastOfLengthy);
    }

    private static long Of(IForecaster model, double[] history, double[] forecast)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        model.Forecast(history, forecast);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
