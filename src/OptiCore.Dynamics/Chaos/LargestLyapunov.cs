namespace OptiCore.Dynamics;

/// <summary>
/// The largest Lyapunov exponent from two trajectories: a second state at a small distance d0 follows the first, and after each interval it is put back to d0 in the direction to which it
/// has moved; lambda is the mean of log(d / d0) over the time.
/// </summary>
/// <remarks>
/// The distance must be small against the attractor and large against rounding, about 1e-16 of the state's size: the error of each is of that order relative to d0. Cost: two states. Needs no
/// Jacobian; <see cref="LyapunovSpectrum"/> with one vector does the same without the finite distance.
/// </remarks>
[Algorithm("Largest Lyapunov exponent", "Chaos", "G. Benettin, L. Galgani, J.-M. Strelcyn (1976), Kolmogorov entropy and numerical experiments")]
public sealed record LargestLyapunov
{
    /// <summary>The distance d0. Default: 1e-7.</summary>
    public double Separation { get; init => field = Require.Positive(value); } = 1e-7;

    /// <summary>The time after which the distance of a flow is put back. Default: 1.</summary>
    public double Interval { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The iterations after which the distance of a map is put back. Default: 1.</summary>
    public int Iterations { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How long is averaged. Default: 1000 intervals after 100.</summary>
    public LyapunovAverage Average { get; init => field = Require.NotNull(value, nameof(Average)); } = new();

    /// <summary>The integrator of flows. Default: Dormand and Prince 5(4) at relative tolerance 1e-9, without a limit of steps.</summary>
    public ExplicitRungeKutta Method { get; init => field = Require.NotNull(value, nameof(Method)); } = new() { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11, MaxSteps = long.MaxValue };

    /// <summary>Starts the computation for a flow. Nothing is evaluated yet.</summary>
    /// <param name="system">The right-hand side, n state variables.</param>
    /// <param name="start">The state at time 0, n finite elements.</param>
    /// <exception cref="ArgumentException">The length differs, or a number isn't finite.</exception>
    public LyapunovRun StartFlow(IOdeSystem system, ReadOnlySpan<double> start)
    {
        ArgumentNullException.ThrowIfNull(system);
        return new LyapunovRun(new TwoTrajectories(Method, system, start, Interval, Separation), Average, Interval);
    }

    /// <summary>Starts the computation for a map. Nothing is evaluated yet.</summary>
    /// <param name="map">The map.</param>
    /// <param name="start">The first state, finite elements.</param>
    /// <exception cref="ArgumentException">A number isn't finite.</exception>
    public LyapunovRun StartMap(MapDelegate map, ReadOnlySpan<double> start)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new LyapunovRun(new TwoTrajectories(map, start, Iterations, Separation), Average, Iterations);
    }

    /// <summary>The exponent of a flow.</summary>
    /// <param name="system">The right-hand side, n state variables.</param>
    /// <param name="start">The state at time 0, n finite elements.</param>
    /// <param name="cancellationToken">Ends the run between two intervals; what was reached is kept.</param>
    /// <exception cref="ArgumentException">The length differs, or a number isn't finite.</exception>
    public LyapunovResult OfFlow(IOdeSystem system, ReadOnlySpan<double> start, CancellationToken cancellationToken = default) => StartFlow(system, start).Finish(cancellationToken);

    /// <summary>The exponent of a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="start">The first state, finite elements.</param>
    /// <param name="cancellationToken">Ends the run between two intervals; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A number isn't finite.</exception>
    public LyapunovResult OfMap(MapDelegate map, ReadOnlySpan<double> start, CancellationToken cancellationToken = default) => StartMap(map, start).Finish(cancellationToken);
}
