using OptiCore.Dynamics.Tests.Koopman;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Learned;

public class GaussianProcessDynamicsTests
{
    private static readonly Lazy<GaussianProcessModel> Pendulum = new(() =>
    {
        // One step of a quarter from 60 states, by the learned differences alone.
        double[] x = [.. LinearMaps.Normals(120, 1).Select(v => 1.3 * v)], y = new double[120];
        for (int i = 0; i < 60; i++)
        {
            OdeResult step = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9 }, KoopmanAutoencoderTests.System("pendulum"), (0, 0.25), x.AsSpan(2 * i, 2));
            step.FinalState.CopyTo(y, 2 * i);
        }

        return new GaussianProcessDynamics { MinNoiseRatio = 1e-4 }.Fit(TimeSeries.FromPairs(x, y, 2, 0.25), RandomKey.FromSeed(3));
    });

    [Fact]
    public void APendulumIsLearnedFromSixtySteps()
    {
        TimeSeries test = KoopmanAutoencoderTests.Orbits(KoopmanAutoencoderTests.System("pendulum"), 0.25, 21, [[1, 0], [-0.5, 1]]);
        double error = KoopmanAutoencoderTests.Error(Pendulum.Value, test);
        Assert.True(error < 0.05, $"{error}");
        double[] means = new double[40], covariances = new double[80];
        Pendulum.Value.Forecast([1, 0], [0, 0, 0, 0], means, covariances);
        for (int k = 0; k < 20; k++)
        {
            // The truth lies within five of the predicted deviations, and those aren't idle.
            for (int j = 0; j < 2; j++)
            {
                double deviation = Math.Sqrt(covariances[(4 * k) + (3 * j)]);
                Assert.InRange(deviation, 1e-6, 0.5);
                Assert.True(Math.Abs(means[(2 * k) + j] - test[k + 1][j]) < 5 * deviation, $"step {k}: {means[(2 * k) + j]} +- {deviation}, true {test[k + 1][j]}");
            }
        }
    }

    [Fact]
    public void MomentsAreThoseOfSamples()
    {
        // E f, cov f and cov(x, f) of one step under a normal law, against 20,000 draws of x: the law of total covariance, with mean and variance at each draw from the case of a known state.
        GaussianProcessModel model = Pendulum.Value;
        double[] mu = [0.4, -0.6], sigma = [0.3, 0.1, 0.1, 0.2], mean = new double[2], covariance = new double[4], one = new double[2], spread = new double[4], factor = (double[])sigma.Clone();
        model.Forecast(mu, sigma, mean, covariance);
        Assert.True(Cholesky.TryFactor<double>(factor, 2));
        const int Draws = 20_000;
        double[] normals = LinearMaps.Normals(2 * Draws, 5);
        double[][] values = [new double[Draws], new double[Draws]];
        double[] inside = new double[4];
        for (int i = 0; i < Draws; i++)
        {
            double[] x = [mu[0] + (factor[0] * normals[2 * i]), mu[1] + (factor[2] * normals[2 * i]) + (factor[3] * normals[(2 * i) + 1])];
            model.Forecast(x, [0, 0, 0, 0], one, spread);
            (values[0][i], values[1][i]) = (one[0], one[1]);
            for (int k = 0; k < 4; k++)
                inside[k] += spread[k] / Draws;
        }

        for (int a = 0; a < 2; a++)
        {
            double average = values[a].Average();

            // Standard errors of the sample's mean and covariance, five of them: one false alarm in a million.
            double error = Math.Sqrt(covariance[3 * a] / Draws);
            Promises.Close(average, mean[a], 0, 5 * error, $"mean {a}");
            for (int b = 0; b < 2; b++)
            {
                double other = values[b].Average(), sample = 0, square = 0;
                for (int i = 0; i < Draws; i++)
                {
                    double product = (values[a][i] - average) * (values[b][i] - other);
                    sample += product / Draws;
                    square += product * product / Draws;
                }

                Promises.Close(sample + inside[(2 * a) + b], covariance[(2 * a) + b], 0, 5 * Math.Sqrt(Math.Max(0, square - (sample * sample)) / Draws), $"covariance {a}, {b}");
            }
        }
    }

    [Fact]
    public void AKnownStateIsTheLimitOfASmallCovariance()
    {
        GaussianProcessModel model = Pendulum.Value;
        double[] forecast = new double[2], mean = new double[2], covariance = new double[4], small = new double[2];
        model.Forecast([0.7, 0.2], forecast);
        model.Forecast([0.7, 0.2], [0, 0, 0, 0], mean, covariance);
        model.Forecast([0.7, 0.2], [1e-8, 0, 0, 1e-8], small, covariance);
        for (int j = 0; j < 2; j++)
        {
            Promises.Close(forecast[j], mean[j], 1e-10, 1e-10, $"variable {j}");
            Promises.Close(forecast[j], small[j], 0, 1e-6, $"variable {j}");
        }

        Assert.Throws<ArgumentException>("covariance", () => model.Forecast([0, 0], [-50, 0, 0, 1], mean, covariance));
        SparseIdentification.ForecastAllocation.IsTheSame(model, [1, 0], 5, 100);
    }
}
