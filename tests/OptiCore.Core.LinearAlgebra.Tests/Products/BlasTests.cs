using System.Numerics;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class BlasTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(8, 17)]
    [InlineData(33, 20)]
    public void MatrixVectorProductsMeetThePlainSum(int m, int n)
    {
        foreach (int extra in (int[])[0, 2])
        {
            int lda = n + extra;
            double[] a = TestMatrices.Random(m, lda, 1);
            foreach (bool transpose in (bool[])[false, true])
            {
                double[] x = TestMatrices.Random(transpose ? m : n, 1, 2), start = TestMatrices.Random(transpose ? n : m, 1, 3);
                foreach ((double alpha, double beta) in ((double, double)[])[(1, 0), (-2, 1), (0.5, -3), (0, 2), (0, 0)])
                {
                    double[] y = [.. start];
                    if (beta == 0)
                        Array.Fill(y, double.NaN);
                    Blas.Gemv(transpose, m, n, alpha, a, lda, x, beta, y);
                    for (int i = 0; i < y.Length; i++)
                    {
                        double sum = 0;
                        for (int j = 0; j < x.Length; j++)
                            sum += (transpose ? a[(j * lda) + i] : a[(i * lda) + j]) * x[j];
                        Promises.Close((alpha * sum) + (beta * start[i]), y[i], 0, 1e-14 * (x.Length + 3), $"y[{i}], transposed: {transpose}, alpha {alpha}, beta {beta}");
                    }
                }
            }
        }
    }

    [Fact]
    public void TransposeIsTheAdjoint() => Forall.Check(
        Prop.ForAll(
            (from m in Gen.Choose(1, 40) from n in Gen.Choose(1, 40) from seed in Gen.Choose(0, int.MaxValue) select (m, n, seed)).ToArbitrary(),
            t =>
            {
                (int m, int n, int seed) = t;
                double[] a = TestMatrices.Random(m, n, (ulong)seed), x = TestMatrices.Random(n, 1, (ulong)seed + 1), y = TestMatrices.Random(m, 1, (ulong)seed + 2);
                double[] ax = new double[m], aty = new double[n];
                Blas.Gemv(false, m, n, 1, a, n, x, 0, ax);
                Blas.Gemv(true, m, n, 1, a, n, y, 0, aty);
                return Math.Abs(Reduce.Dot<double>(ax, y) - Reduce.Dot<double>(x, aty)) <= 1e-14 * m * n;
            }));

    [Fact]
    public void RankOneUpdateMeetsThePlainProduct()
    {
        const int M = 7, N = 11, Lda = 13;
        double[] a = TestMatrices.Random(M, Lda, 1), old = [.. a], x = TestMatrices.Random(M, 1, 2), y = TestMatrices.Random(N, 1, 3);
        Blas.Ger(M, N, -1.5, x, y, a, Lda);
        for (int i = 0; i < M; i++)
        {
            for (int j = 0; j < Lda; j++)
                Promises.Close(old[(i * Lda) + j] + (j < N ? -1.5 * x[i] * y[j] : 0), a[(i * Lda) + j], 0, 1e-15, $"A[{i},{j}]");
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 5)]
    [InlineData(50, 9)]
    [InlineData(101, 30)]
    public void SymmetricProductIsATriangleOfTheFullOneToTheBit(int n, int k)
    {
        foreach (bool transpose in (bool[])[false, true])
        {
            int lda = (transpose ? n : k) + 1;
            double[] a = TestMatrices.Random(transpose ? k : n, lda, 1), start = TestMatrices.Random(n, n + 2, 2);
            foreach (double beta in (double[])[0, 1, -0.5])
            {
                double[] full = new double[n * (n + 2)];
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < n + 2; j++)
                        full[(i * (n + 2)) + j] = start[(i * (n + 2)) + j];
                }

                Blas.Gemm(transpose, !transpose, n, n, k, 0.75, a, lda, a, lda, beta, full, n + 2);
                foreach (Triangle triangle in Enum.GetValues<Triangle>())
                {
                    double[] c = [.. start];
                    Blas.Syrk(triangle, transpose, n, k, 0.75, a, lda, beta, c, n + 2);
                    for (int i = 0; i < n; i++)
                    {
                        for (int j = 0; j < n + 2; j++)
                        {
                            bool written = j < n && (triangle == Triangle.Lower ? j <= i : j >= i);
                            Assert.True(c[(i * (n + 2)) + j] == (written ? full : start)[(i * (n + 2)) + j], $"{triangle} C[{i},{j}], transposed: {transpose}, beta {beta}");
                        }
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(6, 4)]
    [InlineData(49, 13)]
    [InlineData(5, 100)]
    [InlineData(120, 7)]
    [InlineData(300, 35)]
    [InlineData(21, 270)]
    public void TriangularSolvesInvertTriangularProducts(int m, int n)
    {
        foreach (Side side in Enum.GetValues<Side>())
        {
            int order = side == Side.Left ? m : n, lda = order + 1, ldb = n + 2;

            // A dominant diagonal keeps the systems well-conditioned; the other triangle holds NaN, so that reading it shows.
            foreach (Triangle triangle in Enum.GetValues<Triangle>())
            {
                foreach (Diagonal diagonal in Enum.GetValues<Diagonal>())
                {
                    double[] a = TestMatrices.Random(order, lda, 1), dense = new double[order * order];
                    for (int i = 0; i < order; i++)
                    {
                        for (int j = 0; j < order; j++)
                        {
                            ref double element = ref a[(i * lda) + j];
                            bool inside = triangle == Triangle.Lower ? j < i : j > i;
                            element = i == j ? (diagonal == Diagonal.Unit ? double.NaN : 2 + element) : inside ? element / order : double.NaN;
                            dense[(i * order) + j] = i == j ? (diagonal == Diagonal.Unit ? 1 : element) : inside ? element : 0;
                        }
                    }

                    foreach (bool transpose in (bool[])[false, true])
                    {
                        string what = $"{side}, {triangle}, {diagonal}, transposed: {transpose}";
                        double[] x = TestMatrices.Random(m, ldb, 2), b = [.. x];
                        if (side == Side.Left)
                            Blas.Gemm(transpose, false, m, n, m, 0.5, dense, order, x, ldb, 0, b, ldb);
                        else
                            Blas.Gemm(false, transpose, m, n, n, 0.5, x, ldb, dense, order, 0, b, ldb);
                        Blas.Trsm(side, triangle, transpose, diagonal, m, n, 2, a, lda, b, ldb);
                        for (int i = 0; i < b.Length; i++)
                            Promises.Close(x[i], b[i], 0, 1e-13, $"{what}, element {i}");
                        if (n != 1 || side != Side.Left)
                            continue;
                        double[] v = new double[m], solved = new double[m];
                        for (int i = 0; i < m; i++)
                            v[i] = x[i * ldb];
                        Blas.Gemv(transpose, m, m, 1, dense, m, v, 0, solved);
                        Blas.Trsv(triangle, transpose, diagonal, m, a, lda, solved);
                        for (int i = 0; i < m; i++)
                            Promises.Close(v[i], solved[i], 0, 1e-13, $"{what}, vector element {i}");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(Triangle.Lower, false)]
    [InlineData(Triangle.Lower, true)]
    [InlineData(Triangle.Upper, false)]
    [InlineData(Triangle.Upper, true)]
    public void TriangularSolveOfAVectorInvertsTheProduct(Triangle triangle, bool transpose)
    {
        const int N = 23;
        double[] a = TestMatrices.Random(N, N, 4), x = TestMatrices.Random(N, 1, 5), b = new double[N];
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
                a[(i * N) + j] = i == j ? 3 : (triangle == Triangle.Lower ? j < i : j > i) ? a[(i * N) + j] / N : 0;
        }

        Blas.Gemv(transpose, N, N, 1, a, N, x, 0, b);
        Blas.Trsv(triangle, transpose, Diagonal.Stored, N, a, N, b);
        for (int i = 0; i < N; i++)
            Promises.Close(x[i], b[i], 0, 1e-14, $"x[{i}]");
    }

    [Fact]
    public void ShortAndLongRowsAreSummedAsDocumentedOnAllHardware()
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            int lanes = 64 / System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
            foreach (int n in (int[])[1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 50, 100])
            {
                foreach (int m in (int[])[1, 2, 3, 4, 5, 8, 11])
                {
                    T[] a = TestMatrices.Random<T>(m, n, 1), x = TestMatrices.Random<T>(n, 1, 2), y = TestMatrices.Random<T>(m, 1, 3), old = [.. y];
                    T alpha = T.CreateChecked(0.7), beta = T.CreateChecked(-1.1);
                    Blas.Gemv(false, m, n, alpha, a, n, x, beta, y);
                    for (int i = 0; i < m; i++)
                        Assert.Equal(T.FusedMultiplyAdd(alpha, Sum(a.AsSpan(i * n, n), x), beta * old[i]), y[i]);
                    Hardware.SameBitsEverywhere<T>(y, $"{typeof(T).Name} {m} x {n}");

                    T[] z = TestMatrices.Random<T>(n, 1, 4), expected = [.. z];
                    Blas.Gemv(true, m, n, alpha, a, n, old, beta, z);
                    for (int j = 0; j < n; j++)
                    {
                        expected[j] *= beta;
                        for (int i = 0; i < m; i++)
                            expected[j] = T.FusedMultiplyAdd(alpha * old[i], a[(i * n) + j], expected[j]);
                    }

                    Assert.Equal(expected, z);
                }
            }

            T Sum(ReadOnlySpan<T> row, ReadOnlySpan<T> x)
            {
                T sum = T.Zero;
                if (row.Length < lanes)
                {
                    for (int j = 0; j < row.Length; j++)
                        sum = T.FusedMultiplyAdd(row[j], x[j], sum);
                    return sum;
                }

                T[] s = new T[lanes];
                int whole = row.Length / lanes * lanes;
                for (int j = 0; j < whole; j++)
                    s[j % lanes] = T.FusedMultiplyAdd(row[j], x[j], s[j % lanes]);
                for (int j = whole; j < row.Length; j++)
                    s[lanes - row.Length + j] = T.FusedMultiplyAdd(row[j], x[j], s[lanes - row.Length + j]);
                for (int half = lanes / 2; half >= 4; half /= 2)
                {
                    for (int l = 0; l < half; l++)
                        s[l] += s[l + half];
                }

                return (s[0] + s[1]) + (s[2] + s[3]);
            }
        }
    }

    [Fact]
    public void AnInfinityInARowStaysAnInfinity()
    {
        // The last elements of a row are read again with the others cleared; an infinity among those must not become NaN.
        double[] a = new double[11], x = new double[11], y = new double[1];
        Array.Fill(a, 1);
        Array.Fill(x, 1);
        a[5] = double.PositiveInfinity;
        Blas.Gemv(false, 1, 11, 1, a, 11, x, 0, y);
        Assert.Equal(double.PositiveInfinity, y[0]);
    }

    [Fact]
    public void ATinyPivotDoesNotLoseItsQuotient()
    {
        // The reciprocal of a subnormal number overflows; the quotient of two of them doesn't.
        double[] a = [4e-310, 0, 0, 2], b = [2e-310, 4];
        Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, 2, 1, 1, a, 2, b, 1);
        Promises.Close(0.5, b[0], 0, 1e-12, "x[0]");
        Assert.Equal(2, b[1]);
    }

    [Theory]
    [InlineData(70, 30)]
    [InlineData(130, 150)]
    [InlineData(270, 40)]
    public void TriangularSystemsHaveTheSameBitsForAnyThreadsAndHardware(int order, int others)
    {
        double[] a = TestMatrices.Random(order, order, 1);
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j < order; j++)
                a[(i * order) + j] = i == j ? 2 + a[(i * order) + j] : a[(i * order) + j] / order;
        }

        foreach (Side side in Enum.GetValues<Side>())
        {
            foreach (Triangle triangle in Enum.GetValues<Triangle>())
            {
                (int m, int n) = side == Side.Left ? (order, others) : (others, order);
                double[] b = TestMatrices.Random(m, n, 2), one = [.. b], two = [.. b];
                Blas.Trsm<double>(side, triangle, true, Diagonal.Stored, m, n, 1, a, order, one, n);
                Blas.Trsm<double>(side, triangle, true, Diagonal.Stored, m, n, 1, a, order, two, n, Workers.Threads(2));
                Promises.SameBits(one, two, $"{side}, {triangle}");
                Hardware.SameBitsEverywhere<double>(one, $"{side} {triangle} {order}");
            }
        }

        foreach (Triangle triangle in Enum.GetValues<Triangle>())
        {
            double[] one = TestMatrices.Random(order, order, 2), two = [.. one];
            Blas.Syrk<double>(triangle, false, order, order, 1, a, order, 1, one, order);
            Blas.Syrk<double>(triangle, false, order, order, 1, a, order, 1, two, order, Workers.Threads(3));
            Promises.SameBits(one, two, $"symmetric product, {triangle}");
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 40)]
    [InlineData(90, 33)]
    [InlineData(300, 21)]
    [InlineData(20, 270)]
    public void TheProductWithASymmetricMatrixIsThatWithBothItsTrianglesToTheBit(int m, int n)
    {
        foreach (Side side in Enum.GetValues<Side>())
        {
            int order = side == Side.Left ? m : n, lda = order + 1, ldb = n + 2, ldc = n + 3;
            foreach (Triangle triangle in Enum.GetValues<Triangle>())
            {
                // The other triangle holds NaN, so that reading it shows.
                double[] a = TestMatrices.Random(order, lda, 1), whole = [.. a], b = TestMatrices.Random(m, ldb, 2);
                for (int i = 0; i < order; i++)
                {
                    for (int j = 0; j < i; j++)
                    {
                        (int kept, int other) = triangle == Triangle.Lower ? ((i * lda) + j, (j * lda) + i) : ((j * lda) + i, (i * lda) + j);
                        whole[other] = whole[kept];
                        a[other] = double.NaN;
                    }
                }

                foreach (double beta in (double[])[0, 1, -0.5])
                {
                    double[] start = TestMatrices.Random(m, ldc, 3);
                    for (int i = 0; beta == 0 && i < m; i++)
                        start.AsSpan(i * ldc, n).Fill(double.NaN);
                    double[] c = [.. start], expected = [.. start];
                    if (side == Side.Left)
                        Blas.Gemm(false, false, m, n, m, 0.75, whole, lda, b, ldb, beta, expected, ldc);
                    else
                        Blas.Gemm(false, false, m, n, n, 0.75, b, ldb, whole, lda, beta, expected, ldc);
                    Blas.Symm(side, triangle, m, n, 0.75, a, lda, b, ldb, beta, c, ldc);
                    Promises.SameBits(expected, c, $"{side}, {triangle}, beta {beta}");
                    double[] shared = [.. start];
                    Blas.Symm(side, triangle, m, n, 0.75, a, lda, b, ldb, beta, shared, ldc, Workers.Threads(2));
                    Promises.SameBits(expected, shared, $"{side}, {triangle}, beta {beta}, two threads");
                }
            }
        }
    }

    [Fact]
    public void TheProductWithNothingOfASymmetricMatrixReadsNeitherOperand()
    {
        double[] nan = [double.NaN, double.NaN, double.NaN, double.NaN], c = [1, 2, 3, 4];
        Blas.Symm(Side.Left, Triangle.Lower, 2, 2, 0, nan, 2, nan, 2, 2, c, 2);
        Assert.Equal<double[]>([2, 4, 6, 8], c);
        Blas.Symm(Side.Left, Triangle.Lower, 2, 2, 0, nan, 2, nan, 2, 0, c, 2);
        Assert.Equal<double[]>([0, 0, 0, 0], c);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(6, 4)]
    [InlineData(33, 13)]
    [InlineData(5, 100)]
    [InlineData(150, 47)]
    public void TriangularProductsMeetThoseWithZerosInTheOtherTriangle(int m, int n)
    {
        foreach (Side side in Enum.GetValues<Side>())
        {
            int order = side == Side.Left ? m : n, lda = order + 1, ldb = n + 2;
            foreach (Triangle triangle in Enum.GetValues<Triangle>())
            {
                foreach (Diagonal diagonal in Enum.GetValues<Diagonal>())
                {
                    double[] a = TestMatrices.Random(order, lda, 1), dense = new double[order * order];
                    for (int i = 0; i < order; i++)
                    {
                        for (int j = 0; j < order; j++)
                        {
                            bool inside = triangle == Triangle.Lower ? j < i : j > i, given = inside || (i == j && diagonal == Diagonal.Stored);
                            dense[(i * order) + j] = given ? a[(i * lda) + j] : i == j ? 1 : 0;
                            a[(i * lda) + j] = given ? a[(i * lda) + j] : double.NaN;
                        }
                    }

                    foreach (bool transpose in (bool[])[false, true])
                    {
                        string what = $"{side}, {triangle}, {diagonal}, transposed: {transpose}";
                        double[] b = TestMatrices.Random(m, ldb, 2), expected = [.. b], shared = [.. b], old = [.. b];
                        if (side == Side.Left)
                            Blas.Gemm(transpose, false, m, n, m, -0.75, dense, order, old, ldb, 0, expected, ldb);
                        else
                            Blas.Gemm(false, transpose, m, n, n, -0.75, old, ldb, dense, order, 0, expected, ldb);
                        Blas.Trmm(side, triangle, transpose, diagonal, m, n, -0.75, a, lda, b, ldb);
                        for (int i = 0; i < b.Length; i++)
                            Promises.Close(expected[i], b[i], 0, 2e-15 * order, $"{what}, element {i}");
                        Hardware.SameBitsEverywhere<double>(b, $"trmm {what} {m} x {n}");
                        Blas.Trmm(side, triangle, transpose, diagonal, m, n, -0.75, a, lda, shared, ldb, Workers.Threads(2));
                        Promises.SameBits(b, shared, $"{what}, two threads");
                    }
                }
            }
        }
    }

    [Fact]
    public void TriangularSolveInvertsTheTriangularProduct() => Forall.Check(
        Prop.ForAll(
            (from m in Gen.Choose(1, 70) from n in Gen.Choose(1, 70) from flags in Gen.Choose(0, 15) from seed in Gen.Choose(0, int.MaxValue) select (m, n, flags, seed)).ToArbitrary(),
            t =>
            {
                (int m, int n, int flags, int seed) = t;
                Side side = (flags & 1) == 0 ? Side.Left : Side.Right;
                Triangle triangle = (flags & 2) == 0 ? Triangle.Lower : Triangle.Upper;
                Diagonal diagonal = (flags & 4) == 0 ? Diagonal.Stored : Diagonal.Unit;
                bool transpose = (flags & 8) != 0;
                int order = side == Side.Left ? m : n;
                float[] a = TestMatrices.Random<float>(order, order, (ulong)seed), b = TestMatrices.Random<float>(m, n, (ulong)seed + 1), x = [.. b];
                for (int i = 0; i < a.Length; i++)
                    a[i] = i % (order + 1) == 0 ? 2 + a[i] : a[i] / order;
                Blas.Trmm<float>(side, triangle, transpose, diagonal, m, n, 2, a, order, x, n);
                Blas.Trsm<float>(side, triangle, transpose, diagonal, m, n, 0.5f, a, order, x, n);
                return b.Zip(x).All(p => Math.Abs(p.First - p.Second) <= 2e-5f);
            }));

    [Fact]
    public void AnInfinityReachesOnlyTheElementsThatItBelongsTo()
    {
        const int N = 50;
        double[] a = TestMatrices.Random(N, N, 1), b = TestMatrices.Random(N, 3, 2);
        b[(20 * 3) + 1] = double.PositiveInfinity;
        Blas.Trmm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, N, 3, 1, a, N, b, 3);
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < 3; j++)
                Assert.Equal(i < 20 || j != 1, double.IsFinite(b[(i * 3) + j]));
        }
    }

    [Fact]
    public void NothingIsAllocatedAfterWarmUp()
    {
        const int N = 70;
        double[] a = TestMatrices.Random(N, N, 1), b = new double[N * N], x = new double[N], y = new double[N];
        for (int i = 0; i < N; i++)
            a[i * (N + 1)] = 1;
        Promises.AllocatesNothing(() => Blas.Gemv<double>(false, N, N, 1, a, N, x, 0, y), "Gemv");
        Promises.AllocatesNothing(() => Blas.Syrk<double>(Triangle.Lower, false, N, N, 1, a, N, 0, b, N), "Syrk");
        Promises.AllocatesNothing(() => Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, N, N, 1, a, N, b, N), "Trsm, left");
        Promises.AllocatesNothing(() => Blas.Trsm<double>(Side.Right, Triangle.Lower, false, Diagonal.Stored, N, N, 1, a, N, b, N), "Trsm, right");
        Promises.AllocatesNothing(() => Blas.Trsv<double>(Triangle.Lower, false, Diagonal.Stored, N, a, N, x), "Trsv");
        Promises.AllocatesNothing(() => Blas.Trmm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, N, N, 1, a, N, b, N), "Trmm");
        Promises.AllocatesNothing(() => Blas.Symm<double>(Side.Left, Triangle.Lower, N, N, 1, a, N, a, N, 0, b, N), "Symm");
    }

    [Fact]
    public void MistakesAreNamed()
    {
        double[] a = new double[6], x = new double[3], y = new double[2];
        Assert.Throws<ArgumentException>("x", () => Blas.Gemv(false, 2, 3, 1, a, 3, y, 0, y));
        Assert.Throws<ArgumentException>("y", () => Blas.Gemv(false, 2, 3, 1, a, 3, x, 0, x));
        Assert.Throws<ArgumentException>("y", () => Blas.Gemv<double>(false, 2, 2, 1, a, 2, y, 0, y));
        Assert.Throws<ArgumentException>("lda", () => Blas.Ger<double>(2, 3, 1, y, x, a, 2));
        Assert.Throws<ArgumentException>("a", () => Blas.Trsv(Triangle.Lower, false, Diagonal.Stored, 3, a, 3, x));
        Assert.Throws<ArgumentOutOfRangeException>("triangle", () => Blas.Trsv((Triangle)7, false, Diagonal.Stored, 2, a, 2, y));
        Assert.Throws<ArgumentException>("b", () => Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, 2, 2, 1, a, 2, a, 2));
        Assert.Throws<ArgumentException>("b", () => Blas.Trmm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, 2, 2, 1, a, 2, a, 2));
        Assert.Throws<ArgumentException>("c", () => Blas.Symm<double>(Side.Left, Triangle.Lower, 2, 2, 1, a, 2, new double[4], 2, 0, a, 2));
        Assert.Throws<ArgumentOutOfRangeException>("side", () => Blas.Symm<double>((Side)5, Triangle.Lower, 2, 2, 1, a, 2, new double[4], 2, 0, new double[4], 2));
        Assert.Throws<ArgumentOutOfRangeException>("m", () => Blas.Trmm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, -1, 2, 1, a, 2, new double[4], 2));
    }
}
