namespace OptiCore.Dynamics;

/// <summary>
/// Integrates many trajectories of one system from different states, with different parameters, over one interval: eight at a time in the lanes of vector registers, each
/// with steps of its own, and in blocks over threads.
/// <code>
/// OdeEnsembleResult result = OdeEnsemble.Solve(new ExplicitRungeKutta(), new Lorenz(), starts, parameters, (0, 10), workers: Workers.AllCores);
/// </code>
/// </summary>
/// <remarks>
/// A trajectory doesn't depend on the others: its bits are the same alone, in any lane, in any order and on any number of threads. It isn't, to the last bit, the one of
/// <see cref="Ode.Solve(OdeMethod, IOdeSystem, ValueTuple{double, double}, ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{OdeEvent}, CancellationToken)"/>, whose sums are rounded in another order.
/// A lane whose trajectory ends takes the next one, so that differing lengths cost little.
/// </remarks>
public static class OdeEnsemble
{
    // So many trajectories are a piece of work: enough to hide the last, half-empty round of lanes.
    private const int Block = 128;

    /// <summary>Solves an ensemble of initial value problems.</summary>
    /// <typeparam name="TSystem">The system.</typeparam>
    /// <param name="method">The method: any explicit tableau, with adaptive or fixed steps.</param>
    /// <param name="system">The right-hand side, n state variables and m parameters.</param>
    /// <param name="starts">The states at the start, count x n, row-major, finite.</param>
    /// <param name="parameters">The parameters: count x m, row-major, or m for all of them, or none if m is 0.</param>
    /// <param name="span">The interval; the end may lie before the start.</param>
    /// <param name="saveAt">The times to save, inside the interval and in the order of integration. If empty, only the ends are kept.</param>
    /// <param name="workers">Who does the work; null for the calling thread alone.</param>
    /// <param name="cancellationToken">Ends the work between two blocks of trajectories.</param>
    /// <exception cref="ArgumentException">Lengths don't agree, a number isn't finite, or the times aren't ordered inside the interval.</exception>
    /// <exception cref="InvalidOperationException">The tableau has no error estimate, and no fixed step is set.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public static OdeEnsembleResult Solve<TSystem>(
        ExplicitRungeKutta method,
        TSystem system,
        ReadOnlySpan<double> starts,
        ReadOnlySpan<double> parameters,
        (double Start, double End) span,
        ReadOnlySpan<double> saveAt = default,
        IWorkers? workers = null,
        CancellationToken cancellationToken = default)
        where TSystem : struct, IRealSystem
    {
        ArgumentNullException.ThrowIfNull(method);
        method.EnsureSteps();
        Require.Finite(span.Start, nameof(span));
        Require.Finite(span.End, nameof(span));
        Ode.CheckTimes(saveAt, span.Start, span.End);
        int n = Require.Positive(system.Dimension, nameof(system)), m = Require.NonNegative(system.ParameterCount, nameof(system));
        int count = starts.Length / n;
        if (starts.Length % n != 0)
            throw new ArgumentException(FormattableString.Invariant($"starts has {starts.Length} elements, not a multiple of the dimension {n}."), nameof(starts));
        Require.AllFinite(starts, nameof(starts));
        bool shared = parameters.Length == m && count != 1;
        if (!shared)
            Require.Length(parameters.Length, checked(count * m), nameof(parameters));
        if (!method.AbsoluteTolerances.IsEmpty)
            Require.Length(method.AbsoluteTolerances.Length, n, nameof(OdeMethod.AbsoluteTolerances));

        var result = new OdeEnsembleResult(count, n, saveAt);
        double[] from = starts.ToArray(), values = parameters.ToArray();
        int blocks = (count + Block - 1) / Block;
        (workers ?? Workers.Serial).ForEach(
            blocks,
            block =>
            {
                int first = block * Block;
                new LaneIntegrator<TSystem>(method, system, from, values, shared, span, result).Run(first, Math.Min(first + Block, count));
            },
            cancellationToken);
        return result;
    }

    /// <summary>Solves initial value problems by any method, one by one, over threads.</summary>
    /// <param name="count">The number of trajectories.</param>
    /// <param name="start">Starts the integration of a trajectory: a function of its number alone, called from several threads.</param>
    /// <param name="saveAt">The times to save, inside the interval and in the order of integration. If empty, start and end of every step are saved.</param>
    /// <param name="workers">Who does the work; null for the calling thread alone.</param>
    /// <param name="cancellationToken">Ends the work; what was reached is kept in the results.</param>
    /// <exception cref="ArgumentException">The times aren't ordered inside the interval.</exception>
    public static OdeResult[] Solve(
        int count, Func<int, OdeState> start, ReadOnlyMemory<double> saveAt = default, IWorkers? workers = null, CancellationToken cancellationToken = default)
    {
        Require.NonNegative(count);
        ArgumentNullException.ThrowIfNull(start);
        var results = new OdeResult[count];
        (workers ?? Workers.Serial).ForEach(count, i => results[i] = Ode.Solve(start(i), saveAt.Span, cancellationToken), CancellationToken.None);
        return results;
    }
}
