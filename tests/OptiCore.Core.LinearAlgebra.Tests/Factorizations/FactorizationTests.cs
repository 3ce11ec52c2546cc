using System.Text.Json;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class FactorizationTests
{
    private static IEnumerable<JsonElement> With(string property) =>
        Reference.Json("golden/03_linalg.json").GetProperty("cases").EnumerateArray()
            .Where(c => c.TryGetProperty("A", out _) && c.TryGetProperty(property, out JsonElement p) && p.ValueKind != JsonValueKind.Null);

    private static (string Id, int N, double[] A, double Condition) Read(JsonElement golden) =>
        (golden.GetProperty("id").GetString()!, golden.GetProperty("rows").GetInt32(), golden.RowMajor("A"), Math.Max(1, golden.Number("cond2")));

    [Fact]
    public void CholeskyFactorsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("cholesky_lower"))
        {
            (string id, int n, double[] a, double condition) = Read(golden);
            JsonElement[] rows = [.. golden.GetProperty("cholesky_lower").EnumerateArray()];
            Assert.True(Cholesky.TryFactor<double>(a, n), id);
            double[] expected = new double[n * n], actual = new double[n * n];
            for (int i = 0; i < n; i++)
            {
                rows[i].Numbers().AsSpan(0, i + 1).CopyTo(expected.AsSpan(i * n));
                a.AsSpan(i * n, i + 1).CopyTo(actual.AsSpan(i * n));
            }

            AssertClose(expected, actual, 1e-15 * condition * 10, id);
            count++;
        }

        Assert.True(count >= 8, $"{count} cases");
    }

    [Fact]
    public void SystemsInversesAndDeterminantsOfCholeskyMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("cholesky_lower").Where(c => c.TryGetProperty("solve_exact", out _)))
        {
            (string id, int n, double[] a, double condition) = Read(golden);
            double[] b = golden.Numbers("b"), inverse = new double[n * n];
            Assert.True(Cholesky.TryFactor(a, n, n, out int failed), id);
            Assert.Equal(-1, failed);
            Cholesky.Solve<double>(a, n, n, b);
            AssertClose(golden.Numbers("solve_exact"), b, 2e-15 * condition * n, id);
            double determinant = golden.TryGetProperty("det_exact", out JsonElement exact) ? exact.Number() : golden.Number("det");
            Promises.Close(Math.Log(determinant), Cholesky.LogDeterminant<double>(a, n, n), 1e-14, 2e-15 * condition * n, id);
            if (condition * 1e-15 * n < 1e-3)
            {
                Cholesky.Inverse(a, n, n, inverse, n);
                AssertClose(golden.RowMajor("inv"), inverse, 4e-15 * condition * n, id);
            }

            count++;
        }

        Assert.True(count >= 8, $"{count} cases");
    }

    /// <summary>Orders on both sides of the block, of whole and of broken blocks, of the larger block; rows farther apart than they are long.</summary>
    [Theory]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(150)]
    [InlineData(520)]
    public void TheInverseTimesTheMatrixIsOne(int n)
    {
        int ld = n + 3;
        double[] a = TestMatrices.PositiveDefinite(n, 5), l = [.. a], inverse = new double[n * ld], x = new double[n * n], product = Dense.Identity(n);
        Array.Fill(inverse, double.NaN);
        Assert.True(Cholesky.TryFactor<double>(l, n));
        Cholesky.Inverse(l, n, n, inverse, ld);
        for (int i = 0; i < n; i++)
        {
            inverse.AsSpan(i * ld, n).CopyTo(x.AsSpan(i * n));
            for (int j = 0; j < n; j++)
                Assert.Equal(inverse[(j * ld) + i], inverse[(i * ld) + j]);
            for (int j = n; j < ld; j++)
                Assert.True(double.IsNaN(inverse[(i * ld) + j]));
        }

        Blas.Gemm<double>(false, false, n, n, n, 1, a, n, x, n, -1, product, n);
        Assert.InRange(MatrixNorm.One<double>(product, n, n, n), 0, n * 1e-15 * MatrixNorm.One<double>(a, n, n, n) * MatrixNorm.One<double>(x, n, n, n));
    }

    [Fact]
    public void LuFactorsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("lu"))
        {
            (string id, int n, double[] a, double condition) = Read(golden);
            if (golden.GetProperty("cols").GetInt32() != n)
                continue;
            JsonElement lu = golden.GetProperty("lu");
            int[] permutation = new int[n], expectedPermutation = [.. lu.GetProperty("perm").EnumerateArray().Select(p => p.GetInt32())];
            bool regular = Lu.TryFactor(a, n, n, permutation);
            Assert.True(regular || golden.GetProperty("rank").GetInt32() < n, id);
            if (!expectedPermutation.SequenceEqual(permutation))
            {
                // pascal_6: the candidates of the third pivot are both -3 in exact arithmetic, so that rounding decides. Any choice of
                // multipliers of at most 1 that reproduces the matrix is partial pivoting.
                Assert.True(id == "pascal_6" || condition > 1e12, $"{id}: permutation [{string.Join(", ", permutation)}]");
                AssertPartialPivoting(golden.RowMajor("A"), a, permutation, n, id);
                continue;
            }

            double[] l = lu.RowMajor("L"), u = lu.RowMajor("U"), expected = new double[n * n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    expected[(i * n) + j] = j < i ? l[(i * n) + j] : u[(i * n) + j];
            }

            AssertClose(expected, a, 1e-15 * n * Math.Min(condition, 1e8), id);
            count++;
        }

        Assert.True(count >= 20, $"{count} cases");
    }

    private static void AssertPartialPivoting(double[] a, double[] factors, int[] permutation, int n, string id)
    {
        double[] l = new double[n * n], u = new double[n * n], product = new double[n * n], permuted = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                (i > j ? l : u)[(i * n) + j] = factors[(i * n) + j];
            l[(i * n) + i] = 1;
            a.AsSpan(permutation[i] * n, n).CopyTo(permuted.AsSpan(i * n));
        }

        Assert.All(l, v => Assert.True(Math.Abs(v) <= 1, id));
        Blas.Multiply<double>(l, u, product, n, n, n);
        AssertClose(permuted, product, 1e-15 * n, id);
    }

    [Fact]
    public void SystemsInversesAndDeterminantsOfLuMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("solve_exact"))
        {
            (string id, int n, double[] a, double condition) = Read(golden);
            int[] permutation = new int[n];
            double[] b = golden.Numbers("b"), x = new double[n], original = [.. a], inverse = new double[n * n];
            Assert.True(Lu.TryFactor(a, n, n, permutation), id);
            Lu.Solve(a, n, n, permutation, b, x);
            AssertClose(golden.Numbers("solve_exact"), x, 2e-15 * condition * n, id);
            double determinant = golden.TryGetProperty("det_exact", out JsonElement exact) ? exact.Number() : golden.Number("det");
            double logarithm = Lu.LogDeterminant(a, n, n, permutation, out int sign);
            Assert.Equal(Math.Sign(determinant), sign);
            Promises.Close(Math.Log(Math.Abs(determinant)), logarithm, 1e-14, 2e-15 * condition * n, id);
            if (condition * 1e-15 * n < 1e-3)
            {
                Lu.Inverse(a, n, n, permutation, inverse, n);
                AssertClose(golden.RowMajor("inv"), inverse, 4e-15 * condition * n, id);

                // A' (A'^-1 b) = b
                double[] back = new double[n];
                Lu.Solve(a, n, n, permutation, b, x, transpose: true);
                Blas.Gemv(true, n, n, 1, original, n, x, 0, back);
                AssertClose(b, back, 1e-14 * condition * n, id + " transposed");
            }

            count++;
        }

        Assert.True(count >= 15, $"{count} cases");
    }

    [Fact]
    public void TriangularSystemsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("triangular"))
        {
            (string id, int n, double[] a, _) = Read(golden);
            double[] l = new double[n * n];
            for (int i = 0; i < n; i++)
            {
                double sum = 0;
                for (int j = 0; j < n; j++)
                    sum += Math.Abs(a[(i * n) + j]);
                for (int j = 0; j <= i; j++)
                    l[(i * n) + j] = a[(i * n) + j] + (i == j ? 2 * sum : 0);
            }

            double[] lower = golden.Numbers("b"), upper = golden.Numbers("b");
            Blas.Trsv(Triangle.Lower, false, Diagonal.Stored, n, l, n, lower);
            Blas.Trsv(Triangle.Lower, true, Diagonal.Stored, n, l, n, upper);
            AssertClose(golden.GetProperty("triangular").Numbers("lower"), lower, 1e-14, id);
            AssertClose(golden.GetProperty("triangular").Numbers("upper_of_transpose"), upper, 1e-14, id);
            count++;
        }

        Assert.True(count >= 20, $"{count} cases");
    }

    [Fact]
    public void ReferenceQrFactorsMultiplyToTheMatrix()
    {
        int count = 0;
        foreach (JsonElement golden in With("qr"))
        {
            (string id, int m, double[] a, _) = Read(golden);
            int n = golden.GetProperty("cols").GetInt32(), k = Math.Min(m, n);
            double[] product = new double[m * n];
            Blas.Multiply<double>(golden.GetProperty("qr").RowMajor("Q"), golden.GetProperty("qr").RowMajor("R"), product, m, k, n);
            AssertClose(a, product, 1e-14 * n, id);
            count++;
        }

        Assert.True(count >= 30, $"{count} cases");
    }

    [Theory]
    [InlineData(47)]
    [InlineData(130)]
    public void BlockedFactorizationsReproduceLargeMatrices(int n)
    {
        double[] a = TestMatrices.PositiveDefinite(n, 1), l = [.. a], product = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
                l[(i * n) + j] = double.NaN;
        }

        Assert.True(Cholesky.TryFactor<double>(l, n));
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
            {
                Assert.True(double.IsNaN(l[(i * n) + j]), "the upper triangle was written");
                l[(i * n) + j] = 0;
            }
        }

        Blas.Gemm(false, true, n, n, n, 1, l, n, l, n, 0, product, n);
        AssertClose(a, product, 1e-14, "L L'");

        double[] square = TestMatrices.Random(n, n, 2), lu = [.. square];
        int[] permutation = new int[n];
        Assert.True(Lu.TryFactor(lu, n, n, permutation));
        AssertPartialPivoting(square, lu, permutation, n, "L U");
    }

    [Theory]
    [InlineData(0, 70)]
    [InlineData(3, 70)]
    [InlineData(60, 70)]
    [InlineData(2, 5)]
    [InlineData(290, 300)]
    public void TheFirstFailingPivotIsNamed(int pivot, int n)
    {
        double[] a = TestMatrices.PositiveDefinite(n, 5);
        a[(pivot * n) + pivot] = -1;
        Assert.False(Cholesky.TryFactor(a, n, n, out int failed));
        Assert.Equal(pivot, failed);
        a = TestMatrices.PositiveDefinite(n, 5);
        a[(pivot * n) + pivot] = double.NaN;
        Assert.False(Cholesky.TryFactor(a, n, n, out failed));
        Assert.Equal(pivot, failed);
    }

    [Fact]
    public void SingularMatricesAreReported()
    {
        int[] permutation = new int[3];
        double[] a = [1, 2, 3, 2, 4, 6, 1, 1, 1];
        Assert.False(Lu.TryFactor(a, 3, 3, permutation));
        Assert.Equal(double.NegativeInfinity, Lu.LogDeterminant(a, 3, 3, permutation, out int sign));
        Assert.Equal(0, sign);
    }

    [Fact]
    public void SeveralRightSidesAreSolvedAtOnce()
    {
        const int N = 60, Columns = 5;
        double[] a = TestMatrices.PositiveDefinite(N, 1), x = TestMatrices.Random(N, Columns, 2), b = new double[N * Columns];
        Blas.Multiply<double>(a, x, b, N, N, Columns);
        Assert.True(Cholesky.TryFactor<double>(a, N));
        Cholesky.Solve(a, N, N, b, Columns, Columns);
        AssertClose(x, b, 1e-12, "X");
    }

    private static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double relative, string what)
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
