using System.Globalization;

namespace OptiCore.Dynamics;

/// <summary>
/// An optimal control problem in discrete time: minimise sum_k l(k, x(k), u(k)) + F(x(N)) subject to x(k+1) = f(k, x(k), u(k)) from a given x(0), with bounds of controls and, for methods that have them, constraints of
/// states and controls. Immutable.
/// </summary>
public sealed record TrajectoryProblem
{
    /// <summary>Makes a problem without constraints.</summary>
    /// <param name="system">The system.</param>
    /// <param name="cost">The cost, for as many state variables and controls.</param>
    /// <param name="steps">The number N of steps.</param>
    /// <exception cref="ArgumentException">The sizes of system and cost differ, or there is no step.</exception>
    public TrajectoryProblem(IDifferentiableDiscreteSystem system, ITwiceDifferentiableTrajectoryCost cost, int steps)
    {
        System = Require.NotNull(system);
        Cost = Require.NotNull(cost);
        Steps = Require.Positive(steps, nameof(steps));
        if (system.StateCount != cost.StateCount || system.ControlCount != cost.ControlCount)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The system has {system.StateCount} state variables and {system.ControlCount} controls, the cost {cost.StateCount} and {cost.ControlCount}."), nameof(cost));
        }
    }

    /// <summary>The system.</summary>
    public IDifferentiableDiscreteSystem System { get; }

    /// <summary>The cost.</summary>
    public ITwiceDifferentiableTrajectoryCost Cost { get; }

    /// <summary>The number N of steps.</summary>
    public int Steps { get; }

    /// <summary>The bounds of each control, or one for all; null for none.</summary>
    public Bounds? ControlBounds { get; init => field = Checked(value, System.ControlCount, nameof(ControlBounds)); }

    /// <summary>Constraints of every step, a function of the n + m variables (x, u); null for none.</summary>
    public TrajectoryConstraint? PathConstraint { get; init => field = Checked(value, System.StateCount + System.ControlCount, nameof(PathConstraint)); }

    /// <summary>Constraints of the last state, a function of n variables; null for none. <see cref="TrajectoryConstraint.Goal"/> fixes the state.</summary>
    public TrajectoryConstraint? TerminalConstraint { get; init => field = Checked(value, System.StateCount, nameof(TerminalConstraint)); }

    private static Bounds? Checked(Bounds? value, int count, string name) => value is null || value.Dimension == 0 || value.Dimension == count
        ? value
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {value.Dimension} intervals, expected {count} or one for all."), name);

    private static TrajectoryConstraint? Checked(TrajectoryConstraint? value, int count, string name) => value is null || value.Function.Dimension == count
        ? value
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} is a function of {value.Function.Dimension} variables, expected {count}."), name);
}

/// <summary>Constraints lower &lt;= c(z) &lt;= upper of a part of a trajectory. Equal sides are an equality.</summary>
/// <param name="Function">The function c with its Jacobian: <c>Function.FromResiduals(n, count, (z, c) => ...)</c>.</param>
/// <param name="Bounds">The interval of each component, or one for all.</param>
public sealed record TrajectoryConstraint(IDifferentiableResidualFunction<double> Function, Bounds Bounds)
{
    /// <summary>The function c.</summary>
    public IDifferentiableResidualFunction<double> Function { get; } = Require.NotNull(Function);

    /// <summary>The interval of each component.</summary>
    public Bounds Bounds { get; } = Require.NotNull(Bounds);

    /// <summary>The constraint that a state is a given one.</summary>
    /// <param name="state">The state.</param>
    public static TrajectoryConstraint Goal(ReadOnlySpan<double> state) => new(new Identity(state.Length), new Bounds(state, state));

    private sealed class Identity(int count) : IDifferentiableResidualFunction<double>
    {
        public int Dimension => count;

        public int ResidualCount => count;

        public void Residuals(ReadOnlySpan<double> x, Span<double> residuals) => x.CopyTo(residuals);

        public void ResidualsAndJacobian(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian)
        {
            x.CopyTo(residuals);
            jacobian.Clear();
            for (int i = 0; i < count; i++)
                jacobian[(i * count) + i] = 1;
        }
    }
}
