using System.Numerics;
using System.Text.Json;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Core.Tests.LinearAlgebra.SpectralCheck;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class DerivedTests
{
    [Fact]
    public void RanksNormsInversesAndSolutionsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in With("pinv"))
        {
            (string id, int m, int n, double[] a, _) = Read(golden);
            int k = Math.Min(m, n), rank = golden.GetProperty("rank").GetInt32();
            double[] inverse = new double[m * n], x = new double[n], s = golden.Numbers("singular_values");

            // The reference's cut: 1e-10 where the rank is smaller than the size, the default otherwise.
            double cut = rank < k ? 1e-10 : double.NaN, condition = s[0] / s[rank - 1];
            var svd = new Svd<double>(m, n);
            Assert.True(svd.Factor(a), id);
            Assert.True(rank == svd.Rank(cut), $"{id}: rank {svd.Rank(cut)}, expected {rank}");
            Promises.Close(golden.GetProperty("norms").Number("two"), svd.SpectralNorm(), 1e-14, 0, id);
            Promises.Close(s.Sum(), svd.NuclearNorm(), 1e-14, 0, id);
            if (golden.Number("cond2") < 1e15)
                Promises.Close(golden.Number("cond2"), svd.Condition(), 2e-15 * condition * k, 0, id);
            Assert.Equal(rank, svd.PseudoInverse(inverse, cut));
            Assert.Equal(rank, svd.SolveMinimumNorm(golden.Numbers("b"), x, cut));
            if (condition < 1e13)
            {
                Close(golden.RowMajor("pinv"), inverse, 1e-14 * condition * k, id + " inverse");
                Close(golden.Numbers("lstsq"), x, 1e-14 * condition * k, id + " solution");
            }

            count++;
        }

        Assert.True(count >= 35, $"{count} cases");
    }

    [Fact]
    public void BasesSpanRangeAndNullSpace()
    {
        // Rank 3 by construction.
        double[] a = Product<double>(TestMatrices.Random(9, 3, 1), TestMatrices.Random(3, 6, 2), 9, 3, 6);
        var svd = new Svd<double>(9, 6, SingularVectors.Full);
        Assert.True(svd.Factor(a));
        Assert.Equal(3, svd.Rank());
        double[] range = [.. svd.RangeBasis()], nothing = [.. svd.NullSpaceBasis()];
        Assert.Equal(27, range.Length);
        Assert.Equal(18, nothing.Length);
        Assert.True(MaxNorm<double>(Product<double>(a, nothing, 9, 6, 3, transposeB: true)) < 1e-14);
        double[] projected = Product<double>(Product<double>(range, range, 9, 3, 9, transposeA: true), a, 9, 9, 6);
        Assert.True(MaxDifference<double>(a, projected) < 1e-14);
        Assert.Throws<InvalidOperationException>(() => { new Svd<double>(2, 3).NullSpaceBasis(); });
        Assert.Throws<InvalidOperationException>(() => new Svd<double>(2, 2, SingularVectors.None).PseudoInverse(new double[4]));
    }

    [Theory]
    [InlineData(7, 4)]
    [InlineData(30, 30)]
    public void PolarFactorsMultiplyToTheMatrix(int m, int n)
    {
        double[] a = TestMatrices.Random(m, n, 4), w = new double[m * n], h = new double[n * n];
        var svd = new Svd<double>(m, n);
        Assert.True(svd.Factor(a));
        svd.Polar(w, h);
        Close(a, Product<double>(w, h, m, n, n), 1e-14, "W H");
        Assert.True(OrthogonalityOfRows<double>(Transposed<double>(w, m, n), n, m) < 1e-14);
        var eigen = new SymmetricEigen<double>(n, vectors: false);
        Assert.True(eigen.Factor(h) && eigen.Values[0] > -1e-14);
        Promises.SameBits(h, Transposed<double>(h, n, n), "symmetry");
        var wide = new Svd<double>(2, 3);
        Assert.True(wide.Factor([1, 2, 3, 4, 5, 6]));
        Assert.Throws<ArgumentException>(() => wide.Polar(new double[6], new double[9]));
    }

    [Fact]
    public void PrincipalAnglesAreThoseOfKnownPlanes()
    {
        // Planes spanned by e1, e2 and by cos a e1 + sin a e3, cos b e2 + sin b e4, both bases turned within their planes.
        double[] angles = new double[2];
        var subspaces = new Subspaces<double>(2, 5);
        foreach ((double low, double high) in ((double, double)[])[(1e-9, 0.3), (0, 0), (0.7, 0.8), (1e-3, Math.PI / 2), (0.2, 1.57079)])
        {
            double c = Math.Cos(0.4), s = Math.Sin(0.4);
            double[] first = [c, s, 0, 0, 0, -s, c, 0, 0, 0];
            double[] p = [Math.Cos(high), 0, Math.Sin(high), 0, 0], q = [0, Math.Cos(low), 0, Math.Sin(low), 0];
            double[] second = [.. p.Zip(q, (x, y) => (s * x) + (c * y)), .. p.Zip(q, (x, y) => (c * x) - (s * y))];
            Assert.True(subspaces.PrincipalAngles(first, second, angles));
            Promises.Close(low, angles[0], 1e-6 * 1e-9 / Math.Max(low, 1e-9), 1e-15, $"{low}");
            Promises.Close(high, angles[1], 0, 1e-15, $"{high}");
        }
    }

    [Fact]
    public void ProcrustesFindsTheRotation()
    {
        double[] x = TestMatrices.Random(4, 9, 1), rotation = new double[16];
        var svd = new Svd<double>(4, 4);
        Assert.True(svd.Factor(TestMatrices.Random(4, 4, 2)));
        double[] o = [.. svd.LeftRows];
        Assert.True(new Subspaces<double>(4, 9).Procrustes(x, Product<double>(o, x, 4, 4, 9), rotation));
        Close(o, rotation, 1e-14, "rotation");
    }

    [Fact]
    public void JacobiFindsSmallSingularValuesOfGradedMatrices()
    {
        foreach (JsonElement golden in Reference.Json("graded-svd/graded.json").GetProperty("cases").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!;
            int m = golden.GetProperty("rows").GetInt32(), n = golden.GetProperty("cols").GetInt32();
            double[] a = golden.RowMajor("A"), expected = golden.Numbers("singular_values");
            var svd = new JacobiSvd<double>(m, n);
            Assert.True(svd.Factor(a), id);
            for (int j = 0; j < expected.Length; j++)
                Promises.Close(expected[j], svd.Values[j], 1e-13, 0, $"{id} value {j}");
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(40, 23)]
    [InlineData(23, 40)]
    public void JacobiReproducesMatrices(int m, int n)
    {
        Jacobi<double>(TestMatrices.Random<double>(m, n, 1), m, n);
        Jacobi<float>(TestMatrices.Random<float>(m, n, 1), m, n);
        Jacobi<double>(new double[m * n], m, n);
        Jacobi<double>(Product<double>(TestMatrices.Random(m, 1, 1), TestMatrices.Random(1, n, 2), m, 1, n), m, n);
        Jacobi<double>([.. TestMatrices.Random(m, n, 1).Select(v => v * 1e-305)], m, n);
        double[] column = new double[m * n];
        column[0] = 3;
        Jacobi<double>(column, m, n);
    }

    private static void Jacobi<T>(T[] a, int m, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var jacobi = new JacobiSvd<T>(m, n);
        var svd = new Svd<T>(m, n);
        Assert.True(jacobi.Factor(a) && svd.Factor(a));
        int k = Math.Min(m, n);
        double tolerance = 20 * Epsilon<T>() * Math.Sqrt(m + n), norm = MaxNorm(svd.Values);
        Assert.True(MaxDifference(svd.Values, jacobi.Values) <= tolerance * norm, "values");
        Assert.True(OrthogonalityOfRows(jacobi.LeftRows, k, m) <= tolerance, $"left {OrthogonalityOfRows(jacobi.LeftRows, k, m):g3}");
        Assert.True(OrthogonalityOfRows(jacobi.RightRows, k, n) <= tolerance, $"right {OrthogonalityOfRows(jacobi.RightRows, k, n):g3}");
        T[] product = Product<T>(ScaleColumns<T>(Transposed(jacobi.LeftRows, k, m), jacobi.Values, m), jacobi.RightRows, m, k, n);
        Assert.True(MaxDifference<T>(a, product) <= tolerance * norm, "residual");
    }

    [Fact]
    public void RandomizedValuesAreThoseOfTheMatrix()
    {
        // Singular values 2^-j.
        const int M = 120, N = 80, K = 6;
        var left = new Svd<double>(M, N);
        var right = new Svd<double>(N, N);
        Assert.True(left.Factor(TestMatrices.Random(M, N, 1)) && right.Factor(TestMatrices.Random(N, N, 2)));
        double[] s = [.. Enumerable.Range(0, N).Select(j => Math.Pow(2, -j))];
        double[] a = Product<double>(ScaleColumns<double>(Transposed(left.LeftRows, N, M), s, M), right.RightRows, M, N, N);
        var svd = new RandomizedSvd<double>(M, N, K);
        Assert.True(svd.Factor(a, RandomKey.FromSeed(1)));
        for (int j = 0; j < K; j++)
        {
            Promises.Close(s[j], svd.Values[j], 1e-12, 0, $"value {j}");
            double cosine = Math.Abs(right.RightRows.Slice(j * N, N).ToArray().Zip(svd.RightRows.Slice(j * N, N).ToArray(), (x, y) => x * y).Sum());
            Promises.Close(1, cosine, 0, 1e-12, $"vector {j}");
        }

        Assert.True(OrthogonalityOfRows(svd.LeftRows, K, M) < 1e-14);
        var single = new RandomizedSvd<float>(M, N, K);
        Assert.True(single.Factor([.. a.Select(v => (float)v)], RandomKey.FromSeed(1)));
        for (int j = 0; j < K; j++)
            Promises.Close(s[j], single.Values[j], 1e-5, 0, $"float value {j}");
        Promises.AllocatesNothing(() => svd.Factor(a, RandomKey.FromSeed(2)), "RandomizedSvd", 30, 5);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomizedSvd<double>(3, 3, 4));
        Assert.Throws<ArgumentException>(() => svd.Factor(new double[3], RandomKey.FromSeed(1)));
    }
}
