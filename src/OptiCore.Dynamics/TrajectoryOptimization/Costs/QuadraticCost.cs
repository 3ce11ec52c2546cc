namespace OptiCore.Dynamics;

/// <summary>
/// The quadratic cost 1/2 (x - X)'Q (x - X) + 1/2 (u - U)'R (u - U) of a step and 1/2 (x - X)'F (x - X) of the end, around one goal or along references. Immutable.
/// </summary>
public sealed class QuadraticCost : ITwiceDifferentiableTrajectoryCost
{
    private readonly double[] _q, _r, _terminal, _states, _controls;

    /// <summary>A cost around a goal or along references.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="q">The symmetric matrix Q, n x n, or its diagonal, n elements.</param>
    /// <param name="r">The symmetric matrix R, m x m, or its diagonal, m elements.</param>
    /// <param name="terminal">The symmetric matrix F, n x n, or its diagonal; empty for 0.</param>
    /// <param name="goal">The state X, n elements, or one for every step and the end, (N + 1) x n, of which the last is held beyond; empty for 0.</param>
    /// <param name="control">The control U, m elements, or one for every step, N x m; empty for 0.</param>
    /// <exception cref="ArgumentException">A size doesn't fit, an element isn't finite, or a matrix isn't symmetric.</exception>
    public QuadraticCost(
        int states, int controls, ReadOnlySpan<double> q, ReadOnlySpan<double> r, ReadOnlySpan<double> terminal = default, ReadOnlySpan<double> goal = default, ReadOnlySpan<double> control = default)
    {
        int n = StateCount = Require.Positive(states, nameof(states)), m = ControlCount = Require.Positive(controls, nameof(controls));
        _q = Square(q, n, nameof(q));
        _r = Square(r, m, nameof(r));
        _terminal = terminal.IsEmpty ? new double[n * n] : Square(terminal, n, nameof(terminal));
        _states = goal.IsEmpty ? new double[n] : goal.ToArray();
        Require.AllFinite(goal, nameof(goal));
        if (goal.Length % n != 0)
            throw new ArgumentException(FormattableString.Invariant($"goal has {goal.Length} elements, not a multiple of {n}."), nameof(goal));
        _controls = control.IsEmpty ? new double[m] : control.ToArray();
        Require.AllFinite(control, nameof(control));
        if (_controls.Length % m != 0)
            throw new ArgumentException(FormattableString.Invariant($"control has {control.Length} elements, not a multiple of {m}."), nameof(control));
    }

    /// <inheritdoc/>
    public int StateCount { get; }

    /// <inheritdoc/>
    public int ControlCount { get; }

    /// <inheritdoc/>
    public double Stage(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u) => (0.5 * Form(_q, x, GoalState(t))) + (0.5 * Form(_r, u, GoalControl(t)));

    /// <inheritdoc/>
    public double Terminal(ReadOnlySpan<double> x) => 0.5 * Form(_terminal, x, GoalState(double.PositiveInfinity));

    /// <inheritdoc/>
    public double StageAndDerivatives(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, in CostDerivatives derivatives)
    {
        _q.CopyTo(derivatives.XX);
        _r.CopyTo(derivatives.UU);
        derivatives.UX.Clear();
        return (0.5 * Gradient(_q, x, GoalState(t), derivatives.X)) + (0.5 * Gradient(_r, u, GoalControl(t), derivatives.U));
    }

    /// <inheritdoc/>
    public double TerminalAndDerivatives(ReadOnlySpan<double> x, Span<double> gradient, Span<double> hessian)
    {
        _terminal.CopyTo(hessian);
        return 0.5 * Gradient(_terminal, x, GoalState(double.PositiveInfinity), gradient);
    }

    private static double[] Square(ReadOnlySpan<double> values, int n, string name)
    {
        if (values.Length != n || n == 1)
            return Matrices.Symmetric(values, n, name);
        Require.AllFinite(values, name);
        double[] matrix = new double[n * n];
        for (int i = 0; i < n; i++)
            matrix[(i * n) + i] = values[i];
        return matrix;
    }

    private static double Form(ReadOnlySpan<double> matrix, ReadOnlySpan<double> x, ReadOnlySpan<double> goal)
    {
        int n = x.Length;
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            double row = 0;
            for (int j = 0; j < n; j++)
                row += matrix[(i * n) + j] * (x[j] - goal[j]);
            sum += row * (x[i] - goal[i]);
        }

        return sum;
    }

    private static double Gradient(ReadOnlySpan<double> matrix, ReadOnlySpan<double> x, ReadOnlySpan<double> goal, Span<double> gradient)
    {
        int n = x.Length;
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            double row = 0;
            for (int j = 0; j < n; j++)
                row += matrix[(i * n) + j] * (x[j] - goal[j]);
            gradient[i] = row;
            sum += row * (x[i] - goal[i]);
        }

        return sum;
    }

    private ReadOnlySpan<double> GoalState(double t) => At(_states, StateCount, t);

    private ReadOnlySpan<double> GoalControl(double t) => At(_controls, ControlCount, t);

    private static ReadOnlySpan<double> At(double[] values, int width, double t)
    {
        int count = values.Length / width;
        return values.AsSpan((count == 1 ? 0 : (int)Math.Clamp(Math.Round(t), 0, count - 1)) * width, width);
    }
}
