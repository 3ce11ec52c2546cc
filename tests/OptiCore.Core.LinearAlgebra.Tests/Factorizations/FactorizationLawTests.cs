using System.Numerics;
using System.Text.Json;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class FactorizationLawTests
{
    [Fact]
    public void RectangularLuFactorsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in Reference.Json("golden/03_linalg.json").GetProperty("cases").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!;
            int m = golden.GetProperty("rows").GetInt32(), n = golden.GetProperty("cols").GetInt32(), k = Math.Min(m, n);
            if (m == n || golden.GetProperty("rank").GetInt32() < k)
                continue;
            double[] a = golden.RowMajor("A"), l = golden.GetProperty("lu").RowMajor("L"), u = golden.GetProperty("lu").RowMajor("U"), expected = new double[m * n];
            int[] permutation = new int[m];
            Assert.True(Lu.TryFactor(a, m, n, n, permutation), id);
            Assert.Equal(golden.GetProperty("lu").GetProperty("perm").EnumerateArray().Select(p => p.GetInt32()), permutation);
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                    expected[(i * n) + j] = j < i ? l[(i * k) + j] : u[(i * n) + j];
            }

            Dense.AssertClose(expected, a, 1e-14, id);
            count++;
        }

        Assert.True(count >= 4, $"{count} cases");
    }

    [Fact]
    public void NormsMeetTheReference()
    {
        foreach (JsonElement golden in Reference.Json("golden/03_linalg.json").GetProperty("cases").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!;
            int m = golden.GetProperty("rows").GetInt32(), n = golden.GetProperty("cols").GetInt32();
            double[] a = golden.RowMajor("A");
            JsonElement norms = golden.GetProperty("norms");
            Promises.Close(norms.Number("one"), MatrixNorm.One<double>(a, m, n, n), 2e-15, 0, id);
            Promises.Close(norms.Number("inf"), MatrixNorm.Infinity<double>(a, m, n, n), 2e-15, 0, id);
            Promises.Close(norms.Number("fro"), MatrixNorm.Frobenius<double>(a, m, n, n), 2e-15, 0, id);
            Assert.Equal(a.Max(Math.Abs), MatrixNorm.Max<double>(a, m, n, n));
        }

        Assert.Equal(0, MatrixNorm.One<double>([], 0, 0, 1));
        Assert.True(double.IsNaN(MatrixNorm.One<double>([1, double.NaN, 3, 4], 2, 2, 2)));
        Assert.True(double.IsNaN(MatrixNorm.Infinity<double>([1, double.NaN, 3, 4], 2, 2, 2)));
        Assert.True(double.IsNaN(MatrixNorm.Frobenius<double>([1, double.NaN, 3, 4], 2, 2, 2)));
        Assert.Equal(5e200, MatrixNorm.Frobenius<double>([3e200, 4e200], 2, 1, 1), 1e186);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 7)]
    [InlineData(40, 23)]
    [InlineData(23, 40)]
    [InlineData(65, 65)]
    [InlineData(300, 17)]
    [InlineData(261, 270)]
    public void LuReproducesMatricesOfBothPrecisions(int m, int n)
    {
        LuReproduces<double>(m, n);
        LuReproduces<float>(m, n);
    }

    private static void LuReproduces<T>(int m, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int k = Math.Min(m, n), lda = n + 3;
        T[] a = TestMatrices.Random<T>(m, lda, 1), factors = [.. a];
        int[] permutation = new int[m];
        Assert.True(Lu.TryFactor(factors, m, n, lda, permutation));
        double[] l = new double[m * k], u = new double[k * n], permuted = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double value = double.CreateChecked(factors[(i * lda) + j]);
                permuted[(i * n) + j] = double.CreateChecked(a[(permutation[i] * lda) + j]);
                if (j < i)
                    Assert.True(Math.Abs(l[(i * k) + j] = value) <= 1, $"L[{i},{j}] = {value}");
                else
                    u[(i * n) + j] = value;
            }

            if (i < k)
                l[(i * k) + i] = 1;
            for (int j = n; j < lda; j++)
                Assert.Equal(a[(i * lda) + j], factors[(i * lda) + j]);
        }

        Dense.AssertClose(permuted, Dense.Multiply(l, u, m, k, n), 4 * (k + 4) * Dense.Epsilon<T>(), $"L U {m} x {n} {typeof(T).Name}");
        Hardware.SameBitsEverywhere<T>(factors, $"LU {m} x {n} {typeof(T).Name}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(129)]
    [InlineData(200)]
    [InlineData(300)]
    public void CholeskyReproducesMatricesOfBothPrecisions(int n)
    {
        CholeskyReproduces<double>(n);
        CholeskyReproduces<float>(n);
    }

    private static void CholeskyReproduces<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] a = TestMatrices.PositiveDefinite(n, 2), l = new double[n * n];
        T[] factor = new T[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                factor[(i * n) + j] = j <= i ? T.CreateChecked(a[(i * n) + j]) : T.NaN;
        }

        Assert.True(Cholesky.TryFactor<T>(factor, n));
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                Assert.Equal(j > i, T.IsNaN(factor[(i * n) + j]));
                l[(i * n) + j] = j <= i ? double.CreateChecked(factor[(i * n) + j]) : 0;
            }
        }

        Dense.AssertClose(a, Dense.Multiply(l, Dense.Transpose(l, n, n), n, n, n), 4 * Math.Sqrt(n + 8) * Dense.Epsilon<T>(), $"L L' {n} {typeof(T).Name}");
        for (int i = 0; i < factor.Length; i++)
            factor[i] = T.IsNaN(factor[i]) ? T.Zero : factor[i];
        Hardware.SameBitsEverywhere<T>(factor, $"L {n} {typeof(T).Name}");
    }

    [Fact]
    public void EmptyMatricesHaveFactors()
    {
        Assert.True(Cholesky.TryFactor<double>([], 0));
        Assert.True(Lu.TryFactor<double>([], 0, 1, []));
        Assert.True(Lu.TryFactor<double>([], 0, 3, 3, []));
        Assert.Equal(1, ConditionEstimate.Lu<double>([], 0, 1, [], 0));
    }

    [Fact]
    public void UpdatesAreFactorsOfTheChangedMatrixAndDowndatesUndoThem() => Forall.Check(Prop.ForAll(
        (from n in Gen.Choose(1, 30) from rank in Gen.Choose(1, 4) from seed in Gen.Choose(0, 1 << 20) select (n, rank, seed)).ToArbitrary(),
        shape =>
        {
            (int n, int rank, int seed) = shape;
            double[] a = TestMatrices.PositiveDefinite(n, (ulong)seed), x = TestMatrices.Random(rank, n, (ulong)seed + 1), l = [.. a], changed = [.. a];
            Assert.True(Cholesky.TryFactor<double>(l, n));
            double[] original = [.. l];
            CholeskyUpdate.Add(l, n, n, x, rank);
            Blas.Syrk(Triangle.Lower, true, n, rank, 1, x, n, 1, changed, n);
            Assert.True(Cholesky.TryFactor<double>(changed, n));
            Dense.AssertClose(changed, l, 1e-14 * (n + 4), "updated");
            Assert.True(CholeskyUpdate.TrySubtract(l, n, n, x, rank, out int done));
            Assert.Equal(rank, done);
            Dense.AssertClose(original, l, 1e-13 * (n + 4), "and back");

            // More than the matrix holds in the direction of its first unit vector.
            double[] tooMuch = new double[n], before = [.. l];
            tooMuch[0] = 1.01 * l[0];
            Assert.False(CholeskyUpdate.TrySubtract<double>(l, n, n, tooMuch));
            Promises.SameBits(before, l, "left as it was");
        }));

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(40)]
    public void ConditionsAreEstimatedWithinAFactor(int n)
    {
        for (ulong seed = 0; seed < 5; seed++)
        {
            double[] a = TestMatrices.Random(n, n, seed), lu = [.. a], inverse = new double[n * n], definite = TestMatrices.PositiveDefinite(n, seed), l = [.. definite];
            int[] permutation = new int[n];
            Assert.True(Lu.TryFactor(lu, n, n, permutation));
            Lu.Inverse(lu, n, n, permutation, inverse, n);
            double norm = MatrixNorm.One<double>(a, n, n, n);
            AssertEstimate(1 / norm / MatrixNorm.One<double>(inverse, n, n, n), ConditionEstimate.Lu(lu, n, n, permutation, norm), n, "LU");

            Assert.True(Cholesky.TryFactor<double>(l, n));
            Cholesky.Inverse(l, n, n, inverse, n);
            norm = MatrixNorm.One<double>(definite, n, n, n);
            AssertEstimate(1 / norm / MatrixNorm.One<double>(inverse, n, n, n), ConditionEstimate.Cholesky(l, n, n, norm), n, "Cholesky");

            double[] triangle = new double[n * n], unit = Dense.Identity(n);
            for (int i = 0; i < n; i++)
                l.AsSpan(i * n, i + 1).CopyTo(triangle.AsSpan(i * n));
            Blas.Trsm(Side.Left, Triangle.Lower, false, Diagonal.Stored, n, n, 1.0, triangle, n, unit, n);
            double exact = 1 / MatrixNorm.One<double>(triangle, n, n, n) / MatrixNorm.One<double>(unit, n, n, n);
            AssertEstimate(exact, ConditionEstimate.Triangular<double>(Triangle.Lower, n, l, n), n, "triangle");
        }

        Assert.Equal(0, ConditionEstimate.Lu<double>([1, 1, 0, 0], 2, 2, [0, 1], 2));
        Assert.True(double.IsNaN(ConditionEstimate.Lu<double>([1, 1, 0, 1], 2, 2, [0, 1], double.NaN)));

        static void AssertEstimate(double exact, double estimate, int n, string what)
        {
            // The estimate of the inverse's norm is a lower bound.
            Assert.True(estimate >= exact * (1 - 1e-10) && estimate <= exact * (n == 1 ? 1 + 1e-12 : 5), $"{what} n={n}: {estimate:g4}, exact {exact:g4}");
        }
    }

    [Fact]
    public void GoldenConditionsAreEstimated()
    {
        int count = 0;
        foreach (JsonElement golden in Reference.Json("golden/03_linalg.json").GetProperty("cases").EnumerateArray().Where(c => c.TryGetProperty("inv", out _)))
        {
            string id = golden.GetProperty("id").GetString()!;
            int n = golden.GetProperty("rows").GetInt32();
            if (golden.Number("cond2") > 1e12)
                continue;
            double[] a = golden.RowMajor("A");
            double norm = MatrixNorm.One<double>(a, n, n, n), exact = 1 / norm / MatrixNorm.One<double>(golden.RowMajor("inv"), n, n, n);
            int[] permutation = new int[n];
            Assert.True(Lu.TryFactor(a, n, n, permutation), id);
            double estimate = ConditionEstimate.Lu(a, n, n, permutation, norm);
            Assert.True(estimate >= exact * 0.999 && estimate <= 4 * exact, $"{id}: {estimate:g4}, exact {exact:g4}");
            Promises.Close(golden.Number("det"), Lu.Determinant(a, n, n, permutation), 1e-12 + (1e-15 * golden.Number("cond2")), 1e-300, id + " determinant");
            count++;
        }

        Assert.True(count >= 20, $"{count} cases");
    }

    [Fact]
    public void RefinedSolutionsAreRightToAllDigits()
    {
        int count = 0;
        foreach (JsonElement golden in Reference.Json("golden/03_linalg.json").GetProperty("cases").EnumerateArray().Where(c => c.TryGetProperty("solve_exact", out _)))
        {
            string id = golden.GetProperty("id").GetString()!;
            double[] a = golden.RowMajor("A"), b = golden.Numbers("b"), exact = golden.Numbers("solve_exact"), x = new double[b.Length];
            bool definite = golden.TryGetProperty("cholesky_lower", out JsonElement l) && l.ValueKind != JsonValueKind.Null;
            Assert.True(LinearSystem.TrySolve<double>(a, b, x, refine: true), id);
            Dense.AssertClose(exact, x, 3e-16, id);
            Assert.True(!definite || LinearSystem.TrySolvePositiveDefinite<double>(a, b, x, refine: true), id);
            Dense.AssertClose(exact, x, 3e-16, id + " by Cholesky");
            Assert.True(LinearSystem.TrySolve<double>(a, b, x), id);
            Dense.AssertClose(exact, x, 2e-15 * b.Length * Math.Max(1, golden.Number("cond2")), id + " unrefined");
            count++;
        }

        Assert.True(count >= 15, $"{count} cases");
    }

    [Fact]
    public void SystemsWithoutASolutionAreReported()
    {
        double[] x = new double[2];
        Assert.False(LinearSystem.TrySolve<double>([1, 2, 2, 4], [1, 1], x, refine: true));
        Assert.False(LinearSystem.TrySolve<double>([1, double.NaN, 2, 4], [1, 1], x));
        Assert.False(LinearSystem.TrySolvePositiveDefinite<double>([1, 2, 2, 1], [1, 1], x, refine: true));
        Assert.False(LinearSystem.TrySolveTriangular<double>(Triangle.Upper, false, [1, 2, 3, 0], [1, 1], x));
        Assert.True(LinearSystem.TrySolveTriangular<double>(Triangle.Upper, true, [2, 2, 3, 4], [1, 5], x));
        Assert.Equal([0.5, 1], x);
        Assert.Equal("a", Assert.Throws<ArgumentException>(() => LinearSystem.TrySolve<double>([1, 2, 3], [1, 1], new double[2])).ParamName);
        Assert.Equal("x", Assert.Throws<ArgumentException>(() => LinearSystem.TrySolve<double>([1, 2, 3, 4], [1, 1], new double[3])).ParamName);
    }

    [Fact]
    public void ChangesOfLowRankAreSolvedAsIfFactoredAnew() => Forall.Check(Prop.ForAll(
        (from n in Gen.Choose(1, 20) from k in Gen.Choose(1, 4) from seed in Gen.Choose(0, 1 << 20) select (n, k, seed)).ToArbitrary(),
        shape =>
        {
            (int n, int k, int seed) = shape;
            double[] a = TestMatrices.PositiveDefinite(n, (ulong)seed), u = TestMatrices.Random(n, k, (ulong)seed + 1), v = TestMatrices.Random(n, k, (ulong)seed + 2);
            double[] b = TestMatrices.Random(n, 1, (ulong)seed + 3), x = new double[n], expected = new double[n], changed = [.. a];
            int[] permutation = new int[n];
            Blas.Gemm(false, true, n, n, k, 1, u, k, v, k, 1, changed, n);
            Assert.True(Lu.TryFactor(a, n, n, permutation));
            var woodbury = new Woodbury<double>(n, k);
            Assert.True(woodbury.TryFactor(a, permutation, u, v));
            woodbury.Solve(a, permutation, b, x);
            Assert.True(LinearSystem.TrySolve<double>(changed, b, expected));
            Dense.AssertClose(expected, x, 1e-13 * (n + 4) / woodbury.ReciprocalCondition, "x");
        }));

    [Fact]
    public void AChangeThatMakesTheMatrixSingularIsReported() =>
        Assert.False(new Woodbury<double>(2, 1).TryFactor([1, 0, 0, 1], [0, 1], [1, 0], [-1, 0]));

    [Fact]
    public void NothingIsAllocated()
    {
        const int N = 70;
        double[] a = TestMatrices.PositiveDefinite(N, 1), work = new double[N * N], b = TestMatrices.Random(N, 1, 2), x = new double[N];
        int[] permutation = new int[N];
        var woodbury = new Woodbury<double>(N, 1);
        Promises.AllocatesNothing(
            () =>
            {
                a.CopyTo(work, 0);
                Lu.TryFactor(work, N, N, permutation);
                ConditionEstimate.Lu(work, N, N, permutation, MatrixNorm.One<double>(a, N, N, N));
                woodbury.TryFactor(work, permutation, b, b);
                woodbury.Solve(work, permutation, b, x);
                a.CopyTo(work, 0);
                Cholesky.TryFactor<double>(work, N);
                CholeskyUpdate.Add<double>(work, N, N, b);
                CholeskyUpdate.TrySubtract<double>(work, N, N, b);
                LinearSystem.TrySolve<double>(a, b, x, refine: true);
            },
            "factorizations",
            warmUp: 60,
            measured: 10);
    }
}
