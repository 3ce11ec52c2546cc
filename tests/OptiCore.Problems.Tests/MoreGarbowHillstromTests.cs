using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Problems.Tests;

public class MoreGarbowHillstromTests
{
    public static TheoryData<int> Numbers => [.. Enumerable.Range(1, 35)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void ValuesAndGradientsMeetTheReferenceEvaluations(int number)
    {
        JsonElement reference = Row(number);
        LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number);
        Assert.Equal(reference.GetProperty("n").GetInt32(), problem.Dimension);
        Assert.Equal(reference.GetProperty("m").GetInt32(), problem.Residuals.ResidualCount);
        double[] start = reference.Numbers("start");
        for (int i = 0; i < start.Length; i++)
            Promises.Close(start[i], problem.Start[i], 1e-14, 1e-16, $"{problem.Name}, start[{i}]");

        int evaluations = 0;
        foreach (JsonElement evaluation in reference.GetProperty("reference_evaluations").EnumerateArray())
        {
            double[] x = evaluation.Numbers("x"), expected = evaluation.Numbers("gradient"), gradient = new double[x.Length];
            double f = problem.SumOfSquares.ValueAndGradient(x, gradient);
            Promises.Close(evaluation.Number("f"), f, 1e-11, 1e-18, $"{problem.Name}, value");
            double scale = expected.Max(Math.Abs);
            for (int i = 0; i < x.Length; i++)
                Promises.Close(expected[i], gradient[i], 1e-9, 1e-11 * scale, $"{problem.Name}, gradient[{i}]");
            evaluations++;
        }

        Assert.Equal(2, evaluations);
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void JacobiansAgreeWithDifferences(int number)
    {
        LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number);
        RandomStream stream = RandomKey.FromSeed(35).Fold(number).Stream();
        double[] x = [.. problem.Start];
        for (int trial = 0; trial < 3; trial++)
        {
            GradientCheck.Jacobian(problem.Residuals, x, 2e-6, $"{problem.Name}, point {trial}");
            for (int i = 0; i < x.Length; i++)
                x[i] = problem.Start[i] + (0.2 * (stream.NextDouble() - 0.3) * Math.Max(1, Math.Abs(problem.Start[i])));
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void KnownPointsHaveTheirKnownValues(int number)
    {
        LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number);
        Assert.NotEmpty(problem.Minima);
        foreach (KnownMinimum minimum in problem.Minima)
        {
            if (minimum.Point is null)
                continue;
            double[] gradient = new double[problem.Dimension];
            double f = problem.SumOfSquares.ValueAndGradient(minimum.Point, gradient);

            // Points are published with 7 digits or fewer; a badly scaled problem loses some of them in its value.
            double loss = number is 3 ? 1e-6 : number is 10 ? 30 : 1e-9;
            Promises.Close(minimum.Value, f, 1e-6, loss, problem.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void ReferenceMinimaAreListed(int number)
    {
        // Every finite published value for the usual dimension must be among ours, to its printed digits.
        JsonElement reference = Row(number);
        LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number);
        int compared = 0;
        foreach (JsonElement published in reference.GetProperty("known_minima").EnumerateArray())
        {
            if (published.TryGetProperty("n", out JsonElement n) && (n.ValueKind != JsonValueKind.Number || n.GetInt32() != problem.Dimension))
                continue;
            double f = published.Number("f_refined_by_scipy", published.TryGetProperty("f_here", out JsonElement here) ? here.Number() : published.GetProperty("f").ValueKind == JsonValueKind.Number ? published.Number("f") : double.NaN);
            Assert.Contains(problem.Minima, m => Math.Abs(m.Value - f) <= 1e-5 * Math.Abs(f));
            compared++;
        }

        Assert.True(compared > 0 || number is 28 or 29 or 30 or 31);
    }

    [Theory]
    [InlineData(20, 9)]
    [InlineData(21, 100)]
    [InlineData(22, 8)]
    [InlineData(23, 10)]
    [InlineData(24, 10)]
    [InlineData(25, 5)]
    [InlineData(28, 5)]
    [InlineData(35, 5)]
    public void OtherDimensionsHaveConsistentDerivatives(int number, int dimension)
    {
        LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number, dimension);
        Assert.Equal(dimension, problem.Start.Length);
        GradientCheck.Jacobian(problem.Residuals, problem.Start, 2e-6, problem.Name);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(36, 0)]
    [InlineData(1, 3)]
    [InlineData(21, 3)]
    [InlineData(22, 6)]
    public void ImpossibleProblemsAreRefused(int number, int dimension) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MoreGarbowHillstrom.Problem(number, dimension));

    private static JsonElement Row(int number) =>
        Reference.Json("mgh/more-garbow-hillstrom.json").GetProperty("problems").EnumerateArray().Single(p => p.GetProperty("number").GetInt32() == number);
}
