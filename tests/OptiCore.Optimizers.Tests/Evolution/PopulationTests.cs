using OptiCore.Problems;
using OptiCore.Randomness;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Evolution;

public class PopulationTests
{
    private static readonly Bounds Box = Bounds.All(-5, 5);

    [Fact]
    public void LshadeShrinksLinearlyToFourMembers()
    {
        SolverRun<double> run = Minimize.Start(new Lshade { Bounds = Box, Population = 40, Budget = 2000, PointTolerance = 1e-300 }, ClassicFunctions.Rastrigin(4).Function, [3, 3, 3, 3]);
        int before = 40;
        while (run.Evaluations.Points < 2200 && run.TryAsk(out Query<double>? query))
        {
            Assert.True(query.Count <= before);
            before = query.Count;
            Promises.Close(40 - (36 * Math.Min(1, run.Evaluations.Points / 2000.0)), query.Count, 0, 0.5 + 1e-9, $"population after {run.Evaluations.Points}");
            for (int i = 0; i < query.Count; i++)
                query.Value(i) = query.Point(i)[0] + query.Point(i)[1];
            run.Tell();
        }

        Assert.Equal(4, before);
    }

    public static TheoryData<string> GlobalMethods => ["L-SHADE", "JADE", "DE", "PSO", "IPOP"];

    /// <summary>Rastrigin's function in 5 variables has 11^5 minima in the box; a method for several minima finds the best nearly every time.</summary>
    [Theory]
    [MemberData(nameof(GlobalMethods))]
    public void FindTheBestOfManyMinima(string method)
    {
        ISolver<double, IFunction<double>> solver = method switch
        {
            "L-SHADE" => new Lshade { Bounds = Box },
            "JADE" => new Jade { Bounds = Box, Population = 60 },
            "DE" => new DifferentialEvolution { Bounds = Box, CrossoverRate = 0.2 },
            "PSO" => new ParticleSwarm { Bounds = Box, Particles = 80 },
            _ => new IpopCmaEs { Inner = new CmaEs { Bounds = Box, InitialStep = 2 } },
        };
        var f = ClassicFunctions.Rastrigin(5);
        int found = 0;
        for (int seed = 0; seed < 5; seed++)
        {
            var options = new RunOptions { Key = RandomKey.FromSeed((ulong)seed), TargetValue = 1e-6, MaxEvaluations = 100_000, MaxIterations = long.MaxValue };
            found += Minimize.Run(solver, f.Function, f.Start, options).Reason == StopReason.TargetReached ? 1 : 0;
        }

        Assert.True(found >= 3, $"{method} found it in {found} of 5 runs.");
    }

    [Fact]
    public void EveryMemberOfTheFirstPopulationHasAStratumOfItsOwn()
    {
        SolverRun<double> run = Minimize.Start(new DifferentialEvolution { Bounds = Box, Population = 50 }, ClassicFunctions.Sphere(3).Function, [1, 2, 3]);
        Assert.True(run.TryAsk(out Query<double>? query));
        Assert.Equal([1.0, 2, 3], query.Point(0).ToArray());
        for (int j = 0; j < 3; j++)
        {
            var strata = new HashSet<int>();
            for (int i = 1; i < 50; i++)
                Assert.True(strata.Add((int)Math.Floor((query.Point(i)[j] + 5) / 10 * 50)), "Two members in one stratum.");
        }
    }

    [Fact]
    public void SobolSearchAsksAtThePointsOfTheSequence()
    {
        SolverRun<double> run = Minimize.Start(new SobolSearch { Bounds = new Bounds([0, 10], [1, 30]), Scramble = false, Batch = 8 }, ClassicFunctions.Booth().Function, [0.5, 20]);
        Assert.True(run.TryAsk(out Query<double>? query));
        double[] expected = new double[16];
        new Sobol(2).Fill(expected);
        Assert.Equal([0.5, 20.0], query.Point(0).ToArray());
        for (int i = 1; i < 8; i++)
            Assert.Equal([expected[2 * i], 10 + (20 * expected[(2 * i) + 1])], query.Point(i).ToArray());
    }

    [Fact]
    public void SearchesOfABoxNeedOne()
    {
        Assert.Throws<ArgumentException>(() => Minimize.Start(new RandomSearch { Bounds = Bounds.All(0, double.PositiveInfinity) }, ClassicFunctions.Booth().Function, [1, 1]));
        Assert.Throws<ArgumentException>(() => Minimize.Start(new MultiStart<IFunction<double>>(new CmaEs()), ClassicFunctions.Booth().Function, [1, 1]));
    }

    [Fact]
    public void MultiStartFindsTheBestMinimumThatALocalSolverMisses()
    {
        var f = ClassicFunctions.Rastrigin(2);
        double[] start = [3.9, -4.1];
        SolverResult<double> local = Minimize.Run(new Lbfgs(), f.Function, start);
        var solver = new MultiStart<IDifferentiableFunction<double>>(new Lbfgs()) { Starts = 200, StartBox = Box };
        SolverResult<double> serial = Minimize.Run(solver, f.Function, start);
        SolverResult<double> threads = Minimize.Run(solver, f.Function, start, new RunOptions { Workers = Workers.Threads(4) });
        Assert.True(local.Value > 10, local.ToString());
        Assert.True(serial.Value < 1e-9 && serial.Status == SolverStatus.Converged, serial.ToString());
        Promises.SameBits(serial.Point, threads.Point, "point");
        Assert.Equal(serial.Evaluations, threads.Evaluations);
    }

    [Fact]
    public void OneStartIsTheSolverItself()
    {
        var f = new Rosenbrock(4);
        double[] start = [-1.2, 1, -1.2, 1];
        SolverResult<double> alone = Minimize.Run(new Lbfgs(), f, start), wrapped = Minimize.Run(new MultiStart<IDifferentiableFunction<double>>(new Lbfgs()) { Starts = 1 }, f, start);
        Promises.SameBits(alone.Point, wrapped.Point, "point");
        Assert.Equal(alone.Evaluations, wrapped.Evaluations);
        Assert.Equal(alone.Reason, wrapped.Reason);
    }

    [Fact]
    public void SpsaFollowsTheMeanThroughNoise()
    {
        // Noise of deviation 0.1 on a sphere that starts at 20; after 4000 values the mean is near its minimum.
        foreach (bool second in new[] { false, true })
        {
            long k = 0;
            IFunction<double> noisy = Function.BlackBox(5, x =>
            {
                RandomStream stream = RandomKey.FromSeed(3).Fold(k++).Stream();
                return Numerics.Reduce.SumOfSquares(x) + (0.1 * stream.NextNormal());
            });
            var solver = new Spsa { Perturbation = 0.2, ExpectedIterations = 2000, SecondOrder = second };
            SolverResult<double> result = Minimize.Run(solver, noisy, [2, 2, 2, 2, 2], new RunOptions { MaxIterations = 2000 });
            Assert.True(Numerics.Reduce.SumOfSquares<double>(result.LastPoint) < 0.1, $"second order {second}: {string.Join(", ", result.LastPoint)}");
        }
    }

    [Fact]
    public void OpenAiEsDoesNotMoveOnAPlateau()
    {
        SolverResult<double> result = Minimize.Run(new OpenAiEs { Rule = new Sgd { LearningRate = 1 } }, Function.BlackBox(3, _ => 1), [1, 2, 3], new RunOptions { MaxIterations = 5 });
        Assert.Equal([1.0, 2, 3], result.LastPoint);
    }

    public static TheoryData<int> Invalid => [.. Enumerable.Range(0, InvalidOptions.Length)];

    private static readonly (string Member, Action Construct)[] InvalidOptions =
    [
        ("InitialStep", () => _ = new CmaEs { InitialStep = 0 }),
        ("Population", () => _ = new CmaEs { Population = 1 }),
        ("PointTolerance", () => _ = new CmaEs { PointTolerance = -1 }),
        ("Population", () => _ = new SeparableCmaEs { Population = -4 }),
        ("Memory", () => _ = new LmMaEs { Memory = -1 }),
        ("MaxRestarts", () => _ = new IpopCmaEs { MaxRestarts = -1 }),
        ("PopulationFactor", () => _ = new IpopCmaEs { PopulationFactor = 0 }),
        ("StartBox", () => _ = new BipopCmaEs { StartBox = Bounds.All(0, double.PositiveInfinity) }),
        ("ShapeRate", () => _ = new Xnes { ShapeRate = double.NaN }),
        ("MeanRate", () => _ = new Snes { MeanRate = 0 }),
        ("Noise", () => _ = new OpenAiEs { Noise = 0 }),
        ("Weight", () => _ = new DifferentialEvolution { Weight = 2.5 }),
        ("CrossoverRate", () => _ = new DifferentialEvolution { CrossoverRate = 1.1 }),
        ("Strategy", () => _ = new DifferentialEvolution { Strategy = (DifferentialStrategy)99 }),
        ("BestFraction", () => _ = new Jade { BestFraction = 0 }),
        ("Budget", () => _ = new Lshade { Budget = -1 }),
        ("LastPopulation", () => _ = new Lshade { LastPopulation = 3 }),
        ("Particles", () => _ = new ParticleSwarm { Particles = 1 }),
        ("Inertia", () => _ = new ParticleSwarm { Inertia = 1 }),
        ("EliteFraction", () => _ = new CrossEntropyMethod { EliteFraction = 0 }),
        ("Perturbation", () => _ = new Spsa { Perturbation = 0 }),
        ("Batch", () => _ = new RandomSearch { Bounds = Box, Batch = 0 }),
        ("Starts", () => _ = new MultiStart<IFunction<double>>(new CmaEs()) { Starts = 0 }),
    ];

    [Theory]
    [MemberData(nameof(Invalid))]
    public void InvalidOptionsThrowNamingTheMember(int row)
    {
        (string member, Action construct) = InvalidOptions[row];
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(construct);
        Assert.Equal(member, exception.ParamName);
        Assert.Contains(member, exception.Message);
    }
}
