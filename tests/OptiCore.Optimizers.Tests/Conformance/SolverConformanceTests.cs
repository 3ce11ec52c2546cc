using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <summary>Every law of <see cref="SolverLaws{T}"/> for every row: solvers and update rules in double precision, update rules in single precision.</summary>
public class SolverConformanceTests
{
    public static TheoryData<string, string> Cases => Cross(SolverLaws<double>.All.Keys, [.. SolverTable.Rows.Select(r => r.Name), .. FirstOrderTable.Names]);

    public static TheoryData<string, string> SingleCases => Cross(SolverLaws<float>.All.Keys, FirstOrderTable.Names);

    [Theory]
    [MemberData(nameof(Cases))]
    public void LawHolds(string law, string row) =>
        SolverLaws<double>.All[law](SolverTable.Rows.SingleOrDefault(r => r.Name == row) ?? FirstOrderTable.Row<double>(row));

    [Theory]
    [MemberData(nameof(SingleCases))]
    public void LawHoldsInSinglePrecision(string law, string row) => SolverLaws<float>.All[law](FirstOrderTable.Row<float>(row));

    [Fact]
    public void EveryAlgorithmOfThePackageHasARow()
    {
        HashSet<Type> rows = [.. SolverTable.Rows.Select(r => r.Solver.GetType()).Select(t => t.IsGenericType ? t.GetGenericTypeDefinition() : t)];
        Type[] algorithms = [.. typeof(Lbfgs).Assembly.GetExportedTypes().Where(t => t.IsDefined(typeof(AlgorithmAttribute), inherit: false))];
        Type[] solvers = [.. algorithms.Where(t => t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ISolver<,>)))];
        Type[] rules = [.. algorithms.Where(t => t.IsAssignableTo(typeof(IUpdateRule)))];
        Assert.True(solvers.Length >= 3);
        Assert.True(rules.Length >= 5);
        Assert.All(solvers, t => Assert.True(rows.Contains(t), $"{t.Name} has no row in {nameof(SolverTable)}."));
        Assert.All(rules, t => Assert.True(FirstOrderTable.Parts.Contains(t), $"{t.Name} has no row in {nameof(FirstOrderTable)}."));
    }

    private static TheoryData<string, string> Cross(IEnumerable<string> laws, IEnumerable<string> rows)
    {
        var cases = new TheoryData<string, string>();
        foreach (string law in laws)
        {
            foreach (string row in rows)
                cases.Add(law, row);
        }

        return cases;
    }
}
