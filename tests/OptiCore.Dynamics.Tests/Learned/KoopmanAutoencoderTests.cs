using OptiCore.Dynamics.Tests.Koopman;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Learned;

public class KoopmanAutoencoderTests
{
    /// <summary>Orbits from given starting points.</summary>
    internal static TimeSeries Orbits(OdeDelegate system, double step, int count, IEnumerable<double[]> starts)
    {
        double[] times = [.. Enumerable.Range(0, count).Select(k => k * step)];
        var method = new ExplicitRungeKutta { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-10 };
        return TimeSeries.Join([.. starts.Select(start => new TimeSeries(Ode.Solve(method, system, (0, times[^1]), start, times).EnsureCompleted().States, start.Length, step))]);
    }

    internal static OdeDelegate System(string name) => name switch
    {
        "pendulum" => (_, y, dy) => (dy[0], dy[1]) = (y[1], -Math.Sin(y[0])),
        "duffing" => (_, y, dy) => (dy[0], dy[1]) = (y[1], y[0] - (y[0] * y[0] * y[0])),
        "lorenz" => (_, y, dy) => (dy[0], dy[1], dy[2]) = (10 * (y[1] - y[0]), (y[0] * (28 - y[2])) - y[1], (y[0] * y[1]) - (8.0 / 3 * y[2])),
        _ => (_, y, dy) => (dy[0], dy[1]) = ((2.0 / 3 * y[0]) - (4.0 / 3 * y[0] * y[1]), (y[0] * y[1]) - y[1]),
    };

    private static TimeSeries Data(string system, int orbits, int length, ulong seed)
    {
        double[] uniform = new double[2 * orbits];
        Randomness.RandomFill.Uniform(RandomKey.FromSeed(seed), uniform);
        return Orbits(System(system), 0.1, length, Enumerable.Range(0, orbits).Select(i => system switch
        {
            "pendulum" => new[] { 4 * (uniform[2 * i] - 0.5), 2 * (uniform[(2 * i) + 1] - 0.5) },
            "duffing" => [0.6 + (0.7 * uniform[2 * i]), 0.4 * (uniform[(2 * i) + 1] - 0.5)],
            _ => [0.4 + (1.2 * uniform[2 * i]), 0.2 + (0.7 * uniform[(2 * i) + 1])],
        }));
    }

    [Theory, InlineData("pendulum"), InlineData("duffing"), InlineData("lotka-volterra")]
    public void PeriodicReencodingBeatsNoneAndEveryStepOverFiveHundredSteps(string system)
    {
        // Fathi et al. (2023), figures 3 and 4: the same trained model, the period chosen on validation orbits. The Duffing orbits stay in one well: those that pass the saddle can't be followed for long
        // by any small network, and all errors become those of a lost phase.
        TimeSeries train = Data(system, 40, 80, 1), validation = Data(system, 4, 501, 2), test = Data(system, 6, 501, 3);
        KoopmanAutoencoderModel model = new KoopmanAutoencoder { Latent = 8, Horizon = 12, Training = new NetworkTraining { Steps = 1500 } }.Fit(train);
        KoopmanAutoencoderModel chosen = model.Select(validation, [10, 20, 30, 50]);
        double none = Error(model.WithReencoding(0), test), every = Error(model.WithReencoding(1), test), periodic = Error(chosen, test);
        Assert.InRange(chosen.ReencodeEvery, 10, 50);
        Assert.True(periodic < none && periodic < every, $"{system}: none {none}, every step {every}, every {chosen.ReencodeEvery} steps {periodic}");
    }

    [Fact]
    public void OnLorenzsAttractorReencodedForecastsStayAndAreBetter()
    {
        // Steps of 0.02 from points on the attractor. After 500 steps no forecast knows the phase: what counts is that it moves as the attractor does, which a linear latent map alone doesn't.
        double[] warm = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9 }, System("lorenz"), (0, 60), [1, 1, 20], [.. Enumerable.Range(1, 60).Select(i => (double)i)]).States;
        for (int i = 0; i < warm.Length; i++)
            warm[i] = (i % 3 == 2 ? warm[i] - 25 : warm[i]) / 10;
        OdeDelegate scaled = (_, y, dy) =>
        {
            double z = y[2] + 2.5;
            (dy[0], dy[1], dy[2]) = (10 * (y[1] - y[0]), (y[0] * (28 - (10 * z))) - y[1], (10 * y[0] * y[1]) - (8.0 / 3 * z));
        };
        double[][] starts = [.. Enumerable.Range(10, 48).Select(i => warm[(3 * i)..((3 * i) + 3)])];
        TimeSeries train = Orbits(scaled, 0.02, 80, starts[..40]), validation = Orbits(scaled, 0.02, 501, starts[40..43]), test = Orbits(scaled, 0.02, 501, starts[43..]);
        KoopmanAutoencoderModel model = new KoopmanAutoencoder { Latent = 16, Horizon = 12, Training = new NetworkTraining { Steps = 2500 } }.Fit(train);
        KoopmanAutoencoderModel chosen = model.Select(validation, [10, 20, 30, 50]);
        double none = Error(model.WithReencoding(0), test), every = Error(model.WithReencoding(1), test), periodic = Error(chosen, test);
        (double moving, double size) = Motion(chosen, test);
        string report = $"none {none}, every step {every}, every {chosen.ReencodeEvery} steps {periodic}; spread in the second half {moving}, largest {size}";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(periodic < none && periodic < every, report);

        // The attractor's x has a standard deviation of 0.79 and reaches 2, z - 25 reaches 2.3.
        Assert.True(moving is > 0.4 and < 1.2 && size < 3, report);
    }

    /// <summary>The standard deviation of the first component in the second half of the forecasts, and the largest element.</summary>
    private static (double Spread, double Largest) Motion(IForecaster model, TimeSeries test)
    {
        double squares = 0, sum = 0, largest = 0;
        int number = 0;
        for (int piece = 0; piece < test.Pieces; piece++)
        {
            (int start, int count) = test.Piece(piece);
            double[] forecast = new double[(count - 1) * test.Dimension];
            model.Forecast(test[start], forecast);
            for (int k = count / 2; k < count - 1; k++)
            {
                double value = forecast[k * test.Dimension];
                (sum, squares, number) = (sum + value, squares + (value * value), number + 1);
            }

            largest = Math.Max(largest, forecast.Max(Math.Abs));
        }

        return (Math.Sqrt((squares / number) - (sum / number * (sum / number))), largest);
    }

    internal static double Error(IForecaster model, TimeSeries test)
    {
        double error = 0;
        for (int piece = 0; piece < test.Pieces; piece++)
        {
            (int start, int count) = test.Piece(piece);
            double[] forecast = new double[(count - 1) * test.Dimension];
            model.Forecast(test[start], forecast);
            error += Math.Pow(ForecastMetrics.RootMeanSquareError(test.States.Slice((start + 1) * test.Dimension, forecast.Length), forecast), 2) / test.Pieces;
        }

        return Math.Sqrt(error);
    }

    [Fact]
    public void ALinearSystemIsLearnedAndTheSameKeyGivesTheSameBits()
    {
        TimeSeries data = LinearMaps.Series([0.95, -0.2, 0.2, 0.95], 2, 10, 40, 4);
        var method = new KoopmanAutoencoder { Latent = 2, Hidden = [], Horizon = 5, Training = new NetworkTraining { Steps = 400, LearningRate = 0.02 } };
        KoopmanAutoencoderModel model = method.Fit(data), again = method.Fit(data);
        Promises.SameBits(model.Parameters, again.Parameters, "parameters");
        Assert.True(Error(model, data) < 0.02, $"{Error(model, data)}");
        double[] history = [1, 0];
        SparseIdentification.ForecastAllocation.IsTheSame(model, history, 10, 300);
        Assert.Equal(7, model.WithReencoding(7).ReencodeEvery);
        Assert.Throws<ArgumentException>("data", () => new KoopmanAutoencoder { Horizon = 50 }.Fit(data));
    }
}
