using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Global;

public class GlobalTests
{
    private static readonly TestFunction<IDifferentiableFunction<double>>[] Functions =
    [
        ClassicFunctions.Branin(), ClassicFunctions.GoldsteinPrice(), ClassicFunctions.SixHumpCamel(), ClassicFunctions.Hartmann3(), ClassicFunctions.Hartmann6(), ClassicFunctions.Shekel(5),
        ClassicFunctions.Shekel(7), ClassicFunctions.Shekel(10), ClassicFunctions.Shubert(), ClassicFunctions.Schwefel(3), InBox(ClassicFunctions.Rastrigin(3), [-4.1, -5.12, -5], [5.12, 4.7, 3.9]),
        InBox(ClassicFunctions.Ackley(3), [-25, -30, -32], [32, 29, 21]), InBox(ClassicFunctions.Griewank(2), [-500, -600], [600, 450]),
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Functions.Length)];

    /// <summary>
    /// The evaluations to a relative error of 0.01 % that Jones, Perttunen and Stuckman (1993) publish for their method on the functions of Dixon and Szegő, met exactly; the starting point counts one
    /// more here. The six-hump camel isn't among them: its two halves mirror each other, and in which order equal values come isn't published (285 values there, 169 here).
    /// </summary>
    [Theory]
    [InlineData(0, 195)]
    [InlineData(1, 191)]
    [InlineData(3, 199)]
    [InlineData(4, 571)]
    [InlineData(5, 155)]
    [InlineData(6, 145)]
    [InlineData(7, 145)]
    [InlineData(8, 2967)]
    public void DirectNeedsThePublishedNumberOfValues(int row, int evaluations)
    {
        TestFunction<IDifferentiableFunction<double>> problem = Functions[row];
        double minimum = problem.Minima[0].Value;
        var solver = new Direct { Bounds = problem.Box, Variant = DirectVariant.Original };
        SolverResult<double> result = Minimize.Run(solver, problem.Function, problem.Start, new RunOptions { TargetValue = minimum + (1e-4 * Math.Abs(minimum)) });
        Assert.Equal(StopReason.TargetReached, result.Reason);
        Assert.Equal(evaluations + 1, result.Evaluations.Points);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void LocallyBiasedDirectFindsGlobalMinima(int row) => Finds(row, b => new Direct { Bounds = b }, 12_000);

    [Theory]
    [MemberData(nameof(Rows))]
    public void DualAnnealingFindsGlobalMinima(int row) => Finds(row, b => new DualAnnealing { Bounds = b }, 40_000);

    /// <summary>Basin hopping is for funnels: on Ackley's function, and where basins are few.</summary>
    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 0.3)]
    [InlineData(4, 0.3)]
    [InlineData(11, 2)]
    public void BasinHoppingFindsGlobalMinima(int row, double step) => Finds(row, b => BasinHopping.Over(new Bobyqa { Bounds = b, RadiusTolerance = 1e-5 }) with { InitialStep = step }, 40_000);

    [Fact]
    public void BasinHoppingTakesGradientsWhereItsLocalMethodDoes()
    {
        // Lennard-Jones cluster of four atoms: the tetrahedron, six pairs at distance 2^(1/6), energy -6.
        IDifferentiableFunction<double> cluster = Function.WithGradient<double>(12, LennardJones);
        RandomStream stream = RandomKey.FromSeed(2).Stream();
        double[] start = [.. Enumerable.Range(0, 12).Select(_ => 2 * stream.NextDouble())];
        SolverResult<double> result = Minimize.Run(BasinHopping.Over(new Lbfgs()) with { Patience = 20 }, cluster, start);
        Assert.Equal(StopReason.ValueTolerance, result.Reason);
        Promises.Close(-6, result.Value, 1e-9, 0, "energy");
        Assert.True(result.Evaluations.Gradients > 100);
    }

    [Fact]
    public void ThreadsDoNotChangeTheResult()
    {
        TestFunction<IDifferentiableFunction<double>> problem = Functions[4];
        foreach (DirectVariant variant in Enum.GetValues<DirectVariant>())
        {
            var solver = new Direct { Bounds = problem.Box, Variant = variant };
            var options = new RunOptions { MaxEvaluations = 2000 };
            SolverResult<double> serial = Minimize.Run(solver, problem.Function, problem.Start, options);
            SolverResult<double> threads = Minimize.Run(solver, problem.Function, problem.Start, options with { Workers = Workers.Threads(3) });
            Promises.SameBits(serial.Point, threads.Point, "point");
            Assert.Equal(serial.Evaluations, threads.Evaluations);
        }
    }

    [Fact]
    public void KeysMakeOtherRuns()
    {
        TestFunction<IDifferentiableFunction<double>> problem = Functions[8];
        var solver = new DualAnnealing { Bounds = problem.Box, UseLocalSearch = false };
        var options = new RunOptions { MaxIterations = 50 };
        double first = Minimize.Run(solver, problem.Function, problem.Start, options).Value;
        Assert.Equal(first, Minimize.Run(solver, problem.Function, problem.Start, options).Value);
        Assert.NotEqual(first, Minimize.Run(solver, problem.Function, problem.Start, options with { Key = RandomKey.FromSeed(1) }).Value);
    }

    [Fact]
    public void ABoxIsNeeded()
    {
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => Minimize.Start(new Direct(), new Rosenbrock(2), [0, 0])).Message);
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => Minimize.Start(new DualAnnealing { Bounds = Bounds.All(0, double.PositiveInfinity) }, new Rosenbrock(2), [0, 0])).Message);
        Assert.Contains("NelderMead", Assert.Throws<ArgumentException>(() => Minimize.Start(new DualAnnealing { Bounds = Bounds.All(-1, 1), Local = new NelderMead() }, new Rosenbrock(2), [0, 0])).Message);
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        Assert.Equal("Visit", Assert.Throws<ArgumentOutOfRangeException>(() => new DualAnnealing { Visit = 3 }).ParamName);
        Assert.Equal("Accept", Assert.Throws<ArgumentOutOfRangeException>(() => new DualAnnealing { Accept = 1 }).ParamName);
        Assert.Equal("RestartRatio", Assert.Throws<ArgumentOutOfRangeException>(() => new DualAnnealing { RestartRatio = 0 }).ParamName);
        Assert.Equal("Epsilon", Assert.Throws<ArgumentOutOfRangeException>(() => new Direct { Epsilon = -1 }).ParamName);
        Assert.Equal("Variant", Assert.Throws<ArgumentOutOfRangeException>(() => new Direct { Variant = (DirectVariant)5 }).ParamName);
        Assert.Equal("Patience", Assert.Throws<ArgumentOutOfRangeException>(() => BasinHopping.Over(new Lbfgs()) with { Patience = 0 }).ParamName);
        Assert.Equal("Local", Assert.Throws<ArgumentNullException>(() => BasinHopping.Over<IFunction<double>>(null!)).ParamName);
    }

    private static void Finds(int row, Func<Bounds, ISolver<double, IFunction<double>>> solver, int limit)
    {
        TestFunction<IDifferentiableFunction<double>> problem = Functions[row];
        double minimum = problem.Minima[0].Value, tolerance = 1e-4 * Math.Max(1, Math.Abs(minimum));
        double[] start = [.. problem.Start.Select((x, i) => Math.Clamp(x, problem.Box!.Lower(i), problem.Box.Upper(i)))];
        SolverResult<double> result = Minimize.Run<double, IFunction<double>>(
            solver(problem.Box!), problem.Function, start, new RunOptions { TargetValue = minimum + tolerance, MaxEvaluations = limit, MaxIterations = limit });
        Assert.True(result.Reason == StopReason.TargetReached, $"{problem.Name}: {result.Value:r}, the minimum is {minimum:r}. {result}");
    }

    private static TestFunction<IDifferentiableFunction<double>> InBox(TestFunction<IDifferentiableFunction<double>> problem, double[] lower, double[] upper) => problem with { Box = new Bounds(lower, upper) };

    private static double LennardJones(ReadOnlySpan<double> x, Span<double> gradient)
    {
        gradient.Clear();
        double energy = 0;
        for (int i = 0; i < x.Length; i += 3)
        {
            for (int k = 0; k < i; k += 3)
            {
                double square = 0;
                for (int j = 0; j < 3; j++)
                    square += (x[i + j] - x[k + j]) * (x[i + j] - x[k + j]);
                double sixth = 1 / (square * square * square);
                energy += 4 * sixth * (sixth - 1);
                double slope = -24 * sixth * ((2 * sixth) - 1) / square;
                for (int j = 0; j < 3; j++)
                {
                    gradient[i + j] += slope * (x[i + j] - x[k + j]);
                    gradient[k + j] -= slope * (x[i + j] - x[k + j]);
                }
            }
        }

        return energy;
    }
}
