using System.Globalization;

namespace OptiCore.Dynamics;

/// <summary>
/// An optimal control problem in continuous time: minimise the integral of l(t, x, u) over [0, T], plus F(x(T)), plus w T, subject to x' = f(t, x, u), to states at both ends, bounds and path constraints; the duration T is given or free.
/// Immutable.
/// </summary>
public sealed record OptimalControlProblem
{
    private readonly double[] _start, _end;

    /// <summary>Makes a problem.</summary>
    /// <param name="system">The system.</param>
    /// <param name="start">The state at 0, n elements; NaN for a component that is free.</param>
    /// <param name="end">The state at T, n elements; NaN for a component that is free; empty where all are.</param>
    /// <param name="duration">The duration T; where it is free, its first guess.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, an element is infinite, or the duration isn't positive.</exception>
    public OptimalControlProblem(IDifferentiableControlSystem system, ReadOnlySpan<double> start, ReadOnlySpan<double> end, double duration)
    {
        System = Require.NotNull(system);
        _start = Ends(start, system.StateCount, nameof(start));
        _end = Ends(end, end.IsEmpty ? 0 : system.StateCount, nameof(end));
        if (end.IsEmpty)
        {
            _end = new double[system.StateCount];
            _end.AsSpan().Fill(double.NaN);
        }

        Duration = Require.Positive(duration, nameof(duration));
        (MinDuration, MaxDuration) = (duration, duration);
    }

    /// <summary>The system.</summary>
    public IDifferentiableControlSystem System { get; }

    /// <summary>The state at 0; NaN where it is free.</summary>
    public ReadOnlySpan<double> Start => _start;

    /// <summary>The state at T; NaN where it is free.</summary>
    public ReadOnlySpan<double> End => _end;

    /// <summary>The duration, or its first guess.</summary>
    public double Duration { get; }

    /// <summary>The smallest duration. Default: the duration.</summary>
    public double MinDuration { get; init => field = Require.Positive(value); }

    /// <summary>The largest duration. Default: the duration.</summary>
    public double MaxDuration { get; init => field = Require.Positive(value); }

    /// <summary>The rate l and the cost F of the end; null for none.</summary>
    public ITwiceDifferentiableTrajectoryCost? Cost
    {
        get;
        init => field = value is null || (value.StateCount == System.StateCount && value.ControlCount == System.ControlCount)
            ? value
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Cost is of {value.StateCount} state variables and {value.ControlCount} controls, the system has {System.StateCount} and {System.ControlCount}."), nameof(Cost));
    }

    /// <summary>The weight w of the duration: 1 and no other cost for the least time. Default: 0.</summary>
    public double DurationWeight { get; init => field = Require.Finite(value); }

    /// <summary>The bounds of each state variable, or one for all; null for none.</summary>
    public Bounds? StateBounds { get; init => field = Checked(value, System.StateCount, nameof(StateBounds)); }

    /// <summary>The bounds of each control, or one for all; null for none.</summary>
    public Bounds? ControlBounds { get; init => field = Checked(value, System.ControlCount, nameof(ControlBounds)); }

    /// <summary>Constraints along the path, a function of the n + m variables (x, u); null for none.</summary>
    public TrajectoryConstraint? PathConstraint
    {
        get;
        init => field = value is null || value.Function.Dimension == System.StateCount + System.ControlCount
            ? value
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"PathConstraint is a function of {value.Function.Dimension} variables, expected {System.StateCount + System.ControlCount}."), nameof(PathConstraint));
    }

    private static Bounds? Checked(Bounds? value, int count, string name) => value is null || value.Dimension == 0 || value.Dimension == count
        ? value
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {value.Dimension} intervals, expected {count} or one for all."), name);

    private static double[] Ends(ReadOnlySpan<double> state, int count, string name)
    {
        Require.Length(state.Length, count, name);
        for (int i = 0; i < state.Length; i++)
        {
            if (double.IsInfinity(state[i]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}] is {state[i]}; it must be finite, or NaN where it is free."), name);
        }

        return state.ToArray();
    }
}
