using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The run of <see cref="InteriorPoint"/> and <see cref="NewtonInteriorPoint"/>: what is asked, and what is done with answers. The iterate v is the point x and then the slacks of inequalities; all numbers but those that are shown outside are scaled.
/// </summary>
internal sealed partial class InteriorPointState : SolverState<double>
{
    public const Oracle Everything = Oracle.Value | Oracle.Gradient | Oracle.Constraints | Oracle.ConstraintJacobian;

    // Constants of the paper.
    private const double LargestGradient = 100, Push = 1e-2, BarrierError = 10, BarrierFactor = 0.2, BarrierPower = 1.5, LeastFraction = 0.99;
    private const double SufficientViolation = 1e-5, SufficientValue = 1e-5, ArmijoPart = 1e-8, SwitchValue = 2.3, SwitchViolation = 1.1, MultiplierBox = 1e10, LargestFirstMultiplier = 1e3;
    private const double CorrectionPart = 0.99, ScaleLimit = 100, MachineEpsilon = 2.220446049250313e-16;
    private const int MaxCorrections = 4;

    private enum Phase
    {
        /// <summary>Asked: everything at the start.</summary>
        Start = 0,

        /// <summary>Asked: the Hessian at the iterate.</summary>
        Hessian = 1,

        /// <summary>Asked: everything at a trial along the step.</summary>
        Trial = 2,

        /// <summary>Asked: everything at a corrected full step.</summary>
        Correction = 3,

        /// <summary>Asked: everything at a step that only reduces the violation.</summary>
        Restoration = 4,
    }

    private readonly InteriorPoint _options;
    private readonly bool _exact;
    private readonly int _n, _m, _size;
    private readonly int[] _slackOf;
    private readonly bool[] _isFixed;
    private readonly double[] _lower, _upper, _shown, _bestMultipliers, _bestBoundMultipliers;

    // Iterate: v, its objective's gradient, residuals c(x) - s (or c(x) - right side), Jacobian, multipliers, Hessian or its approximation.
    private readonly double[] _v, _g, _c, _jacobian, _lambda, _zLower, _zUpper, _hessian, _constraintScale;
    private readonly InteriorPointFilter _filter = new();
    private double _value = double.NaN, _f, _objectiveScale = 1, _mu, _violation = double.NaN, _gradientNorm = double.NaN, _valueChange = double.NaN, _stepNorm = double.NaN;

    // Step and trial.
    private readonly double[] _step, _lambdaStep, _zLowerStep, _zUpperStep, _trial, _trialC, _corrected, _correctionRight, _work, _s, _y;
    private double _alpha, _fullAlpha, _dualAlpha, _theta, _phi, _slope, _correctedTheta, _damping, _restorationTheta, _lastShift;
    private Phase _phase;
    private int _corrections;
    private bool _anyUpdate, _anyFinite;

    public InteriorPointState(InteriorPoint options, bool exact, Query<double> query, ReadOnlySpan<double> start)
        : base(query)
    {
        (_options, _exact, _n, _m, _mu) = (options, exact, query.Dimension, query.Shape.ConstraintCount, options.InitialBarrier);
        _slackOf = new int[_m];
        _size = _n;
        for (int i = 0; i < _m; i++)
            _slackOf[i] = query.Shape.ConstraintBounds!.Lower(i) == query.Shape.ConstraintBounds.Upper(i) ? -1 : _size++;
        int n = _n, m = _m, size = _size;
        (_lower, _upper, _isFixed) = (new double[size], new double[size], new bool[size]);
        _lower.AsSpan().Fill(double.NegativeInfinity);
        _upper.AsSpan().Fill(double.PositiveInfinity);
        options.Bounds?.CopyTo<double>(_lower.AsSpan(0, n), _upper.AsSpan(0, n));
        for (int j = 0; j < n; j++)
            _isFixed[j] = _lower[j] == _upper[j];
        (_shown, _v, _g, _c, _jacobian) = (start.ToArray(), new double[size], new double[n], new double[m], new double[m * n]);
        (_bestMultipliers, _bestBoundMultipliers) = (new double[m], new double[n]);
        (_lambda, _zLower, _zUpper, _hessian, _constraintScale) = (new double[m], new double[size], new double[size], new double[n * n], new double[m]);
        (_step, _lambdaStep, _zLowerStep, _zUpperStep) = (new double[size], new double[m], new double[size], new double[size]);
        (_trial, _trialC, _corrected, _correctionRight) = (new double[size], new double[m], new double[size], new double[m]);
        (_work, _s, _y) = (new double[Math.Max(size, m)], new double[n], new double[n]);
        int order = size + m;
        (_matrix, _right, _solution, _residual) = (new double[order * order], new double[order], new double[order], new double[order]);
        _ldlt = new LinearAlgebra.Ldlt<double>(order);
        _normal = new double[size * size];
        ResetHessian();
        for (int j = 0; j < n; j++)
            _v[j] = Inside(start[j], _lower[j], _upper[j]);
        _v.AsSpan(0, n).CopyTo(query.Point());
    }

    public override ReadOnlySpan<double> Point => _shown;

    public override double Value => _value;

    public override double GradientNorm => _gradientNorm;

    public override double ValueChange => _valueChange;

    public override double StepNorm => _stepNorm;

    public override double ConstraintViolation => _violation;

    public override ReadOnlySpan<double> Multipliers => _bestMultipliers;

    public override ReadOnlySpan<double> BoundMultipliers => _bestBoundMultipliers;

    public override Advance Tell()
    {
        switch (_phase)
        {
            case Phase.Start:
                Begin();
                return Next(iterated: false);
            case Phase.Hessian:
                Query.Needs = Everything;
                if (!Query.IsFinite())
                    return Advance.Stop(StopReason.NonFinite);
                Vectors.Scale(_objectiveScale, Query.LagrangianHessian, _hessian);
                return NewStep(iterated: false);
            case Phase.Restoration:
                return TellRestoration();
            default:
                return TellTrial();
        }
    }

    /// <summary>Scales, slacks and multipliers at the first point.</summary>
    private void Begin()
    {
        double largest = Reduce.MaxNorm<double>(Query.Gradient());
        _objectiveScale = Math.Min(1, LargestGradient / Math.Max(largest, LargestGradient));
        for (int i = 0; i < _m; i++)
        {
            largest = Reduce.MaxNorm<double>(Query.ConstraintJacobian.Slice(i * _n, _n));
            _constraintScale[i] = Math.Min(1, LargestGradient / Math.Max(largest, LargestGradient));
            int slack = _slackOf[i];
            if (slack < 0)
                continue;
            _lower[slack] = _constraintScale[i] * Query.Shape.ConstraintBounds!.Lower(i);
            _upper[slack] = _constraintScale[i] * Query.Shape.ConstraintBounds.Upper(i);
            _v[slack] = Inside(_constraintScale[i] * Query.Constraints()[i], _lower[slack], _upper[slack]);
        }

        for (int j = 0; j < _size; j++)
        {
            _zLower[j] = HasLower(j) ? 1 : 0;
            _zUpper[j] = HasUpper(j) ? 1 : 0;
        }

        Take();
        EstimateMultipliers();
        _filter.Ceiling = 1e4 * Math.Max(1, Theta(_c));
    }

    private bool HasLower(int j) => !_isFixed[j] && double.IsFinite(_lower[j]);

    private bool HasUpper(int j) => !_isFixed[j] && double.IsFinite(_upper[j]);

    /// <summary>The nearest point that keeps a part of the interval, or of its size, from the sides.</summary>
    private static double Inside(double value, double lower, double upper)
    {
        if (lower == upper)
            return lower;
        double width = upper - lower;
        if (double.IsFinite(lower))
            value = Math.Max(value, lower + Math.Min(Push * Math.Max(1, Math.Abs(lower)), Push * width));
        if (double.IsFinite(upper))
            value = Math.Min(value, upper - Math.Min(Push * Math.Max(1, Math.Abs(upper)), Push * width));
        return value;
    }

    /// <summary>The answer becomes the iterate; v is there already.</summary>
    private void Take()
    {
        Query.Point().CopyTo(_shown);
        (_value, _violation) = (Query.Value(), _m > 0 ? Query.Violation() : 0);
        _f = _objectiveScale * _value;
        Vectors.Scale(_objectiveScale, Query.Gradient(), _g);
        Residuals(_v, _c);
        for (int i = 0; i < _m; i++)
            Vectors.Scale(_constraintScale[i], Query.ConstraintJacobian.Slice(i * _n, _n), _jacobian.AsSpan(i * _n, _n));
    }

    /// <summary>c(x) less the slacks or right sides, of the answer.</summary>
    private void Residuals(double[] v, double[] residuals)
    {
        for (int i = 0; i < _m; i++)
            residuals[i] = (_constraintScale[i] * Query.Constraints()[i]) - (_slackOf[i] >= 0 ? v[_slackOf[i]] : _constraintScale[i] * Query.Shape.ConstraintBounds!.Lower(i));
    }

    private static double Theta(double[] residuals)
    {
        double sum = 0;
        foreach (double c in residuals)
            sum += Math.Abs(c);
        return sum;
    }

    private double Barrier(double f, double[] v)
    {
        double sum = 0;
        for (int j = 0; j < _size; j++)
        {
            if (HasLower(j))
                sum += Math.Log(v[j] - _lower[j]);
            if (HasUpper(j))
                sum += Math.Log(_upper[j] - v[j]);
        }

        return f - (_mu * sum);
    }

    private Advance TellTrial()
    {
        bool finite = Query.IsFinite();
        _anyFinite |= finite;
        bool correcting = _phase == Phase.Correction;
        double theta = double.PositiveInfinity, phi = double.PositiveInfinity;
        if (finite)
        {
            Residuals(_trial, _trialC);
            (theta, phi) = (Theta(_trialC), Barrier(_objectiveScale * Query.Value(), _trial));
        }

        if (Acceptable(theta, phi, out bool byValue))
            return Accept(byValue);
        if (finite && _corrections < MaxCorrections && _m > 0 && (correcting ? theta <= CorrectionPart * _correctedTheta : _alpha == _fullAlpha && theta >= _theta))
        {
            _corrections++;
            _correctedTheta = theta;
            for (int i = 0; i < _m; i++)
                _correctionRight[i] = (_corrections == 1 ? _alpha * _c[i] : _correctionRight[i]) + _trialC[i];
            if (SolveCorrection())
            {
                double alpha = LongestStep(_v, _corrected);
                AskAlong(_corrected, alpha);
                _phase = Phase.Correction;
                return Advance.Continue;
            }
        }

        _corrections = MaxCorrections;
        _phase = Phase.Trial;
        _alpha *= 0.5;
        if (_alpha > ShortestStep())
        {
            AskAlong(_step, _alpha);
            return Advance.Continue;
        }

        if (!_anyFinite)
            return Advance.Stop(StopReason.NonFinite);
        return BeginRestoration(iterated: false);
    }

    /// <summary>The filter's test; <paramref name="byValue"/> when the step is one that the barrier function's decrease decides on.</summary>
    private bool Acceptable(double theta, double phi, out bool byValue)
    {
        double noise = 10 * MachineEpsilon * Math.Abs(_phi);
        byValue = false;
        if (!double.IsFinite(phi) || !_filter.Accepts(theta, phi, noise))
            return false;
        bool switching = _slope < 0 && _alpha * Math.Pow(-_slope, SwitchValue) > Math.Pow(_theta, SwitchViolation);
        if (_theta <= 1e-4 * Math.Max(1, _filter.Ceiling / 1e4) && switching)
        {
            byValue = true;
            return phi - _phi - noise <= ArmijoPart * _alpha * _slope;
        }

        return theta <= (1 - SufficientViolation) * _theta || phi - _phi - noise <= -SufficientValue * _theta;
    }

    /// <summary>The paper's alpha_min: below it no trial can be accepted.</summary>
    private double ShortestStep()
    {
        double shortest = SufficientViolation;
        if (_slope < 0)
        {
            shortest = Math.Min(shortest, SufficientValue * _theta / -_slope);
            if (_theta <= 1e-4 * Math.Max(1, _filter.Ceiling / 1e4))
                shortest = Math.Min(shortest, Math.Pow(_theta, SwitchViolation) / Math.Pow(-_slope, SwitchValue));
        }

        return Math.Max(0.05 * shortest, 1e-14);
    }

    private Advance Accept(bool byValue)
    {
        if (!byValue)
            _filter.Add((1 - SufficientViolation) * _theta, _phi - (SufficientValue * _theta));
        double before = _value, length = 0, size = 0;
        for (int j = 0; j < _n; j++)
        {
            _s[j] = _trial[j] - _v[j];
            length += _s[j] * _s[j];
            size += _trial[j] * _trial[j];
        }

        // The multipliers of the step belong to the new point; the curvature between the two is measured with them.
        Vectors.AddScaled(_lambda, _alpha, _lambdaStep, _lambda);
        LagrangianGradient(_y);
        Vectors.Scale(-1, _y, _y);
        _trial.CopyTo(_v, 0);
        for (int j = 0; j < _size; j++)
        {
            _zLower[j] += _dualAlpha * _zLowerStep[j];
            _zUpper[j] += _dualAlpha * _zUpperStep[j];
            if (HasLower(j))
                _zLower[j] = Math.Clamp(_zLower[j], _mu / (MultiplierBox * (_v[j] - _lower[j])), MultiplierBox * _mu / (_v[j] - _lower[j]));
            if (HasUpper(j))
                _zUpper[j] = Math.Clamp(_zUpper[j], _mu / (MultiplierBox * (_upper[j] - _v[j])), MultiplierBox * _mu / (_upper[j] - _v[j]));
        }

        Take();
        LagrangianGradient(_work);
        Vectors.AddScaled(_y, 1, _work.AsSpan(0, _n), _y);
        _valueChange = before - _value;
        _stepNorm = Math.Sqrt(length) / Math.Max(1, Math.Sqrt(size));
        if (!_exact)
            UpdateHessian();
        return Next(iterated: true);
    }

    /// <summary>g + J'lambda.</summary>
    private void LagrangianGradient(double[] result)
    {
        _g.CopyTo(result, 0);
        for (int i = 0; i < _m; i++)
            Vectors.AddScaled(result.AsSpan(0, _n), _lambda[i], _jacobian.AsSpan(i * _n, _n), result.AsSpan(0, _n));
    }

    /// <summary>Asks for the Hessian first, where it is exact.</summary>
    private Advance Next(bool iterated)
    {
        Show();
        StopReason reason = Verdict();
        if (reason != StopReason.None)
            return Advance.Stop(reason, iterated);
        if (!_exact)
            return NewStep(iterated);
        _phase = Phase.Hessian;
        Query.Needs = Oracle.LagrangianHessian;
        _shown.CopyTo(Query.Point());
        for (int i = 0; i < _m; i++)
            Query.Multipliers[i] = _lambda[i] * _constraintScale[i] / _objectiveScale;
        return iterated ? Advance.Iteration : Advance.Continue;
    }

    private StopReason Verdict() =>
        Error(0) <= _options.Tolerance && _violation <= _options.Stopping.FeasibilityTolerance ? StopReason.OptimalityTolerance : StopReason.None;

    /// <summary>Multipliers and gradient in the problem's own scale.</summary>
    private void Show()
    {
        _gradientNorm = 0;
        for (int i = 0; i < _m; i++)
            _bestMultipliers[i] = _lambda[i] * _constraintScale[i] / _objectiveScale;
        LagrangianGradient(_work);
        for (int j = 0; j < _n; j++)
        {
            _bestBoundMultipliers[j] = (_isFixed[j] ? -_work[j] : _zUpper[j] - _zLower[j]) / _objectiveScale;
            _gradientNorm = Math.Max(_gradientNorm, Math.Abs((_work[j] / _objectiveScale) + _bestBoundMultipliers[j]));
        }
    }

    private void AskAlong(double[] step, double alpha)
    {
        for (int j = 0; j < _size; j++)
            _trial[j] = _isFixed[j] ? _v[j] : _v[j] + (alpha * step[j]);

        // Rounding may bring a point onto a bound that it keeps a fraction of its distance from.
        for (int j = 0; j < _size; j++)
        {
            if (HasLower(j) && _trial[j] <= _lower[j])
                _trial[j] = Math.Min(Math.BitIncrement(_lower[j]), _v[j]);
            if (HasUpper(j) && _trial[j] >= _upper[j])
                _trial[j] = Math.Max(Math.BitDecrement(_upper[j]), _v[j]);
        }

        _trial.AsSpan(0, _n).CopyTo(Query.Point());
    }

    /// <summary>The longest step that keeps the fraction of the distance to every bound.</summary>
    private double LongestStep(double[] v, double[] step)
    {
        double fraction = Math.Max(LeastFraction, 1 - _mu), alpha = 1;
        for (int j = 0; j < _size; j++)
        {
            if (HasLower(j) && step[j] < 0)
                alpha = Math.Min(alpha, -fraction * (v[j] - _lower[j]) / step[j]);
            if (HasUpper(j) && step[j] > 0)
                alpha = Math.Min(alpha, fraction * (_upper[j] - v[j]) / step[j]);
        }

        return alpha;
    }

    public override void Persist(StateArchive archive)
    {
        double[][] parts =
        [
            _lower, _upper, _shown, _bestMultipliers, _bestBoundMultipliers, _v, _g, _c, _jacobian, _lambda, _zLower, _zUpper, _hessian, _constraintScale,
            _step, _lambdaStep, _zLowerStep, _zUpperStep, _trial, _corrected, _correctionRight, _matrix,
        ];
        foreach (double[] part in parts)
            archive.Transfer<double>(part);
        archive.Transfer(_filter);
        archive.Transfer(ref _value);
        archive.Transfer(ref _f);
        archive.Transfer(ref _objectiveScale);
        archive.Transfer(ref _mu);
        archive.Transfer(ref _violation);
        archive.Transfer(ref _gradientNorm);
        archive.Transfer(ref _valueChange);
        archive.Transfer(ref _stepNorm);
        archive.Transfer(ref _alpha);
        archive.Transfer(ref _fullAlpha);
        archive.Transfer(ref _dualAlpha);
        archive.Transfer(ref _theta);
        archive.Transfer(ref _phi);
        archive.Transfer(ref _slope);
        archive.Transfer(ref _correctedTheta);
        archive.Transfer(ref _damping);
        archive.Transfer(ref _restorationTheta);
        archive.Transfer(ref _lastShift);
        archive.Transfer(ref _phase);
        archive.Transfer(ref _corrections);
        archive.Transfer(ref _anyUpdate);
        archive.Transfer(ref _anyFinite);
        if (archive.IsLoading && _phase is Phase.Trial or Phase.Correction)
            _ = _ldlt.TryFactor(_matrix);
    }
}
