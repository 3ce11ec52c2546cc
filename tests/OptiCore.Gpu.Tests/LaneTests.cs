using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Numerics;

namespace OptiCore.Gpu.Tests;

/// <summary>Arithmetic and elementary functions on a device against the processor's, bit for bit.</summary>
public sealed class LaneTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    public static IEnumerable<MethodInfo> Rows =>
    [
        KernelTable.Of(typeof(LaneTests), nameof(Functions), typeof(float), typeof(Lane32)),
        KernelTable.Of(typeof(LaneTests), nameof(Functions), typeof(float), typeof(Lane32x4)),
        KernelTable.Of(typeof(LaneTests), nameof(Functions), typeof(double), typeof(Lane64)),
        KernelTable.Of(typeof(LaneTests), nameof(Functions), typeof(double), typeof(Lane64x2)),
    ];

    private static void Functions<T, L>(ArrayView<L> a, ArrayView<L> b, ArrayView<L> results)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        for (int i = Group.IdxX; i < a.Length; i += Group.DimX)
        {
            L x = a[i], y = b[i];
            int n = (int)a.Length;
            results[i] = x + y;
            results[i + n] = x - y;
            results[i + (2 * n)] = x * y;
            results[i + (3 * n)] = x / y;
            results[i + (4 * n)] = L.Sqrt(x);
            results[i + (5 * n)] = L.Fma(x, y, x);
            results[i + (6 * n)] = (x * y) + x;
            results[i + (7 * n)] = L.Exp(x);
            results[i + (8 * n)] = L.Max(x, y);
            results[i + (9 * n)] = L.Select(L.Less(x, y), x, L.Abs(y));
            results[i + (10 * n)] = (x + L.Constant(12582912.0)) - L.Constant(12582912.0);
        }
    }

    [Fact]
    public void Floats_have_the_bits_of_the_processor()
    {
        float[] a = [0f, -0f, 1f, -1.5f, 3.1415927f, 1e-40f, 1e38f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 88.7f, -103.9f, 0.1f, 7e-46f, 2.5f, -3e38f];
        float[] b = [-0f, 0f, 3f, 0.7f, -2.7182817f, 1e-5f, 10f, 1f, float.NegativeInfinity, 2f, 1.1f, 3.3f, 0.3f, 2f, float.NaN, 2f];
        Check<float, Lane32>(a, b, nameof(Functions));
        Check<float, Lane32x4>(a, b, nameof(Functions));
    }

    [Fact]
    public void Doubles_have_the_bits_of_the_processor()
    {
        double[] a = [0, -0.0, 1, -1.5, Math.PI, 1e-310, 1e308, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 709.7, -745.0, 0.1, 5e-324, 2.5, -1.7e308];
        double[] b = [-0.0, 0, 3, 0.7, -Math.E, 1e-5, 10, 1, double.NegativeInfinity, 2, 1.1, 3.3, 0.3, 2, double.NaN, 2];
        Check<double, Lane64>(a, b, nameof(Functions));
        Check<double, Lane64x2>(a, b, nameof(Functions));
    }

    private void Check<T, L>(T[] a, T[] b, string name)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        GpuDevice device = fixture.Device;
        using DeviceBuffer<T> x = device.Upload<T>(a), y = device.Upload<T>(b), results = device.Allocate<T>(a.Length * 11);
        var kernel = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, ArrayView<L>>>(KernelTable.Of(typeof(LaneTests), name, typeof(T), typeof(L)));
        kernel(device.Accelerator.DefaultStream, new KernelConfig(1, 2), Cast<T, L>(device.View(x)), Cast<T, L>(device.View(y)), Cast<T, L>(device.View(results)));
        T[] actual = results.ToArray();
        for (int i = 0; i < a.Length; i++)
        {
            Lanes1<T> u = new(a[i]), v = new(b[i]);
            T round = T.CreateTruncating(12582912.0);
            Lanes1<T>[] expected =
            [
                u + v, u - v, u * v, u / v, Lanes1<T>.Sqrt(u), Lanes1<T>.Fma(u, v, u), (u * v) + u, Lanes1<T>.Exp(u), Lanes1<T>.Max(u, v),
                Lanes1<T>.Select(Lanes1<T>.Less(u, v), u, Lanes1<T>.Abs(v)), (u + new Lanes1<T>(round)) - new Lanes1<T>(round),
            ];
            for (int k = 0; k < expected.Length; k++)
                Assert.True(Same(expected[k].Value, actual[i + (k * a.Length)]), $"operation {k} of {a[i]}, {b[i]}: {actual[i + (k * a.Length)]} instead of {expected[k].Value}");
        }
    }

    private static bool Same<T>(T a, T b) where T : System.Numerics.IFloatingPointIeee754<T> => T.IsNaN(a) ? T.IsNaN(b) : a == b && T.IsNegative(a) == T.IsNegative(b);

    private static ArrayView<L> Cast<T, L>(ArrayView<T> view) where T : unmanaged where L : unmanaged => view.Cast<L>();
}
