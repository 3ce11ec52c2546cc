using System.Globalization;
using OptiCore.Devices;
using OptiCore.Dynamics;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Ensembles of differential equations.</summary>
internal static class EnsembleRows
{
    public static IEnumerable<Case> Cases => [new("ensembles", "Lorenz equations, Dormand-Prince, adaptive", Adaptive)];

    /// <summary>x' = 10 (y - x), y' = x (rho - z) - y, z' = x y - 8/3 z.</summary>
    internal readonly struct Lorenz : IDeviceOde<DeviceVector3, DeviceVector1>
    {
        public DeviceVector3 Derivative(DeviceReal t, DeviceVector3 y, DeviceVector1 p) => new(10 * (y.Y - y.X), (y.X * (p.X - y.Z)) - y.Y, (y.X * y.Y) - (8.0 / 3 * y.Z));
    }

    private static Row Adaptive(Bench bench)
    {
        GpuDevice device = bench.Device;
        var method = new ExplicitRungeKutta { Tableau = DormandPrince.Tableau, RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-6 };

        // Three numbers at the start and at the end, time, counts and reason, one parameter.
        Amount amount = bench.Fit(1 << 20, 64, 96);
        using DeviceBuffer<double> starts = device.Allocate<double>(3 * amount.Count), rho = device.Allocate<double>(amount.Count);
        GpuRandomFill.Uniform(device, RandomKey.FromSeed(1), starts);
        double[] values = new double[amount.Int];
        for (int i = 0; i < values.Length; i++)
            values[i] = 20 + (10.0 * i / values.Length);
        rho.CopyFrom(values);
        Timing time = bench.Time(() =>
        {
            using GpuOdeResult result = Solve();
        });
        using GpuOdeResult last = Solve();
        last.EnsureCompleted();
        double steps = 0;
        foreach (long count in last.Steps.ToArray())
            steps += count;
        return new Row
        {
            What = "Lorenz equations, Dormand-Prince, adaptive",
            Size = $"{amount.Of("trajectories")}, t from 0 to 1, tolerances 1e-6",
            Time = time,
            Work = amount.Count,
            Unit = "trajectories",
            Note = string.Create(CultureInfo.InvariantCulture, $"{steps / amount.Count:0.0} steps each"),
        };

        GpuOdeResult Solve() => GpuOdeEnsemble.Solve<Lorenz, DeviceVector3, DeviceVector1>(device, method, default, starts, rho, (0, 1));
    }
}
