using System.Numerics;
using OptiCore.Devices;
using OptiCore.LinearAlgebra;

namespace OptiCore.Gpu.Tests;

/// <summary>Many small systems on a device against the processor's, bit for bit.</summary>
public sealed class LinearAlgebraBatchedTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>
{
    public static TheoryData<int, int> Sizes => new() { { 1, 1 }, { 2, 8 }, { 3, 5 }, { 5, 33 }, { 8, 17 }, { 16, 9 }, { 31, 3 } };

    private GpuDevice Device => fixture.Device;

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Cholesky_factors_solutions_and_failures_are_the_processors(int n, int count)
    {
        Check<float>();
        Check<double>();

        void Check<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            const int Columns = 2;
            T[] a = Definite<T>(n, count), b = LinearAlgebraCases.Random<T>(n * Columns * count, 2), x = new T[BatchLayout.Length<T>(n, n, count)], y = new T[BatchLayout.Length<T>(n, Columns, count)];

            // One of them isn't definite, one not finite.
            a[(count / 2 * n * n) + (n * n) - 1] = -T.One;
            if (count > 3)
                a[0] = T.NaN;
            BatchLayout.Pack<T>(a, n, n, count, x);
            BatchLayout.Pack<T>(b, n, Columns, count, y);
            int[] status = new int[count];

            var systems = BatchedSystems<T>.On(Device);
            using DeviceBuffer<T> matrices = Device.Upload<T>(a), factors = Device.Allocate<T>(x.Length), right = Device.Upload<T>(y), back = Device.Allocate<T>(b.Length);
            using DeviceBuffer<int> found = Device.Allocate<int>(count);
            systems.Pack(Device.View(matrices), n, n, count, Device.View(factors));
            LinearAlgebraCases.Same<T>(x, factors.ToArray(), "packed");
            systems.FactorCholesky(Device.View(factors), n, count, Device.View(found));
            systems.SolveCholesky(Device.View(factors), n, count, Device.View(right), Columns);
            systems.Unpack(Device.View(right), n, Columns, count, Device.View(back));

            Assert.Equal(count > 3 ? 2 : 1, BatchedCholesky.Factor<T>(x, n, count, status));
            BatchedCholesky.Solve<T>(x, n, count, y, Columns);
            BatchLayout.Unpack<T>(y, n, Columns, count, b);
            Assert.Equal(status, found.ToArray());
            T[] unpacked = new T[n * n * count], actual = new T[n * n * count];
            BatchLayout.Unpack<T>(x, n, n, count, unpacked);
            BatchLayout.Unpack<T>(factors.ToArray(), n, n, count, actual);
            LinearAlgebraCases.Same<T>(unpacked, actual, "factors");
            LinearAlgebraCases.Same<T>(b, back.ToArray(), "solutions");
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Lu_factors_pivots_solutions_and_failures_are_the_processors(int n, int count)
    {
        Check<float>();
        Check<double>();

        void Check<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            const int Columns = 3;
            T[] a = LinearAlgebraCases.Random<T>(n * n * count, 3), b = LinearAlgebraCases.Random<T>(n * Columns * count, 4), x = new T[BatchLayout.Length<T>(n, n, count)], y = new T[BatchLayout.Length<T>(n, Columns, count)];

            // One of them is singular: a row of zeros. Equal sizes in another: the first is the pivot.
            a.AsSpan(count / 2 * n * n, n).Clear();
            if (count > 3 && n > 1)
                (a[0], a[n]) = (T.NegativeOne / (T.One + T.One), T.One / (T.One + T.One));
            BatchLayout.Pack<T>(a, n, n, count, x);
            BatchLayout.Pack<T>(b, n, Columns, count, y);
            int[] status = new int[count], pivots = new int[BatchLayout.Length<T>(n, 1, count)];

            var systems = BatchedSystems<T>.On(Device);
            using DeviceBuffer<T> factors = Device.Upload<T>(x), right = Device.Upload<T>(y);
            using DeviceBuffer<int> found = Device.Allocate<int>(count), exchanged = Device.Zeros<int>(pivots.Length);
            systems.FactorLu(Device.View(factors), n, count, Device.View(exchanged), Device.View(found));
            systems.SolveLu(Device.View(factors), n, count, Device.View(exchanged), Device.View(right), Columns);

            Assert.Equal(1, BatchedLu.Factor<T>(x, n, count, pivots, status));
            BatchedLu.Solve<T>(x, n, count, pivots, y, Columns);
            Assert.Equal(status, found.ToArray());
            T[] expected = new T[n * n * count], actual = new T[n * n * count], solution = new T[b.Length], actualSolution = new T[b.Length];
            BatchLayout.Unpack<T>(x, n, n, count, expected);
            BatchLayout.Unpack<T>(factors.ToArray(), n, n, count, actual);
            LinearAlgebraCases.Same<T>(expected, actual, "factors");
            BatchLayout.Unpack<T>(y, n, Columns, count, solution);
            BatchLayout.Unpack<T>(right.ToArray(), n, Columns, count, actualSolution);
            LinearAlgebraCases.Same<T>(solution, actualSolution, "solutions");
            int lanes = BatchLayout.Lanes<T>();
            int[] actualPivots = exchanged.ToArray();
            for (int i = 0; i < pivots.Length; i++)
            {
                if ((i / lanes / n * lanes) + (i % lanes) < count)
                    Assert.Equal(pivots[i], actualPivots[i]);
            }
        }
    }

    [Fact]
    public void Triangular_systems_of_all_kinds_are_the_processors()
    {
        const int N = 6, Count = 10, Columns = 2;
        float[] a = LinearAlgebraCases.Random<float>(BatchLayout.Length<float>(N, N, Count), 5), b = LinearAlgebraCases.Random<float>(BatchLayout.Length<float>(N, Columns, Count), 6);
        var systems = BatchedSystems<float>.On(Device);
        using DeviceBuffer<float> matrices = Device.Upload<float>(a), right = Device.Allocate<float>(b.Length);
        for (int kind = 0; kind < 8; kind++)
        {
            (Triangle triangle, bool transpose, Diagonal diagonal) = ((Triangle)(kind & 1), (kind & 2) != 0, (Diagonal)(kind >> 2));
            float[] expected = [.. b], actual = new float[N * Columns * Count], unpacked = new float[N * Columns * Count];
            right.CopyFrom(b);
            systems.SolveTriangular(triangle, transpose, diagonal, N, Columns, Count, Device.View(matrices), Device.View(right));
            BatchedBlas.Trsm<float>(triangle, transpose, diagonal, N, Columns, Count, a, expected);
            BatchLayout.Unpack<float>(expected, N, Columns, Count, unpacked);
            BatchLayout.Unpack<float>(right.ToArray(), N, Columns, Count, actual);
            LinearAlgebraCases.Same<float>(unpacked, actual, $"{triangle}, {transpose}, {diagonal}");
        }
    }

    [Fact]
    public void Nothing_is_done_for_no_problem_and_mistakes_are_named()
    {
        var systems = BatchedSystems<double>.On(Device);
        using DeviceBuffer<double> nothing = Device.Allocate<double>(0), eight = Device.Allocate<double>(8);
        using DeviceBuffer<int> none = Device.Allocate<int>(0), one = Device.Allocate<int>(1);
        systems.FactorCholesky(Device.View(nothing), 4, 0, Device.View(none));
        systems.FactorLu(Device.View(nothing), 4, 0, Device.View(none), Device.View(none));
        systems.SolveCholesky(Device.View(nothing), 4, 0, Device.View(nothing), 2);
        systems.SolveLu(Device.View(nothing), 0, 3, Device.View(none), Device.View(nothing), 2);

        // Of order 0 there is nothing to fail.
        one.CopyFrom([7]);
        systems.FactorCholesky(Device.View(nothing), 0, 1, Device.View(one));
        Assert.Equal(-1, one.ToArray()[0]);

        ArgumentException size = Assert.Throws<ArgumentException>(() => systems.FactorCholesky(Device.View(eight), 2, 1, Device.View(one)));
        Assert.Equal("a", size.ParamName);
        Assert.Contains("a has 8 elements, 1 interleaved 2 x 2 matrices have 32", size.Message, StringComparison.Ordinal);
        Assert.Equal("status", Assert.Throws<ArgumentException>(() => systems.FactorCholesky(Device.View(eight), 1, 2, Device.View(one))).ParamName);
        Assert.Equal("b", Assert.Throws<ArgumentException>(() => systems.SolveCholesky(Device.View(eight), 1, 1, Device.View(eight), 1)).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => systems.FactorCholesky(Device.View(eight), -1, 1, Device.View(one)));
        Assert.Throws<NotSupportedException>(() => BatchedSystems<Half>.On(Device));
    }

    /// <summary>Symmetric positive definite matrices, B B' + n I.</summary>
    private static T[] Definite<T>(int n, int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] b = LinearAlgebraCases.Random<T>(n * n * count, 1), a = new T[n * n * count];
        for (int p = 0; p < count; p++)
        {
            for (int i = 0; i < n; i++)
                a[(((p * n) + i) * n) + i] = T.CreateChecked(n);
            Blas.Gemm<T>(false, true, n, n, n, T.One, b.AsSpan(p * n * n, n * n), n, b.AsSpan(p * n * n, n * n), n, T.One, a.AsSpan(p * n * n, n * n), n);
        }

        return a;
    }
}
