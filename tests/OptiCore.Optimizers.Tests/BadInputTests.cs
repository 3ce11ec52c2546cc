using OptiCore.Problems;
using OptiCore.Solving;

namespace OptiCore.Optimizers.Tests;

public class BadInputTests
{
    private static readonly (string Member, Action Construct)[] InvalidOptions =
    [
        ("Memory", () => _ = new Lbfgs { Memory = 0 }),
        ("Memory", () => _ = new Lbfgs { Memory = -3 }),
        ("GradientTolerance", () => _ = new Lbfgs { Stopping = new() { GradientTolerance = -1e-6 } }),
        ("ValueTolerance", () => _ = new StoppingRules { ValueTolerance = double.NaN }),
        ("StepTolerance", () => _ = new StoppingRules { StepTolerance = double.PositiveInfinity }),
        ("SufficientDecrease", () => _ = new MoreThuente { SufficientDecrease = 0.5 }),
        ("SufficientDecrease", () => _ = new MoreThuente { SufficientDecrease = 0 }),
        ("Curvature", () => _ = new MoreThuente { Curvature = 1 }),
        ("IntervalTolerance", () => _ = new MoreThuente { IntervalTolerance = -1 }),
        ("MaxEvaluations", () => _ = new MoreThuente { MaxEvaluations = 0 }),
        ("ValuePrecision", () => _ = new MoreThuente { ValuePrecision = 1 }),
        ("ValueTolerance", () => _ = new LevenbergMarquardt { ValueTolerance = -1 }),
        ("StepTolerance", () => _ = new LevenbergMarquardt { StepTolerance = double.NaN }),
        ("OrthogonalityTolerance", () => _ = new LevenbergMarquardt { OrthogonalityTolerance = -1 }),
        ("InitialRegion", () => _ = new LevenbergMarquardt { InitialRegion = 0 }),
        ("AccelerationLimit", () => _ = new LevenbergMarquardt { AccelerationLimit = 0 }),
        ("InitialStep", () => _ = new NelderMead { InitialStep = 0 }),
        ("InitialStepAtZero", () => _ = new NelderMead { InitialStepAtZero = -1 }),
        ("MaxRestarts", () => _ = new NelderMead { MaxRestarts = -1 }),
        ("PointTolerance", () => _ = new NelderMead { PointTolerance = 0 }),
        ("ValueTolerance", () => _ = new NelderMead { ValueTolerance = double.NaN }),
        ("MaxEvaluations", () => _ = new RunOptions { MaxEvaluations = 0 }),
        ("MaxIterations", () => _ = new RunOptions { MaxIterations = -1 }),
        ("TargetValue", () => _ = new RunOptions { TargetValue = double.NaN }),
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, InvalidOptions.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void InvalidOptionsThrowNamingTheMember(int row)
    {
        (string member, Action construct) = InvalidOptions[row];
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(construct);
        Assert.Equal(member, exception.ParamName);
        Assert.Contains(member, exception.Message);
    }

    [Fact]
    public void MissingPartsThrowNamingThem()
    {
        Assert.Equal("LineSearch", Assert.Throws<ArgumentNullException>(() => new Lbfgs { LineSearch = null! }).ParamName);
        Assert.Equal("Stopping", Assert.Throws<ArgumentNullException>(() => new Lbfgs { Stopping = null! }).ParamName);
        Assert.Equal("Stopping", Assert.Throws<ArgumentNullException>(() => new LevenbergMarquardt { Stopping = null! }).ParamName);
    }

    private static readonly IDifferentiableFunction<double> Sphere = Function.WithGradient<double>(2, (x, g) =>
    {
        (g[0], g[1]) = (2 * x[0], 2 * x[1]);
        return (x[0] * x[0]) + (x[1] * x[1]);
    });

    /// <summary>What a newcomer gets wrong, and what is said of it: the argument's name, then words of the message.</summary>
    private static readonly (string Parameter, string Words, Action Mistake)[] Mistakes =
    [
        ("solver", "", () => Minimize.Run((Lbfgs)null!, Sphere, [1, 1])),
        ("function", "", () => Minimize.Run(new Lbfgs(), null!, [1, 1])),
        ("rule", "", () => Minimize.Run((IUpdateRule)null!, Sphere, [1.0, 1])),
        ("problem", "", () => Minimize.Run((IProblem<double>)null!, [1, 1])),
        ("start", "empty", () => Minimize.Run(new Lbfgs(), Sphere, [])),
        ("start", "empty", () => Minimize.Run(Sphere, [])),
        ("start", "empty", () => Minimize.Run(Function.BlackBox(x => x[0]), [])),
        ("start", "start has 3 elements, expected 2", () => Minimize.Run(new Lbfgs(), Sphere, [1, 1, 1])),
        ("start", "start[1] is NaN", () => Minimize.Run(new Bobyqa(), Sphere, [1, double.NaN])),
        ("start", "start[1] = 5 lies outside its bounds [0, 1]", () => Minimize.Run(new LbfgsB { Bounds = Bounds.All(0, 1) }, Sphere, [0.5, 5])),
        ("start", "those of 3 variables, the point has 2", () => Minimize.Run(new LbfgsB { Bounds = new Bounds([0, 0, 0], [1, 1, 1]) }, Sphere, [0.5, 0.5])),
        ("lower", "The lower bound of variable 1, 1, lies above its upper bound, 0", () => _ = new Bounds([0, 1], [1, 0])),
        ("lower", "hold no finite number", () => _ = Bounds.All(double.NaN, 0)),
        ("shape", "1 constraints, which Lbfgs doesn't look at", () => Minimize.Run(new Lbfgs(), Sphere.SubjectTo(Function.FromResiduals(2, 1, (x, c) => c[0] = x[0]), Bounds.All(0, 1)), [1, 1])),
        ("constraints", "2 variables, the constraints have 3", () => Sphere.SubjectTo(Function.FromResiduals(3, 1, (x, c) => c[0] = x[0]), Bounds.All(0, 1))),
        ("bounds", "every bound must be given and finite", () => Minimize.Run(new Direct(), Sphere, [0, 0])),
        ("bounds", "every bound must be given and finite", () => Minimize.Run(MultiStart.Over(new Lbfgs()), Sphere, [0, 0])),
        ("start", "is 4.24 away from it", () => Minimize.Run(new FrankWolfe { Set = ConvexSet.Simplex() }, Sphere, [3, 4])),
        ("start", "'k' takes whole numbers", () => Minimize.Run(new BayesianOptimization { Space = new SearchSpace().Integer("k", 1, 3).Continuous("x", 0, 1) }, Sphere, [1.5, 0])),
        ("inequalities", "has 3 elements, expected 2", () => LinearProgram.FromDense([1, 2], [1, 2, 3], [4], [], [])),
        ("program", "", () => new HomogeneousInteriorPoint().Solve((LinearProgram)null!)),
        ("Workers", "", () => _ = new RunOptions { Workers = null! }),
        ("Clock", "", () => _ = new RunOptions { Clock = null! }),
        ("LearningRate", "-1 but must be", () => _ = new Adam { LearningRate = -1 }),
        ("gradient", "has 2 elements, expected 3", () => new Adam().Start<double>(3).Step(new double[3], new double[2])),
    ];

    public static TheoryData<int> MistakeRows => [.. Enumerable.Range(0, Mistakes.Length)];

    [Theory]
    [MemberData(nameof(MistakeRows))]
    public void MistakesAreNamed(int row)
    {
        (string parameter, string words, Action mistake) = Mistakes[row];
        ArgumentException exception = Assert.ThrowsAny<ArgumentException>(mistake);
        Assert.Equal(parameter, exception.ParamName);
        Assert.Contains(words, exception.Message);
    }

    [Fact]
    public void APointOfStatisticsMustFitAndBeFinite()
    {
        NistProblem problem = NistStrd.Load("Misra1a");
        Assert.Throws<ArgumentException>(() => LeastSquaresFit.At(problem.Residuals, [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => LeastSquaresFit.At(problem.Residuals, [double.NaN, 1]));
        LeastSquaresFit fit = LeastSquaresFit.At(problem.Residuals, problem.Certified);
        Assert.Throws<ArgumentOutOfRangeException>(() => fit.Covariance(2, 0));
    }

    [Fact]
    public void AZeroJacobianIsStationaryAndNotACrash()
    {
        IDifferentiableResidualFunction<double> flat = Function.WithJacobian(
            2,
            2,
            (x, r) => r.Fill(3),
            (x, r, jacobian) =>
            {
                r.Fill(3);
                jacobian.Clear();
            });
        SolverResult<double> result = Minimize.Run(new LevenbergMarquardt(), flat, [1, 2]);
        Assert.Equal(StopReason.GradientTolerance, result.Reason);
        Assert.Equal(9, result.Value);
    }
}
