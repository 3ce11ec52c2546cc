using System.Numerics;
using OptiCore.Devices;
using OptiCore.LinearAlgebra;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Factorizations of many small matrices.</summary>
internal static class BatchRows
{
    public static IEnumerable<Case> Cases => [Cholesky<float>(8), Cholesky<float>(16), Cholesky<double>(8), Cholesky<double>(16)];

    private static unsafe Case Cholesky<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        string name = $"Cholesky factors of small {(typeof(T) == typeof(float) ? "float" : "double")} matrices, {n} x {n}";
        return new("batches", name, bench =>
        {
            GpuDevice device = bench.Device;
            Amount amount = bench.Fit(1 << 18, 64, (n * n * sizeof(T)) + sizeof(int));
            var matrices = new T[checked((int)BatchLayout.Length<T>(n, n, amount.Int))];
            int lanes = BatchLayout.Lanes<T>();

            // 1 + 1e-6 off the diagonal: its factor, taken for a matrix again, has a factor that differs little, so that a batch of calls in place never comes to numbers that are easier than others.
            for (int i = 0; i < matrices.Length; i++)
            {
                int element = i / lanes % (n * n);
                matrices[i] = element / n == element % n ? T.One : T.CreateTruncating(1e-6);
            }

            using DeviceBuffer<T> a = device.Upload<T>(matrices);
            using DeviceBuffer<int> status = device.Allocate<int>(amount.Count);
            var systems = BatchedSystems<T>.On(device);
            Timing time = bench.Time(() => systems.FactorCholesky(device.View(a), n, amount.Int, device.View(status)));
            foreach (int column in status.ToArray())
            {
                if (column >= 0)
                    throw new InvalidOperationException($"A matrix lost its definiteness in column {column}.");
            }

            // The lower triangles are read and written.
            double bytes = (double)n * (n + 1) * sizeof(T);
            return new Row { What = name, Size = amount.Of("matrices"), Time = time, Work = amount.Count, Unit = "matrices", Beside = bench.Copy.Each(bytes), Note = $"{bytes} bytes each" };
        });
    }
}
