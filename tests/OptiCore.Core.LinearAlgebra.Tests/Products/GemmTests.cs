using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using Kernel = OptiCore.LinearAlgebra.Gemm;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class GemmTests
{
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 1, 7, 3 }, { 5, 1, 9 }, { 6, 8, 4 }, { 7, 9, 5 }, { 13, 17, 19 }, { 12, 24, 300 }, { 31, 33, 257 }, { 97, 25, 33 }, { 3, 2100, 5 }, { 200, 50, 1 }, { 17, 5, 600 },
        { 37, 3, 270 }, { 21, 1, 40 }, { 64, 100, 70 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void EveryTransposeLeadingDimensionAndFactorMeetsTheDefinitionInDouble(int m, int n, int k) => Check<double>(m, n, k);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void EveryTransposeLeadingDimensionAndFactorMeetsTheDefinitionInSingle(int m, int n, int k) => Check<float>(m, n, k);

    private static void Check<T>(int m, int n, int k) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<(double Alpha, double Beta)> factors = [(1, 0), (-0.5, 1), (2.25, -0.75), (0, 0.5), (0, 0)];
        for (int transposes = 0; transposes < 4; transposes++)
        {
            bool ta = (transposes & 1) != 0, tb = (transposes & 2) != 0;
            foreach (int extra in (ReadOnlySpan<int>)[0, 3])
            {
                int lda = (ta ? m : k) + extra, ldb = (tb ? k : n) + (2 * extra), ldc = n + extra;
                T[] a = TestMatrices.Random<T>(ta ? k : m, lda, 1), b = TestMatrices.Random<T>(tb ? n : k, ldb, 2), start = TestMatrices.Random<T>(m, ldc, 3);
                foreach ((double alpha, double beta) in factors)
                {
                    T al = T.CreateChecked(alpha), be = T.CreateChecked(beta);
                    T[] c = [.. start];
                    Blas.Gemm(ta, tb, m, n, k, al, a, lda, b, ldb, be, c, ldc);
                    for (int i = 0; i < m; i++)
                    {
                        for (int j = 0; j < ldc; j++)
                        {
                            T old = start[(i * ldc) + j];
                            T expected = j < n ? Element(ta, tb, i, j, k, al, a, lda, b, ldb, be, old) : old;
                            T actual = c[(i * ldc) + j];
                            if (!expected.Equals(actual))
                                Assert.Fail($"C[{i},{j}] is {actual}, defined as {expected} ({ta}, {tb}, ld + {extra}, alpha {alpha}, beta {beta})");
                            if (j < n)
                                AssertNearPlainSum(ta, tb, i, j, k, alpha, a, lda, b, ldb, beta, old, actual);
                        }
                    }
                }
            }
        }
    }

    /// <summary>The documented definition, term by term.</summary>
    private static T Element<T>(bool ta, bool tb, int i, int j, int k, T alpha, T[] a, int lda, T[] b, int ldb, T beta, T old) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (alpha == T.Zero)
            return beta == T.Zero ? T.Zero : beta * old;
        T c = old, keep = beta;
        for (int p = 0; p < k; p += Kernel.DepthBlock)
        {
            T sum = T.Zero;
            for (int q = p; q < Math.Min(k, p + Kernel.DepthBlock); q++)
                sum = T.FusedMultiplyAdd(ta ? a[(q * lda) + i] : a[(i * lda) + q], tb ? b[(j * ldb) + q] : b[(q * ldb) + j], sum);
            c = keep == T.Zero ? alpha * sum : T.FusedMultiplyAdd(alpha, sum, keep * c);
            keep = T.One;
        }

        return c;
    }

    private static void AssertNearPlainSum<T>(bool ta, bool tb, int i, int j, int k, double alpha, T[] a, int lda, T[] b, int ldb, double beta, T old, T actual)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double o = double.CreateChecked(old), sum = 0, size = 0;
        for (int q = 0; q < k; q++)
        {
            double term = double.CreateChecked(ta ? a[(q * lda) + i] : a[(i * lda) + q]) * double.CreateChecked(tb ? b[(j * ldb) + q] : b[(q * ldb) + j]);
            sum += term;
            size += Math.Abs(term);
        }

        double unit = double.CreateChecked(T.BitIncrement(T.One) - T.One);
        double bound = (k + 3) * unit * ((Math.Abs(alpha) * size) + Math.Abs(beta * o));
        double error = Math.Abs(double.CreateChecked(actual) - ((alpha * sum) + (beta * o)));
        if (!(error <= bound))
            Assert.Fail($"C[{i},{j}]: error {error:g3}, bound {bound:g3}");
    }

    [Fact]
    public void AllKernelsGiveTheSameBitsInDouble() => CheckKernels<double>();

    [Fact]
    public void AllKernelsGiveTheSameBitsInSingle() => CheckKernels<float>();

    private static unsafe void CheckKernels<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach ((int m, int n, int k) in ((int, int, int)[])[(1, 1, 1), (7, 17, 3), (8, 24, 10), (19, 50, 300), (20, 39, 40), (9, 63, 5), (40, 3, 300), (75, 70, 90)])
        {
            for (int transposes = 0; transposes < 4; transposes++)
            {
                bool ta = (transposes & 1) != 0, tb = (transposes & 2) != 0;
                T[] a = TestMatrices.Random<T>(m, k, 5), b = TestMatrices.Random<T>(n, k, 6), start = TestMatrices.Random<T>(m, n, 7), expected = [.. start];
                int lda = ta ? m : k, ldb = tb ? k : n;
                fixed (T* pa = a, pb = b)
                {
                    Run(expected, pa, pb, "one by one", (in GemmOperands<T> g) => GemmInPlace.Run<T, Register1<T>>(g));
                    if (n < Vector256<T>.Count && m >= 2 * Vector256<T>.Count)
                        Run(null, pa, pb, "thin", (in GemmOperands<T> g) => GemmThin.Run(g));
                    Run(null, pa, pb, "packed, 128 bits", (in GemmOperands<T> g) => Kernel.Packed<T, GemmKernel128<T>>(g));
                    Run(null, pa, pb, "packed, 256 bits", (in GemmOperands<T> g) => Kernel.Packed<T, GemmKernel256<T>>(g));
                    Run(null, pa, pb, "packed, 512 bits", (in GemmOperands<T> g) => Kernel.Packed<T, GemmKernel512<T>>(g));
                    if (n >= Register128<T>.Count)
                        Run(null, pa, pb, "in place, 128 bits", (in GemmOperands<T> g) => GemmInPlace.Run<T, Register128<T>>(g));
                    if (n >= Register256<T>.Count)
                        Run(null, pa, pb, "in place, 256 bits", (in GemmOperands<T> g) => GemmInPlace.Run<T, Register256<T>>(g));
                    if (n >= Register512<T>.Count)
                        Run(null, pa, pb, "in place, 512 bits", (in GemmOperands<T> g) => GemmInPlace.Run<T, Register512<T>>(g));
                }

                unsafe void Run(T[]? result, T* pa, T* pb, string what, Product<T> product)
                {
                    T[] c = result ?? [.. start];
                    fixed (T* pc = c)
                        product(new GemmOperands<T>(ta, tb, m, n, k, T.CreateChecked(1.5), pa, lda, pb, ldb, T.CreateChecked(-0.25), pc, n));
                    Assert.True(MemoryMarshal.AsBytes<T>(expected).SequenceEqual(MemoryMarshal.AsBytes<T>(c)), $"{what}, {m} x {n} x {k}, transposed {ta}, {tb}");
                }
            }
        }
    }

    private delegate void Product<T>(in GemmOperands<T> operands) where T : unmanaged, IFloatingPointIeee754<T>;

    [Theory]
    [InlineData(130, 110, 300)]
    [InlineData(1000, 40, 60)]
    [InlineData(30, 1100, 70)]
    public void ThreadsDoNotChangeTheBits(int m, int n, int k)
    {
        double[] a = TestMatrices.Random(m, k, 5), b = TestMatrices.Random(k, n, 6), start = TestMatrices.Random(m, n, 7), alone = [.. start];
        Blas.Gemm(false, false, m, n, k, 1.5, a, k, b, n, -0.5, alone, n);
        Hardware.SameBitsEverywhere<double>(alone, $"{m} x {n} x {k}");
        foreach (int count in (int[])[2, 3, 4, 12])
        {
            double[] c = [.. start];
            Blas.Gemm(false, false, m, n, k, 1.5, a, k, b, n, -0.5, c, n, Workers.Threads(count));
            Promises.SameBits(alone, c, $"{count} workers");
        }
    }

    [Fact]
    public void ARowOfABatchHasTheBitsOfTheRowAlone()
    {
        const int Rows = 70, Columns = 40, Depth = 90;
        float[] a = TestMatrices.Random<float>(Rows, Depth, 8), b = TestMatrices.Random<float>(Depth, Columns, 9), batch = new float[Rows * Columns], one = new float[Columns];
        Blas.Multiply(a, b, batch, Rows, Depth, Columns);
        for (int i = 0; i < Rows; i++)
        {
            Blas.Multiply(a.AsSpan(i * Depth, Depth), b, one, 1, Depth, Columns);
            Promises.SameBits(one, batch.AsSpan(i * Columns, Columns), $"row {i}");
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void ABetaOfZeroDoesNotReadTheResultAndAnAlphaOfZeroNotTheOperands(int n)
    {
        double[] a = TestMatrices.Random(n, n, 1), c = new double[n * n], nan = new double[n * n];
        Array.Fill(c, double.NaN);
        Array.Fill(nan, double.NaN);
        Blas.Gemm(false, false, n, n, n, 1, a, n, a, n, 0, c, n);
        Assert.DoesNotContain(c, double.IsNaN);
        Blas.Gemm(false, false, n, n, n, 0, nan, n, nan, n, 1, c, n);
        Assert.DoesNotContain(c, double.IsNaN);
        Blas.Gemm(false, false, n, n, n, 1, nan, n, a, n, 0, c, n);
        Assert.All(c, v => Assert.True(double.IsNaN(v)));
        Blas.Gemm(false, false, n, n, 0, 1, [], n, [], n, 0, c, n);
        Assert.All(c, v => Assert.Equal(0, v));
    }

    [Fact]
    public void ProductIsLinearAndTransposesReverse() => Forall.Check(
        Prop.ForAll(
            (from m in Gen.Choose(1, 30) from n in Gen.Choose(1, 30) from k in Gen.Choose(1, 30) from seed in Gen.Choose(0, int.MaxValue) select (m, n, k, seed)).ToArbitrary(),
            t =>
            {
                (int m, int n, int k, int seed) = t;
                double[] a = TestMatrices.Random(m, k, (ulong)seed), b = TestMatrices.Random(k, n, (ulong)seed + 1), d = TestMatrices.Random(k, n, (ulong)seed + 2);
                double[] ab = new double[m * n], sum = new double[m * n], transposed = new double[n * m];
                double[] mix = new double[k * n];
                for (int i = 0; i < mix.Length; i++)
                    mix[i] = (2 * b[i]) - (3 * d[i]);

                // A (2 B - 3 D) = 2 A B - 3 A D
                Blas.Gemm(false, false, m, n, k, 2, a, k, b, n, 0, ab, n);
                Blas.Gemm(false, false, m, n, k, -3, a, k, d, n, 1, ab, n);
                Blas.Multiply(a, mix, sum, m, k, n);
                for (int i = 0; i < sum.Length; i++)
                {
                    if (Math.Abs(sum[i] - ab[i]) > 1e-13 * k)
                        return false;
                }

                // (A B)' = B' A', the same bits: both sum over k in order.
                Blas.Multiply(a, b, ab, m, k, n);
                Blas.Gemm(true, true, n, m, k, 1, b, n, a, k, 0, transposed, m);
                for (int i = 0; i < m; i++)
                {
                    for (int j = 0; j < n; j++)
                    {
                        if (ab[(i * n) + j] != transposed[(j * m) + i])
                            return false;
                    }
                }

                return true;
            }));

    [Fact]
    public void NothingIsAllocatedAfterWarmUp()
    {
        double[] a = TestMatrices.Random(60, 60, 1), c = new double[3600];
        Promises.AllocatesNothing(() => Blas.Multiply<double>(a, a, c, 60, 60, 60), "Gemm");
    }

    [Fact]
    public void MistakesAreNamed()
    {
        double[] a = new double[6], b = new double[6], c = new double[9];
        string message = Assert.Throws<ArgumentException>("a", () => Blas.Gemm(false, false, 3, 3, 3, 1, a, 3, b, 3, 0, c, 3)).Message;
        Assert.Contains("6", message, StringComparison.Ordinal);
        Assert.Contains("9", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("lda", () => Blas.Gemm(false, false, 3, 3, 2, 1, a, 1, b, 3, 0, c, 3));
        Assert.Throws<ArgumentException>("b", () => Blas.Gemm(false, true, 3, 3, 3, 1, c, 3, b, 3, 0, new double[9], 3));
        Assert.Throws<ArgumentException>("c", () => Blas.Gemm(false, false, 3, 3, 2, 1, a, 2, b, 3, 0, c.AsSpan(1), 3));
        Assert.Throws<ArgumentException>("c", () => Blas.Gemm<double>(false, false, 3, 3, 3, 1, c, 3, c, 3, 0, c, 3));
        Assert.Throws<ArgumentOutOfRangeException>("m", () => Blas.Gemm(false, false, -3, 3, 2, 1, a, 2, b, 3, 0, c, 3));
        Assert.Throws<ArgumentException>("c", () => Blas.Multiply<double>(a, b, new double[8], 3, 2, 3));
    }

    [Theory]
    [InlineData(5, 3, 4, 6)]
    [InlineData(3, 40, 70, 50)]
    [InlineData(0, 3, 3, 3)]
    public void ABatchIsOneProductAfterTheOther(int count, int m, int n, int k)
    {
        int strideA = (m * k) + 3, strideC = (m * n) + 2;
        double[] a = TestMatrices.Random(Math.Max(1, count), strideA, 1), b = TestMatrices.Random(n, k, 2), start = TestMatrices.Random(Math.Max(1, count), strideC, 3);
        double[] expected = [.. start], one = [.. start], two = [.. start];
        for (int i = 0; i < count; i++)
            Blas.Gemm<double>(false, true, m, n, k, 2, a.AsSpan(i * strideA), k, b, k, -1, expected.AsSpan(i * strideC), n);
        Blas.GemmBatched<double>(count, false, true, m, n, k, 2, a, k, strideA, b, k, 0, -1, one, n, strideC);
        Blas.GemmBatched<double>(count, false, true, m, n, k, 2, a, k, strideA, b, k, 0, -1, two, n, strideC, Workers.Threads(2));
        Promises.SameBits(expected, one, "alone");
        Promises.SameBits(expected, two, "threads");
        Assert.Throws<ArgumentException>("strideC", () => Blas.GemmBatched<double>(2, false, true, m, n, k, 2, a, k, 0, b, k, 0, -1, one, n, 1));
        Assert.Throws<ArgumentException>("a", () => Blas.GemmBatched<double>(9, false, true, m, n, k, 2, a, k, strideA, b, k, 0, -1, new double[9 * strideC], n, strideC));
        Assert.Throws<ArgumentOutOfRangeException>("strideB", () => Blas.GemmBatched<double>(1, false, true, m, n, k, 2, a, k, strideA, b, k, -1, -1, one, n, strideC));
    }

    [Fact]
    public void BlocksOfOneMatrixMayInterleave()
    {
        // Columns 0-3 and 4-7 of an 8-column matrix lie apart although their spans overlap; columns 0-4 and 4-7 don't.
        double[] whole = TestMatrices.Random(4, 8, 5), left = new double[16], expected = new double[16], b = TestMatrices.Random(4, 4, 6);
        for (int i = 0; i < 16; i++)
            left[i] = whole[(i / 4 * 8) + (i % 4)];
        Blas.Multiply(left, b, expected, 4, 4, 4);
        Blas.Gemm(false, false, 4, 4, 4, 1, whole, 8, b, 4, 0, whole.AsSpan(4), 8);
        for (int i = 0; i < 16; i++)
            Assert.Equal(expected[i], whole[(i / 4 * 8) + 4 + (i % 4)]);
        Assert.Throws<ArgumentException>("c", () => Blas.Gemm(false, false, 4, 4, 4, 1, whole, 8, b, 4, 0, whole.AsSpan(3), 8));
    }

    [Fact]
    public void OtherElementTypesWork()
    {
        Half[] a = [.. TestMatrices.Random(9, 9, 1).Select(v => (Half)v)], c = new Half[81];
        Blas.Multiply(a, a, c, 9, 9, 9);
        double expected = 0;
        for (int q = 0; q < 9; q++)
            expected += (double)a[18 + q] * (double)a[(q * 9) + 4];
        Promises.Close(expected, (double)c[22], 0, 0.01, "C[2,4]");
    }
}
