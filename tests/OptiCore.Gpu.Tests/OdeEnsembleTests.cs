using System.Reflection;
using OptiCore.Dynamics;
using OptiCore.Numerics;

namespace OptiCore.Gpu.Tests;

/// <summary>Ensembles of differential equations on a device against the processor's.</summary>
public sealed class OdeEnsembleTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    public static IEnumerable<MethodInfo> Rows =>
    [
        KernelTable.Of(typeof(OdeKernels), nameof(OdeKernels.Solve), typeof(Lorenz), typeof(DeviceVector3), typeof(DeviceVector1)),
        KernelTable.Of(typeof(OdeKernels), nameof(OdeKernels.Solve), typeof(Functions), typeof(DeviceVector2), typeof(DeviceVector2)),
        KernelTable.Of(typeof(OdeKernels), nameof(OdeKernels.Solve), typeof(Kepler), typeof(DeviceVector4), typeof(DeviceVector1)),
        KernelTable.Of(typeof(OdeKernels), nameof(OdeKernels.Solve), typeof(Chain), typeof(DeviceVector6), typeof(DeviceVector1)),
    ];

    internal readonly struct Lorenz : IRealSystem, IDeviceOde<DeviceVector3, DeviceVector1>
    {
        public int Dimension => 3;

        public int ParameterCount => 1;

        public void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy) where T : struct, IReal<T> =>
            (dy[0], dy[1], dy[2]) = (First(y[0], y[1]), Second(y[0], y[1], y[2], p[0]), Third(y[0], y[1], y[2]));

        public DeviceVector3 Derivative(DeviceReal t, DeviceVector3 y, DeviceVector1 p) => new(First(y.X, y.Y), Second(y.X, y.Y, y.Z, p.X), Third(y.X, y.Y, y.Z));

        private static T First<T>(T x, T y) where T : struct, IReal<T> => 10 * (y - x);

        private static T Second<T>(T x, T y, T z, T rho) where T : struct, IReal<T> => (x * (rho - z)) - y;

        private static T Third<T>(T x, T y, T z) where T : struct, IReal<T> => (x * y) - (8.0 / 3 * z);
    }

    /// <summary>Every function of real numbers.</summary>
    internal readonly struct Functions : IRealSystem, IDeviceOde<DeviceVector2, DeviceVector2>
    {
        public int Dimension => 2;

        public int ParameterCount => 2;

        public void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy) where T : struct, IReal<T> => (dy[0], dy[1]) = (First(t, y[0], y[1], p[0]), Second(t, y[0], y[1], p[1]));

        public DeviceVector2 Derivative(DeviceReal t, DeviceVector2 y, DeviceVector2 p) => new(First(t, y.X, y.Y, p.X), Second(t, y.X, y.Y, p.Y));

        private static T First<T>(T t, T x, T y, T p) where T : struct, IReal<T> => T.Sin(x * p) - (T.Exp(-t) * T.Tanh(y)) + T.Sqrt(T.Abs(x - y));

        private static T Second<T>(T t, T x, T y, T p) where T : struct, IReal<T> => T.Cos(y + t) + T.Log(2 + (x * x)) - T.Pow(1.5 + T.Abs(x), 0.7) + T.IfLess(x, y, p, -p);
    }

    internal readonly struct Kepler : IRealSystem, IDeviceOde<DeviceVector4, DeviceVector1>
    {
        public int Dimension => 4;

        public int ParameterCount => 1;

        public void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy) where T : struct, IReal<T>
        {
            T pull = Pull(y[0], y[1], p[0]);
            (dy[0], dy[1], dy[2], dy[3]) = (y[2], y[3], pull * y[0], pull * y[1]);
        }

        public DeviceVector4 Derivative(DeviceReal t, DeviceVector4 y, DeviceVector1 p)
        {
            DeviceReal pull = Pull(y.X, y.Y, p.X);
            return new DeviceVector4(y.Z, y.W, pull * y.X, pull * y.Y);
        }

        private static T Pull<T>(T x, T y, T mass) where T : struct, IReal<T>
        {
            T square = (x * x) + (y * y);
            return -mass / (square * T.Sqrt(square));
        }
    }

    internal readonly struct Chain : IDeviceOde<DeviceVector6, DeviceVector1>
    {
        public DeviceVector6 Derivative(DeviceReal t, DeviceVector6 y, DeviceVector1 p) => new(-y.X, y.X - y.Y, y.Y - y.Z, y.Z - y.W, y.W - y.U, p.X * y.U);
    }

    private static readonly double[] LorenzStarts = [.. Enumerable.Range(0, 33).Select(k => 1 + (0.37 * k % 5))];
    private static readonly double[] LorenzParameters = [.. Enumerable.Range(0, 11).Select(k => 20.0 + k)];

    public static TheoryData<string> Tableaux => ["DormandPrince", "Tsitouras", "BogackiShampine"];

    private static ButcherTableau Tableau(string name) => name switch
    {
        "DormandPrince" => DormandPrince.Tableau,
        "Tsitouras" => Tsitouras.Tableau,
        _ => BogackiShampine.Tableau,
    };

    [Theory]
    [MemberData(nameof(Tableaux))]
    public void Adaptive_steps_have_the_processors_bits(string tableau)
    {
        var method = new ExplicitRungeKutta { Tableau = Tableau(tableau), InitialStep = 0.01, RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-6 };

        Same<Lorenz, DeviceVector3, DeviceVector1>(method, LorenzStarts, LorenzParameters, (0, 2), [0, 0.5, 1.25, 2]);
        Same<Kepler, DeviceVector4, DeviceVector1>(method, [1, 0, 0, 1.1, 0.9, 0.1, 0, 0.8], [1], (1, -4), [0, -3.3]);
    }

    [Fact]
    public void Functions_have_the_processors_bits() =>
        Same<Functions, DeviceVector2, DeviceVector2>(new ExplicitRungeKutta { InitialStep = 0.02 }, [0.5, 1, -2, 3, 4, -0.1], [1, 2, -0.5, 0.3, 2.5, 1], (0, 3), [1, 2]);

    [Fact]
    public void Fixed_steps_have_the_processors_bits()
    {
        Same<Lorenz, DeviceVector3, DeviceVector1>(new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau, FixedStep = 0.013 }, LorenzStarts, [28], (0, 1), [0.4, 1]);
        Same<Lorenz, DeviceVector3, DeviceVector1>(new ExplicitRungeKutta { Tableau = Heun.Tableau, FixedStep = 0.01 }, LorenzStarts, [28], (0, 0.5), []);
    }

    [Fact]
    public void Controllers_with_memory_have_the_processors_bits() =>
        Same<Lorenz, DeviceVector3, DeviceVector1>(new ExplicitRungeKutta { Controller = StepController.H312Pid, InitialStep = 0.5 }, LorenzStarts, LorenzParameters, (0, 1), []);

    [Fact]
    public void First_steps_that_are_chosen_lead_to_the_same_solution()
    {
        var method = new ExplicitRungeKutta { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };
        double[] starts = [1, 0, 0, 1, 1, 0, 0, 1.2];
        using GpuOdeResult device = GpuOdeEnsemble.Solve<Kepler, DeviceVector4, DeviceVector1>(fixture.Device, method, default, starts, [1], (0, 2 * Math.PI));
        OdeEnsembleResult processor = OdeEnsemble.Solve(method, default(Kepler), starts, [1], (0, 2 * Math.PI));

        double[] ends = device.EnsureCompleted().FinalStates.ToArray();
        for (int i = 0; i < 2; i++)
        {
            for (int k = 0; k < 4; k++)
                Assert.Equal(processor.FinalState(i)[k], ends[(k * 2) + i], 1e-9);
        }

        // A circle is back where it began.
        Assert.Equal(1, ends[0], 1e-6);
        Assert.Equal(0, ends[2], 1e-6);
    }

    [Fact]
    public void Trajectories_that_fail_say_why()
    {
        var method = new ExplicitRungeKutta { InitialStep = 0.1, MaxSteps = 7 };
        Same<Lorenz, DeviceVector3, DeviceVector1>(method, LorenzStarts, [28], (0, 50), [0, 1]);

        // Too long a fixed step overflows.
        Same<Lorenz, DeviceVector3, DeviceVector1>(new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau, FixedStep = 5 }, LorenzStarts, [28], (0, 500), []);
        Assert.Throws<NotSupportedException>(() => GpuOdeEnsemble.Solve<Lorenz, DeviceVector3, DeviceVector1>(fixture.Device, new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau }, default, [1, 1, 1], [28], (0, 1)));
        Assert.Throws<ArgumentException>(() => GpuOdeEnsemble.Solve<Lorenz, DeviceVector3, DeviceVector1>(fixture.Device, method, default, [1, 1], [28], (0, 1)));
        Assert.Throws<InvalidOperationException>(() => GpuOdeEnsemble.Solve<Lorenz, DeviceVector3, DeviceVector1>(fixture.Device, new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau }, default, [1, 1, 1], [28], (0, 1)));
    }

    [Fact]
    public void Six_components_decay_as_they_must()
    {
        using GpuOdeResult result = GpuOdeEnsemble.Solve<Chain, DeviceVector6, DeviceVector1>(fixture.Device, new ExplicitRungeKutta { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 }, default, [1, 0, 0, 0, 0, 0], [0], (0, 2));

        double[] y = result.EnsureCompleted().FinalStates.ToArray();
        double expected = Math.Exp(-2);
        for (int k = 0; k < 5; k++)
        {
            // A chain of equal rates: e^-t t^k / k!.
            Assert.Equal(expected, y[k], 1e-9);
            expected *= 2.0 / (k + 1);
        }
    }

    private void Same<TSystem, TState, TParameters>(ExplicitRungeKutta method, double[] starts, double[] parameters, (double, double) span, double[] saveAt)
        where TSystem : unmanaged, IRealSystem, IDeviceOde<TState, TParameters>
        where TState : unmanaged, IDeviceVector<TState>
        where TParameters : unmanaged, IDeviceVector<TParameters>
    {
        using GpuOdeResult device = GpuOdeEnsemble.Solve<TSystem, TState, TParameters>(fixture.Device, method, default, starts, parameters, span, saveAt);
        OdeEnsembleResult processor = OdeEnsemble.Solve(method, default(TSystem), starts, parameters, span, saveAt);
        int count = processor.Count, n = processor.Dimension;
        double[] ends = device.FinalStates.ToArray(), times = device.FinalTimes.ToArray(), saved = device.States.ToArray();
        int[] reasons = device.Reasons.ToArray(), counts = device.SavedCounts.ToArray();
        long[] steps = device.Steps.ToArray();
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(processor.Reason(i), (OdeStopReason)reasons[i]);
            Assert.Equal(processor.Steps(i), (steps[i], steps[i + count]));
            Assert.Equal(processor.FinalTimes[i], times[i]);
            Assert.Equal(processor.SavedCounts[i], counts[i]);
            for (int k = 0; k < n; k++)
            {
                Assert.Equal(processor.FinalState(i)[k], ends[(k * count) + i]);
                for (int t = 0; t < saveAt.Length; t++)
                    Assert.Equal(processor.State(i, t)[k], saved[(((t * n) + k) * count) + i]);
            }
        }
    }
}
