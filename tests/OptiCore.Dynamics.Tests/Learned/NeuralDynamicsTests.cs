using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Learned;

public class NeuralDynamicsTests
{
    private static TimeSeries Pendulum(int orbits, int length, double offset, double step = 0.1) => KoopmanAutoencoderTests.Orbits(
        KoopmanAutoencoderTests.System("pendulum"), step, length, Enumerable.Range(0, orbits).Select(i => new[] { 1.6 * Math.Cos(i + offset), 0.8 * Math.Sin(2.3 * (i + offset)) }));

    [Theory, InlineData(NeuralDynamicsKind.Residual), InlineData(NeuralDynamicsKind.DifferentialEquation)]
    public void APendulumIsLearned(NeuralDynamicsKind kind)
    {
        TimeSeries test = Pendulum(4, 101, 0.5);
        NeuralDynamicsModel model = new NeuralDynamics { Kind = kind, Hidden = [24], Horizon = 2, Training = new NetworkTraining { Steps = 1200, LearningRate = 0.01 } }.Fit(Pendulum(25, 40, 0));
        double error = KoopmanAutoencoderTests.Error(model, test), nothing = KoopmanAutoencoderTests.Error(new Persistence(2), test);
        Assert.True(error < 0.1 * nothing, $"{error} against {nothing} by persistence");
        double[] history = [1, 0];
        SparseIdentification.ForecastAllocation.IsTheSame(model, history, 5, 100);
        if (kind == NeuralDynamicsKind.Residual)
        {
            Assert.Throws<InvalidOperationException>(() => model.AsSystem());
            return;
        }

        // The learned derivative is the pendulum's, and other methods and steps integrate it.
        IOdeSystem system = model.AsSystem();
        double[] dy = new double[2];
        system.Derivative(0, [1, 0.5], dy);
        Promises.Close(0.5, dy[0], 0, 0.05, "angle");
        Promises.Close(-Math.Sin(1), dy[1], 0, 0.05, "momentum");
        OdeResult fine = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-8 }, system, (0, 1), [1, 0]);
        double[] coarse = new double[20];
        model.Forecast([1, 0], coarse);
        Promises.Close(coarse[18], fine.FinalState[0], 0, 1e-4, "ten steps of the method against many");
    }

    [Fact]
    public void AStepIsTheStepOfTheMethod()
    {
        // With a network of one linear layer the derivative is affine, and the model's step must be that of the library's own integrator with the same tableau.
        TimeSeries data = Koopman.LinearMaps.Series([0.99, -0.1, 0.1, 0.99], 2, 5, 30, 4, 0.1);
        foreach (ButcherTableau tableau in new[] { Euler.Tableau, Heun.Tableau, RungeKutta4.Tableau })
        {
            NeuralDynamicsModel model = new NeuralDynamics { Kind = NeuralDynamicsKind.DifferentialEquation, Hidden = [], Tableau = tableau, Substeps = 2, Training = new NetworkTraining { Steps = 20 } }.Fit(data);
            double[] forecast = new double[10];
            model.Forecast([1, 2], forecast);
            OdeResult expected = Ode.Solve(new ExplicitRungeKutta { Tableau = tableau, FixedStep = 0.05 }, model.AsSystem(), (0, 0.5), [1, 2]);
            for (int j = 0; j < 2; j++)
                Promises.Close(expected.FinalState[j], forecast[8 + j], 0, 1e-10, $"{tableau}");
        }
    }
}
