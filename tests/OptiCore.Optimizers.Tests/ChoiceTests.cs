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

    /// <summary>One linear constraint that doesn't bind at the minimum.</summary>
    private static IDifferentiableResidualFunction<double> Sum(int n) => Function.WithJacobian(
        n,
        1,
        static (x, c) => c[0] = Total(x),
        static (x, c, jacobian) =>
        {
            c[0] = Total(x);
            jacobian.Fill(1);
        });

    private static double Total(ReadOnlySpan<double> x)
    {
        double sum = 0;
        foreach (double v in x)
            sum += v;
        return sum;
    }

    private static Bounds Loose => Bounds.All(-1000, 1000);

    public static TheoryData<string, string, IProblem<double>, int, bool, ProblemTraits> Cases => new()
    {
        // Constraints.
        { "Slsqp", "constraints with a Jacobian", Gradient(2).SubjectTo(Residuals.WithFiniteDifferences(), Bounds.All(-100, 100)), 2, true, ProblemTraits.None },
        { "Slsqp", "constraints with a Jacobian", Gradient(2).SubjectTo(Sum(2), Loose), 2, false, ProblemTraits.None },
        { "NewtonInteriorPoint", "Hessian of the Lagrangian", Gradient(2).SubjectTo(Sum(2), Loose).WithHessianByDifferences(), 2, true, ProblemTraits.None },
        { "AugmentedLagrangian", "250 variables", Gradient(250).SubjectTo(Sum(250), Loose), 250, true, ProblemTraits.None },
        { "Cobyla", "only values", Values(2).SubjectTo(Residuals, Bounds.All(-100, 100)), 2, false, ProblemTraits.None },
        { "AugmentedLagrangian", "differences", Values(120).SubjectTo((IResidualFunction<double>)Sum(120), Loose), 120, true, ProblemTraits.None },
        { "MultiStart of Slsqp", "many starts", Gradient(2).SubjectTo(Sum(2), Loose), 2, true, ProblemTraits.ManyMinima },
        { "MultiStart of Cobyla", "many starts", Values(2).SubjectTo((IResidualFunction<double>)Sum(2), Loose), 2, true, ProblemTraits.ManyMinima },

        // None of them: a constrained function without constraints is a function.
        { "Bfgs", "gradient", Gradient(3).WithoutConstraints(), 3, false, ProblemTraits.None },

        // Residuals.
        { "LevenbergMarquardt", "differences", Residuals, 2, false, ProblemTraits.None },
        { "LevenbergMarquardt", "sum of squares", Residuals.WithFiniteDifferences(), 2, false, ProblemTraits.None },
        { "TrustRegionReflective", "bounds", Residuals.WithFiniteDifferences(), 2, true, ProblemTraits.None },
        { "TrustRegionReflective", "differences", Residuals, 2, true, ProblemTraits.None },
        { "MultiStart of TrustRegionReflective", "many starts", Residuals, 2, true, ProblemTraits.ManyMinima },

        // Gradients.
        { "LbfgsB", "bounds", Gradient(3), 3, true, ProblemTraits.None },
        { "LbfgsB", "bounds", ClassicFunctions.Rosenbrock(4).Function, 4, true, ProblemTraits.None },
        { "TruncatedNewton", "Hessian", ClassicFunctions.Rosenbrock(4).Function, 4, false, ProblemTraits.None },
        { "Bfgs", "gradient", Gradient(3), 3, false, ProblemTraits.None },
        { "Bfgs", "1 variable ", Gradient(1), 1, false, ProblemTraits.None },
        { "Lbfgs", "300 variables", Gradient(300), 300, false, ProblemTraits.None },
        { "MultiStart of LbfgsB", "many starts", Gradient(3), 3, true, ProblemTraits.ManyMinima },

        // Values.
        { "Bobyqa", "quadratic models", Values(3), 3, true, ProblemTraits.None },
        { "NelderMead", "one variable", Values(1), 1, false, ProblemTraits.None },
        { "LbfgsB", "differences", Values(150), 150, true, ProblemTraits.None },
        { "BipopCmaEs", "many minima", Values(2), 2, true, ProblemTraits.ManyMinima },
        { "CmaEs", "noise", Values(3), 3, false, ProblemTraits.Noisy },
        { "CmaEs", "a gradient doesn't", Gradient(3), 3, true, ProblemTraits.Noisy },
        { "CmaEs", "noise", Values(3), 3, true, ProblemTraits.Noisy | ProblemTraits.ManyMinima },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheMethodSuitsTheProblemAndSaysWhy(string method, string reason, IProblem<double> problem, int n, bool bounded, ProblemTraits traits)
    {
        Bounds? bounds = bounded ? Box : null;
        MethodChoice choice = Minimize.Choose(problem, n, bounds, traits);
        Assert.Equal(method, choice.Method);
        Assert.Contains(reason, choice.Reason);
        SolverResult<double> result = Minimize.Run(problem, new double[n], bounds, traits, new RunOptions { TargetValue = 1e-12 });
        Assert.StartsWith($"By {method}, because", result.Message);
        Assert.Equal(method, result.Method);
        Assert.True(result.Status == SolverStatus.Converged, result.ToString());
        Assert.All(result.Point, x => Assert.Equal(1, x, 1e-3));
    }

    [Fact]
    public void AFiniteSumIsTheFunctionThatItIs()
    {
        var loss = new LogisticRegression<double>([1, 0.5, -1, 0.3, 0.2, -2], [1, -1, 1], 0.1);
        SolverResult<double> result = Minimize.Run(loss, new double[2]);
        Assert.Equal("TruncatedNewton", result.EnsureConverged().Method);
    }

    [Fact]
    public void ASpaceOfVariablesIsSearchedByAModel()
    {
        SearchSpace mixed = new SearchSpace().Continuous("x", -2, 2).Integer("k", 0, 5).Categorical("c", 3);
        IFunction<double> f = Function.BlackBox(x => (x[0] * x[0]) + Math.Pow(x[1] - 2, 2) + (x[2] == 0 ? 1 : 0));
        MethodChoice choice = Minimize.Choose(f, mixed);
        Assert.Equal("BayesianOptimization", choice.Method);
        Assert.Contains("categories", choice.Reason);
        SolverResult<double> result = Minimize.Run(f, mixed, 15);
        Assert.Equal(15, result.Evaluations.Points);
        Assert.Equal(StopReason.MaxEvaluations, result.Reason);
        Assert.StartsWith("By BayesianOptimization, because", result.Message);
        Assert.Equal("Turbo", Minimize.Choose(Values(30), SearchSpace.Of(Bounds.All(0, 1), 30)).Method);
        Assert.Equal("BayesianOptimization", Minimize.Choose(Values(5), SearchSpace.Of(Bounds.All(0, 1), 5)).Method);
    }

    [Fact]
    public void WhatCannotBeChosenIsExplained()
    {
        Refused("neither", () => Minimize.Run(new Nothing(), [1]));
        Refused("finite bounds", () => Minimize.Choose(Gradient(2), 2, null, ProblemTraits.ManyMinima));
        Refused("finite bounds", () => Minimize.Choose(Gradient(2), 2, Bounds.All(0, double.PositiveInfinity), ProblemTraits.ManyMinima));
        Refused("penalties", () => Minimize.Choose(Residuals, 2, null, ProblemTraits.Noisy));
        Refused("log density", () => Minimize.Choose(new EightSchoolsNonCentered()));
        Refused("30 variables, the function has 3", () => Minimize.Choose(Values(3), SearchSpace.Of(Bounds.All(0, 1), 30)));
        Refused("no variables", () => Minimize.Choose(Values(3), new SearchSpace()));
        Refused("evaluations is 0", () => Minimize.Run(Values(3), SearchSpace.Of(Bounds.All(0, 1), 3), 0));
        Refused("3 variables", () => Minimize.Run(Gradient(2), [0, 0], new Bounds([0, 0, 0], [1, 1, 1])));
        Refused("start[1] = 2 lies outside", () => Minimize.Run(Gradient(2), [0, 2], Bounds.All(0, 1)));
        Refused("start[1] is NaN", () => Minimize.Run(Gradient(2), [0, double.NaN]));
        Refused("expected 2", () => Minimize.Run(Gradient(2), [0, 0, 0]));
        Assert.Equal("problem", Assert.Throws<ArgumentNullException>(() => Minimize.Run((IProblem<double>)null!, [1])).ParamName);

        static void Refused(string words, Action action) => Assert.Contains(words, Assert.ThrowsAny<ArgumentException>(action).Message);
    }

    private sealed class Nothing : IProblem<double>
    {
        public int Dimension => 1;
    }
}
