using OptiCore.Problems;
using OptiCore.Solving;

namespace OptiCore.Optimizers.Tests;

public class ChoiceTests
{
    private static Bounds Box => Bounds.All(-3, 3);

    private static IDifferentiableFunction<double> Gradient(int n) => Function.WithGradient<double>(n, static (x, g) =>
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += Math.Pow(x[i] - 1, 2) * (i + 1);
            g[i] = 2 * (x[i] - 1) * (i + 1);
        }

        return sum;
    });

    private static IFunction<double> Values(int n) => Function.BlackBox(n, static x =>
    {
        double sum = 0;
        foreach (double v in x)
            sum += (v - 1) * (v - 1);
        return sum;
    });

    private static IResidualFunction<double> Residuals => Function.BlackBoxResiduals(2, 3, static (x, r) => (r[0], r[1], r[2]) = (x[0] - 1, 10 * (x[1] - (x[0] * x[0])), x[1] - 1));

    public static TheoryData<string, string, IProblem<double>, int, bool> Cases => new()
    {
        { "Slsqp", "constraints with a Jacobian", Gradient(2).SubjectTo(Residuals.WithFiniteDifferences(), Bounds.All(-100, 100)), 2, true },
        { "Cobyla", "only values", Values(2).SubjectTo(Residuals, Bounds.All(-100, 100)), 2, false },
        { "LevenbergMarquardt", "differences", Residuals, 2, false },
        { "LevenbergMarquardt", "sum of squares", Residuals.WithFiniteDifferences(), 2, false },
        { "TrustRegionReflective", "bounds", Residuals.WithFiniteDifferences(), 2, true },
        { "TrustRegionReflective", "differences", Residuals, 2, true },
        { "LbfgsB", "bounds", Gradient(3), 3, true },
        { "TruncatedNewton", "Hessian", ClassicFunctions.Rosenbrock(4).Function, 4, false },
        { "Bfgs", "gradient", Gradient(3), 3, false },
        { "Lbfgs", "300 variables", Gradient(300), 300, false },
        { "Bobyqa", "quadratic models", Values(3), 3, true },
        { "NelderMead", "one variable", Values(1), 1, false },
        { "LbfgsB", "differences", Values(150), 150, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheMethodSuitsTheProblemAndSaysWhy(string method, string reason, IProblem<double> problem, int n, bool bounded)
    {
        Bounds? bounds = bounded ? Box : null;
        MethodChoice choice = Minimize.Choose(problem, n, bounds);
        Assert.Equal(method, choice.Method);
        Assert.Contains(reason, choice.Reason);
        SolverResult<double> result = Minimize.Run(problem, new double[n], bounds);
        Assert.StartsWith($"By {method}, because", result.Message);
        Assert.True(result.Status == SolverStatus.Converged, result.ToString());
        Assert.All(result.Point, x => Assert.Equal(1, x, 1e-3));
    }

    [Fact]
    public void AProblemOfNoKindIsRefused() => Assert.Contains("neither", Assert.Throws<ArgumentException>(() => Minimize.Run(new Nothing(), [1])).Message);

    private sealed class Nothing : IProblem<double>
    {
        public int Dimension => 1;
    }
}
