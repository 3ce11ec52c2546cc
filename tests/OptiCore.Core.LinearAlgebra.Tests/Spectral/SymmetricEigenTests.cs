using System.Numerics;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using static OptiCore.Core.Tests.LinearAlgebra.SpectralCheck;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class SymmetricEigenTests
{
    [Fact]
    public void EigenvaluesAndVectorsMeetTheReference()
    {
        int count = 0, vectors = 0;
        foreach (JsonElement golden in With("eigh"))
        {
            (string id, int n, _, double[] a, _) = Read(golden);
            double[] w = golden.GetProperty("eigh").Numbers("w"), v = golden.GetProperty("eigh").RowMajor("V"), actual = new double[n * n];
            var eigen = new SymmetricEigen<double>(n);
            var values = new SymmetricEigen<double>(n, vectors: false);
            Assert.True(eigen.Factor(a) && values.Factor(a), id);
            Close(w, eigen.Values, 1e-14, id);
            Close(w, values.Values, 1e-14, id + " values only");
            eigen.CopyVectors(actual, n);
            double scale = MaxNorm<double>(w);
            for (int j = 0; j < n; j++)
            {
                double gap = Math.Min(j > 0 ? w[j] - w[j - 1] : double.PositiveInfinity, j < n - 1 ? w[j + 1] - w[j] : double.PositiveInfinity) / scale;
                if (gap < 1e-6)
                    continue;

                // Where two elements tie for the largest magnitude, rounding chose the sign of the reference.
                double[] magnitudes = [.. Enumerable.Range(0, n).Select(i => Math.Abs(v[(i * n) + j])).OrderDescending()];
                bool tie = n > 1 && magnitudes[1] > magnitudes[0] * (1 - 1e-8);
                double sign = tie ? Math.Sign(v[j] * actual[j]) : 1;
                for (int i = 0; i < n; i++)
                    Promises.Close(v[(i * n) + j], sign * actual[(i * n) + j], 0, 2e-15 * n / Math.Min(1, gap), $"{id} vector {j}");
                vectors++;
            }

            count++;
        }

        Assert.True(count >= 12 && vectors > 50, $"{count} cases, {vectors} vectors");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(100)]
    [InlineData(203)]
    public void RandomMatricesAreReproduced(int n)
    {
        Decompose<double>(Symmetric<double>(n, 7), n, $"double {n}");
        Decompose<float>(Symmetric<float>(n, 8), n, $"float {n}");
    }

    public static TheoryData<string> Spectra => ["identity", "zero", "clustered", "wilkinson", "arithmetic", "geometric", "two", "tridiagonal 1 2 1", "huge", "tiny", "rank one", "glued"];

    [Theory]
    [MemberData(nameof(Spectra))]
    public void DifficultSpectraAreReproduced(string spectrum)
    {
        const int N = 97;
        Decompose<double>(Make(spectrum, N, 1e300, 1e-300), N, spectrum);
        Decompose<float>([.. Make(spectrum, N, 1e37, 1e-37).Select(v => (float)v)], N, spectrum);
    }

    private static double[] Make(string spectrum, int n, double huge, double tiny)
    {
        double[] a = new double[n * n];
        double[] d = new double[n];
        for (int i = 0; i < n; i++)
        {
            d[i] = spectrum switch
            {
                "identity" => 1,
                "clustered" => 1 + (i % 3 * 1e-9) + (i > 90 ? 5 : 0),
                "arithmetic" => i,
                "geometric" => Math.Pow(2, -i),
                "two" => i % 2,
                "wilkinson" => Math.Abs(i - (n / 2)),
                "glued" => Math.Abs((i % 20) - 10),
                _ => 0,
            };
            a[(i * n) + i] = d[i];
        }

        switch (spectrum)
        {
            case "wilkinson" or "tridiagonal 1 2 1" or "glued":
                for (int i = 0; i < n - 1; i++)
                    a[(i * n) + i + 1] = a[((i + 1) * n) + i] = spectrum == "glued" && i % 20 == 19 ? 1e-8 : 1;
                return a;
            case "huge" or "tiny":
                double[] random = Symmetric<double>(n, 3);
                for (int i = 0; i < a.Length; i++)
                    a[i] = random[i] * (spectrum == "huge" ? huge : tiny);
                return a;
            case "rank one":
                for (int i = 0; i < a.Length; i++)
                    a[i] = Math.Cos(i / n) * Math.Cos(i % n);
                return a;
            case "zero" or "identity":
                return a;
        }

        // Q diag(d) Q' with the eigenvectors of another matrix.
        var eigen = new SymmetricEigen<double>(n);
        eigen.Factor(Symmetric<double>(n, 5));
        double[] rows = [.. eigen.VectorRows];
        return Product<double>(ScaleColumns<double>(Transposed<double>(rows, n, n), d, n), rows, n, n, n);
    }

    private static T[] Symmetric<T>(int n, ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = TestMatrices.Random<T>(n, n, seed);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                a[(j * n) + i] = a[(i * n) + j];
        }

        return a;
    }

    private static void Decompose<T>(T[] a, int n, string what) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var eigen = new SymmetricEigen<T>(n);
        var values = new SymmetricEigen<T>(n, vectors: false);
        T[] before = [.. a];

        // The upper triangle isn't read.
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
                before[(i * n) + j] = T.NaN;
        }

        Assert.True(eigen.Factor(before) && values.Factor(before), what);
        double epsilon = Epsilon<T>(), norm = MaxNorm(eigen.Values), tolerance = 4 * epsilon * Math.Sqrt(n + 1);
        T[] v = [.. eigen.VectorRows], scaled = ScaleColumns(Transposed<T>(v, n, n), eigen.Values, n), product = Product<T>(scaled, v, n, n, n);
        Assert.True(OrthogonalityOfRows<T>(v, n, n) <= tolerance, $"{what}: orthogonality {OrthogonalityOfRows<T>(v, n, n):g3}");
        Assert.True(MaxDifference<T>(a, product) <= tolerance * norm, $"{what}: residual {MaxDifference<T>(a, product):g3} of {norm:g3}");
        Assert.True(MaxDifference(eigen.Values, values.Values) <= tolerance * norm, $"{what}: values {MaxDifference(eigen.Values, values.Values):g3} of {norm:g3}");
        for (int j = 1; j < n; j++)
            Assert.True(eigen.Values[j - 1] <= eigen.Values[j] && values.Values[j - 1] <= values.Values[j], $"{what}: order of {j}");
        for (int j = 0; j < n; j++)
        {
            // Up to ties in half of the digits.
            double largest = MaxNorm(eigen.Vector(j)), highest = double.NegativeInfinity;
            foreach (T x in eigen.Vector(j))
                highest = Math.Max(highest, double.CreateChecked(x));
            Assert.True(highest > largest * (1 - (2 * Math.Sqrt(epsilon))), $"{what}: sign of {j}");
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(200)]
    public void TheSecondDifferenceHasKnownEigenvalues(int n)
    {
        // w_j = 2 - 2 cos(pi j / (n + 1)), vectors sin(pi i j / (n + 1)).
        double[] d = new double[n], e = new double[n - 1];
        Array.Fill(d, 2);
        Array.Fill(e, -1);
        var full = new TridiagonalEigen<double>(n);
        var values = new TridiagonalEigen<double>(n, vectors: false);
        Assert.True(full.Factor(d, e) && values.Factor(d, e));
        for (int j = 0; j < n; j++)
        {
            double expected = 4 * Math.Pow(Math.Sin(Math.PI * (j + 1) / (2 * (n + 1))), 2);
            Promises.Close(expected, full.Values[j], 0, 4e-15, $"value {j}");
            Promises.Close(expected, values.Values[j], 0, 4e-15, $"value {j} alone");
            double scale = Math.Sqrt(2.0 / (n + 1)), sign = Math.Sign(full.Vector(j)[0]);
            for (int i = 0; i < n; i++)
                Promises.Close(scale * Math.Sin(Math.PI * (i + 1.0) * (j + 1) / (n + 1)), sign * full.Vector(j)[i], 0, 1e-11, $"vector {j}");
        }
    }

    [Fact]
    public void GaussNodesComeFromTheJacobiMatrix()
    {
        // Golub and Welsch: the nodes integrate x^p over [-1, 1] for p < 2n.
        const int N = 40;
        double[] e = [.. Enumerable.Range(1, N - 1).Select(k => k / Math.Sqrt((4.0 * k * k) - 1))];
        var eigen = new TridiagonalEigen<double>(N);
        Assert.True(eigen.Factor(new double[N], e));
        for (int p = 0; p < 2 * N; p++)
        {
            double sum = 0;
            for (int j = 0; j < N; j++)
                sum += 2 * eigen.Vector(j)[0] * eigen.Vector(j)[0] * Math.Pow(eigen.Values[j], p);
            Promises.Close(p % 2 == 0 ? 2.0 / (p + 1) : 0, sum, 0, 1e-14, $"power {p}");
        }
    }

    [Fact]
    public void EigenvaluesShiftAndScaleWithTheMatrix() => Prop.ForAll(
        Gen.Choose(1, 70).Zip(Gen.Choose(0, 10000), (n, seed) => (N: n, Seed: seed)).ToArbitrary(),
        x =>
        {
            double[] a = Symmetric<double>(x.N, (ulong)x.Seed), b = [.. a];
            for (int i = 0; i < b.Length; i++)
                b[i] = (-3 * b[i]) + (i % (x.N + 1) == 0 ? 5 : 0);
            var first = new SymmetricEigen<double>(x.N);
            var second = new SymmetricEigen<double>(x.N);
            bool good = first.Factor(a) & second.Factor(b);
            double trace = 0, squares = 0;
            for (int i = 0; i < x.N; i++)
            {
                good &= Math.Abs((-3 * first.Values[i]) + 5 - second.Values[x.N - 1 - i]) < 1e-13 * x.N;
                trace += first.Values[i] - a[(i * x.N) + i];
                squares += first.Values[i] * first.Values[i];
            }

            return good && Math.Abs(trace) < 1e-13 * x.N && Math.Abs(squares - a.Sum(v => v * v)) < 1e-13 * x.N * x.N;
        }).Check(Forall.Config.WithMaxTest(40));

    [Fact]
    public void MistakesAreNamed()
    {
        var eigen = new SymmetricEigen<double>(2);
        Assert.Contains("a", Assert.Throws<ArgumentException>(() => eigen.Factor(new double[3])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => eigen.Factor([1, 0, double.NaN, 1]));
        Assert.Throws<ArgumentException>(() => eigen.Factor([double.PositiveInfinity, 0, 0, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SymmetricEigen<double>(-1));
        Assert.Throws<NotSupportedException>(() => new SymmetricEigen<Half>(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = eigen.Vector(2); });
        Assert.Throws<InvalidOperationException>(() => new SymmetricEigen<double>(2, vectors: false).CopyVectors(new double[4], 2));
        Assert.Throws<ArgumentException>(() => new TridiagonalEigen<double>(2).Factor([1, 2], [double.NaN]));
    }

    [Fact]
    public void NothingIsAllocated()
    {
        double[] a = Symmetric<double>(80, 1);
        var eigen = new SymmetricEigen<double>(80);
        Promises.AllocatesNothing(() => eigen.Factor(a), "SymmetricEigen", 60, 10);
        var values = new SymmetricEigen<double>(80, vectors: false);
        Promises.AllocatesNothing(() => values.Factor(a), "SymmetricEigen, values", 60, 10);
    }
}
