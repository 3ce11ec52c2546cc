using System.Numerics;
using OptiCore.Optimizers;
using OptiCore.Solving;

namespace OptiCore;

public static partial class Minimize
{
    /// <summary>Runs an update rule to its end.</summary>
    /// <typeparam name="T">The element type of points: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule, for example <c>new ClipByNorm(1).Then(new AdamW())</c>.</param>
    /// <param name="function">The function with its gradient.</param>
    /// <param name="start">The starting point, n finite elements.</param>
    /// <param name="options">Limits and reports.</param>
    /// <param name="cancellationToken">Ends the run with the best point so far; never throws.</param>
    /// <remarks>Stops when the largest gradient component is 1e-6; <see cref="FirstOrder"/> has the choice.</remarks>
    /// <exception cref="ArgumentException">The starting point has the wrong length or an element that isn't finite.</exception>
    /// <exception cref="NotSupportedException">The element type is another one.</exception>
    public static SolverResult<T> Run<T>(
        IUpdateRule rule, IDifferentiableFunction<T> function, ReadOnlySpan<T> start, RunOptions? options = null, CancellationToken cancellationToken = default)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Start(rule, function, start, options).Complete(function, cancellationToken);

    /// <summary>Starts a run of an update rule that the caller drives.</summary>
    /// <typeparam name="T">The element type of points: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule.</param>
    /// <param name="function">The function, of which only the sizes are used here.</param>
    /// <param name="start">The starting point, n finite elements.</param>
    /// <param name="options">Limits and reports.</param>
    /// <exception cref="ArgumentException">The starting point has the wrong length or an element that isn't finite.</exception>
    /// <exception cref="NotSupportedException">The element type is another one.</exception>
    public static SolverRun<T> Start<T>(IUpdateRule rule, IDifferentiableFunction<T> function, ReadOnlySpan<T> start, RunOptions? options = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rule);
        object solver = new FirstOrder(rule);
        return solver is ISolver<T, IDifferentiableFunction<T>> typed
            ? Start(typed, function, start, options)
            : throw new NotSupportedException($"Update rules work on float and double, not on {typeof(T).Name}.");
    }
}
