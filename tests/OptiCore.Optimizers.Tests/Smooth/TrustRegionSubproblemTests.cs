using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Smooth;

/// <summary>Steps of generated models, definite or not, beside what must hold for them.</summary>
public class TrustRegionSubproblemTests
{
    private static Arbitrary<(int N, int Seed)> Sizes => (from n in Gen.Choose(1, 8) from seed in Gen.Choose(0, 1 << 20) select (n, seed)).ToArbitrary();

    [Fact]
    public void TheExactStepMeetsTheOptimalityConditions() => Forall.Check(Prop.ForAll(Sizes, pair =>
    {
        (double[] h, double[] g, double radius) = Model(pair);
        TrustRegionSubproblemState state = Solve(new MoreSorensen(), h, g, radius);
        AssertOptimal(h, g, radius, state.Step, $"n = {pair.N}, seed {pair.Seed}");
    }));

    [Fact]
    public void TheHardCaseIsSolved()
    {
        // g is orthogonal to the eigenvector of -2: lambda = 2, p = (tau, -1/3, -1/4) of length 1.
        double[] h = [-2, 0, 0, 0, 1, 0, 0, 0, 2], g = [0, 1, 1];
        TrustRegionSubproblemState state = Solve(new MoreSorensen(), h, g, 1);
        Assert.Equal(1, Reduce.Norm(state.Step), 1e-14);
        Assert.Equal(-1.0 / 3, state.Step[1], 1e-14);
        Assert.Equal(-0.25, state.Step[2], 1e-14);
        Assert.True(state.IsOnBorder);
    }

    [Fact]
    public void LanczosInTheWholeSpaceIsExact() => Forall.Check(Prop.ForAll(Sizes, pair =>
    {
        (double[] h, double[] g, double radius) = Model(pair);
        TrustRegionSubproblemState exact = Solve(new MoreSorensen(), h, g, radius), lanczos = Solve(new GeneralizedLanczos { Forcing = 1e-12 }, h, g, radius);
        Promises.Close(exact.PredictedReduction, lanczos.PredictedReduction, 1e-6, 1e-12, $"n = {pair.N}, seed {pair.Seed}");
    }));

    [Fact]
    public void EveryStepStaysInsideAndIsAtLeastAsGoodAsCauchys() => Forall.Check(Prop.ForAll(Sizes, pair =>
    {
        (double[] h, double[] g, double radius) = Model(pair);
        int n = g.Length;
        double[] image = new double[n];
        Blas.Gemv<double>(false, n, n, 1, h, n, g, 0, image);
        double square = Reduce.SumOfSquares<double>(g), norm = Math.Sqrt(square), curvature = Reduce.Dot<double>(g, image);
        double t = curvature > 0 ? Math.Min(square / curvature, radius / norm) : radius / norm;
        double cauchy = (t * square) - (0.5 * t * t * curvature);
        bool isConvex = pair.Seed % 3 == 0;
        foreach (ITrustRegionSubproblem method in new ITrustRegionSubproblem[] { new MoreSorensen(), new SteihaugToint(), new GeneralizedLanczos(), new Dogleg() })
        {
            // The dogleg of an indefinite model is one of a shifted model.
            if (method is Dogleg && !isConvex)
                continue;
            TrustRegionSubproblemState state = Solve(method, h, g, radius);
            string what = $"{method}, n = {pair.N}, seed {pair.Seed}";
            Assert.True(Reduce.Norm(state.Step) <= radius * (1 + 1e-7), $"{what}: length {Reduce.Norm(state.Step)} in {radius}");
            Blas.Gemv<double>(false, n, n, 1, h, n, state.Step, 0, image);
            double reduction = -(Reduce.Dot<double>(g, state.Step) + (0.5 * Reduce.Dot<double>(image, state.Step)));
            Promises.Close(reduction, state.PredictedReduction, 1e-7, 1e-10, what);
            Assert.True(reduction >= cauchy * (1 - 1e-9), $"{what}: {reduction}, Cauchy's {cauchy}");
        }
    }));

    [Fact]
    public void ASmallerRegionAfterwardsGivesTheStepOfThatRegion() => Forall.Check(Prop.ForAll(Sizes, pair =>
    {
        (double[] h, double[] g, double radius) = Model(pair);
        foreach (ITrustRegionSubproblem method in new ITrustRegionSubproblem[] { new MoreSorensen(), new SteihaugToint(), new Dogleg() })
        {
            TrustRegionSubproblemState state = Solve(method, h, g, radius), fresh = Solve(method, h, g, 0.3 * radius);
            state.Shrink(g, 0.3 * radius);
            Drive(state, h, g.Length);
            for (int i = 0; i < g.Length; i++)
                Promises.Close(fresh.Step[i], state.Step[i], 1e-6, 1e-7 * radius, $"{method}, n = {pair.N}, seed {pair.Seed}");
        }
    }));

    [Fact]
    public void ModifiedCholeskyLeavesDefiniteMatricesAndMakesOthersDefinite() => Forall.Check(Prop.ForAll(Sizes, pair =>
    {
        (double[] h, double[] g, _) = Model(pair);
        int n = g.Length;
        var factorization = new ModifiedCholesky(n);
        factorization.Factor(h);
        double[] inverse = new double[n * n], column = new double[n], product = new double[n];
        for (int j = 0; j < n; j++)
        {
            Array.Clear(column);
            column[j] = 1;
            factorization.Solve(column);
            column.CopyTo(inverse, j * n);
        }

        string what = $"n = {n}, seed {pair.Seed}";
        if (pair.Seed % 3 == 0)
            Assert.True(factorization.LargestShift <= 1e-12, what);
        for (int j = 0; j < n && factorization.LargestShift <= 1e-12; j++)
        {
            Blas.Gemv<double>(false, n, n, 1, h, n, inverse.AsSpan(j * n, n), 0, product);
            for (int i = 0; i < n; i++)
                Promises.Close(i == j ? 1 : 0, product[i], 0, 1e-9, what);
        }

        Assert.True(Cholesky.TryFactor<double>(inverse, n), what);
    }));

    private static (double[] H, double[] G, double Radius) Model((int N, int Seed) pair)
    {
        int n = pair.N;
        double[] a = new double[n * n], h = new double[n * n], g = new double[n + 1];
        RandomFill.Normal(RandomKey.FromSeed((ulong)pair.Seed), a);
        RandomFill.Normal(RandomKey.FromSeed((ulong)pair.Seed).Fold(1), g);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double square = i == j ? 0.1 : 0;
                for (int k = 0; k < n; k++)
                    square += a[(i * n) + k] * a[(j * n) + k];
                h[(i * n) + j] = pair.Seed % 3 == 0 ? square : a[(i * n) + j] + a[(j * n) + i];
            }
        }

        return (h, g[..n], Math.Exp(1.5 * g[n]));
    }

    private static TrustRegionSubproblemState Solve(ITrustRegionSubproblem method, double[] h, double[] g, double radius)
    {
        TrustRegionSubproblemState state = method.Start(g.Length);
        state.Begin(g, radius);
        Drive(state, h, g.Length);
        return state;
    }

    private static void Drive(TrustRegionSubproblemState state, double[] h, int n)
    {
        double[] direction = new double[n], product = new double[n];
        while (state.TryAsk(direction))
        {
            Blas.Gemv<double>(false, n, n, 1, h, n, direction, 0, product);
            state.Tell(product);
        }
    }

    private static void AssertOptimal(double[] h, double[] g, double radius, ReadOnlySpan<double> p, string what)
    {
        int n = g.Length;
        double[] rest = new double[n], shifted = [.. h];
        Blas.Gemv<double>(false, n, n, 1, h, n, p, 0, rest);
        for (int i = 0; i < n; i++)
            rest[i] += g[i];
        double length = Reduce.Norm(p), lambda = Math.Max(0, -Reduce.Dot<double>(rest, p) / (length * length));
        Assert.True(length <= radius * (1 + 1e-7), what);
        Assert.True(lambda <= 1e-9 || length >= radius * (1 - 1e-7), $"{what}: lambda {lambda}, length {length} in {radius}");
        double scale = Reduce.Norm<double>(h) + Reduce.Norm<double>(g);
        for (int i = 0; i < n; i++)
        {
            Assert.True(Math.Abs(rest[i] + (lambda * p[i])) <= 1e-6 * scale, $"{what}: gradient of the Lagrangian {rest[i] + (lambda * p[i])}");
            shifted[(i * n) + i] += lambda + (1e-7 * scale);
        }

        Assert.True(Cholesky.TryFactor<double>(shifted, n), $"{what}: H + lambda I isn't positive semidefinite");
    }
}
