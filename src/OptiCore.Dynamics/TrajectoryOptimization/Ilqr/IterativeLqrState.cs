using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// A run of <see cref="IterativeLqr"/>: the trajectory so far, its gains, and everything that the next iteration needs. Nothing is allocated after it is made. Between iterations the start may be moved and the trajectory
/// shifted (<see cref="Restart"/>), which is how model predictive control goes on.
/// </summary>
public sealed partial class IterativeLqrState : IPersistent
{
    // An expected reduction of this part of the cost is the rounding of the cost's sum.
    private const double Rounding = 1e-14;

    private readonly IterativeLqr _options;
    private readonly TrajectoryProblem _problem;
    private readonly ITwiceDifferentiableDiscreteSystem? _curved;
    private readonly int _n, _m, _steps;
    private readonly double[] _lower, _upper, _x, _u, _trialX, _trialU, _k, _gains;
    private double _cost, _mu, _delta = 1, _expected, _largestStep;
    private int _iterations;
    private bool _isExpanded;
    private StopReason _reason;

    internal IterativeLqrState(IterativeLqr options, TrajectoryProblem problem, ReadOnlySpan<double> start, ReadOnlySpan<double> controls)
    {
        _options = options;
        _problem = Require.NotNull(problem);
        int n = _n = problem.System.StateCount, m = _m = problem.System.ControlCount, steps = _steps = problem.Steps;
        if (options.SecondOrderDynamics)
        {
            _curved = problem.System as ITwiceDifferentiableDiscreteSystem ?? throw new ArgumentException(
                $"The system has no second derivatives: {nameof(DiscreteSystem.WithCurvatureByDifferences)} adds them.", nameof(problem));
        }

        Require.Length(start.Length, n, nameof(start));
        Require.AllFinite(start, nameof(start));
        if (!controls.IsEmpty)
        {
            Require.Length(controls.Length, steps * m, nameof(controls));
            Require.AllFinite(controls, nameof(controls));
        }

        (_lower, _upper) = (new double[m], new double[m]);
        _lower.AsSpan().Fill(double.NegativeInfinity);
        _upper.AsSpan().Fill(double.PositiveInfinity);
        problem.ControlBounds?.CopyTo<double>(_lower, _upper);
        (_x, _u, _trialX, _trialU) = (new double[(steps + 1) * n], new double[steps * m], new double[(steps + 1) * n], new double[steps * m]);
        (_k, _gains) = (new double[steps * m], new double[steps * m * n]);
        (_fx, _fu, _lx, _lu) = (new double[steps * n * n], new double[steps * n * m], new double[(steps + 1) * n], new double[steps * m]);
        (_lxx, _luu, _lux) = (new double[(steps + 1) * n * n], new double[steps * m * m], new double[steps * m * n]);
        (_vx, _vxx, _qx, _qu) = (new double[n], new double[n * n], new double[n], new double[m]);
        (_qxx, _quu, _qux, _quuRegular, _quxRegular) = (new double[n * n], new double[m * m], new double[m * n], new double[m * m], new double[m * n]);
        (_va, _vb, _lowStep, _highStep, _freeGain, _hessian) = (new double[n * n], new double[n * m], new double[m], new double[m], new double[m * n], new double[(n + m) * (n + m)]);
        _box = new BoxNewton(m);
        controls.CopyTo(_u);
        Reset(start);
    }

    /// <summary>The states, (N + 1) x n.</summary>
    public ReadOnlySpan<double> States => _x;

    /// <summary>The controls, N x m.</summary>
    public ReadOnlySpan<double> Controls => _u;

    /// <summary>The gains K of the feedback around the trajectory from the last backward pass, N x m x n.</summary>
    public ReadOnlySpan<double> Gains => _gains;

    /// <summary>The cost of the trajectory.</summary>
    public double Cost => _cost;

    /// <summary>The regularization mu.</summary>
    public double Regularization => _mu;

    /// <summary>The reduction that the last backward pass expects of a full step; NaN before the first.</summary>
    public double ExpectedReduction => _expected;

    /// <summary>The number of complete iterations.</summary>
    public int Iterations => _iterations;

    /// <summary>Why the run can't or needn't go on; <see cref="StopReason.None"/> while it can.</summary>
    public StopReason Reason => _reason;

    /// <summary>One iteration: expansion, backward pass, line search.</summary>
    /// <returns>True while the run goes on; false when it has converged or failed, which <see cref="Reason"/> says. A limit that stopped it is lifted.</returns>
    public bool Step()
    {
        Continue();
        if (_reason != StopReason.None)
            return false;
        if (!_isExpanded && !Expand())
            return Stop(StopReason.NonFinite);
        _isExpanded = true;
        while (!BackwardPass())
        {
            if (!Worsen())
                return Stop(StopReason.NoProgress);
        }

        bool isPlain = _mu <= _options.MinRegularization;
        double size = Math.Max(1, Math.Abs(_cost));
        if (isPlain && _expected <= Math.Max(Rounding, _options.ValueTolerance) * size)
            return Stop(StopReason.ValueTolerance, iterated: true);
        if (isPlain && _largestStep <= _options.StepTolerance)
            return Stop(StopReason.StepTolerance, iterated: true);

        for (int i = 0; i < _options.LineSearchSteps; i++)
        {
            double alpha = _options.LineSearchSteps == 1 ? 1 : Math.Pow(10, -3.0 * i / (_options.LineSearchSteps - 1));
            double cost = Roll(alpha), expected = ExpectedAt(alpha);
            if (!double.IsFinite(cost) || !(_cost - cost > _options.SufficientReduction * expected))
                continue;
            _trialX.CopyTo(_x, 0);
            _trialU.CopyTo(_u, 0);
            _cost = cost;
            _isExpanded = false;
            _iterations++;
            Improve();
            return true;
        }

        _iterations++;
        return Worsen() || Stop(StopReason.NoProgress);
    }

    /// <summary>Iterates until a criterion holds, a limit is reached or cancellation is requested.</summary>
    /// <param name="maxIterations">The largest number of iterations from here.</param>
    /// <param name="cancellationToken">Ends the run between two iterations.</param>
    /// <returns>This run.</returns>
    public IterativeLqrState Run(int maxIterations, CancellationToken cancellationToken = default)
    {
        Continue();
        for (int i = 0; _reason == StopReason.None; i++)
        {
            StopReason limit = cancellationToken.IsCancellationRequested ? StopReason.Cancelled : i >= maxIterations ? StopReason.MaxIterations : StopReason.None;
            if (limit != StopReason.None)
            {
                _reason = limit;
                break;
            }

            Step();
        }

        return this;
    }

    /// <summary>Starts again from another state with the controls so far, moved forward by some steps (the last is repeated): the warm start of model predictive control. Allocates nothing.</summary>
    /// <param name="start">The new first state, n elements.</param>
    /// <param name="shift">By how many steps the controls move forward. Default: 1.</param>
    /// <param name="useFeedback">Whether the gains of the last backward pass correct the controls for the difference between the new state and the one that was expected. Default: true.</param>
    /// <remarks>The number of iterations goes on; a limit that stopped the run is lifted.</remarks>
    public void Restart(ReadOnlySpan<double> start, int shift = 1, bool useFeedback = true)
    {
        Require.Length(start.Length, _n, nameof(start));
        Require.AllFinite(start, nameof(start));
        int moved = Math.Clamp(shift, 0, _steps - 1), kept = _steps - moved;
        if (moved > 0)
        {
            _u.AsSpan(moved * _m).CopyTo(_u);
            _x.AsSpan(moved * _n).CopyTo(_x);
            _gains.AsSpan(moved * _m * _n).CopyTo(_gains);
            _k.AsSpan(moved * _m).CopyTo(_k);
            for (int k = kept; k < _steps; k++)
            {
                _u.AsSpan((kept - 1) * _m, _m).CopyTo(_u.AsSpan(k * _m));
                _x.AsSpan(kept * _n, _n).CopyTo(_x.AsSpan((k + 1) * _n));
                _gains.AsSpan(k * _m * _n, _m * _n).Clear();
                _k.AsSpan(k * _m, _m).Clear();
            }
        }

        // With feedback the rollout is a step of length 0 from another state; it is refused where it isn't finite.
        if (useFeedback && _iterations > 0)
        {
            start.CopyTo(_trialX);
            double cost = RollFrom(0);
            if (double.IsFinite(cost))
                _trialU.CopyTo(_u, 0);
        }

        _reason = StopReason.None;
        Reset(start);
    }

    /// <summary>The trajectory as it is.</summary>
    public TrajectoryResult ToResult() => new()
    {
        Status = _reason.Status(),
        Reason = _reason,
        Message = Describe(),
        Cost = _cost,
        StateCount = _n,
        ControlCount = _m,
        States = [.. _x],
        Controls = [.. _u],
        Gains = [.. _gains],
        Iterations = _iterations,
    };

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_u);
        archive.Transfer<double>(_k);
        archive.Transfer<double>(_gains);
        archive.Transfer(ref _cost);
        archive.Transfer(ref _mu);
        archive.Transfer(ref _delta);
        archive.Transfer(ref _expected);
        archive.Transfer(ref _largestStep);
        archive.Transfer(ref _iterations);
        archive.Transfer(ref _reason);

        // Derivatives are computed again from the same trajectory, to the same bits.
        if (archive.IsLoading)
            _isExpanded = false;
    }

    /// <summary>Lifts a limit or forgets convergence because the cost has changed, and measures the trajectory again.</summary>
    internal void Reassess()
    {
        _reason = StopReason.None;
        Reset(_x.AsSpan(0, _n));
    }

    private void Continue()
    {
        if (_reason.Status() == SolverStatus.Stopped)
            _reason = StopReason.None;
    }

    private void Reset(ReadOnlySpan<double> start)
    {
        start.CopyTo(_x);
        for (int i = 0; i < _u.Length; i++)
            _u[i] = Math.Clamp(_u[i], _lower[i % _m], _upper[i % _m]);
        _cost = 0;
        for (int k = 0; k < _steps; k++)
        {
            ReadOnlySpan<double> x = _x.AsSpan(k * _n, _n), u = _u.AsSpan(k * _m, _m);
            _cost += _problem.Cost.Stage(k, x, u);
            _problem.System.Next(k, x, u, _x.AsSpan((k + 1) * _n, _n));
        }

        _cost += _problem.Cost.Terminal(_x.AsSpan(_steps * _n, _n));
        _expected = double.NaN;
        (_mu, _delta, _isExpanded) = (_options.InitialRegularization, 1, false);
        if (!double.IsFinite(_cost) || !Matrices.AllFinite(_x))
            _reason = StopReason.NonFiniteStart;
    }

    /// <summary>The trajectory of a step of length alpha, into the trial arrays, and its cost.</summary>
    private double Roll(double alpha)
    {
        _x.AsSpan(0, _n).CopyTo(_trialX);
        return RollFrom(alpha);
    }

    private double RollFrom(double alpha)
    {
        double cost = 0;
        for (int k = 0; k < _steps; k++)
        {
            ReadOnlySpan<double> x = _trialX.AsSpan(k * _n, _n), old = _x.AsSpan(k * _n, _n);
            Span<double> u = _trialU.AsSpan(k * _m, _m);
            for (int j = 0; j < _m; j++)
            {
                double sum = _u[(k * _m) + j] + (alpha * _k[(k * _m) + j]);
                int row = ((k * _m) + j) * _n;
                for (int i = 0; i < _n; i++)
                    sum += _gains[row + i] * (x[i] - old[i]);

                // NaN stays NaN: the cost then isn't finite, and the step is refused.
                u[j] = Math.Clamp(sum, _lower[j], _upper[j]);
            }

            cost += _problem.Cost.Stage(k, x, u);
            _problem.System.Next(k, x, u, _trialX.AsSpan((k + 1) * _n, _n));
            if (!double.IsFinite(cost))
                return double.NaN;
        }

        return cost + _problem.Cost.Terminal(_trialX.AsSpan(_steps * _n, _n));
    }

    private void Improve()
    {
        _delta = Math.Min(1 / _options.RegularizationFactor, _delta / _options.RegularizationFactor);
        _mu = _mu * _delta >= _options.MinRegularization ? _mu * _delta : 0;
    }

    private bool Worsen()
    {
        _delta = Math.Max(_options.RegularizationFactor, _delta * _options.RegularizationFactor);
        _mu = Math.Max(_options.MinRegularization, _mu * _delta);
        return _mu <= _options.MaxRegularization;
    }

    private bool Stop(StopReason reason, bool iterated = false)
    {
        _reason = reason;
        _iterations += iterated ? 1 : 0;
        return false;
    }

    private string Describe() => _reason switch
    {
        StopReason.None => "The run isn't over.",
        StopReason.ValueTolerance => string.Create(CultureInfo.InvariantCulture, $"Converged: a full step is expected to reduce the cost by {_expected:g3} only."),
        StopReason.StepTolerance => "Converged: a full step changes no control by more than StepTolerance.",
        StopReason.MaxIterations => "The limit of iterations was reached.",
        StopReason.Cancelled => "Cancellation was requested.",
        StopReason.NonFiniteStart => "The first trajectory or its cost isn't finite.",
        StopReason.NonFinite => "A derivative along the trajectory isn't finite.",
        _ => string.Create(CultureInfo.InvariantCulture, $"No step reduces the cost, with a regularization of {_mu:g3}; a reduction of {_expected:g3} is expected."),
    };
}
