using System.Text.Json;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class EigenpairTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(11);

    private static IEnumerable<JsonElement> Poisson() =>
        Reference.Json("sparse/krylov.json").GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("kind").GetString() == "poisson");

    private static void AssertPairs(ILinearOperator<double> a, double[] expected, double[] values, double[] vectors, double tolerance, string what)
    {
        int n = a.Rows;
        double[] product = new double[n];
        for (int i = 0; i < values.Length; i++)
        {
            Promises.Close(expected[i], values[i], tolerance, tolerance, $"{what}, value {i}");
            double[] v = vectors[(i * n)..((i + 1) * n)];
            a.Apply(v, product);
            Promises.Close(0, ModelProblems.Distance([.. v.Select(x => x * values[i])], product), 0, 1e-6 * (1 + Math.Abs(values[^1])), $"{what}, residual {i}");
            for (int j = 0; j <= i; j++)
                Promises.Close(i == j ? 1 : 0, v.Zip(vectors.Skip(j * n), (p, q) => p * q).Sum(), 0, 1e-8, $"{what}, inner product {i} {j}");
        }
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void GridsHaveTheEigenvaluesOfTheReference()
    {
        foreach (JsonElement c in Poisson())
        {
            string id = c.GetProperty("id").GetString()!;
            int k = c.GetProperty("k").GetInt32(), n = k * k;
            CsrMatrix<double> a = ModelProblems.Poisson<double>(k);
            double[] smallest = c.Numbers("smallest"), largest = [.. c.Numbers("largest").Reverse()];
            foreach (bool preconditioned in (bool[])[false, true])
            {
                double[] values = new double[5], vectors = new double[5 * n];
                var cholesky = new SparseCholesky<double>(a);
                Assert.True(cholesky.TryFactor(a, out _));
                EigenResult result = new Lobpcg().Solve(a, values, vectors, Key, preconditioner: preconditioned ? cholesky : null);
                Assert.True(result.Converged && (!preconditioned || result.Iterations < 40), $"{id}: {result}");
                AssertPairs(a, smallest, values, vectors, 1e-10, $"{id} LOBPCG {preconditioned}");
                Hardware.SameBitsEverywhere<double>(values, $"{id} LOBPCG {preconditioned}");
            }

            double[] top = new double[5], topVectors = new double[5 * n];
            EigenResult upper = new Lobpcg { Target = EigenvalueTarget.Largest }.Solve(a, top, topVectors, Key);
            Assert.True(upper.Converged, $"{id}: {upper}");
            AssertPairs(a, largest, top, topVectors, 1e-10, $"{id} LOBPCG largest");

            // Sub-space iteration sees the double eigenvalues too; it is used on the inverse, where it is fast.
            var inverse = new SparseCholesky<double>(a);
            Assert.True(inverse.TryFactor(a, out _));
            EigenResult sub = new SubspaceIteration { Tolerance = 1e-10 }.Solve(inverse, top, topVectors, Key);
            Assert.True(sub.Converged, $"{id}: {sub}");
            AssertPairs(a, smallest, [.. top.Select(v => 1 / v)], topVectors, 1e-9, $"{id} subspace");

            // The simple ones by Lanczos: the extreme eigenvalue on both sides, and by the inverse.
            double[] one = new double[1], vector = new double[n];
            foreach ((EigenvalueTarget target, double expected) in ((EigenvalueTarget, double)[])[(EigenvalueTarget.Smallest, smallest[0]), (EigenvalueTarget.Largest, largest[0]), (EigenvalueTarget.LargestMagnitude, largest[0])])
            {
                EigenResult lanczos = new Lanczos { Target = target, Tolerance = 1e-10 }.Solve(a, one, vector, Key);
                Assert.True(lanczos.Converged, $"{id} {target}: {lanczos}");
                AssertPairs(a, [expected], one, vector, 1e-10, $"{id} Lanczos {target}");
            }

            EigenResult shifted = new Lanczos { Target = EigenvalueTarget.LargestMagnitude, Tolerance = 1e-12 }.Solve(inverse, one, vector, Key);
            Assert.True(shifted.Converged && shifted.Iterations <= 60, $"{id}: {shifted}");
            AssertPairs(a, [smallest[0]], [1 / one[0]], vector, 1e-10, $"{id} inverse Lanczos");

            EigenResult power = new PowerIteration { Tolerance = 1e-6, MaxIterations = 20000 }.Solve(a, out double dominant, vector, Key);
            Assert.True(power.Converged, $"{id}: {power}");
            Promises.Close(largest[0], dominant, 1e-9, 0, id + " power");
            ILinearOperator<double> moved = LinearOperator.Add<double>(a, -0.01, LinearOperator.Identity<double>(n));
            var ldl = new SparseLdl<double>(a.Add(-0.01, CsrMatrix<double>.Identity(n)));
            Assert.True(ldl.TryFactor(a.Add(-0.01, CsrMatrix<double>.Identity(n)), out _));
            EigenResult nearest = new PowerIteration { Shift = 0.01 }.Solve(ldl, out double least, vector, Key);
            Assert.True(nearest.Converged, $"{id}: {nearest}");
            Promises.Close(smallest[0], least, 1e-10, 0, id + " inverse iteration");
        }
    }

    [Fact]
    public void RandomSymmetricMatricesHaveTheirExtremePairs() => FsCheck.Check.One(Forall.Config.WithMaxTest(40), Prop.ForAll(
        (from n in Gen.Choose(1, 40) from k in Gen.Choose(1, 4) from seed in Gen.Choose(0, int.MaxValue) select (n, Math.Min(k, n), seed)).ToArbitrary(),
        t =>
        {
            (int n, int k, int seed) = t;
            double[] b = TestMatrices.Random(n, n, (ulong)seed), a = new double[n * n], all = new double[n], rows = new double[n * n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    a[(i * n) + j] = b[(i * n) + j] + b[(j * n) + i];
            }

            Assert.True(SmallSymmetricEigen.TryDecompose<double>((double[])[.. a], n, all, rows));
            double error = 0;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    error = Math.Max(error, Math.Abs(a[(i * n) + j] - Enumerable.Range(0, n).Sum(p => rows[(p * n) + i] * all[p] * rows[(p * n) + j])));
            }

            if (!(error <= 1e-13 * n) || !all.SequenceEqual(all.Order()))
                return false;
            IAdjointOperator<double> op = LinearOperator.Dense<double>(a, n, n);
            double[] values = new double[k], vectors = new double[k * n];
            foreach (EigenvalueTarget target in Enum.GetValues<EigenvalueTarget>())
            {
                double[] expected = target switch
                {
                    EigenvalueTarget.Smallest => all[..k],
                    EigenvalueTarget.Largest => [.. all.Reverse().Take(k)],
                    _ => [.. all.OrderByDescending(Math.Abs).Take(k)],
                };
                EigenResult result = new Lanczos { Target = target, MaxRestarts = 3000 }.Solve(op, values, vectors, Key);
                if (!result.Converged || !values.Zip(expected, (p, q) => Math.Abs(p - q) <= 1e-6).All(v => v))
                    return false;
                if (target == EigenvalueTarget.LargestMagnitude || n < 3 * k)
                    continue;
                result = new Lobpcg { Target = target, MaxIterations = 3000 }.Solve(op, values, vectors, Key);
                if (!result.Converged || !values.Zip(expected, (p, q) => Math.Abs(p - q) <= 1e-6).All(v => v))
                    return false;
            }

            return true;
        }));

    [Fact]
    public void GeneralizedProblemsAreReducedToTheirPairs()
    {
        // A = tridiagonal, B = diagonal: B^-1/2 A B^-1/2 has the same eigenvalues.
        const int N = 40, K = 3;
        double[] a = new double[N * N], b = [.. Enumerable.Range(0, N).Select(i => 1 + (0.5 * Math.Sin(i)))], scaled = new double[N * N], all = new double[N], rows = new double[N * N];
        for (int i = 0; i < N; i++)
        {
            for (int j = Math.Max(0, i - 1); j <= Math.Min(N - 1, i + 1); j++)
            {
                a[(i * N) + j] = i == j ? 2 : -1;
                scaled[(i * N) + j] = a[(i * N) + j] / Math.Sqrt(b[i] * b[j]);
            }
        }

        SmallSymmetricEigen.TryDecompose<double>(scaled, N, all, rows);
        double[] values = new double[K], vectors = new double[K * N];
        EigenResult result = new Lobpcg { MaxIterations = 1000 }.Solve(LinearOperator.Dense<double>(a, N, N), values, vectors, Key, b: LinearOperator.Diagonal<double>(b));
        Assert.True(result.Converged, result.ToString());
        for (int i = 0; i < K; i++)
        {
            Promises.Close(all[i], values[i], 1e-10, 0, $"value {i}");
            for (int j = 0; j < K; j++)
                Promises.Close(i == j ? 1 : 0, Enumerable.Range(0, N).Sum(p => vectors[(i * N) + p] * b[p] * vectors[(j * N) + p]), 0, 1e-9, $"B-inner product {i} {j}");
        }

        // From the solution, nothing is left to do.
        EigenResult again = new Lobpcg { StartsFromVectors = true, Tolerance = 1e-7 }.Solve(LinearOperator.Dense<double>(a, N, N), values, vectors, Key, b: LinearOperator.Diagonal<double>(b));
        Assert.True(again is { Converged: true, Iterations: <= 1 }, again.ToString());
    }

    [Fact]
    public void SpecialOperatorsAreHandled()
    {
        double[] values = new double[2], vectors = new double[10];
        IAdjointOperator<double> identity = LinearOperator.Identity<double>(5), zero = LinearOperator.Diagonal<double>(new double[5]), broken = LinearOperator.From<double>(5, 5, (_, y) => y.Fill(double.NaN), (_, y) => y.Fill(double.NaN));
        Assert.True(new Lanczos().Solve(identity, values, vectors, Key).Converged && Math.Abs(values[0] - 1) <= 1e-14);
        Assert.True(new Lobpcg().Solve(identity, values, vectors, Key).Converged);
        Assert.True(new SubspaceIteration().Solve(identity, values, vectors, Key).Converged);
        Assert.True(new Lanczos().Solve(zero, values, vectors, Key).Converged && values[1] == 0);
        Assert.True(new Lobpcg().Solve(zero, values, vectors, Key).Converged);
        Assert.True(new PowerIteration().Solve(zero, out double value, vectors.AsSpan(0, 5), Key).Converged && value == 0);
        Assert.Equal(KrylovStatus.Breakdown, new Lanczos().Solve(broken, values, vectors, Key).Status);
        Assert.Equal(KrylovStatus.Breakdown, new Lobpcg().Solve(broken, values, vectors, Key).Status);
        Assert.Equal(KrylovStatus.Breakdown, new SubspaceIteration().Solve(broken, values, vectors, Key).Status);
        Assert.Equal(KrylovStatus.Breakdown, new PowerIteration().Solve(broken, out _, vectors.AsSpan(0, 5), Key).Status);
        Assert.Equal(KrylovStatus.IterationLimit, new Lanczos { MaxRestarts = 0, Target = EigenvalueTarget.Smallest }.Solve(ModelProblems.Poisson<double>(12), values, new double[288], Key).Status);
        Assert.Throws<ArgumentException>("values", () => new Lanczos().Solve(identity, new double[6], new double[30], Key));
        Assert.Throws<ArgumentException>("vectors", () => new Lobpcg().Solve(identity, new double[2], new double[9], Key));
        Assert.Throws<ArgumentOutOfRangeException>("Target", () => new Lobpcg { Target = EigenvalueTarget.LargestMagnitude });
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void SinglePrecisionConvergesAndNothingIsAllocated()
    {
        CsrMatrix<float> a = ModelProblems.Poisson<float>(6);
        float[] values = new float[2], vectors = new float[72];
        Assert.True(new Lanczos { Tolerance = 1e-5 }.Solve(a, values.AsSpan(0, 1), vectors.AsSpan(0, 36), Key).Converged);
        Assert.True(new Lobpcg { Tolerance = 1e-5 }.Solve(a, values, vectors, Key).Converged);
        Hardware.SameBitsEverywhere<float>(values, "LOBPCG");
        CsrMatrix<double> d = ModelProblems.Poisson<double>(4);
        double[] v = new double[2], x = new double[32];
        var workspace = new KrylovWorkspace<double>();
        Lanczos lanczos = new() { Tolerance = 1e-3 };
        Lobpcg lobpcg = new() { Tolerance = 1e-3 };
        SubspaceIteration subspace = new() { Tolerance = 1e-3 };
        Promises.AllocatesNothing(
            () =>
            {
                lanczos.Solve(d, v, x, Key, workspace);
                lobpcg.Solve(d, v, x, Key, workspace);
                subspace.Solve(d, v, x, Key, workspace);
            },
            "eigenpairs",
            warmUp: 60,
            measured: 10);
    }
}
