using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Smooth functions with gradients, and with products of their Hessians.</content>
internal static partial class SolverTable
{
    // Properties, because the fields of other files may be initialised first.
    private static StoppingRules Tight => new() { GradientTolerance = 1e-9 };

    private static IEnumerable<SolverRow<double>> Smooth =>
    [
        new("L-BFGS", new Lbfgs { Stopping = Tight }, SolverProblem.Functions, 1e-12),
        new("L-BFGS, 3 pairs", new Lbfgs { Memory = 3 }, SolverProblem.Functions, 1e-9),
        new("L-BFGS, tight search", new Lbfgs { LineSearch = new MoreThuente { Curvature = 0.1 } }, SolverProblem.Functions, 1e-9),
        new("L-BFGS, Hager-Zhang search", new Lbfgs { LineSearch = new HagerZhang() }, SolverProblem.Functions, 1e-9),
        new("BFGS", new Bfgs { Stopping = Tight }, SolverProblem.Functions, 1e-12),
        new("BFGS, unscaled", new Bfgs { ScaleInitialHessian = false }, SolverProblem.Functions, 1e-9),
        new("BFGS, backtracking", new Bfgs { LineSearch = new Backtracking() }, SolverProblem.Functions, 1e-9),
        new("L-BFGS-B", new LbfgsB { Stopping = Tight }, SolverProblem.Functions, 1e-12),
        new("L-BFGS-B, far bounds", new LbfgsB { Bounds = Bounds.All(-5, 5), Stopping = Tight }, SolverProblem.Functions, 1e-12),
        new("L-BFGS-B, active bounds", new LbfgsB { Bounds = Bounds.All(-3.2, 1.1) }, WithinBounds, 1e-9),
        new("SR1", new SymmetricRankOne(), SolverProblem.Functions, 1e-9),
        new("SR1, Steihaug", new SymmetricRankOne { Subproblem = new SteihaugToint() }, SolverProblem.Functions, 1e-9),
        new("Barzilai-Borwein", new BarzilaiBorwein(), SolverProblem.Functions, 1e-9),
        new("Barzilai-Borwein, short", new BarzilaiBorwein { Step = SpectralStep.Short }, SolverProblem.Functions, 1e-9),
        new("Barzilai-Borwein, alternating, average", new BarzilaiBorwein { Step = SpectralStep.Alternate, LineSearch = new Backtracking { Reference = new AverageOfValues() } }, SolverProblem.Functions, 1e-9),
        new("CG, Polak-Ribiere", new NonlinearConjugateGradient(), SolverProblem.Functions, 1e-9),
        new("CG, Fletcher-Reeves", new NonlinearConjugateGradient { Beta = new FletcherReeves(), RestartThreshold = 0.2 }, SolverProblem.Functions, 1e-9),
        new("CG, Hestenes-Stiefel", new NonlinearConjugateGradient { Beta = new HestenesStiefel(), RestartInterval = 20 }, SolverProblem.Functions, 1e-9),
        new("CG, Dai-Yuan", new NonlinearConjugateGradient { Beta = new DaiYuan() }, SolverProblem.Functions, 1e-9),
        new("CG, Hager-Zhang", new NonlinearConjugateGradient { Beta = new HagerZhangBeta(), LineSearch = new HagerZhang(), Stopping = Tight }, SolverProblem.Functions, 1e-12),
        new("Newton", new Newton { Stopping = Tight }, WithHessians, 1e-12),
        new("Newton, backtracking", new Newton { LineSearch = new Backtracking() }, WithHessians, 1e-9),
        new("truncated Newton", new TruncatedNewton { Stopping = Tight }, WithHessians, 1e-12),
        new("trust region, Steihaug-Toint", new TrustRegion { Stopping = Tight }, WithHessians, 1e-12),
        new("trust region, dogleg", new TrustRegion { Subproblem = new Dogleg(), Stopping = Tight }, WithHessians, 1e-12),
        new("trust region, exact", new TrustRegion { Subproblem = new MoreSorensen(), Stopping = Tight }, WithHessians, 1e-12),
        new("trust region, Lanczos", new TrustRegion { Subproblem = new GeneralizedLanczos(), Stopping = Tight }, WithHessians, 1e-12),
        new("Anderson", new AndersonAcceleration { Stopping = new() { GradientTolerance = 1e-12 } }, FixedPoints, 1e-20),
        new("Anderson, damped", new AndersonAcceleration { Memory = 1, Mixing = 0.7 }, FixedPoints, 1e-12),
        new("Anderson gradient", new AndersonGradient(), SolverProblem.Functions, 1e-9),
    ];

    private static IReadOnlyList<SolverProblem> WithHessians =>
    [
        .. SolverProblem.Functions.Select(p => p.Problem is ITwiceDifferentiableFunction<double> ? p : p with { Problem = ((IDifferentiableFunction<double>)p.Problem).WithHessianByDifferences() }),
    ];

    /// <summary>Minima within [-3.2, 1.1]^n: Rosenbrock's lies inside; of a diagonal quadratic every coordinate is clamped by itself.</summary>
    private static IReadOnlyList<SolverProblem> WithinBounds =>
    [
        new("Rosenbrock", new Rosenbrock(10), new double[10], [0]),
        new("Diagonal quadratic", new Quadratic<double>([1, 2, 5, 10], [3, -1, -4, 0.5]), [1, 1, 0, -1.3], [(0.5 * 1.9 * 1.9) + (0.5 * 5 * 0.8 * 0.8)]),
    ];

    /// <summary>Contractions whose fixed point is unique.</summary>
    private static IReadOnlyList<SolverProblem> FixedPoints =>
    [
        new("Jacobi's iteration", new FixedPointMap(30, (x, i) => 0.5 * ((i > 0 ? x[i - 1] : 0) + (i < x.Length - 1 ? x[i + 1] : 0) + 0.01)), [.. new double[30]], [0]),
        new("Cosines", new FixedPointMap(6, (x, i) => (0.9 * Math.Cos(x[i])) + (0.05 * x[(i + 1) % x.Length]) + (0.1 * i)), [3, -1, 0, 2, 1, -2], [0]),
        new("Linear", new FixedPointMap(5, (x, i) => (0.98 * x[i]) + (0.01 * (i + 1) * (1 - x[i]))), [3, -1, 0, 2, 5], [0]),
    ];

    /// <summary>r(x) = G(x) - x.</summary>
    private sealed class FixedPointMap(int n, FixedPointMap.Component component) : IResidualFunction<double>
    {
        public delegate double Component(ReadOnlySpan<double> x, int i);

        public int Dimension => n;

        public int ResidualCount => n;

        public void Residuals(ReadOnlySpan<double> x, Span<double> residuals)
        {
            for (int i = 0; i < n; i++)
                residuals[i] = component(x, i) - x[i];
        }
    }
}
