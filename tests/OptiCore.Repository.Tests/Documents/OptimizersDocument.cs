using OptiCore.Differentiation;
using OptiCore.LinearAlgebra;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Solving;
using static OptiCore.Elementary;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>The code of docs/optimizers.md, which <see cref="DocumentTests"/> compares with it line by line, and that it does what the document says.</summary>
public class OptimizersDocument
{
    private static readonly double[] Curve = [8.3, 10.3, 19.0, 16.0, 15.6, 19.8];

    [Fact]
    public void LetItChoose()
    {
        var rosenbrock = Function.From(x => 100 * Sq(x[1] - x[0] * x[0]) + Sq(1 - x[0]));
        var result = Minimize.Run(rosenbrock, [-1.2, 1.0]);
        Console.WriteLine(result.Summary());

        Assert.Equal("Bfgs", result.EnsureConverged().Method);
        Near([1, 1], result.Point, 1e-5);
        string text = result.Summary().ToString();
        Assert.StartsWith("Converged (GradientTolerance). By Bfgs, because the function has a gradient, and a matrix of 2 variables is small. ", text);
        Assert.Contains("\n  point          [1, 1]\n", text);

        var hint = Minimize.Run(ClassicFunctions.Rastrigin(2).Function, [3.9, -4.1], Bounds.All(-5, 5), ProblemTraits.ManyMinima);
        Assert.StartsWith("By MultiStart of LbfgsB", hint.Message);
    }

    [Fact]
    public void Smooth()
    {
        var chained = Function.From(x =>
        {
            Dual4 sum = 0;
            for (int i = 0; i + 1 < x.Length; i++)
                sum += 100 * Sq(x[i + 1] - Sq(x[i])) + Sq(1 - x[i]);
            return sum;
        });
        double[] start = new double[20];

        var free = Minimize.Run(new Lbfgs(), chained, start);
        var boxed = Minimize.Run(new LbfgsB { Bounds = Bounds.All(-0.5, 0.8) }, chained, start);
        var curved = Minimize.Run(new TrustRegion { Subproblem = new GeneralizedLanczos() }, chained.WithHessianByDifferences(), start);

        Near(Enumerable.Repeat(1.0, 20), free.EnsureConverged().Point, 1e-4);
        Assert.All(boxed.EnsureConverged().Point, x => Assert.InRange(x, -0.5, 0.8));
        Near(Enumerable.Repeat(1.0, 20), curved.EnsureConverged().Point, 1e-4);
        Assert.True(curved.Evaluations.Gradients < free.Evaluations.Gradients);
    }

    [Fact]
    public void FirstOrder()
    {
        const int Rows = 400, Columns = 8;
        RandomKey key = RandomKey.FromSeed(1);
        double[] features = new double[Rows * Columns], truth = [1, -2, 0.5, 0, 0, 3, -1, 0.25];
        int[] labels = new int[Rows];
        RandomStream random = key.Fold("data").Stream();
        for (int i = 0; i < Rows; i++)
        {
            double logit = 0;
            for (int j = 0; j < Columns; j++)
                logit += truth[j] * (features[(i * Columns) + j] = random.NextNormal());
            labels[i] = random.NextDouble() < 1 / (1 + Math.Exp(-logit)) ? 1 : -1;
        }

        IUpdateRule rule = new ClipByNorm(1.0)
            .Then(new AdamW { LearningRate = Schedule.Cosine(0.1, steps: 1000).WithWarmUp(50), WeightDecay = 0 })
            .Then(new Lookahead { Every = 5 });

        IFiniteSumFunction<double> loss = new LogisticRegression<double>(features, labels, lambda: 1e-2);
        double[] weights = new double[loss.Dimension], gradient = new double[loss.Dimension];
        int[] batch = new int[32];
        RuleState<double> state = rule.Start<double>(weights.Length);
        for (int step = 0; step < 1000; step++)
        {
            RandomStream draws = key.Fold(step).Stream();               // step k draws the same batch in every run
            for (int i = 0; i < batch.Length; i++)
                batch[i] = draws.NextInt32(loss.TermCount);
            loss.ValueAndGradient(weights, batch, gradient);
            state.Step(weights, gradient);                              // one pass over memory, whatever was composed
        }

        var best = Minimize.Run(new Lbfgs(), loss, new double[loss.Dimension]).EnsureConverged();
        Assert.True(loss.Value(weights) < 1.02 * best.Value, $"{loss.Value(weights)} against {best.Value}");

        var whole = Minimize.Run(new Adam { LearningRate = 0.05 }, loss, new double[loss.Dimension], new RunOptions { MaxIterations = 2000 });

        Near(best.Point, whole.Point, 1e-3);
    }

    [Fact]
    public void LeastSquares()
    {
        double[] t = [1, 2, 3, 4, 5, 7], y = Curve;
        var model = Function.FromResiduals(2, t.Length, (p, r) =>
        {
            for (int i = 0; i < t.Length; i++)
                r[i] = p[0] * (1 - Exp(-p[1] * t[i])) - y[i];
        });

        var fit = Minimize.Run(new LevenbergMarquardt(), model, [20, 0.24]);
        Console.WriteLine(LeastSquaresFit.Of(model, fit).Summary());

        var loss = RobustLoss.Huber(2.0);                               // residuals beyond 2 count by their size, not its square
        var robust = Minimize.Run(new TrustRegionReflective { Loss = loss, Bounds = new Bounds([0, 0], [100, 10]) }, model, [20, 0.24]);
        Console.WriteLine(LeastSquaresFit.Of(model, robust, loss).Summary());

        // The data of Bates and Watts (1988), biochemical oxygen demand: parameters 19.14 and 0.5311, standard errors 2.50 and 0.203, s = 2.549.
        var statistics = LeastSquaresFit.Of(model, fit.EnsureConverged());
        Near([19.143, 0.5311], statistics.Parameters, 5e-4);
        Near([2.496, 0.2031], statistics.StandardDeviations, 5e-4);
        Assert.Equal(2.549, statistics.ResidualStandardDeviation, 3);
        Assert.Contains("x[0]         19.14", statistics.Summary().ToString());
        Assert.InRange(robust.EnsureConverged().Point[0], 19, 21);
    }

    [Fact]
    public void Constraints()
    {
        var objective = Function.From(x => x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2]);
        var constraints = Function.FromResiduals(4, 2, (x, c) =>
        {
            c[0] = x[0] * x[1] * x[2] * x[3];
            c[1] = Sq(x[0]) + Sq(x[1]) + Sq(x[2]) + Sq(x[3]);
        });
        var problem = objective.SubjectTo(constraints, new Bounds([25, 40], [double.PositiveInfinity, 40]));     // c[0] >= 25, c[1] = 40

        var result = Minimize.Run(new Slsqp { Bounds = Bounds.All(1, 5) }, problem, [1, 5, 5, 1]);
        Console.WriteLine(result.Summary());                            // with the violation and the multipliers

        // Hock and Schittkowski (1981), problem 71.
        Assert.Equal(17.0140173, result.EnsureConverged().Value, 6);
        Near([1, 4.7429994, 3.8211503, 1.3794082], result.Point, 1e-5);
        Assert.Contains("\n  multipliers    [-0.552294, 0.161469]\n", result.Summary().ToString());
        Assert.Equal(17.0140173, Minimize.Run(new AugmentedLagrangian { Bounds = Bounds.All(1, 5) }, problem, [1, 5, 5, 1]).EnsureConverged().Value, 5);
        Assert.Equal(17.0140173, Minimize.Run(new InteriorPoint { Bounds = Bounds.All(1, 5) }, problem, [1, 5, 5, 1]).EnsureConverged().Value, 5);
    }

    [Fact]
    public void Convex()
    {
        double[] y = [3, -0.5, 1.2];
        var distance = Function.From(x => (Sq(x[0] - y[0]) + Sq(x[1] - y[1]) + Sq(x[2] - y[2])) / 2);

        var sparse = Minimize.Run(new Fista { Regularizer = Prox.L1(1.0) }, distance, [0, 0, 0]);                       // f + |x|_1
        var onSimplex = Minimize.Run(new FrankWolfe { Set = ConvexSet.Simplex(), Variant = FrankWolfeVariant.Pairwise }, distance, [1, 0, 0]);
        var sameByMirror = Minimize.Run(new MirrorDescent { Map = MirrorMap.Entropy() }, distance, [0.4, 0.3, 0.3]);
        var inBall = Minimize.Run(new SpectralProjectedGradient { Set = ConvexSet.L2Ball() }, distance, [0, 0, 0]);
        var both = Minimize.Run(new DavisYin { First = Prox.Indicator(ConvexSet.Nonnegative), Second = Prox.L1(1.0) }, distance, [0, 0, 0]);

        // Soft thresholds, and projections in closed form.
        Near([2, 0, 0.2], sparse.EnsureConverged().Point, 1e-6);
        Near([1, 0, 0], onSimplex.EnsureConverged().Point, 1e-6);
        Near([1, 0, 0], sameByMirror.Point, 1e-3);
        double length = Math.Sqrt(y.Sum(v => v * v));
        Near(y.Select(v => v / length), inBall.EnsureConverged().Point, 1e-6);
        Near([2, 0, 0.2], both.EnsureConverged().Point, 1e-6);
    }

    [Fact]
    public void Splitting()
    {
        double[] signal = [0.1, -0.1, 0.05, 4.9, 5.1, 5.0];
        var misfit = Function.FromResiduals(6, 6, (x, r) =>
        {
            for (int i = 0; i < 6; i++)
                r[i] = x[i] - signal[i];
        });
        var smoothed = Minimize.Run(new Admm { Regularizer = Prox.TotalVariation(0.3) }, misfit, signal);              // steps stay, noise goes

        // Each flat piece is its mean, moved towards the other by the weight over its length.
        double low = (0.05 / 3) + 0.1, high = 5 - 0.1;
        Near([low, low, low, high, high, high], smoothed.EnsureConverged().Point, 1e-5);
    }

    [Fact]
    public void Programs()
    {
        // Most profit, 3 x + 5 y, from three machines with 4, 12 and 18 hours.
        var plan = LinearProgram.FromDense(
            cost: [-3, -5],
            inequalities: [1, 0, 0, 2, 3, 2], inequalityRight: [4, 12, 18],
            equalities: [], equalityRight: []);
        var best = new HomogeneousInteriorPoint().Solve(plan);
        Console.WriteLine(best.Summary());

        // The portfolio of least variance x'Q x / 2 whose shares sum to 1 and that earns 0.1 at least.
        var shares = LinearProgram.FromDense(cost: [0, 0, 0], inequalities: [-0.05, -0.1, -0.15], inequalityRight: [-0.1], equalities: [1, 1, 1], equalityRight: [1]);
        var portfolio = new QuadraticProgram(CsrMatrix<double>.FromDense([0.01, 0, 0, 0, 0.04, 0, 0, 0, 0.09], 3, 3), shares);
        var mix = new DualActiveSet().Solve(portfolio);

        // Who does which job.
        var jobs = LinearAssignment.Solve(cost: [4, 1, 3, 2, 0, 5, 3, 2, 2], rows: 3, columns: 3);
        Console.WriteLine($"{jobs.Cost}: {string.Join(", ", jobs.ColumnOfRow)}");

        // Wyndor Glass (Hillier and Lieberman): 36 at (2, 6), shadow prices 0, 3/2 and 1.
        Near([2, 6], best.EnsureConverged().Point, 1e-6);
        Near([0, 1.5, 1], best.RowMultipliers, 1e-6);
        Assert.Contains("\n  value          -36\n", best.Summary().ToString().Replace("-36.00000000", "-36", StringComparison.Ordinal));

        // Earning 0.1 makes the first and the third share equal: the least of 0.05 s^2 + 0.02 (1 - 2 s)^2 is at s = 4/13.
        Near([4.0 / 13, 5.0 / 13, 4.0 / 13], mix.EnsureConverged().Point, 1e-12);
        Assert.Equal(5, jobs.Cost);
        Assert.Equal([1, 0, 2], jobs.ColumnOfRow);
    }

    [Fact]
    public void DerivativeFree()
    {
        var simulation = Function.BlackBox(x => 100 * Math.Pow(x[1] - x[0] * x[0], 2) + Math.Pow(1 - x[0], 2));

        var models = Minimize.Run(new Bobyqa { Bounds = Bounds.All(-2, 2) }, simulation, [-1.2, 1.0]);
        var simplex = Minimize.Run(new NelderMead(), simulation, [-1.2, 1.0]);
        var polls = Minimize.Run(new PatternSearch(), simulation, [-1.2, 1.0]);

        Near([1, 1], models.EnsureConverged().Point, 1e-4);
        Near([1, 1], simplex.EnsureConverged().Point, 1e-4);
        Near([1, 1], polls.EnsureConverged().Point, 1e-2);
    }

    [Fact]
    public void Evolution()
    {
        var egg = Function.BlackBox(x =>
        {
            double sum = 10 * x.Length;
            foreach (double v in x)
                sum += v * v - 10 * Math.Cos(2 * Math.PI * v);
            return sum;
        });
        var options = new RunOptions { Workers = Workers.AllCores, TargetValue = 1e-8, MaxEvaluations = 100_000 };

        var found = Minimize.Run(new BipopCmaEs { Inner = new CmaEs { Bounds = Bounds.All(-5, 5) } }, egg, [3, -2, 4, 1], options);
        var alsoFound = Minimize.Run(new Lshade { Bounds = Bounds.All(-5, 5) }, egg, [3, -2, 4, 1], options);

        Near(new double[4], found.EnsureConverged().Point, 1e-4);
        Near(new double[4], alsoFound.EnsureConverged().Point, 1e-4);
        Promises(found, Minimize.Run(new BipopCmaEs { Inner = new CmaEs { Bounds = Bounds.All(-5, 5) } }, egg, [3, -2, 4, 1], options with { Workers = Workers.Serial }));
    }

    [Fact]
    public void Bayesian()
    {
        var space = new SearchSpace().Logarithmic("rate", 1e-4, 1).Integer("layers", 1, 6).Categorical("activation", 3);
        var training = Function.BlackBox(x => Math.Pow(Math.Log10(x[0]) + 2, 2) + 0.2 * Math.Pow(x[1] - 3, 2) + (x[2] == 1 ? 0 : 0.5));

        var tuned = Minimize.Run(training, space, evaluations: 40);
        Console.WriteLine($"rate {tuned.Point[0]:g3}, {tuned.Point[1]} layers, activation {tuned.Point[2]}");

        Assert.StartsWith("By BayesianOptimization, because", tuned.Message);
        Assert.Equal(40, tuned.Evaluations.Points);
        Assert.True(tuned.Value < 0.1, tuned.ToString());
        Assert.Equal(1, tuned.Point[2]);
    }

    [Fact]
    public void ManyStarts()
    {
        var camel = Function.From(x => (4 - 2.1 * Sq(x[0]) + Sq(Sq(x[0])) / 3) * Sq(x[0]) + x[0] * x[1] + (-4 + 4 * Sq(x[1])) * Sq(x[1]));
        var local = new LbfgsB { Bounds = new Bounds([-3, -2], [3, 2]) };

        var result = Minimize.Run(MultiStart.Over(local) with { Starts = 20 }, camel, [1.6, 0.6], new RunOptions { Workers = Workers.AllCores });

        // The six-hump camel: -1.0316285 at two points, and 2.1042503 at (1.6071, 0.5687), Dixon and Szegö (1978).
        Assert.Equal(-1.0316285, result.EnsureConverged().Value, 1e-6);
        Assert.Equal(2.1042503, Minimize.Run(local, camel, [1.6, 0.6]).Value, 1e-5);
    }

    [Fact]
    public void ProgressAndCancellation()
    {
        var chained = new Rosenbrock(50);
        double[] start = new double[50];

        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var options = new RunOptions
        {
            MaxEvaluations = 10_000,
            MaxTime = TimeSpan.FromSeconds(10),
            TargetValue = 1e-6,
            Progress = new Progress<RunProgress>(at => Console.WriteLine(at)),
            ProgressInterval = TimeSpan.FromSeconds(1),
        };
        var result = Minimize.Run(new NonlinearConjugateGradient(), chained, start, options, source.Token);
        if (result.Status != SolverStatus.Converged)
            Console.WriteLine($"{result.Message} So far: {result.Value}");

        Assert.Equal(StopReason.TargetReached, result.Reason);
    }

    [Fact]
    public void Checkpoints()
    {
        string folder = Directory.CreateTempSubdirectory("checkpoints").FullName, path = Path.Combine(folder, "run.checkpoint");
        var chained = new Rosenbrock(50);
        double[] start = new double[50];

        var run = Minimize.Start(new Lbfgs(), chained, start, new RunOptions { MaxEvaluations = 40 });
        run.Complete(chained);                                          // stops at the limit, in the middle of a line search if need be
        using (FileStream file = File.Create(path))
            run.Save(file);

        var resumed = Minimize.Start(new Lbfgs(), chained, start);     // in another process, on another machine
        using (FileStream file = File.OpenRead(path))
            resumed.Load(file);
        var result = resumed.Complete(chained);                         // the bits of a run that was never interrupted

        Promises(Minimize.Run(new Lbfgs(), chained, start), result);
        Directory.Delete(folder, recursive: true);
    }

    private static void Near(IEnumerable<double> expected, IEnumerable<double> actual, double tolerance) =>
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));

    private static void Promises(SolverResult<double> expected, SolverResult<double> actual)
    {
        Assert.Equal(expected.Evaluations, actual.Evaluations);
        TestKit.Promises.SameBits(expected.Point, actual.Point, "point");
    }
}
