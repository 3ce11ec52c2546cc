using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of <see cref="Radau"/>; names follow Hairer and Wanner (1996), section IV.8. Z(i) are the differences of the stages from the point, W = T^(-1) Z.</summary>
internal sealed class RadauStepper : OdeStepper
{
    private const double Epsilon = 2.220446049250313e-16;

    // Bounds of the step's changes: h / 5 to 8 h; within 1 to 1.2 it stays, and the factorizations with it.
    private const double LargestQuotient = 5, SmallestQuotient = 0.125, LargestKept = 1.2;

    // Factorizations serve for steps that differ by rounding.
    private const double SameStep = 1e-6;

    private static readonly double Sqrt6 = Math.Sqrt(6);
    private static readonly double C1 = (4 - Sqrt6) / 10, C2 = (4 + Sqrt6) / 10;

    // The error estimate's weights: gamma0 (b^ - b) of section IV.8, formula (8.18).
    private static readonly double E1 = -(13 + (7 * Sqrt6)) / 3, E2 = (-13 + (7 * Sqrt6)) / 3, E3 = -1.0 / 3;

    // The eigenvalues of A^(-1): gamma and alpha +- i beta.
    private static readonly double Gamma = 3 + Math.Cbrt(9) - Math.Cbrt(3);
    private static readonly double Alpha = 3 + (0.5 * (Math.Cbrt(3) - Math.Cbrt(9)));
    private static readonly double Beta = 0.5 * Math.Sqrt(3) * (Math.Cbrt(9) + Math.Cbrt(3));

    private const double
        T11 = 9.1232394870892942792e-02, T12 = -0.14125529502095420843, T13 = -3.0029194105147424492e-02,
        T21 = 0.24171793270710701896, T22 = 0.20412935229379993199, T23 = 0.38294211275726193779,
        T31 = 0.96604818261509293619,
        I11 = 4.3255798900631553510, I12 = 0.33919925181580986954, I13 = 0.54177053993587487119,
        I21 = -4.1787185915519047273, I22 = -0.32768282076106238708, I23 = 0.47662355450055045196,
        I31 = -0.50287263494578687595, I32 = 2.5719269498556054292, I33 = -0.59603920482822492497;

    private readonly Radau _method;
    private readonly Linearization _jacobian;
    private readonly ShiftedMatrix _real, _complex;
    private readonly double _relative, _absoluteFactor, _newtonTolerance;

    // f at the point; Z; W; the collocation polynomial of the step that is tried, and of the last that was accepted; f at a stage.
    private readonly double[] _f, _z1, _z2, _z3, _w1, _w2, _w3, _k1, _k2, _k3, _scale, _stage;
    private readonly double[] _mass1, _mass2, _mass3;
    private double[] _tried, _accepted;
    private double[] _dense;

    private double _acceptedStep;
    private double _acceptedError;
    private double _factoredStep;
    private double _theta;
    private double _convergence;
    private double _retry;
    private int _iterations;
    private bool _hasDerivative, _hasJacobian, _isCurrent, _isWanted, _isFactored, _afterRejection, _hasPolynomial;

    public RadauStepper(Radau method, IOdeSystem system, OdeVectors vectors)
        : base(method, system, vectors, 4)
    {
        _method = method;
        _jacobian = new Linearization(this, method, system, vectors);
        _real = new ShiftedMatrix(this, _jacobian);
        _complex = new ShiftedMatrix(this, _jacobian, isComplex: true);
        double relative = Math.Max(method.RelativeTolerance, 10 * Epsilon);
        _relative = 0.1 * Math.Pow(relative, 2.0 / 3);
        _absoluteFactor = _relative / relative;
        _newtonTolerance = Math.Max(10 * Epsilon / _relative, Math.Min(0.03, Math.Sqrt(_relative)));
        int n = vectors.Dimension;
        (_f, _z1, _z2, _z3, _w1, _w2, _w3) = (new double[n], new double[n], new double[n], new double[n], new double[n], new double[n], new double[n]);
        (_k1, _k2, _k3, _scale, _stage) = (new double[n], new double[n], new double[n], new double[n], new double[n]);
        int masses = _jacobian.Mass is null ? 0 : n;
        (_mass1, _mass2, _mass3) = (new double[masses], new double[masses], new double[masses]);
        _tried = new double[3 * n];
        _accepted = new double[3 * n];
        _dense = _tried;
        Reset();
    }

    // Two iterations at most, or such that shrink their corrections a lot: the matrices are good enough for the next step too.
    private bool IsFast => _iterations <= 2 || _theta <= _method.JacobianReuse;

    protected internal override bool Prepare(double time)
    {
        if (!_hasDerivative)
            _hasDerivative = Evaluate(time, Vectors.Point, _f);
        return _hasDerivative;
    }

    protected internal override double ChooseStep(double time, double distance) => ChooseStep(time, distance, _f, _stage, 0.25);

    protected internal override double Try(double time, double h, double newTime)
    {
        double result = TryOnce(time, h, newTime);
        if (!(result <= 1))
        {
            _afterRejection = true;
            _isWanted |= !_isCurrent;
        }

        return result;
    }

    protected internal override double NextFactor(double h, double error, bool afterRejection)
    {
        double factor = 1 / Quotient(error);
        if (_acceptedStep != 0)
        {
            // Gustafsson's predictive controller: the error's change over the last two steps is expected to go on.
            double predicted = Math.Abs(_acceptedStep / h) * Math.Pow(error * error / _acceptedError, 0.25) / _method.Safety;
            factor = Math.Min(factor, 1 / Math.Clamp(predicted, SmallestQuotient, LargestQuotient));
        }

        if (_afterRejection)
            factor = Math.Min(factor, 1);
        return IsFast && factor >= 1 && factor <= LargestKept ? 1 : factor;
    }

    protected internal override double RetryFactor(double error) => _retry;

    protected internal override void Accept(double h, double error)
    {
        (_tried, _accepted) = (_accepted, _tried);
        _acceptedStep = h;
        _acceptedError = Math.Max(1e-2, error);
        _hasPolynomial = true;
        _hasDerivative = _afterRejection = _isCurrent = false;
        _isWanted = !IsFast;
    }

    protected internal override double SpectralEstimate() => _jacobian.SpectralBound();

    protected internal override void Forget()
    {
        base.Forget();
        Reset();
    }

    protected internal override void Dense(double theta, double[] start, double[] destination)
    {
        // The collocation polynomial by its divided differences from the end of the step.
        int n = Dimension;
        double s = theta - 1, s1 = s + 1 - C2, s2 = s + 1 - C1;
        ReadOnlySpan<double> first = _dense.AsSpan(0, n), second = _dense.AsSpan(n, n), third = _dense.AsSpan(2 * n, n);
        for (int i = 0; i < n; i++)
        {
            double atStart = first[i] - (C2 * (second[i] - (C1 * third[i])));
            destination[i] = start[i] + ((s * (first[i] + (s1 * (second[i] + (s2 * third[i]))))) + atStart);
        }
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Expect(3, "number of stages");
        _jacobian.Persist(archive);
        _real.Persist(archive);
        _complex.Persist(archive);
        archive.Transfer<double>(_f);
        archive.Transfer<double>(_accepted);
        archive.Transfer(ref _acceptedStep);
        archive.Transfer(ref _acceptedError);
        archive.Transfer(ref _factoredStep);
        archive.Transfer(ref _theta);
        archive.Transfer(ref _convergence);
        archive.Transfer(ref _iterations);
        archive.Transfer(ref _hasDerivative);
        archive.Transfer(ref _hasJacobian);
        archive.Transfer(ref _isCurrent);
        archive.Transfer(ref _isWanted);
        archive.Transfer(ref _isFactored);
        archive.Transfer(ref _afterRejection);
        archive.Transfer(ref _hasPolynomial);
        if (archive.IsLoading)
            _dense = _accepted;
    }

    private void Reset()
    {
        _acceptedStep = _acceptedError = _factoredStep = 0;
        _theta = _convergence = 1;
        _hasDerivative = _hasJacobian = _isCurrent = _isFactored = _afterRejection = _hasPolynomial = false;
        _isWanted = true;
    }

    private double TryOnce(double time, double h, double newTime)
    {
        if (!_hasJacobian || (_isWanted && !_isCurrent))
        {
            _hasJacobian = _isFactored = false;
            if (!_jacobian.Evaluate(time, Vectors.Point, _f, h))
            {
                _retry = 0.5;
                return double.NaN;
            }

            _hasJacobian = _isCurrent = true;
            _isWanted = false;
        }

        if (!_isFactored || !(Math.Abs(h - _factoredStep) <= SameStep * Math.Abs(h)))
        {
            _isFactored = false;
            if (!_real.TryFactor(Gamma / h) || !_complex.TryFactor(Alpha / h, Beta / h))
            {
                _retry = 0.5;
                return double.PositiveInfinity;
            }

            _isFactored = true;
            _factoredStep = h;
        }

        int n = Dimension;
        double[] y = Vectors.Point, trial = Vectors.Trial, absolute = Vectors.Absolute;
        for (int i = 0; i < n; i++)
            _scale[i] = (_absoluteFactor * absolute[i]) + (_relative * Math.Abs(y[i]));
        double failure = Iterate(time, h, newTime);
        if (failure != 0)
            return failure;

        for (int i = 0; i < n; i++)
            trial[i] = y[i] + _z3[i];
        if (!StageKernels.AllFinite(trial.AsSpan(0, n)))
        {
            _retry = 0.5;
            return double.NaN;
        }

        double error = 0;
        if (_method.FixedStep is null)
        {
            error = EstimateError(time, h);
            if (!(error <= 1))
            {
                _retry = double.IsNaN(error) || _acceptedStep == 0 ? 0.1 : 1 / Quotient(error);
                return double.IsNaN(error) ? double.NaN : error;
            }
        }

        StorePolynomial();
        return error;
    }

    /// <summary>Solves the collocation equations; 0, or what is wrong with the step.</summary>
    private double Iterate(double time, double h, double newTime)
    {
        int n = Dimension;
        double[] y = Vectors.Point, trial = Vectors.Trial;
        StartIteration(h);
        double shift = Gamma / h, alpha = Alpha / h, beta = Beta / h;
        double theta = _method.JacobianReuse, convergence = Math.Pow(Math.Max(_convergence, Epsilon), 0.8), lastNorm = 0, lastQuotient = 0;
        for (int iteration = 1; ; iteration++)
        {
            if (iteration > _method.MaxIterations)
            {
                _retry = 0.5;
                return double.PositiveInfinity;
            }

            if (!Stage(time + (C1 * h), _z1, _k1) || !Stage(time + (C2 * h), _z2, _k2) || !Stage(newTime, _z3, _k3))
            {
                _retry = 0.5;
                return double.NaN;
            }

            Residuals(shift, alpha, beta);
            _real.Solve(_k1);
            _complex.Solve(_k2, _k3);
            double sum = 0;
            for (int i = 0; i < n; i++)
            {
                double inverse = 1 / _scale[i], a = _k1[i] * inverse, b = _k2[i] * inverse, c = _k3[i] * inverse;
                sum += (a * a) + (b * b) + (c * c);
            }

            double norm = Math.Sqrt(sum / (3 * n));
            if (iteration > 1)
            {
                double quotient = norm / lastNorm;
                theta = iteration == 2 ? quotient : Math.Sqrt(quotient * lastQuotient);
                lastQuotient = quotient;
                if (!(theta < 0.99))
                {
                    _retry = 0.5;
                    return double.IsNaN(theta) ? double.NaN : double.PositiveInfinity;
                }

                convergence = theta / (1 - theta);
                double predicted = convergence * norm * Math.Pow(theta, _method.MaxIterations - 1 - iteration) / _newtonTolerance;
                if (predicted >= 1 && iteration < _method.MaxIterations)
                {
                    // Not within the iterations that are left: a step with which they would do.
                    double excess = Math.Clamp(predicted, 1e-4, 20);
                    _retry = 0.8 * Math.Pow(excess, -1.0 / (4 + _method.MaxIterations - 1 - iteration));
                    return double.PositiveInfinity;
                }
            }

            lastNorm = Math.Max(norm, Epsilon);
            for (int i = 0; i < n; i++)
            {
                double w1 = _w1[i] += _k1[i], w2 = _w2[i] += _k2[i], w3 = _w3[i] += _k3[i];
                _z1[i] = (T11 * w1) + (T12 * w2) + (T13 * w3);
                _z2[i] = (T21 * w1) + (T22 * w2) + (T23 * w3);
                _z3[i] = (T31 * w1) + w2;
            }

            if (convergence * norm <= _newtonTolerance)
            {
                _theta = theta;
                _convergence = convergence;
                _iterations = iteration;
                return 0;
            }
        }

        bool Stage(double t, double[] z, double[] f)
        {
            for (int i = 0; i < z.Length; i++)
                trial[i] = y[i] + z[i];
            return StageKernels.AllFinite(trial.AsSpan(0, n)) && Evaluate(t, trial, f);
        }
    }

    /// <summary>Z and W from the last collocation polynomial beyond its step; zeros after a restart.</summary>
    private void StartIteration(double h)
    {
        int n = Dimension;
        if (!_hasPolynomial)
        {
            foreach (double[] array in (ReadOnlySpan<double[]>)[_z1, _z2, _z3, _w1, _w2, _w3])
                Array.Clear(array);
            return;
        }

        double c3 = h / _acceptedStep, c1 = C1 * c3, c2 = C2 * c3;
        ReadOnlySpan<double> first = _accepted.AsSpan(0, n), second = _accepted.AsSpan(n, n), third = _accepted.AsSpan(2 * n, n);
        for (int i = 0; i < n; i++)
        {
            double z1 = c1 * (first[i] + ((c1 + 1 - C2) * (second[i] + ((c1 + 1 - C1) * third[i]))));
            double z2 = c2 * (first[i] + ((c2 + 1 - C2) * (second[i] + ((c2 + 1 - C1) * third[i]))));
            double z3 = c3 * (first[i] + ((c3 + 1 - C2) * (second[i] + ((c3 + 1 - C1) * third[i]))));
            (_z1[i], _z2[i], _z3[i]) = (z1, z2, z3);
            _w1[i] = (I11 * z1) + (I12 * z2) + (I13 * z3);
            _w2[i] = (I21 * z1) + (I22 * z2) + (I23 * z3);
            _w3[i] = (I31 * z1) + (I32 * z2) + (I33 * z3);
        }
    }

    /// <summary>The transformed residuals T^(-1) F - (Lambda / h) M W, in place of the stages' derivatives.</summary>
    private void Residuals(double shift, double alpha, double beta)
    {
        int n = Dimension;
        double[] w1 = _w1, w2 = _w2, w3 = _w3;
        if (_jacobian.Mass is not null)
        {
            _jacobian.MultiplyMass(_w1, w1 = _mass1);
            _jacobian.MultiplyMass(_w2, w2 = _mass2);
            _jacobian.MultiplyMass(_w3, w3 = _mass3);
        }

        for (int i = 0; i < n; i++)
        {
            double f1 = _k1[i], f2 = _k2[i], f3 = _k3[i];
            _k1[i] = (I11 * f1) + (I12 * f2) + (I13 * f3) - (shift * w1[i]);
            _k2[i] = (I21 * f1) + (I22 * f2) + (I23 * f3) - ((alpha * w2[i]) - (beta * w3[i]));
            _k3[i] = (I31 * f1) + (I32 * f2) + (I33 * f3) - ((beta * w2[i]) + (alpha * w3[i]));
        }
    }

    private double EstimateError(double time, double h)
    {
        int n = Dimension;
        double[] trial = Vectors.Trial, combined = _k1, mass = _k2, error = _k3;
        for (int i = 0; i < n; i++)
            combined[i] = ((E1 * _z1[i]) + (E2 * _z2[i]) + (E3 * _z3[i])) / h;
        _jacobian.MultiplyMass(combined, mass);
        for (int i = 0; i < n; i++)
            error[i] = mass[i] + _f[i];
        _real.Solve(error);
        double norm = ErrorNorm(error);
        if (norm <= 1 || !(_acceptedStep == 0 || _afterRejection))
            return norm;

        // The estimate through the stiff solve once more: bounded for the stiffest components, where the plain one isn't.
        double[] moved = Vectors.Scratch;
        for (int i = 0; i < n; i++)
            moved[i] = Vectors.Point[i] + error[i];
        if (!StageKernels.AllFinite(moved.AsSpan(0, n)) || !Evaluate(time, moved, error))
            return double.NaN;
        for (int i = 0; i < n; i++)
            error[i] += mass[i];
        _real.Solve(error);
        return ErrorNorm(error);
    }

    private double ErrorNorm(double[] error)
    {
        double sum = 0;
        for (int i = 0; i < error.Length; i++)
        {
            double ratio = error[i] / _scale[i];
            sum += ratio * ratio;
        }

        return Math.Max(Math.Sqrt(sum / error.Length), 1e-10);
    }

    /// <summary>h over the next step size, more careful the more iterations there were.</summary>
    private double Quotient(double error)
    {
        double safety = Math.Min(_method.Safety, _method.Safety * (1 + (2 * _method.MaxIterations)) / (_iterations + (2 * _method.MaxIterations)));
        return Math.Clamp(Math.Pow(error, 0.25) / safety, SmallestQuotient, LargestQuotient);
    }

    private void StorePolynomial()
    {
        int n = Dimension;
        Span<double> first = _tried.AsSpan(0, n), second = _tried.AsSpan(n, n), third = _tried.AsSpan(2 * n, n);
        for (int i = 0; i < n; i++)
        {
            double z1 = _z1[i], z2 = _z2[i];
            double last = (z2 - _z3[i]) / (C2 - 1), middle = (z1 - z2) / (C1 - C2);
            double next = (middle - last) / (C1 - 1);
            (first[i], second[i], third[i]) = (last, next, next - ((middle - (z1 / C1)) / C2));
        }

        _dense = _tried;
    }
}
