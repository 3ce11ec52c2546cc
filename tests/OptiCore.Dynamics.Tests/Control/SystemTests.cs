using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Dynamics.Tests.Control;

public class SystemTests
{
    // A damped pendulum whose pivot is pushed, with a time-dependent torque: nonlinear in everything.
    private static readonly IDifferentiableControlSystem ByDuals = ControlSystem.From(2, 2, (t, x, u, dx) =>
    {
        dx[0] = x[1];
        dx[1] = (-9.81 * Sin(x[0])) - (0.1 * x[1] * x[1]) + (u[0] * Cos(x[0])) + (u[1] * u[1] * Math.Cos(t));
    });

    private static readonly IDifferentiableControlSystem ByTracing = ControlSystem.Trace(2, 2, (t, x, u) => Differentiation.Operations.Stack(
        0,
        x[1],
        (-9.81 * Differentiation.Operations.Sin(x[0])) - (0.1 * x[1] * x[1]) + (u[0] * Differentiation.Operations.Cos(x[0])) + (u[1] * u[1] * Differentiation.Operations.Cos(t))));

    private static readonly IDifferentiableControlSystem ByDifferences = ControlSystem.BlackBox(2, 2, (t, x, u, dx) =>
    {
        dx[0] = x[1];
        dx[1] = (-9.81 * Math.Sin(x[0])) - (0.1 * x[1] * x[1]) + (u[0] * Math.Cos(x[0])) + (u[1] * u[1] * Math.Cos(t));
    }).WithFiniteDifferences();

    [Fact]
    public void AllWaysGiveTheSameJacobians()
    {
        double[] x = [0.7, -1.2], u = [0.4, 1.5];
        const double T = 0.3;

        // By hand.
        double[] a = [0, 1, (-9.81 * Math.Cos(0.7)) - (0.4 * Math.Sin(0.7)), 0.24], b = [0, 0, Math.Cos(0.7), 3 * Math.Cos(T)];
        foreach ((IDifferentiableControlSystem system, double tolerance) in new[] { (ByDuals, 1e-14), (ByTracing, 1e-14), (ByDifferences, 1e-8) })
        {
            double[] dx = new double[2], value = new double[2], ja = new double[4], jb = new double[4];
            system.Derivative(T, x, u, value);
            system.DerivativeAndJacobians(T, x, u, dx, ja, jb);
            Assert.Equal(value, dx);
            Assert.InRange(RandomPlants.Distance(a, ja), 0, tolerance);
            Assert.InRange(RandomPlants.Distance(b, jb), 0, tolerance);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void TheJacobianOfADiscretizedSystemIsThatOfItsSteps(int substeps)
    {
        foreach (ButcherTableau tableau in new[] { Euler.Tableau, RungeKutta4.Tableau, DormandPrince.Tableau })
        {
            IDifferentiableDiscreteSystem exact = ByDuals.Discretize(0.2, tableau, substeps);
            IDifferentiableDiscreteSystem differences = DiscreteSystem.BlackBox(2, 2, (k, x, u, y) => exact.Next((int)k, x, u, y)).WithFiniteDifferences();
            double[] x = [0.7, -1.2], u = [0.4, 1.5], y1 = new double[2], y2 = new double[2], a1 = new double[4], a2 = new double[4], b1 = new double[4], b2 = new double[4];
            exact.NextAndJacobians(4, x, u, y1, a1, b1);
            differences.NextAndJacobians(4, x, u, y2, a2, b2);
            Assert.Equal(y2, y1);
            Assert.InRange(RandomPlants.Distance(a2, a1), 0, 1e-8);
            Assert.InRange(RandomPlants.Distance(b2, b1), 0, 1e-8);
        }
    }

    [Fact]
    public void ADiscretizedSystemFollowsTheIntegrator()
    {
        IDiscreteSystem steps = ByDuals.Discretize(0.1, DormandPrince.Tableau, substeps: 10);
        double[] x = [0.7, -1.2], u = [0.4, 1.5], next = new double[2];
        for (int k = 0; k < 5; k++)
        {
            steps.Next(k, x, u, next);
            next.CopyTo(x, 0);
        }

        OdeResult truth = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-12 }, ByDuals.WithControl((_, _, c) => u.CopyTo(c)), (0, 0.5), [0.7, -1.2]);
        Assert.InRange(RandomPlants.Distance(truth.FinalState, x), 0, 1e-9);
    }

    [Fact]
    public void CurvatureByTracingAndByDifferencesAgree()
    {
        ITwiceDifferentiableDiscreteSystem traced = DiscreteSystem.Trace(2, 1, (x, u) => Differentiation.Operations.Stack(0, x[0] + (0.1 * x[1] * u[0]), Differentiation.Operations.Sin(x[0]) * x[1] * u[0]));
        double[] x = [0.3, 2], u = [-0.7], weights = [2, -3], exact = new double[9], approximate = new double[9];
        traced.Curvature(0, x, u, weights, exact);
        traced.WithCurvatureByDifferences().Curvature(0, x, u, weights, approximate);

        // By hand: y0 = x0 + 0.1 x1 u, y1 = sin(x0) x1 u.
        double s = Math.Sin(0.3), c = Math.Cos(0.3);
        double[] hand = [-3 * -s * 2 * -0.7, -3 * c * -0.7, -3 * c * 2, -3 * c * -0.7, 0, 0.2 - (3 * s), -3 * c * 2, 0.2 - (3 * s), 0];
        Assert.InRange(RandomPlants.Distance(hand, exact), 0, 1e-14);
        Assert.InRange(RandomPlants.Distance(hand, approximate), 0, 1e-8);
    }

    [Fact]
    public void NothingIsAllocatedByAStep()
    {
        IDifferentiableDiscreteSystem steps = ByDuals.Discretize(0.1), traced = ByTracing.Discretize(0.1);
        double[] x = [0.7, -1.2], u = [0.4, 1.5], y = new double[2], a = new double[4], b = new double[4];
        Promises.AllocatesNothing(
            () =>
            {
                steps.NextAndJacobians(0, x, u, y, a, b);
                steps.Next(0, x, u, y);
                traced.NextAndJacobians(0, x, u, y, a, b);
            },
            "a step with Jacobians");
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ControlSystem.From(0, 1, (_, _, _, _) => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ByDuals.Discretize(0));
        Assert.Throws<ArgumentException>(() => ControlSystem.Trace(2, 1, (x, u) => u));
        Assert.Contains("u has 1 elements", Assert.Throws<ArgumentException>(() => ByDuals.Derivative(0, [1, 2], [1], new double[2])).Message, StringComparison.Ordinal);
    }
}
