using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of a Rosenbrock method: stages u(i) one after the other in one buffer.</summary>
internal sealed class RosenbrockStepper : OdeStepper
{
    private const double SameStep = 1e-12;

    private readonly RosenbrockWanner _method;
    private readonly RosenbrockTableau _tableau;
    private readonly Linearization _jacobian;
    private readonly ShiftedMatrix _matrix;
    private readonly int _n;
    private readonly bool _needsTime;
    private readonly double[] _f, _time, _right, _sum, _end, _endSlope;
    private readonly double[] _coefficients;
    private double[] _u;
    private double[] _accepted;
    private double[] _dense;

    private double _factored;
    private double _from;
    private double _h;
    private int _age;
    private bool _hasDerivative, _hasJacobian, _isFactored, _hasEnd, _isWanted;

    public RosenbrockStepper(RosenbrockWanner method, IOdeSystem system, OdeVectors vectors)
        : base(method, system, vectors, Math.Min(method.Tableau.Order, method.Tableau.EmbeddedOrder) + 1)
    {
        _method = method;
        _tableau = method.Tableau;
        _jacobian = new Linearization(this, method, system, vectors);
        _matrix = new ShiftedMatrix(this, _jacobian);
        int n = _n = vectors.Dimension, s = _tableau.StageCount;
        (_f, _time, _right, _sum) = (new double[n], new double[n], new double[n], new double[n]);
        (_end, _endSlope) = (new double[n], new double[n]);
        _u = new double[checked(n * s)];
        _accepted = new double[n * s];
        _dense = _accepted;
        _coefficients = new double[s];
        foreach (double weight in _tableau.TimeWeights)
            _needsTime |= weight != 0;
    }

    protected override StepController Controller => _method.Controller;

    protected internal override bool Prepare(double time)
    {
        if (!_hasDerivative)
            _hasDerivative = Evaluate(time, Vectors.Point, _f);
        return _hasDerivative;
    }

    protected internal override double ChooseStep(double time, double distance) =>
        ChooseStep(time, distance, _f, _right, 1.0 / (Math.Min(_tableau.Order, _tableau.EmbeddedOrder) + 1));

    protected internal override double Try(double time, double h, double newTime)
    {
        if (!_hasJacobian || (_isWanted && _age > 0))
        {
            _hasJacobian = _isFactored = false;
            if (!_jacobian.Evaluate(time, Vectors.Point, _f, h) || (_needsTime && !_jacobian.TimeDerivative(time, Vectors.Point, _f, h, _time)))
                return double.NaN;
            _hasJacobian = true;
            _isWanted = false;
            _age = 0;
        }

        if (!_isFactored || !(Math.Abs(h - _factored) <= SameStep * Math.Abs(h)))
        {
            _isFactored = false;
            if (!_matrix.TryFactor(1 / (_tableau.Gamma * h)))
                return double.PositiveInfinity;
            _isFactored = true;
            _factored = h;
        }

        double error = Stages(time, h, newTime);
        if (!(error <= 1))
            _isWanted = true;
        return error;
    }

    protected internal override double RetryFactor(double error) => double.IsFinite(error) ? base.RetryFactor(error) : 0.25;

    protected internal override void Accept(double h, double error)
    {
        (_u, _accepted) = (_accepted, _u);
        _hasDerivative = false;
        if (++_age >= _method.JacobianSteps)
            _isWanted = true;
    }

    protected internal override double SpectralEstimate() => _jacobian.SpectralBound();

    protected internal override void Forget()
    {
        base.Forget();
        _hasDerivative = _hasJacobian = _isFactored = false;
    }

    protected internal override void Dense(double theta, double[] start, double[] destination)
    {
        double rest = 1 - theta;
        double[] weights = _tableau.Weights;
        IReadOnlyList<double[]> rows = _tableau.DenseWeights;
        if (rows.Count == 0)
        {
            Hermite(theta, start, destination);
            return;
        }

        for (int i = 0; i < weights.Length; i++)
        {
            double sum = 0;
            for (int j = rows.Count - 1; j >= 0; j--)
                sum = rows[j][i] + (theta * sum);
            _coefficients[i] = theta * (weights[i] + (rest * sum));
        }

        Combine(_coefficients, _dense, start, destination);
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Expect(_tableau.StageCount, "number of stages");
        _jacobian.Persist(archive);
        _matrix.Persist(archive);
        archive.Transfer<double>(_f);
        archive.Transfer<double>(_time);
        archive.Transfer<double>(_endSlope);
        archive.Transfer<double>(_accepted);
        archive.Transfer(ref _factored);
        archive.Transfer(ref _from);
        archive.Transfer(ref _h);
        archive.Transfer(ref _age);
        archive.Transfer(ref _hasDerivative);
        archive.Transfer(ref _hasJacobian);
        archive.Transfer(ref _isFactored);
        archive.Transfer(ref _hasEnd);
        archive.Transfer(ref _isWanted);
        if (archive.IsLoading)
            _dense = _accepted;
    }

    private double Stages(double time, double h, double newTime)
    {
        int n = _n;
        double[] y = Vectors.Point, trial = Vectors.Trial;
        double inverse = 1 / h;
        for (int i = 0; i < _tableau.StageCount; i++)
        {
            Span<double> u = _u.AsSpan(i * n, n);
            if (i == 0)
                _f.CopyTo(u);
            else
            {
                double c = _tableau.Nodes[i];
                Combine(_tableau.A[i], _u, y, trial);
                if (!StageKernels.AllFinite(trial.AsSpan(0, n)) || !Evaluate(c == 1 ? newTime : time + (c * h), trial, u))
                    return double.NaN;
                Array.Clear(_sum);
                Combine(_tableau.C[i], _u, _sum, _sum);
                double[] product = _sum;
                if (_jacobian.Mass is not null)
                    _jacobian.MultiplyMass(_sum, product = _right);
                for (int k = 0; k < n; k++)
                    u[k] += inverse * product[k];
            }

            double weight = h * _tableau.TimeWeights[i];
            if (weight != 0)
            {
                for (int k = 0; k < n; k++)
                    u[k] += weight * _time[k];
            }

            _matrix.Solve(u);
        }

        Combine(_tableau.Weights, _u, y, trial);
        if (!StageKernels.AllFinite(trial.AsSpan(0, n)))
            return double.NaN;
        double error = 0;
        if (_method.FixedStep is null)
        {
            Array.Clear(_sum);
            Combine(_tableau.ErrorWeights, _u, _sum, _sum);
            error = ErrorNorm();
            if (!(error <= 1))
                return double.IsFinite(error) ? error : double.NaN;
        }

        _dense = _u;
        _from = time;
        _h = h;
        _hasEnd = false;
        return error;
    }

    /// <summary>destination = start + sum of coefficient u.</summary>
    private void Combine(double[] coefficients, double[] u, double[] start, double[] destination)
    {
        int n = _n;
        for (int k = 0; k < n; k++)
        {
            double sum = 0;
            for (int j = 0; j < coefficients.Length; j++)
                sum += coefficients[j] * u[(j * n) + k];
            destination[k] = start[k] + sum;
        }
    }

    private double ErrorNorm()
    {
        double sum = 0, relative = _method.RelativeTolerance;
        double[] y = Vectors.Point, trial = Vectors.Trial, absolute = Vectors.Absolute;
        for (int i = 0; i < _n; i++)
        {
            double ratio = _sum[i] / (absolute[i] + (relative * Math.Max(Math.Abs(y[i]), Math.Abs(trial[i]))));
            sum += ratio * ratio;
        }

        return Math.Sqrt(sum / _n);
    }

    /// <summary>The cubic through both ends, for methods without weights of their own; with a mass matrix the straight line, as y' isn't known.</summary>
    private void Hermite(double theta, double[] start, double[] destination)
    {
        Combine(_tableau.Weights, _dense, start, _end);
        double rest = 1 - theta;
        if (_jacobian.Mass is null && !_hasEnd)
            _hasEnd = Evaluate(_from + _h, _end, _endSlope);
        for (int k = 0; k < _n; k++)
        {
            double change = _end[k] - start[k];
            double value = start[k] + (theta * change);
            if (_hasEnd)
                value += theta * rest * ((rest * ((_h * _f[k]) - change)) - (theta * ((_h * _endSlope[k]) - change)));
            destination[k] = value;
        }
    }
}
