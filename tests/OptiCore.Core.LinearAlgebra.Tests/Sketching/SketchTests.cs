using System.Numerics;
using OptiCore.Fourier;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class SketchTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(3);

    private static ISketch<T>[] Sketches<T>(int s, int m, ulong seed = 0) where T : unmanaged, IFloatingPointIeee754<T> =>
    [
        new GaussianSketch<T>(Key.Fold(seed), s, m), new HadamardSketch<T>(Key.Fold(seed), s, m), new CountSketch<T>(Key.Fold(seed), s, m), new CountSketch<T>(Key.Fold(seed), s, m, Math.Min(s, 8)),
    ];

    [Theory]
    [Trait("Suite", "Kernels")]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(20, 33)]
    [InlineData(40, 300)]
    public void ProductsOfVectorsMatricesAndAdjointsAgree(int s, int m)
    {
        foreach (ISketch<double> sketch in Sketches<double>(s, m))
        {
            string what = sketch.GetType().Name;
            int n = 37;
            double[] a = TestMatrices.Random(m, n, 1), sa = new double[s * n], column = new double[m], y = new double[s], back = new double[m], z = TestMatrices.Random(s, 1, 2), shared = new double[s * n];
            sketch.Apply(a, n, n, sa, n);
            sketch.Apply(a, n, n, shared, n, Workers.Threads(3));
            Promises.SameBits(sa, shared, what);
            Hardware.SameBitsEverywhere<double>(sa, $"{what} {s} {m} {(sketch as CountSketch<double>)?.Nonzeros}");
            foreach (int j in (int[])[0, 17, 36])
            {
                for (int i = 0; i < m; i++)
                    column[i] = a[(i * n) + j];
                sketch.Apply(column, y);
                for (int i = 0; i < s; i++)
                    Promises.Close(y[i], sa[(i * n) + j], 1e-12, 1e-12, $"{what}, element {i} {j}");
                sketch.ApplyAdjoint(z, back);
                Promises.Close(Reduce.Dot<double>(y, z), Reduce.Dot<double>(column, back), 1e-12, 1e-11, what + " adjoint");
            }
        }
    }

    [Fact]
    public void LengthsAreKeptOnAWholeSpaceAndOnAverage()
    {
        // On 8 dimensions with 400 rows: distortions of (S Q)' (S Q) from I of about 2 sqrt(8 / 400) = 0.28; 0.5 leaves six deviations.
        const int M = 1500, N = 8, S = 400;
        double[] q = Orthonormal(M, N), sq = new double[S * N], gram = new double[N * N], values = new double[N], rows = new double[N * N];
        foreach (ISketch<double> sketch in Sketches<double>(S, M))
        {
            sketch.Apply(q, N, N, sq, N);
            Blas.Gemm(true, false, N, N, S, 1, sq, N, sq, N, 0, gram, N);
            Assert.True(SmallSymmetricEigen.TryDecompose<double>(gram, N, values, rows));
            Assert.True(values[0] > 0.5 && values[^1] < 1.6, $"{sketch.GetType().Name}: {values[0]} to {values[^1]}");
        }

        // E |S x|^2 = |x|^2: the mean of 400 keys, whose standard error is at most sqrt(2 / 20 / 400) = 0.016; 5 of them.
        double[] x = TestMatrices.Random(50, 1, 4), y = new double[20];
        double length = Reduce.SumOfSquares<double>(x);
        for (int kind = 0; kind < 4; kind++)
        {
            double sum = 0;
            for (ulong seed = 0; seed < 400; seed++)
            {
                Sketches<double>(20, 50, seed)[kind].Apply(x, y);
                sum += Reduce.SumOfSquares<double>(y) / length / 400;
            }

            Assert.InRange(sum, 1 - 0.08, 1 + 0.08);
        }
    }

    [Fact]
    public void WithAllRowsTheHadamardSketchIsOrthogonal()
    {
        double[] x = TestMatrices.Random(64, 1, 7), y = new double[64], back = new double[64];
        var sketch = new HadamardSketch<double>(Key, 64, 64);
        sketch.Apply(x, y);
        Promises.Close(Reduce.SumOfSquares<double>(x), Reduce.SumOfSquares<double>(y), 1e-14, 0, "length");
        sketch.ApplyAdjoint(y, back);
        Promises.Close(0, ModelProblems.Distance(x, back), 0, 1e-14, "S' S");

        // The transform itself against its definition.
        double[] h = TestMatrices.Random(16, 1, 8), transformed = [.. h];
        WalshHadamard.Transform<double>(transformed);
        for (int i = 0; i < 16; i++)
            Promises.Close(Enumerable.Range(0, 16).Sum(j => (BitOperations.PopCount((uint)(i & j)) % 2 == 0 ? 1 : -1) * h[j]), transformed[i], 0, 1e-14, $"H x [{i}]");
    }

    [Fact]
    public void ColumnsOfACountSketchHaveTheirNonzerosInTheirBlocks()
    {
        const int S = 30, M = 25;
        var sketch = new CountSketch<double>(Key, S, M, 4);
        double[] unit = new double[M], column = new double[S];
        for (int j = 0; j < M; j++)
        {
            unit.AsSpan().Clear();
            unit[j] = 1;
            sketch.Apply(unit, column);
            for (int block = 0; block < 4; block++)
                Assert.Equal([0.5], column[(block * S / 4)..((block + 1) * S / 4)].Where(v => v != 0).Select(Math.Abs));
        }

        CsrMatrix<double> a = ModelProblems.Random(M, 9, 0.3, 5);
        double[] sparse = new double[S * 9], dense = new double[S * 9];
        sketch.Apply(a, sparse, 9);
        sketch.Apply(ModelProblems.Dense(a), 9, 9, dense, 9);
        Promises.Close(0, ModelProblems.Distance(dense, sparse), 0, 1e-14, "sparse");
    }

    [Fact]
    public void LeverageScoresAreTheDiagonalOfTheProjection()
    {
        const int M = 600, N = 6;
        double[] a = TestMatrices.Random(M, N, 9), scores = new double[M], approximate = new double[M];
        a[0] = 100; // A row that matters.
        Assert.Equal(N, LeverageScores.Exact<double>(a, M, N, scores));
        Promises.Close(N, scores.Sum(), 1e-13, 0, "sum");
        Assert.True(scores[0] > 0.95 && scores.All(l => l is >= 0 and <= 1 + 1e-12));

        // Against a_i' (A' A)^-1 a_i.
        double[] gram = new double[N * N];
        Blas.Gemm<double>(true, false, N, N, M, 1, a, N, a, N, 0, gram, N);
        Assert.True(Cholesky.TryFactor<double>(gram, N));
        foreach (int i in (int[])[0, 1, 77, 599])
        {
            double[] row = a[(i * N)..((i + 1) * N)], solved = [.. row];
            Cholesky.Solve<double>(gram, N, N, solved);
            Promises.Close(Reduce.Dot<double>(row, solved), scores[i], 1e-11, 0, $"score {i}");
        }

        foreach (ISketch<double> sketch in Sketches<double>(200, M))
        {
            foreach (int directions in (int[])[0, 300])
            {
                Assert.True(LeverageScores.TryApproximate(a, sketch, N, approximate, Key.Fold("directions"), directions));
                for (int i = 0; i < M; i++)
                    Assert.True(approximate[i] >= 0.45 * scores[i] && approximate[i] <= 2 * scores[i], $"{sketch.GetType().Name}, {directions}: {approximate[i]} for {scores[i]}");
            }
        }

        // A column twice: rank one less.
        for (int i = 0; i < M; i++)
            a[(i * N) + 5] = a[(i * N) + 2];
        Assert.Equal(N - 1, LeverageScores.Exact<double>(a, M, N, scores));
        Promises.Close(N - 1, scores.Sum(), 1e-13, 0, "sum of rank 5");
        Assert.False(LeverageScores.TryApproximate(a, new GaussianSketch<double>(Key, 50, M), N, approximate, Key));
    }

    [Fact]
    public void SketchedLeastSquaresIsExactInAFewIterationsWhateverTheCondition()
    {
        const int M = 3000, N = 20;
        double[] a = TestMatrices.Random(M, N, 12), b = TestMatrices.Random(M, 1, 13), x = new double[N], truth = new double[N];
        for (int i = 0; i < M; i++)
        {
            // Columns scaled over eight powers of ten, and nearly dependent.
            for (int j = 1; j < N; j++)
                a[(i * N) + j] = (a[(i * N) + j - 1] * (j % 2)) + (a[(i * N) + j] * Math.Pow(10, -8.0 * j / N));
        }

        var qr = new PivotedQr<double>(M, N);
        qr.Factor(a);
        Assert.Equal(N, qr.Solve(b, truth));
        foreach (ISketch<double> sketch in Sketches<double>(160, M).Where(s => s is not CountSketch<double> { Nonzeros: 1 }))
        {
            KrylovResult result = new SketchedLeastSquares { Tolerance = 1e-14 }.Solve<double>(a, b, x, sketch);
            Assert.True(result.Converged && result.Iterations <= 60, $"{sketch.GetType().Name}: {result}");
            Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-5 * ModelProblems.Norm(truth), sketch.GetType().Name);
            double[] ours = ModelProblems.Product(a, x, M, N, 1), best = ModelProblems.Product(a, truth, M, N, 1);
            Promises.Close(ModelProblems.Distance(best, b), ModelProblems.Distance(ours, b), 1e-12, 0, sketch.GetType().Name + " residual");
            Promises.Close(ModelProblems.Distance(ours, b), result.ResidualNorm, 1e-9, 0, sketch.GetType().Name + " reported residual");
        }

        CsrMatrix<double> sparse = ModelProblems.Tall<double>(900, 11);
        double[] right = ModelProblems.Right<double>(900), solution = new double[11], direct = new double[11];
        KrylovResult outcome = new SketchedLeastSquares().Solve(sparse, right, solution, new CountSketch<double>(Key, 200, 900, 4));
        Assert.True(outcome.Converged, outcome.ToString());
        var factors = new PivotedQr<double>(900, 11);
        factors.Factor(ModelProblems.Dense(sparse));
        factors.Solve(right, direct);
        Promises.Close(0, ModelProblems.Distance(direct, solution), 0, 1e-9 * ModelProblems.Norm(direct), "sparse");
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void SinglePrecisionAndMistakes()
    {
        float[] a = TestMatrices.Random<float>(70, 3, 1), sa = new float[30];
        foreach (ISketch<float> sketch in Sketches<float>(10, 70))
        {
            sketch.Apply(a, 3, 3, sa, 3);
            Hardware.SameBitsEverywhere<float>(sa, $"{sketch.GetType().Name} {(sketch as CountSketch<float>)?.Nonzeros}");
            Assert.Throws<ArgumentException>("sa", () => sketch.Apply(a, 3, 3, new float[29], 3));
            Assert.Throws<ArgumentException>("x", () => sketch.Apply(new float[69], new float[10]));
        }

        Assert.Throws<ArgumentOutOfRangeException>("nonzeros", () => new CountSketch<double>(Key, 3, 10, 4));
        Assert.Throws<ArgumentOutOfRangeException>("rows", () => new HadamardSketch<double>(Key, 17, 9));
        Assert.Throws<ArgumentException>("sketch", () => new SketchedLeastSquares().Solve<double>(new double[20], new double[10], new double[2], new GaussianSketch<double>(Key, 1, 10)));
    }

    private static double[] Orthonormal(int m, int n)
    {
        var qr = new PivotedQr<double>(m, n);
        qr.Factor(TestMatrices.Random(m, n, 5));
        double[] q = new double[m * n], column = new double[m];
        for (int j = 0; j < n; j++)
        {
            column.AsSpan().Clear();
            column[j] = 1;
            qr.ApplyQ(column);
            for (int i = 0; i < m; i++)
                q[(i * n) + j] = column[i];
        }

        return q;
    }
}
