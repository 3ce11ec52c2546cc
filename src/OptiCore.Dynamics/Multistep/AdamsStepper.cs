using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of <see cref="Adams"/>; names follow Shampine and Gordon (1975), chapter 5. Indices of differences and coefficients begin with 1.</summary>
internal sealed class AdamsStepper : OdeStepper
{
    private const int Rows = Adams.HighestOrder + 3;

    // The part of the tolerance that an error should use.
    private const double Target = 0.5;

    // |gamma*(k)|, the error constants of the Adams-Moulton formulas.
    private static readonly double[] MoultonConstants =
    [
        0, 1.0 / 2, 1.0 / 12, 1.0 / 24, 19.0 / 720, 3.0 / 160, 863.0 / 60480, 275.0 / 24192, 33953.0 / 3628800, 8183.0 / 1036800, 3250433.0 / 479001600,
        4671.0 / 788480, 13695779093.0 / 2615348736000, 2224234463.0 / 475517952000,
    ];

    private readonly Adams _method;
    private readonly int _n;
    private readonly double[] _predicted, _difference, _at;
    private readonly double[] _psi = new double[Rows + 1], _beta = new double[Rows + 1], _g = new double[Rows + 1], _sigma = new double[Rows + 1], _c = new double[Rows + 2];
    private readonly double[] _denseWeights = new double[Rows + 1];

    // The last steps, the latest first: psi(i) of the last step is the sum of the first i.
    private readonly double[] _steps = new double[Rows];
    private double[] _phi, _next, _dense;
    private double _error, _lower;
    private double _retry;
    private int _order = 1;
    private int _lowerOrder;
    private int _nextOrder;
    private int _denseOrder = 1;
    private int _equalSteps;
    private int _failures;
    private bool _hasHistory;
    private bool _isStarting = true;

    public AdamsStepper(Adams method, IOdeSystem system, OdeVectors vectors)
        : base(method, system, vectors, 2)
    {
        _method = method;
        int n = _n = vectors.Dimension;
        (_predicted, _difference, _at) = (new double[n], new double[n], new double[n]);
        _phi = new double[checked((Rows + 1) * n)];
        _next = new double[(Rows + 1) * n];
        _dense = _phi;
    }

    protected internal override bool Prepare(double time)
    {
        if (_hasHistory)
            return true;
        Array.Clear(_phi);
        Array.Clear(_steps);
        _hasHistory = Evaluate(time, Vectors.Point, _phi.AsSpan(_n, _n));
        return _hasHistory;
    }

    protected internal override double ChooseStep(double time, double distance) => ChooseStep(time, distance, _phi.AsSpan(_n, _n), _difference, 0.5);

    protected internal override double Try(double time, double h, double newTime)
    {
        int n = _n, k = _order;
        double[] y = Vectors.Point, trial = Vectors.Trial;
        ComputeCoefficients(h, k + 1);

        // The predicted differences phi^p(i) = phi^p(i + 1) + beta(i) phi(i), and the prediction.
        Array.Clear(_next, (k + 1) * n, n);
        for (int i = 0; i < n; i++)
        {
            double sum = 0, above = 0;
            for (int j = k; j >= 1; j--)
            {
                double star = _beta[j] * _phi[(j * n) + i];
                sum += _g[j] * star;
                above += star;
                _next[(j * n) + i] = above;
            }

            _predicted[i] = trial[i] = y[i] + (h * sum);
        }

        _retry = 0.5;
        if (!StageKernels.AllFinite(_predicted) || !Evaluate(newTime, trial, _difference))
            return Fail(double.NaN, k);
        for (int i = 0; i < n; i++)
            _difference[i] -= _next[n + i];
        double size = Math.Abs(h), norm = Norm(0, false);
        double error = size * Math.Abs(_g[k] - _g[k + 1]) * norm;
        _error = size * _sigma[k + 1] * MoultonConstants[k] * norm;
        _lower = k > 1 ? size * _sigma[k] * MoultonConstants[k - 1] * Norm(k, true) : 0;
        double lowest = k > 2 ? size * _sigma[k - 1] * MoultonConstants[k - 2] * Norm(k - 1, true) : 0;
        _lowerOrder = (k > 2 && Math.Max(_lower, lowest) <= _error) || (k == 2 && _lower <= 0.5 * _error) ? k - 1 : k;
        if (!(error <= 1))
            return Fail(double.IsFinite(error) ? error : double.NaN, _lowerOrder);

        for (int i = 0; i < n; i++)
            trial[i] = _predicted[i] + (h * _g[k + 1] * _difference[i]);
        if (!StageKernels.AllFinite(trial.AsSpan(0, n)) || !Evaluate(newTime, trial, _at))
            return Fail(double.NaN, k);
        for (int i = 0; i < n; i++)
        {
            double last = _at[i] - _next[n + i];
            _next[((k + 2) * n) + i] = last - _phi[((k + 1) * n) + i];
            _next[((k + 1) * n) + i] = last;
            for (int j = 1; j <= k; j++)
                _next[(j * n) + i] += last;
        }

        // Row 0 keeps the step's end, from which the dense output goes back.
        trial.AsSpan(0, n).CopyTo(_next);
        _dense = _next;
        _denseOrder = k;
        return error;
    }

    protected internal override double NextFactor(double h, double error, bool afterRejection)
    {
        int k = _order;
        _nextOrder = k;
        double chosen = _error;
        bool isSame = _steps[0] != 0 && Math.Abs(h - _steps[0]) <= 1e-8 * Math.Abs(h);
        _equalSteps = isSame ? _equalSteps + 1 : 1;
        if (_lowerOrder == k - 1 || k == _method.MaxOrder)
            _isStarting = false;
        if (_isStarting)
            _nextOrder = k + 1;
        else if (_lowerOrder == k - 1)
            (_nextOrder, chosen) = (k - 1, _lower);
        else if (k < _method.MaxOrder && _equalSteps > k)
        {
            double higher = Math.Abs(h) * MoultonConstants[k + 1] * NextNorm(k + 2);
            if (k > 1 && _lower <= Math.Min(_error, higher))
                (_nextOrder, chosen) = (k - 1, _lower);
            else if (higher < (k > 1 ? _error : 0.5 * _error))
                (_nextOrder, chosen) = (k + 1, higher);
        }

        if (_isStarting || chosen * Math.ScaleB(1, _nextOrder + 1) <= Target)
            return afterRejection && !_isStarting ? 1 : 2;
        return chosen <= Target ? 1 : Math.Clamp(Math.Pow(Target / chosen, 1.0 / (_nextOrder + 1)), 0.5, 0.9);
    }

    protected internal override double RetryFactor(double error) => _retry;

    protected internal override void Accept(double h, double error)
    {
        (_phi, _next) = (_next, _phi);
        for (int i = Rows - 1; i > 0; i--)
            _steps[i] = _steps[i - 1];
        _steps[0] = h;
        _order = _nextOrder;
        _failures = 0;
    }

    protected internal override void Forget()
    {
        base.Forget();
        _order = _denseOrder = 1;
        _equalSteps = _failures = 0;
        _hasHistory = false;
        _isStarting = true;
    }

    /// <summary>Shampine and Gordon (1975), section 5.5: the integral of the polynomial through the last derivatives, from the step's end backward.</summary>
    protected internal override void Dense(double theta, double[] start, double[] destination)
    {
        int n = _n, count = _denseOrder + 1;
        ReadOnlySpan<double> end = _dense.AsSpan(0, n);
        double step = _dense == _phi ? _steps[0] : _psi[1], back = (theta - 1) * step, term = 0, psi = 0;
        Span<double> w = _c, g = _denseWeights;
        for (int i = 1; i <= count; i++)
            w[i] = 1.0 / i;
        g[1] = 1;
        for (int j = 2; j <= count; j++)
        {
            // The sums of steps up to the one before the last, of which the tried step is the first until it is accepted.
            psi += _dense == _phi ? _steps[j - 2] : j == 2 ? step : _steps[j - 3];
            double gamma = (back + term) / psi, eta = back / psi;
            for (int i = 1; i <= count + 1 - j; i++)
                w[i] = (gamma * w[i]) - (eta * w[i + 1]);
            g[j] = w[1];
            term = psi;
        }

        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = count; j >= 1; j--)
                sum += g[j] * _dense[(j * n) + i];
            destination[i] = end[i] + (back * sum);
        }
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Expect(_method.MaxOrder, "largest order");

        // Rows beyond are what longer histories have left.
        int used = (Math.Clamp(_denseOrder, 1, Adams.HighestOrder) + 3) * _n;
        _phi.AsSpan(used).Clear();
        archive.Transfer<double>(_phi);
        archive.Transfer<double>(_steps);
        archive.Transfer(ref _order);
        archive.Transfer(ref _denseOrder);
        archive.Transfer(ref _equalSteps);
        archive.Transfer(ref _failures);
        archive.Transfer(ref _hasHistory);
        archive.Transfer(ref _isStarting);
        if (!archive.IsLoading)
            return;
        _dense = _phi;
        if (_order < 1 || _order > _method.MaxOrder || _denseOrder < 1 || _denseOrder > _method.MaxOrder)
            throw new CheckpointException("The saved state is damaged: its order is impossible.");
    }

    /// <summary>A failed step is halved, from the third failure on with order 1 and, if that says so, by more.</summary>
    private double Fail(double error, int order)
    {
        _isStarting = false;
        _equalSteps = 0;
        _failures++;
        if (_failures > 3 && Target < 0.25 * _error)
            _retry = Math.Sqrt(Target / _error);
        _order = _failures >= 3 ? 1 : order;
        return error;
    }

    /// <summary>psi, beta, g and sigma for a step h; section 5.2.</summary>
    private void ComputeCoefficients(double h, int count)
    {
        double before = 0, now = h, factor = 1, sigma = 1;
        for (int i = 1; i <= count; i++)
        {
            _psi[i] = now;
            _beta[i] = factor;
            _sigma[i] = sigma;
            before += _steps[i - 1];
            if (before != 0)
                factor *= now / before;
            sigma *= i * (h / now);
            now = h + before;
        }

        _sigma[count + 1] = sigma;
        for (int q = 1; q <= count; q++)
            _c[q] = 1.0 / q;
        _g[1] = 1;
        for (int i = 2; i <= count; i++)
        {
            double alpha = i == 2 ? 1 : h / _psi[i - 1];
            for (int q = 1; q <= count - i + 1; q++)
                _c[q] -= alpha * _c[q + 1];
            _g[i] = _c[1];
        }
    }

    /// <summary>The norm of the correction, or with the predicted difference of an index added.</summary>
    private double Norm(int index, bool withDifference)
    {
        double sum = 0, relative = _method.RelativeTolerance;
        double[] y = Vectors.Point, absolute = Vectors.Absolute;
        for (int i = 0; i < _n; i++)
        {
            double value = withDifference ? _difference[i] + _next[(index * _n) + i] : _difference[i];
            double ratio = value / (absolute[i] + (relative * Math.Max(Math.Abs(y[i]), Math.Abs(_predicted[i]))));
            sum += ratio * ratio;
        }

        return Math.Sqrt(sum / _n);
    }

    private double NextNorm(int index)
    {
        double sum = 0, relative = _method.RelativeTolerance;
        double[] y = Vectors.Trial, absolute = Vectors.Absolute;
        for (int i = 0; i < _n; i++)
        {
            double ratio = _next[(index * _n) + i] / (absolute[i] + (relative * Math.Abs(y[i])));
            sum += ratio * ratio;
        }

        return Math.Sqrt(sum / _n);
    }
}
