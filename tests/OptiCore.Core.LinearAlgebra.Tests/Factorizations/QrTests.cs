using System.Numerics;
using System.Text.Json;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class QrTests
{
    private static IEnumerable<JsonElement> Cases() => Reference.Json("golden/03_linalg.json").GetProperty("cases").EnumerateArray();

    [Fact]
    public void FactorsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in Cases())
        {
            string id = golden.GetProperty("id").GetString()!;
            int m = golden.GetProperty("rows").GetInt32(), n = golden.GetProperty("cols").GetInt32(), k = Math.Min(m, n);
            double condition = Math.Max(1, golden.Number("cond2"));
            double[] a = golden.RowMajor("A"), r = new double[k * n], q = new double[m * k];
            var qr = new Qr<double>(m, n);
            qr.Factor(a);
            qr.CopyR(r);
            qr.CopyQ(q);
            Dense.AssertClose(a, Dense.Multiply(q, r, m, k, n), 1e-15 * (n + 5), id + " Q R");
            Dense.AssertClose(Dense.Identity(k), Dense.Multiply(Dense.Transpose(q, m, k), q, k, m, k), 1e-15 * (m + 5), id + " Q'Q");

            // The factors themselves are only determined where the columns are independent.
            if (golden.GetProperty("rank").GetInt32() < k)
                continue;
            for (int i = 0; i < k; i++)
            {
                if (!double.IsNegative(r[(i * n) + i]))
                    continue;
                for (int j = 0; j < n; j++)
                    r[(i * n) + j] = -r[(i * n) + j];
                for (int j = 0; j < m; j++)
                    q[(j * k) + i] = -q[(j * k) + i];
            }

            Dense.AssertClose(golden.GetProperty("qr").RowMajor("R"), r, 4e-15 * n * Math.Min(condition, 1e12), id + " R");
            Dense.AssertClose(golden.GetProperty("qr").RowMajor("Q"), q, 4e-15 * n * condition, id + " Q");
            count++;
        }

        Assert.True(count >= 30, $"{count} cases");
    }

    [Fact]
    public void LeastSquaresSolutionsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in Cases())
        {
            string id = golden.GetProperty("id").GetString()!;
            int m = golden.GetProperty("rows").GetInt32(), n = golden.GetProperty("cols").GetInt32();
            if (m < n || golden.GetProperty("rank").GetInt32() < n)
                continue;
            double[] a = golden.RowMajor("A"), b = golden.Numbers("b"), x = new double[n];
            var qr = new Qr<double>(m, n);
            qr.Factor(a);
            Assert.True(qr.TrySolve(b, x, out double residual), id);
            Dense.AssertClose(golden.Numbers("lstsq"), x, 2e-14 * Math.Max(1, golden.Number("cond2")), id);
            double[] fitted = Dense.Multiply(a, x, m, n, 1);
            double squares = fitted.Zip(b, (f, v) => (f - v) * (f - v)).Sum();
            Assert.True(Math.Abs(Math.Sqrt(squares) - residual) <= 1e-13 * b.Max(Math.Abs) * Math.Max(1, x.Max(Math.Abs)), id + " residual");
            count++;
        }

        Assert.True(count >= 25, $"{count} cases");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(1, 4)]
    [InlineData(31, 31)]
    [InlineData(33, 33)]
    [InlineData(70, 41)]
    [InlineData(41, 70)]
    [InlineData(600, 37)]
    [InlineData(130, 130)]
    public void FactorsReproduceTheMatrix(int m, int n)
    {
        Reproduces<double>(m, n);
        Reproduces<float>(m, n);
    }

    private static void Reproduces<T>(int m, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int k = Math.Min(m, n);
        T[] a = TestMatrices.Random<T>(m, n, 1), r = new T[k * n], q = new T[m * k];
        var qr = new Qr<T>(m, n);
        qr.Factor(TestMatrices.Random<T>(m, n, 2));
        qr.Factor(a);
        qr.CopyR(r);
        qr.CopyQ(q);
        double tolerance = 4 * Dense.Epsilon<T>() * (Math.Sqrt(m) + 4);
        double[] basis = Dense.ToDouble<T>(q);
        Dense.AssertClose(Dense.ToDouble<T>(a), Dense.Multiply(basis, Dense.ToDouble<T>(r), m, k, n), tolerance, $"Q R {m} x {n} {typeof(T).Name}");
        Dense.AssertClose(Dense.Identity(k), Dense.Multiply(Dense.Transpose(basis, m, k), basis, k, m, k), tolerance, $"Q'Q {m} x {n} {typeof(T).Name}");
        for (int i = 0; i < k; i++)
        {
            Assert.Equal(r[(i * n) + (n - 1)], qr.R(i, n - 1));
            for (int j = 0; j < i; j++)
                Assert.Equal(T.Zero, r[(i * n) + j]);
        }

        Hardware.SameBitsEverywhere<T>(r, $"R {m} x {n} {typeof(T).Name}");
        Hardware.SameBitsEverywhere<T>(q, $"Q {m} x {n} {typeof(T).Name}");
    }

    [Theory]
    [InlineData(75, 40)]
    [InlineData(20, 50)]
    public void ReflectionsOfVectorsAndMatricesAgree(int m, int n)
    {
        const int Columns = 5, Ldb = 7;
        var qr = new Qr<double>(m, n);
        qr.Factor(TestMatrices.Random(m, n, 3));
        double[] b = TestMatrices.Random(m, Ldb, 4), original = [.. b], v = new double[m];
        qr.ApplyQTransposed(b, Columns, Ldb);
        for (int j = 0; j < Ldb; j++)
        {
            for (int i = 0; i < m; i++)
                v[i] = original[(i * Ldb) + j];
            if (j < Columns)
                qr.ApplyQTransposed(v);
            for (int i = 0; i < m; i++)
                Promises.Close(v[i], b[(i * Ldb) + j], 0, 1e-13, $"({i}, {j})");
            if (j >= Columns)
                continue;
            qr.ApplyQ(v);
            for (int i = 0; i < m; i++)
                Promises.Close(original[(i * Ldb) + j], v[i], 0, 1e-13, $"back ({i}, {j})");
        }

        qr.ApplyQ(b, Columns, Ldb);
        Dense.AssertClose(original, b, 1e-13, "Q Q' B");
    }

    [Fact]
    public void ExtremeScalesKeepTheirDigits()
    {
        foreach (double scale in new[] { 1e-300, 1e-160, 1e150 })
        {
            double[] a = [.. TestMatrices.Random(9, 4, 5).Select(v => v * scale)], r = new double[16], q = new double[36];
            var qr = new Qr<double>(9, 4);
            qr.Factor(a);
            qr.CopyR(r);
            qr.CopyQ(q);
            Dense.AssertClose(a, Dense.Multiply(q, r, 9, 4, 4), 1e-14, $"scale {scale:g1}");
        }
    }

    [Fact]
    public void ColumnsOfZerosAndMissingRanksAreReported()
    {
        double[] a = TestMatrices.Random(6, 3, 6), x = new double[3], b = TestMatrices.Random(6, 1, 7);
        for (int i = 0; i < 6; i++)
            a[(i * 3) + 1] = 0;
        var qr = new Qr<double>(6, 3);
        qr.Factor(a);
        Assert.False(qr.TrySolve(b, x, out _));
        Assert.Equal(0, qr.ReciprocalCondition());
        a[4] = double.NaN;
        qr.Factor(a);
        Assert.False(qr.TrySolve(b, x, out _));
        Assert.Throws<InvalidOperationException>(() => new Qr<double>(2, 3).TrySolve(new double[2], new double[3], out _));
        Assert.Equal("rows", Assert.Throws<ArgumentOutOfRangeException>(() => new Qr<double>(0, 3)).ParamName);
        Assert.Equal("a", Assert.Throws<ArgumentException>(() => qr.Factor(new double[17])).ParamName);
    }

    [Fact]
    public void TriangularSystemsOfRAreSolved()
    {
        const int M = 50, N = 40;
        var qr = new Qr<double>(M, N);
        double[] a = TestMatrices.Random(M, N, 8), r = new double[N * N], x = TestMatrices.Random(N, 1, 9);
        qr.Factor(a);
        qr.CopyR(r);
        double[] b = Dense.Multiply(r, x, N, N, 1), c = Dense.Multiply(Dense.Transpose(r, N, N), x, N, N, 1);
        qr.SolveR(b);
        qr.SolveRTransposed(c);
        Dense.AssertClose(x, b, 1e-11, "R");
        Dense.AssertClose(x, c, 1e-11, "R'");
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(40, 40, 0)]
    [InlineData(1000, 7, 16)]
    [InlineData(997, 7, 16)]
    [InlineData(5000, 20, 0)]
    public void TheTreeGivesTheTriangleOfTheWholeForAnyWorkers(int m, int n, int block)
    {
        double[] a = TestMatrices.Random(m, n, 10), r = new double[n * n], whole = new double[n * n], parallel = new double[n * n];
        new TallSkinnyQr<double>(m, n, block).Factor(a, r);
        var qr = new Qr<double>(m, n);
        qr.Factor(a);
        qr.CopyR(whole);
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
                whole[(i * n) + j] *= Math.Sign(qr.R(i, i));
        }

        Dense.AssertClose(whole, r, 1e-14 * n, "R");
        var tree = new TallSkinnyQr<double>(m, n, block);
        foreach (int workers in new[] { 2, 3, 8 })
        {
            tree.Factor(a, parallel, Workers.Threads(workers));
            Promises.SameBits(r, parallel, $"{workers} workers");
        }

        Hardware.SameBitsEverywhere<double>(r, $"R {m} x {n}");
    }

    [Fact]
    public void UpdatedFactorsAreFactorsOfTheChangedMatrix() => Forall.Check(Prop.ForAll(
        Gen.Choose(1, 12).Two().ToArbitrary(),
        size =>
        {
            (int m, int n) = size;
            ulong seed = (ulong)((m * 100) + n);
            double[] a = TestMatrices.Random(m, n, seed), u = TestMatrices.Random(m, 1, seed + 1), v = TestMatrices.Random(n, 1, seed + 2);
            double[] q = Dense.Identity(m), r = new double[m * n];
            var qr = new Qr<double>(m, n);
            qr.Factor(a);
            qr.ApplyQ(q, m, m);
            for (int i = 0; i < Math.Min(m, n); i++)
            {
                for (int j = i; j < n; j++)
                    r[(i * n) + j] = qr.R(i, j);
            }

            QrUpdate.Add(q, r, m, n, u, v);
            double[] changed = [.. a];
            Blas.Ger(m, n, 1, u, v, changed, n);
            Dense.AssertClose(changed, Dense.Multiply(q, r, m, m, n), 1e-14 * (m + n), "Q R");
            Dense.AssertClose(Dense.Identity(m), Dense.Multiply(Dense.Transpose(q, m, m), q, m, m, m), 1e-14 * m, "Q'Q");
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < Math.Min(i, n); j++)
                    Assert.True(Math.Abs(r[(i * n) + j]) < 1e-15, $"R[{i},{j}] = {r[(i * n) + j]}");
            }
        }));

    [Fact]
    public void FactorsAndSolutionsAllocateNothing()
    {
        const int M = 90, N = 50;
        var qr = new Qr<double>(M, N);
        var tree = new TallSkinnyQr<double>(M, 5, 10);
        double[] a = TestMatrices.Random(M, N, 11), b = TestMatrices.Random(M, 1, 12), x = new double[N], q = new double[M * N], r = new double[25];
        Promises.AllocatesNothing(
            () =>
            {
                qr.Factor(a);
                qr.TrySolve(b, x, out _);
                qr.CopyQ(q);
                qr.ReciprocalCondition();
                tree.Factor(a.AsSpan(0, M * 5), r);
            },
            "QR",
            warmUp: 60,
            measured: 10);
    }
}
