using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of <see cref="Bdf"/>: backward differences D^0 to D^(k+2) one after the other in one buffer.</summary>
internal sealed class BdfStepper : OdeStepper
{
    private const int Rows = Bdf.HighestOrder + 3;
    private const double Epsilon = 2.220446049250313e-16;

    private const double Safety = 0.9, SmallestFactor = 0.2, LargestFactor = 10;

    // What iterations may leave of the error that a step may have; a tenth of it when the rate of convergence is the last step's.
    private const double IterationError = 0.03, RememberedRate = 0.1;

    // Below this a change of the step isn't worth a factorization.
    private const double SmallestIncrease = 1.2;

    private readonly Bdf _method;
    private readonly Linearization _jacobian;
    private readonly ShiftedMatrix _matrix;
    private readonly double _newtonTolerance;

    // gamma(k), the step's factor alpha(k) = (1 - kappa) gamma, the error constant kappa gamma + 1 / (k + 1).
    private readonly double[] _gamma = new double[Bdf.HighestOrder + 1];
    private readonly double[] _alpha = new double[Bdf.HighestOrder + 1];
    private readonly double[] _error = new double[Bdf.HighestOrder + 2];

    private readonly int _n;
    private readonly double[] _f, _predicted, _psi, _d, _right, _massVector, _massProduct;
    private readonly double[] _weights = new double[(Bdf.HighestOrder + 1) * (Bdf.HighestOrder + 1)];
    private readonly double[] _row = new double[Bdf.HighestOrder + 1];
    private double[] _differences, _next, _dense;

    private double _h;
    private double _factored;
    private double _rate;
    private double _retry;
    private double _safety;
    private int _order;
    private int _nextOrder;
    private int _denseOrder;
    private int _equalSteps;
    private bool _hasHistory, _hasJacobian, _isCurrent, _isFactored;

    public BdfStepper(Bdf method, IOdeSystem system, OdeVectors vectors)
        : base(method, system, vectors, 2)
    {
        ReadOnlySpan<double> kappa = [0, -0.1850, -1.0 / 9, -0.0823, -0.0415, 0];
        _method = method;
        _jacobian = new Linearization(this, method, system, vectors);
        _matrix = new ShiftedMatrix(this, _jacobian);
        _newtonTolerance = Math.Max(10 * Epsilon / Math.Max(method.RelativeTolerance, Epsilon), IterationError);
        _error[0] = 1;
        for (int k = 1; k <= Bdf.HighestOrder; k++)
        {
            double modification = method.IsModified ? kappa[k] : 0;
            _gamma[k] = _gamma[k - 1] + (1.0 / k);
            _alpha[k] = (1 - modification) * _gamma[k];
            _error[k] = (modification * _gamma[k]) + (1.0 / (k + 1));
        }

        _error[Bdf.HighestOrder + 1] = 1.0 / (Bdf.HighestOrder + 2);
        int n = _n = vectors.Dimension;
        (_f, _predicted, _psi, _d, _right) = (new double[n], new double[n], new double[n], new double[n], new double[n]);
        int masses = _jacobian.Mass is null ? 0 : n;
        (_massVector, _massProduct) = (new double[masses], new double[masses]);
        _differences = new double[checked(Rows * n)];
        _next = new double[Rows * n];
        _dense = _differences;
        _order = _nextOrder = _denseOrder = 1;
    }

    protected internal override bool Prepare(double time)
    {
        if (_hasHistory)
            return true;
        if (!Evaluate(time, Vectors.Point, _f))
            return false;
        _order = 1;
        _h = 0;
        _equalSteps = 0;
        Array.Clear(_differences);
        Vectors.Point.AsSpan(0, _n).CopyTo(_differences);
        _hasHistory = true;
        return true;
    }

    protected internal override double ChooseStep(double time, double distance) => ChooseStep(time, distance, _f, _right, 0.5);

    protected internal override double Try(double time, double h, double newTime)
    {
        if (_h == 0)
        {
            if (!StartHistory(time, h))
                return double.NaN;
        }
        else if (!(Math.Abs(h - _h) <= 4 * Epsilon * Math.Max(Math.Abs(time), Math.Abs(newTime))))
            ChangeStep(h);

        // The history's step, which differs from h by the rounding of time at most.
        h = _h;
        int n = _n, k = _order;
        double[] trial = Vectors.Trial;
        Predict(k);
        if (!StageKernels.AllFinite(_predicted))
        {
            _retry = 0.5;
            return double.NaN;
        }

        double shift = _alpha[k] / h;
        int iterations;
        while (true)
        {
            bool fresh = false;
            if (!_hasJacobian)
            {
                _predicted.CopyTo(trial, 0);
                if (!Evaluate(newTime, trial, _right) || !_jacobian.Evaluate(newTime, _predicted, _right, h))
                {
                    _retry = 0.5;
                    return double.NaN;
                }

                _hasJacobian = _isCurrent = true;
                _isFactored = false;
                fresh = true;
            }

            if (!_isFactored || Math.Abs(shift - _factored) > 1e-10 * Math.Abs(shift))
            {
                _isFactored = false;
                if (!_matrix.TryFactor(shift))
                {
                    _retry = 0.5;
                    _hasJacobian &= _isCurrent;
                    return double.PositiveInfinity;
                }

                _isFactored = true;
                _factored = shift;
                _rate = 0;
            }

            (bool finite, iterations) = Iterate(newTime, shift, fresh);
            if (iterations > 0)
                break;
            if (!_isCurrent)
            {
                _hasJacobian = false;
                continue;
            }

            _retry = 0.5;
            return finite ? double.PositiveInfinity : double.NaN;
        }

        _safety = Safety * ((2.0 * _method.MaxIterations) + 1) / ((2.0 * _method.MaxIterations) + iterations);
        double error = _error[k] * Norm(_d, 0, trial);
        if (!(error <= 1))
        {
            _retry = Math.Max(SmallestFactor, _safety * Math.Pow(error, -1.0 / (k + 1)));
            _equalSteps = 0;
            return double.IsFinite(error) ? error : double.NaN;
        }

        // The new differences: D^(k+1) = d, D^(k+2) = d - the old one, and each D^j the sum of those above.
        _d.CopyTo(_next, (k + 1) * n);
        for (int i = 0; i < n; i++)
        {
            double sum = _d[i];
            _next[((k + 2) * n) + i] = sum - _differences[((k + 1) * n) + i];
            for (int j = k; j >= 0; j--)
                _next[(j * n) + i] = sum += _differences[(j * n) + i];
            trial[i] = sum;
        }

        _dense = _next;
        _denseOrder = k;
        return error;
    }

    /// <summary>Order and step change after k + 1 equal steps at the earliest, to the order whose predicted step is the largest.</summary>
    protected internal override double NextFactor(double h, double error, bool afterRejection)
    {
        int k = _order;
        _nextOrder = k;
        if (_equalSteps + 1 < k + 1)
            return 1;
        double best = _safety * Root(error, k + 1);
        if (k > 1)
        {
            double lower = _safety * Root(_error[k - 1] * Norm(_next, k * _n, Vectors.Trial), k);
            if (lower > best)
                (best, _nextOrder) = (lower, k - 1);
        }

        if (k < _method.MaxOrder)
        {
            double higher = _safety * Root(_error[k + 1] * Norm(_next, (k + 2) * _n, Vectors.Trial), k + 2);
            if (higher > best)
                (best, _nextOrder) = (higher, k + 1);
        }

        best = Math.Clamp(best, SmallestFactor, afterRejection ? 1 : LargestFactor);
        if (best is < 1 or >= SmallestIncrease)
            return best;
        _nextOrder = k;
        return 1;

        static double Root(double error, int power) => Math.Pow(error, -1.0 / power);
    }

    protected internal override double RetryFactor(double error) => _retry;

    protected internal override void Accept(double h, double error)
    {
        (_differences, _next) = (_next, _differences);
        _isCurrent = false;
        _equalSteps++;
        if (_nextOrder != _order)
            _equalSteps = 0;
        _order = _nextOrder;
    }

    protected internal override double SpectralEstimate() => _jacobian.SpectralBound();

    protected internal override void Forget()
    {
        base.Forget();
        _hasHistory = _hasJacobian = _isCurrent = _isFactored = false;
    }

    protected internal override void Dense(double theta, double[] start, double[] destination)
    {
        // y(t(n+1) + s h) = sum over j of D^j s (s + 1) ... (s + j - 1) / j!
        int n = _n, k = _denseOrder;
        double s = theta - 1, factor = 1;
        Span<double> weights = _row;
        for (int j = 0; j <= k; j++)
        {
            weights[j] = factor;
            factor *= (s + j) / (j + 1);
        }

        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = k; j >= 0; j--)
                sum += weights[j] * _dense[(j * n) + i];
            destination[i] = sum;
        }
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Expect(_method.MaxOrder, "largest order");
        _jacobian.Persist(archive);
        _matrix.Persist(archive);

        // Rows beyond are what longer histories have left.
        int used = (Math.Clamp(_denseOrder, 1, Bdf.HighestOrder) + 3) * _n;
        _differences.AsSpan(Math.Min(used, _differences.Length)).Clear();
        archive.Transfer<double>(_differences);
        archive.Transfer(ref _h);
        archive.Transfer(ref _factored);
        archive.Transfer(ref _rate);
        archive.Transfer(ref _order);
        archive.Transfer(ref _denseOrder);
        archive.Transfer(ref _equalSteps);
        archive.Transfer(ref _hasHistory);
        archive.Transfer(ref _hasJacobian);
        archive.Transfer(ref _isCurrent);
        archive.Transfer(ref _isFactored);
        if (!archive.IsLoading)
            return;
        _dense = _differences;
        if (_order < 1 || _order > _method.MaxOrder || _denseOrder < 1 || _denseOrder > _method.MaxOrder)
            throw new CheckpointException("The saved state is damaged: its order is impossible.");
    }

    /// <summary>D^1 = h y'. With a mass matrix, which may have no inverse, y' is the linearly implicit Euler step's.</summary>
    private bool StartHistory(double time, double h)
    {
        Span<double> first = _differences.AsSpan(_n, _n);
        _f.CopyTo(first);
        if (_jacobian.Mass is null)
        {
            for (int i = 0; i < _n; i++)
                first[i] *= h;
        }
        else
        {
            _isFactored = false;
            _hasJacobian = _isCurrent = _jacobian.Evaluate(time, Vectors.Point, _f, h);
            if (!_hasJacobian || !_matrix.TryFactor(1 / h))
            {
                _retry = 0.5;
                return false;
            }

            _isFactored = true;
            _factored = 1 / h;
            _matrix.Solve(first);
        }

        _h = h;
        return true;
    }

    private void Predict(int k)
    {
        int n = _n;
        double inverse = 1 / _alpha[k];
        for (int i = 0; i < n; i++)
        {
            double value = _differences[i], psi = 0;
            for (int j = 1; j <= k; j++)
            {
                double difference = _differences[(j * n) + i];
                value += difference;
                psi += _gamma[j] * difference;
            }

            _predicted[i] = value;
            _psi[i] = psi * inverse;
        }
    }

    /// <summary>Simplified Newton iterations for d = y - predicted; the number of iterations, 0 when they don't converge.</summary>
    private (bool Finite, int Count) Iterate(double newTime, double shift, bool atPrediction)
    {
        int n = _n;
        double[] trial = Vectors.Trial;
        Array.Clear(_d);
        _predicted.CopyTo(trial, 0);
        double lastNorm = 0, rate = _rate;
        for (int iteration = 1; iteration <= _method.MaxIterations; iteration++)
        {
            // f at the prediction is known when the Jacobian was just computed there.
            if (!(atPrediction && iteration == 1) && !Evaluate(newTime, trial, _right))
                return (false, 0);
            if (_jacobian.Mass is null)
            {
                for (int i = 0; i < n; i++)
                    _right[i] -= shift * (_psi[i] + _d[i]);
            }
            else
            {
                for (int i = 0; i < n; i++)
                    _massVector[i] = _psi[i] + _d[i];
                _jacobian.MultiplyMass(_massVector, _massProduct);
                for (int i = 0; i < n; i++)
                    _right[i] -= shift * _massProduct[i];
            }

            _matrix.Solve(_right);
            double norm = Norm(_right, 0, _predicted);
            if (!double.IsFinite(norm))
                return (false, 0);
            if (iteration > 1)
            {
                rate = Math.Max(0.3 * rate, norm / lastNorm);
                if (rate >= 0.9 || Math.Pow(rate, _method.MaxIterations - iteration) * rate / (1 - rate) * norm > _newtonTolerance)
                    return (true, 0);
            }

            for (int i = 0; i < n; i++)
            {
                double d = _d[i] += _right[i];
                trial[i] = _predicted[i] + d;
            }

            double allowed = iteration == 1 ? RememberedRate * _newtonTolerance : _newtonTolerance;
            if (norm == 0 || (rate > 0 && rate / (1 - rate) * norm <= allowed))
            {
                if (!StageKernels.AllFinite(trial.AsSpan(0, n)))
                    return (false, 0);
                _rate = rate;
                return (true, iteration);
            }

            lastNorm = norm;
        }

        return (true, 0);
    }

    /// <summary>The differences of the same polynomial for another step: Shampine and Reichelt (1997), section 2.1.</summary>
    private void ChangeStep(double h)
    {
        int k = _order, size = k + 1, n = _n;
        double factor = h / _h;
        Span<double> weights = _weights.AsSpan(0, size * size);

        // D^j for the new step is the j-th difference of the polynomial's values at -i factor, in units of the old one; these are sum over m of D^m w(m, i).
        for (int i = 0; i < size; i++)
        {
            double s = -i * factor, w = 1;
            for (int m = 0; m < size; m++)
            {
                weights[(m * size) + i] = w;
                w *= (s + m) / (m + 1);
            }
        }

        for (int m = 0; m < size; m++)
        {
            Span<double> row = weights.Slice(m * size, size);
            for (int j = 1; j < size; j++)
            {
                for (int i = size - 1; i >= j; i--)
                    row[i] = row[i - 1] - row[i];
            }
        }

        Span<double> values = _row.AsSpan(0, size);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double sum = 0;
                for (int m = 0; m < size; m++)
                    sum += weights[(m * size) + j] * _differences[(m * n) + i];
                values[j] = sum;
            }

            for (int j = 0; j < size; j++)
                _differences[(j * n) + i] = values[j];
        }

        _h = h;
        _equalSteps = 0;
    }

    /// <summary>The root mean square over the tolerance at a point.</summary>
    private double Norm(double[] values, int offset, double[] at)
    {
        double sum = 0, relative = _method.RelativeTolerance;
        double[] absolute = Vectors.Absolute;
        for (int i = 0; i < _n; i++)
        {
            double ratio = values[offset + i] / (absolute[i] + (relative * Math.Abs(at[i])));
            sum += ratio * ratio;
        }

        return Math.Sqrt(sum / _n);
    }
}
