using System.Text.Json;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class SparseFactorizationTests
{
    private static readonly SparseOrdering[] Orderings = Enum.GetValues<SparseOrdering>();

    private static readonly FsCheck.Arbitrary<(int N, double Density, ulong Seed)> Systems =
        (from n in Gen.Choose(0, 40) from d in Gen.Choose(0, 6) from seed in Gen.Choose(0, int.MaxValue) select (n, d / 20.0, (ulong)seed)).ToArbitrary();

    [Fact]
    public void FactorsReproduceThePermutedMatrixInEveryOrder() => Forall.Check(Prop.ForAll(Systems, s =>
    {
        CsrMatrix<double> a = ModelProblems.PositiveDefinite(s.N, s.Density, s.Seed);
        double[] b = TestMatrices.Random(s.N, 1, s.Seed + 1), x = new double[s.N];
        double determinant = double.NaN;
        foreach (SparseOrdering ordering in Orderings)
        {
            var cholesky = new SparseCholesky<double>(a, ordering);
            if (!cholesky.TryFactor(a, out int failed) || failed != -1)
                return false;
            CsrMatrix<double> l = cholesky.Lower();
            double[] product = ModelProblems.Dense(l.Multiply(l.Transpose())), permuted = ModelProblems.Dense(a.PermuteSymmetric(cholesky.Analysis.Permutation));
            if (!(ModelProblems.Distance(product, permuted) <= 1e-12 * (1 + ModelProblems.Norm(permuted))) || l.Count != cholesky.Analysis.FactorCount)
                return false;
            cholesky.Solve(b, x);
            if (!(ModelProblems.Residual(a, b, x) <= 1e-11))
                return false;
            double log = cholesky.LogDeterminant();
            if (!double.IsNaN(determinant) && Math.Abs(log - determinant) > 1e-10)
                return false;
            determinant = log;
        }

        return true;
    }));

    [Fact]
    public void SolutionsDoNotDependOnTheNumberingOfTheUnknowns() => Forall.Check(Prop.ForAll(Systems, s =>
    {
        CsrMatrix<double> a = ModelProblems.PositiveDefinite(s.N, s.Density, s.Seed);
        double[] b = TestMatrices.Random(s.N, 1, s.Seed + 1), x = new double[s.N], y = new double[s.N];
        int[] order = new int[s.N];
        RandomOrder.Permutation(RandomKey.FromSeed(s.Seed), order);
        CsrMatrix<double> renumbered = a.PermuteSymmetric(order);
        SparseCholesky<double> one = new(a), two = new(renumbered);
        if (!one.TryFactor(a, out _) || !two.TryFactor(renumbered, out _))
            return false;
        one.Solve(b, x);
        two.Solve([.. order.Select(i => b[i])], y);
        return ModelProblems.Distance([.. order.Select(i => x[i])], y) <= 1e-10 * (1 + ModelProblems.Norm(x));
    }));

    [Fact]
    [Trait("Suite", "Kernels")]
    public void LogDeterminantsMeetTheReferenceAndOrdersSaveFill()
    {
        foreach (JsonElement c in Reference.Json("sparse/krylov.json").GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("kind").GetString() == "poisson"))
        {
            int k = c.GetProperty("k").GetInt32();
            CsrMatrix<double> a = ModelProblems.Poisson<double>(k);
            double[] x = new double[k * k];
            foreach (SparseOrdering ordering in Orderings)
            {
                var cholesky = new SparseCholesky<double>(a, ordering);
                Assert.True(cholesky.TryFactor(a, out _));
                Promises.Close(c.Number("log_determinant"), cholesky.LogDeterminant(), 1e-13, 0, c.GetProperty("id").GetString()!);
                cholesky.Solve(ModelProblems.Right<double>(k * k), x);
                Promises.Close(0, ModelProblems.Distance(c.Numbers("x"), x), 0, 1e-12 * ModelProblems.Norm(x), c.GetProperty("id").GetString()!);
                Hardware.SameBitsEverywhere<double>(x, $"{k} {ordering}");
            }
        }

        // Nested structures: the fill of minimum degree on a grid is O(n log n), of the band k n.
        CsrMatrix<double> grid = ModelProblems.Poisson<double>(60);
        long natural = SparseAnalysis.Of(grid, SparseOrdering.Natural).FactorCount, degree = SparseAnalysis.Of(grid).FactorCount;
        Assert.Equal((2 * 60) - 1 + (61 * 3540), natural);
        Assert.True(degree < 0.35 * natural, $"{degree} of {natural}");

        // An arrow that points up: eliminated from the front it fills completely, by degree not at all.
        int[] rows = [.. Enumerable.Range(0, 30), .. Enumerable.Range(1, 29)], columns = [.. Enumerable.Range(0, 30), .. Enumerable.Repeat(0, 29)];
        CsrMatrix<double> arrow = CsrMatrix<double>.FromTriplets(30, 30, rows, columns, [.. Enumerable.Repeat(100.0, 30), .. Enumerable.Repeat(1.0, 29)]);
        Assert.Equal(30 * 31 / 2, SparseAnalysis.Of(arrow, SparseOrdering.Natural).FactorCount);
        Assert.Equal(59, SparseAnalysis.Of(arrow).FactorCount);

        // A path in random numbering: Cuthill-McKee finds the band of width 1, minimum degree no fill.
        int[] order = new int[50];
        RandomOrder.Permutation(RandomKey.FromSeed(5), order);
        int[] path = [.. order, .. order[1..]], back = [.. order, .. order[..^1]];
        double[] values = [.. Enumerable.Repeat(4.0, 50), .. Enumerable.Repeat(-1.0, 49)];
        CsrMatrix<double> line = CsrMatrix<double>.FromTriplets(50, 50, path, back, values), full = line.Add(1, line.Transpose());
        foreach (SparseOrdering ordering in (SparseOrdering[])[SparseOrdering.ReverseCuthillMcKee, SparseOrdering.MinimumDegree])
            Assert.Equal(99, SparseAnalysis.Of(full, ordering).FactorCount);
        int[] places = SparseOrderings.Compute(full, SparseOrdering.ReverseCuthillMcKee);
        CsrMatrix<double> banded = full.PermuteSymmetric(places);
        for (int i = 0; i < 50; i++)
        {
            foreach (int j in banded.RowColumns(i))
                Assert.InRange(j - i, -1, 1);
        }
    }

    [Fact]
    public void OrdersArePermutationsOfEveryStructure() => Forall.Check(Prop.ForAll(Systems, s =>
    {
        CsrMatrix<double> a = ModelProblems.Random(s.N, s.N, s.Density * 3, s.Seed);
        return Orderings.All(o => SparseOrderings.Compute(a, o).Order().SequenceEqual(Enumerable.Range(0, s.N)));
    }));

    [Fact]
    public void LargerStructuresAreOrderedWithoutLosses()
    {
        foreach (ulong seed in (ulong[])[1, 2, 3])
        {
            CsrMatrix<double> a = ModelProblems.PositiveDefinite(400, 0.004, seed);
            Assert.Equal(Enumerable.Range(0, 400), SparseOrderings.Compute(a, SparseOrdering.MinimumDegree).Order());
            long natural = SparseAnalysis.Of(a, SparseOrdering.Natural).FactorCount, degree = SparseAnalysis.Of(a).FactorCount;
            Assert.True(degree < 0.6 * natural, $"{degree} of {natural}");
        }
    }

    [Fact]
    public void NewValuesOfAStructureAreFactoredWithoutAllocation()
    {
        CsrMatrix<double> a = ModelProblems.Poisson<double>(8);
        SparseAnalysis analysis = SparseAnalysis.Of(a);
        var cholesky = new SparseCholesky<double>(analysis);
        var ldl = new SparseLdl<double>(analysis);
        var lu = new SparseLu<double>(a);
        double[] b = ModelProblems.Right<double>(64), x = new double[64];
        Promises.AllocatesNothing(
            () =>
            {
                a.Values[0] += 0.25;
                cholesky.TryFactor(a, out _);
                cholesky.Solve(b, x);
                ldl.TryFactor(a, out _);
                ldl.Solve(b, x);
                lu.TryFactor(a, out _);
                lu.Solve(b, x);
                SparseTriangular.TrySolve(a, Triangle.Lower, true, Diagonal.Stored, x);
            },
            "sparse factorizations");
        cholesky.Solve(b, x);
        Promises.Close(0, ModelProblems.Residual(a, b, x), 0, 1e-12, "new values");
    }

    [Fact]
    public void FailuresAreSaidWithTheirPivot()
    {
        CsrMatrix<double> a = ModelProblems.Poisson<double>(3);
        a.Values[a.Find(4, 4)] = -1;
        foreach (SparseOrdering ordering in Orderings)
        {
            var cholesky = new SparseCholesky<double>(a, ordering);
            Assert.False(cholesky.TryFactor(a, out int failed));
            Assert.InRange(failed, 0, 8);
            Assert.Throws<InvalidOperationException>(() => cholesky.Solve(new double[9], new double[9]));
            var ldl = new SparseLdl<double>(a, ordering);
            Assert.True(ldl.TryFactor(a, out _));
            Assert.Equal(1, ldl.NegativePivots);
            double[] x = new double[9];
            ldl.Solve(ModelProblems.Right<double>(9), x);
            Promises.Close(0, ModelProblems.Residual(a, ModelProblems.Right<double>(9), x), 0, 1e-13, "LDL'");
            CsrMatrix<double> l = ldl.Lower();
            double[] d = new double[81];
            for (int i = 0; i < 9; i++)
                d[(i * 9) + i] = ldl.Pivots[i];
            double[] half = ModelProblems.Product(ModelProblems.Dense(l), d, 9, 9, 9), whole = ModelProblems.Product(half, ModelProblems.Dense(l.Transpose()), 9, 9, 9);
            Promises.Close(0, ModelProblems.Distance(ModelProblems.Dense(a.PermuteSymmetric(ldl.Analysis.Permutation)), whole), 0, 1e-14, "L D L'");
        }

        a.Values[a.Find(4, 4)] = double.NaN;
        Assert.False(new SparseCholesky<double>(a).TryFactor(a, out _));
        Assert.False(new SparseLu<double>(a).TryFactor(a, out _));
        CsrMatrix<double> singular = CsrMatrix<double>.FromDense([1.0, 2, 2, 4], 2, 2);
        Assert.False(new SparseLu<double>(singular).TryFactor(singular, out int column));
        Assert.InRange(column, 0, 1);
        Assert.False(new SparseLdl<double>(CsrMatrix<double>.FromDense([0.0, 1, 1, 0], 2, 2), SparseOrdering.Natural).TryFactor(CsrMatrix<double>.FromDense([0.0, 1, 1, 0], 2, 2), out int zero));
        Assert.Equal(0, zero);
        Assert.Throws<ArgumentException>("a", () => new SparseCholesky<double>(a).TryFactor(CsrMatrix<double>.Identity(9), out _));
        Assert.Throws<ArgumentException>("a", () => new SparseCholesky<double>(ModelProblems.Tall<double>(5, 3)));
    }

    [Fact]
    public void UnsymmetricMatricesAreFactoredWithPivots() => Forall.Check(Prop.ForAll(Systems, s =>
    {
        // A random structure plus a random permutation, so that it is regular nearly always; judged by the residual.
        int[] order = new int[s.N];
        RandomOrder.Permutation(RandomKey.FromSeed(s.Seed), order);
        CsrMatrix<double> a = ModelProblems.Random(s.N, s.N, s.Density, s.Seed).Add(
            1, CsrMatrix<double>.FromTriplets(s.N, s.N, [.. Enumerable.Range(0, s.N)], order, [.. TestMatrices.Random(s.N, 1, s.Seed + 5).Select(v => v + (v < 0 ? -2 : 2))]));
        double[] dense = ModelProblems.Dense(a), b = TestMatrices.Random(s.N, 1, s.Seed + 1), x = new double[s.N], y = new double[s.N];
        int[] permutation = new int[s.N];
        double[] factors = [.. dense];
        if (s.N == 0)
            return new SparseLu<double>(a).TryFactor(a, out _);
        Lu.TryFactor<double>(factors, s.N, s.N, permutation);
        double log = Lu.LogDeterminant<double>(factors, s.N, s.N, permutation, out int sign);
        foreach (SparseLuStrategy strategy in Enum.GetValues<SparseLuStrategy>())
        {
            foreach (double tolerance in (double[])[1, 0.1])
            {
                var lu = new SparseLu<double>(a, strategy) { PivotTolerance = tolerance };
                if (!lu.TryFactor(a, out int failed) || failed != -1)
                    return false;
                lu.Solve(b, x);
                lu.SolveTransposed(b, y);
                double size = 1 + ModelProblems.Norm(x) + ModelProblems.Norm(y);
                if (!(ModelProblems.Residual(a, b, x) <= 1e-11 * size) || !(ModelProblems.Residual(a.Transpose(), b, y) <= 1e-11 * size))
                    return false;
                if (!(Math.Abs(lu.LogDeterminant(out int turn) - log) <= 1e-9) || turn != sign)
                    return false;
            }
        }

        return true;
    }));

    [Fact]
    public void WideSupernodesReproduceTheMatrix()
    {
        // The last columns of a random matrix fill completely: supernodes of several panels.
        foreach ((int n, double density) in ((int, double)[])[(150, 0.05), (300, 0.012), (120, 0.2)])
        {
            CsrMatrix<double> a = ModelProblems.PositiveDefinite(n, density, (ulong)n);
            var cholesky = new SparseCholesky<double>(a);
            Assert.True(cholesky.TryFactor(a, out _));
            Assert.True(cholesky.Analysis.Supernodes.MostColumns > SupernodalKernels.Panel);
            CsrMatrix<double> l = cholesky.Lower();
            Assert.Equal(cholesky.Analysis.FactorCount, l.Count);
            double[] permuted = ModelProblems.Dense(a.PermuteSymmetric(cholesky.Analysis.Permutation));
            Promises.Close(0, ModelProblems.Distance(ModelProblems.Dense(l.Multiply(l.Transpose())), permuted), 0, 1e-13 * ModelProblems.Norm(permuted), $"{n}");
            double[] b = ModelProblems.Right<double>(n), x = new double[n];
            cholesky.Solve(b, x);
            Promises.Close(0, ModelProblems.Residual(a, b, x), 0, 1e-11, $"{n}: residual");
            Promises.Close(DenseLogDeterminant(a, out _), cholesky.LogDeterminant(), 1e-12, 0, $"{n}: determinant");
        }
    }

    [Fact]
    public void SupernodesHoldTheStructureOfTheFactor() => Forall.Check(Prop.ForAll(Systems, s =>
    {
        CsrMatrix<double> a = ModelProblems.PositiveDefinite(s.N, s.Density, s.Seed);
        foreach (SparseOrdering ordering in Orderings)
        {
            var analysis = SparseAnalysis.Of(a, ordering);
            Supernodes nodes = analysis.Supernodes;
            (int[] starts, int[] rows) = analysis.Structure();
            for (int j = 0; j < s.N; j++)
            {
                int[] block = nodes.Rows[nodes.RowStarts[nodes.Of[j]]..nodes.RowStarts[nodes.Of[j] + 1]];
                if (!block.SequenceEqual(block.Distinct().Order()) || !rows[starts[j]..starts[j + 1]].All(block.Contains))
                    return false;
            }
        }

        return true;
    }));

    [Fact]
    public void MatricesOfSymmetricStructureAreFactoredInBlocks() => Forall.Check(Prop.ForAll(
        (from n in Gen.Choose(1, 90) from d in Gen.Choose(0, 8) from diagonal in Gen.Choose(0, 3) from seed in Gen.Choose(0, int.MaxValue) select (n, d / 40.0, diagonal, (ulong)seed)).ToArbitrary(),
        t =>
        {
            // Diagonals from dominant to none: pivots on it, inside of the blocks, and outside, where the columns are factored one by one.
            (int n, double density, int diagonal, ulong seed) = t;
            CsrMatrix<double> b = ModelProblems.Random(n, n, density, seed), structure = b.Add(0, b.Transpose());
            double weight = diagonal switch { 0 => 10, 1 => 1, 2 => 0.1, _ => 1e-3 };
            double[] values = TestMatrices.Random(structure.Count, 1, seed + 1);
            for (int p = 0; p < values.Length; p++)
                structure.Values[p] = values[p];
            CsrMatrix<double> a = structure.Add(weight, CsrMatrix<double>.Identity(n));
            var lu = new SparseLu<double>(a);
            if (!lu.TryFactor(a, out _))
                return false;
            double[] right = TestMatrices.Random(n, 1, seed + 2), x = new double[n], y = new double[n];
            lu.Solve(right, x);
            lu.SolveTransposed(right, y);
            double log = DenseLogDeterminant(a, out int sign), size = 1 + ModelProblems.Norm(x) + ModelProblems.Norm(y);
            return ModelProblems.Residual(a, right, x) <= 1e-9 * size && ModelProblems.Residual(a.Transpose(), right, y) <= 1e-9 * size
                && Math.Abs(lu.LogDeterminant(out int turn) - log) <= 1e-7 && turn == sign
                && lu.RowOrder.ToArray().Order().SequenceEqual(Enumerable.Range(0, n)) && lu.ColumnOrder.ToArray().Order().SequenceEqual(Enumerable.Range(0, n));
        }));

    [Fact]
    [Trait("Suite", "Kernels")]
    public void BlocksAreUsedWhereTheirPivotsAreLargeEnough()
    {
        // Convection keeps the structure symmetric and the diagonal dominant: L and U have the structure of the Cholesky factor.
        CsrMatrix<double> a = ModelProblems.Poisson<double>(30, 0.5);
        var lu = new SparseLu<double>(a);
        Assert.True(lu.TryFactor(a, out _));
        Assert.Equal(2 * SparseAnalysis.Of(a).FactorCount, lu.FactorCount);
        double[] b = ModelProblems.Right<double>(900), x = new double[900], y = new double[900];
        lu.Solve(b, x);
        Promises.Close(0, ModelProblems.Residual(a, b, x), 0, 1e-12, "blocks");
        Hardware.SameBitsEverywhere<double>(x, "blocks");

        // The same in another order of rows is neither: columns by the order of A' A, and the same solution.
        int[] rows = new int[900];
        RandomOrder.Permutation(RandomKey.FromSeed(3), rows);
        CsrMatrix<double> shuffled = CsrMatrix<double>.FromTriplets(900, 900, [.. Enumerable.Range(0, 900)], rows, [.. Enumerable.Repeat(1.0, 900)]).Multiply(a);
        var columns = new SparseLu<double>(shuffled);
        Assert.True(columns.TryFactor(shuffled, out _));
        Assert.NotEqual(lu.FactorCount, columns.FactorCount);
        columns.Solve([.. rows.Select(r => b[r])], y);
        Promises.Close(0, ModelProblems.Distance(x, y), 0, 1e-12 * ModelProblems.Norm(x), "shuffled");

        // A diagonal of zeros has no pivots in blocks of one column; new values with a diagonal go back to the blocks.
        for (int i = 0; i < 900; i++)
            a.Values[a.Find(i, i)] = 0;
        Assert.True(lu.TryFactor(a, out _));
        lu.Solve(b, x);
        Promises.Close(0, ModelProblems.Residual(a, b, x), 0, 1e-10 * ModelProblems.Norm(x), "no diagonal");
        for (int i = 0; i < 900; i++)
            a.Values[a.Find(i, i)] = 5;
        Assert.True(lu.TryFactor(a, out _));
        Assert.Equal(2 * SparseAnalysis.Of(a).FactorCount, lu.FactorCount);
        Promises.AllocatesNothing(() => lu.TryFactor(a, out _), "blocks");
    }

    [Fact]
    public void TrianglesAreSolved() => Forall.Check(Prop.ForAll(Systems, s =>
    {
        CsrMatrix<double> a = ModelProblems.Random(s.N, s.N, s.Density, s.Seed).Add(3, CsrMatrix<double>.Identity(s.N));
        double[] b = TestMatrices.Random(s.N, 1, s.Seed + 1), dense = ModelProblems.Dense(a);
        foreach (Triangle triangle in Enum.GetValues<Triangle>())
        {
            foreach (bool transpose in (bool[])[false, true])
            {
                foreach (Diagonal diagonal in Enum.GetValues<Diagonal>())
                {
                    double[] x = [.. b], expected = [.. b];
                    if (!SparseTriangular.TrySolve(a, triangle, transpose, diagonal, x))
                        return false;
                    if (s.N > 0)
                        Blas.Trsv(triangle, transpose, diagonal, s.N, dense, s.N, expected);
                    if (!(ModelProblems.Distance(expected, x) <= 1e-12 * (1 + ModelProblems.Norm(expected))))
                        return false;
                }
            }
        }

        return !SparseTriangular.TrySolve(CsrMatrix<double>.FromDense([1.0, 0, 1, 0], 2, 2), Triangle.Lower, false, Diagonal.Stored, new double[2]);
    }));

    [Fact]
    [Trait("Suite", "Kernels")]
    public void SinglePrecisionFactors()
    {
        CsrMatrix<float> a = ModelProblems.Poisson<float>(9);
        float[] b = ModelProblems.Right<float>(81), x = new float[81], y = new float[81];
        var cholesky = new SparseCholesky<float>(a);
        var lu = new SparseLu<float>(a);
        Assert.True(cholesky.TryFactor(a, out _) && lu.TryFactor(a, out _));
        cholesky.Solve(b, x);
        lu.Solve(b, y);
        for (int i = 0; i < 81; i++)
            Promises.Close(x[i], y[i], 0, 1e-5, $"x[{i}]");
        Hardware.SameBitsEverywhere<float>(x, "Cholesky");
        Hardware.SameBitsEverywhere<float>(y, "LU");
    }

    private static double DenseLogDeterminant(CsrMatrix<double> a, out int sign)
    {
        double[] factors = ModelProblems.Dense(a);
        int[] permutation = new int[a.Rows];
        Lu.TryFactor<double>(factors, a.Rows, a.Rows, permutation);
        return Lu.LogDeterminant<double>(factors, a.Rows, a.Rows, permutation, out sign);
    }
}
