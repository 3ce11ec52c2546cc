using System.Numerics;
using System.Text.Json;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class StructuredTests
{
    private static double[] Solve(double[] a, double[] b)
    {
        double[] x = new double[b.Length];
        Assert.True(LinearSystem.TrySolve<double>(a, b, x, refine: true));
        return x;
    }

    [Fact]
    public void SystemsOfThreeDiagonalsAreSolved() => Forall.Check(Prop.ForAll(
        (from n in Gen.Choose(1, 40) from seed in Gen.Choose(0, 1 << 20) select (n, seed)).ToArbitrary(),
        shape =>
        {
            (int n, int seed) = shape;
            double[] below = TestMatrices.Random(n, 1, (ulong)seed), diagonal = TestMatrices.Random(n, 1, (ulong)seed + 1), above = TestMatrices.Random(n, 1, (ulong)seed + 2);
            double[] b = TestMatrices.Random(n, 1, (ulong)seed + 3), x = [.. b];

            // Elements small against the diagonal for the method without exchanges, any for the other; the ends belong to nothing.
            double[] dominant = [.. diagonal.Select(d => d + Math.CopySign(2, d))];
            below[0] = above[n - 1] = double.NaN;
            Assert.True(Tridiagonal.TrySolve<double>(below, dominant, above, x));
            Dense.AssertClose(Solve(Matrix(below, dominant, above), b), x, 1e-14, "dominant");
            b.CopyTo(x, 0);
            double[] a = Matrix(below, diagonal, above);
            Assert.True(Tridiagonal.TrySolvePivoted<double>(below, diagonal, above, x));
            double[] back = Dense.Multiply(a, x, n, n, 1);
            double size = 1e-15 * (n + 10) * (1 + x.Max(Math.Abs)) * 10;
            for (int i = 0; i < n; i++)
                Promises.Close(b[i], back[i], 0, size, $"row {i} of {n}");
            if (n < 3)
                return;

            b.CopyTo(x, 0);
            below[0] = 0.3;
            above[n - 1] = -0.4;
            Assert.True(Tridiagonal.TrySolveCyclic<double>(below, dominant, above, x));
            double[] cyclic = Matrix(below, dominant, above);
            cyclic[n - 1] += 0.3;
            cyclic[(n - 1) * n] += -0.4;
            Dense.AssertClose(Solve(cyclic, b), x, 1e-13, "cyclic");
        }));

    private static double[] Matrix(double[] below, double[] diagonal, double[] above)
    {
        int n = diagonal.Length;
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            a[(i * n) + i] = diagonal[i];
            if (i > 0)
                a[(i * n) + i - 1] = below[i];
            if (i < n - 1)
                a[(i * n) + i + 1] = above[i];
        }

        return a;
    }

    [Fact]
    public void SingularSystemsOfThreeDiagonalsAreReported()
    {
        // [0 1; 1 0] needs an exchange; [1 1; 1 1] has no solution.
        double[] x = [2, 3];
        Assert.False(Tridiagonal.TrySolve<double>([0, 1], [0, 0], [1, 0], x));
        x = [2, 3];
        Assert.True(Tridiagonal.TrySolvePivoted<double>([0, 1], [0, 0], [1, 0], x));
        Assert.Equal([3, 2], x);
        Assert.False(Tridiagonal.TrySolvePivoted<double>([0, 1], [1, 1], [1, 0], x));
        Assert.False(Tridiagonal.TrySolvePivoted<double>([0], [0], [0], new double[1]));
        Assert.True(Tridiagonal.TrySolve<double>([], [], [], []));

        // Rows that sum to 0.
        Assert.False(Tridiagonal.TrySolveCyclic<double>([-1, -1, -1], [2, 2, 2], [-1, -1, -1], new double[3]));
        Assert.Equal("x", Assert.Throws<ArgumentException>(() => Tridiagonal.TrySolveCyclic<double>([1, 1], [1, 1], [1, 1], new double[2])).ParamName);
        Assert.Equal("below", Assert.Throws<ArgumentException>(() => Tridiagonal.TrySolve<double>([1], [1, 1], [1, 1], new double[2])).ParamName);
    }

    [Fact]
    public void BandSystemsAreSolved() => Forall.Check(Prop.ForAll(
        (from n in Gen.Choose(1, 30) from kl in Gen.Choose(0, 6) from ku in Gen.Choose(0, 6) from seed in Gen.Choose(0, 1 << 20) select (n, kl, ku, seed)).ToArbitrary(),
        shape =>
        {
            (int n, int kl, int ku, int seed) = shape;
            kl = Math.Min(kl, n - 1);
            ku = Math.Min(ku, n - 1);
            int stored = kl + ku + 1;
            double[] band = TestMatrices.Random(n, stored, (ulong)seed), a = new double[n * n], b = TestMatrices.Random(n, 1, (ulong)seed + 1), x = [.. b];
            for (int i = 0; i < n; i++)
            {
                for (int c = 0; c < stored; c++)
                {
                    int j = i + c - kl;
                    if (j >= 0 && j < n)
                        a[(i * n) + j] = band[(i * stored) + c];
                    else
                        band[(i * stored) + c] = double.NaN;
                }
            }

            var lu = new BandedLu<double>(n, kl, ku);
            Assert.True(lu.TryFactor(band));
            lu.Solve(x);
            double[] back = Dense.Multiply(a, x, n, n, 1);
            double size = 1e-15 * (n + 10) * (1 + x.Max(Math.Abs)) * stored;
            for (int i = 0; i < n; i++)
                Promises.Close(b[i], back[i], 0, size, $"row {i} of {n}, {kl}, {ku}");
            int[] permutation = new int[n];
            double norm = MatrixNorm.One<double>(a, n, n, n);
            Lu.TryFactor(a, n, n, permutation);

            // A relative perturbation e of the matrix changes ln |det| by up to n e cond.
            double sensitivity = n / ConditionEstimate.Lu<double>(a, n, n, permutation, norm);
            Promises.Close(Lu.LogDeterminant(a, n, n, permutation, out int sign), lu.LogDeterminant(out int bandSign), 1e-14, 1e-15 * sensitivity, "determinant");
            Assert.Equal(sign, bandSign);
        }));

    [Fact]
    public void PositiveDefiniteBandSystemsAreSolved() => Forall.Check(Prop.ForAll(
        (from n in Gen.Choose(1, 40) from k in Gen.Choose(0, 9) from seed in Gen.Choose(0, 1 << 20) select (n, k, seed)).ToArbitrary(),
        shape =>
        {
            (int n, int k, int seed) = shape;
            double[] band = TestMatrices.Random(n, k + 1, (ulong)seed), a = new double[n * n], b = TestMatrices.Random(n, 1, (ulong)seed + 1), x = [.. b];
            for (int i = 0; i < n; i++)
            {
                band[(i * (k + 1)) + k] += (2 * k) + 2;
                for (int j = Math.Max(0, i - k); j <= i; j++)
                    a[(i * n) + j] = a[(j * n) + i] = band[(i * (k + 1)) + j - i + k];
                for (int j = i - k; j < 0; j++)
                    band[(i * (k + 1)) + j - i + k] = double.NaN;
            }

            Assert.True(BandedCholesky.TryFactor<double>(band, n, k, out int failed));
            Assert.Equal(-1, failed);
            BandedCholesky.Solve(band, n, k, x);
            Dense.AssertClose(Solve(a, b), x, 1e-13, $"{n}, {k}");
            Assert.True(Cholesky.TryFactor<double>(a, n));
            Promises.Close(Cholesky.LogDeterminant<double>(a, n, n), BandedCholesky.LogDeterminant<double>(band, n, k), 1e-13, 1e-13, "determinant");
        }));

    [Fact]
    public void BandMatricesThatFailAreReported()
    {
        Assert.False(BandedCholesky.TryFactor<double>([0, 1, 2, 1], 2, 1, out int failed));
        Assert.Equal(1, failed);
        Assert.False(new BandedLu<double>(2, 1, 1).TryFactor([0, 1, 1, 1, 1, 0]));
        Assert.Equal("lower", Assert.Throws<ArgumentOutOfRangeException>(() => new BandedLu<double>(2, 2, 1)).ParamName);
        Assert.Equal("band", Assert.Throws<ArgumentException>(() => new BandedLu<double>(2, 1, 1).TryFactor(new double[5])).ParamName);
    }

    [Fact]
    public void ToeplitzSystemsAreSolved() => Forall.Check(Prop.ForAll(
        (from n in Gen.Choose(1, 40) from seed in Gen.Choose(0, 1 << 20) select (n, seed)).ToArbitrary(),
        shape =>
        {
            (int n, int seed) = shape;
            double[] column = TestMatrices.Random(n, 1, (ulong)seed), row = TestMatrices.Random(n, 1, (ulong)seed + 1), b = TestMatrices.Random(n, 1, (ulong)seed + 2);
            double[] a = new double[n * n], symmetric = new double[n * n], x = new double[n];
            column[0] = n + 1;
            row[0] = double.NaN;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    a[(i * n) + j] = i >= j ? column[i - j] : row[j - i];
                    symmetric[(i * n) + j] = column[Math.Abs(i - j)];
                }
            }

            Assert.True(Toeplitz.TrySolve<double>(column, row, b, x, out int minor));
            Assert.Equal(0, minor);
            Dense.AssertClose(Solve(a, b), x, 1e-13, "general");
            double[] back = new double[n];
            Toeplitz.Multiply<double>(column, row, x, back);
            Dense.AssertClose(b, back, 1e-13, "product");
            Assert.True(Toeplitz.TrySolve<double>(column, b, x, out minor));
            Dense.AssertClose(Solve(symmetric, b), x, 1e-13, "symmetric");
        }));

    [Fact]
    public void SingularMinorsOfToeplitzMatricesAreNamed()
    {
        // [0 1; 1 0] is regular, its first minor isn't; the second minor of the other is 0.
        double[] x = new double[3];
        Assert.False(Toeplitz.TrySolve<double>([0, 1], [1, 1], x.AsSpan(0, 2), out int minor));
        Assert.Equal(1, minor);
        Assert.False(Toeplitz.TrySolve<double>([1, 1, 2], [1, 1, 3], [1, 1, 1], x, out minor));
        Assert.Equal(2, minor);
        Assert.True(Toeplitz.TrySolve<double>([], [], [], out minor));
        double[] y = new double[2];
        Toeplitz.Multiply<double>([1, 2], [1, 5, 7], [1, 10, 100], y);
        Assert.Equal([751, 512], y);
    }

    [Fact]
    public void ProductsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in Reference.Json("golden/03_linalg.json").GetProperty("products").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!, kind = id.Split('-')[0];
            if (kind is "lyapunov" or "care" or "dare")
                continue;
            double[] expected = golden.RowMajor("value"), actual = new double[expected.Length];
            if (kind == "hadamard_matrix")
            {
                Kronecker.HadamardMatrix<double>((int)Math.Sqrt(expected.Length), actual);
            }
            else
            {
                double[] a = golden.RowMajor("A"), b = golden.RowMajor(kind == "kron" ? "B" : kind == "khatri_rao" ? "D" : "C");
                int m = golden.GetProperty("A").GetArrayLength(), n = a.Length / m;
                if (kind == "kron")
                {
                    int p = golden.GetProperty("B").GetArrayLength();
                    Kronecker.Product<double>(a, m, n, b, p, b.Length / p, actual);
                }
                else if (kind == "khatri_rao")
                {
                    Kronecker.KhatriRao<double>(a, m, b, b.Length / n, n, actual);
                }
                else
                {
                    Kronecker.Hadamard<double>(a, b, actual);
                }
            }

            Promises.SameBits(expected, actual, id);
            count++;
        }

        Assert.True(count >= 14, $"{count} cases");
    }

    [Fact]
    public void KroneckerProductsActAndSolveWithoutBeingFormed() => Forall.Check(Prop.ForAll(
        (from m in Gen.Choose(1, 7) from n in Gen.Choose(1, 7) from p in Gen.Choose(1, 7) from q in Gen.Choose(1, 7) from seed in Gen.Choose(0, 1 << 20) select (m, n, p, q, seed)).ToArbitrary(),
        shape =>
        {
            (int m, int n, int p, int q, int seed) = shape;
            double[] a = TestMatrices.Random(m, n, (ulong)seed), b = TestMatrices.Random(p, q, (ulong)seed + 1), x = TestMatrices.Random(n, q, (ulong)seed + 2);
            double[] product = new double[m * p * n * q], y = new double[m * p];
            Kronecker.Product<double>(a, m, n, b, p, q, product);
            Kronecker.Multiply<double>(a, m, n, b, p, q, x, y);
            Dense.AssertClose(Dense.Multiply(product, x, m * p, n * q, 1), y, 1e-14 * n * q, "product");

            double[] left = TestMatrices.PositiveDefinite(m, (ulong)seed), right = TestMatrices.PositiveDefinite(p, (ulong)seed + 3), z = TestMatrices.Random(m, p, (ulong)seed + 4), back = new double[m * p];

            // Not symmetric, so that a transpose in the wrong place shows.
            left[m - 1] += 0.5;
            right[p - 1] += 0.7;
            Kronecker.Multiply<double>(left, m, m, right, p, p, z, back);
            int[] permutationA = new int[m], permutationB = new int[p];
            Assert.True(Lu.TryFactor(left, m, m, permutationA) && Lu.TryFactor(right, p, p, permutationB));
            Kronecker.Solve<double>(left, m, permutationA, right, p, permutationB, back);
            Dense.AssertClose(z, back, 1e-12, "solve");
        }));

    [Fact]
    public void SinglePrecisionGivesTheSameBitsEverywhere()
    {
        const int N = 37;
        float[] below = TestMatrices.Random<float>(N, 1, 1), above = TestMatrices.Random<float>(N, 1, 2), diagonal = [.. TestMatrices.Random<float>(N, 1, 3).Select(d => d + 3)], x = TestMatrices.Random<float>(N, 1, 4);
        double[] wide = Dense.ToDouble<float>(x), y = new double[N];
        Assert.True(Tridiagonal.TrySolvePivoted<float>(below, diagonal, above, x));
        Assert.True(Tridiagonal.TrySolvePivoted<double>(Dense.ToDouble<float>(below), Dense.ToDouble<float>(diagonal), Dense.ToDouble<float>(above), wide));
        Dense.AssertClose(wide, Dense.ToDouble<float>(x), 1e-6, "tridiagonal");
        Hardware.SameBitsEverywhere<float>(x, "tridiagonal");
        float[] column = TestMatrices.Random<float>(N, 1, 5), b = TestMatrices.Random<float>(N, 1, 6);
        column[0] = 30;
        Assert.True(Toeplitz.TrySolve<float>(column, b, x, out _));
        Assert.True(Toeplitz.TrySolve<double>(Dense.ToDouble<float>(column), Dense.ToDouble<float>(b), y, out _));
        Dense.AssertClose(y, Dense.ToDouble<float>(x), 1e-6, "toeplitz");
        Hardware.SameBitsEverywhere<float>(x, "toeplitz");
        float[] band = TestMatrices.Random<float>(N, 5, 7);
        var lu = new BandedLu<float>(N, 2, 2);
        Assert.True(lu.TryFactor(band));
        lu.Solve(x);
        Assert.All(x, v => Assert.True(float.IsFinite(v)));
        Hardware.SameBitsEverywhere<float>(x, "band");
    }

    [Fact]
    public void NothingIsAllocated()
    {
        double[] below = TestMatrices.Random(30, 1, 1), diagonal = [.. TestMatrices.Random(30, 1, 2).Select(d => d + 4)], x = TestMatrices.Random(30, 1, 3), y = new double[30];
        double[] band = TestMatrices.Random(30, 5, 4), product = new double[25];
        var lu = new BandedLu<double>(30, 2, 2);
        Promises.AllocatesNothing(
            () =>
            {
                Tridiagonal.TrySolve<double>(below, diagonal, below, x);
                Tridiagonal.TrySolvePivoted<double>(below, diagonal, below, x);
                Tridiagonal.TrySolveCyclic<double>(below, diagonal, below, x);
                Toeplitz.TrySolve<double>(diagonal, x, y, out _);
                Toeplitz.TrySolve<double>(diagonal, below, x, y, out _);
                lu.TryFactor(band);
                lu.Solve(x);
                Kronecker.Multiply<double>(below.AsSpan(0, 25), 5, 5, diagonal.AsSpan(0, 25), 5, 5, x.AsSpan(0, 25), product);
            },
            "structured");
    }
}
