using System.Runtime.CompilerServices;

namespace OptiCore.Dynamics;

/// <summary>
/// The method of steps for delay differential equations: Dormand and Prince's pair, whose dense output of order 4 over the steps behind serves as the delayed states.
/// </summary>
/// <remarks>
/// <para>With constant delays the solution isn't smooth at the start plus sums of delays, each delay making it smoother by one derivative; the steps end there, up to the order of the method. With delays that depend on time or
/// state the error control finds such points. Where a delay is shorter than the step, the delayed state lies in the step itself, and the step is iterated.</para>
/// <para>Cost: six derivatives a step, for each iteration. No allocation in a step once the store of steps is large enough, which holds those up to the longest constant delay, or all where delays vary.</para>
/// <para>A. Bellen, M. Zennaro (2003), Numerical Methods for Delay Differential Equations; L. F. Shampine, S. Thompson (2001), Solving DDEs in MATLAB; the pair and its dense output after E. Hairer,
/// S. P. Nørsett, G. Wanner (1993), Solving Ordinary Differential Equations I, sections II.6 and II.17.</para>
/// </remarks>
[Algorithm("Method of steps", "Delay differential equations", "L. F. Shampine, S. Thompson (2001), Solving DDEs in MATLAB", Capabilities = "order 5, adaptive, constant or state-dependent delays, dense output")]
public sealed record MethodOfSteps
{
    /// <summary>The error allowed in a step relative to the size of a component, at least 0. Default: 1e-6.</summary>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The error allowed in a step for a component near zero. Default: 1e-9.</summary>
    public double AbsoluteTolerance { get; init => field = Require.Positive(value); } = 1e-9;

    /// <summary>The part of the predicted step size that is used, in (0, 1). Default: 0.9.</summary>
    public double Safety { get; init => field = Require.InOpen(value, 0, 1); } = 0.9;

    /// <summary>The smallest factor from one step size to the next, in (0, 1); also the factor after a step that wasn't finite or didn't settle. Default: 0.2.</summary>
    public double MinFactor { get; init => field = Require.InOpen(value, 0, 1); } = 0.2;

    /// <summary>The largest factor from one step size to the next, above 1. Default: 5.</summary>
    public double MaxFactor { get; init => field = value > 1 && double.IsFinite(value) ? value : throw Invalid(value, "must be above 1 and finite"); } = 5;

    /// <summary>The first step size, or null to choose it from the first derivative. Default: null.</summary>
    public double? InitialStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <summary>The largest step size. Default: no limit.</summary>
    public double MaxStep { get; init => field = value > 0 ? value : throw Invalid(value, "must be positive"); } = double.PositiveInfinity;

    /// <summary>The largest number of steps, accepted and rejected together. Default: 1,000,000.</summary>
    public long MaxSteps { get; init => field = Require.Positive(value); } = 1_000_000;

    /// <summary>How often a step is iterated whose delayed states lie in itself, at least 1. Default: 10.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 10;

    /// <summary>Times at or before the start where the history or its derivatives jump; the start itself counts always. Default: none.</summary>
    public ReadOnlyMemory<double> Discontinuities
    {
        get;
        init
        {
            Require.AllFinite(value.Span, nameof(Discontinuities));
            field = value.ToArray();
        }
    }

    /// <summary>Allocates what an integration needs.</summary>
    /// <param name="system">The equation, n state variables.</param>
    /// <param name="time">Where the integration starts.</param>
    /// <param name="history">Writes the state at and before the start. Called again while delayed times lie before it.</param>
    /// <param name="end">Where it ends, not before the start.</param>
    /// <param name="state">The state at the start where it isn't that of the history, n finite elements; else empty.</param>
    /// <exception cref="ArgumentException">A length differs, a number isn't finite, or the end lies before the start.</exception>
    public DdeState Start(IDdeSystem system, double time, HistoryDelegate history, double end, ReadOnlySpan<double> state = default) => new(this, system, time, history, end, state);

    private static ArgumentOutOfRangeException Invalid(double value, string expectation, [CallerMemberName] string name = "") =>
        new(name, value, FormattableString.Invariant($"{name} is {value} but {expectation}."));
}
