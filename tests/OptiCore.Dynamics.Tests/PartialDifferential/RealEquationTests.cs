using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class RealEquationTests
{
    private static double[] At(ISpatialGrid grid, Func<double, double> f) => [.. grid.Points.ToArray().Select(f)];

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    private static double[] Solve(SpectralState state, double end)
    {
        Assert.True(state.Step((long)Math.Round(end / state.StepSize)));
        double[] u = new double[state.Equation.Dimension];
        state.CopyTo(u);
        return u;
    }

    /// <summary>u = sum of exp(-d k^2 t) sin k x, by the exponential method, which has no error at all here, and by an ordinary integrator.</summary>
    [Fact]
    public void HeatSpreadsAsItShould()
    {
        var grid = new PeriodicGrid(32);
        var equation = new HeatEquation(grid, 0.3);
        double[] start = At(grid, x => Math.Sin(x) + Math.Cos(4 * x)), expected = At(grid, x => (Math.Exp(-0.3) * Math.Sin(x)) + (Math.Exp(-0.3 * 16) * Math.Cos(4 * x)));
        Assert.True(Distance(expected, Solve(new SpectralEtd4 { StepSize = 0.25 }.Start(equation, 0, start), 1)) < 1e-14);
        OdeResult lines = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11 }, equation, (0, 1), start, [1]);
        Assert.True(Distance(expected, lines.State(0).ToArray()) < 1e-8);
    }

    /// <summary>Between ends: one held at 0 and the other insulated, u = exp(-d (pi / 2)^2 t) sin(pi x / 2) on [0, 1], on every kind of grid.</summary>
    [Fact]
    public void HeatBetweenEndsKeepsItsConditions()
    {
        double[] errors = new double[4];
        IBoundedGrid[] grids = [new ChebyshevGrid(12, 0, 1), new FiniteDifferenceGrid(17, 0, 1, 2), new FiniteDifferenceGrid(17, 0, 1, 4), new FiniteDifferenceGrid(17, 0, 1, 6)];
        for (int i = 0; i < grids.Length; i++)
        {
            IBoundedGrid grid = grids[i];
            var lines = new MethodOfLines(grid, static (_, _, _, _, uxx, ut) => uxx.CopyTo(ut), _ => (BoundaryCondition.Dirichlet(0), BoundaryCondition.Neumann(0)));
            OdeResult result = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 }, lines, (0, 0.2), At(grid, x => Math.Sin(Math.PI * x / 2)), [0.2]).EnsureCompleted();
            double[] u = result.State(0).ToArray();
            lines.Complete(0.2, u);
            errors[i] = Distance(At(grid, x => Math.Exp(-Math.PI * Math.PI / 4 * 0.2) * Math.Sin(Math.PI * x / 2)), u);
        }

        Assert.True(errors[0] < 1e-8 && errors[1] < 2e-3 && errors[2] < 2e-5 && errors[3] < 2e-6, $"Errors {string.Join(", ", errors)}.");
        Assert.True(errors[1] > errors[2] && errors[2] > errors[3], $"Errors {string.Join(", ", errors)}.");
    }

    /// <summary>Cole's and Hopf's transformation: u = -2 nu phi_x / phi with phi = 2 + exp(-nu t) cos x.</summary>
    [Fact]
    public void BurgersEquationIsTransformedHeat()
    {
        const double Nu = 0.4;
        var grid = new PeriodicGrid(64);
        var equation = new BurgersEquation(grid, Nu);
        double[] start = At(grid, x => Exact(x, 0)), expected = At(grid, x => Exact(x, 2));
        Assert.True(Distance(expected, Solve(new SpectralEtd4 { StepSize = 0.02 }.Start(equation, 0, start), 2)) < 1e-9);
        foreach (ImexScheme scheme in Enum.GetValues<ImexScheme>())
        {
            double coarse = Distance(expected, Solve(new SpectralImex { StepSize = 0.05, Scheme = scheme }.Start(equation, 0, start), 2));
            double fine = Distance(expected, Solve(new SpectralImex { StepSize = 0.025, Scheme = scheme }.Start(equation, 0, start), 2));
            int order = scheme == ImexScheme.Ars222 ? 2 : 3;
            Assert.InRange(Math.Log2(coarse / fine), order - 0.25, order + 0.4);
        }

        static double Exact(double x, double t)
        {
            double decay = Math.Exp(-Nu * t);
            return 2 * Nu * decay * Math.Sin(x) / (2 + (decay * Math.Cos(x)));
        }
    }

    /// <summary>Order 4 on the initial value of Kassam and Trefethen (2005) on a shorter time, against a step eight times smaller; the mean is conserved.</summary>
    [Fact]
    public void ExponentialSteppingHasOrderFourOnKuramotoSivashinsky()
    {
        var grid = new PeriodicGrid(64, 32 * Math.PI);
        var equation = new KuramotoSivashinsky(grid);
        double[] start = At(grid, x => Math.Cos(x / 16) * (1 + Math.Sin(x / 16)));
        double[] reference = Solve(new SpectralEtd4 { StepSize = 1.0 / 64 }.Start(equation, 0, start), 10);
        double coarse = Distance(reference, Solve(new SpectralEtd4 { StepSize = 0.25 }.Start(equation, 0, start), 10));
        double fine = Distance(reference, Solve(new SpectralEtd4 { StepSize = 0.125 }.Start(equation, 0, start), 10));
        Assert.InRange(Math.Log2(coarse / fine), 3.6, 4.6);
        Promises.Close(start.Average(), reference.Average(), 0, 1e-13, "mean");

        // An independent route: the same equation as ordinary equations.
        OdeResult lines = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10, MaxSteps = 10_000_000 }, equation, (0, 10), start, [10]).EnsureCompleted();
        Assert.True(Distance(reference, lines.State(0).ToArray()) < 1e-5);
    }

    /// <summary>Small waves grow at the rate k^2 - k^4.</summary>
    [Fact]
    public void LongWavesGrowAndShortOnesDecay()
    {
        var grid = new PeriodicGrid(64, 8 * Math.PI);
        foreach (int m in new[] { 1, 2, 3, 5 })
        {
            double k = m / 4.0;
            double[] u = Solve(new SpectralEtd4 { StepSize = 0.1 }.Start(new KuramotoSivashinsky(grid), 0, At(grid, x => 1e-7 * Math.Cos(k * x))), 2);
            Promises.Close((k * k) - (k * k * k * k), Math.Log(u[0] / 1e-7) / 2, 0, 1e-5, $"k = {k}");
        }
    }

    [Fact]
    public void ASolitonOfShallowWaterKeepsItsShape()
    {
        var grid = new PeriodicGrid(256, 60, -30);
        var equation = new KortewegDeVries(grid);
        double[] start = At(grid, x => KortewegDeVries.Soliton(1.5, x + 5));
        double[] u = Solve(new SpectralEtd4 { StepSize = 0.005 }.Start(equation, 0, start), 4);
        Assert.True(Distance(At(grid, x => KortewegDeVries.Soliton(1.5, x + 5 - 6)), u) < 1e-6);
        Promises.Close(grid.Integrate(start), grid.Integrate(u), 1e-12, 0, "mass");
        Promises.Close(grid.Integrate([.. start.Select(v => v * v)]), grid.Integrate([.. u.Select(v => v * v)]), 1e-8, 0, "momentum");
        Promises.Close(2 * Math.Sqrt(1.5), grid.Integrate(start), 1e-6, 0, "the soliton's mass is 2 sqrt(c)");
    }

    /// <summary>Borders tanh(x / (sqrt 2 e)) stand still, and the energy of any state falls.</summary>
    [Fact]
    public void PhasesSeparateDownhill()
    {
        const double E = 0.1;
        var grid = new PeriodicGrid(256);
        var equation = new AllenCahn(grid, E);
        double[] border = At(grid, x => Math.Tanh((x - (Math.PI / 2)) / (Math.Sqrt(2) * E)) * Math.Tanh(((3 * Math.PI / 2) - x) / (Math.Sqrt(2) * E)));
        Assert.True(Distance(border, Solve(new SpectralImex { StepSize = 0.05 }.Start(equation, 0, border), 2)) < 1e-5);

        // 2 sqrt(2) e / 3 for each of the two borders.
        Promises.Close(2 * 2 * Math.Sqrt(2) * E / 3, equation.Energy(border), 1e-6, 0, "energy of two borders");
        SpectralState state = new SpectralEtd4 { StepSize = 0.02 }.Start(equation, 0, At(grid, x => 0.1 * Math.Sin((3 * x) + (0.4 * Math.Cos(x)))));
        double[] u = new double[256];
        double before = double.PositiveInfinity;
        for (int i = 0; i < 100; i++)
        {
            state.CopyTo(u);
            double energy = equation.Energy(u);
            Assert.True(energy <= before + 1e-12, $"The energy rose from {before} to {energy}.");
            before = energy;
            Assert.True(state.Step());
        }
    }

    /// <summary>D'Alembert: a bump at rest splits into two halves that travel; between fixed ends a standing wave.</summary>
    [Fact]
    public void WavesTravelBothWays()
    {
        var grid = new PeriodicGrid(128, 20, -10);
        var equation = new WaveEquation(grid, 2);
        double[] start = [.. At(grid, x => Math.Exp(-2 * x * x)), .. new double[128]];
        OdeResult result = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11 }, equation, (0, 2), start, [2]);
        double[] u = result.State(0).ToArray();
        double[] expected = At(grid, x => 0.5 * (Math.Exp(-2 * (x - 4) * (x - 4)) + Math.Exp(-2 * (x + 4) * (x + 4))));
        Assert.True(Distance(expected, u[..128]) < 1e-7);
        Promises.Close(equation.Energy(start), equation.Energy(u), 1e-8, 0, "energy");

        var ends = new ChebyshevGrid(24, 0, 1);
        double[] standing = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11 }, new WaveEquation(ends), (0, 1), [.. At(ends, x => Math.Sin(Math.PI * x)), .. new double[25]], [1])
            .State(0).ToArray();
        Assert.True(Distance(At(ends, x => -Math.Sin(Math.PI * x)), standing[..25]) < 1e-7);
    }

    [Fact]
    public void StepsAllocateNothingAndResumeToTheBit()
    {
        var grid = new PeriodicGrid(48, 22);
        double[] start = At(grid, x => Math.Cos(2 * Math.PI * x / 22) + (0.1 * Math.Sin(6 * Math.PI * x / 22)));
        Func<SpectralState>[] starts =
        [
            () => new SpectralEtd4 { StepSize = 0.05 }.Start(new KuramotoSivashinsky(grid), 0, start),
            () => new SpectralImex { StepSize = 0.05 }.Start(new KuramotoSivashinsky(grid), 0, start),
            () => new SpectralImex { StepSize = 0.05, Scheme = ImexScheme.Ars233 }.Start(new KuramotoSivashinsky(grid), 0, start),
            () => new SplitStepFourier { StepSize = 0.01, Order = 4 }.Start(new NonlinearSchrodinger(grid), 0, [.. start, .. start]),
        ];
        foreach (Func<SpectralState> make in starts)
        {
            SpectralState whole = make(), first = make(), second = make();
            Assert.True(whole.Step(20) && first.Step(9));
            StateArchive.Load(second, StateArchive.Save(first));
            Assert.True(second.Step(11));
            Assert.Equal(whole.Time, second.Time);
            double[] a = new double[whole.Equation.Dimension], b = new double[a.Length];
            whole.CopyTo(a);
            second.CopyTo(b);
            Promises.SameBits(a, b, "resumed");
            Promises.AllocatesNothing(() => whole.Step(), "a step", warmUp: 60, measured: 20);
        }

        double[] y = new double[48], dy = new double[48];
        var lines = new MethodOfLines(new ChebyshevGrid(47), static (_, _, _, ux, uxx, ut) => uxx.CopyTo(ut), _ => (BoundaryCondition.Dirichlet(0), BoundaryCondition.Neumann(0)));
        var equation = new KuramotoSivashinsky(grid);
        Promises.AllocatesNothing(() =>
        {
            lines.Derivative(0, y, dy);
            equation.Derivative(0, y, dy);
        }, "evaluations");
    }

    [Fact]
    public void TroubleIsAnOutcome()
    {
        var grid = new PeriodicGrid(32);
        SpectralState state = new SpectralImex { StepSize = 10 }.Start(new AllenCahn(grid, 0.1), 0, At(grid, x => 1e60 * Math.Sin(x)));
        double[] before = new double[32], after = new double[32];
        state.CopyTo(before);
        while (state.Step())
            state.CopyTo(before);
        state.CopyTo(after);
        Promises.SameBits(before, after, "what was reached");
        Assert.All(after, u => Assert.True(double.IsFinite(u)));
        Assert.Throws<ArgumentException>(() => new SpectralEtd4 { StepSize = 1 }.Start(new HeatEquation(grid), 0, new double[31]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SpectralEtd4 { StepSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SplitStepFourier { StepSize = 1, Order = 3 });
    }
}
