using OptiCore.LinearAlgebra;
using OptiCore.Solving;

namespace OptiCore.Optimizers.Tests.Splitting;

/// <summary>Frank-Wolfe on strongly and uniformly convex sets: invariance under changes of variables, and rates.</summary>
public class FrankWolfeTests
{
    private const int N = 8;

    // An ill-conditioned map: orthogonal columns scaled from 1 to 1e3.
    private static readonly double[] Map = MakeMap();
    private static readonly double[] Outside = [.. ProxTests.Draw(21, 1, N).Select(v => 2 * v)];

    public static TheoryData<double> Exponents => [1.5, 2, 3];

    /// <summary>On A C with f(A^-1 y) the iterates are the images of those on C with f; a rule that measures lengths has no such law.</summary>
    [Theory]
    [MemberData(nameof(Exponents))]
    public void TheAffineInvariantRuleDoesNotSeeAChangeOfVariables(double exponent)
    {
        ILinearOracle ball = LinearOracle.LpBall(exponent), image = LinearOracle.Image(Map, N, ball);
        double[] here = Values(new FrankWolfe { Set = ball, Variant = FrankWolfeVariant.Vanilla, Step = FrankWolfeStep.AffineInvariant, Stopping = StoppingRules.Never }, Distance());
        double[] there = Values(new FrankWolfe { Set = image, Variant = FrankWolfeVariant.Vanilla, Step = FrankWolfeStep.AffineInvariant, Stopping = StoppingRules.Never }, DistanceOfImage());

        // Linear convergence reaches the last digit early on the rounder balls.
        int common = Math.Min(here.Length, there.Length);
        Assert.True(common >= 8);
        for (int k = 0; k < common; k++)
            Assert.True(Math.Abs(here[k] - there[k]) <= 1e-9 * here[k], $"iteration {k}: {here[k]:r} and {there[k]:r}");
    }

    /// <summary>With gradients away from 0 and a strongly convex set the gap falls linearly, where 2/(k + 2) gives no better than 1/k; both backtracking rules do alike.</summary>
    [Theory]
    [MemberData(nameof(Exponents))]
    public void BacktrackingIsFasterThanTheOpenLoop(double exponent)
    {
        ILinearOracle ball = LinearOracle.LpBall(exponent);
        long[] iterations = new long[2];
        foreach (FrankWolfeStep step in new[] { FrankWolfeStep.Backtracking, FrankWolfeStep.AffineInvariant })
        {
            SolverResult<double> result = Minimize.Run(
                new FrankWolfe { Set = ball, Variant = FrankWolfeVariant.Vanilla, Step = step, Stopping = new() { GradientTolerance = 1e-5 } }, Distance(), new double[N]).EnsureConverged();
            iterations[(int)step] = result.Iterations;
        }

        SolverRun<double> open = Minimize.Start(
            new FrankWolfe { Set = ball, Variant = FrankWolfeVariant.Vanilla, Step = FrankWolfeStep.OpenLoop, Stopping = StoppingRules.Never }, Distance(), new double[N], new RunOptions { MaxIterations = 3 * iterations.Max() });
        open.Complete(Distance());
        Assert.True(open.State.GradientNorm > 1e-4, $"the open loop's gap is {open.State.GradientNorm:g3} after {open.Iterations} iterations");
        Assert.True(iterations.Max() <= 3 * iterations.Min(), $"{iterations[0]} and {iterations[1]} iterations");
    }

    /// <summary>Lacoste-Julien and Jaggi: vanilla steps zigzag before a face of a polytope, away and pairwise steps converge linearly.</summary>
    [Fact]
    public void AwayStepsEndTheZigzag()
    {
        IDifferentiableFunction<double> f = Function.WithGradient<double>(3, (x, g) =>
        {
            double value = 0;
            double[] c = [0.6, 0.5, -0.3];
            for (int i = 0; i < 3; i++)
            {
                g[i] = x[i] - c[i];
                value += 0.5 * g[i] * g[i];
            }

            return value;
        });
        var stopping = new StoppingRules { GradientTolerance = 1e-9 };
        var limits = new RunOptions { MaxIterations = 1000 };
        SolverResult<double> vanilla = Minimize.Run(new FrankWolfe { Set = ConvexSet.Simplex(), Variant = FrankWolfeVariant.Vanilla, Stopping = stopping }, f, [0, 0, 1], limits);
        Assert.Equal(StopReason.MaxIterations, vanilla.Reason);
        foreach (FrankWolfeVariant variant in new[] { FrankWolfeVariant.Away, FrankWolfeVariant.Pairwise })
        {
            SolverResult<double> result = Minimize.Run(new FrankWolfe { Set = ConvexSet.Simplex(), Variant = variant, Stopping = stopping }, f, [0, 0, 1], limits).EnsureConverged();
            Assert.True(result.Iterations < 200, result.ToString());
            Assert.Equal(0, result.Point[2], 1e-12);
            Assert.Equal(0.55, result.Point[0], 1e-8);
        }
    }

    private static double[] Values(FrankWolfe solver, IDifferentiableFunction<double> f)
    {
        SolverRun<double> run = Minimize.Start(solver, f, new double[N], new RunOptions { MaxIterations = 20 });
        return [.. run.Iterate(f).Select(p => p.Value)];
    }

    private static IDifferentiableFunction<double> Distance() => Function.WithGradient<double>(N, (x, g) =>
    {
        double value = 0;
        for (int i = 0; i < N; i++)
        {
            g[i] = (i + 1) * (x[i] - Outside[i]);
            value += 0.5 * g[i] * (x[i] - Outside[i]);
        }

        return value;
    });

    /// <summary>f(A^-1 y) with the gradient A^-T grad f.</summary>
    private static IDifferentiableFunction<double> DistanceOfImage()
    {
        double[] lu = (double[])Map.Clone();
        int[] permutation = new int[N];
        Assert.True(Lu.TryFactor<double>(lu, N, N, permutation));
        IDifferentiableFunction<double> f = Distance();
        return Function.WithGradient<double>(N, (y, g) =>
        {
            double[] x = new double[N], inner = new double[N];
            Lu.Solve<double>(lu, N, N, permutation, y, x);
            double value = f.ValueAndGradient(x, inner);
            Lu.Solve<double>(lu, N, N, permutation, inner, g, transpose: true);
            return value;
        });
    }

    private static double[] MakeMap()
    {
        var qr = new Qr<double>(N, N);
        qr.Factor(ProxTests.Draw(22, 1, N * N));
        double[] q = new double[N * N];
        qr.CopyQ(q);
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
                q[(i * N) + j] *= Math.Pow(1e3, j / (N - 1.0));
        }

        return q;
    }
}
