using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of a diagonally implicit method: stages z(i) = h s(Y(i)), and h g(Y(i)) of a split system, one after the other in one buffer.</summary>
internal sealed class DiagonallyImplicitStepper : OdeStepper
{
    private const double Epsilon = 2.220446049250313e-16;

    // What iterations may leave, in units of the tolerance; iterations that shrink corrections by less want a new Jacobian.
    private const double IterationError = 0.01, SlowRate = 0.2;

    // Within this the step stays, and the factorization with it; factorizations serve for steps that differ by rounding.
    private const double LargestKept = 1.2, SameStep = 1e-6;

    private readonly DiagonallyImplicitRungeKutta _method;
    private readonly DiagonallyImplicitTableau _tableau;
    private readonly IOdeSystem _stiffPart;
    private readonly IOdeSystem? _explicitPart;
    private readonly Linearization _jacobian;
    private readonly ShiftedMatrix _matrix;
    private readonly int _n;
    private readonly double _newtonTolerance;

    // s and g at the point and their sum; z and h g of all stages; the fixed part of a stage.
    private readonly double[] _s, _g, _start, _end, _z, _w, _base, _right, _endSlope, _denseStart, _gEnd;
    private double _from;
    private double _h;
    private double _factored;
    private double _rate;
    private bool _hasDerivative, _hasJacobian, _isCurrent, _isWanted, _isFactored, _hasEnd, _isTrial;

    public DiagonallyImplicitStepper(DiagonallyImplicitRungeKutta method, IOdeSystem system, OdeVectors vectors)
        : base(method, system, vectors, Math.Min(method.Tableau.Order, method.Tableau.EmbeddedOrder) + 1)
    {
        _method = method;
        _tableau = method.Tableau;
        (_stiffPart, _explicitPart) = system is ISplitOdeSystem split && _tableau.IsAdditive ? (split.Implicit, split.Explicit) : (system, null);
        _jacobian = new Linearization(this, method, _stiffPart, vectors);
        _matrix = new ShiftedMatrix(this, _jacobian);
        _newtonTolerance = Math.Max(10 * Epsilon / Math.Max(method.RelativeTolerance, Epsilon), IterationError);
        int n = _n = vectors.Dimension, s = _tableau.StageCount;
        (_s, _start, _end, _base, _right, _endSlope, _denseStart) = (new double[n], new double[n], new double[n], new double[n], new double[n], new double[n], new double[n]);
        _g = _explicitPart is null ? [] : new double[n];
        _gEnd = new double[_g.Length];
        _z = new double[checked(n * s)];
        _w = _explicitPart is null ? [] : new double[n * s];
    }

    protected override StepController Controller => _method.Controller;

    protected internal override bool Prepare(double time)
    {
        if (!_hasDerivative)
        {
            _hasDerivative = EvaluateParts(time, Vectors.Point, _s, _g);
            for (int i = 0; i < _n; i++)
                _start[i] = _explicitPart is null ? _s[i] : _s[i] + _g[i];
        }

        return _hasDerivative;
    }

    protected internal override double ChooseStep(double time, double distance) =>
        ChooseStep(time, distance, _start, _right, 1.0 / (Math.Min(_tableau.Order, _tableau.EmbeddedOrder) + 1));

    protected internal override double Try(double time, double h, double newTime)
    {
        while (true)
        {
            if (!_hasJacobian || (_isWanted && !_isCurrent))
            {
                _hasJacobian = _isFactored = false;

                // The derivative of the last stage is good to the iterations' tolerance only, which differences would magnify.
                if ((!_jacobian.IsKnown && !EvaluateStiff(time, Vectors.Point)) || !_jacobian.Evaluate(time, Vectors.Point, _right, h))
                    return double.NaN;
                _hasJacobian = _isCurrent = true;
                _isWanted = false;
            }

            if (!_isFactored || !(Math.Abs(h - _factored) <= SameStep * Math.Abs(h)))
            {
                _isFactored = false;
                if (!_matrix.TryFactor(1 / (_tableau.Gamma * h)))
                    return double.PositiveInfinity;
                _isFactored = true;
                _factored = h;
            }

            double result = Stages(time, h, newTime);
            if (result <= 1)
                return result;
            _isWanted = true;
            if (_isCurrent || double.IsFinite(result))
                return result;
        }
    }

    protected internal override double NextFactor(double h, double error, bool afterRejection)
    {
        double factor = base.NextFactor(h, error, afterRejection);
        return factor >= 1 && factor <= LargestKept ? 1 : factor;
    }

    protected internal override double RetryFactor(double error) => double.IsFinite(error) ? base.RetryFactor(error) : 0.25;

    protected internal override void Accept(double h, double error)
    {
        _isTrial = false;
        _isCurrent = false;
        _isWanted = _rate > SlowRate;
        _start.CopyTo(_denseStart, 0);
        _hasDerivative = _explicitPart is null;
        if (!_hasDerivative)
            return;

        _endSlope.CopyTo(_start, 0);
        _endSlope.CopyTo(_s, 0);
    }

    protected internal override double SpectralEstimate() => _jacobian.SpectralBound();

    protected internal override void Forget()
    {
        base.Forget();
        _hasDerivative = _hasJacobian = _isCurrent = _isFactored = _isWanted = false;
    }

    protected internal override void Dense(double theta, double[] start, double[] destination)
    {
        // Before the step is accepted its start is the point's; where the slope at the end isn't finite, the parabola.
        double[] slopes = _isTrial ? _start : _denseStart;
        if (!_hasEnd)
        {
            _hasEnd = EvaluateParts(_from + _h, _end, _right, _gEnd);
            for (int i = 0; i < _n; i++)
                _endSlope[i] = _explicitPart is null ? _right[i] : _right[i] + _gEnd[i];
        }

        double rest = 1 - theta;
        for (int i = 0; i < _n; i++)
        {
            double change = _end[i] - start[i], slope = (_h * slopes[i]) - change;
            double back = _hasEnd ? change - (_h * _endSlope[i]) : slope;
            destination[i] = start[i] + (theta * change) + (theta * rest * ((rest * slope) + (theta * back)));
        }
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Expect(_tableau.StageCount, "number of stages");
        _jacobian.Persist(archive);
        _matrix.Persist(archive);
        archive.Transfer<double>(_s);
        archive.Transfer<double>(_g);
        archive.Transfer<double>(_start);
        archive.Transfer<double>(_denseStart);
        archive.Transfer<double>(_end);
        archive.Transfer<double>(_endSlope);
        archive.Transfer(ref _from);
        archive.Transfer(ref _h);
        archive.Transfer(ref _factored);
        archive.Transfer(ref _rate);
        archive.Transfer(ref _hasDerivative);
        archive.Transfer(ref _hasJacobian);
        archive.Transfer(ref _isCurrent);
        archive.Transfer(ref _isWanted);
        archive.Transfer(ref _isFactored);
        archive.Transfer(ref _hasEnd);
        if (archive.IsLoading)
            _isTrial = false;
    }

    private bool EvaluateParts(double t, double[] y, Span<double> s, Span<double> g)
    {
        if (_explicitPart is null)
            return Evaluate(t, y, s);
        Evaluations++;
        _stiffPart.Derivative(t, y.AsSpan(0, _n), s);
        _explicitPart.Derivative(t, y.AsSpan(0, _n), g);
        return StageKernels.AllFinite(s) && StageKernels.AllFinite(g);
    }

    private bool EvaluateStiff(double t, double[] y)
    {
        Evaluations++;
        _stiffPart.Derivative(t, y.AsSpan(0, _n), _right);
        return StageKernels.AllFinite(_right);
    }

    private double Stages(double time, double h, double newTime)
    {
        int n = _n, s = _tableau.StageCount;
        double[] y = Vectors.Point, trial = Vectors.Trial;
        for (int i = 0; i < n; i++)
            _z[i] = h * _s[i];
        for (int i = 0; i < _g.Length; i++)
            _w[i] = h * _g[i];
        double slowest = 0;
        for (int stage = 1; stage < s; stage++)
        {
            double c = _tableau.Nodes[stage], t = c == 1 ? newTime : time + (c * h);
            double[] row = _tableau.A[stage];
            double[]? explicitRow = _explicitPart is null ? null : _tableau.ExplicitA![stage];
            int at = stage * n;
            for (int i = 0; i < n; i++)
            {
                double sum = 0;
                for (int j = 0; j < stage; j++)
                    sum += row[j] * _z[(j * n) + i];
                if (explicitRow is not null)
                {
                    for (int j = 0; j < stage; j++)
                        sum += explicitRow[j] * _w[(j * n) + i];
                }

                _base[i] = y[i] + sum;
                _z[at + i] = _z[at - n + i];
            }

            double failure = Iterate(t, h, _z.AsSpan(at, n), ref slowest);
            if (failure != 0)
                return failure;
            if (_explicitPart is null)
                continue;
            Evaluations++;
            Span<double> w = _w.AsSpan(at, n);
            _explicitPart.Derivative(t, trial.AsSpan(0, n), w);
            if (!StageKernels.AllFinite(w))
                return double.NaN;
            for (int i = 0; i < n; i++)
                w[i] *= h;
        }

        if (_explicitPart is not null)
        {
            ReadOnlySpan<double> weights = _tableau.Weights;
            for (int i = 0; i < n; i++)
            {
                double sum = 0;
                for (int j = 0; j < s; j++)
                    sum += weights[j] * (_z[(j * n) + i] + _w[(j * n) + i]);
                trial[i] = y[i] + sum;
            }

            if (!StageKernels.AllFinite(trial.AsSpan(0, n)))
                return double.NaN;
        }

        double error = 0;
        if (_method.FixedStep is null)
        {
            error = EstimateError(h);
            if (!(error <= 1))
                return double.IsFinite(error) ? error : double.NaN;
        }

        _rate = slowest;
        _from = time;
        _h = h;
        trial.AsSpan(0, n).CopyTo(_end);
        _hasEnd = _explicitPart is null;
        _isTrial = true;

        // The last stage's derivative as it was solved for: an evaluation would multiply what iterations have left by the stiffness.
        if (_hasEnd)
        {
            double inverse = 1 / h;
            for (int i = 0; i < n; i++)
                _endSlope[i] = _z[((s - 1) * n) + i] * inverse;
        }

        return error;
    }

    /// <summary>Simplified Newton iterations for z = h s(t, base + gamma z), from what z is; 0, or what is wrong with the step. The stage's point is left in the trial vector.</summary>
    private double Iterate(double t, double h, Span<double> z, ref double slowest)
    {
        int n = _n;
        double gamma = _tableau.Gamma, scale = 1 / (h * gamma), lastNorm = 0, rate = 0;
        double[] trial = Vectors.Trial;
        for (int iteration = 1; iteration <= _method.MaxIterations; iteration++)
        {
            for (int i = 0; i < n; i++)
                trial[i] = _base[i] + (gamma * z[i]);
            if (!StageKernels.AllFinite(trial.AsSpan(0, n)))
                return double.NaN;
            if (!EvaluateStiff(t, trial))
                return double.NaN;
            for (int i = 0; i < n; i++)
                _right[i] = ((h * _right[i]) - z[i]) * scale;
            _matrix.Solve(_right);
            for (int i = 0; i < n; i++)
                z[i] += _right[i];
            double norm = gamma * ScaledNorm(_right);
            if (!double.IsFinite(norm))
                return double.NaN;
            if (iteration > 1)
            {
                rate = norm / lastNorm;
                slowest = Math.Max(slowest, rate);
                if (rate >= 1 || Math.Pow(rate, _method.MaxIterations - iteration) * rate / (1 - rate) * norm > _newtonTolerance)
                    return double.PositiveInfinity;
            }

            if (norm == 0 || (iteration > 1 && rate / (1 - rate) * norm <= _newtonTolerance))
            {
                for (int i = 0; i < n; i++)
                    trial[i] = _base[i] + (gamma * z[i]);
                return StageKernels.AllFinite(trial.AsSpan(0, n)) ? 0 : double.NaN;
            }

            lastNorm = norm;
        }

        return double.PositiveInfinity;
    }

    private double EstimateError(double h)
    {
        int n = _n, s = _tableau.StageCount;
        double[] weights = _tableau.ErrorWeights;
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = 0; j < s; j++)
                sum += weights[j] * (_explicitPart is null ? _z[(j * n) + i] : _z[(j * n) + i] + _w[(j * n) + i]);
            _right[i] = sum;
        }

        if (_tableau.FiltersError)
        {
            // (I - h gamma J)^(-1), which the matrix is but for the factor.
            double scale = 1 / (h * _tableau.Gamma);
            for (int i = 0; i < n; i++)
                _right[i] *= scale;
            _matrix.Solve(_right);
        }

        double total = 0, relative = _method.RelativeTolerance;
        double[] y = Vectors.Point, trial = Vectors.Trial, absolute = Vectors.Absolute;
        for (int i = 0; i < n; i++)
        {
            double ratio = _right[i] / (absolute[i] + (relative * Math.Max(Math.Abs(y[i]), Math.Abs(trial[i]))));
            total += ratio * ratio;
        }

        return Math.Sqrt(total / n);
    }
}
