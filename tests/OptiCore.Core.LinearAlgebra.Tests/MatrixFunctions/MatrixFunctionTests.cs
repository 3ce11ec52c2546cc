using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using static OptiCore.Core.Tests.LinearAlgebra.SpectralCheck;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class MatrixFunctionTests
{
    [Fact]
    public void ExponentialsMeetTheReference()
    {
        int count = 0;
        foreach (string property in (string[])["expm_exact", "expm"])
        {
            foreach (JsonElement golden in With(property))
            {
                (string id, int n, _, double[] a, _) = Read(golden);
                double[] actual = new double[n * n];
                float[] single = new float[n * n];
                new MatrixExponential<double>(n).Compute(a, actual);
                Close(golden.RowMajor(property), actual, 1e-14 * Math.Max(1, golden.GetProperty("norms").Number("fro")), id);
                new MatrixExponential<float>(n).Compute([.. a.Select(v => (float)v)], single);
                Close(golden.RowMajor(property), [.. single.Select(v => (double)v)], 1e-6 * Math.Max(1, golden.GetProperty("norms").Number("fro")), id + " float");
                count++;
            }
        }

        Assert.True(count >= 23, $"{count} cases");
    }

    [Fact]
    public void SquareRootsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("A"))
        {
            bool real = golden.TryGetProperty("sqrtm", out _), complex = golden.TryGetProperty("sqrtm_complex", out _);
            if (!real && !complex)
                continue;
            (string id, int n, _, double[] a, double condition) = Read(golden);
            double[] x = new double[n * n], y = new double[n * n], alone = new double[n * n];
            var root = new MatrixSquareRoot<double>(n);
            Assert.True(root.TryCompute(a, x, y), id);
            Assert.Equal(real, root.TryCompute(a, alone));

            // The condition of the root is of the order of the root of that of A.
            double tolerance = 2e-14 * n * Math.Sqrt(condition);
            if (real)
            {
                Close(golden.RowMajor("sqrtm"), x, tolerance, id);
                Close(golden.RowMajor("sqrtm"), alone, tolerance, id);
                Assert.True(MaxNorm<double>(y) == 0, id);
            }
            else
            {
                (double[] re, double[] im) = Pairs(golden, "sqrtm_complex");
                Close([.. re, .. im], [.. x, .. y], tolerance, id);
            }

            double[] squared = [.. Product(x, x, n).Zip(Product(y, y, n), (p, q) => p - q)];
            Close(a, squared, 1e-14 * n * Math.Max(1, Math.Pow(MaxNorm<double>(x), 2) / MaxNorm<double>(a)), id + " squared");
            count++;
        }

        Assert.True(count >= 28, $"{count} cases");
    }

    [Fact]
    public void LogarithmsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("logm"))
        {
            (string id, int n, _, double[] a, double condition) = Read(golden);
            double[] x = new double[n * n], back = new double[n * n];
            var logarithm = new MatrixLogarithm<double>(n);
            Assert.True(logarithm.TryCompute(a, x), id);
            Close(golden.RowMajor("logm"), x, 1e-14 * n * condition, id);
            new MatrixExponential<double>(n).Compute(x, back);
            Close(a, back, 1e-13 * n, id + " back");
            count++;
        }

        Assert.True(count >= 12, $"{count} cases");
    }

    [Fact]
    public void EquationsMeetTheReference()
    {
        foreach (JsonElement golden in Reference.Json("golden/03_linalg.json").GetProperty("products").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!;
            if (id is not ("lyapunov" or "care" or "dare"))
                continue;
            double[] a = golden.RowMajor("A"), q = golden.RowMajor("Q"), expected = golden.RowMajor("value");
            int n = (int)Math.Sqrt(a.Length);
            double[] x = new double[n * n];
            if (id == "lyapunov")
            {
                Assert.True(new SylvesterEquation<double>(n, n).TrySolveLyapunov(a, q, x), id);
            }
            else
            {
                double[] b = golden.RowMajor("B");
                int m = b.Length / n;
                double[] r = new double[m * m];
                for (int i = 0; i < m; i++)
                    r[(i * m) + i] = 1;
                var riccati = new RiccatiEquation<double>(n, m);
                Assert.True(id == "care" ? riccati.TrySolveContinuous(a, b, q, r, x) : riccati.TrySolveDiscrete(a, b, q, r, x), id);
            }

            Close(expected, x, 1e-13, id);
        }
    }

    [Fact]
    public void KnownExponentials()
    {
        // A rotation; a nilpotent matrix; a matrix far from normal, e^A = (e, 1e6 sinh 1; 0, 1 / e); a large diagonal.
        double[] x = new double[4];
        var exponential = new MatrixExponential<double>(2);
        exponential.Compute([0, -20, 20, 0], x);
        Close([Math.Cos(20), -Math.Sin(20), Math.Sin(20), Math.Cos(20)], x, 2e-14, "rotation");
        exponential.Compute([0, 1e8, 0, 0], x);
        Close([1, 1e8, 0, 1], x, 1e-16, "nilpotent");
        exponential.Compute([1, 1e6, 0, -1], x);
        Close([Math.E, 1e6 * Math.Sinh(1), 0, 1 / Math.E], x, 1e-15, "far from normal");
        Promises.Close(1 / Math.E, x[3], 1e-14, 0, "far from normal, corner");
        exponential.Compute([-700, 0, 0, 300], x);
        Promises.Close(Math.Exp(300), x[3], 1e-13, 0, "diagonal");
        exponential.Compute([0, 0, 0, 0], x);
        Promises.SameBits([1, 0, 0, 1], x, "zero");
    }

    [Fact]
    public void TheExponentialOfMinusAIsTheInverse() => Prop.ForAll(Matrices(12).ToArbitrary(), x =>
    {
        double[] plus = new double[x.N * x.N], minus = new double[x.N * x.N];
        var exponential = new MatrixExponential<double>(x.N);
        exponential.Compute(x.A, plus);
        exponential.Compute([.. x.A.Select(v => -v)], minus);
        double[] product = Product(plus, minus, x.N);
        for (int i = 0; i < x.N; i++)
            product[(i * x.N) + i] -= 1;
        return MaxNorm<double>(product) <= 1e-14 * x.N * MaxNorm<double>(plus) * MaxNorm<double>(minus) * x.N;
    }).Check(Forall.Config.WithMaxTest(60));

    [Fact]
    public void TheLogarithmUndoesTheExponential() => Prop.ForAll(Matrices(10).ToArbitrary(), x =>
    {
        // Of norm below pi, so that the principal logarithm is the matrix itself.
        double[] a = [.. x.A.Select(v => 2 * v / x.N)], e = new double[a.Length], back = new double[a.Length];
        new MatrixExponential<double>(x.N).Compute(a, e);
        return new MatrixLogarithm<double>(x.N).TryCompute(e, back) && MaxDifference<double>(a, back) < 1e-13 * x.N;
    }).Check(Forall.Config.WithMaxTest(60));

    [Fact]
    public void TheComplexRootAndLogarithmOfANegativeMatrix()
    {
        // -A for positive definite A has the root i sqrt(A) and the logarithm log(A) + i pi I.
        const int N = 6;
        double[] a = TestMatrices.PositiveDefinite(N, 3), minus = [.. a.Select(v => -v)], x = new double[N * N], y = new double[N * N], root = new double[N * N], log = new double[N * N];
        Assert.True(new MatrixSquareRoot<double>(N).TryCompute(a, root) && new MatrixLogarithm<double>(N).TryCompute(a, log));
        Assert.True(new MatrixSquareRoot<double>(N).TryCompute(minus, x, y));
        Close(root, y, 1e-13, "imaginary root");
        Assert.True(MaxNorm<double>(x) < 1e-13 * MaxNorm<double>(y), "real part of the root");
        Assert.False(new MatrixSquareRoot<double>(N).TryCompute(minus, x));
        Assert.All(x, v => Assert.True(double.IsNaN(v)));
        Assert.True(new MatrixLogarithm<double>(N).TryCompute(minus, x, y));
        Close(log, x, 1e-13, "real part of the logarithm");
        for (int i = 0; i < N * N; i++)
            Promises.Close(i % (N + 1) == 0 ? Math.PI : 0, y[i], 0, 1e-13, "imaginary part of the logarithm");
        Assert.False(new MatrixLogarithm<double>(N).TryCompute(minus, x));
        Assert.False(new MatrixLogarithm<double>(1).TryCompute([0.0], new double[1], new double[1]));
        Assert.False(new MatrixSquareRoot<double>(2).TryCompute([0, 1, 0, 0], new double[4], new double[4]));
        Assert.True(new MatrixSquareRoot<double>(2).TryCompute([4, 0, 0, 0], root.AsSpan(0, 4)));
        Promises.SameBits([2, 0, 0, 0], root.AsSpan(0, 4), "singular diagonal");
    }

    [Fact]
    public void SolutionsOfSylvestersEquationLeaveNoResidual() => Prop.ForAll(
        Gen.Choose(1, 14).Zip(Gen.Choose(1, 14), (m, n) => (m, n)).Zip(Gen.Choose(0, 100000), (s, seed) => (M: s.m, N: s.n, Seed: (ulong)seed)).ToArbitrary(),
        p =>
        {
            double[] a = TestMatrices.Random(p.M, p.M, p.Seed), b = TestMatrices.Random(p.N, p.N, p.Seed + 1), c = TestMatrices.Random(p.M, p.N, p.Seed + 2);
            double[] x = new double[p.M * p.N];
            bool solved = new SylvesterEquation<double>(p.M, p.N).TrySolve(a, b, c, x);
            double[] left = Product<double>(a, x, p.M, p.M, p.N), right = Product<double>(x, b, p.M, p.N, p.N);
            double residual = MaxDifference<double>(c, [.. left.Zip(right, (u, v) => u + v)]);
            return solved && residual <= 1e-13 * (p.M + p.N) * (1 + MaxNorm<double>(x));
        }).Check(Forall.Config.WithMaxTest(60));

    [Fact]
    public void SolutionsOfSteinsAndRiccatisEquationsLeaveNoResidual() => Prop.ForAll(Matrices(8).ToArbitrary(), p =>
    {
        int n = p.N;
        double[] a = [.. p.A.Select(v => 0.9 * v / n)], q = TestMatrices.PositiveDefinite(n, 9), x = new double[n * n], b = TestMatrices.Random(n, 2, 5), r = [2, 0.5, 0.5, 1];
        bool good = new SylvesterEquation<double>(n, n).TrySolveStein(a, q, x);
        double[] axa = Product<double>(Product(a, x, n), a, n, n, n, transposeB: true);
        good &= MaxDifference<double>(x, [.. axa.Zip(q, (u, v) => u + v)]) < 1e-13 * n * n;

        // A' X + X A - X G X + Q = 0 with G = B R^-1 B', and stability through X being positive definite.
        good &= new RiccatiEquation<double>(n, 2).TrySolveContinuous(p.A, b, q, r, x);
        double[] inverse = [1 / 1.75, -0.5 / 1.75, -0.5 / 1.75, 2 / 1.75];
        double[] g = Product<double>(Product<double>(b, inverse, n, 2, 2), b, n, 2, n, transposeB: true), xgx = Product(Product(x, g, n), x, n), xa = Product(x, p.A, n);
        double worst = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                worst = Math.Max(worst, Math.Abs(xa[(i * n) + j] + xa[(j * n) + i] - xgx[(i * n) + j] + q[(i * n) + j]));
        }

        double size = MaxNorm<double>(x);
        return good && worst <= 1e-12 * n * (1 + (size * size)) && Cholesky.TryFactor<double>(x, n);
    }).Check(Forall.Config.WithMaxTest(40));

    [Fact]
    public void ImpossibleEquationsAreReported()
    {
        double[] x = new double[1];
        Assert.False(new SylvesterEquation<double>(1, 1).TrySolve([1.0], [-1.0], [1.0], x));
        Assert.False(new RiccatiEquation<double>(1, 1).TrySolveContinuous([0.0], [0.0], [1.0], [1.0], x));
        Assert.False(new RiccatiEquation<double>(1, 1).TrySolveContinuous([0.0], [1.0], [1.0], [-1.0], x));
        Assert.False(new RiccatiEquation<double>(1, 1).TrySolveDiscrete([2.0], [0.0], [1.0], [1.0], x));
        Assert.True(double.IsNaN(x[0]));
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentException>(() => new MatrixExponential<double>(2).Compute(new double[3], new double[4]));
        Assert.Throws<ArgumentException>(() => new MatrixExponential<double>(1).Compute([double.NaN], new double[1]));
        Assert.Throws<ArgumentException>(() => new MatrixSquareRoot<double>(1).TryCompute([double.PositiveInfinity], new double[1]));
        Assert.Throws<ArgumentException>(() => new MatrixLogarithm<double>(1).TryCompute([double.NaN], new double[1]));
        Assert.Throws<ArgumentException>(() => new SylvesterEquation<double>(1, 1).TrySolve([1.0], [1.0], [double.NaN], new double[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RiccatiEquation<double>(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MatrixExponential<double>(-1));
        new MatrixExponential<double>(0).Compute([], []);
    }

    [Fact]
    public void NothingIsAllocated()
    {
        const int N = 8;
        double[] a = TestMatrices.PositiveDefinite(N, 1), x = new double[N * N], y = new double[N * N], r = [1.0];
        double[] b = TestMatrices.Random(N, 1, 3);
        var exponential = new MatrixExponential<double>(N);
        var root = new MatrixSquareRoot<double>(N);
        var logarithm = new MatrixLogarithm<double>(N);
        var sylvester = new SylvesterEquation<double>(N, N);
        var riccati = new RiccatiEquation<double>(N, 1);
        Promises.AllocatesNothing(
            () =>
            {
                exponential.Compute(a, x);
                root.TryCompute(a, x, y);
                logarithm.TryCompute(a, x);
                sylvester.TrySolveLyapunov(a, a, x);
                riccati.TrySolveContinuous(a, b, a, r, x);
                riccati.TrySolveDiscrete(a, b, a, r, x);
            },
            "matrix functions", 60, 10);
    }

    private static Gen<(int N, double[] A)> Matrices(int largest) =>
        Gen.Choose(1, largest).Zip(Gen.Choose(0, 100000), (n, seed) => (n, TestMatrices.Random(n, n, (ulong)seed)));
}
