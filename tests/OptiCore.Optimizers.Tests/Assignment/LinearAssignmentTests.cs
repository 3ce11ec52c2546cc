using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Assignment;

public class LinearAssignmentTests
{
    public static TheoryData<string> Golden =>
        [.. Reference.Cases("golden/04_linear_integer_programs.json").Keys.Where(k => k.StartsWith("assignment/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Golden))]
    public void CostsWhatSciPysCosts(string id)
    {
        JsonElement c = Reference.Cases("golden/04_linear_integer_programs.json")[id];
        double[] cost = c.RowMajor("C");
        int rows = c.GetProperty("C").GetArrayLength(), columns = cost.Length / rows;
        foreach (bool maximize in new[] { false, true })
        {
            LinearAssignment result = LinearAssignment.Solve(cost, rows, columns, maximize);
            Promises.Close(c.Number(maximize ? "max_cost" : "cost"), result.Cost, 1e-12, 0, id);
            AssertOptimal(cost, rows, columns, maximize, result, id);
        }
    }

    [Fact]
    public void IsTheBestOfAllPermutations() => Forall.Check(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        int rows = random.Next(1, 6), columns = random.Next(1, 7);
        bool maximize = random.Next(2) == 0;

        // Few different costs, so that there are ties.
        double[] cost = [.. Enumerable.Range(0, rows * columns).Select(_ => (double)random.Next(-4, 9))];
        LinearAssignment result = LinearAssignment.Solve(cost, rows, columns, maximize);
        AssertOptimal(cost, rows, columns, maximize, result, $"seed {seed}");
        Assert.Equal(Best(cost, rows, columns, maximize), result.Cost);
    }));

    [Fact]
    public void LargeProblemsAreProvedByTheirDuals()
    {
        var random = new Random(1);
        double[] cost = [.. Enumerable.Range(0, 150 * 200).Select(_ => random.NextDouble())];
        AssertOptimal(cost, 150, 200, false, LinearAssignment.Solve(cost, 150, 200), "150 x 200");
        AssertOptimal(cost, 200, 150, true, LinearAssignment.Solve(cost, 200, 150, maximize: true), "200 x 150");
    }

    [Fact]
    public void ForbiddenElementsAreAvoidedOrRefused()
    {
        double no = double.PositiveInfinity;
        LinearAssignment result = LinearAssignment.Solve([no, 5, 1, no], 2, 2);
        Assert.Equal([1, 0], result.ColumnOfRow);
        Assert.Equal(6, result.Cost);
        Assert.Equal(6, LinearAssignment.Solve([-no, 5, 1, -no], 2, 2, maximize: true).Cost);
        Assert.Contains("no assignment", Assert.Throws<ArgumentException>("cost", () => LinearAssignment.Solve([no, no, 1, 2], 2, 2)).Message);
        Assert.Throws<ArgumentException>("cost", () => LinearAssignment.Solve([double.NaN, 1, 1, 2], 2, 2));
        Assert.Throws<ArgumentException>("cost", () => LinearAssignment.Solve([-no, 1, 1, 2], 2, 2));
        Assert.Throws<ArgumentException>("cost", () => LinearAssignment.Solve([1, 1, 1], 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>("rows", () => LinearAssignment.Solve([], 0, 2));
    }

    /// <summary>A matching of the smaller side, with duals that prove it.</summary>
    private static void AssertOptimal(double[] cost, int rows, int columns, bool maximize, LinearAssignment result, string what)
    {
        int assigned = 0;
        double sum = 0, sign = maximize ? -1 : 1, duals = result.RowDuals.Sum() + result.ColumnDuals.Sum();
        for (int i = 0; i < rows; i++)
        {
            int column = result.ColumnOfRow[i];
            if (column < 0)
                continue;
            Assert.Equal(i, result.RowOfColumn[column]);
            assigned++;
            sum += cost[(i * columns) + column];
            Promises.Close(cost[(i * columns) + column], result.RowDuals[i] + result.ColumnDuals[column], 1e-12, 1e-9, $"{what}, complementarity");
        }

        Assert.Equal(Math.Min(rows, columns), assigned);
        Promises.Close(sum, result.Cost, 1e-12, 1e-12, what);
        Promises.Close(sum, duals, 1e-9, 1e-9, $"{what}, duality");
        for (int k = 0; k < cost.Length; k++)
            Assert.True(sign * (cost[k] - result.RowDuals[k / columns] - result.ColumnDuals[k % columns]) >= -1e-9, $"{what}: element {k} has a negative reduced cost.");
    }

    private static double Best(double[] cost, int rows, int columns, bool maximize)
    {
        if (rows > columns)
            return Best([.. Enumerable.Range(0, cost.Length).Select(k => cost[(k % rows * columns) + (k / rows)])], columns, rows, maximize);
        return Rest(0, 0);

        double Rest(int row, int used)
        {
            if (row == rows)
                return 0;
            double best = maximize ? double.NegativeInfinity : double.PositiveInfinity;
            for (int j = 0; j < columns; j++)
            {
                if ((used & (1 << j)) != 0)
                    continue;
                double value = cost[(row * columns) + j] + Rest(row + 1, used | (1 << j));
                best = maximize ? Math.Max(best, value) : Math.Min(best, value);
            }

            return best;
        }
    }
}
