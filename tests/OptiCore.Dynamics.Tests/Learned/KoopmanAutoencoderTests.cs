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
        Assert.Equal(ForecastAllocation(model, history, 10), ForecastAllocation(model, history, 300));
        Assert.Equal(7, model.WithReencoding(7).ReencodeEvery);
        Assert.Throws<ArgumentException>("data", () => new KoopmanAutoencoder { Horizon = 50 }.Fit(data));
    }

    private static long ForecastAllocation(IForecaster model, double[] history, int steps) => SparseIdentification.ForecastAllocation.Of(model, history, steps);
}
