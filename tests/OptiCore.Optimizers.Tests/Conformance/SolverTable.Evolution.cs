using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Populations and random search.</content>
internal static partial class SolverTable
{
    private static Bounds Wide => Bounds.All(-20, 20);

    // The tolerance of a random search is what chance leaves after its iterations; a fixed smoothing and a fixed number of bits per coordinate leave their own.
    private static IEnumerable<SolverRow<double>> Evolution =>
    [
        new("CMA-ES", new CmaEs(), SolverProblem.Functions, 1e-9),
        new("CMA-ES, passive", new CmaEs { Active = false, Population = 12 }, SolverProblem.Functions, 1e-9),
        new("CMA-ES, bounds", new CmaEs { Bounds = Wide }, SolverProblem.Functions, 1e-9),
        new("sep-CMA-ES", new SeparableCmaEs { Population = 12 }, SolverProblem.EasyFunctions, 1e-9),
        new("sep-CMA-ES, bounds", new SeparableCmaEs { Bounds = Wide, Population = 12 }, SolverProblem.EasyFunctions, 1e-9),
        new("LM-MA-ES", new LmMaEs(), SolverProblem.EasyFunctions, 1e-9),
        new("LM-MA-ES, bounds", new LmMaEs { Bounds = Wide, Memory = 3, Population = 10 }, SolverProblem.EasyFunctions, 1e-9),
        new("IPOP-CMA-ES", new IpopCmaEs { MaxRestarts = 2 }, SolverProblem.EasyFunctions, 1e-9),
        new("BIPOP-CMA-ES", new BipopCmaEs { MaxRestarts = 2, Inner = new CmaEs { Bounds = Wide } }, SolverProblem.EasyFunctions, 1e-9),
        new("xNES", new Xnes { Population = 40 }, SolverProblem.Functions, 1e-9),
        new("xNES, defaults", new Xnes(), SolverProblem.EasyFunctions, 1e-9),
        new("xNES, bounds", new Xnes { Bounds = Wide, Population = 12 }, SolverProblem.EasyFunctions, 1e-9),
        new("SNES", new Snes { Population = 12 }, SolverProblem.EasyFunctions, 1e-9),
        new("SNES, bounds", new Snes { Bounds = Wide, Population = 16 }, SolverProblem.EasyFunctions, 1e-9),
        new("OpenAI-ES", new OpenAiEs { Rule = new Adam { LearningRate = Schedule.Cosine(0.1, 1000) } }, SolverProblem.EasyFunctions, 1e-3) { MaxIterations = 1000, ConvergesByItself = false },
        new("OpenAI-ES, bounds", new OpenAiEs { Bounds = Wide, Pairs = 8, Rule = new Sgd { LearningRate = Schedule.Cosine(0.05, 1500) } }, SolverProblem.EasyFunctions, 1e-3) { MaxIterations = 1500, ConvergesByItself = false },
        .. Enum.GetValues<DifferentialStrategy>().Select(s => new SolverRow<double>(
            $"Differential evolution, {s}", new DifferentialEvolution { Strategy = s, Population = 40, Weight = s == DifferentialStrategy.Best1 ? 0.7 : 0.6 }, SolverProblem.EasyFunctions, 1e-9)),
        new("Differential evolution", new DifferentialEvolution { Weight = 0.8 }, SolverProblem.Functions, 1e-9),
        new("Differential evolution, exponential, bounds", new DifferentialEvolution { Crossover = DifferentialCrossover.Exponential, Bounds = Wide, DitherTo = 1 }, SolverProblem.EasyFunctions, 1e-9),
        new("JADE", new Jade(), SolverProblem.Functions, 1e-9),
        new("JADE, bounds", new Jade { Bounds = Wide, ArchiveFraction = 0 }, SolverProblem.EasyFunctions, 1e-9),
        new("L-SHADE", new Lshade(), SolverProblem.Functions, 1e-9),
        new("L-SHADE, bounds", new Lshade { Bounds = Wide, Budget = 6000 }, SolverProblem.EasyFunctions, 1e-9),
        new("Particle swarm", new ParticleSwarm(), SolverProblem.EasyFunctions, 1e-9),
        new("Particle swarm, bounds", new ParticleSwarm { Bounds = Wide, Particles = 30 }, SolverProblem.EasyFunctions, 1e-9),
        new("Cross-entropy", new CrossEntropyMethod(), SolverProblem.EasyFunctions, 1e-9),
        new("Cross-entropy, bounds", new CrossEntropyMethod { Bounds = Wide, Population = 200, SmoothingExponent = 0, DeviationSmoothing = 0.4 }, SolverProblem.EasyFunctions, 1e-9),
        new("SPSA", new Spsa { Perturbation = 0.01, ExpectedIterations = 4000 }, SolverProblem.EasyFunctions, 1e-3) { MaxIterations = 4000, ConvergesByItself = false },
        new("SPSA, blocking, bounds", new Spsa { Perturbation = 0.01, Blocking = true, Averages = 2, ExpectedIterations = 4000, Bounds = Wide }, SolverProblem.EasyFunctions, 1e-3) { MaxIterations = 4000, ConvergesByItself = false },
        new("SPSA, second order", new Spsa { Perturbation = 0.01, SecondOrder = true, ExpectedIterations = 1000 }, SolverProblem.EasyFunctions, 1e-3) { MaxIterations = 4000, ConvergesByItself = false },
        new("Random search", new RandomSearch { Bounds = Bounds.All(-4, 4), Batch = 32 }, SolverProblem.EasyFunctions, 0.5) { ConvergesByItself = false },
        new("Sobol search", new SobolSearch { Bounds = Bounds.All(-4, 4), Batch = 32 }, SolverProblem.EasyFunctions, 0.5) { ConvergesByItself = false },
        new("Sobol search, as it is", new SobolSearch { Bounds = Bounds.All(-4, 4), Batch = 32, Scramble = false }, SolverProblem.EasyFunctions, 0.5) { ConvergesByItself = false },
        new("Multi-start L-BFGS", new MultiStart<IDifferentiableFunction<double>>(new Lbfgs { Stopping = new() { GradientTolerance = 1e-9 } }) { Starts = 3, StartBox = Bounds.All(-2, 2) }, SolverProblem.Functions, 1e-9),
        new("Multi-start Levenberg-Marquardt", new MultiStart<IDifferentiableResidualFunction<double>>(new LevenbergMarquardt()) { Starts = 2, StartBox = Bounds.All(0.5, 2) }, [.. SolverProblem.Residuals.Take(3)], 1e-9),
        new("Multi-start CMA-ES", new MultiStart<IFunction<double>>(new CmaEs { Bounds = Wide }) { Starts = 3 }, SolverProblem.EasyFunctions, 1e-9),
    ];
}
