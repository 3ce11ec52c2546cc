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
