using OptiCore.Problems;
using OptiCore.Solving;

namespace OptiCore.Optimizers.Tests.Smooth;

public class SmoothOptionTests
{
    private static readonly (string Member, Action Construct)[] Invalid =
    [
        ("SufficientDecrease", () => _ = new Backtracking { SufficientDecrease = 0.5 }),
        ("ShortestCut", () => _ = new Backtracking { ShortestCut = 0 }),
        ("LongestCut", () => _ = new Backtracking { LongestCut = 1 }),
        ("MaxEvaluations", () => _ = new Backtracking { MaxEvaluations = 0 }),
        ("ValuePrecision", () => _ = new Backtracking { ValuePrecision = -1 }),
        ("Count", () => _ = new LargestOfLast { Count = 0 }),
        ("Weight", () => _ = new AverageOfValues { Weight = 1.1 }),
        ("SufficientDecrease", () => _ = new HagerZhang { SufficientDecrease = double.NaN }),
        ("Curvature", () => _ = new HagerZhang { Curvature = 1 }),
        ("Division", () => _ = new HagerZhang { Division = 0 }),
        ("RequiredShrinking", () => _ = new HagerZhang { RequiredShrinking = 1 }),
        ("Expansion", () => _ = new HagerZhang { Expansion = 1 }),
        ("MaxEvaluations", () => _ = new HagerZhang { MaxEvaluations = 0 }),
        ("Memory", () => _ = new LbfgsB { Memory = 0 }),
        ("RestartInterval", () => _ = new NonlinearConjugateGradient { RestartInterval = -1 }),
        ("RestartThreshold", () => _ = new NonlinearConjugateGradient { RestartThreshold = 0 }),
        ("MaxGrowth", () => _ = new NonlinearConjugateGradient { MaxGrowth = 0 }),
        ("Truncation", () => _ = new HagerZhangBeta { Truncation = 0 }),
        ("Step", () => _ = new BarzilaiBorwein { Step = (SpectralStep)7 }),
        ("MinStep", () => _ = new BarzilaiBorwein { MinStep = 0 }),
        ("MaxStep", () => _ = new BarzilaiBorwein { MaxStep = double.PositiveInfinity }),
        ("SkipTolerance", () => _ = new SymmetricRankOne { SkipTolerance = 0 }),
        ("InitialRadius", () => _ = new SymmetricRankOne { InitialRadius = 0 }),
        ("InitialRadius", () => _ = new TrustRegion { InitialRadius = double.NaN }),
        ("MaxRadius", () => _ = new TrustRegion { MaxRadius = -1 }),
        ("AcceptanceRatio", () => _ = new TrustRegion { AcceptanceRatio = 0.25 }),
        ("RadiusTolerance", () => _ = new MoreSorensen { RadiusTolerance = 0 }),
        ("Forcing", () => _ = new SteihaugToint { Forcing = 1 }),
        ("MaxIterations", () => _ = new SteihaugToint { MaxIterations = -1 }),
        ("Forcing", () => _ = new GeneralizedLanczos { Forcing = 0 }),
        ("MaxIterations", () => _ = new GeneralizedLanczos { MaxIterations = 0 }),
        ("Forcing", () => _ = new TruncatedNewton { Forcing = 1 }),
        ("MaxInnerIterations", () => _ = new TruncatedNewton { MaxInnerIterations = -1 }),
        ("Memory", () => _ = new AndersonAcceleration { Memory = 0 }),
        ("Mixing", () => _ = new AndersonAcceleration { Mixing = 0 }),
        ("ConditionLimit", () => _ = new AndersonAcceleration { ConditionLimit = 0 }),
        ("SafeguardFactor", () => _ = new AndersonAcceleration { SafeguardFactor = 0 }),
        ("Memory", () => _ = new AndersonGradient { Memory = 0 }),
        ("SufficientDecrease", () => _ = new AndersonGradient { SufficientDecrease = 0 }),
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Invalid.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void InvalidOptionsThrowNamingTheMember(int row)
    {
        (string member, Action construct) = Invalid[row];
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(construct);
        Assert.Equal(member, exception.ParamName);
        Assert.Contains(member, exception.Message);
    }

    [Fact]
    public void MissingPartsThrowNamingThem()
    {
        Assert.Equal("Reference", Assert.Throws<ArgumentNullException>(() => new Backtracking { Reference = null! }).ParamName);
        Assert.Equal("Beta", Assert.Throws<ArgumentNullException>(() => new NonlinearConjugateGradient { Beta = null! }).ParamName);
        Assert.Equal("Subproblem", Assert.Throws<ArgumentNullException>(() => new TrustRegion { Subproblem = null! }).ParamName);
        Assert.Equal("LineSearch", Assert.Throws<ArgumentNullException>(() => new Newton { LineSearch = null! }).ParamName);
    }

    [Fact]
    public void BoundsOfAnotherNumberOfVariablesAreRefused()
    {
        var solver = new LbfgsB { Bounds = new Bounds([0, 0], [1, 1]) };
        Assert.Contains("2 variables", Assert.Throws<ArgumentException>(() => Minimize.Run(solver, new Rosenbrock(3), [0.5, 0.5, 0.5])).Message);
        Assert.Contains("start[1]", Assert.Throws<ArgumentException>(() => Minimize.Run(solver, new Rosenbrock(2), [0.5, 3])).Message);
    }

    [Fact]
    public void AFixedPointNeedsAsManyResidualsAsVariables()
    {
        IResidualFunction<double> residuals = Function.BlackBoxResiduals(2, 3, (_, r) => r.Clear());
        Assert.Contains("3 and 2", Assert.Throws<ArgumentException>(() => Minimize.Run(new AndersonAcceleration(), residuals, [1, 1])).Message);
    }

    [Fact]
    public void StepsInTheWrongOrderAreRefused() =>
        Assert.Throws<ArgumentException>(() => Minimize.Run(new BarzilaiBorwein { MinStep = 2, MaxStep = 1 }, new Rosenbrock(2), [0, 0]));

    [Fact]
    public void FixedVariablesStayAndTheOthersReachTheMinimum()
    {
        var solver = new LbfgsB { Bounds = new Bounds([0.5, -10], [0.5, 10]) };
        SolverResult<double> result = Minimize.Run(solver, new Rosenbrock(2), [0.5, 3]).EnsureConverged();
        Assert.Equal(0.5, result.Point[0]);
        Assert.Equal(0.25, result.Point[1], 1e-6);
    }
}
