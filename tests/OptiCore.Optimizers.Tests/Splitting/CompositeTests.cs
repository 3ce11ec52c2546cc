using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Splitting;

/// <summary>Composite problems whose answers are known, or known by their conditions of optimality.</summary>
public class CompositeTests
{
    private const int M = 40, N = 20;

    // A design of condition about 50 and a response of six of its columns.
    private static readonly double[] Design = MakeDesign();
    private static readonly double[] Response = MakeResponse();

    /// <summary>1/2 |A x - b|^2.</summary>
    private static readonly IDifferentiableFunction<double> Fit = Function.WithGradient<double>(N, (x, gradient) =>
    {
        double value = 0;
        gradient.Clear();
        for (int i = 0; i < M; i++)
        {
            double r = Residual(i, x);
            value += 0.5 * r * r;
            for (int j = 0; j < N; j++)
                gradient[j] += r * Design[(i * N) + j];
        }

        return value;
    });

    private static readonly IDifferentiableResidualFunction<double> FitResiduals = Function.WithJacobian(
        N,
        M,
        (x, r) =>
        {
            for (int i = 0; i < M; i++)
                r[i] = Residual(i, x);
        },
        (x, r, jacobian) =>
        {
            for (int i = 0; i < M; i++)
                r[i] = Residual(i, x);
            Design.CopyTo(jacobian);
        });

    /// <summary>Every method's lasso fulfils |A_j.(b - A x)| &lt;= w, with equality and the sign of x_j where x_j isn't 0.</summary>
    [Fact]
    public void AllMethodsFindTheLasso()
    {
        const double Weight = 3;
        IProximable g = Prox.L1(Weight);
        var tight = new StoppingRules { GradientTolerance = 1e-8 };
        var long1 = new RunOptions { MaxIterations = 100_000 };
        SolverResult<double>[] results =
        [
            Minimize.Run(new ProximalGradient { Regularizer = g, Stopping = tight }, Fit, new double[N], long1),
            Minimize.Run(new Fista { Regularizer = g, Stopping = tight }, Fit, new double[N], long1),
            Minimize.Run(new Fista { Regularizer = g, Monotone = true, Restart = FistaRestart.Function, Stopping = tight }, Fit, new double[N], long1),
            Minimize.Run(new DavisYin { First = g, Stopping = tight }, Fit, new double[N], long1),
            Minimize.Run(new Admm { Regularizer = g }, FitResiduals, new double[N], long1),
        ];
        foreach (SolverResult<double> result in results)
        {
            Assert.True(result.Status == SolverStatus.Converged, $"method {Array.IndexOf(results, result)}: {result}");
            Promises.Close(results[0].Value, result.Value, 1e-9, 0, result.ToString());
            double[] gradient = new double[N];
            Fit.ValueAndGradient(result.Point, gradient);
            Assert.InRange(result.Point.Count(v => v == 0), 5, N - 3);
            for (int j = 0; j < N; j++)
                Promises.Close(result.Point[j] == 0 ? Math.Clamp(gradient[j], -Weight, Weight) : -Weight * Math.Sign(result.Point[j]), gradient[j], 0, 2e-5, $"{result}, variable {j}");
        }
    }

    /// <summary>O'Donoghue and Candes: restarts keep acceleration where the condition is unknown.</summary>
    [Fact]
    public void AccelerationAndRestartsSaveGradients()
    {
        var problem = new Quadratic<double>(Quadratic<double>.LogSpectrum(20, 1e3), [.. Enumerable.Repeat(1.0, 20)], RandomKey.FromSeed(3));
        var stopping = new StoppingRules { GradientTolerance = 1e-6 };
        var limits = new RunOptions { MaxIterations = 100_000 };
        long plain = Evaluations(new ProximalGradient { Growth = 1, Stopping = stopping }), accelerated = Evaluations(new Fista { Restart = FistaRestart.None, Stopping = stopping }),
            restarted = Evaluations(new Fista { Stopping = stopping }), spectral = Evaluations(new SpectralProjectedGradient { Stopping = stopping });
        Assert.True(restarted < 0.5 * accelerated && restarted < 0.1 * plain && spectral < 0.1 * plain, $"plain {plain}, FISTA {accelerated}, with restarts {restarted}, spectral {spectral}");

        long Evaluations(ISolver<double, IDifferentiableFunction<double>> solver) => Minimize.Run(solver, problem, new double[20], limits).EnsureConverged().Evaluations.Points;
    }

    [Fact]
    public void ProjectedGradientsAskOnlyInsideTheSet()
    {
        IConvexSet set = ConvexSet.L1Ball(1.5);
        var work = new ProximalWorkspace();
        SolverRun<double> run = Minimize.Start(new SpectralProjectedGradient { Set = set, Stopping = new() { GradientTolerance = 1e-8 } }, Fit, [.. Enumerable.Repeat(2.0, N)]);
        while (run.TryAsk(out Query<double>? query))
        {
            Assert.True(ConvexSet.Distance(set, query.Point(), work) <= 1e-12);
            query.Value() = Fit.ValueAndGradient(query.Point(), query.Gradient());
            run.Tell();
        }

        // The constrained lasso: on the border, with equal slopes where x isn't 0.
        double[] x = run.Result.EnsureConverged().Point, gradient = new double[N];
        Fit.ValueAndGradient(x, gradient);
        Promises.Close(1.5, x.Sum(Math.Abs), 1e-10, 0, "the norm");
        double slope = gradient.Max(Math.Abs);
        for (int j = 0; j < N; j++)
            Assert.True(Math.Abs(x[j]) < 1e-9 || Math.Abs(gradient[j] + (slope * Math.Sign(x[j]))) < 1e-6 * slope, $"variable {j}: {x[j]}, {gradient[j]}");
    }

    /// <summary>The same problem by projections, by projection-free steps and by the mirror map of the simplex.</summary>
    [Fact]
    public void MethodsOfTheSimplexAgree()
    {
        double[] start = [.. Enumerable.Repeat(1.0 / N, N)];
        var stopping = new StoppingRules { GradientTolerance = 1e-8 };
        var limits = new RunOptions { MaxIterations = 200_000 };
        double expected = Minimize.Run(new SpectralProjectedGradient { Set = ConvexSet.Simplex(), Stopping = stopping }, Fit, start).EnsureConverged().Value;
        foreach (FrankWolfeVariant variant in new[] { FrankWolfeVariant.Away, FrankWolfeVariant.Pairwise })
        {
            foreach (FrankWolfeStep step in new[] { FrankWolfeStep.Backtracking, FrankWolfeStep.AffineInvariant })
            {
                SolverResult<double> result = Minimize.Run(new FrankWolfe { Set = ConvexSet.Simplex(), Variant = variant, Step = step, Stopping = stopping }, Fit, start, limits).EnsureConverged();
                Promises.Close(expected, result.Value, 1e-9, 0, $"{variant}, {step}: {result}");
                Promises.Close(1, result.Point.Sum(), 1e-10, 0, "sum");
                Assert.True(result.Point.Min() >= -1e-12);
            }
        }

        SolverResult<double> mirror = Minimize.Run(new MirrorDescent { Stopping = new() { GradientTolerance = 1e-6 } }, Fit, start, limits).EnsureConverged();
        Promises.Close(expected, mirror.Value, 1e-6, 0, mirror.ToString());
    }

    [Fact]
    public void TheFirstPointNeedNotLieInTheDomain()
    {
        IProximable box = Prox.Indicator(ConvexSet.Box(Bounds.All(0, 0.1)));
        SolverResult<double> result = Minimize.Run(new Fista { Regularizer = box }, Fit, [.. Enumerable.Repeat(5.0, N)]).EnsureConverged();
        Assert.All(result.Point, v => Assert.InRange(v, 0, 0.1));
        Assert.True(double.IsFinite(result.Value));
    }

    [Fact]
    public void ResidualsThatAreNotAffineAreRefused()
    {
        SolverResult<double> result = Minimize.Run(new Admm(), MoreGarbowHillstrom.Problem(1).Residuals, [-1.2, 1]);
        Assert.Equal(StopReason.NoProgress, result.Reason);
        Assert.Contains("not affine", result.Message);
    }

    [Fact]
    public void StartsOutsideAreRefusedWhereTheMethodStaysInside()
    {
        Assert.Contains("must lie in the set", Assert.Throws<ArgumentException>(() => Minimize.Run(new FrankWolfe { Set = ConvexSet.Simplex() }, Fit, new double[N])).Message);
        Assert.Contains("start[0]", Assert.Throws<ArgumentException>(() => Minimize.Run(new MirrorDescent(), Fit, new double[N])).Message);
        Assert.Contains("sum to", Assert.Throws<ArgumentException>(() => Minimize.Run(new MirrorDescent(), Fit, [.. Enumerable.Repeat(1.0, N)])).Message);
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        (string Member, Action Construct)[] rows =
        [
            ("InitialStep", () => _ = new ProximalGradient { InitialStep = 0 }), ("Shrink", () => _ = new ProximalGradient { Shrink = 1 }), ("Growth", () => _ = new ProximalGradient { Growth = 0.9 }),
            ("InitialStep", () => _ = new Fista { InitialStep = -1 }), ("Restart", () => _ = new Fista { Restart = (FistaRestart)7 }), ("Shrink", () => _ = new Fista { Shrink = 0 }),
            ("Step", () => _ = new DavisYin { Step = double.NaN }), ("StepDecay", () => _ = new DavisYin { StepDecay = 2 }), ("Penalty", () => _ = new Admm { Penalty = 0 }),
            ("Relaxation", () => _ = new Admm { Relaxation = 2 }), ("MaxBalancings", () => _ = new Admm { MaxBalancings = -1 }), ("AbsoluteTolerance", () => _ = new Admm { AbsoluteTolerance = 0 }),
            ("Memory", () => _ = new SpectralProjectedGradient { Memory = 0 }), ("SufficientDecrease", () => _ = new SpectralProjectedGradient { SufficientDecrease = 1 }),
            ("Variant", () => _ = new FrankWolfe { Set = ConvexSet.Simplex(), Variant = (FrankWolfeVariant)9 }), ("InitialStep", () => _ = new MirrorDescent { InitialStep = 0 }),
            ("ValueTolerance", () => _ = new TrustRegionReflective { ValueTolerance = -1 }), ("InitialRegion", () => _ = new PowellDogleg { InitialRegion = 0 }), ("SufficientDecrease", () => _ = new GaussNewton { SufficientDecrease = 0.5 }),
            ("scale", () => _ = RobustLoss.Huber(0)),
        ];
        foreach ((string member, Action construct) in rows)
            Assert.Equal(member, Assert.Throws<ArgumentOutOfRangeException>(construct).ParamName);
        Assert.Equal("Regularizer", Assert.Throws<ArgumentNullException>(() => new Fista { Regularizer = null! }).ParamName);
        Assert.Equal("Set", Assert.Throws<ArgumentNullException>(() => new FrankWolfe { Set = null! }).ParamName);
    }

    private static double Residual(int i, ReadOnlySpan<double> x)
    {
        double sum = -Response[i];
        for (int j = 0; j < N; j++)
            sum += Design[(i * N) + j] * x[j];
        return sum;
    }

    private static double[] MakeDesign()
    {
        double[] design = ProxTests.Draw(11, 1, M * N);
        for (int i = 0; i < M; i++)
        {
            for (int j = 1; j < N; j++)
                design[(i * N) + j] = (0.7 * design[(i * N) + j - 1]) + (0.7 * design[(i * N) + j]);
        }

        return design;
    }

    private static double[] MakeResponse()
    {
        double[] noise = ProxTests.Draw(12, 0.1, M);
        for (int i = 0; i < M; i++)
        {
            for (int j = 0; j < N; j += 4)
                noise[i] += (j % 8 == 0 ? 1 : -0.5) * Design[(i * N) + j];
        }

        return noise;
    }
}
