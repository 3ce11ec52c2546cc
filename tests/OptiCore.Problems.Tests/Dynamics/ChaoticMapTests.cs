using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Problems.Tests;

public class ChaoticMapTests
{
    public static TheoryData<string> Names => [.. ChaoticMaps.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void TheJacobianAgreesWithDifferencesAnywhere(string name)
    {
        ChaoticMap map = ChaoticMaps.All[name];
        Prop.ForAll(Gen.Choose(1, 2000).Select(i => (i / 1000.0) - 1.0005).ArrayOf(map.Dimension).ToArbitrary(), x =>
            JacobianCheck.Check(name, x, map.Next, map.Jacobian)).Check(Forall.Config);
    }

    [Fact]
    public void MapsHaveTheirKnownFixedPoints()
    {
        Fixed(ChaoticMaps.Logistic, [0.75], 1e-15);

        // Hénon: a x^2 + (1 - b) x - 1 = 0. Lozi, right branch: x = 1 / (1 + a - b).
        double x = (-0.7 + Math.Sqrt(0.49 + 5.6)) / 2.8;
        Fixed(ChaoticMaps.Henon, [x, 0.3 * x], 1e-15);
        Fixed(ChaoticMaps.Lozi, [1 / 2.2, 0.5 / 2.2], 1e-15);
        Fixed(ChaoticMaps.Standard, [Math.PI, 0], 1e-14);

        static void Fixed(ChaoticMap map, double[] point, double tolerance)
        {
            double[] next = new double[point.Length];
            map.Next(point, next);
            for (int i = 0; i < point.Length; i++)
                Promises.Close(point[i], next[i], 0, tolerance, map.Name);
        }
    }

    [Fact]
    public void DeterminantsAreTheKnownOnes()
    {
        double[] j = new double[4];
        foreach ((string name, double determinant) in new[] { ("Henon", -0.3), ("Lozi", -0.5), ("Ikeda", 0.81), ("Standard", 1.0) })
        {
            ChaoticMap map = ChaoticMaps.All[name];
            Prop.ForAll(Gen.Choose(1, 2000).Select(i => (i / 1000.0) - 1.0005).ArrayOf(2).ToArbitrary(), x =>
            {
                map.Jacobian(x, j);
                Promises.Close(determinant, (j[0] * j[3]) - (j[1] * j[2]), 1e-12, 1e-12, name);
            }).Check(Forall.Config);
        }
    }

    /// <summary>The logistic map at r = 4 has the density 1 / (pi sqrt(x (1 - x))): mean 1/2, variance 1/8. The z-score allows for a significance of 1e-6.</summary>
    [Fact]
    public void TheLogisticMapHasItsKnownMoments()
    {
        double[] x = new double[100_000];
        ChaoticMaps.Logistic.Fill(x);
        double mean = x.Average(), variance = x.Average(v => (v - 0.5) * (v - 0.5));

        // Successive values are uncorrelated, so that the standard errors are those of independent ones; x^2 is not, and has five times the room.
        Assert.True(Math.Abs(mean - 0.5) < 5 * Math.Sqrt(0.125 / x.Length), $"Mean {mean}.");
        Assert.True(Math.Abs(variance - 0.125) < 25 * 0.125 / Math.Sqrt(2.0 * x.Length), $"Variance {variance}.");
        Assert.Throws<ArgumentException>(() => ChaoticMaps.Henon.Fill(new double[3]));
    }

    [Fact]
    public void TheDoublePendulumKeepsItsEnergyAndSwingsAtItsFrequencies()
    {
        var pendulum = new DoublePendulum(1.3, 0.7, 0.9, 1.2, 9.7);
        double[] dy = new double[4], jacobian = new double[16];
        Prop.ForAll(Gen.Choose(-3000, 3000).Select(i => i / 1000.0).ArrayOf(4).ToArbitrary(), y =>
        {
            // dE/dt by central differences along the motion: the energy is quadratic in the rates and trigonometric in the angles.
            pendulum.Derivative(0, y, dy);
            const double H = 1e-5;
            double[] plus = [.. y.Zip(dy, (a, b) => a + (H * b))], minus = [.. y.Zip(dy, (a, b) => a - (H * b))];
            double rate = (pendulum.Energy(plus) - pendulum.Energy(minus)) / (2 * H);
            double size = 1 + dy.Sum(Math.Abs);
            Promises.Close(0, rate, 0, 1e-7 * size * size * size, "energy's rate");
            JacobianCheck.Check("double pendulum", y, (x, f) => pendulum.Derivative(0, x, f), (x, j) => pendulum.Jacobian(0, x, j));
        }).Check(Forall.Config.WithMaxTest(50));

        // Equal masses and lengths: omega^2 = (2 -+ sqrt 2) g / l, with theta2 = +- sqrt 2 theta1.
        var equal = new DoublePendulum();
        equal.Jacobian(0, [0, 0, 0, 0], jacobian);
        foreach (double sign in new[] { -1.0, 1.0 })
        {
            double square = (2 + (sign * Math.Sqrt(2))) * 9.81, theta2 = -sign * Math.Sqrt(2);
            Promises.Close(-square, jacobian[8] + (jacobian[9] * theta2), 1e-14, 0, "first row");
            Promises.Close(-square * theta2, jacobian[12] + (jacobian[13] * theta2), 1e-14, 0, "second row");
        }
    }

    /// <summary>Up to the time tau the delayed value is the history, and the equation is linear: x = c / gamma + (x0 - c / gamma) exp(-gamma t), c = beta x0 / (1 + x0^n).</summary>
    [Fact]
    public void MackeyGlassHasTheKnownSolutionUpToTheDelay()
    {
        var equation = new MackeyGlass();
        double[] x = new double[17];
        equation.Fill(x);
        double limit = 0.2 * 1.2 / (1 + Math.Pow(1.2, 10)) / 0.1;

        // Each of the ten steps a unit leaves (0.1 h)^5 / 120 of the distance to the limit.
        for (int i = 0; i < x.Length; i++)
            Promises.Close(limit + ((1.2 - limit) * Math.Exp(-0.1 * (i + 1))), x[i], 2e-10, 0, $"x({i + 1})");
        double[] still = new double[50];
        (equation with { History = 1 }).Fill(still);
        Assert.All(still, v => Assert.Equal(1, v, 1e-12));
        Assert.Throws<ArgumentException>(() => equation.Fill(still, 3, stepsPerInterval: 4));
    }

    [Fact]
    public void MackeyGlassConvergesAtFourthOrder()
    {
        // Smooth from the second delay on; before, the solution has kinks only where steps meet.
        var equation = new MackeyGlass { Delay = 4, Exponent = 6 };
        double[] fine = new double[1], middle = new double[1], coarse = new double[1];
        equation.Fill(coarse, 20, 0, 20);
        equation.Fill(middle, 20, 0, 40);
        equation.Fill(fine, 20, 0, 640);
        double ratio = (coarse[0] - fine[0]) / (middle[0] - fine[0]);
        Assert.InRange(ratio, 12, 20);
    }
}
