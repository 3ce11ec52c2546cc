using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Projected, proximal and splitting methods.</content>
internal static partial class SolverTable
{
    // 1/2 sum lambda_i (x_i - c_i)^2: with a separable addition each variable has its own minimum.
    private static double[] Curvatures => [1, 2, 5, 10];

    private static double[] Center => [1, -1, 2, 0.5];

    private static IEnumerable<SolverRow<double>> Splitting
    {
        get
        {
            IProximable l1 = Prox.L1(0.5), box = Prox.Indicator(ConvexSet.Box(Bounds.All(-0.25, 1.5)));
            Func<double, int, double> shrunk = static (c, i) => Math.CopySign(Math.Max(Math.Abs(c) - (0.5 / Curvatures[i]), 0), c);
            Func<double, double> clamped = static x => Math.Clamp(x, -0.25, 1.5);
            SolverProblem lasso = Separable([2, 1, 0, -2], (c, i) => shrunk(c, i), x => 0.5 * Math.Abs(x));
            SolverProblem boxed = Separable([1, 1, 0, 0.1], (c, _) => clamped(c), _ => 0);
            SolverProblem both = Separable([1, 1, 0, 0.1], (c, i) => clamped(shrunk(c, i)), x => 0.5 * Math.Abs(x));

            // On the simplex of sum 3 the second variable is 0, and the others share the level 0.5/1.3.
            double level = 0.5 / 1.3;
            SolverProblem simplex = new("quadratic on a simplex", new Quadratic<double>(Curvatures, Center), [0.75, 0.75, 0.75, 0.75], [0.5 * ((1.3 * level * level) + 2)]);

            // The centre lies on the unit sphere, where the gradient vanishes and vanilla steps become slow.
            SolverProblem ball = new("distance from a point of the sphere", new Quadratic<double>([1, 1, 1, 1], [0.4, -0.4, 0.8, 0.2]), [0, 0, 0.5, 0], [0]);

            yield return new("Proximal gradient", new ProximalGradient { Stopping = Tight }, SolverProblem.EasyFunctions, 1e-12);
            yield return new("Proximal gradient, L1", new ProximalGradient { Regularizer = l1, Growth = 1, Stopping = Tight }, [lasso], 1e-12) { Added = Added(l1) };
            yield return new("FISTA", new Fista { Stopping = Tight }, SolverProblem.EasyFunctions, 1e-12);
            yield return new("FISTA, L1, monotone", new Fista { Regularizer = l1, Monotone = true, Restart = FistaRestart.Function, Stopping = Tight }, [lasso], 1e-12) { Added = Added(l1) };
            yield return new("FISTA, box, no restarts", new Fista { Regularizer = box, Restart = FistaRestart.None, InitialStep = 0.01 }, [boxed], 1e-9) { Added = Added(box) };
            yield return new("Davis-Yin splitting", new DavisYin { Stopping = Tight }, SolverProblem.EasyFunctions, 1e-9);
            yield return new("Davis-Yin splitting, L1 in a box", new DavisYin { First = box, Second = l1, Step = 0.05, Stopping = Tight }, [both], 1e-9) { Added = Sum(Added(box), Added(l1)) };
            yield return new("Davis-Yin splitting, fixed step", new DavisYin { First = l1, Second = box, Step = 0.1, Backtracking = false, Stopping = Tight }, [both], 1e-6) { Added = Sum(Added(l1), Added(box)) };
            yield return new("ADMM", new Admm { Penalty = 100, MaxBalancings = 0 }, [Affine([2, 1, 0, -2], (c, _) => c, _ => 0)], 1e-9);
            yield return new("ADMM, L1", new Admm { Regularizer = l1, Penalty = 100, MaxBalancings = 3 }, [Affine([2, 1, 0, -2], shrunk, x => 0.5 * Math.Abs(x))], 1e-9) { Added = Added(l1) };
            yield return new("ADMM, total variation", new Admm { Map = Differences, Regularizer = Prox.L1(), Penalty = 0.03, MaxBalancings = 0 }, [StepRules], 1e-6) { Added = Variation };
            yield return new("Spectral projected gradient", new SpectralProjectedGradient { Stopping = Tight }, SolverProblem.Functions, 1e-9);
            yield return new("Spectral projected gradient, ball, monotone", new SpectralProjectedGradient { Set = ConvexSet.L2Ball(100), Memory = 1, Stopping = Tight }, [SolverProblem.Functions[0]], 1e-12);
            yield return new("Frank-Wolfe, away steps", new FrankWolfe { Set = ConvexSet.Simplex(3), Stopping = Tight }, [simplex], 1e-9);
            yield return new("Frank-Wolfe, pairwise", new FrankWolfe { Set = ConvexSet.Simplex(3), Variant = FrankWolfeVariant.Pairwise, Stopping = Tight }, [simplex], 1e-9);
            yield return new("Frank-Wolfe, affine-invariant", new FrankWolfe { Set = ConvexSet.L2Ball(), Variant = FrankWolfeVariant.Vanilla, Step = FrankWolfeStep.AffineInvariant }, [ball], 1e-6);
            yield return new("Frank-Wolfe, open loop", new FrankWolfe { Set = ConvexSet.L2Ball(), Variant = FrankWolfeVariant.Vanilla, Step = FrankWolfeStep.OpenLoop, Stopping = Tight }, [ball], 1e-3)
            {
                MaxIterations = 2000,
                ConvergesByItself = false,
            };
            yield return new("Mirror descent, entropy", new MirrorDescent { Map = MirrorMap.Entropy(3), Stopping = Tight }, [simplex], 1e-8);
            yield return new("Mirror descent, p-norm", new MirrorDescent { Map = MirrorMap.PNorm(1.5) }, SolverProblem.EasyFunctions, 1e-9);
            yield return new("Mirror descent, decaying steps", new MirrorDescent { Map = MirrorMap.Entropy(3), InitialStep = 0.2, Backtracking = false }, [simplex], 1e-3)
            {
                MaxIterations = 2000,
                ConvergesByItself = false,
            };
        }
    }

    private static double[] Differences => [-1, 1, 0, 0, 0, -1, 1, 0, 0, 0, -1, 1];

    /// <summary>Two steps of height 4 come nearer by the reciprocal of their length each: 1/2 (4 / 4) + 3.</summary>
    private static SolverProblem StepRules => new("steps", AffineResiduals([1, 1, 1, 1], [0, 0, 4, 4]), [1, -2, 3, 5], [3.5]);

    private static double Variation(double[] x) => Math.Abs(x[1] - x[0]) + Math.Abs(x[2] - x[1]) + Math.Abs(x[3] - x[2]);

    private static SolverProblem Separable(double[] start, Func<double, int, double> minimizer, Func<double, double> added) =>
        new("separable quadratic", new Quadratic<double>(Curvatures, Center), start, [Minimum(minimizer, added)]);

    private static SolverProblem Affine(double[] start, Func<double, int, double> minimizer, Func<double, double> added) =>
        new("separable least squares", AffineResiduals(Curvatures, Center), start, [Minimum(minimizer, added)]);

    private static double Minimum(Func<double, int, double> minimizer, Func<double, double> added)
    {
        double sum = 0;
        for (int i = 0; i < Center.Length; i++)
        {
            double x = minimizer(Center[i], i);
            sum += (0.5 * Curvatures[i] * (x - Center[i]) * (x - Center[i])) + added(x);
        }

        return sum;
    }

    private static IDifferentiableResidualFunction<double> AffineResiduals(double[] curvatures, double[] center) => Function.WithJacobian(
        4,
        4,
        (x, r) =>
        {
            for (int i = 0; i < 4; i++)
                r[i] = Math.Sqrt(curvatures[i]) * (x[i] - center[i]);
        },
        (x, r, jacobian) =>
        {
            jacobian.Clear();
            for (int i = 0; i < 4; i++)
            {
                r[i] = Math.Sqrt(curvatures[i]) * (x[i] - center[i]);
                jacobian[5 * i] = Math.Sqrt(curvatures[i]);
            }
        });

    private static Func<double[], double> Added(IProximable function)
    {
        var work = new ProximalWorkspace();
        return x => function.Value(x, work);
    }

    private static Func<double[], double> Sum(Func<double[], double> a, Func<double[], double> b) => x => a(x) + b(x);
}
