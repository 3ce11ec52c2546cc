using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>A running <see cref="LinearMpc"/>: the last solution, from which the next one starts. Allocates nothing.</summary>
public sealed class LinearMpcController : IPersistent
{
    // A fraction of the way to the boundary, as Mehrotra's; the smallest slack of a warm start relative to the data.
    private const double Boundary = 0.995, WarmSlack = 1e-3;

    private readonly LinearMpc _options;
    private readonly LinearQuadraticProblem _problem;
    private readonly int _n, _m, _steps, _count;
    private readonly double[] _terminal, _x, _u, _nextX, _nextU, _states, _controls;

    // A side v[index] * sign <= bound of a bounded variable; state variables first.
    private readonly int[] _stage, _component;
    private readonly bool[] _isState;
    private readonly double[] _sign, _bound, _slack, _multiplier, _slackStep, _multiplierStep, _corrector;
    private bool _isWarm;

    internal LinearMpcController(LinearMpc options, double[] terminal)
    {
        (_options, _terminal) = (options, terminal);
        int n = _n = options.Plant.StateCount, m = _m = options.Plant.ControlCount, steps = _steps = options.Horizon;
        _problem = LinearQuadraticProblem.Of(options.Plant, options.Q, options.R, terminal, steps);
        (_x, _u, _nextX, _nextU) = (new double[(steps + 1) * n], new double[steps * m], new double[(steps + 1) * n], new double[steps * m]);
        (_states, _controls) = (new double[n], new double[m]);
        List<(int Stage, int Component, bool IsState, double Sign, double Bound)> sides = [];
        for (int k = 0; k < steps; k++)
        {
            for (int i = 0; i < n && options.StateBounds is not null; i++)
                AddSides(sides, k + 1, i, true, options.StateBounds.Lower(i), options.StateBounds.Upper(i));
            for (int j = 0; j < m && options.ControlBounds is not null; j++)
                AddSides(sides, k, j, false, options.ControlBounds.Lower(j), options.ControlBounds.Upper(j));
        }

        int count = _count = sides.Count;
        (_stage, _component, _isState, _sign, _bound) = (new int[count], new int[count], new bool[count], new double[count], new double[count]);
        for (int i = 0; i < count; i++)
            (_stage[i], _component[i], _isState[i], _sign[i], _bound[i]) = sides[i];
        (_slack, _multiplier, _slackStep, _multiplierStep, _corrector) = (new double[count], new double[count], new double[count], new double[count], new double[count]);
    }

    /// <summary>The predicted states, (N + 1) x n.</summary>
    public ReadOnlySpan<double> States => _x;

    /// <summary>The planned controls, N x m.</summary>
    public ReadOnlySpan<double> Controls => _u;

    /// <summary>The cost of the plan, penalties left out.</summary>
    public double Cost { get; private set; }

    /// <summary>The interior point iterations of the last step; 0 where the plan without bounds satisfied them.</summary>
    public int Iterations { get; private set; }

    /// <summary>Follows a state and a control from the next step on.</summary>
    /// <param name="state">The state X, n elements.</param>
    /// <param name="control">The control U, m elements; empty for 0.</param>
    public void Follow(ReadOnlySpan<double> state, ReadOnlySpan<double> control = default)
    {
        Require.Length(state.Length, _n, nameof(state));
        Require.AllFinite(state, nameof(state));
        state.CopyTo(_states);
        _controls.AsSpan().Clear();
        if (control.IsEmpty)
            return;
        Require.Length(control.Length, _m, nameof(control));
        Require.AllFinite(control, nameof(control));
        control.CopyTo(_controls);
    }

    /// <summary>Plans from a state and writes the first control.</summary>
    /// <param name="x">The state, n finite elements.</param>
    /// <param name="u">Receives the control, m elements, within its bounds.</param>
    /// <returns>
    /// <see cref="StopReason.OptimalityTolerance"/> when the plan is optimal; <see cref="StopReason.Infeasible"/> when no plan satisfies the bounds of states, <see cref="StopReason.MaxIterations"/> when the tolerance wasn't met: the
    /// control is then the best known, moved into its bounds.
    /// </returns>
    public StopReason Step(ReadOnlySpan<double> x, Span<double> u)
    {
        Require.Length(x.Length, _n, nameof(x));
        Require.AllFinite(x, nameof(x));
        Require.Length(u.Length, _m, nameof(u));
        StopReason reason = Solve(x);
        for (int j = 0; j < _m; j++)
            u[j] = _options.ControlBounds is { } bounds ? Math.Clamp(_u[j], bounds.Lower(j), bounds.Upper(j)) : _u[j];
        return reason;
    }

    /// <summary>The controller as a control law.</summary>
    public ControlLaw ToLaw() => (_, x, u) => Step(x, u);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        double cost = Cost;
        int iterations = Iterations;
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_u);
        archive.Transfer<double>(_slack);
        archive.Transfer<double>(_multiplier);
        archive.Transfer<double>(_states);
        archive.Transfer<double>(_controls);
        archive.Transfer(ref _isWarm);
        archive.Transfer(ref cost);
        archive.Transfer(ref iterations);
        (Cost, Iterations) = (cost, iterations);
    }

    private static void AddSides(List<(int, int, bool, double, double)> sides, int stage, int component, bool isState, double lower, double upper)
    {
        if (double.IsFinite(upper))
            sides.Add((stage, component, isState, 1, upper));
        if (double.IsFinite(lower))
            sides.Add((stage, component, isState, -1, -lower));
    }

    private StopReason Solve(ReadOnlySpan<double> start)
    {
        // Without bounds first: where they hold, it is the answer.
        Iterations = 0;
        SetCosts();
        _problem.TrySolve();
        _problem.Roll(start, _nextX, _nextU);
        double scale = 1 + Numerics.Reduce.MaxNorm<double>(_nextX) + Numerics.Reduce.MaxNorm<double>(_nextU), worst = 0;
        for (int i = 0; i < _count; i++)
            worst = Math.Max(worst, (_sign[i] * Variable(i, _nextX, _nextU)) - _bound[i]);
        if (worst <= 0)
        {
            Accept();
            _isWarm = false;
            return StopReason.OptimalityTolerance;
        }

        // The iterate is a trajectory of the plant from the start: that of the shifted controls, or of the regulator.
        if (_isWarm)
        {
            _u.AsSpan(_m).CopyTo(_u);
            Simulate(start);
            ShiftSides();
        }
        else
        {
            Accept();
        }

        for (int i = 0; i < _count; i++)
        {
            double room = _bound[i] - (_sign[i] * Variable(i, _x, _u)), least = _isWarm ? WarmSlack : 1;
            _slack[i] = Math.Max(room, least);
            _multiplier[i] = _isWarm ? Math.Max(_multiplier[i], least) : 1;
        }

        double dual = 1;
        while (Iterations < _options.MaxIterations)
        {
            double gap = Gap(), primal = PrimalResidual();
            if (gap <= _options.Tolerance * scale && primal <= _options.Tolerance * scale && dual <= _options.Tolerance)
            {
                _isWarm = true;
                Cost = CostOf();
                return StopReason.OptimalityTolerance;
            }

            // Multipliers grow without bound exactly where no plan satisfies the bounds.
            if (Numerics.Reduce.MaxNorm<double>(_multiplier) > 1e12 * scale)
                break;
            Iterations++;
            _corrector.AsSpan().Clear();
            if (!Direction(start, 0))
                break;
            double affine = StepLength(1), reduced = 0;
            for (int i = 0; i < _count; i++)
                reduced += (_slack[i] + (affine * _slackStep[i])) * (_multiplier[i] + (affine * _multiplierStep[i]));
            reduced /= _count;
            double ratio = reduced / gap, centering = ratio * ratio * ratio * gap;
            for (int i = 0; i < _count; i++)
                _corrector[i] = _slackStep[i] * _multiplierStep[i];
            if (!Direction(start, centering))
                break;
            double step = Math.Min(1, StepLength(Boundary));
            for (int i = 0; i < _x.Length; i++)
                _x[i] += step * (_nextX[i] - _x[i]);
            for (int i = 0; i < _u.Length; i++)
                _u[i] += step * (_nextU[i] - _u[i]);
            for (int i = 0; i < _count; i++)
            {
                _slack[i] += step * _slackStep[i];
                _multiplier[i] += step * _multiplierStep[i];
            }

            dual *= 1 - step;
        }

        Cost = CostOf();
        _isWarm = false;
        return PrimalResidual() > Math.Sqrt(_options.Tolerance) * scale ? StopReason.Infeasible : StopReason.MaxIterations;
    }

    /// <summary>
    /// The Newton step to complementarity at a target: with D = 1 / (s / lambda + 1 / w), the quadratic problem gets D on its diagonal and c (lambda + D (-bound - lambda / w + (target - corrector) / lambda)) in its slope; its solution is
    /// the new trajectory.
    /// </summary>
    private bool Direction(ReadOnlySpan<double> start, double target)
    {
        SetCosts();
        for (int i = 0; i < _count; i++)
        {
            double soft = Softness(i), d = 1 / ((_slack[i] / _multiplier[i]) + soft);
            double slope = _sign[i] * (_multiplier[i] + (d * (-_bound[i] - (soft * _multiplier[i]) + ((target - _corrector[i]) / _multiplier[i]))));
            int j = _component[i], size = _isState[i] ? _n : _m;
            (_isState[i] ? _problem.Q(_stage[i]) : _problem.R(_stage[i]))[(j * size) + j] += d;
            (_isState[i] ? _problem.StateCost(_stage[i]) : _problem.ControlCost(_stage[i]))[j] += slope;
        }

        if (!_problem.TrySolve())
            return false;
        _problem.Roll(start, _nextX, _nextU);
        for (int i = 0; i < _count; i++)
        {
            double soft = Softness(i), old = _sign[i] * Variable(i, _x, _u), change = (_sign[i] * Variable(i, _nextX, _nextU)) - old;
            double primal = old - (soft * _multiplier[i]) + _slack[i] - _bound[i], complement = (_multiplier[i] * _slack[i]) - target + _corrector[i];
            _multiplierStep[i] = (change + primal - (complement / _multiplier[i])) / ((_slack[i] / _multiplier[i]) + soft);
            _slackStep[i] = -primal - change + (soft * _multiplierStep[i]);
        }

        return Matrices.AllFinite(_slackStep) && Matrices.AllFinite(_multiplierStep);
    }

    private double Softness(int i) => _isState[i] ? 1 / _options.StateBoundPenalty : 0;

    private double Variable(int i, double[] x, double[] u) => _isState[i] ? x[(_stage[i] * _n) + _component[i]] : u[(_stage[i] * _m) + _component[i]];

    /// <summary>The costs of the plan without bounds.</summary>
    private void SetCosts()
    {
        for (int k = 0; k <= _steps; k++)
        {
            ReadOnlySpan<double> q = k == _steps ? _terminal : _options.Q;
            q.CopyTo(_problem.Q(k));
            for (int i = 0; i < _n; i++)
                _problem.StateCost(k)[i] = -Matrices.Dot(q.Slice(i * _n, _n), _states);
            if (k == _steps)
                break;
            _options.R.CopyTo(_problem.R(k));
            for (int j = 0; j < _m; j++)
                _problem.ControlCost(k)[j] = -Matrices.Dot(_options.R.Slice(j * _m, _m), _controls);
        }
    }

    private void Accept()
    {
        _nextX.CopyTo(_x, 0);
        _nextU.CopyTo(_u, 0);
        Cost = CostOf();
    }

    private void Simulate(ReadOnlySpan<double> start)
    {
        start.CopyTo(_x);
        for (int k = 0; k < _steps; k++)
        {
            for (int i = 0; i < _n; i++)
            {
                _x[((k + 1) * _n) + i] = Matrices.Dot(_options.Plant.A.Slice(i * _n, _n), _x.AsSpan(k * _n, _n)) + Matrices.Dot(_options.Plant.B.Slice(i * _m, _m), _u.AsSpan(k * _m, _m));
            }
        }
    }

    /// <summary>Every stage has the same sides in the same order: multipliers move by one stage, and the last stays.</summary>
    private void ShiftSides()
    {
        int perStage = _count / _steps;
        _multiplier.AsSpan(perStage).CopyTo(_multiplier);
    }

    private double Gap()
    {
        double sum = 0;
        for (int i = 0; i < _count; i++)
            sum += _slack[i] * _multiplier[i];
        return sum / _count;
    }

    private double PrimalResidual()
    {
        double worst = 0;
        for (int i = 0; i < _count; i++)
            worst = Math.Max(worst, Math.Abs((_sign[i] * Variable(i, _x, _u)) - (Softness(i) * _multiplier[i]) + _slack[i] - _bound[i]));
        return worst;
    }

    private double StepLength(double fraction)
    {
        double step = 1 / fraction;
        for (int i = 0; i < _count; i++)
        {
            if (_slackStep[i] < 0)
                step = Math.Min(step, -_slack[i] / _slackStep[i]);
            if (_multiplierStep[i] < 0)
                step = Math.Min(step, -_multiplier[i] / _multiplierStep[i]);
        }

        return fraction * step;
    }

    private double CostOf()
    {
        double sum = 0;
        for (int k = 0; k <= _steps; k++)
        {
            ReadOnlySpan<double> q = k == _steps ? _terminal : _options.Q;
            sum += Half(q, _x.AsSpan(k * _n, _n), _states);
            if (k < _steps)
                sum += Half(_options.R, _u.AsSpan(k * _m, _m), _controls);
        }

        return sum;
    }

    private static double Half(ReadOnlySpan<double> weight, ReadOnlySpan<double> v, ReadOnlySpan<double> goal)
    {
        double sum = 0;
        for (int i = 0; i < v.Length; i++)
        {
            for (int j = 0; j < v.Length; j++)
                sum += 0.5 * (v[i] - goal[i]) * weight[(i * v.Length) + j] * (v[j] - goal[j]);
        }

        return sum;
    }
}
