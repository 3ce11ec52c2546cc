using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>Where the backward integration of <see cref="OdeAdjoint"/> takes the solution from.</summary>
public enum AdjointTrajectory
{
    /// <summary>The forward run's dense output, all of it kept: the fastest, with memory for every step.</summary>
    Interpolating,

    /// <summary>Some states of the forward run, from which each stretch is integrated again to the same bits: little memory, one more forward run.</summary>
    Checkpointed,

    /// <summary>Integrated backward together with the adjoint: no memory, but only for systems that are stable backward too; a dissipative or chaotic one isn't.</summary>
    Backsolve,
}

/// <summary>One term of a loss: a function of the state at one of the times.</summary>
/// <param name="index">The number of the time, from 0.</param>
/// <param name="state">The state there, n elements.</param>
/// <param name="gradient">Receives the term's derivative in the state, n elements, all 0 at first.</param>
/// <returns>The term.</returns>
public delegate double OdeLoss(int index, ReadOnlySpan<double> state, Span<double> gradient);

/// <summary>A loss and its gradient.</summary>
public sealed record OdeAdjointResult
{
    /// <summary>The outcome in one word.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why it ended, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The loss, the sum of its terms; NaN where a time wasn't reached.</summary>
    public required double Loss { get; init; }

    /// <summary>dL/dp, m elements; NaN where the run didn't complete.</summary>
    public required double[] Parameters { get; init; }

    /// <summary>dL/dy0, n elements; NaN where the run didn't complete.</summary>
    public required double[] Start { get; init; }

    /// <summary>What the forward integration has cost.</summary>
    public required OdeCounts Forward { get; init; }

    /// <summary>What the backward integration has cost, repeated forward stretches not counted.</summary>
    public required OdeCounts Backward { get; init; }

    /// <summary>This result if the run completed.</summary>
    /// <exception cref="SolverException">It didn't; the message says why.</exception>
    public OdeAdjointResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);
}

/// <summary>
/// The gradient of a loss L = sum over k of l_k(y(t_k)) in the parameters and the start of an initial value problem, by the adjoint equation: lambda' = -(df/dy)' lambda backward in
/// time, with a jump dl_k/dy at each t_k; then dL/dy0 = lambda(t0) and dL/dp = integral of lambda' df/dp.
/// <code>
/// OdeAdjointResult gradient = new OdeAdjoint().Solve(new ExplicitRungeKutta(), system, p, 0, y0, times, (k, y, g) => { g[0] = y[0] - data[k]; return 0.5 * g[0] * g[0]; });
/// </code>
/// </summary>
/// <remarks>
/// <para>A loss with a running cost, the integral of r(t, y, p), is one with a further state variable whose derivative is r.</para>
/// <para>Cost: one integration forward and one backward, of n + m variables (2 n + m for <see cref="AdjointTrajectory.Backsolve"/>), whatever the number of parameters; one more forward
/// for <see cref="AdjointTrajectory.Checkpointed"/>. The absolute tolerance of the way back is one of the gradient: scale the loss so that it fits. The gradient is that of the exact solution up to the tolerances, not that of the computed one to the last bit.</para>
/// <para>Over a <see cref="Splitting"/> it is: the transposed derivatives of the flows are applied in reverse order, which is the gradient of the computed steps and their dense output up to rounding, at any step size. Checkpoints and kept states are as above; the backsolve
/// follows the flows back, which is exact where every part can go back, as a Hamiltonian's can and diffusion can't.</para>
/// <para>Y. Cao, S. Li, L. Petzold, R. Serban (2003), Adjoint sensitivity analysis for differential-algebraic equations; R. T. Q. Chen et al. (2018), Neural ordinary differential
/// equations, for the backsolve; A. C. Hindmarsh et al. (2005), SUNDIALS, for checkpoints.</para>
/// </remarks>
[Algorithm("Adjoint sensitivities", "Sensitivity", "Y. Cao, S. Li, L. Petzold, R. Serban (2003), Adjoint sensitivity analysis for differential-algebraic equations", Capabilities = "interpolating, checkpointed, backsolve")]
public sealed record OdeAdjoint
{
    /// <summary>Where the backward integration takes the solution from. Default: the kept dense output.</summary>
    public AdjointTrajectory Trajectory { get; init => field = Require.Defined(value); } = AdjointTrajectory.Interpolating;

    /// <summary>With <see cref="AdjointTrajectory.Checkpointed"/>, how many steps of the forward run lie between two kept states. The square root of their number needs the least memory. Default: 64.</summary>
    public int StepsBetweenCheckpoints { get; init => field = Require.Positive(value); } = 64;

    /// <summary>Computes a loss and its gradient.</summary>
    /// <param name="method">The method, forward and backward. A <see cref="Splitting"/> takes an <see cref="IAdjointSplitOde"/>. A tolerance for each component, if given, is that of the n state variables.</param>
    /// <param name="system">The right-hand side with its products.</param>
    /// <param name="parameters">The parameters, m finite elements.</param>
    /// <param name="start">The time at which the integration starts.</param>
    /// <param name="state">The state there, n finite elements.</param>
    /// <param name="times">The times of the loss's terms, at least one, in the order of integration, which may be backward; the last ends it.</param>
    /// <param name="loss">The terms of the loss.</param>
    /// <param name="cancellationToken">Ends the work between two steps; the result says so.</param>
    /// <exception cref="ArgumentException">Lengths differ, a number isn't finite, there is no time, they aren't ordered, or the method needs a structure that the system or the adjoint equation hasn't.</exception>
    public OdeAdjointResult Solve(
        OdeMethod method,
        IAdjointOde system,
        ReadOnlySpan<double> parameters,
        double start,
        ReadOnlySpan<double> state,
        ReadOnlySpan<double> times,
        OdeLoss loss,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(loss);
        Require.Length(parameters.Length, system.ParameterCount, nameof(parameters));
        Require.AllFinite(parameters, nameof(parameters));
        Require.Finite(start);
        if (times.IsEmpty)
            throw new ArgumentException("There is no time at which the loss is measured.", nameof(times));
        Ode.CheckTimes(times, start, Require.Finite(times[^1], nameof(times)));
        if (method is Splitting splitting)
        {
            return system is IAdjointSplitOde split
                ? new SplittingAdjointRun(this, splitting, split, parameters, start, state, times, loss, cancellationToken).Solve()
                : throw new ArgumentException($"system is {system.GetType().Name} but must be an {nameof(IAdjointSplitOde)} ({nameof(ParametricOde)}.{nameof(ParametricOde.TraceSplit)}): over a splitting the way back follows the flows of the parts.", nameof(system));
        }

        OdeMethod.RequireAnySystem(method, $"the adjoint equation isn't one. Its exact flows, if known, serve {nameof(Splitting)}, with the same schemes; otherwise take a method for any right-hand side, such as {nameof(ExplicitRungeKutta)}");
        return new ContinuousAdjointRun(this, method, system, parameters, start, state, times, loss, cancellationToken).Solve();
    }
}
