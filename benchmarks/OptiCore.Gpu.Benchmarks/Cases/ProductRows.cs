using System.Numerics;
using ILGPU;
using OptiCore.Devices;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Products of square matrices, the library's own beside cuBLAS's.</summary>
internal static class ProductRows
{
    public static IEnumerable<Case> Cases =>
    [
        Own<float>(4096, 64, Goal.Share(0.5)),
        Own<float>(8192, 128, Goal.Share(0.5)),
        Own<double>(4096, 64, null),
        Own<double>(8192, 128, null),
    ];

    private static Case Own<T>(int full, int quick, Goal? goal) where T : unmanaged, IFloatingPointIeee754<T>
    {
        string elements = typeof(T) == typeof(float) ? "floats" : "doubles", name = $"matrix product of {elements}, {full}";
        return new("products", name, bench =>
        {
            int n = Order<T>(bench, bench.Pick(full, quick));
            (Timing? theirs, string? reason) = Time<T>(bench, n, MatrixMethod.CuBlas);
            Timing ours = Time<T>(bench, n, MatrixMethod.Reproducible).Time!.Value;
            double operations = 2.0 * n * n * n;
            return new Row
            {
                What = name,
                Size = $"{n} x {n} x {n}{(n < bench.Pick(full, quick) ? " (smaller, for want of memory)" : "")}",
                Time = ours,
                Work = operations,
                Unit = "flop",
                Beside = theirs is { } time ? new Floor("cuBLAS", operations / time.Median) : null,
                Goal = goal,
                Note = reason is null ? "" : "without cuBLAS",
            };
        });
    }

    private static unsafe int Order<T>(Bench bench, int wanted) where T : unmanaged
    {
        int n = wanted;
        while (bench.Fit((long)n * n, (long)n * n, 3 * sizeof(T)).IsReduced)
            n /= 2;
        return n;
    }

    /// <summary>The time of a product, or null and the reason where its method isn't there.</summary>
    private static (Timing? Time, string? Reason) Time<T>(Bench bench, int n, MatrixMethod method) where T : unmanaged, IFloatingPointIeee754<T>
    {
        GpuDevice device = bench.Device;
        using var products = new MatrixProducts(device, null, method);
        if (products.Method != method)
            return (null, products.WithoutCuBlas);
        using DeviceBuffer<T> a = Random<T>(device, n, 1), b = Random<T>(device, n, 2), c = device.Allocate<T>((long)n * n);
        ArrayView<T> left = device.View(a), right = device.View(b), result = device.View(c);
        return (bench.Time(() => products.Gemm(false, false, n, n, n, T.One, left, n, right, n, T.Zero, result, n)), null);
    }

    private static DeviceBuffer<T> Random<T>(GpuDevice device, int n, ulong seed) where T : unmanaged
    {
        DeviceBuffer<T> matrix = device.Allocate<T>((long)n * n);
        if (matrix is DeviceBuffer<float> floats)
            GpuRandomFill.Uniform(device, RandomKey.FromSeed(seed), floats);
        else if (matrix is DeviceBuffer<double> doubles)
            GpuRandomFill.Uniform(device, RandomKey.FromSeed(seed), doubles);
        return matrix;
    }
}
