using System.Numerics;
using OptiCore.Solving;

namespace OptiCore;

/// <summary>Minimises functions: the short way into every optimizer.</summary>
public static partial class Minimize
{
    /// <summary>Runs an algorithm to its end.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <typeparam name="TFunction">What the algorithm needs of the problem.</typeparam>
    /// <param name="solver">The algorithm.</param>
    /// <param name="function">The function, or the residuals of a least-squares problem.</param>
    /// <param name="start">The starting point, n finite elements.</param>
    /// <param name="options">Limits and reports.</param>
    /// <param name="cancellationToken">Ends the run with the best point so far; never throws.</param>
    /// <exception cref="ArgumentException">The starting point has the wrong length, an element that isn't finite or one outside the bounds.</exception>
    public static SolverResult<T> Run<T, TFunction>(
        ISolver<T, TFunction> solver, TFunction function, ReadOnlySpan<T> start, RunOptions? options = null, CancellationToken cancellationToken = default)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : IProblem<T> =>
        Start(solver, function, start, options).Complete(function, cancellationToken);

    /// <summary>Starts a run that the caller drives: step by step, by enumeration or by ask and tell.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <typeparam name="TFunction">What the algorithm needs of the problem.</typeparam>
    /// <param name="solver">The algorithm.</param>
    /// <param name="function">The function, of which only the sizes are used here.</param>
    /// <param name="start">The starting point, n finite elements.</param>
    /// <param name="options">Limits and reports.</param>
    /// <exception cref="ArgumentException">The starting point has the wrong length, an element that isn't finite or one outside the bounds.</exception>
    public static SolverRun<T> Start<T, TFunction>(ISolver<T, TFunction> solver, TFunction function, ReadOnlySpan<T> start, RunOptions? options = null)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : IProblem<T>
    {
        ArgumentNullException.ThrowIfNull(solver);
        ArgumentNullException.ThrowIfNull(function);
        RequirePoint(start);
        return SolverRun<T>.Start(solver, ProblemShape.Of(function, start.Length), start, options);
    }

    private static void RequirePoint<T>(ReadOnlySpan<T> start)
    {
        if (start.IsEmpty)
            throw new ArgumentException("The starting point is empty: it needs an element for each variable.", nameof(start));
    }
}
