using System.Numerics;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using static OptiCore.Core.Tests.LinearAlgebra.SpectralCheck;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class GeneralEigenTests
{
    // Eigenvalues that are known only to eps^(1/k): a Jordan block of three, Frank's matrix.
    private static double Tolerance(string id, double norm) => id switch
    {
        "jordan_3" => 1e-5,
        "frank_8" => 1e-9 * norm,
        _ => 2e-13 * Math.Max(1, norm),
    };

    [Fact]
    public void EigenvaluesMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("eig"))
        {
            (string id, int n, int columns, double[] a, _) = Read(golden);
            Assert.Equal(n, columns);
            var eigen = new GeneralEigen<double>(n);
            Assert.True(eigen.Factor(a), id);
            Complex[] expected = [.. golden.GetProperty("eig").EnumerateArray().Select(z => new Complex(z[0].Number(), z[1].Number()))];
            var left = new List<Complex>();
            for (int j = 0; j < n; j++)
                left.Add(new Complex(eigen.RealParts[j], eigen.ImaginaryParts[j]));
            double tolerance = Tolerance(id, golden.GetProperty("norms").Number("fro"));
            foreach (Complex value in expected)
            {
                Complex nearest = left.MinBy(z => Complex.Abs(z - value));
                Assert.True(Complex.Abs(nearest - value) <= tolerance, $"{id}: {nearest}, expected {value}");
                left.Remove(nearest);
            }

            count++;
        }

        Assert.True(count >= 25, $"{count} cases");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(75)]
    public void RandomMatricesAreReproduced(int n)
    {
        Decompose<double>(TestMatrices.Random<double>(n, n, 3), n, $"double {n}");
        Decompose<float>(TestMatrices.Random<float>(n, n, 3), n, $"float {n}");
    }

    public static TheoryData<string> Kinds => ["zero", "permutation", "nilpotent", "badly scaled", "huge", "tiny", "symmetric", "skew", "lower", "companion", "equal"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void DifficultMatricesAreReproduced(string kind)
    {
        const int N = 30;
        double[] a = new double[N * N], random = TestMatrices.Random(N, N, 4);
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
            {
                a[(i * N) + j] = kind switch
                {
                    "permutation" => j == (i + 1) % N ? 1 : 0,
                    "nilpotent" => j == i + 1 ? 1 : 0,
                    "badly scaled" => random[(i * N) + j] * Math.Pow(2, i - j),
                    "huge" => 1e300 * random[(i * N) + j],
                    "tiny" => 1e-300 * random[(i * N) + j],
                    "symmetric" => random[(Math.Min(i, j) * N) + Math.Max(i, j)],
                    "skew" => i == j ? 0 : i < j ? random[(i * N) + j] : -random[(j * N) + i],
                    "lower" => i >= j ? random[(i * N) + j] : 0,
                    "companion" => i == 0 ? -1 : j == i - 1 ? 1 : 0,
                    "equal" => 1,
                    _ => 0,
                };
            }
        }

        Decompose<double>(a, N, kind, kind is "nilpotent" ? 1 : kind == "badly scaled" ? 1e6 : 1);
    }

    private static void Decompose<T>(T[] a, int n, string what, double growth = 1) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var schur = new RealSchur<T>(n);
        var eigen = new GeneralEigen<T>(n, EigenvectorSides.Both);
        var values = new GeneralEigen<T>(n, EigenvectorSides.None);
        Assert.True(schur.Factor(a) && eigen.Factor(a) && values.Factor(a), what);
        double epsilon = Epsilon<T>(), norm = Math.Max(MaxNorm<T>(a) * Math.Sqrt(n), 0), tolerance = 30 * epsilon * Math.Sqrt(n + 1);
        T[] q = new T[n * n];
        schur.CopyVectors(q, Math.Max(1, n));
        T[] back = Product<T>(Product<T>(q, schur.QuasiTriangular, n, n, n), q, n, n, n, transposeB: true);
        Assert.True(MaxDifference<T>(a, back) <= tolerance * norm, $"{what}: Schur residual {MaxDifference<T>(a, back):g3} of {norm:g3}");
        Assert.True(OrthogonalityOfRows(schur.VectorRows, n, n) <= tolerance, $"{what}: orthogonality");
        ReadOnlySpan<T> t = schur.QuasiTriangular;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                Assert.True(t[(i * n) + j] == T.Zero || (j == i - 1 && schur.ImaginaryParts[j] > T.Zero && t[(i * n) + i] == t[(j * n) + j]), $"{what}: form at {i}, {j}");
        }

        // A v = w v and u^H A = w u^H.
        double largest = 0;
        for (int j = 0; j < n; j++)
        {
            Complex w = new(double.CreateChecked(eigen.RealParts[j]), double.CreateChecked(eigen.ImaginaryParts[j]));
            T[] x = new T[n], y = new T[n], ux = new T[n], uy = new T[n];
            eigen.CopyRight(j, x, y);
            eigen.CopyLeft(j, ux, uy);
            for (int i = 0; i < n; i++)
            {
                Complex right = -w * new Complex(double.CreateChecked(x[i]), double.CreateChecked(y[i]));
                Complex left = -w * new Complex(double.CreateChecked(ux[i]), -double.CreateChecked(uy[i]));
                for (int l = 0; l < n; l++)
                {
                    right += double.CreateChecked(a[(i * n) + l]) * new Complex(double.CreateChecked(x[l]), double.CreateChecked(y[l]));
                    left += double.CreateChecked(a[(l * n) + i]) * new Complex(double.CreateChecked(ux[l]), -double.CreateChecked(uy[l]));
                }

                largest = double.Max(largest, double.Max(Complex.Abs(right), Complex.Abs(left)));
            }

            Assert.True(Math.Abs(x.Sum(v => double.CreateChecked(v * v)) + y.Sum(v => double.CreateChecked(v * v)) - 1) < 10 * tolerance, $"{what}: norm of {j}");
        }

        Assert.True(largest <= 4 * growth * tolerance * norm, $"{what}: eigenvector residual {largest:g3} of {norm:g3}");
    }

    [Fact]
    public void EigenvaluesAreInvariantUnderSimilarity() => Prop.ForAll(
        Gen.Choose(1, 25).Zip(Gen.Choose(0, 10000), (n, seed) => (N: n, Seed: (ulong)seed)).ToArbitrary(),
        x =>
        {
            // A rotation, and a transposition.
            int n = x.N;
            double[] a = TestMatrices.Random(n, n, x.Seed);
            var rotation = new Svd<double>(n, n);
            bool good = rotation.Factor(TestMatrices.Random(n, n, x.Seed + 1));
            double[] q = [.. rotation.LeftRows], b = Product<double>(Product<double>(q, a, n, n, n), q, n, n, n, transposeB: true);
            double first = Powers(a, n, ref good), second = Powers(b, n, ref good), third = Powers(Transposed<double>(a, n, n), n, ref good);
            return good && Math.Abs(first - second) < 1e-9 * n && Math.Abs(first - third) < 1e-9 * n;
        }).Check(Forall.Config.WithMaxTest(40));

    // A symmetric function of the eigenvalues, so that their order doesn't matter.
    private static double Powers(double[] a, int n, ref bool good)
    {
        var eigen = new GeneralEigen<double>(n, EigenvectorSides.None);
        good &= eigen.Factor(a);
        double sum = 0, scale = Math.Sqrt(n);
        for (int j = 0; j < n; j++)
        {
            var w = new Complex(eigen.RealParts[j] / scale, eigen.ImaginaryParts[j] / scale);
            sum += ((w * w * w) - (2 * w * w)).Real;
        }

        return sum;
    }

    [Fact]
    public void MistakesAreNamed()
    {
        var eigen = new GeneralEigen<double>(2);
        Assert.Throws<ArgumentException>(() => eigen.Factor(new double[3]));
        Assert.Throws<ArgumentException>(() => eigen.Factor([1, double.NaN, 0, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GeneralEigen<double>(-1));
        Assert.Throws<InvalidOperationException>(() => eigen.CopyLeft(0, new double[2], new double[2]));
        Assert.Throws<InvalidOperationException>(() => new RealSchur<double>(1, vectors: false).CopyVectors(new double[1], 1));
        Assert.Throws<NotSupportedException>(() => new RealSchur<Half>(1));
    }

    [Fact]
    public void NothingIsAllocated()
    {
        double[] a = TestMatrices.Random(30, 30, 1);
        var eigen = new GeneralEigen<double>(30, EigenvectorSides.Both);
        Promises.AllocatesNothing(() => eigen.Factor(a), "GeneralEigen", 60, 10);
    }
}
