using OptiCore.TestKit;

namespace OptiCore.Problems.Tests;

public class HockSchittkowskiTests
{
    public static TheoryData<int> Numbers => [.. HockSchittkowski.Numbers];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void DerivativesAreThoseOfTheFormulas(int number)
    {
        ConstrainedProblem problem = HockSchittkowski.Problem(number);
        IDifferentiableConstrainedFunction<double> byHand = problem.Function, byDifferences = ((IConstrainedFunction<double>)problem.Function).WithFiniteDifferences();
        int n = byHand.Dimension, m = byHand.ConstraintCount;
        Assert.Equal(n, problem.Start.Length);
        Assert.True(problem.Bounds?.Contain<double>(problem.Start) ?? true);
        Assert.True(m == 0 || byHand.ConstraintBounds.Dimension == m);
        double[] x = [.. problem.Start.Select((v, i) => v + (0.01 * (i + 1)))], g = new double[n], expected = new double[n], c = new double[m], j = new double[m * n], expectedJ = new double[m * n];
        Promises.Close(byHand.ValueAndGradient(x, g), byDifferences.ValueAndGradient(x, expected), 1e-14, 0, problem.Name);
        for (int i = 0; i < n; i++)
            Promises.Close(expected[i], g[i], 1e-6, 1e-6 * Math.Max(1, Math.Abs(byHand.Value(x))), $"{problem.Name}, gradient[{i}]");
        if (m == 0)
            return;
        byHand.ConstraintsAndJacobian(x, c, j);
        byDifferences.ConstraintsAndJacobian(x, c, expectedJ);
        for (int i = 0; i < j.Length; i++)
            Promises.Close(expectedJ[i], j[i], 1e-6, 1e-6 * Math.Max(1, c.Max(Math.Abs)), $"{problem.Name}, Jacobian[{i}]");
    }

    [Fact]
    public void AnUnknownNumberIsRefused() => Assert.Throws<ArgumentOutOfRangeException>("number", () => HockSchittkowski.Problem(4));
}
