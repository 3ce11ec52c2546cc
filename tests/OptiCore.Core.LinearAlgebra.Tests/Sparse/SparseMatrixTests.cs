using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class SparseMatrixTests
{
    private static readonly FsCheck.Arbitrary<(int M, int N, int K, double Density, ulong Seed)> Sizes =
        (from m in Gen.Choose(0, 25) from n in Gen.Choose(0, 25) from k in Gen.Choose(0, 25) from d in Gen.Choose(0, 10) from seed in Gen.Choose(0, int.MaxValue) select (m, n, k, d / 10.0, (ulong)seed)).ToArbitrary();

    [Fact]
    public void ProductsMeetTheDenseOnes() => Forall.Check(Prop.ForAll(Sizes, s =>
    {
        CsrMatrix<double> a = ModelProblems.Random(s.M, s.K, s.Density, s.Seed), b = ModelProblems.Random(s.K, s.N, s.Density, s.Seed + 1);
        double[] da = ModelProblems.Dense(a), db = ModelProblems.Dense(b);
        double[] expected = ModelProblems.Product(da, db, s.M, s.K, s.N);
        double[] sparse = ModelProblems.Dense(a.Multiply(b)), byColumns = new double[s.M * s.N], dense = new double[s.M * s.N], y = new double[s.M], adjoint = new double[s.K];
        a.ToCsc().Multiply(b.ToCsc()).ToDense(byColumns);
        a.Multiply(db, s.N, Math.Max(1, s.N), dense, Math.Max(1, s.N));
        double[] x = TestMatrices.Random(s.K, 1, s.Seed + 2), z = TestMatrices.Random(s.M, 1, s.Seed + 3);
        a.Apply(x, y);
        a.ApplyAdjoint(z, adjoint);
        double[] transposed = new double[s.K], fromCsc = new double[s.M];
        a.Transpose().Apply(z, transposed);
        a.ToCsc().Apply(x, fromCsc);
        return ModelProblems.Distance(expected, sparse) <= 1e-13 && ModelProblems.Distance(expected, dense) <= 1e-13 && ModelProblems.Distance(expected, byColumns) <= 1e-13
            && ModelProblems.Distance(ModelProblems.Product(da, x, s.M, s.K, 1), y) <= 1e-13 && ModelProblems.Distance(y, fromCsc) <= 1e-13
            && ModelProblems.Distance(transposed, adjoint) <= 1e-13
            && Math.Abs(y.Zip(z, (p, q) => p * q).Sum() - adjoint.Zip(x, (p, q) => p * q).Sum()) <= 1e-12;
    }));

    [Fact]
    public void SumTransposePermutationAndSlicesMeetTheDenseOnes() => Forall.Check(Prop.ForAll(Sizes, s =>
    {
        CsrMatrix<double> a = ModelProblems.Random(s.M, s.N, s.Density, s.Seed), b = ModelProblems.Random(s.M, s.N, 1 - s.Density, s.Seed + 1);
        double[] da = ModelProblems.Dense(a), db = ModelProblems.Dense(b), sum = ModelProblems.Dense(a.Add(-2, b));
        bool right = true;
        for (int p = 0; p < da.Length; p++)
            right &= Math.Abs(da[p] - (2 * db[p]) - sum[p]) <= 1e-15 * 4;
        double[] turned = ModelProblems.Dense(a.Transpose());
        CsrMatrix<double> slice = a.SliceRows(s.M / 3, s.M - (s.M / 3));
        for (int i = 0; i < s.M; i++)
        {
            for (int j = 0; j < s.N; j++)
                right &= turned[(j * s.M) + i] == da[(i * s.N) + j] && a[i, j] == da[(i * s.N) + j] && (i < s.M / 3 || slice[i - (s.M / 3), j] == da[(i * s.N) + j]);
        }

        int[] order = new int[s.K];
        Randomness.RandomOrder.Permutation(RandomKey.FromSeed(s.Seed), order);
        CsrMatrix<double> square = ModelProblems.Random(s.K, s.K, s.Density, s.Seed + 2), permuted = square.PermuteSymmetric(order);
        for (int i = 0; i < s.K; i++)
        {
            for (int j = 0; j < s.K; j++)
                right &= permuted[i, j] == square[order[i], order[j]];
        }

        double one = 0, infinity = 0;
        for (int j = 0; j < s.N; j++)
            one = Math.Max(one, Enumerable.Range(0, s.M).Sum(i => Math.Abs(da[(i * s.N) + j])));
        for (int i = 0; i < s.M; i++)
            infinity = Math.Max(infinity, Enumerable.Range(0, s.N).Sum(j => Math.Abs(da[(i * s.N) + j])));
        return right && Math.Abs(one - a.NormOne()) <= 1e-14 * s.M && Math.Abs(infinity - a.NormInfinity()) <= 1e-14 * s.N
            && Math.Abs(ModelProblems.Norm(da) - a.NormFrobenius()) <= 1e-13;
    }));

    [Fact]
    public void TripletsOfOnePlaceAreSummed()
    {
        CsrMatrix<double> a = CsrMatrix<double>.FromTriplets(3, 4, [2, 0, 2, 0, 2], [3, 1, 3, 0, 0], [1, 2, 4, 8, 16]);
        Assert.Equal([0, 2, 2, 4], a.RowStarts.ToArray());
        Assert.Equal([0, 1, 0, 3], a.ColumnIndices.ToArray());
        Assert.Equal([8.0, 2, 16, 5], a.Values.ToArray());
        Assert.Equal(ModelProblems.Dense(a), ModelProblems.Dense(CscMatrix<double>.FromTriplets(3, 4, [2, 0, 2, 0, 2], [3, 1, 3, 0, 0], [1, 2, 4, 8, 16]).ToCsr()));
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void WorkersDoNotChangeTheBitsAndHardwareNeither()
    {
        const int N = 20000;
        CsrMatrix<double> a = CsrMatrix<double>.FromTriplets(
            N, N, [.. Enumerable.Range(0, 9 * N).Select(p => (int)((long)p * p % (N - 7)))], [.. Enumerable.Range(0, 9 * N).Select(p => (int)((long)p * 31 % N))], TestMatrices.Random(9, N, 1));
        double[] x = TestMatrices.Random(N, 1, 2), one = new double[N], four = new double[N], adjoint = new double[N];
        a.Apply(x, one);
        a.Apply(x, four, Workers.Threads(4));
        Promises.SameBits(one, four, "A x");
        CsrMatrix<double> square = a.Multiply(a), shared = a.Multiply(a, Workers.Threads(4));
        Assert.Equal(square.ColumnIndices.ToArray(), shared.ColumnIndices.ToArray());
        Promises.SameBits(square.Values, shared.Values, "A A");
        double[] many = TestMatrices.Random(N, 3, 3), y1 = new double[3 * N], y2 = new double[3 * N];
        a.Multiply(many, 3, 3, y1, 3);
        a.Multiply(many, 3, 3, y2, 3, Workers.Threads(3));
        Promises.SameBits(y1, y2, "A X");
        a.ApplyAdjoint(x, adjoint);
        Hardware.SameBitsEverywhere<double>(one, "product");
        Hardware.SameBitsEverywhere<double>(adjoint, "adjoint");
        Hardware.SameBitsEverywhere<double>(square.Values[..N], "sparse product");
        CsrMatrix<float> single = ModelProblems.Poisson<float>(30);
        float[] s = new float[900];
        single.Apply(ModelProblems.Right<float>(900), s);
        Hardware.SameBitsEverywhere<float>(s, "single");
    }

    [Fact]
    public void ProductsAllocateNothing()
    {
        CsrMatrix<double> a = ModelProblems.Poisson<double>(12);
        double[] x = ModelProblems.Right<double>(144), y = new double[144], many = new double[288], result = new double[288];
        Promises.AllocatesNothing(
            () =>
            {
                a.Apply(x, y);
                a.ApplyAdjoint(y, x);
                a.Multiply(many, 2, 2, result, 2);
            },
            "sparse products");
    }

    [Fact]
    public void MatrixMarketTextsAreReadAndWritten()
    {
        const string Symmetric = "%%MatrixMarket matrix coordinate real symmetric\n% a comment\n\n3 3 4\n1 1 2.5\n2 1 -1e-3\n3 3 4\n3 2 0.5\n";
        CsrMatrix<double> a = MatrixMarket.Read<double>(new StringReader(Symmetric));
        Assert.Equal([2.5, -1e-3, 0, -1e-3, 0, 0.5, 0, 0.5, 4], ModelProblems.Dense(a));
        Assert.Equal([0.0, 1, 0, 0, 0, 1], ModelProblems.Dense(MatrixMarket.Read<double>(new StringReader("%%MatrixMarket matrix coordinate pattern general\n2 3 2\n1 2\n2 3\n"))));
        Assert.Equal([0.0, -7, 7, 0], ModelProblems.Dense(MatrixMarket.Read<double>(new StringReader("%%MatrixMarket matrix coordinate integer skew-symmetric\n2 2 1\n2 1 7\n"))));
        Assert.Equal([1.0, 2, 2, 3], ModelProblems.Dense(MatrixMarket.Read<double>(new StringReader("%%MatrixMarket matrix array real symmetric\n2 2\n1\n2\n3\n"))));
        foreach (bool symmetric in (bool[])[false, true])
        {
            var text = new StringWriter();
            MatrixMarket.Write(text, a, symmetric);
            Assert.Equal(ModelProblems.Dense(a), ModelProblems.Dense(MatrixMarket.Read<double>(new StringReader(text.ToString()))));
        }

        double[] dense = TestMatrices.Random(3, 2, 4);
        var array = new StringWriter();
        MatrixMarket.WriteDense<double>(array, dense, 3, 2);
        Promises.SameBits(dense, ModelProblems.Dense(MatrixMarket.Read<double>(new StringReader(array.ToString()))), "array");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("hello\n", "Line 1")]
    [InlineData("%%MatrixMarket matrix coordinate complex general\n1 1 0\n", "complex")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1\n", "(3, 1)")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n", "1 of 2")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 x\n", "Line 3")]
    [InlineData("%%MatrixMarket matrix array real general\n1 1\n1\n2\n", "more")]
    public void WrongTextsAreRefusedWithTheirLine(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => MatrixMarket.Read<double>(new StringReader(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void WrongStructuresAreNamed()
    {
        Assert.Throws<ArgumentException>("rowStarts", () => new CsrMatrix<double>(2, 2, [0, 1], [0], [1]));
        Assert.Throws<ArgumentException>("rowStarts", () => new CsrMatrix<double>(2, 2, [0, 2, 1], [0], [1]));
        Assert.Throws<ArgumentException>("columnIndices", () => new CsrMatrix<double>(1, 2, [0, 2], [1, 0], [1, 1]));
        Assert.Throws<ArgumentException>("columnIndices", () => new CsrMatrix<double>(1, 2, [0, 1], [2], [1]));
        Assert.Throws<ArgumentException>("j", () => CsrMatrix<double>.FromTriplets(1, 1, [0], [1], [1]));
        CsrMatrix<double> a = ModelProblems.Poisson<double>(2);
        Assert.Throws<ArgumentException>("x", () => a.Apply(new double[3], new double[4]));
        double[] same = new double[4];
        Assert.Throws<ArgumentException>("y", () => a.Apply(same, same));
        Assert.Throws<ArgumentException>("b", () => a.Multiply(CsrMatrix<double>.Identity(3)));
        Assert.Throws<ArgumentOutOfRangeException>("j", () => a[0, 4]);
        Assert.Throws<ArgumentException>("permutation", () => a.PermuteSymmetric([0, 1, 1, 2]));
    }
}
