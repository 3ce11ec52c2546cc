using System.Text.Json;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class LeastSquaresTests
{
    [Fact]
    public void MinimumNormSolutionsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in Reference.Json("golden/03_linalg.json").GetProperty("cases").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!;
            int m = golden.GetProperty("rows").GetInt32(), n = golden.GetProperty("cols").GetInt32(), rank = golden.GetProperty("rank").GetInt32();
            double[] a = golden.RowMajor("A"), x = new double[n];
            var complete = new CompleteOrthogonal<double>(m, n);
            complete.Factor(a, rank < Math.Min(m, n) ? 1e-10 : double.NaN);
            Assert.True(rank == complete.Rank, id);
            double residual = complete.Solve(golden.Numbers("b"), x);

            // Where the rank is deficient, the condition that counts is that of the part that is kept.
            double[] singular = golden.Numbers("singular_values");
            double condition = singular[0] / singular[rank - 1];
            Dense.AssertClose(golden.Numbers("lstsq"), x, 2e-14 * condition, id);
            double[] fitted = Dense.Multiply(a, golden.Numbers("lstsq"), m, n, 1);
            double expected = Math.Sqrt(fitted.Zip(golden.Numbers("b"), (f, v) => (f - v) * (f - v)).Sum());
            Promises.Close(expected, residual, 1e-9, 1e-12 * condition, id + " residual");
            count++;
        }

        Assert.True(count >= 34, $"{count} cases");
    }

    [Fact]
    public void TheShortestSolutionIsOrthogonalToTheNullSpace() => Forall.Check(Prop.ForAll(
        (from m in Gen.Choose(1, 14) from n in Gen.Choose(1, 14) from rank in Gen.Choose(1, 14) from seed in Gen.Choose(0, 1 << 20) select (m, n, rank, seed)).ToArbitrary(),
        shape =>
        {
            (int m, int n, int wanted, int seed) = shape;
            int rank = Math.Min(wanted, Math.Min(m, n));
            double[] left = TestMatrices.Random(m, rank, (ulong)seed), right = TestMatrices.Random(rank, n, (ulong)seed + 1);
            double[] a = Dense.Multiply(left, right, m, rank, n), b = TestMatrices.Random(m, 1, (ulong)seed + 2), x = new double[n];
            var complete = new CompleteOrthogonal<double>(m, n);
            complete.Factor(a, 1e-9);

            // Random factors may come close to a smaller rank; then neither law holds to these digits.
            if (complete.Rank != rank || Math.Abs(complete.Pivoted.R(rank - 1, rank - 1)) < 1e-4)
                return;
            complete.Solve(b, x);

            // x = A' z for some z: the projection on the row space changes nothing. And A'(A x - b) = 0.
            var rows = new CompleteOrthogonal<double>(n, m);
            double[] z = new double[m], transposed = Dense.Transpose(a, m, n);
            rows.Factor(transposed, 1e-9);
            rows.Solve(x, z);
            double size = 1e-8 * (1 + x.Max(Math.Abs));
            double[] projected = Dense.Multiply(transposed, z, n, m, 1), residual = Dense.Multiply(a, x, m, n, 1);
            for (int i = 0; i < n; i++)
                Promises.Close(x[i], projected[i], 0, size, "row space");
            for (int i = 0; i < m; i++)
                residual[i] -= b[i];
            Assert.All(Dense.Multiply(transposed, residual, n, m, 1), g => Assert.True(Math.Abs(g) <= size, "gradient"));
        }));

    [Fact]
    public void MatricesOfZerosHaveRankZero()
    {
        var complete = new CompleteOrthogonal<double>(3, 2);
        double[] x = [5, 5];
        complete.Factor(new double[6]);
        Assert.Equal(0, complete.Rank);
        Assert.Equal(Math.Sqrt(14), complete.Solve([1, 2, 3], x), 1e-15);
        Assert.Equal([0, 0], x);
        Assert.Equal("a", Assert.Throws<ArgumentException>(() => complete.Factor([1, 2, 3, double.NaN, 5, 6])).ParamName);
    }

    [Fact]
    public void NonnegativeSolutionsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in Reference.Json("golden/04_least_squares_roots.json").GetProperty("cases").EnumerateArray()
            .Where(c => c.GetProperty("kind").GetString() == "nnls"))
        {
            string id = golden.GetProperty("id").GetString()!;
            double[] a = golden.RowMajor("A"), b = golden.Numbers("b"), expected = golden.Numbers("x"), x = new double[expected.Length];
            var solver = new NonnegativeLeastSquares<double>(b.Length, x.Length);
            Assert.True(solver.TrySolve(a, b, x, out double residual), id);
            for (int i = 0; i < x.Length; i++)
                Promises.Close(expected[i], x[i], 1e-12, 1e-13, $"{id} x[{i}]");
            Promises.Close(golden.Number("residual_norm"), residual, 1e-12, 1e-14, id + " residual");
            count++;
        }

        Assert.True(count >= 4, $"{count} cases");
    }

    [Fact]
    public void NonnegativeSolutionsAreOptimal() => Forall.Check(Prop.ForAll(
        (from m in Gen.Choose(1, 20) from n in Gen.Choose(1, 20) from seed in Gen.Choose(0, 1 << 20) select (m, n, seed)).ToArbitrary(),
        shape =>
        {
            (int m, int n, int seed) = shape;
            double[] a = TestMatrices.Random(m, n, (ulong)seed), b = TestMatrices.Random(m, 1, (ulong)seed + 1), x = new double[n];

            // Two equal columns: a choice, but not a trap.
            for (int i = 0; n > 1 && i < m; i++)
                a[(i * n) + 1] = a[i * n];
            Assert.True(new NonnegativeLeastSquares<double>(m, n).TrySolve(a, b, x, out double norm));
            double[] residual = Dense.Multiply(a, x, m, n, 1);
            for (int i = 0; i < m; i++)
                residual[i] = b[i] - residual[i];
            double[] gradient = Dense.Multiply(Dense.Transpose(a, m, n), residual, n, m, 1);
            double size = 1e-10 * (1 + x.Max());
            for (int j = 0; j < n; j++)
            {
                Assert.True(x[j] >= 0, "feasible");
                Assert.True(gradient[j] <= size, $"gradient {gradient[j]}");
                Assert.True(x[j] * Math.Abs(gradient[j]) <= size * (1 + x[j]), $"complementary {x[j]} {gradient[j]}");
            }

            Promises.Close(Math.Sqrt(residual.Sum(v => v * v)), norm, 1e-12, 1e-12, "residual");
        }));

    [Fact]
    public void NonnegativeSolutionsInSinglePrecisionAndWithoutStepsAreFeasible()
    {
        float[] a = TestMatrices.Random<float>(12, 5, 3), b = TestMatrices.Random<float>(12, 1, 4), x = new float[5];
        double[] y = new double[5];
        Assert.True(new NonnegativeLeastSquares<float>(12, 5).TrySolve(a, b, x, out _));
        Assert.True(new NonnegativeLeastSquares<double>(12, 5).TrySolve(Dense.ToDouble<float>(a), Dense.ToDouble<float>(b), y, out _));
        Dense.AssertClose(y, Dense.ToDouble<float>(x), 1e-5, "float");
        Hardware.SameBitsEverywhere<float>(x, "float");
        Assert.True(y.Count(v => v > 0) > 1);
        Assert.False(new NonnegativeLeastSquares<double>(12, 5).TrySolve(Dense.ToDouble<float>(a), Dense.ToDouble<float>(b), y, out _, mostSteps: 1));
        Assert.All(y, v => Assert.True(v >= 0));
        Assert.Equal("b", Assert.Throws<ArgumentException>(() => new NonnegativeLeastSquares<double>(1, 1).TrySolve([1], [double.PositiveInfinity], new double[1], out _)).ParamName);
    }

    [Fact]
    public void NothingIsAllocated()
    {
        double[] a = TestMatrices.Random(12, 8, 5), b = TestMatrices.Random(12, 1, 6), x = new double[8];
        var nonnegative = new NonnegativeLeastSquares<double>(12, 8);
        var complete = new CompleteOrthogonal<double>(12, 8);
        Promises.AllocatesNothing(
            () =>
            {
                nonnegative.TrySolve(a, b, x, out _);
                complete.Factor(a);
                complete.Solve(b, x);
            },
            "least squares");
    }
}
