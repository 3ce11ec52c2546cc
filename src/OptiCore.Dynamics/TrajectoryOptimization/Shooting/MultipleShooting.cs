using OptiCore.Optimizers;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// Direct multiple shooting: controls and the states at the beginning of every step are the variables of a nonlinear program, and that a step ends where the next begins is its constraint. Takes the same problem as
/// <see cref="IterativeLqr"/>, with constraints of path and end, and needs no first trajectory that obeys the system: unstable systems do no harm.
/// </summary>
/// <remarks>
/// <para>The program is solved by an interior point method with the exact Hessian of the Lagrangian, which is a block for each step; the curvature of the system is its own (<see cref="ITwiceDifferentiableDiscreteSystem"/>) or a central
/// difference of Jacobians. Matrices are dense in the optimizer: for some hundred variables. Discretize with substeps (<see cref="ControlSystem.Discretize(IDifferentiableControlSystem, double, ButcherTableau?, int)"/>) where a step is long.</para>
/// <para>H. G. Bock, K. J. Plitt (1984), A multiple shooting algorithm for direct solution of optimal control problems.</para>
/// </remarks>
[Algorithm("Multiple shooting", "Trajectory optimization", "Bock, Plitt (1984), A multiple shooting algorithm for direct solution of optimal control problems", Capabilities = "path and terminal constraints, bounds of states and controls")]
public sealed record MultipleShooting
{
    /// <summary>The bounds of each state variable, or one for all, from the second state on; null for none.</summary>
    public Bounds? StateBounds { get; init; }

    /// <summary>The optimizer; its bounds are set by the problem. Default: <see cref="NewtonInteriorPoint"/> with its defaults.</summary>
    public NewtonInteriorPoint Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new();

    /// <summary>The limits of the optimizer's run. Default: 500 iterations.</summary>
    public RunOptions Run { get; init => field = Require.NotNull(value, nameof(Run)); } = new() { MaxIterations = 500 };

    /// <summary>The nonlinear program and the bounds of its variables, for any optimizer: u(0), x(1), u(1), ..., x(N).</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="start">The first state, n elements.</param>
    /// <remarks>The program has buffers of its own: it is for one thread at a time.</remarks>
    public (ITwiceDifferentiableConstrainedFunction<double> Program, Bounds Bounds) Transcribe(TrajectoryProblem problem, ReadOnlySpan<double> start)
    {
        var program = new ShootingProgram(Require.NotNull(problem), start);
        return (program, program.VariableBounds(StateBounds));
    }

    /// <summary>Solves a problem.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="start">The first state, n finite elements.</param>
    /// <param name="states">The guess of the states, (N + 1) x n, of which the first isn't looked at; empty for the start in every step.</param>
    /// <param name="controls">The guess of the controls, N x m; empty for zero.</param>
    /// <param name="cancellationToken">Ends the run between two evaluations; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A length doesn't fit or a number isn't finite.</exception>
    public TrajectoryResult Solve(
        TrajectoryProblem problem, ReadOnlySpan<double> start, ReadOnlySpan<double> states = default, ReadOnlySpan<double> controls = default, CancellationToken cancellationToken = default)
    {
        var program = new ShootingProgram(Require.NotNull(problem), start);
        int n = problem.System.StateCount, m = problem.System.ControlCount, steps = problem.Steps;
        if (!states.IsEmpty)
            Require.Length(states.Length, (steps + 1) * n, nameof(states));
        if (!controls.IsEmpty)
            Require.Length(controls.Length, steps * m, nameof(controls));
        double[] z = new double[program.Dimension];
        for (int k = 0; k < steps; k++)
        {
            (states.IsEmpty ? start : states.Slice((k + 1) * n, n)).CopyTo(z.AsSpan((k * (n + m)) + m));
            if (!controls.IsEmpty)
                controls.Slice(k * m, m).CopyTo(z.AsSpan(k * (n + m)));
        }

        Bounds bounds = program.VariableBounds(StateBounds);
        for (int j = 0; j < z.Length; j++)
            z[j] = Math.Clamp(z[j], bounds.Lower(j), bounds.Upper(j));
        NewtonInteriorPoint optimizer = Optimizer with { Method = Optimizer.Method with { Bounds = bounds } };
        SolverResult<double> result = Minimize.Run<double, ITwiceDifferentiableConstrainedFunction<double>>(optimizer, program, z, Run, cancellationToken);
        double[] x = new double[(steps + 1) * n], u = new double[steps * m];
        start.CopyTo(x);
        for (int k = 0; k < steps; k++)
        {
            result.Point.AsSpan(k * (n + m), m).CopyTo(u.AsSpan(k * m));
            result.Point.AsSpan((k * (n + m)) + m, n).CopyTo(x.AsSpan((k + 1) * n));
        }

        return new TrajectoryResult
        {
            Status = result.Status,
            Reason = result.Reason,
            Message = result.Message,
            Cost = result.Value,
            ConstraintViolation = result.ConstraintViolation,
            StateCount = n,
            ControlCount = m,
            States = x,
            Controls = u,
            Iterations = (int)Math.Min(int.MaxValue, result.Iterations),
        };
    }
}

/// <summary>
/// The nonlinear program of multiple shooting. Variables are u(0), x(1), u(1), ..., x(N); constraints are f(x(k), u(k)) - x(k+1) = 0, then those of the path for each step, then those of the end.
/// </summary>
internal sealed class ShootingProgram : ITwiceDifferentiableConstrainedFunction<double>
{
    private readonly TrajectoryProblem _problem;
    private readonly ITwiceDifferentiableDiscreteSystem _system;
    private readonly int _n, _m, _width, _steps, _path, _end;
    private readonly double[] _start, _next, _a, _b, _lx, _lu, _lxx, _luu, _lux, _z, _c, _cJacobian, _block, _low, _high, _moved;

    public ShootingProgram(TrajectoryProblem problem, ReadOnlySpan<double> start)
    {
        _problem = problem;
        _system = problem.System as ITwiceDifferentiableDiscreteSystem ?? problem.System.WithCurvatureByDifferences();
        int n = _n = problem.System.StateCount, m = _m = problem.System.ControlCount;
        (_width, _steps) = (n + m, problem.Steps);
        (_path, _end) = (problem.PathConstraint?.Function.ResidualCount ?? 0, problem.TerminalConstraint?.Function.ResidualCount ?? 0);
        _start = Matrices.Finite(start, n, nameof(start));
        (_next, _a, _b) = (new double[n], new double[n * n], new double[n * m]);
        (_lx, _lu, _lxx, _luu, _lux) = (new double[n], new double[m], new double[n * n], new double[m * m], new double[m * n]);
        int most = Math.Max(_path, _end);
        (_z, _c, _cJacobian, _block) = (new double[_width], new double[most], new double[most * _width], new double[_width * _width]);
        (_low, _high, _moved) = (new double[_width], new double[_width], new double[_width]);
        Dimension = _steps * _width;
        ConstraintCount = (_steps * (n + _path)) + _end;
        double[] lower = new double[ConstraintCount], upper = new double[ConstraintCount];
        for (int i = _steps * n; i < ConstraintCount; i++)
        {
            int place = i - (_steps * n);
            bool isPath = place < _steps * _path;
            Bounds bounds = isPath ? problem.PathConstraint!.Bounds : problem.TerminalConstraint!.Bounds;
            int component = isPath ? place % _path : place - (_steps * _path);
            (lower[i], upper[i]) = (bounds.Lower(component), bounds.Upper(component));
        }

        ConstraintBounds = new Bounds(lower, upper);
    }

    public int Dimension { get; }

    public int ConstraintCount { get; }

    public Bounds ConstraintBounds { get; }

    public Bounds VariableBounds(Bounds? stateBounds)
    {
        double[] lower = new double[Dimension], upper = new double[Dimension];
        for (int i = 0; i < Dimension; i++)
        {
            int j = i % _width;
            Bounds? bounds = j < _m ? _problem.ControlBounds : stateBounds;
            int component = j < _m ? j : j - _m;
            (lower[i], upper[i]) = (bounds?.Lower(component) ?? double.NegativeInfinity, bounds?.Upper(component) ?? double.PositiveInfinity);
        }

        return new Bounds(lower, upper);
    }

    public double Value(ReadOnlySpan<double> x)
    {
        double sum = 0;
        for (int k = 0; k < _steps; k++)
            sum += _problem.Cost.Stage(k, State(x, k), Control(x, k));
        return sum + _problem.Cost.Terminal(State(x, _steps));
    }

    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double sum = 0;
        gradient.Clear();
        for (int k = 0; k < _steps; k++)
        {
            sum += Expand(x, k);
            _lu.CopyTo(gradient[(k * _width)..]);
            for (int i = 0; i < _n && k > 0; i++)
                gradient[StateOffset(k) + i] += _lx[i];
        }

        sum += _problem.Cost.TerminalAndDerivatives(State(x, _steps), _lx, _lxx);
        for (int i = 0; i < _n; i++)
            gradient[StateOffset(_steps) + i] += _lx[i];
        return sum;
    }

    public void Constraints(ReadOnlySpan<double> x, Span<double> constraints)
    {
        for (int k = 0; k < _steps; k++)
        {
            _system.Next(k, State(x, k), Control(x, k), _next);
            Defect(x, k, constraints);
            if (_path == 0)
                continue;
            Join(x, k);
            _problem.PathConstraint!.Function.Residuals(_z, constraints.Slice((_steps * _n) + (k * _path), _path));
        }

        if (_end > 0)
            _problem.TerminalConstraint!.Function.Residuals(State(x, _steps), constraints[^_end..]);
    }

    public void ConstraintsAndJacobian(ReadOnlySpan<double> x, Span<double> constraints, Span<double> jacobian)
    {
        jacobian.Clear();
        for (int k = 0; k < _steps; k++)
        {
            _system.NextAndJacobians(k, State(x, k), Control(x, k), _next, _a, _b);
            Defect(x, k, constraints);
            for (int i = 0; i < _n; i++)
            {
                Span<double> row = jacobian.Slice(((k * _n) + i) * Dimension, Dimension);
                _b.AsSpan(i * _m, _m).CopyTo(row[(k * _width)..]);
                if (k > 0)
                    _a.AsSpan(i * _n, _n).CopyTo(row[StateOffset(k)..]);
                row[StateOffset(k + 1) + i] = -1;
            }

            if (_path == 0)
                continue;
            Join(x, k);
            int first = (_steps * _n) + (k * _path);
            Span<double> block = _cJacobian.AsSpan(0, _path * _width);
            _problem.PathConstraint!.Function.ResidualsAndJacobian(_z, constraints.Slice(first, _path), block);
            for (int r = 0; r < _path; r++)
            {
                Span<double> row = jacobian.Slice((first + r) * Dimension, Dimension);
                block.Slice((r * _width) + _n, _m).CopyTo(row[(k * _width)..]);
                if (k > 0)
                    block.Slice(r * _width, _n).CopyTo(row[StateOffset(k)..]);
            }
        }

        if (_end == 0)
            return;
        Span<double> last = _cJacobian.AsSpan(0, _end * _n);
        _problem.TerminalConstraint!.Function.ResidualsAndJacobian(State(x, _steps), constraints[^_end..], last);
        for (int r = 0; r < _end; r++)
            last.Slice(r * _n, _n).CopyTo(jacobian[(((ConstraintCount - _end + r) * Dimension) + StateOffset(_steps))..]);
    }

    public void LagrangianHessian(ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, Span<double> hessian)
    {
        hessian.Clear();
        for (int k = 0; k < _steps; k++)
        {
            // The block of (x, u) of a step: curvature of the system and of the path's constraints, and the cost's.
            _system.Curvature(k, State(x, k), Control(x, k), multipliers.Slice(k * _n, _n), _block);
            if (_path > 0)
            {
                Join(x, k);
                AddCurvature(_problem.PathConstraint!.Function, _z, multipliers.Slice((_steps * _n) + (k * _path), _path));
            }

            Expand(x, k);
            for (int i = 0; i < _width; i++)
            {
                for (int j = 0; j < _width; j++)
                {
                    double value = _block[(i * _width) + j] + (i < _n
                        ? j < _n ? _lxx[(i * _n) + j] : _lux[((j - _n) * _n) + i]
                        : j < _n ? _lux[((i - _n) * _n) + j] : _luu[((i - _n) * _m) + j - _n]);
                    int row = Place(k, i), column = Place(k, j);
                    if (row >= 0 && column >= 0)
                        hessian[(row * Dimension) + column] += value;
                }
            }
        }

        _problem.Cost.TerminalAndDerivatives(State(x, _steps), _lx, _lxx);
        _block.AsSpan().Clear();
        if (_end > 0)
            AddCurvature(_problem.TerminalConstraint!.Function, State(x, _steps), multipliers[^_end..]);
        for (int i = 0; i < _n; i++)
        {
            for (int j = 0; j < _n; j++)
                hessian[((StateOffset(_steps) + i) * Dimension) + StateOffset(_steps) + j] += _lxx[(i * _n) + j] + _block[(i * _n) + j];
        }
    }

    /// <summary>Adds the Hessian of y'c to the block, by central differences of the Jacobian.</summary>
    private void AddCurvature(IDifferentiableResidualFunction<double> function, ReadOnlySpan<double> point, ReadOnlySpan<double> weights)
    {
        int size = point.Length, count = weights.Length;
        Span<double> moved = _moved.AsSpan(0, size);
        point.CopyTo(moved);
        double relative = DifferenceTransition.RelativeStep(FiniteDifference.Central);
        for (int j = 0; j < size; j++)
        {
            double center = moved[j], step = relative * Math.Max(1, Math.Abs(center)), up = center + step, down = center - step;
            moved[j] = up;
            Pull(function, moved, weights, _high.AsSpan(0, size), count);
            moved[j] = down;
            Pull(function, moved, weights, _low.AsSpan(0, size), count);
            moved[j] = center;
            for (int i = 0; i < size; i++)
            {
                double half = 0.5 * (_high[i] - _low[i]) / (up - down);
                _block[(i * size) + j] += half;
                _block[(j * size) + i] += half;
            }
        }
    }

    private void Pull(IDifferentiableResidualFunction<double> function, ReadOnlySpan<double> point, ReadOnlySpan<double> weights, Span<double> gradient, int count)
    {
        Span<double> jacobian = _cJacobian.AsSpan(0, count * point.Length);
        function.ResidualsAndJacobian(point, _c.AsSpan(0, count), jacobian);
        gradient.Clear();
        for (int r = 0; r < count; r++)
        {
            for (int j = 0; j < point.Length; j++)
                gradient[j] += weights[r] * jacobian[(r * point.Length) + j];
        }
    }

    /// <summary>Where component i of (x, u) of a step is among the variables; -1 for the first state.</summary>
    private int Place(int k, int i) => i >= _n ? (k * _width) + i - _n : k == 0 ? -1 : StateOffset(k) + i;

    private int StateOffset(int k) => ((k - 1) * _width) + _m;

    private ReadOnlySpan<double> State(ReadOnlySpan<double> x, int k) => k == 0 ? _start : x.Slice(StateOffset(k), _n);

    private ReadOnlySpan<double> Control(ReadOnlySpan<double> x, int k) => x.Slice(k * _width, _m);

    private double Expand(ReadOnlySpan<double> x, int k) =>
        _problem.Cost.StageAndDerivatives(k, State(x, k), Control(x, k), new CostDerivatives { X = _lx, U = _lu, XX = _lxx, UU = _luu, UX = _lux });

    private void Join(ReadOnlySpan<double> x, int k)
    {
        State(x, k).CopyTo(_z);
        Control(x, k).CopyTo(_z.AsSpan(_n));
    }

    private void Defect(ReadOnlySpan<double> x, int k, Span<double> constraints)
    {
        ReadOnlySpan<double> after = State(x, k + 1);
        for (int i = 0; i < _n; i++)
            constraints[(k * _n) + i] = _next[i] - after[i];
    }
}
