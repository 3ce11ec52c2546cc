using System.Globalization;
using OptiCore.Optimizers;
using OptiCore.Solving;

namespace OptiCore;

/// <summary>What a problem is like beyond what its type says, where <see cref="Minimize"/> chooses the method.</summary>
[Flags]
public enum ProblemTraits
{
    /// <summary>Values are exact, and the minimum near the start is wanted.</summary>
    None = 0,

    /// <summary>Evaluating twice at one point gives two values: simulations, measurements. Differences of values say nothing of the slope.</summary>
    Noisy = 1,

    /// <summary>There are several minima, of which the lowest is wanted. Needs finite bounds.</summary>
    ManyMinima = 2,
}

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

    /// <summary>The name of the method; of a wrapper, with that of the method inside.</summary>
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

    internal static MethodChoice FromManyStarts<TFunction>(string reason, ISolver<double, TFunction> solver, TFunction problem)
        where TFunction : IProblem<double> =>
        new($"MultiStart of {solver.GetType().Name}", reason, problem, (start, options) => Minimize.Start(MultiStart.Over(solver), problem, start, options));
}

/// <content>The choice of a method where the caller names none.</content>
public static partial class Minimize
{
    // Beyond it n^2 numbers of a dense quasi-Newton matrix cost more than the pairs of a limited one.
    private const int DenseVariables = 200;

    // Models by interpolation cost n^2 an evaluation and some n evaluations to begin with.
    private const int ModelVariables = 100;

    // Gaussian processes over the whole of a larger box know too little of it; Frazier (2018) names 20 variables.
    private const int ProcessVariables = 20;

    /// <summary>Minimises a problem by a method that suits what it offers: see <see cref="Choose(IProblem{double}, int, Bounds?, ProblemTraits)"/>. The result's message begins with the method and the reason for it.</summary>
    /// <param name="problem">A function, residuals or a constrained function, with or without derivatives.</param>
    /// <param name="start">The starting point, n finite elements, within the bounds.</param>
    /// <param name="bounds">Bounds of the variables; null for none.</param>
    /// <param name="traits">What the problem is like beyond what its type says.</param>
    /// <param name="options">Limits and reports.</param>
    /// <param name="cancellationToken">Ends the run with the best point so far; never throws.</param>
    /// <exception cref="ArgumentException">No method takes problems of this kind, or the start doesn't fit.</exception>
    public static SolverResult<double> Run(
        IProblem<double> problem,
        ReadOnlySpan<double> start,
        Bounds? bounds = null,
        ProblemTraits traits = ProblemTraits.None,
        RunOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        RequirePoint(start);
        return Run(Choose(problem, start.Length, bounds, traits), start, options, cancellationToken);
    }

    /// <summary>
    /// Minimises a function whose evaluations are dear over a space of continuous, logarithmic, integer and categorical variables, from its middle: see
    /// <see cref="Choose(IFunction{double}, SearchSpace)"/>. The result's message begins with the method and the reason for it.
    /// </summary>
    /// <param name="function">The function; its values may be noisy.</param>
    /// <param name="space">The variables.</param>
    /// <param name="evaluations">The number of evaluations that it may cost: ten to twenty for each variable are a good beginning.</param>
    /// <param name="options">Further limits and reports.</param>
    /// <param name="cancellationToken">Ends the run with the best point so far; never throws.</param>
    /// <exception cref="ArgumentException">The space has no variables or another number of them than the function, or more categories than a method can take.</exception>
    public static SolverResult<double> Run(
        IFunction<double> function, SearchSpace space, int evaluations, RunOptions? options = null, CancellationToken cancellationToken = default)
    {
        Require.Positive(evaluations, nameof(evaluations));
        MethodChoice choice = Choose(function, space);
        options = (options ?? new RunOptions()) with { MaxEvaluations = Math.Min(evaluations, options?.MaxEvaluations ?? long.MaxValue) };
        return Run(choice, space.Middle(), options, cancellationToken);
    }

    /// <summary>
    /// Picks a method by what the problem offers: the first row that fits.
    /// <list type="table">
    /// <item><term>constraints with Hessians</term><description><see cref="NewtonInteriorPoint"/></description></item>
    /// <item><term>constraints with a Jacobian</term><description><see cref="Slsqp"/> up to 200 variables, <see cref="AugmentedLagrangian"/> beyond</description></item>
    /// <item><term>constraints, values only</term><description><see cref="Cobyla"/> up to 100 variables, <see cref="AugmentedLagrangian"/> with differences beyond</description></item>
    /// <item><term>residuals</term><description><see cref="LevenbergMarquardt"/>, with bounds <see cref="TrustRegionReflective"/>; Jacobians by differences where there are none</description></item>
    /// <item><term>noisy values</term><description><see cref="CmaEs"/></description></item>
    /// <item><term>many minima, values only</term><description><see cref="BipopCmaEs"/></description></item>
    /// <item><term>gradients</term><description>within bounds <see cref="LbfgsB"/>; with products of the Hessian <see cref="TruncatedNewton"/>; else <see cref="Bfgs"/> up to 200 variables, <see cref="Lbfgs"/> beyond</description></item>
    /// <item><term>values only</term><description><see cref="NelderMead"/> for one variable, <see cref="Bobyqa"/> up to 100, <see cref="LbfgsB"/> with differences beyond</description></item>
    /// </list>
    /// With <see cref="ProblemTraits.ManyMinima"/> the methods that use derivatives, residuals or constraints run from sixteen starts (<see cref="MultiStart"/>).
    /// A finite sum counts as the function that it is: all of its terms at every step. Where mini-batches are wanted, drive an update rule (<see cref="UpdateRules"/>).
    /// </summary>
    /// <remarks>Without <see cref="ProblemTraits.ManyMinima"/> they find a minimum near the start.</remarks>
    /// <param name="problem">The problem.</param>
    /// <param name="dimension">The number of variables; may be left out where the problem says it.</param>
    /// <param name="bounds">Bounds of the variables; null for none.</param>
    /// <param name="traits">What the problem is like beyond what its type says.</param>
    /// <exception cref="ArgumentException">No method takes problems of this kind, nothing says how many variables there are, or many minima come without finite bounds.</exception>
    public static MethodChoice Choose(IProblem<double> problem, int dimension = 0, Bounds? bounds = null, ProblemTraits traits = ProblemTraits.None)
    {
        ArgumentNullException.ThrowIfNull(problem);
        int n = ProblemShape.Of(problem, dimension).Dimension;
        bool isNoisy = traits.HasFlag(ProblemTraits.Noisy), isMany = traits.HasFlag(ProblemTraits.ManyMinima);
        if (isMany && bounds is not { AreFinite: true })
            throw new ArgumentException($"Where there are many minima, finite bounds must say where they are looked for, but the bounds are {bounds?.ToString() ?? "null"}.", nameof(bounds));
        if (problem is ILogDensity)
            throw new ArgumentException($"{problem.GetType().Name} is a log density, whose maximum is of interest: minimise its negative, Function.WithGradient of -f and -g.", nameof(problem));
        if (problem is IConstrainedFunction<double> { ConstraintCount: > 0 } or IResidualFunction<double>)
        {
            if (isNoisy)
                throw new ArgumentException($"No method takes noisy constraints or residuals. Write {problem.GetType().Name} as a function: a sum of squares, constraints as penalties.", nameof(traits));
            return problem is IConstrainedFunction<double> { ConstraintCount: > 0 } constrained ? Constrained(constrained, n, bounds, isMany) : Residuals((IResidualFunction<double>)problem, bounds, isMany);
        }

        return problem switch
        {
            IFunction<double> f when isNoisy =>
                MethodChoice.Of(
                    problem is IDifferentiableFunction<double> ? "values are noisy, and comparing a population's stands noise that a gradient doesn't" : "values are noisy, and comparing a population's stands noise",
                    new CmaEs { Bounds = bounds },
                    f),
            IDifferentiableFunction<double> f => Smooth(f, n, bounds, isMany),
            IFunction<double> f when isMany =>
                MethodChoice.Of("there are many minima and only values are known", new BipopCmaEs { Inner = new CmaEs { Bounds = bounds } }, f),
            IFunction<double> f when n is > 1 and <= ModelVariables =>
                MethodChoice.Of("only values are known, and quadratic models need few of them", new Bobyqa { Bounds = bounds }, f),
            IFunction<double> f when n == 1 =>
                MethodChoice.Of("only values of one variable are known", new NelderMead { Bounds = bounds }, f),
            IFunction<double> f =>
                MethodChoice.Of(Count(n, "only values are known, and", "are too many for models (the gradient is found by differences)"), new LbfgsB { Bounds = bounds }, f.WithFiniteDifferences()),
            _ => throw new ArgumentException($"No method takes a {problem.GetType().Name}: it is neither a function nor residuals.", nameof(problem)),
        };
    }

    /// <summary>
    /// Picks a method for a function whose evaluations are dear over a space of variables: <see cref="BayesianOptimization"/> up to 20 variables or with categories, else <see cref="Turbo"/>. Neither
    /// ends by itself: give a limit of evaluations.
    /// </summary>
    /// <param name="function">The function.</param>
    /// <param name="space">The variables.</param>
    /// <exception cref="ArgumentException">The space has no variables or another number of them than the function.</exception>
    public static MethodChoice Choose(IFunction<double> function, SearchSpace space)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(space);
        int n = space.Dimension;
        if (n == 0)
            throw new ArgumentException("The space has no variables.", nameof(space));
        if (function.Dimension != 0 && function.Dimension != n)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The space has {n} variables, the function has {function.Dimension}."), nameof(space));
        bool hasCategories = false;
        foreach (SearchVariable variable in space.Variables)
            hasCategories |= variable.Kind == VariableKind.Categorical;
        if (n > ProcessVariables && !hasCategories)
            return MethodChoice.Of(Count(n, "a model of every evaluation chooses the next, and", "need a trust region"), new Turbo { Space = space }, function);
        return MethodChoice.Of(
            hasCategories ? "a model of every evaluation chooses the next, and it knows categories" : "a model of every evaluation chooses the next",
            new BayesianOptimization { Space = space },
            function);
    }

    private static MethodChoice Constrained(IConstrainedFunction<double> problem, int n, Bounds? bounds, bool isMany) => problem switch
    {
        ITwiceDifferentiableConstrainedFunction<double> f =>
            Local("the function has constraints, and the Hessian of the Lagrangian is known", new NewtonInteriorPoint { Method = new InteriorPoint { Bounds = bounds } }, f, isMany),
        IDifferentiableConstrainedFunction<double> f when n <= DenseVariables =>
            Local("the function is smooth and has constraints with a Jacobian", new Slsqp { Bounds = bounds }, f, isMany),
        IDifferentiableConstrainedFunction<double> f =>
            Local(Count(n, "the function has constraints with a Jacobian, and", "are too many for a dense matrix"), new AugmentedLagrangian { Bounds = bounds }, f, isMany),
        _ when n <= ModelVariables =>
            Local("the function has constraints of which only values are known", new Cobyla { Bounds = bounds }, (IFunction<double>)problem, isMany),
        _ => Local(
            Count(n, "only values of function and constraints are known, and", "are too many for models (derivatives are found by differences)"),
            new AugmentedLagrangian { Bounds = bounds },
            problem.WithFiniteDifferences(),
            isMany),
    };

    private static MethodChoice Residuals(IResidualFunction<double> problem, Bounds? bounds, bool isMany)
    {
        string reason = bounds is null ? "a sum of squares is best solved by its residuals" : "a sum of squares within bounds is best solved by its residuals";
        if (problem is not IDifferentiableResidualFunction<double> f)
        {
            reason += " (the Jacobian is found by differences)";
            f = problem.WithFiniteDifferences();
        }

        return bounds is null ? MethodChoice.Of(reason, new LevenbergMarquardt(), f) : Local(reason, new TrustRegionReflective { Bounds = bounds }, f, isMany);
    }

    private static MethodChoice Smooth(IDifferentiableFunction<double> problem, int n, Bounds? bounds, bool isMany) => problem switch
    {
        _ when bounds is not null => Local("the function has a gradient and the variables have bounds", new LbfgsB { Bounds = bounds }, problem, isMany),
        ITwiceDifferentiableFunction<double> f => MethodChoice.Of("the function has products with its Hessian", new TruncatedNewton(), f),
        _ when n <= DenseVariables => MethodChoice.Of(Count(n, "the function has a gradient, and a matrix of", "is small"), new Bfgs(), problem),
        _ => MethodChoice.Of(Count(n, "the function has a gradient, and", "are too many for a dense matrix"), new Lbfgs(), problem),
    };

    private static MethodChoice Local<TFunction>(string reason, ISolver<double, TFunction> solver, TFunction problem, bool isMany) where TFunction : IProblem<double> =>
        isMany ? MethodChoice.FromManyStarts(reason + ", from many starts because there are many minima", solver, problem) : MethodChoice.Of(reason, solver, problem);

    private static string Count(int n, string before, string after) => string.Create(CultureInfo.InvariantCulture, $"{before} {n} {(n == 1 ? "variable" : "variables")} {after}");

    private static SolverResult<double> Run(MethodChoice choice, ReadOnlySpan<double> start, RunOptions? options, CancellationToken cancellationToken)
    {
        SolverResult<double> result = choice.Start(start, options).Complete(choice.Problem, cancellationToken);
        return result with { Method = choice.Method, Message = $"By {choice}. {result.Message}" };
    }
}
