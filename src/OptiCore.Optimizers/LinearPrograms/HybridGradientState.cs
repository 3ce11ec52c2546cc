using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>The run of <see cref="PrimalDualHybridGradient"/>.</summary>
internal sealed class HybridGradientState : ProgramState
{
    // PDLP's constants of restarts.
    private const double Sufficient = 0.2, Necessary = 0.8, Artificial = 0.36;

    private readonly PrimalDualHybridGradient _options;
    private readonly ScaledProgram _program;
    private readonly int _n, _m;
    private readonly double _sideNorm, _costNorm;

    // Iterate, average since the restart, start of the epoch; products with A and A' of the iterate.
    private readonly double[] _x, _y, _averageX, _averageY, _startX, _startY, _aty;

    // Trial, its product, and room for measurements.
    private readonly double[] _newX, _newY, _newAty, _ax, _work, _measureX, _measureY, _bestX, _bestY;
    private double _step, _weight, _totalWeight, _startError = double.PositiveInfinity, _candidateError = double.PositiveInfinity;
    private double _bestMerit = double.PositiveInfinity, _primal = double.NaN, _dual = double.NaN, _gap = double.NaN;
    private long _iterations, _epoch, _trials;

    public HybridGradientState(PrimalDualHybridGradient options, LinearProgram linear)
    {
        _options = options;
        _program = new ScaledProgram(linear, null, sweeps: 10, diagonalPreconditioner: true);
        (_n, _m) = (_program.ColumnCount, _program.RowCount);
        (_x, _averageX, _startX, _newX, _measureX, _bestX) = (new double[_n], new double[_n], new double[_n], new double[_n], new double[_n], new double[_n]);
        (_y, _averageY, _startY, _newY, _measureY, _bestY) = (new double[_m], new double[_m], new double[_m], new double[_m], new double[_m], new double[_m]);
        (_aty, _newAty, _ax, _work) = (new double[_n], new double[_n], new double[_m], new double[_n + _m]);
        for (int j = 0; j < _n; j++)
            _x[j] = Math.Clamp(0, _program.Lower[j], _program.Upper[j]);
        _x.CopyTo(_startX, 0);
        double largest = 0, cost = 0, side = 0, unscaledCost = 0, unscaledSide = 0;
        foreach (double a in _program.Rows.Values)
            largest = Math.Max(largest, Math.Abs(a));
        for (int j = 0; j < _n; j++)
        {
            cost += Square(_program.Cost[j]);
            unscaledCost += Square(_program.Cost[j] / (_program.ColumnScale[j] * _program.CostScale));
        }

        for (int i = 0; i < _m; i++)
        {
            double b = Largest(_program.Lower[_n + i], _program.Upper[_n + i]);
            side += Square(b);
            unscaledSide += Square(b / _program.RowScale[i]);
        }

        (_sideNorm, _costNorm) = (Math.Sqrt(unscaledSide), Math.Sqrt(unscaledCost));
        _step = largest > 0 ? 1 / largest : 1;
        _weight = cost > 0 && side > 0 ? Math.Sqrt(cost / side) : 1;
    }

    public override string Description => _program.Description;

    public override long Iterations => _iterations;

    public override StopReason Step()
    {
        Move();
        _iterations++;
        _epoch++;
        return _iterations % _options.CheckInterval == 0 || _iterations == 1 ? Measure() : StopReason.None;
    }

    /// <summary>One iteration: trials until the step is short enough.</summary>
    private void Move()
    {
        double used;
        while (true)
        {
            _trials++;
            used = _step;
            double tau = _step / _weight, sigma = _step * _weight;
            for (int j = 0; j < _n; j++)
            {
                _newX[j] = Math.Clamp(_x[j] - (tau * (_program.Cost[j] + _aty[j])), _program.Lower[j], _program.Upper[j]);
                _work[j] = (2 * _newX[j]) - _x[j];
            }

            _program.Rows.Apply(_work.AsSpan(0, _n), _ax);
            for (int i = 0; i < _m; i++)
            {
                double moved = _y[i] + (sigma * _ax[i]);
                _newY[i] = moved - (sigma * Math.Clamp(moved / sigma, _program.Lower[_n + i], _program.Upper[_n + i]));
            }

            _program.Columns.Apply(_newY, _newAty);
            double dx = 0, dy = 0, cross = 0;
            for (int j = 0; j < _n; j++)
            {
                double d = _newX[j] - _x[j];
                dx += d * d;
                cross += d * (_newAty[j] - _aty[j]);
            }

            for (int i = 0; i < _m; i++)
                dy += Square(_newY[i] - _y[i]);
            double limit = cross == 0 ? double.PositiveInfinity : ((_weight * dx) + (dy / _weight)) / (2 * Math.Abs(cross));
            _step = Math.Min((1 - Math.Pow(_trials + 1, -0.3)) * limit, (1 + Math.Pow(_trials + 1, -0.6)) * _step);
            if (used <= limit)
                break;
        }

        _totalWeight += used;
        double share = used / _totalWeight;
        for (int j = 0; j < _n; j++)
        {
            _averageX[j] += share * (_newX[j] - _averageX[j]);
            (_work[j], _x[j]) = (_newX[j] - _x[j], _newX[j]);
        }

        for (int i = 0; i < _m; i++)
        {
            _averageY[i] += share * (_newY[i] - _averageY[i]);
            (_work[_n + i], _y[i]) = (_newY[i] - _y[i], _newY[i]);
        }

        _newAty.CopyTo(_aty, 0);
    }

    /// <summary>Tests the iterate and the average, and restarts from the better one where it is time.</summary>
    private StopReason Measure()
    {
        // The difference of the last two iterates, before its room is used again.
        _work.AsSpan(0, _n).CopyTo(_newX);
        _work.AsSpan(_n).CopyTo(_newY);
        StopReason reason = Certificates(_newX, _newY);
        if (reason == StopReason.None)
        {
            // The way since the restart averages what oscillates from iterate to iterate.
            Vectors.Subtract(_x, _startX, _newX);
            Vectors.Subtract(_y, _startY, _newY);
            reason = Certificates(_newX, _newY);
        }

        if (reason != StopReason.None)
            return reason;
        (double ofIterate, double merit) = Error(_x, _y);
        if (Keep(merit, _x, _y))
            return StopReason.OptimalityTolerance;
        (double ofAverage, merit) = Error(_averageX, _averageY);
        if (Keep(merit, _averageX, _averageY))
            return StopReason.OptimalityTolerance;

        bool average = ofAverage < ofIterate;
        double candidate = Math.Min(ofIterate, ofAverage);
        bool restart = _epoch >= Artificial * _iterations
            || candidate <= Sufficient * _startError
            || (candidate <= Necessary * _startError && candidate > _candidateError);
        _candidateError = candidate;
        if (double.IsPositiveInfinity(_startError))
            _startError = candidate;
        if (restart)
            Restart(average, candidate);
        return StopReason.None;
    }

    private bool Keep(double merit, double[] x, double[] y)
    {
        if (merit < _bestMerit)
        {
            _bestMerit = merit;
            x.CopyTo(_bestX, 0);
            y.CopyTo(_bestY, 0);
        }

        return merit <= _options.Tolerance;
    }

    private void Restart(bool average, double error)
    {
        if (average)
        {
            _averageX.CopyTo(_x, 0);
            _averageY.CopyTo(_y, 0);
            _program.Columns.Apply(_y, _aty);
        }

        double dx = 0, dy = 0;
        for (int j = 0; j < _n; j++)
            dx += Square(_x[j] - _startX[j]);
        for (int i = 0; i < _m; i++)
            dy += Square(_y[i] - _startY[i]);
        if (dx > 1e-20 && dy > 1e-20)
            _weight = Math.Exp((0.5 * Math.Log(Math.Sqrt(dy / dx))) + (0.5 * Math.Log(_weight)));
        _x.CopyTo(_startX, 0);
        _y.CopyTo(_startY, 0);
        _averageX.AsSpan().Clear();
        _averageY.AsSpan().Clear();
        _totalWeight = 0;
        _epoch = 0;
        _startError = error;
        _candidateError = double.PositiveInfinity;
    }

    /// <summary>The error by which restarts are decided, and the largest residual relative to its tolerance.</summary>
    private (double Error, double Merit) Error(double[] x, double[] y)
    {
        _program.Rows.Apply(x, _ax);
        _program.Columns.Apply(y, _measureX);
        double primal = 0, dual = 0, primalValue = 0, dualValue = 0;
        for (int i = 0; i < _m; i++)
        {
            double violation = Math.Max(0, Math.Max(_program.Lower[_n + i] - _ax[i], _ax[i] - _program.Upper[_n + i])) / _program.RowScale[i];
            primal += violation * violation;
            double side = y[i] > 0 ? _program.Upper[_n + i] : _program.Lower[_n + i];
            if (double.IsFinite(side))
                dualValue -= y[i] * side;
            else
                dual += Square(y[i] * _program.RowScale[i] / _program.CostScale);
        }

        for (int j = 0; j < _n; j++)
        {
            double reduced = _program.Cost[j] + _measureX[j], side = reduced < 0 ? _program.Upper[j] : _program.Lower[j];
            primalValue += _program.Cost[j] * x[j];
            if (double.IsFinite(side))
                dualValue += reduced * side;
            else
                dual += Square(reduced / (_program.ColumnScale[j] * _program.CostScale));
        }

        primalValue /= _program.CostScale;
        dualValue /= _program.CostScale;
        double gap = Math.Abs(primalValue - dualValue);
        (primal, dual) = (Math.Sqrt(primal), Math.Sqrt(dual));
        double relativePrimal = primal / (1 + _sideNorm), relativeDual = dual / (1 + _costNorm), relativeGap = gap / (1 + Math.Abs(primalValue) + Math.Abs(dualValue));
        (_primal, _dual, _gap) = (relativePrimal, relativeDual, relativeGap);
        double error = Math.Sqrt(Square(_weight * primal) + Square(dual / _weight) + Square(gap));
        return (error, Math.Max(relativePrimal, Math.Max(relativeDual, relativeGap)));
    }

    /// <summary>Whether a difference of iterates is a certificate of infeasibility or unboundedness.</summary>
    private StopReason Certificates(double[] dx, double[] dy)
    {
        // y proves infeasibility when the least of y'A x over the bounds is above the most that the rows' sides allow.
        _program.Columns.Apply(dy, _measureX);
        double gain = 0, residual = 0;
        for (int i = 0; i < _m; i++)
        {
            double side = dy[i] > 0 ? _program.Upper[_n + i] : _program.Lower[_n + i];
            if (double.IsFinite(side))
                gain -= dy[i] * side;
            else
                residual = Math.Max(residual, Math.Abs(dy[i]) * _program.RowScale[i]);
        }

        for (int j = 0; j < _n; j++)
        {
            double side = _measureX[j] < 0 ? _program.Upper[j] : _program.Lower[j];
            if (double.IsFinite(side))
                gain += _measureX[j] * side;
            else
                residual = Math.Max(residual, Math.Abs(_measureX[j]) / _program.ColumnScale[j]);
        }

        if (gain > 0 && residual <= _options.CertificateTolerance * gain && Reduce.MaxNorm<double>(dy) > 0)
        {
            dx.CopyTo(_bestX, 0);
            dy.CopyTo(_bestY, 0);
            return StopReason.Infeasible;
        }

        // x is a ray when it goes on for ever within all sides and the costs fall.
        _program.Rows.Apply(dx, _measureY);
        double fall = 0;
        residual = 0;
        for (int j = 0; j < _n; j++)
        {
            fall -= _program.Cost[j] * dx[j] / _program.CostScale;
            residual = Math.Max(residual, Leaves(dx[j], _program.Lower[j], _program.Upper[j]) * _program.ColumnScale[j]);
        }

        for (int i = 0; i < _m; i++)
            residual = Math.Max(residual, Leaves(_measureY[i], _program.Lower[_n + i], _program.Upper[_n + i]) / _program.RowScale[i]);
        if (!(fall > 0) || residual > _options.CertificateTolerance * fall)
            return StopReason.None;
        dx.CopyTo(_bestX, 0);
        dy.CopyTo(_bestY, 0);
        return StopReason.Unbounded;
    }

    private static double Leaves(double direction, double lower, double upper) =>
        direction > 0 && double.IsFinite(upper) ? direction : direction < 0 && double.IsFinite(lower) ? -direction : 0;

    private static double Largest(double lower, double upper) =>
        Math.Max(double.IsFinite(lower) ? Math.Abs(lower) : 0, double.IsFinite(upper) ? Math.Abs(upper) : 0);

    private static double Square(double v) => v * v;

    public override ProgramResult Result(StopReason reason, TimeSpan elapsed)
    {
        double[] x = [.. _bestX], y = [.. _bestY];
        if (reason is StopReason.Infeasible or StopReason.Unbounded)
        {
            double length = Reduce.MaxNorm<double>(reason == StopReason.Unbounded ? x : y);
            Vectors.Scale(1 / length, x, x);
            Vectors.Scale(1 / length, y, y);
        }

        return _program.Result(reason, x, y, _iterations, elapsed, Sentence(reason, _primal, _dual, _gap));
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_y);
        archive.Transfer<double>(_averageX);
        archive.Transfer<double>(_averageY);
        archive.Transfer<double>(_startX);
        archive.Transfer<double>(_startY);
        archive.Transfer<double>(_aty);
        archive.Transfer<double>(_bestX);
        archive.Transfer<double>(_bestY);
        archive.Transfer(ref _step);
        archive.Transfer(ref _weight);
        archive.Transfer(ref _totalWeight);
        archive.Transfer(ref _startError);
        archive.Transfer(ref _candidateError);
        archive.Transfer(ref _bestMerit);
        archive.Transfer(ref _primal);
        archive.Transfer(ref _dual);
        archive.Transfer(ref _gap);
        archive.Transfer(ref _iterations);
        archive.Transfer(ref _epoch);
        archive.Transfer(ref _trials);
    }
}
