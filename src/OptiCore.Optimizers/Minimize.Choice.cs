using OptiCore.Optimizers;
using OptiCore.Solving;

namespace OptiCore;

/// <summary>The method that <see cref="Minimize"/> picked for a problem, and why.</summary>
public sealed class MethodChoice
{
    private readonly StartDelegate _start;

    private MethodChoice(string method, string reason, IProblem<double> problem, StartDelegate start)
    {
        Method = method;
        Reason = reason;
        Problem = problem;
        _start = start;
    }

    private delegate SolverRun<double> StartDelegate(ReadOnlySpan<double> start, RunOptions? options);

    /// <summary>The name of the method.</summary>
    public string Method { get; }

    /// <summary>Why it was picked, as the end of a sentence that begins with "because".</summary>
    public string Reason { get; }

    /// <summary>The problem as the method sees it: itself, or with derivatives by differences.</summary>
    public IProblem<double> Problem { get; }

    /// <summary>Starts a run, to be driven with <see cref="Problem"/>.</summary>
    /// <param name="start">The starting point.</param>
    /// <param name="options">Limits and reports.</param>
    public SolverRun<double> Start(ReadOnlySpan<double> start, RunOptions? options = null) => _start(start, options);

    /// <summary>Method and reason in a sentence.</summary>
    public override string ToString() => $"{Method}, because {Reason}";

    internal static MethodChoice Of<TFunction>(string reason, ISolver<double, TFunction> solver, TFunction problem)
        where TFunction : IProblem<double> =>
        new(solver.GetType().Name, reason, problem, (start, options) => Minimize.Start(solver, problem, start, options));
}

/// <content>The choice of a method where the caller names none.</content>
public static partial class Minimize
{
    // Beyond it n^2 numbers of a dense quasi-Newton matrix cost more than the pairs of a limited one.
    private const int DenseVariables = 200;

    // Models by interpolation cost n^2 an evaluation and some n evaluations to begin with.
    private const int ModelVariables = 100;

    /// <summary>Minimises a problem by a method that suits what it offers: see <see cref="Choose"/>. The result's message begins with the method and the reason for it.</summary>
    /// <param name="problem">A function, residuals or a constrained function, with or without derivatives.</param>
    /// <param name="start">The starting point, n finite elements, within the bounds.</param>
    /// <param name="bounds">Bounds of the variables; null for none.</param>
    /// <param name="options">Limits and reports.</param>
    /// <param name="cancellationToken">Ends the run with the best point so far; never throws.</param>
    /// <exception cref="ArgumentException">No method takes problems of this kind, or the start doesn't fit.</exception>
    public static SolverResult<double> Run(
        IProblem<double> problem, ReadOnlySpan<double> start, Bounds? bounds = null, RunOptions? options = null, CancellationToken cancellationToken = default)
    {
        MethodChoice choice = Choose(problem, start.Length, bounds);
        SolverResult<double> result = choice.Start(start, options).Complete(choice.Problem, cancellationToken);
        return result with { Message = $"By {choice}. {result.Message}" };
    }

    /// <summary>
    /// Picks a method. In this order: constrained functions go to <see cref="Slsqp"/> with derivatives and to <see cref="Cobyla"/> without; residuals to <see cref="LevenbergMarquardt"/>, with bounds to
    /// <see cref="TrustRegionReflective"/>, Jacobians by differences where there are none; functions with gradients to <see cref="LbfgsB"/> within bounds, else with products of the Hessian to <see cref="TruncatedNewton"/>,
    /// else to <see cref="Bfgs"/> up to 200 variables and <see cref="Lbfgs"/> beyond; functions with values only to <see cref="Bobyqa"/> up to 100 variables and beyond to <see cref="LbfgsB"/> with differences.
    /// </summary>
    /// <remarks>All of them find a minimum near the start. Where there are many, or values are noisy, name a global or stochastic method.</remarks>
    /// <param name="problem">The problem.</param>
    /// <param name="dimension">The number of variables; may be left out where the problem says it.</param>
    /// <param name="bounds">Bounds of the variables; null for none.</param>
    /// <exception cref="ArgumentException">No method takes problems of this kind, or nothing says how many variables there are.</exception>
    public static MethodChoice Choose(IProblem<double> problem, int dimension = 0, Bounds? bounds = null)
    {
        ArgumentNullException.ThrowIfNull(problem);
        int n = ProblemShape.Of(problem, dimension).Dimension;
        return problem switch
        {
            IDifferentiableConstrainedFunction<double> f =>
                MethodChoice.Of("the function is smooth and has constraints with a Jacobian", new Slsqp { Bounds = bounds }, f),
            IConstrainedFunction<double> f =>
                MethodChoice.Of("the function has constraints of which only values are known", new Cobyla { Bounds = bounds }, f),
            IDifferentiableResidualFunction<double> f when bounds is null =>
                MethodChoice.Of("a sum of squares is best solved by its residuals", new LevenbergMarquardt(), f),
            IDifferentiableResidualFunction<double> f =>
                MethodChoice.Of("a sum of squares within bounds is best solved by its residuals", new TrustRegionReflective { Bounds = bounds }, f),
            IResidualFunction<double> f when bounds is null =>
                MethodChoice.Of("a sum of squares is best solved by its residuals (the Jacobian is found by differences)", new LevenbergMarquardt(), f.WithFiniteDifferences()),
            IResidualFunction<double> f =>
                MethodChoice.Of("a sum of squares within bounds is best solved by its residuals (the Jacobian is found by differences)", new TrustRegionReflective { Bounds = bounds }, f.WithFiniteDifferences()),
            IDifferentiableFunction<double> f when bounds is not null =>
                MethodChoice.Of("the function has a gradient and the variables have bounds", new LbfgsB { Bounds = bounds }, f),
            ITwiceDifferentiableFunction<double> f =>
                MethodChoice.Of("the function has products with its Hessian", new TruncatedNewton(), f),
            IDifferentiableFunction<double> f when n <= DenseVariables =>
                MethodChoice.Of($"the function has a gradient, and a matrix of {n} variables is small", new Bfgs(), f),
            IDifferentiableFunction<double> f =>
                MethodChoice.Of($"the function has a gradient, and {n} variables are too many for a dense matrix", new Lbfgs(), f),
            IFunction<double> f when n is > 1 and <= ModelVariables =>
                MethodChoice.Of("only values are known, and quadratic models need few of them", new Bobyqa { Bounds = bounds }, f),
            IFunction<double> f when n == 1 =>
                MethodChoice.Of("only values of one variable are known", new NelderMead { Bounds = bounds }, f),
            IFunction<double> f =>
                MethodChoice.Of($"only values are known, and {n} variables are too many for models (the gradient is found by differences)", new LbfgsB { Bounds = bounds }, f.WithFiniteDifferences()),
            _ => throw new ArgumentException($"No method takes a {problem.GetType().Name}: it is neither a function nor residuals.", nameof(problem)),
        };
    }
}
