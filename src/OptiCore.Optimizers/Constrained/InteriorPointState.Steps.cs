using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <content>Linear systems, steps, the barrier's parameter, and the restoration of feasibility.</content>
internal sealed partial class InteriorPointState
{
    // Constants of the paper's inertia correction, and of the restoration.
    private const double FirstShift = 1e-4, LeastShift = 1e-20, LargestShift = 1e40, ShiftGrowth = 8, FirstShiftGrowth = 100, ShiftDecay = 1.0 / 3, ConstraintShift = 1e-8, ConstraintShiftPower = 0.25;
    private const double RestorationReduction = 0.9, LeastDamping = 1e-12, LargestDamping = 1e12, Stationary = 1e-10;

    private readonly double[] _matrix, _right, _solution, _residual, _normal;
    private readonly Ldlt<double> _ldlt;

    /// <summary>The optimality error for a value of the barrier's parameter.</summary>
    private double Error(double mu)
    {
        double multipliers = 0, prices = 0;
        foreach (double y in _lambda)
            multipliers += Math.Abs(y);
        for (int j = 0; j < _size; j++)
            prices += _zLower[j] + _zUpper[j];
        double dualScale = Math.Max(ScaleLimit, (multipliers + prices) / (_m + (2 * _size))) / ScaleLimit;
        double complementScale = Math.Max(ScaleLimit, prices / (2 * _size)) / ScaleLimit;
        LagrangianGradient(_work);
        double dual = 0, complement = 0;
        for (int j = 0; j < _n; j++)
            dual = Math.Max(dual, _isFixed[j] ? 0 : Math.Abs(_work[j] - _zLower[j] + _zUpper[j]));
        for (int i = 0; i < _m; i++)
        {
            if (_slackOf[i] >= 0)
                dual = Math.Max(dual, Math.Abs(-_lambda[i] - _zLower[_slackOf[i]] + _zUpper[_slackOf[i]]));
        }

        for (int j = 0; j < _size; j++)
        {
            if (HasLower(j))
                complement = Math.Max(complement, Math.Abs(((_v[j] - _lower[j]) * _zLower[j]) - mu));
            if (HasUpper(j))
                complement = Math.Max(complement, Math.Abs(((_upper[j] - _v[j]) * _zUpper[j]) - mu));
        }

        return Math.Max(dual / dualScale, Math.Max(Reduce.MaxNorm<double>(_c), complement / complementScale));
    }

    /// <summary>The next value of the barrier's parameter, and a filter without memory.</summary>
    private bool TryLowerBarrier()
    {
        double least = _options.Tolerance / 10;
        if (_mu <= least)
            return false;
        _mu = Math.Max(least, Math.Min(BarrierFactor * _mu, Math.Pow(_mu, BarrierPower)));
        _filter.Clear();
        return true;
    }

    private Advance NewStep(bool iterated)
    {
        while (Error(_mu) <= BarrierError * _mu && TryLowerBarrier())
        {
        }

        while (true)
        {
            if (!TryFactor())
                return BeginRestoration(iterated);
            Gradient(_right);
            _slope = 0;
            for (int i = 0; i < _m; i++)
                _right[_size + i] = -_c[i];
            Solve();
            for (int j = 0; j < _size; j++)
                _step[j] = _solution[j];
            for (int i = 0; i < _m; i++)
                _lambdaStep[i] = _solution[_size + i];
            if (!double.IsFinite(Reduce.MaxNorm<double>(_solution)))
                return BeginRestoration(iterated);

            // The slope of the barrier function alone: its gradient is that of the Lagrangian less J'lambda.
            double relative = 0;
            for (int j = 0; j < _size; j++)
            {
                double slope = j < _n ? _g[j] : 0;
                if (HasLower(j))
                    slope -= _mu / (_v[j] - _lower[j]);
                if (HasUpper(j))
                    slope += _mu / (_upper[j] - _v[j]);
                _slope += slope * _step[j];
                relative = Math.Max(relative, Math.Abs(_step[j]) / (1 + Math.Abs(_v[j])));
            }

            if (relative >= 10 * MachineEpsilon)
                break;

            // Nothing moves any more: what is left is the barrier.
            if (!TryLowerBarrier())
                return Advance.Stop(StopReason.NoProgress, iterated);
        }

        double fraction = Math.Max(LeastFraction, 1 - _mu);
        _dualAlpha = 1;
        for (int j = 0; j < _size; j++)
        {
            if (HasLower(j))
            {
                double distance = _v[j] - _lower[j];
                _zLowerStep[j] = (_mu / distance) - _zLower[j] - (_zLower[j] / distance * _step[j]);
                if (_zLowerStep[j] < 0)
                    _dualAlpha = Math.Min(_dualAlpha, -fraction * _zLower[j] / _zLowerStep[j]);
            }

            if (HasUpper(j))
            {
                double distance = _upper[j] - _v[j];
                _zUpperStep[j] = (_mu / distance) - _zUpper[j] + (_zUpper[j] / distance * _step[j]);
                if (_zUpperStep[j] < 0)
                    _dualAlpha = Math.Min(_dualAlpha, -fraction * _zUpper[j] / _zUpperStep[j]);
            }
        }

        (_theta, _phi) = (Theta(_c), Barrier(_f, _v));
        _fullAlpha = _alpha = LongestStep(_v, _step);
        _corrections = 0;
        _anyFinite = false;
        _phase = Phase.Trial;
        AskAlong(_step, _alpha);
        return iterated ? Advance.Iteration : Advance.Continue;
    }

    /// <summary>Writes the negative gradient of the barrier problem's Lagrangian.</summary>
    private void Gradient(double[] right)
    {
        LagrangianGradient(_work);
        for (int j = 0; j < _size; j++)
            right[j] = j < _n ? -_work[j] : 0;
        for (int i = 0; i < _m; i++)
        {
            if (_slackOf[i] >= 0)
                right[_slackOf[i]] = _lambda[i];
        }

        for (int j = 0; j < _size; j++)
        {
            if (HasLower(j))
                right[j] += _mu / (_v[j] - _lower[j]);
            if (HasUpper(j))
                right[j] -= _mu / (_upper[j] - _v[j]);
            if (_isFixed[j])
                right[j] = 0;
        }
    }

    /// <summary>Algorithm IC of the paper: shifts of the diagonal until the system has as many positive eigenvalues as variables and as many negative ones as constraints.</summary>
    private bool TryFactor()
    {
        Fill(0, 0);
        double constraintShift = 0;
        if (_ldlt.TryFactor(_matrix) && IsRight())
            return true;
        if (_ldlt.Inertia.Zero > 0)
            constraintShift = ConstraintShift * Math.Pow(_mu, ConstraintShiftPower);
        double shift = _lastShift == 0 ? FirstShift : Math.Max(LeastShift, ShiftDecay * _lastShift);
        while (shift <= LargestShift)
        {
            Fill(shift, constraintShift);
            if (_ldlt.TryFactor(_matrix) && IsRight())
            {
                _lastShift = shift;
                return true;
            }

            // Constraints whose gradients depend on each other are singular only to within rounding.
            constraintShift = ConstraintShift * Math.Pow(_mu, ConstraintShiftPower);
            shift *= _lastShift == 0 ? FirstShiftGrowth : ShiftGrowth;
        }

        return false;
    }

    private bool IsRight() => _ldlt.Inertia.Positive == _size && _ldlt.Inertia.Negative == _m;

    private void Fill(double shift, double constraintShift)
    {
        int order = _size + _m;
        _matrix.AsSpan().Clear();
        for (int j = 0; j < _size; j++)
        {
            if (_isFixed[j])
            {
                _matrix[(j * order) + j] = 1;
                continue;
            }

            for (int k = 0; j < _n && k <= j; k++)
                _matrix[(j * order) + k] = _isFixed[k] ? 0 : _hessian[(j * _n) + k];
            double sigma = shift;
            if (HasLower(j))
                sigma += _zLower[j] / (_v[j] - _lower[j]);
            if (HasUpper(j))
                sigma += _zUpper[j] / (_upper[j] - _v[j]);
            _matrix[(j * order) + j] += sigma;
        }

        FillConstraints(constraintShift);
    }

    private void FillConstraints(double constraintShift)
    {
        int order = _size + _m;
        for (int i = 0; i < _m; i++)
        {
            Span<double> row = _matrix.AsSpan((_size + i) * order, order);
            for (int j = 0; j < _n; j++)
                row[j] = _isFixed[j] ? 0 : _jacobian[(i * _n) + j];
            if (_slackOf[i] >= 0)
                row[_slackOf[i]] = -1;
            row[_size + i] = -constraintShift;
        }
    }

    /// <summary>Solves the factored system for _right, refined once.</summary>
    private void Solve()
    {
        _ldlt.Solve(_right, _solution);
        int order = _size + _m;
        for (int i = 0; i < order; i++)
        {
            double sum = _right[i];
            for (int k = 0; k < order; k++)
                sum -= (k <= i ? _matrix[(i * order) + k] : _matrix[(k * order) + i]) * _solution[k];
            _residual[i] = sum;
        }

        _ldlt.Solve(_residual, _residual);
        if (double.IsFinite(Reduce.MaxNorm<double>(_residual)))
            Vectors.AddScaled(_solution, 1, _residual, _solution);
    }

    /// <summary>The step that also takes away what the constraints were at the end of the full step.</summary>
    private bool SolveCorrection()
    {
        Gradient(_right);
        for (int i = 0; i < _m; i++)
            _right[_size + i] = -_correctionRight[i];
        Solve();
        if (!double.IsFinite(Reduce.MaxNorm<double>(_solution)))
            return false;
        _solution.AsSpan(0, _size).CopyTo(_corrected);
        return true;
    }

    /// <summary>The multipliers of least squares; 0 where they are large or not unique.</summary>
    private void EstimateMultipliers()
    {
        _lambda.AsSpan().Clear();
        if (_m == 0)
            return;
        int order = _size + _m;
        _matrix.AsSpan().Clear();
        for (int j = 0; j < _size; j++)
        {
            _matrix[(j * order) + j] = 1;
            _right[j] = _isFixed[j] ? 0 : -((j < _n ? _g[j] : 0) - _zLower[j] + _zUpper[j]);
        }

        FillConstraints(0);
        _right.AsSpan(_size).Clear();
        if (!_ldlt.TryFactor(_matrix))
            return;
        _ldlt.Solve(_right, _solution);
        double largest = Reduce.MaxNorm<double>(_solution.AsSpan(_size));
        if (largest <= LargestFirstMultiplier)
            _solution.AsSpan(_size).CopyTo(_lambda);
    }

    private void ResetHessian()
    {
        _hessian.AsSpan().Clear();
        for (int j = 0; j < _n; j++)
            _hessian[(j * _n) + j] = 1;
        _anyUpdate = false;
    }

    /// <summary>Powell's damped BFGS update.</summary>
    private void UpdateHessian()
    {
        double curvature = Reduce.Dot<double>(_s, _y), square = Reduce.Dot<double>(_y, _y);
        if (!_anyUpdate && curvature > 0 && double.IsFinite(square))
        {
            for (int j = 0; j < _n; j++)
                _hessian[(j * _n) + j] = square / curvature;
        }

        for (int j = 0; j < _n; j++)
            _work[j] = Reduce.Dot<double>(_hessian.AsSpan(j * _n, _n), _s);
        double quadratic = Reduce.Dot<double>(_s, _work.AsSpan(0, _n));
        if (!(quadratic > 0) || !double.IsFinite(square))
            return;
        double theta = curvature >= 0.2 * quadratic ? 1 : 0.8 * quadratic / (quadratic - curvature);
        for (int j = 0; j < _n; j++)
            _y[j] = (theta * _y[j]) + ((1 - theta) * _work[j]);
        curvature = Reduce.Dot<double>(_s, _y);
        if (!(curvature > MachineEpsilon * Reduce.Norm<double>(_s) * Reduce.Norm<double>(_y)))
            return;
        for (int j = 0; j < _n; j++)
        {
            for (int k = 0; k < _n; k++)
                _hessian[(j * _n) + k] += (_y[j] * _y[k] / curvature) - (_work[j] * _work[k] / quadratic);
        }

        _anyUpdate = true;
    }

    private Advance BeginRestoration(bool iterated)
    {
        double theta = Theta(_c);
        _filter.Add((1 - SufficientViolation) * theta, Barrier(_f, _v) - (SufficientValue * theta));
        _restorationTheta = theta;
        _damping = 1e-3;
        _anyFinite = false;
        _phase = Phase.Restoration;
        return AskRestoration(iterated);
    }

    /// <summary>A Levenberg-Marquardt step for the residuals, in variables scaled by their distance to the nearest bound.</summary>
    private Advance AskRestoration(bool iterated)
    {
        double pull = 0, size = Reduce.MaxNorm<double>(_c);
        for (int j = 0; j < _size; j++)
        {
            double reach = _isFixed[j] ? 0 : Math.Min(1, Math.Min(_v[j] - _lower[j], _upper[j] - _v[j])), sum = 0;
            for (int i = 0; i < _m; i++)
                sum += Derivative(i, j) * _c[i];
            _corrected[j] = reach;
            _step[j] = -reach * sum;
            pull = Math.Max(pull, Math.Abs(_step[j]));
        }

        if (size == 0 || pull <= Stationary * size || _damping > LargestDamping)
            return Advance.Stop(_violation > _options.Stopping.FeasibilityTolerance ? StopReason.Infeasible : _anyFinite || _m == 0 ? StopReason.NoProgress : StopReason.NonFinite, iterated);
        double largest = 0;
        for (int j = 0; j < _size; j++)
        {
            for (int k = 0; k <= j; k++)
            {
                double sum = 0;
                for (int i = 0; i < _m; i++)
                    sum += Derivative(i, j) * Derivative(i, k);
                _normal[(j * _size) + k] = sum * _corrected[j] * _corrected[k];
            }

            largest = Math.Max(largest, _normal[(j * _size) + j]);
        }

        for (int j = 0; j < _size; j++)
            _normal[(j * _size) + j] += _damping * Math.Max(largest, 1e-300);
        if (!Cholesky.TryFactor<double>(_normal, _size))
        {
            _damping *= 10;
            return AskRestoration(iterated);
        }

        Cholesky.Solve<double>(_normal, _size, _size, _step);
        for (int j = 0; j < _size; j++)
            _step[j] *= _corrected[j];
        AskAlong(_step, LongestStep(_v, _step));
        return iterated ? Advance.Iteration : Advance.Continue;
    }

    private double Derivative(int i, int j) => j < _n ? _jacobian[(i * _n) + j] : _slackOf[i] == j ? -1 : 0;

    private Advance TellRestoration()
    {
        if (Query.IsFinite())
        {
            _anyFinite = true;
            Residuals(_trial, _trialC);
        }

        double before = Reduce.Norm<double>(_c), after = Query.IsFinite() ? Reduce.Norm<double>(_trialC) : double.PositiveInfinity;
        if (!(after < before * (1 - 1e-8)))
        {
            _damping *= 4;
            return AskRestoration(iterated: false);
        }

        _damping = Math.Max(LeastDamping, _damping / 5);
        _trial.CopyTo(_v, 0);
        Take();
        _stepNorm = _valueChange = double.NaN;
        double theta = Theta(_c);
        if (theta > RestorationReduction * _restorationTheta || !_filter.Accepts(theta, Barrier(_f, _v), 0))
            return AskRestoration(iterated: true);
        for (int j = 0; j < _size; j++)
        {
            _zLower[j] = HasLower(j) ? Math.Min(LargestFirstMultiplier, _mu / (_v[j] - _lower[j])) : 0;
            _zUpper[j] = HasUpper(j) ? Math.Min(LargestFirstMultiplier, _mu / (_upper[j] - _v[j])) : 0;
        }

        EstimateMultipliers();
        if (!_exact)
            ResetHessian();
        return Next(iterated: true);
    }
}
