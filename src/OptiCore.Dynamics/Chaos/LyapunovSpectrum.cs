namespace OptiCore.Dynamics;

/// <summary>
/// Lyapunov exponents by following k tangent vectors, v' = (df/dy) v, along a trajectory and making them orthonormal again after each interval: V = R Q, and
/// lambda[i] is the mean of log R(i,i) over the time. With k = n the whole spectrum.
/// </summary>
/// <remarks>
/// <para>State and vectors are integrated together, n (k + 1) equations, with the method's tolerance on all of them. Without a Jacobian the products with it are central differences, two
/// evaluations a vector, good to about 1e-10 of the size of the state.</para>
/// <para>The interval must be short enough that the vectors stay apart: about 20 over the difference between the largest and the smallest exponent that are asked for; and not much shorter than some
/// steps, since each interval begins with a new step. No allocation after the start.</para>
/// <para>Prefer <see cref="LargestLyapunov"/> where only one exponent is asked for and no Jacobian is at hand, and <see cref="RosensteinExponent"/>, <see cref="KantzExponent"/> or <see cref="WolfExponent"/> where
/// there are only data.</para>
/// </remarks>
[Algorithm("Lyapunov spectrum", "Chaos", "G. Benettin, L. Galgani, A. Giorgilli, J.-M. Strelcyn (1980), Lyapunov characteristic exponents for smooth dynamical systems and for Hamiltonian systems; a method for computing all of them")]
public sealed record LyapunovSpectrum
{
    /// <summary>The number k of exponents, the largest first, or null for all n. Default: null.</summary>
    public int? Count { get; init => field = value is { } count ? Require.Positive(count) : null; }

    /// <summary>The time between two orthonormalizations of a flow. Default: 1.</summary>
    public double Interval { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The iterations between two orthonormalizations of a map. Default: 1.</summary>
    public int Iterations { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How long is averaged. Default: 1000 intervals after 100.</summary>
    public LyapunovAverage Average { get; init => field = Require.NotNull(value, nameof(Average)); } = new();

    /// <summary>The integrator of flows. Default: Dormand and Prince 5(4) at relative tolerance 1e-7, without a limit of steps.</summary>
    public ExplicitRungeKutta Method { get; init => field = Require.NotNull(value, nameof(Method)); } = new() { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9, MaxSteps = long.MaxValue };

    /// <summary>Starts the computation for a flow. Nothing is evaluated yet.</summary>
    /// <param name="system">The right-hand side, n state variables.</param>
    /// <param name="jacobian">Its Jacobian, or null for differences.</param>
    /// <param name="start">The state at time 0, n finite elements.</param>
    /// <exception cref="ArgumentException">A length differs, a number isn't finite, or more exponents are asked for than there are.</exception>
    public LyapunovRun StartFlow(IOdeSystem system, FlowJacobian? jacobian, ReadOnlySpan<double> start)
    {
        ArgumentNullException.ThrowIfNull(system);
        return new LyapunovRun(new FlowMotion(Method, system, jacobian, start, CountOf(system.Dimension), Interval), Average, Interval);
    }

    /// <summary>Starts the computation for a map. Nothing is evaluated yet.</summary>
    /// <param name="map">The map.</param>
    /// <param name="jacobian">Its Jacobian.</param>
    /// <param name="start">The first state, finite elements; their number is n.</param>
    /// <exception cref="ArgumentException">A number isn't finite, or more exponents are asked for than there are.</exception>
    public LyapunovRun StartMap(MapDelegate map, MapJacobian jacobian, ReadOnlySpan<double> start)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(jacobian);
        return new LyapunovRun(new MapMotion(map, jacobian, start, CountOf(start.Length), Iterations), Average, Iterations);
    }

    /// <summary>The exponents of a flow.</summary>
    /// <param name="system">The right-hand side, n state variables.</param>
    /// <param name="jacobian">Its Jacobian, or null for differences.</param>
    /// <param name="start">The state at time 0, n finite elements.</param>
    /// <param name="cancellationToken">Ends the run between two intervals; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A length differs, a number isn't finite, or more exponents are asked for than there are.</exception>
    public LyapunovResult OfFlow(IOdeSystem system, FlowJacobian? jacobian, ReadOnlySpan<double> start, CancellationToken cancellationToken = default) =>
        StartFlow(system, jacobian, start).Finish(cancellationToken);

    /// <summary>The exponents of a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="jacobian">Its Jacobian.</param>
    /// <param name="start">The first state, finite elements; their number is n.</param>
    /// <param name="cancellationToken">Ends the run between two intervals; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A number isn't finite, or more exponents are asked for than there are.</exception>
    public LyapunovResult OfMap(MapDelegate map, MapJacobian jacobian, ReadOnlySpan<double> start, CancellationToken cancellationToken = default) =>
        StartMap(map, jacobian, start).Finish(cancellationToken);

    private int CountOf(int n) => Count is not { } count || count <= n
        ? Count ?? n
        : throw new ArgumentException(FormattableString.Invariant($"{nameof(Count)} is {count} but the state has only {n} variables."));
}
