using OptiCore.Problems;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers.Tests.Bayesian;

public class BayesianOptimizationTests
{
    private static GaussianProcessOptions Quick => new() { Restarts = 1, MaxIterations = 30 };

    [Fact]
    public void BeatsRandomSearchAndLatinHypercubeOnBranin() => Beats(ClassicFunctions.Branin(), 0.397887357729738, 25, 0.1);

    [Fact]
    public void BeatsRandomSearchAndLatinHypercubeOnHartmann3() => Beats(ClassicFunctions.Hartmann3(), -3.86278214782076, 30, 0.05);

    /// <summary>The second-best minimum has a regret of 0.12.</summary>
    [Fact]
    public void BeatsRandomSearchAndLatinHypercubeOnHartmann6() => Beats(ClassicFunctions.Hartmann6(), -3.3223680114155148, 60, 0.15);

    /// <summary>Under noise the knowledge gradient recommends better points than the expected improvement on the smallest observation.</summary>
    [Fact]
    public void KnowledgeGradientBeatsPlainExpectedImprovementUnderNoise()
    {
        double knowledge = 0, plain = 0;
        var space = SearchSpace.Of(new Bounds([0], [1]));
        for (int seed = 0; seed < 12; seed++)
        {
            knowledge += Regret(new BayesianOptimization { Space = space, Process = Quick, Acquisition = new KnowledgeGradient(), Candidates = 64, InitialPoints = 5 }, seed);
            plain += Regret(new BayesianOptimization { Space = space, Process = Quick, Acquisition = new ExpectedImprovement(), Incumbent = Incumbent.Observation, Candidates = 64, InitialPoints = 5 }, seed);
        }

        Assert.True(knowledge < plain, $"knowledge gradient {knowledge / 12:g3}, expected improvement {plain / 12:g3}");

        static double Regret(BayesianOptimization solver, int seed)
        {
            int calls = 0;
            var noise = new double[64];
            RandomFill.Normal(RandomKey.FromSeed(100 + (ulong)seed), noise);
            IFunction<double> noisy = Function.BlackBox(1, x => Truth(x[0]) + (0.5 * noise[calls++]));
            SolverRun<double> run = Minimize.Start(solver, noisy, [0.5], new RunOptions { MaxEvaluations = 25, Key = RandomKey.FromSeed((ulong)seed) });
            run.Complete(noisy);
            return Truth(run.Point[0]) + 1.3;
        }

        static double Truth(double x) => -Math.Cos(2 * Math.PI * (x - 0.62)) - (0.3 * Math.Cos(6 * Math.PI * (x - 0.62)));
    }

    [Fact]
    public void MixedVariablesAreFound()
    {
        SearchSpace space = new SearchSpace().Logarithmic("rate", 1e-4, 1).Integer("layers", 1, 6).Categorical("activation", 4);
        IFunction<double> f = Function.BlackBox(3, x => Math.Pow(Math.Log10(x[0] / 0.03), 2) + (0.2 * Math.Abs(x[1] - 4)) + (x[2] == 2 ? 0 : 0.5));
        SolverResult<double> result = Minimize.Run(new BayesianOptimization { Space = space, Process = Quick }, f, space.Middle(), new RunOptions { MaxEvaluations = 45 });
        Assert.Equal(4, result.Point[1]);
        Assert.Equal(2, result.Point[2]);
        Assert.True(result.Value < 0.02, $"{result}");
    }

    [Fact]
    public void DiscretePointsAreNotAskedTwice()
    {
        SearchSpace space = new SearchSpace().Integer("a", 0, 4).Categorical("b", 4);
        HashSet<(double, double)> seen = [];
        IFunction<double> f = Function.BlackBox(2, x =>
        {
            Assert.True(seen.Add((x[0], x[1])), $"{x[0]}, {x[1]} was asked before.");
            return (x[0] * x[0]) + x[1];
        });
        SolverResult<double> result = Minimize.Run(
            new BayesianOptimization { Space = space, InitialPoints = 2, Process = Quick with { NoiseRatio = 1e-6 } }, f, [2, 1], new RunOptions { MaxEvaluations = 15 });
        Assert.Equal(0, result.Value);
    }

    public static TheoryData<Acquisition, Lie> Batches => new()
    {
        { new LogExpectedImprovement(), Lie.Smallest }, { new LogExpectedImprovement(), Lie.Largest }, { new LowerConfidenceBound(), Lie.Believer },
        { new BatchExpectedImprovement(), Lie.Mean }, { new PosteriorSampling { Points = 128 }, Lie.Mean },
    };

    [Theory]
    [MemberData(nameof(Batches))]
    public void BatchesSpreadAndConverge(Acquisition acquisition, Lie lie)
    {
        TestFunction<IDifferentiableFunction<double>> branin = ClassicFunctions.Branin();
        var solver = new BayesianOptimization { Space = SearchSpace.Of(branin.Box!), Acquisition = acquisition, Lie = lie, BatchSize = 4, Process = Quick, Candidates = 128 };
        SolverRun<double> run = Minimize.Start(solver, branin.Function, solver.Space.Middle(), new RunOptions { MaxEvaluations = 38, Key = RandomKey.FromSeed(5) });
        while (run.TryAsk(out Query<double>? query))
        {
            for (int i = 0; i < query.Count; i++)
            {
                query.Value(i) = branin.Function.Value(query.Point(i));
                for (int j = 0; j < i; j++)
                    Assert.True(Math.Abs(query.Point(i)[0] - query.Point(j)[0]) + Math.Abs(query.Point(i)[1] - query.Point(j)[1]) > 1e-6, "a batch holds a point twice");
            }

            run.Tell();
        }

        Assert.True(run.BestValue < 0.397887357729738 + 0.5, $"{run.Result}");
    }

    [Fact]
    public void TrustRegionsBeatRandomSearchInTenDimensions()
    {
        TestFunction<IDifferentiableFunction<double>> ackley = ClassicFunctions.Ackley(10);
        var lower = new double[10];
        var upper = new double[10];
        Array.Fill(lower, -5);
        Array.Fill(upper, 10);
        var solver = new Turbo { Space = SearchSpace.Of(new Bounds(lower, upper)), BatchSize = 5, MaxCandidates = 200, Process = new() { LengthScalePrior = false, MaxLengthScale = 2, Restarts = 0, MaxIterations = 20 } };
        SolverResult<double> result = Minimize.Run(solver, ackley.Function, solver.Space.Middle(), new RunOptions { MaxEvaluations = 150 });
        var u = new double[10 * 150];
        RandomFill.Uniform(RandomKey.FromSeed(9), u);
        double random = double.PositiveInfinity;
        for (int i = 0; i < 150; i++)
            random = Math.Min(random, ackley.Function.Value(u.AsSpan(10 * i, 10).ToArray().Select(v => -5 + (15 * v)).ToArray()));
        Assert.True(result.Value < 0.6 * random, $"TuRBO {result.Value:g3}, random {random:g3}");
    }

    [Fact]
    public void MisuseIsRefused()
    {
        SearchSpace space = new SearchSpace().Integer("layers", 1, 6).Categorical("kind", 3);
        IFunction<double> f = Function.BlackBox(2, x => x[0] + x[1]);
        Assert.Contains("'layers' takes whole numbers", Assert.Throws<ArgumentException>(() => Minimize.Run(new BayesianOptimization { Space = space }, f, [1.5, 0])).Message);
        Assert.Contains("outside", Assert.Throws<ArgumentException>(() => Minimize.Run(new BayesianOptimization { Space = space }, f, [7, 0])).Message);
        Assert.Contains("'kind'", Assert.Throws<ArgumentException>(() => Minimize.Run(new Turbo { Space = space }, f, [1, 0])).Message);
        Assert.Contains("positive bounds", Assert.Throws<ArgumentException>(() => space.Logarithmic("rate", 0, 1)).Message);
        Assert.Throws<ArgumentException>(() => space.Continuous("x", 1, double.PositiveInfinity));
        Assert.Throws<ArgumentException>(() => SearchSpace.Of(Bounds.All(0, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BayesianOptimization { Space = space, BatchSize = 0 });
    }

    private static void Beats(TestFunction<IDifferentiableFunction<double>> problem, double minimum, int budget, double close)
    {
        var space = SearchSpace.Of(problem.Box!, problem.Start.Length);
        int d = space.Dimension, better = 0, beatsHypercube = 0;
        List<double> regrets = [];
        for (int seed = 0; seed < 6; seed++)
        {
            RandomKey key = RandomKey.FromSeed((ulong)seed);
            SolverResult<double> result = Minimize.Run(
                new BayesianOptimization { Space = space, Process = Quick, Candidates = 128 }, problem.Function, space.Middle(), new RunOptions { MaxEvaluations = budget, Key = key });
            Assert.Equal(budget, result.Evaluations.Points);
            regrets.Add(result.Value - minimum);
            double[] random = new double[budget * d], hypercube = new double[budget * d];
            RandomFill.Uniform(key.Fold(77), random);
            LatinHypercube.Fill(key.Fold(78), d, hypercube);
            better += result.Value < Least(random) ? 1 : 0;
            beatsHypercube += result.Value < Least(hypercube) ? 1 : 0;
        }

        regrets.Sort();
        Assert.True(regrets[3] < close, $"median regret {regrets[3]:g3}");
        Assert.True(better >= 5 && beatsHypercube >= 5, $"better than random search {better}, than a Latin hypercube {beatsHypercube} of 6 times");

        double Least(double[] units)
        {
            double least = double.PositiveInfinity;
            var x = new double[d];
            for (int i = 0; i < budget; i++)
            {
                space.FromUnit(units.AsSpan(i * d, d), x);
                least = Math.Min(least, problem.Function.Value(x));
            }

            return least;
        }
    }
}
