using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Problems;
using OptiCore.Randomness;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Smooth;

/// <summary>What theory says of the methods on quadratics, and of L-BFGS-B at its solutions.</summary>
public class QuasiNewtonLawTests
{
    private static Arbitrary<(int N, int Seed)> Sizes => (from n in Gen.Choose(1, 9) from seed in Gen.Choose(0, 1 << 20) select (n, seed)).ToArbitrary();

    [Fact]
    public void ConjugateGradientsEndAfterNStepsOnQuadratics() => Forall.Check(Prop.ForAll(Sizes, pair =>
    {
        foreach (IConjugateGradientBeta beta in new IConjugateGradientBeta[] { new PolakRibierePlus(), new FletcherReeves(), new HestenesStiefel(), new DaiYuan(), new HagerZhangBeta() })
            AssertEnds(new NonlinearConjugateGradient { Beta = beta, LineSearch = Exact, Stopping = StoppingRules.Never }, pair, pair.N);
    }));

    [Fact]
    public void BfgsEndsAfterNPlusOneStepsOnQuadratics() => Forall.Check(Prop.ForAll(Sizes, pair =>
        AssertEnds(new Bfgs { LineSearch = Exact, Stopping = StoppingRules.Never }, pair, pair.N + 1)));

    [Fact]
    public void LbfgsWithEnoughPairsEndsAfterNPlusOneStepsOnQuadratics() => Forall.Check(Prop.ForAll(Sizes, pair =>
        AssertEnds(new Lbfgs { Memory = pair.N + 1, LineSearch = Exact, Stopping = StoppingRules.Never }, pair, pair.N + 1)));

    [Fact]
    public void SymmetricRankOneRemembersEveryPairOfAQuadratic() => Forall.Check(Prop.ForAll(Sizes, pair =>
    {
        int n = pair.N;
        ITwiceDifferentiableFunction<double> f = Convex(pair);
        double[] indefinite = new double[n], steps = new double[n * n], changes = new double[n * n], product = new double[n];
        var matrix = new SymmetricRankOneMatrix(n, 1e-8);
        RandomFill.Normal(RandomKey.FromSeed((ulong)pair.Seed).Fold(7), steps);
        for (int k = 0; k < n; k++)
        {
            ReadOnlySpan<double> s = steps.AsSpan(k * n, n);
            Span<double> y = changes.AsSpan(k * n, n);
            f.HessianProduct(indefinite, s, y);
            matrix.Update(s, y);
            for (int j = 0; j <= k; j++)
            {
                matrix.Multiply(steps.AsSpan(j * n, n), product);
                for (int i = 0; i < n; i++)
                    Promises.Close(changes[(j * n) + i], product[i], 1e-6, 1e-6, $"n = {n}, seed {pair.Seed}, pair {j} after {k}");
            }
        }
    }));

    [Fact]
    public void LbfgsBEndsWhereTheFirstOrderConditionsHold() => Forall.Check(Prop.ForAll(Sizes, pair =>
    {
        int n = pair.N;
        ITwiceDifferentiableFunction<double> f = Convex(pair);
        double[] u = new double[3 * n], lower = new double[n], upper = new double[n], start = new double[n], gradient = new double[n];
        RandomFill.Normal(RandomKey.FromSeed((ulong)pair.Seed).Fold(3), u);
        for (int i = 0; i < n; i++)
        {
            lower[i] = u[i] > 1 ? double.NegativeInfinity : u[i] - 0.3;
            upper[i] = u[i] < -1 ? double.PositiveInfinity : u[i] + Math.Abs(u[n + i]);
            start[i] = Math.Clamp(u[(2 * n) + i], lower[i], upper[i]);
        }

        var solver = new LbfgsB { Bounds = new Bounds(lower, upper), Memory = 1 + (pair.Seed % 6), Stopping = new() { GradientTolerance = 1e-9 } };
        SolverResult<double> result = Minimize.Run(solver, f, start);
        Assert.True(result.Status == SolverStatus.Converged, $"n = {n}, seed {pair.Seed}: {result}");
        f.ValueAndGradient(result.Point, gradient);
        for (int i = 0; i < n; i++)
        {
            double x = result.Point[i];
            Assert.InRange(x, lower[i], upper[i]);
            Assert.True(gradient[i] <= 1e-8 || x - lower[i] <= 1e-8, $"n = {n}, seed {pair.Seed}: gradient {gradient[i]} at {x}, lower bound {lower[i]}");
            Assert.True(gradient[i] >= -1e-8 || upper[i] - x <= 1e-8, $"n = {n}, seed {pair.Seed}: gradient {gradient[i]} at {x}, upper bound {upper[i]}");
        }
    }));

    [Fact]
    public void TheCompactFormIsTheMatrixOfTheUpdates() => Forall.Check(Prop.ForAll(Sizes, pair =>
    {
        int n = pair.N, capacity = 3, count = 1 + (pair.Seed % 5);
        ITwiceDifferentiableFunction<double> f = Convex(pair);
        var compact = new CompactBfgs(n, capacity);
        var kept = new List<(double[] S, double[] Y)>();
        double[] origin = new double[n];
        for (int k = 0; k < count; k++)
        {
            RandomFill.Normal(RandomKey.FromSeed((ulong)pair.Seed).Fold((ulong)(20 + k)), compact.NextStep);
            f.HessianProduct(origin, compact.NextStep, compact.NextChange);
            double[] s = compact.NextStep.ToArray(), y = compact.NextChange.ToArray();
            kept.Add((s, y));
            Assert.True(compact.Add(Reduce.Dot<double>(s, y), Reduce.SumOfSquares<double>(y)) || n < capacity);
        }

        if (compact.Count == 0)
            return;
        double[] v = new double[n], expected = new double[n], actual = new double[n], small = new double[compact.Order];
        RandomFill.Normal(RandomKey.FromSeed((ulong)pair.Seed).Fold(99), v);
        DenseBfgs(n, compact.Scale, kept.TakeLast(capacity), v, expected);
        compact.MultiplyTransposed(v, small);
        compact.MultiplyMiddle(small, small);
        compact.Combine(compact.Scale, v, -1, small, actual);
        for (int i = 0; i < n; i++)
            Promises.Close(expected[i], actual[i], 1e-5, 1e-5 * compact.Scale, $"n = {n}, seed {pair.Seed}, {count} pairs");
    }));

    /// <summary>A search so tight that it is exact on parabolas.</summary>
    private static MoreThuente Exact => new() { SufficientDecrease = 1e-4, Curvature = 1e-9, MaxEvaluations = 40, ValuePrecision = 0 };

    private static Quadratic<double> Convex((int N, int Seed) pair) =>
        new(Quadratic<double>.LogSpectrum(pair.N, 20), rotation: RandomKey.FromSeed((ulong)pair.Seed));

    private static void AssertEnds(ISolver<double, IDifferentiableFunction<double>> solver, (int N, int Seed) pair, int steps)
    {
        double[] start = new double[pair.N];
        RandomFill.Normal(RandomKey.FromSeed((ulong)pair.Seed).Fold(1), start);
        SolverResult<double> result = Minimize.Run(solver, Convex(pair), start, new RunOptions { MaxIterations = steps });
        double first = Minimize.Run(solver, Convex(pair), start, new RunOptions { MaxEvaluations = 1 }).Value;
        Assert.True(result.Value <= 1e-12 * first, $"n = {pair.N}, seed {pair.Seed}, {solver}: {result.Value:g3} of {first:g3} is left after {result.Iterations} steps. {result.Message}");
    }

    private static void DenseBfgs(int n, double scale, IEnumerable<(double[] S, double[] Y)> pairs, double[] v, double[] result)
    {
        double[] b = new double[n * n], bs = new double[n];
        for (int i = 0; i < n; i++)
            b[(i * n) + i] = scale;
        foreach ((double[] s, double[] y) in pairs)
        {
            Blas.Gemv<double>(false, n, n, 1, b, n, s, 0, bs);
            double curvature = Reduce.Dot<double>(s, y), square = Reduce.Dot<double>(s, bs);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    b[(i * n) + j] += (y[i] * y[j] / curvature) - (bs[i] * bs[j] / square);
            }
        }

        Blas.Gemv<double>(false, n, n, 1, b, n, v, 0, result);
    }
}
