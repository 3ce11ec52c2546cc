using System.Numerics;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using static OptiCore.Core.Tests.LinearAlgebra.SpectralCheck;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class SvdTests
{
    [Fact]
    public void SingularValuesMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("singular_values"))
        {
            (string id, int m, int n, double[] a, _) = Read(golden);
            double[] expected = golden.Numbers("singular_values");
            foreach (SingularVectors vectors in Enum.GetValues<SingularVectors>())
            {
                var svd = new Svd<double>(m, n, vectors);
                Assert.True(svd.Factor(a), id);
                Close(expected, svd.Values, 1e-14, $"{id} {vectors}");
            }

            count++;
        }

        Assert.True(count >= 35, $"{count} cases");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 7)]
    [InlineData(7, 1)]
    [InlineData(2, 2)]
    [InlineData(33, 33)]
    [InlineData(40, 37)]
    [InlineData(37, 40)]
    [InlineData(64, 64)]
    [InlineData(65, 65)]
    [InlineData(100, 100)]
    [InlineData(200, 30)]
    [InlineData(30, 200)]
    [InlineData(131, 201)]
    [InlineData(203, 203)]
    public void RandomMatricesAreReproduced(int m, int n)
    {
        Decompose<double>(TestMatrices.Random<double>(m, n, 1), m, n, $"double {m} x {n}");
        Decompose<float>(TestMatrices.Random<float>(m, n, 1), m, n, $"float {m} x {n}");
    }

    public static TheoryData<string> Spectra => ["zero", "identity", "graded", "clustered", "half", "huge", "tiny", "rank one", "bidiagonal ones", "small corner", "zero columns"];

    [Theory]
    [MemberData(nameof(Spectra))]
    public void DifficultMatricesAreReproduced(string kind)
    {
        Decompose<double>(Make(kind, 101, 97, 1e300, 1e-300), 101, 97, kind);
        Decompose<float>([.. Make(kind, 101, 97, 1e37, 1e-37).Select(v => (float)v)], 101, 97, kind);
    }

    private static double[] Make(string kind, int m, int n, double huge, double tiny)
    {
        double[] a = new double[m * n], random = TestMatrices.Random(m, n, 9);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                a[(i * n) + j] = kind switch
                {
                    "identity" => i == j ? 1 : 0,
                    "graded" => random[(i * n) + j] * Math.Pow(0.5, i + j),
                    "clustered" => i == j ? 1 + (i % 3 * 1e-9) : j == i + 1 ? 1e-12 : 0,
                    "half" => i == j ? i % 2 : 0,
                    "huge" => huge * random[(i * n) + j],
                    "tiny" => tiny * random[(i * n) + j],
                    "rank one" => Math.Cos(i) * Math.Sin(j + 1),
                    "bidiagonal ones" => i == j || j == i + 1 ? 1 : 0,
                    "small corner" => i < 50 && j < 50 ? 1e-20 * random[(i * n) + j] : i >= 50 && j >= 50 ? random[(i * n) + j] : 0,
                    "zero columns" => j % 3 == 0 ? 0 : random[(i * n) + j],
                    _ => 0,
                };
            }
        }

        return a;
    }

    private static void Decompose<T>(T[] a, int m, int n, string what) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var thin = new Svd<T>(m, n);
        var full = new Svd<T>(m, n, SingularVectors.Full);
        var values = new Svd<T>(m, n, SingularVectors.None);
        T[] other = TestMatrices.Random<T>(m, n, 77);

        // Buffers hold another decomposition first.
        Assert.True(thin.Factor(other) && thin.Factor(a) && full.Factor(other) && full.Factor(a) && values.Factor(a), what);
        int k = Math.Min(m, n);
        double epsilon = Epsilon<T>(), norm = MaxNorm(thin.Values), tolerance = 6 * epsilon * Math.Sqrt(m + n + 1);
        T[] u = new T[m * k], v = new T[n * k], fullU = new T[m * m], fullV = new T[n * n];
        thin.CopyLeft(u, Math.Max(1, k));
        thin.CopyRight(v, Math.Max(1, k));
        full.CopyLeft(fullU, Math.Max(1, m));
        full.CopyRight(fullV, Math.Max(1, n));
        T[] product = Product<T>(ScaleColumns<T>(u, thin.Values, m), v, m, k, n, transposeB: true);
        Assert.True(MaxDifference<T>(a, product) <= tolerance * norm, $"{what}: residual {MaxDifference<T>(a, product):g3} of {norm:g3}");
        Assert.True(OrthogonalityOfRows(thin.LeftRows, k, m) <= tolerance, $"{what}: left {OrthogonalityOfRows(thin.LeftRows, k, m):g3}");
        Assert.True(OrthogonalityOfRows(thin.RightRows, k, n) <= tolerance, $"{what}: right {OrthogonalityOfRows(thin.RightRows, k, n):g3}");
        Assert.True(OrthogonalityOfRows<T>(fullU, m, m) <= tolerance, $"{what}: full left");
        Assert.True(OrthogonalityOfRows<T>(fullV, n, n) <= tolerance, $"{what}: full right");
        Assert.True(MaxDifference(thin.Values, full.Values) == 0 && MaxDifference(thin.Values, values.Values) <= tolerance * norm, $"{what}: values");
        for (int j = 0; j < k; j++)
            Assert.True(thin.Values[j] >= T.Zero && (j == 0 || thin.Values[j] <= thin.Values[j - 1]), $"{what}: order of {j}");
    }

    [Fact]
    public void SingularValuesAreThoseOfTheTransposeAndOfRotatedMatrices() => Prop.ForAll(
        Gen.Choose(1, 60).Zip(Gen.Choose(1, 60), (m, n) => (m, n)).Zip(Gen.Choose(0, 10000), (s, seed) => (M: s.m, N: s.n, Seed: (ulong)seed)).ToArbitrary(),
        x =>
        {
            double[] a = TestMatrices.Random(x.M, x.N, x.Seed), q = new double[x.M * x.M];
            var first = new Svd<double>(x.M, x.N, SingularVectors.None);
            var second = new Svd<double>(x.N, x.M);
            var third = new Svd<double>(x.M, x.N);
            var rotation = new Svd<double>(x.M, x.M);
            bool good = first.Factor(a) & second.Factor(Transposed<double>(a, x.M, x.N)) & rotation.Factor(TestMatrices.Random(x.M, x.M, x.Seed + 1));
            good &= third.Factor(Product<double>(rotation.LeftRows, a, x.M, x.M, x.N));
            double scale = 1e-14 * (x.M + x.N);
            return good && MaxDifference(first.Values, second.Values) < scale && MaxDifference(first.Values, third.Values) < scale;
        }).Check(Forall.Config.WithMaxTest(40));

    [Fact]
    public void MistakesAreNamed()
    {
        var svd = new Svd<double>(2, 3, SingularVectors.None);
        Assert.Throws<ArgumentException>(() => svd.Factor(new double[5]));
        Assert.Throws<ArgumentException>(() => svd.Factor([1, 2, 3, double.NaN, 5, 6]));
        Assert.Throws<ArgumentException>(() => svd.Factor([1, 2, 3, double.NegativeInfinity, 5, 6]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Svd<double>(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Svd<double>(1, 2, (SingularVectors)9));
        Assert.Throws<InvalidOperationException>(() => svd.CopyLeft(new double[4], 2));
    }

    [Fact]
    public void NothingIsAllocated()
    {
        double[] a = TestMatrices.Random(90, 70, 1);
        var svd = new Svd<double>(90, 70);
        Promises.AllocatesNothing(() => svd.Factor(a), "Svd", 60, 10);
        var values = new Svd<double>(90, 40, SingularVectors.None);
        Promises.AllocatesNothing(() => values.Factor(a.AsSpan(0, 90 * 40)), "Svd, values", 60, 10);
    }
}
