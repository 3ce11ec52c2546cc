using OptiCore.Bandits;
using OptiCore.Differentiation;
using OptiCore.Dynamics;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Randomness;
using OptiCore.RL;
using OptiCore.RL.Environments;
using OptiCore.Samplers;
using OptiCore.Solving;
using static OptiCore.Elementary;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>The code of the packages' READMEs.</summary>
public class PackageDocuments
{
    [Fact]
    public void Core()
    {
        const int m = 3, n = 2, k = 4;
        double[] x = new double[10], a = new double[m * k], b = new double[n * k], c = new double[m * n], s = [2, 1, 1, 2], point = [-1.2, 1];
        Array.Fill(a, 1);
        Array.Fill(b, 2);
        IDifferentiableFunction<double> f = Function.From(x => 100 * Sq(x[1] - (x[0] * x[0])) + Sq(1 - x[0]));

        RandomKey key = RandomKey.FromSeed(1);                    // randomness is a value
        RandomFill.Normal(key.Fold("noise"), x);                  // the same bits on any hardware and number of threads
        double norm = Reduce.Norm<double>(x);                     // so is every reduction
        Blas.Gemm(false, true, m, n, k, 1.0, a, k, b, k, 0.0, c, n);   // C = A B'
        bool definite = Cholesky.TryFactor<double>(s, n);
        DerivativeCheck.Gradient(f, point).EnsureCorrect();

        Assert.InRange(norm, 1, 6);
        Assert.All(c, v => Assert.Equal(8, v));
        Assert.True(definite);
    }

    [Fact]
    public void Optimizers()
    {
        float[] weights = [1, 2, 3], gradient = [0.5f, -0.5f, 2];
        double[] start = [1, 1];
        IDifferentiableResidualFunction<double> residuals = Function.FromResiduals(2, 3, (x, r) =>
        {
            r[0] = x[0] - 1;
            r[1] = x[1] - 2;
            r[2] = x[0] + x[1] - 6;
        });

        // Quasi-Newton on a formula: exact gradients come with it.
        var result = Minimize.Run(new Lbfgs(), Function.From(x => 100 * Sq(x[1] - x[0] * x[0]) + Sq(1 - x[0])), [-1.2, 1.0]);

        // First-order rules compose, and what is composed is one pass over memory.
        var rule = new ClipByNorm(1.0).Then(new AdamW { LearningRate = Schedule.Cosine(1e-3, steps: 10_000).WithWarmUp(500) });
        RuleState<float> state = rule.Start<float>(weights.Length);
        state.Step(weights, gradient);

        // Least squares with the statistics of the fit.
        var fit = Minimize.Run(new LevenbergMarquardt(), residuals, start).EnsureConverged();
        var statistics = LeastSquaresFit.Of(residuals, fit);

        Assert.Equal(1, result.EnsureConverged().Point[0], 1e-5);
        Assert.Equal(1, state.Steps);
        Assert.Equal(2, statistics.Parameters[0], 1e-6);
        Assert.Equal(3, statistics.Parameters[1], 1e-6);
    }

    [Fact]
    public void Dynamics()
    {
        OdeResult result = Ode.Solve(
            new ExplicitRungeKutta { RelativeTolerance = 1e-8 },          // Dormand-Prince 5(4) unless another Tableau is given
            (t, y, dy) => { dy[0] = y[1]; dy[1] = -9.81; },
            span: (0, 100), state: [10, 0], saveAt: [0.5, 1],
            events: [new((t, y) => y[0]) { Direction = CrossingDirection.Falling, IsTerminal = true }]);
        Console.WriteLine(result);                                        // Completed: ... Event 0 ended the integration at t = 1.4278431229270638.

        Assert.Equal(Math.Sqrt(20 / 9.81), result.FinalTime, 1e-9);
    }

    [Fact]
    public void Problems()
    {
        NistProblem eckerle = NistStrd.Load("Eckerle4");                  // data, both starts, certified parameters
        LeastSquaresProblem wood = MoreGarbowHillstrom.Problem(14);       // all 35, with Jacobians
        var rosenbrock = new Rosenbrock(10);                              // gradient and Hessian products
        TestFunction<IFunction<double>> weierstrass = Bbob.Function(16, dimension: 10);   // the 24 of the BBOB suite, any instance
        ILogDensity schools = new EightSchoolsNonCentered();              // named parameters, verified gradients
        ChaoticFlow lorenz = ChaoticFlows.Lorenz.With("rho", 30);         // 45 chaotic flows and five maps, with exact Jacobians

        Assert.Equal(3, eckerle.Certified.Length);
        Assert.Equal("Wood", wood.Name);
        Assert.Equal(10, rosenbrock.Dimension);
        Assert.Equal(10, weierstrass.Function.Dimension);
        Assert.Equal(10, schools.Dimension);
        Assert.Equal(3, lorenz.Dimension);
    }

    [Fact]
    public void Samplers()
    {
        string before = Directory.GetCurrentDirectory(), folder = Directory.CreateTempSubdirectory("chains").FullName;
        Directory.SetCurrentDirectory(folder);
        try
        {
            Draw();
            Assert.True(new FileInfo(Path.Combine(folder, "chain-1.csv")).Length > 100_000);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
            Directory.Delete(folder, recursive: true);
        }

        static void Draw()
        {
#pragma warning disable IDE0055 // As compact as in the document.
            SamplingResult result = Sample.Run(new NoUTurn(), new EightSchoolsNonCentered(), new SamplingOptions
            {
                Chains = 4, WarmUp = 1000, Draws = 1000, Key = RandomKey.FromSeed(1), Workers = Workers.AllCores,
            });
            Console.WriteLine(result.Summary());     // mean, errors, quantiles, effective sizes and R-hat of each parameter, and warnings
            using FileStream file = File.Create("chain-1.csv");
            StanCsv.Write(file, result, chain: 0);   // read by ArviZ, bayesplot, posterior
#pragma warning restore IDE0055
        }
    }

    [Fact]
    public void Bandits()
    {
        var stream = new MemoryStream();

        // In a service: choose, play, learn, save.
        var policy = new ThompsonSampling().Start(arms: 5, RandomKey.FromSeed(1));
        int arm = policy.Choose();
        policy.Update(arm, reward: 1.0);
        policy.Save(stream);

        // In the laboratory: regret with confidence bands, the same for any number of workers.
        RegretReport report = BanditSimulator.Run([new Ucb1(), new KlUcb(), new ThompsonSampling()], new BernoulliBandit(0.05, 0.04, 0.02),
            new SimulationOptions { Rounds = 2000, Replications = 2000, Workers = Workers.AllCores });

        Assert.InRange(arm, 0, 4);
        Assert.True(stream.Length > 0);
        Assert.Equal(3, report.Policies.Count);
    }

    [Fact]
    public void ReinforcementLearning()
    {
        var run = new Reinforce().Start(new CartPole(count: 16), RandomKey.FromSeed(1));
        var result = run.Train(steps: 400_000);
        var score = result.BestPolicy.Evaluate(new CartPole(20), episodes: 100, RandomKey.FromSeed(2));
        Console.WriteLine(score);   // mean return, standard error

        Assert.True(score.MeanReturn > 150, score.ToString());
    }
}
