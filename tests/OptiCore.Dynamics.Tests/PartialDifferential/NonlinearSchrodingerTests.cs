using System.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class NonlinearSchrodingerTests
{
    private static double[] At(PeriodicGrid grid, Func<double, Complex> psi) => [.. grid.Points.ToArray().SelectMany(x => new[] { psi(x).Real, psi(x).Imaginary })];

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    private static double[] Run(SpectralState state, double end)
    {
        Assert.True(state.Step((long)Math.Round(end / state.StepSize)));
        double[] psi = new double[state.Equation.Dimension];
        state.CopyTo(psi);
        return psi;
    }

    /// <summary>The error of a soliton falls by orders of magnitude with each doubling of the points, until the integrator's tolerance.</summary>
    [Fact]
    public void TheErrorOfASolitonFallsSpectrally()
    {
        var errors = new List<double>();
        foreach (int n in new[] { 32, 64, 128 })
        {
            var grid = new PeriodicGrid(n, 40, -20);
            var equation = new NonlinearSchrodinger(grid);
            double[] start = At(grid, x => NonlinearSchrodinger.Soliton(1, 0.5, x, 0));
            OdeResult result = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11 }, equation, (0, 2), start, [2]).EnsureCompleted();
            errors.Add(Distance(At(grid, x => NonlinearSchrodinger.Soliton(1, 0.5, x, 2)), result.State(0).ToArray()));
        }

        Assert.True(errors[1] < errors[0] / 30 && errors[2] < errors[1] / 1000 && errors[2] < 1e-6, $"Errors {string.Join(", ", errors)}.");
    }

    /// <summary>Known integrals of a sech exp(i v x): mass 2 a, momentum 2 a v, energy a v^2 - a^3 / 3; entropies of the density sech^2 / 2.</summary>
    [Fact]
    public void ASolitonHasItsKnownInvariants()
    {
        var grid = new PeriodicGrid(256, 40, -20);
        var equation = new NonlinearSchrodinger(grid);
        double[] psi = At(grid, x => NonlinearSchrodinger.Soliton(1.3, 0.5, x, 0));
        Promises.Close(2.6, equation.Mass(psi), 1e-12, 0, "mass");
        Promises.Close(2.6 * 0.5, equation.Momentum(psi), 1e-12, 0, "momentum");
        Promises.Close((1.3 * 0.25) - (1.3 * 1.3 * 1.3 / 3), equation.Energy(psi), 1e-12, 0, "energy");

        // p = (a / 2) sech^2(a x): Shannon 2 - log(2 a), integral of p^2 = a / 3.
        Promises.Close(2 - Math.Log(2.6), equation.ShannonEntropy(psi), 1e-10, 0, "Shannon");
        Promises.Close(Math.Log(3 / 1.3), equation.RenyiEntropy(psi), 1e-10, 0, "Rényi");
        Promises.Close(1 - (1.3 / 3), equation.TsallisEntropy(psi), 1e-10, 0, "Tsallis");
        Promises.Close(equation.ShannonEntropy(psi), equation.RenyiEntropy(psi, 1 + 1e-6), 1e-5, 0, "Rényi's limit");
        Promises.Close(equation.ShannonEntropy(psi), equation.TsallisEntropy(psi, 1 + 1e-6), 1e-5, 0, "Tsallis' limit");
        Assert.Throws<ArgumentOutOfRangeException>(() => equation.RenyiEntropy(psi, 1));
    }

    /// <summary>The mass is conserved to about 1e-12 by every method; momentum and energy to their accuracy.</summary>
    [Fact]
    public void TheMassDoesNotDrift()
    {
        var grid = new PeriodicGrid(256, 40, -20);
        var equation = new NonlinearSchrodinger(grid);
        double[] start = At(grid, x => NonlinearSchrodinger.Soliton(1, 0.8, x, 0)), split = Run(new SplitStepFourier { StepSize = 0.01, Order = 4 }.Start(equation, 0, start), 10);
        Promises.Close(equation.Mass(start), equation.Mass(split), 1e-12, 0, "mass by splitting");
        Promises.Close(equation.Energy(start), equation.Energy(split), 1e-7, 0, "energy by splitting");
        OdeResult lines = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-14 }, equation, (0, 2), start, [2]).EnsureCompleted();
        double[] psi = lines.State(0).ToArray();
        Promises.Close(equation.Mass(start), equation.Mass(psi), 2e-12, 0, "mass by lines");
        Promises.Close(equation.Momentum(start), equation.Momentum(psi), 1e-10, 0, "momentum by lines");
        Promises.Close(equation.Energy(start), equation.Energy(psi), 1e-10, 0, "energy by lines");
        Assert.True(Distance(At(grid, x => NonlinearSchrodinger.Soliton(1, 0.8, x, 2)), psi) < 1e-7);
    }

    [Fact]
    public void SplittingsAndExponentialsHaveTheirOrders()
    {
        var grid = new PeriodicGrid(256, 40, -20);
        var equation = new NonlinearSchrodinger(grid);
        double[] start = At(grid, x => NonlinearSchrodinger.Soliton(1, 0.8, x, 0)), expected = At(grid, x => NonlinearSchrodinger.Soliton(1, 0.8, x, 2));
        Check(2, 0.02, h => new SplitStepFourier { StepSize = h }.Start(equation, 0, start));
        Check(4, 0.05, h => new SplitStepFourier { StepSize = h, Order = 4 }.Start(equation, 0, start));
        Check(4, 0.05, h => new SpectralEtd4 { StepSize = h }.Start(equation, 0, start));

        void Check(int order, double h, Func<double, SpectralState> method) =>
            Assert.InRange(Math.Log2(Distance(expected, Run(method(h), 2)) / Distance(expected, Run(method(h / 2), 2))), order - 0.3, order + 0.5);
    }

    /// <summary>At equal error, by the transforms that a step or an evaluation costs (two): Strang's splitting against the method of lines with DOP853's tableau, and the splitting of order 4.</summary>
    [Theory, InlineData(1e-3), InlineData(1e-6)]
    public void SplitStepsCostFewerTransformsThanLinesAtEqualError(double tolerance)
    {
        var grid = new PeriodicGrid(256, 40, -20);
        var equation = new NonlinearSchrodinger(grid);
        double[] start = At(grid, x => NonlinearSchrodinger.Soliton(1, 0.8, x, 0)), expected = At(grid, x => NonlinearSchrodinger.Soliton(1, 0.8, x, 2));
        OdeResult lines = Ode.Solve(new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance }, equation, (0, 2), start, [2]).EnsureCompleted();
        double error = Math.Max(Distance(expected, lines.State(0).ToArray()), 1e-9);
        long ofLines = 2 * lines.Counts.Evaluations, strang = Transforms(2), fourth = Transforms(4);
        string report = FormattableString.Invariant($"error {error:g3}: lines {ofLines} transforms, Strang {strang}, fourth order {fourth}");
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(Math.Min(strang, fourth) < ofLines, report);

        // The fewest steps, within a quarter, with which the error isn't larger; order 4 is three steps of order 2.
        long Transforms(int order)
        {
            for (int steps = 8; ; steps += Math.Max(1, steps / 4))
            {
                SpectralState state = new SplitStepFourier { StepSize = 2.0 / steps, Order = order }.Start(equation, 0, start);
                Assert.True(state.Step(steps));
                double[] psi = new double[equation.Dimension];
                state.CopyTo(psi);
                if (Distance(expected, psi) <= error)
                    return 2L * steps * (order == 2 ? 1 : 3);
            }
        }
    }

    /// <summary>Two solitons pass through each other and are displaced by what Zakharov and Shabat (1972) found: log 2 each for amplitudes 1 and velocities 1 and -1.</summary>
    [Fact]
    public void CollidingSolitonsAreDisplacedByTheAnalyticAmount()
    {
        Promises.Close(Math.Log(2), NonlinearSchrodinger.CollisionShift(1, 1, 1, -1), 1e-14, 0, "formula");
        var grid = new PeriodicGrid(512, 80, -40);
        var equation = new NonlinearSchrodinger(grid);
        foreach ((double a, double v, double b, double w) in new[] { (1.0, 1.0, 1.0, -1.0), (1.2, 1.0, 0.8, -0.5) })
        {
            double[] start = At(grid, x => NonlinearSchrodinger.Soliton(a, v, x + 12, 0) + NonlinearSchrodinger.Soliton(b, w, x - 12, 0));
            double[] psi = Run(new SplitStepFourier { StepSize = 0.02, Order = 4 }.Start(equation, 0, start), 24);

            // Behind the collision the faster one is at the right: the centre of the density there.
            double middle = 0.5 * ((-12 + (24 * v)) + (12 + (24 * w))), mass = 0, first = 0;
            for (int i = 0; i < grid.Count; i++)
            {
                double density = (psi[2 * i] * psi[2 * i]) + (psi[(2 * i) + 1] * psi[(2 * i) + 1]);
                if (grid.Points[i] > middle)
                {
                    mass += density;
                    first += density * grid.Points[i];
                }
            }

            Promises.Close(2 * a, mass * grid.Spacing, 1e-4, 0, "mass of the faster soliton");
            Promises.Close(NonlinearSchrodinger.CollisionShift(a, v, b, w), (first / mass) - (-12 + (24 * v)), 0.005, 0, "shift");
        }
    }

    /// <summary>Benjamin and Feir: a disturbance of a plane wave grows at the rate (k / 2) sqrt(4 A^2 - k^2), within 1%.</summary>
    [Fact]
    public void ModulationGrowsAtItsRate()
    {
        var grid = new PeriodicGrid(64, 2 * Math.PI / 0.8);
        var equation = new NonlinearSchrodinger(grid);
        foreach (int m in new[] { 1, 2 })
        {
            double k = 0.8 * m, rate = NonlinearSchrodinger.ModulationGrowth(1, k);
            SpectralState state = new SplitStepFourier { StepSize = 0.005, Order = 4 }.Start(equation, 0, At(grid, x => 1 + (1e-8 * Math.Cos(k * x))));
            double[] psi = Run(state, 6);
            double before = Amplitude(psi, m);
            Assert.True(state.Step(600));
            state.CopyTo(psi);
            Promises.Close(rate, Math.Log(Amplitude(psi, m) / before) / 3, 0.01, 0, $"k = {k}");
        }

        Assert.Equal(0, NonlinearSchrodinger.ModulationGrowth(1, 2.5));
        Promises.Close(1, NonlinearSchrodinger.ModulationGrowth(1, Math.Sqrt(2)), 1e-14, 0, "the fastest, A^2");

        double Amplitude(double[] psi, int mode)
        {
            var spectrum = new Complex[64];
            equation.ToSpectrum(psi, spectrum);
            return Complex.Abs(spectrum[mode]);
        }
    }
}
