using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class BatchedTests
{
    public static TheoryData<int, int> Sizes => new() { { 1, 1 }, { 2, 8 }, { 3, 5 }, { 4, 33 }, { 5, 16 }, { 7, 17 }, { 8, 9 }, { 16, 20 }, { 21, 3 }, { 0, 4 }, { 4, 0 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void ThePositionsAreAsDocumentedAndUnpackingUndoesPacking(int n, int count)
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            int columns = n + 1, lanes = BatchLayout.Lanes<T>();
            T[] matrices = TestMatrices.Random<T>(n * columns, count, 1), back = new T[matrices.Length], interleaved = new T[BatchLayout.Length<T>(n, columns, count)];
            Array.Fill(interleaved, T.NaN);
            BatchLayout.Pack<T>(matrices, n, columns, count, interleaved);
            for (int p = 0; p < BatchLayout.Groups<T>(count) * lanes; p++)
            {
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        T expected = p < count ? matrices[(((p * n) + i) * columns) + j] : T.Zero;
                        Assert.Equal(expected, interleaved[(p / lanes * n * columns * lanes) + (((i * columns) + j) * lanes) + (p % lanes)]);
                    }
                }
            }

            BatchLayout.Unpack<T>(interleaved, n, columns, count, back);
            Assert.Equal(matrices, back);
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(4, 4, 4, 19)]
    [InlineData(2, 3, 5, 8)]
    [InlineData(7, 5, 3, 3)]
    [InlineData(3, 8, 300, 2)]
    [InlineData(3, 4, 0, 9)]
    public void ProductsHaveTheBitsOfOneProductAfterTheOther(int m, int n, int k, int count)
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] a = TestMatrices.Random<T>(count, m * k, 1), b = TestMatrices.Random<T>(count, k * n, 2), start = TestMatrices.Random<T>(count, m * n, 3);
            for (int transposes = 0; transposes < 4; transposes++)
            {
                bool ta = (transposes & 1) != 0, tb = (transposes & 2) != 0;
                foreach ((double alpha, double beta) in ((double, double)[])[(1, 0), (-0.5, 1), (2, -0.75), (0, 2)])
                {
                    T al = T.CreateChecked(alpha), be = T.CreateChecked(beta);
                    T[] expected = [.. start], c = [.. start];
                    for (int p = 0; p < count; p++)
                    {
                        Blas.Gemm(
                            ta, tb, m, n, k, al, a.AsSpan(p * m * k, m * k), Math.Max(1, ta ? m : k), b.AsSpan(p * k * n, k * n), Math.Max(1, tb ? k : n), be, expected.AsSpan(p * m * n, m * n), n);
                    }

                    T[] pa = Packed(a, m, k, count), pb = Packed(b, k, n, count), pc = Packed(c, m, n, count);
                    BatchedBlas.Gemm(ta, tb, m, n, k, count, al, pa, pb, be, pc);
                    BatchLayout.Unpack<T>(pc, m, n, count, c);
                    Assert.Equal(expected, c);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void TriangularSystemsAreSolved(int n, int count)
    {
        const int Columns = 2;
        foreach (Triangle triangle in Enum.GetValues<Triangle>())
        {
            foreach (Diagonal diagonal in Enum.GetValues<Diagonal>())
            {
                foreach (bool transpose in (bool[])[false, true])
                {
                    double[] a = TestMatrices.Random(count, n * n, 1), x = TestMatrices.Random(count, n * Columns, 2), b = [.. x], solved = new double[x.Length];
                    for (int p = 0; p < count; p++)
                    {
                        double[] dense = new double[n * n];
                        for (int i = 0; i < n; i++)
                        {
                            for (int j = 0; j < n; j++)
                            {
                                ref double element = ref a[(((p * n) + i) * n) + j];
                                bool inside = triangle == Triangle.Lower ? j < i : j > i;
                                element = i == j ? (diagonal == Diagonal.Unit ? double.NaN : 2 + element) : inside ? element / n : double.NaN;
                                dense[(i * n) + j] = i == j ? (diagonal == Diagonal.Unit ? 1 : element) : inside ? element : 0;
                            }
                        }

                        Blas.Gemm<double>(transpose, false, n, Columns, n, 1, dense, Math.Max(1, n), x.AsSpan(p * n * Columns, n * Columns), Columns, 0, b.AsSpan(p * n * Columns, n * Columns), Columns);
                    }

                    double[] pa = Packed(a, n, n, count), pb = Packed(b, n, Columns, count);
                    BatchedBlas.Trsm<double>(triangle, transpose, diagonal, n, Columns, count, pa, pb);
                    BatchLayout.Unpack<double>(pb, n, Columns, count, solved);
                    for (int i = 0; i < x.Length; i++)
                        Promises.Close(x[i], solved[i], 0, 1e-13, $"{triangle}, {diagonal}, transposed: {transpose}, element {i}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void PositiveDefiniteSystemsAreSolvedAndTheOthersNamed(int n, int count)
    {
        Check<double>(1e-12);
        Check<float>(1e-3);

        void Check<T>(double tolerance) where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] a = new T[count * n * n];
            for (int p = 0; p < count; p++)
                Array.Copy(TestMatrices.PositiveDefinite(n, (ulong)p).Select(T.CreateChecked).ToArray(), 0, a, p * n * n, n * n);
            int broken = count > 2 && n > 0 ? 2 : -1;
            if (broken >= 0)
                a[(broken * n * n) + (n * n) - 1] = T.CreateChecked(-1);
            Solve(a, n, count, tolerance, broken, n - 1, BatchedCholesky.SolveEach);

            // The parts, in the interleaved layout, do the same; the upper triangle isn't read.
            T[] b = TestMatrices.Random<T>(count, n, 5), each = [.. b], packed = Packed(a, n, n, count), pb = Packed(b, n, 1, count), solved = new T[b.Length];
            int lanes = BatchLayout.Lanes<T>();
            for (int i = 0; i < packed.Length; i++)
            {
                int element = i / lanes % Math.Max(1, n * n);
                if (element % n > element / n)
                    packed[i] = T.NaN;
            }

            int[] status = new int[count], other = new int[count];
            int failed = BatchedCholesky.Factor<T>(packed, n, count, status);
            Assert.Equal(broken >= 0 ? 1 : 0, failed);
            BatchedCholesky.Solve<T>(packed, n, count, pb, 1);
            BatchLayout.Unpack<T>(pb, n, 1, count, solved);
            Assert.Equal(failed, BatchedCholesky.SolveEach<T>(a, n, count, each, 1, other));
            Assert.Equal(status, other);
            Assert.Equal(each, solved);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void GeneralSystemsAreSolvedAndSingularOnesNamed(int n, int count)
    {
        Check<double>(1e-10);
        Check<float>(2e-2);

        void Check<T>(double tolerance) where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] a = TestMatrices.Random<T>(count, n * n, 7);
            for (int p = 0; p < count; p++)
            {
                // Far from singular, with the large elements where pivoting has to find them.
                for (int i = 0; i < n; i++)
                    a[(((p * n) + i) * n) + ((i + p) % n)] += T.CreateChecked(n);
            }

            int broken = count > 2 && n > 0 ? 1 : -1, column = n / 2;
            for (int i = 0; broken >= 0 && i < n; i++)
                a[(((broken * n) + i) * n) + column] = T.Zero;
            Solve(a, n, count, tolerance, broken, column, BatchedLu.SolveEach);

            T[] b = TestMatrices.Random<T>(count, n, 5), each = [.. b], packed = Packed(a, n, n, count), pb = Packed(b, n, 1, count), solved = new T[b.Length];
            int[] status = new int[count], other = new int[count], pivots = new int[BatchLayout.Length<T>(n, 1, count)];
            int failed = BatchedLu.Factor<T>(packed, n, count, pivots, status);
            BatchedLu.Solve<T>(packed, n, count, pivots, pb, 1);
            BatchLayout.Unpack<T>(pb, n, 1, count, solved);
            Assert.Equal(failed, BatchedLu.SolveEach<T>(a, n, count, each, 1, other));
            Assert.Equal(status, other);
            Assert.Equal(each, solved);

            // The same pivots and, to rounding, the same factors as the method for one matrix.
            int[] permutation = new int[n], exchanged = new int[n];
            for (int p = 0; p < count; p++)
            {
                if (p == broken)
                    continue;
                Lu.TryFactor(a.AsSpan(p * n * n, n * n).ToArray(), n, Math.Max(1, n), permutation);
                for (int i = 0; i < n; i++)
                    exchanged[i] = i;
                int lanes = BatchLayout.Lanes<T>();
                for (int j = 0; j < n; j++)
                {
                    int with = pivots[(p / lanes * n * lanes) + (j * lanes) + (p % lanes)];
                    (exchanged[j], exchanged[with]) = (exchanged[with], exchanged[j]);
                }

                Assert.Equal(permutation, exchanged);
            }
        }
    }

    private delegate int SolveEach<T>(ReadOnlySpan<T> a, int n, int count, Span<T> b, int columns, Span<int> status, IWorkers? workers);

    /// <summary>Residuals of all regular problems, bits that depend neither on the neighbours nor on threads nor on the hardware.</summary>
    private static void Solve<T>(T[] a, int n, int count, double tolerance, int broken, int brokenAt, SolveEach<T> solve) where T : unmanaged, IFloatingPointIeee754<T>
    {
        const int Columns = 3;
        T[] b = TestMatrices.Random<T>(count, n * Columns, 5), x = [.. b], again = [.. b];
        int[] status = new int[count];
        Assert.Equal(broken >= 0 ? 1 : 0, solve(a, n, count, x, Columns, status, null));
        for (int p = 0; p < count; p++)
        {
            Assert.Equal(p == broken ? brokenAt : -1, status[p]);
            if (p == broken)
                continue;
            T[] product = new T[n * Columns], alone = b.AsSpan(p * n * Columns, n * Columns).ToArray();
            Blas.Gemm<T>(false, false, n, Columns, n, T.One, a.AsSpan(p * n * n, n * n), Math.Max(1, n), x.AsSpan(p * n * Columns, n * Columns), Columns, T.Zero, product, Columns);
            for (int i = 0; i < product.Length; i++)
                Promises.Close(double.CreateChecked(b[(p * n * Columns) + i]), double.CreateChecked(product[i]), 0, tolerance, $"problem {p}, element {i}");
            solve(a.AsSpan(p * n * n, n * n), n, 1, alone, Columns, new int[1], null);
            Assert.Equal(alone, x.AsSpan(p * n * Columns, n * Columns).ToArray());
        }

        solve(a, n, count, again, Columns, status, Workers.Threads(3));
        Assert.Equal(x, again);
        if (broken < 0)
            Hardware.SameBitsEverywhere<T>(x, $"{typeof(T).Name} {solve.Method.DeclaringType!.Name} {n} {count}");
    }

    [Fact]
    public void ThreadsShareALargeBatch()
    {
        const int N = 3, Count = 1100;
        double[] a = TestMatrices.Random(Count, N * N, 1), b = TestMatrices.Random(Count, N, 2), one = [.. b], two = [.. b];
        Array.Clear(a, 700 * N * N, N * N);
        int[] status = new int[Count], other = new int[Count];
        Assert.Equal(1, BatchedLu.SolveEach<double>(a, N, Count, one, 1, status));
        Assert.Equal(1, BatchedLu.SolveEach<double>(a, N, Count, two, 1, other, Workers.Threads(2)));
        Assert.Equal(status, other);
        Assert.Equal(0, status[700]);
        Assert.Equal(one, two);
    }

    [Fact]
    public void ValuesThatAreNotFiniteFailTheirOwnProblemOnly()
    {
        double[] a = new double[3 * 4], b = [1, 2, 1, 2, 1, 2];
        for (int p = 0; p < 3; p++)
            (a[p * 4], a[(p * 4) + 3]) = (4, 16);
        a[4] = double.NaN;
        a[11] = double.PositiveInfinity;
        foreach (SolveEach<double> solve in (SolveEach<double>[])[BatchedCholesky.SolveEach, BatchedLu.SolveEach])
        {
            double[] x = [.. b];
            int[] status = new int[3];
            Assert.Equal(2, solve(a, 2, 3, x, 1, status, null));
            Assert.Equal([-1, 0, 1], status);
            Assert.Equal([0.25, 0.125], x[..2]);
        }
    }

    [Fact]
    public void NothingIsAllocatedAfterWarmUp()
    {
        double[] a = new double[20 * 16], b = new double[20 * 4];
        int[] status = new int[20];
        for (int i = 0; i < a.Length; i++)
            a[i] = i % 16 % 5 == 0 ? 4 : 1;
        Promises.AllocatesNothing(() => BatchedCholesky.SolveEach<double>(a, 4, 20, b, 1, status), "Cholesky");
        Promises.AllocatesNothing(() => BatchedLu.SolveEach<double>(a, 4, 20, b, 1, status), "LU");
    }

    [Fact]
    public void MistakesAreNamed()
    {
        double[] a = new double[32], b = new double[16];
        int[] status = new int[2];
        Assert.Throws<ArgumentException>("a", () => BatchedCholesky.Factor<double>(a, 3, 2, status));
        Assert.Throws<ArgumentException>("status", () => BatchedCholesky.Factor<double>(a, 2, 3, status));
        Assert.Throws<ArgumentException>("pivots", () => BatchedLu.Factor<double>(a, 2, 2, new int[3], status));
        Assert.Throws<ArgumentException>("pivots", () => BatchedLu.Solve<double>(a, 2, 2, [.. Enumerable.Repeat(2, 16)], b, 1));
        Assert.Throws<ArgumentException>("b", () => BatchedBlas.Trsm<double>(Triangle.Lower, false, Diagonal.Stored, 2, 2, 2, a, a));
        Assert.Throws<ArgumentException>("c", () => BatchedBlas.Gemm<double>(false, false, 2, 2, 2, 2, 1, a, a, 0, a));
        Assert.Throws<ArgumentException>("b", () => BatchedLu.SolveEach<double>(new double[8], 2, 2, b, 1, status));
        Assert.Throws<ArgumentOutOfRangeException>("count", () => BatchLayout.Length<double>(2, 2, -1));
        Assert.Throws<ArgumentException>("matrices", () => BatchLayout.Pack<double>(b, 2, 2, 2, a));
    }

    private static T[] Packed<T>(T[] matrices, int rows, int columns, int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] interleaved = new T[BatchLayout.Length<T>(rows, columns, count)];
        BatchLayout.Pack<T>(matrices, rows, columns, count, interleaved);
        return interleaved;
    }
}
