namespace OptiCore.Dynamics.Tests;

public class StiffOrderTests
{
    private static readonly Dictionary<string, (OdeMethod Method, int Order, int Steps)> Fixed = new()
    {
        [nameof(Radau)] = (new Radau { RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-15 }, 5, 24),
        [nameof(Rodas5P)] = (new RosenbrockWanner(), 5, 32),
        [nameof(Rodas4)] = (new RosenbrockWanner { Tableau = Rodas4.Tableau }, 4, 64),
        [nameof(Rodas3)] = (new RosenbrockWanner { Tableau = Rodas3.Tableau }, 3, 256),
        [nameof(Ros34Pw2)] = (new RosenbrockWanner { Tableau = Ros34Pw2.Tableau }, 3, 256),
        [nameof(TrBdf2)] = (new DiagonallyImplicitRungeKutta { Tableau = TrBdf2.Tableau, RelativeTolerance = 1e-10 }, 2, 256),
        [nameof(KenCarp4)] = (new DiagonallyImplicitRungeKutta { RelativeTolerance = 1e-12 }, 4, 64),
    };

    public static TheoryData<string> All => [.. Fixed.Keys];

    // Smooth and not autonomous, with its Jacobian and df/dt by dual numbers.
    private static readonly IOdeJacobian Smooth = OdeSystem.FromDuals(2, static (t, y, dy) =>
    {
        dy[0] = -2 * t * y[0] * y[0];
        dy[1] = Elementary.Cos(t) * y[1];
    });

    [Theory, MemberData(nameof(All))]
    public void HalvingTheStepDividesTheErrorByTwoToTheOrder(string name)
    {
        (OdeMethod method, int order, int steps) = Fixed[name];
        double slope = Math.Log2(Error(steps) / Error(2 * steps));

        // That KenCarp4's order isn't higher is shown by the conditions: its leading error is small beside the next.
        Assert.True(slope > order - 0.25 && slope < order + (name == nameof(KenCarp4) ? 1.5 : 0.5), $"{name}: measured order {slope:f3}.");

        double Error(int count) => Problems.SmoothError(2, Ode.Solve(WithStep(method, 2.0 / count), Smooth, (0, 2), Problems.SmoothAt(0)).EnsureCompleted().FinalState);
    }

    [Fact]
    public void TheWMethodKeepsItsOrderWithAWrongJacobian()
    {
        var wrong = OdeSystem.From(2, Problems.Smooth, static (_, _, j) => (j[0], j[1], j[2], j[3]) = (-1, 0.3, 0.2, 0.7));
        OdeMethod method = new RosenbrockWanner { Tableau = Ros34Pw2.Tableau };
        double slope = Math.Log2(Error(method, 256) / Error(method, 512));
        Assert.InRange(slope, 2.75, 3.5);

        // That the test would see it: a method that isn't one loses its order.
        method = new RosenbrockWanner { Tableau = Rodas4.Tableau };
        Assert.InRange(Math.Log2(Error(method, 256) / Error(method, 512)), 0.5, 2.5);

        double Error(OdeMethod tried, int count) => Problems.SmoothError(2, Ode.Solve(WithStep(tried, 2.0 / count), wrong, (0, 2), Problems.SmoothAt(0)).EnsureCompleted().FinalState);
    }

    [Theory, MemberData(nameof(All))]
    public void TheTestEquationIsDampedOnTheWholeNegativeAxisAndNearlyForgottenAtItsEnd(string name)
    {
        foreach (double z in new[] { 0.1, 1, 10, 1e3, 1e6 })
            Assert.True(Factor(z, 0) < 1, $"{name} at {-z}: {Factor(z, 0)}");
        Assert.True(Factor(1e9, 0) < 1e-6, $"{name}: {Factor(1e9, 0)} at -1e9 is not L-stable.");

        // A-stable: no growth on the imaginary axis.
        foreach (double w in new[] { 0.1, 1, 3, 10, 100 })
            Assert.True(Factor(0, w) <= 1 + 1e-9, $"{name} at {w} i: {Factor(0, w)}");

        double Factor(double decay, double rotation)
        {
            var linear = OdeSystem.From(
                2,
                (_, y, dy) => (dy[0], dy[1]) = ((-decay * y[0]) - (rotation * y[1]), (rotation * y[0]) - (decay * y[1])),
                (_, _, j) => (j[0], j[1], j[2], j[3]) = (-decay, -rotation, rotation, -decay));
            OdeResult step = Ode.Solve(WithStep(Fixed[name].Method, 1), linear, (0, 1), [1, 0]).EnsureCompleted();
            return Math.Sqrt((step.FinalState[0] * step.FinalState[0]) + (step.FinalState[1] * step.FinalState[1]));
        }
    }

    [Fact]
    public void TheTransformationOfRadauSplitsItsMatrix()
    {
        // Hairer and Wanner (1996), formula (IV.5.9); one step for y' = lambda y is then R(z) = (1 + 2z/5 + z^2/20) / (1 - 3z/5 + 3z^2/20 - z^3/60).
        foreach (double z in new[] { -0.5, -3, -40, 0.8 })
        {
            OdeResult step = Ode.Solve(new Radau { FixedStep = 1, RelativeTolerance = 1e-13 }, OdeSystem.From(1, (_, y, dy) => dy[0] = z * y[0], (_, _, j) => j[0] = z), (0, 1), [1]);
            double expected = (1 + (2 * z / 5) + (z * z / 20)) / (1 - (3 * z / 5) + (3 * z * z / 20) - (z * z * z / 60));
            Assert.Equal(expected, step.FinalState[0], 1e-13);
        }
    }

    [Fact]
    public void TheAdditivePairMeetsTheConditionsOfOrderFourForAnyMixtureOfItsParts()
    {
        // Rooted trees of order up to four whose inner nodes are each of either part; Kennedy and Carpenter (2003), section 2.
        DiagonallyImplicitTableau tableau = KenCarp4.Tableau;
        double[] b = tableau.Weights.ToArray(), c = tableau.Nodes, embedded = [.. b.Zip(tableau.ErrorWeights, (x, e) => x - e)];
        double[][][] parts = [[.. tableau.A.Select(Padded)], [.. tableau.ExplicitA!.Select(Padded)]];
        double[] ones = [.. c.Select(_ => 1.0)];
        foreach (double[] weights in new[] { b, embedded })
        {
            Close(1, Sum(weights, ones));
            Close(1.0 / 2, Sum(weights, c));
            Close(1.0 / 3, Sum(weights, Times(c, c)));
            foreach (double[][] x in parts)
                Close(1.0 / 6, Sum(weights, Apply(x, c)));
        }

        Close(1.0 / 4, Sum(b, Times(c, Times(c, c))));
        foreach (double[][] x in parts)
        {
            Close(1.0 / 8, Sum(b, Times(c, Apply(x, c))));
            Close(1.0 / 12, Sum(b, Apply(x, Times(c, c))));
            foreach (double[][] y in parts)
                Close(1.0 / 24, Sum(b, Apply(x, Apply(y, c))));
        }

        Assert.True(Math.Abs(Sum(embedded, Times(c, Times(c, c))) - 0.25) > 1e-6);
        Assert.True(Math.Abs(Sum(b, Times(Times(c, c), Times(c, c))) - 0.2) > 1e-6);

        double[] Padded(double[] row) => [.. row, .. new double[c.Length - row.Length]];
        static double Sum(double[] x, double[] y) => x.Zip(y, (p, q) => p * q).Sum();
        static double[] Times(double[] x, double[] y) => [.. x.Zip(y, (p, q) => p * q)];
        static double[] Apply(double[][] a, double[] x) => [.. a.Select(row => Sum(row, x))];
        static void Close(double expected, double actual) => Assert.Equal(expected, actual, 1e-14);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void ErrorsOfMultistepMethodsFollowTheirOrder(int order)
    {
        // At order p the number of steps grows as tolerance^(-1/(p+1)).
        Check(new Bdf { MaxOrder = order });
        Check(new Bdf { MaxOrder = order, IsModified = false });
        Check(new Adams { MaxOrder = order });

        void Check(OdeMethod method)
        {
            double coarse = Steps(1e-4), fine = Steps(1e-7);
            double exponent = Math.Log(fine / coarse) / Math.Log(1e3);
            Assert.InRange(exponent, 0.6 / (order + 1), 1.35 / (order + 1));

            double Steps(double tolerance)
            {
                OdeResult result = Ode.Solve(method with { RelativeTolerance = tolerance, AbsoluteTolerance = tolerance }, Problems.Smooth, (0, 20), Problems.SmoothAt(0)).EnsureCompleted();
                Assert.True(Problems.SmoothError(20, result.FinalState) < 5 * tolerance * result.Counts.AcceptedSteps);
                return result.Counts.AcceptedSteps;
            }
        }
    }

    private static OdeMethod WithStep(OdeMethod method, double h) => method switch
    {
        Radau radau => radau with { FixedStep = h },
        RosenbrockWanner rosenbrock => rosenbrock with { FixedStep = h },
        DiagonallyImplicitRungeKutta implicitMethod => implicitMethod with { FixedStep = h },
        _ => throw new NotSupportedException(),
    };
}
