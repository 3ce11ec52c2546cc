using System.Text.Json;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class PivotedQrTests
{
    private static IEnumerable<JsonElement> Matrices() =>
        Reference.Json("golden/03_linalg.json").GetProperty("cases").EnumerateArray().Where(c => c.TryGetProperty("lstsq", out _));

    [Fact]
    public void RankAndLeastSquaresSolutionsMeetTheReference()
    {
        int solved = 0, ranks = 0;
        foreach (JsonElement golden in Matrices())
        {
            string id = golden.GetProperty("id").GetString()!;
            int m = golden.GetProperty("rows").GetInt32(), n = golden.GetProperty("cols").GetInt32();
            double[] a = golden.RowMajor("A"), b = golden.Numbers("b");
            double cond = golden.Number("cond2");
            int rank = golden.GetProperty("rank").GetInt32();
            var qr = new PivotedQr<double>(m, n);
            qr.Factor(a);

            Assert.True(rank == qr.Rank(rank < Math.Min(m, n) ? 1e-10 : double.NaN), $"{id}: rank");
            ranks++;

            // The basic solution is the minimum-norm solution where the columns are independent.
            if (rank < n)
                continue;
            double[] x = new double[n];
            qr.Solve(b, x, 0);
            AssertVectorsClose(golden.Numbers("lstsq"), x, Math.Max(1, cond) * 2e-14, id);
            solved++;
        }

        Assert.True(solved >= 20 && ranks >= 30, $"{solved} systems, {ranks} ranks");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(9, 4)]
    [InlineData(4, 9)]
    [InlineData(40, 13)]
    [InlineData(90, 70)]
    [InlineData(70, 110)]
    [InlineData(130, 130)]
    public void TheFactorsReproduceTheMatrixWithFallingDiagonal(int m, int n)
    {
        double[] a = TestMatrices.Random(m, n, seed: (ulong)((m * 100) + n));
        var qr = new PivotedQr<double>(m, n);
        qr.Factor(a);
        int k = Math.Min(m, n);
        double[] r = new double[k * n];
        qr.CopyR(r);
        double[] column = new double[m];
        for (int j = 0; j < n; j++)
        {
            column.AsSpan().Clear();
            for (int i = 0; i < k; i++)
                column[i] = r[(i * n) + j];
            qr.ApplyQ(column);
            for (int i = 0; i < m; i++)
                Promises.Close(a[(i * n) + qr.Permutation[j]], column[i], 0, 1e-14 * m, $"A[{i},{j}]");
            Promises.Close(Math.Sqrt(Enumerable.Range(0, m).Sum(i => a[(i * n) + j] * a[(i * n) + j])), qr.ColumnNorms[j], 1e-14, 0, $"norm {j}");
        }

        for (int i = 1; i < k; i++)
            Assert.True(Math.Abs(qr.R(i, i)) <= Math.Abs(qr.R(i - 1, i - 1)) * (1 + 1e-14));
        Assert.Equal(Enumerable.Range(0, n), qr.Permutation.ToArray().Order());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 12)]
    [InlineData(90, 70)]
    [InlineData(133, 140)]
    public void SinglePrecisionFollowsDoublePrecision(int m, int n)
    {
        // Columns of lengths well apart: the order of pivots doesn't hang on rounding.
        float[] a = TestMatrices.Random<float>(m, n, 5);
        for (int i = 0; i < a.Length; i++)
            a[i] *= MathF.Pow(1.3f, (i % n) * 17 % n % 40);
        var single = new PivotedQr<float>(m, n);
        var pivoted = new PivotedQr<double>(m, n);
        single.Factor(a);
        pivoted.Factor([.. a.Select(v => (double)v)]);
        Assert.Equal(Enumerable.Range(0, n), single.Permutation.ToArray().Order());
        for (int j = 0; j < n; j++)
        {
            // Q keeps the length of each column.
            double length = 0, expected = 0;
            for (int i = 0; i < single.Steps; i++)
                length += (double)single.R(i, j) * single.R(i, j);
            for (int i = 0; i < m; i++)
                expected += (double)a[(i * n) + single.Permutation[j]] * a[(i * n) + single.Permutation[j]];
            Promises.Close(expected, length, 1e-5, 0, $"length of {j}");
        }

        Promises.Close(Math.Abs(pivoted.R(0, 0)), Math.Abs(single.R(0, 0)), 1e-5, 0, "R[0,0]");
    }

    [Theory]
    [InlineData(100, 90, 20)]
    [InlineData(65, 64, 1)]
    [InlineData(80, 120, 33)]
    public void TheRankOfLargeMatricesIsRead(int m, int n, int rank)
    {
        double[] left = TestMatrices.Random(m, rank, 7), right = TestMatrices.Random(rank, n, 8), a = new double[m * n];
        Blas.Multiply<double>(left, right, a, m, rank, n);
        var qr = new PivotedQr<double>(m, n);
        qr.Factor(a);
        Assert.Equal(rank, qr.Rank(1e-12));

        // No column that is left is longer than the one that was taken.
        for (int i = 0; i < rank; i++)
        {
            for (int j = i; j < n; j++)
            {
                double squares = 0;
                for (int row = i; row < qr.Steps; row++)
                    squares += qr.R(row, j) * qr.R(row, j);
                Assert.True(Math.Sqrt(squares) <= Math.Abs(qr.R(i, i)) * (1 + 1e-12), $"({i}, {j})");
            }
        }

        Hardware.SameBitsEverywhere(qr.Permutation, $"{m} x {n}");
    }

    [Fact]
    public void QIsOrthogonalAndItsTransposeInvertsIt()
    {
        const int M = 17, N = 6;
        var qr = new PivotedQr<double>(M, N);
        qr.Factor(TestMatrices.Random(M, N, 3));
        double[] v = TestMatrices.Random(M, 1, 4), w = [.. v];
        qr.ApplyQTransposed(w);
        Promises.Close(v.Sum(x => x * x), w.Sum(x => x * x), 1e-14, 0, "norm");
        qr.ApplyQ(w);
        AssertVectorsClose(v, w, 1e-14, "Q Q' v");
    }

    [Fact]
    public void TriangularSolvesInvertR()
    {
        const int M = 11, N = 7;
        var qr = new PivotedQr<double>(M, N);
        qr.Factor(TestMatrices.Random(M, N, 9));
        for (int s = 0; s <= N; s++)
        {
            double[] x = TestMatrices.Random(1, Math.Max(s, 1), 5)[..s];
            double[] forward = new double[s], transposed = new double[s];
            for (int i = 0; i < s; i++)
            {
                for (int j = 0; j < s; j++)
                {
                    forward[i] += qr.R(i, j) * x[j];
                    transposed[i] += qr.R(j, i) * x[j];
                }
            }

            qr.SolveR(forward);
            qr.SolveRTransposed(transposed);
            AssertVectorsClose(x, forward, 1e-12, $"R, {s}");
            AssertVectorsClose(x, transposed, 1e-12, $"R', {s}");
        }
    }

    [Fact]
    public void ResidualOfALeastSquaresSolutionIsOrthogonalToTheColumns() => Forall.Check(
        Prop.ForAll((from columns in Gen.Choose(1, 9) from extra in Gen.Choose(0, 12) from seed in Gen.Choose(0, int.MaxValue) select (columns, extra, seed)).ToArbitrary(), sizes =>
        {
            int n = sizes.Item1, m = n + sizes.Item2;
            double[] a = TestMatrices.Random(m, n, (ulong)sizes.Item3), b = TestMatrices.Random(m, 1, (ulong)sizes.Item3 + 1), x = new double[n];
            var qr = new PivotedQr<double>(m, n);
            qr.Factor(a);
            qr.Solve(b, x);
            double largest = 0, scale = 0;
            for (int j = 0; j < n; j++)
            {
                double dot = 0;
                for (int i = 0; i < m; i++)
                {
                    double residual = b[i];
                    for (int c = 0; c < n; c++)
                    {
                        residual -= a[(i * n) + c] * x[c];
                        scale = Math.Max(scale, Math.Abs(a[(i * n) + c] * x[c]));
                    }

                    dot += a[(i * n) + j] * residual;
                }

                largest = Math.Max(largest, Math.Abs(dot));
            }

            return largest <= 1e-13 * (1 + scale) * m;
        }));

    [Fact]
    public void DependentColumnsAreFoundAndGetNoCoefficient()
    {
        const int M = 12, N = 5;
        double[] a = TestMatrices.Random(M, N, 21);
        for (int i = 0; i < M; i++)
            a[(i * N) + 3] = (2 * a[(i * N) + 0]) - a[(i * N) + 1];
        var qr = new PivotedQr<double>(M, N);
        qr.Factor(a);
        double[] x = new double[N];
        Assert.Equal(4, qr.Solve(TestMatrices.Random(M, 1, 22), x));
        Assert.Equal(0, x[qr.Permutation[4]]);
    }

    [Theory]
    [InlineData(1e-310)]
    [InlineData(1e-160)]
    [InlineData(1e150)]
    [InlineData(1e300)]
    public void ExtremeScalesAreSolved(double scale)
    {
        const int M = 6, N = 3;
        double[] a = [.. TestMatrices.Random(M, N, 31).Select(v => v * scale)], truth = [1, -2, 3], b = new double[M], x = new double[N];
        for (int i = 0; i < M; i++)
        {
            for (int j = 0; j < N; j++)
                b[i] += a[(i * N) + j] * truth[j];
        }

        var qr = new PivotedQr<double>(M, N);
        qr.Factor(a);
        Assert.Equal(N, qr.Solve(b, x));
        AssertVectorsClose(truth, x, scale < 1e-300 ? 1e-9 : 1e-13, "x");
    }

    [Fact]
    public void SavedAndLoadedFactorsSolveToTheSameBits()
    {
        var first = new PivotedQr<double>(7, 4);
        first.Factor(TestMatrices.Random(7, 4, 41));
        byte[] saved = StateArchive.Save(first);
        var second = new PivotedQr<double>(7, 4);
        StateArchive.Load(second, saved);
        double[] b = TestMatrices.Random(7, 1, 42), x = new double[4], y = new double[4];
        first.Solve(b, x);
        second.Solve(b, y);
        Promises.SameBits(x, y, "solution");
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new PivotedQr<double>(7, 5), saved));
    }

    [Fact]
    public void FactoringAgainAllocatesNothing()
    {
        double[] a = TestMatrices.Random(20, 6, 51), b = TestMatrices.Random(20, 1, 52), x = new double[6];
        var qr = new PivotedQr<double>(20, 6);
        Promises.AllocatesNothing(
            () =>
            {
                qr.Factor(a);
                qr.Solve(b, x);
            },
            "PivotedQr");
    }

    [Fact]
    public void WrongSizesAreNamed()
    {
        var qr = new PivotedQr<double>(3, 2);
        Assert.Contains("5", Assert.Throws<ArgumentException>("a", () => qr.Factor(new double[5])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("v", () => qr.ApplyQ(new double[2]));
        Assert.Throws<ArgumentException>("v", () => qr.SolveR(new double[3]));
        Assert.Throws<ArgumentException>("b", () => qr.Solve(new double[2], new double[2]));
        Assert.Throws<ArgumentException>("x", () => qr.Solve(new double[3], new double[3]));
        Assert.Throws<ArgumentOutOfRangeException>("rows", () => new PivotedQr<double>(0, 2));
        Assert.Throws<ArgumentOutOfRangeException>("i", () => qr.R(2, 0));
    }

    private static void AssertVectorsClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double relative, string what)
    {
        double norm = 0, error = 0;
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            norm = Math.Max(norm, Math.Abs(expected[i]));
            error = Math.Max(error, Math.Abs(expected[i] - actual[i]));
        }

        Assert.True(error <= relative * norm, $"{what}: error {error:g3} of {norm:g3}, tolerance {relative:g3}");
    }
}
