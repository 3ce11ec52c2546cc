using OptiCore.Solving;
using OptiCore.TestKit;
using Laws = OptiCore.TestKit.SolverLaws<double>;

namespace OptiCore.Optimizers.Tests.Conformance;

public class SolverConformanceTests
{
    public static TheoryData<string> Names => [.. SolverTable.Rows.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void FindsKnownMinima(string row) => Laws.FindsKnownMinima(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void AllocatesNothingAfterTheFirstIterations(string row) => Laws.AllocatesNothingAfterTheFirstIterations(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void SameKeyGivesSameBits(string row) => Laws.SameKeyGivesSameBits(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void AskAndTellEqualsComplete(string row) => Laws.AskAndTellEqualsComplete(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void IterateEqualsComplete(string row) => Laws.IterateEqualsComplete(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void SplitRunEqualsWholeRun(string row)
    {
        foreach (int every in new[] { 1, 2, 3, 7 })
            Laws.SplitRunEqualsWholeRun(Row(row), every);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void FunctionThatIsNaNEverywhereFails(string row) => Laws.FunctionThatIsNaNEverywhereFails(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void FunctionThatBecomesNaNKeepsTheLastGoodPoint(string row) => Laws.FunctionThatBecomesNaNKeepsTheLastGoodPoint(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void FunctionThatIsNaNInAHalfSpaceEndsAtAFinitePoint(string row) => Laws.FunctionThatIsNaNInAHalfSpaceEndsAtAFinitePoint(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void CancellationKeepsTheBestPoint(string row) => Laws.CancellationKeepsTheBestPoint(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void LimitsAreExact(string row) => Laws.LimitsAreExact(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void ExceptionsSurfaceUnwrappedAndTheRunGoesOn(string row) => Laws.ExceptionsSurfaceUnwrappedAndTheRunGoesOn(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void CaughtExceptionsBecomeAFailureWithTheBestPoint(string row) => Laws.CaughtExceptionsBecomeAFailureWithTheBestPoint(Row(row));

    [Theory]
    [MemberData(nameof(Names))]
    public void BadStartsAreRefused(string row) => Laws.BadStartsAreRefused(Row(row));

    [Fact]
    public void EverySolverOfThePackageHasARow()
    {
        HashSet<Type> rows = [.. SolverTable.Rows.Select(r => r.Solver.GetType())];
        Type[] solvers =
        [
            .. typeof(Lbfgs).Assembly.GetExportedTypes().Where(t =>
                t.IsDefined(typeof(AlgorithmAttribute), inherit: false)
                && t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ISolver<,>))),
        ];
        Assert.True(solvers.Length >= 3);
        Assert.All(solvers, t => Assert.True(rows.Contains(t), $"{t.Name} has no row in {nameof(SolverTable)}."));
    }

    private static SolverRow<double> Row(string name) => SolverTable.Rows.Single(r => r.Name == name);
}
