using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>The run of <see cref="Slsqp"/>. Rows of a subproblem are the variables' bounds and then the constraints.</summary>
internal sealed class SlsqpState : SolverState<double>
{
    private const double MachineEpsilon = 2.220446049250313e-16;
    private const double FirstElasticWeight = 1e2;
    private const double LastElasticWeight = 1e7;

    // Steps shorter than this part of the subproblem's aren't tried.
    private const double ShortestStep = 1e-10;

    // A relaxed subproblem that takes away less than this part of the violations takes away nothing.
    private const double NoRelief = 1e-6;

    private readonly Slsqp _options;
    private readonly int _n, _m;
    private readonly double[] _lowerBound, _upperBound, _lower, _upper;
    private readonly DualActiveSetMethod _subproblem, _elasticSubproblem;
    private readonly double[] _elasticMatrix, _elasticGradient, _elasticRows, _elasticStep, _elasticMultipliers;
    private SlackSubproblem? _slack;

    // Iterate.
    private readonly double[] _x, _g, _c, _jacobian, _hessian, _weights, _multipliers, _lagrangianGradient;
    private double _value = double.NaN, _violation = double.NaN, _gradientNorm = double.NaN, _valueChange = double.NaN, _stepNorm = double.NaN;

    // Step and search.
    private readonly double[] _step, _corrected, _s, _y, _product, _trialMultipliers;
    private double _alpha, _merit, _slope, _fullTrialMerit;
    private bool _started, _correcting, _correctionTried, _anyUpdate, _resetBefore, _anyFinite;
    private int _idle;

    public SlsqpState(Slsqp options, Query<double> query, ReadOnlySpan<double> start)
        : base(query)
    {
        _options = options;
        (_n, _m) = (query.Dimension, query.Shape.ConstraintCount);
        int n = _n, m = _m, rows = n + m;
        (_lowerBound, _upperBound) = (new double[n], new double[n]);
        _lowerBound.AsSpan().Fill(double.NegativeInfinity);
        _upperBound.AsSpan().Fill(double.PositiveInfinity);
        options.Bounds?.CopyTo<double>(_lowerBound, _upperBound);
        (_lower, _upper) = (new double[rows + 1], new double[rows + 1]);
        _subproblem = new DualActiveSetMethod(n, m);
        _elasticSubproblem = new DualActiveSetMethod(n + 1, m);
        _elasticMatrix = new double[(n + 1) * (n + 1)];
        (_elasticGradient, _elasticRows, _elasticStep, _elasticMultipliers) = (new double[n + 1], new double[m * (n + 1)], new double[n + 1], new double[rows + 1]);
        _x = start.ToArray();
        (_g, _c, _jacobian, _hessian) = (new double[n], new double[m], new double[m * n], new double[n * n]);
        (_weights, _multipliers, _trialMultipliers, _lagrangianGradient) = (new double[m], new double[rows], new double[rows], new double[n]);
        (_step, _corrected, _s, _y, _product) = (new double[n], new double[n], new double[n], new double[n], new double[n]);
        ResetHessian();
        start.CopyTo(query.Point());
    }

    public override ReadOnlySpan<double> Point => _x;

    public override double Value => _value;

    public override double GradientNorm => _gradientNorm;

    public override double ValueChange => _valueChange;

    public override double StepNorm => _stepNorm;

    public override double ConstraintViolation => _violation;

    public override ReadOnlySpan<double> Multipliers => _multipliers.AsSpan(_n);

    public override ReadOnlySpan<double> BoundMultipliers => _multipliers.AsSpan(0, _n);

    public override Advance Tell()
    {
        if (!_started)
        {
            _started = true;
            Take();
            return NewDirection(iterated: false);
        }

        bool finite = Query.IsFinite();
        _anyFinite |= finite;
        double trial = finite ? Merit(Query.Value(), Query.Constraints()) : double.PositiveInfinity;

        // Values that agree to within rounding don't refuse a step.
        double noise = 10 * MachineEpsilon * Math.Abs(_merit);
        if (trial <= _merit + (_options.SufficientDecrease * _alpha * _slope) + noise)
            return Accept();
        if (_correcting)
        {
            _correcting = false;
            return Shorten(_fullTrialMerit);
        }

        if (finite && _alpha == 1 && !_correctionTried && _options.SecondOrderCorrection && _m > 0)
        {
            _correctionTried = true;
            _fullTrialMerit = trial;
            if (TryCorrect())
            {
                _correcting = true;
                return Advance.Continue;
            }
        }

        return Shorten(trial);
    }

    private Advance Shorten(double trial)
    {
        // The minimum of the parabola through merit, slope and trial, within [0.1, 0.5] of the step.
        double factor = double.IsFinite(trial) ? -_slope * _alpha / (2 * (trial - _merit - (_slope * _alpha))) : 0.5;
        _alpha *= double.IsNaN(factor) ? 0.5 : Math.Clamp(factor, 0.1, 0.5);
        if (_alpha >= ShortestStep)
        {
            Ask(_step, _alpha);
            return Advance.Continue;
        }

        if (_resetBefore)
            return Advance.Stop(_anyFinite ? StopReason.NoProgress : StopReason.NonFinite);
        _resetBefore = true;
        ResetHessian();
        return NewDirection(iterated: false);
    }

    private Advance Accept()
    {
        double before = _value, length = 0, size = 0;
        ReadOnlySpan<double> point = Query.Point();
        for (int i = 0; i < _n; i++)
        {
            _s[i] = point[i] - _x[i];
            length += _s[i] * _s[i];
            size += point[i] * point[i];
        }

        LagrangianGradient(_g, _jacobian, _y);
        Vectors.Scale(-1, _y, _y);
        LagrangianGradient(Query.Gradient(), Query.ConstraintJacobian, _product);
        Vectors.AddScaled(_y, 1, _product, _y);
        Take();
        _valueChange = before - _value;
        _stepNorm = Math.Sqrt(length) / Math.Max(1, Math.Sqrt(size));
        UpdateHessian();
        _resetBefore = false;
        _correcting = false;

        // A point that doesn't change any more can't converge by a better model.
        _idle = length == 0 ? _idle + 1 : 0;
        return _idle > 2 ? Advance.Stop(StopReason.NoProgress, iterated: true) : NewDirection(iterated: true);
    }

    private void Take()
    {
        Query.Point().CopyTo(_x);
        _value = Query.Value();
        Query.Gradient().CopyTo(_g);
        Query.Constraints().CopyTo(_c);
        Query.ConstraintJacobian.CopyTo(_jacobian);
        _violation = Query.Violation();
    }

    /// <summary>Solves the subproblem at the iterate, tests for convergence and asks for the full step.</summary>
    private Advance NewDirection(bool iterated)
    {
        while (true)
        {
            for (int t = 0; t < _n + _m; t++)
                Sides(t, t < _n ? _x[t] : _c[t - _n]);
            bool met = _subproblem.TrySolve(_hessian, _g, _jacobian, _lower, _upper, _step, _trialMultipliers, out _), solved = met || SolveRelaxed() || SolveWithSlacks();
            double relief = 1;
            if (solved)
            {
                double promise = 0, violations = 0, left = 0, priced = 0;
                for (int i = 0; i < _n; i++)
                    promise += _g[i] * _step[i];
                for (int i = 0; i < _m; i++)
                {
                    double y = Math.Abs(_trialMultipliers[_n + i]), violation = ViolationOf(_c, i);
                    _weights[i] = Math.Max(y, 0.5 * (_weights[i] + y));
                    violations += _weights[i] * violation;
                    left += met ? 0 : _weights[i] * LinearViolation(i);
                    priced += y * violation;
                }

                relief = violations > 0 ? 1 - (left / violations) : 1;

                _trialMultipliers.CopyTo(_multipliers, 0);
                LagrangianGradient(_g, _jacobian, _lagrangianGradient);
                Vectors.AddScaled(_lagrangianGradient, 1, _multipliers.AsSpan(0, _n), _lagrangianGradient);
                _gradientNorm = Reduce.MaxNorm<double>(_lagrangianGradient);
                if (_violation <= _options.Stopping.FeasibilityTolerance && Math.Abs(promise) + priced <= _options.Tolerance * Math.Max(1, Math.Abs(_value)))
                    return Advance.Stop(StopReason.OptimalityTolerance, iterated);
                _slope = promise - (violations - left);
                _merit = _value + violations;
                if (_slope < 0)
                {
                    _alpha = 1;
                    _correctionTried = false;
                    _anyFinite = false;
                    Ask(_step, 1);
                    return iterated ? Advance.Iteration : Advance.Continue;
                }
            }

            if (_resetBefore)
            {
                bool stuck = (!solved || relief <= NoRelief) && _violation > _options.Stopping.FeasibilityTolerance;
                return Advance.Stop(stuck ? StopReason.Infeasible : StopReason.NoProgress, iterated);
            }

            _resetBefore = true;
            ResetHessian();
        }
    }

    /// <summary>The sides of a row or variable of the subproblem, relative to the value at the iterate.</summary>
    private void Sides(int t, double value)
    {
        double lower = t < _n ? _lowerBound[t] : Query.Shape.ConstraintBounds!.Lower(t - _n), upper = t < _n ? _upperBound[t] : Query.Shape.ConstraintBounds!.Upper(t - _n);
        (_lower[t], _upper[t]) = (lower - value, upper - value);
    }

    /// <summary>How far a constraint, linearised at the iterate, is out of its bounds at the end of the step.</summary>
    private double LinearViolation(int i)
    {
        double value = _c[i], size = Math.Abs(value);
        for (int j = 0; j < _n; j++)
        {
            double term = _jacobian[(i * _n) + j] * _step[j];
            value += term;
            size += Math.Abs(term);
        }

        double violation = Math.Max(0, Math.Max(Query.Shape.ConstraintBounds!.Lower(i) - value, value - Query.Shape.ConstraintBounds.Upper(i)));
        return violation <= 10 * MachineEpsilon * size ? 0 : violation;
    }

    /// <summary>The relaxed subproblem, with the part delta of all violations as a further variable. False if it takes nothing away from them.</summary>
    private bool SolveRelaxed()
    {
        int n = _n, wide = n + 1;
        for (double rho = FirstElasticWeight; rho <= LastElasticWeight; rho *= 10)
        {
            _elasticMatrix.AsSpan().Clear();
            for (int i = 0; i < n; i++)
            {
                _hessian.AsSpan(i * n, n).CopyTo(_elasticMatrix.AsSpan(i * wide));
                _elasticGradient[i] = _g[i];
            }

            _elasticMatrix[^1] = rho;
            _elasticGradient[n] = 0;

            // Sides in the order of the wide problem: variables, delta, constraints.
            for (int t = 0; t < n; t++)
                Sides(t, _x[t]);
            for (int i = _m - 1; i >= 0; i--)
            {
                Sides(n + i, _c[i]);
                (_lower[wide + i], _upper[wide + i]) = (_lower[n + i], _upper[n + i]);
                _jacobian.AsSpan(i * n, n).CopyTo(_elasticRows.AsSpan(i * wide));
                _elasticRows[(i * wide) + n] = _lower[n + i] > 0 ? _lower[n + i] : Math.Min(0, _upper[n + i]);
            }

            (_lower[n], _upper[n]) = (0, 1);
            if (!_elasticSubproblem.TrySolve(_elasticMatrix, _elasticGradient, _elasticRows, _lower, _upper, _elasticStep, _elasticMultipliers, out _))
                continue;
            if (1 - _elasticStep[n] <= NoRelief)
                continue;
            _elasticStep.AsSpan(0, n).CopyTo(_step);
            _elasticMultipliers.AsSpan(0, n).CopyTo(_trialMultipliers);
            _elasticMultipliers.AsSpan(wide, _m).CopyTo(_trialMultipliers.AsSpan(n));
            return true;
        }

        return false;
    }

    /// <summary>
    /// Where the violations can't shrink all together, as constraints with parallel gradients contradict each other: each constraint with a slack of its own, whose squares are priced. False if that
    /// takes nothing away from the violations either.
    /// </summary>
    private bool SolveWithSlacks()
    {
        if (_m == 0)
            return false;
        _slack ??= new SlackSubproblem(_n, _m);
        for (double rho = FirstElasticWeight; rho <= LastElasticWeight; rho *= 10)
        {
            for (int t = 0; t < _n + _m; t++)
                Sides(t, t < _n ? _x[t] : _c[t - _n]);
            if (!_slack.TrySolve(_hessian, _g, _jacobian, _lower, _upper, rho, _step, _trialMultipliers))
                continue;
            double before = 0, after = 0;
            for (int i = 0; i < _m; i++)
            {
                before += ViolationOf(_c, i);
                after += LinearViolation(i);
            }

            if (after < (1 - NoRelief) * before)
                return true;
        }

        return false;
    }

    /// <summary>The step whose linearised constraints have the values that were seen at the end of the full step. False if there is none.</summary>
    private bool TryCorrect()
    {
        for (int t = 0; t < _n; t++)
            Sides(t, _x[t]);
        for (int i = 0; i < _m; i++)
        {
            double linear = 0;
            for (int j = 0; j < _n; j++)
                linear += _jacobian[(i * _n) + j] * _step[j];
            Sides(_n + i, Query.Constraints()[i] - linear);
        }

        if (!_subproblem.TrySolve(_hessian, _g, _jacobian, _lower, _upper, _corrected, _trialMultipliers, out _))
            return false;

        // A correction much longer than the step corrects nothing.
        if (Reduce.Norm<double>(_corrected) > 2 * Reduce.Norm<double>(_step))
            return false;
        Ask(_corrected, 1);
        return true;
    }

    private void Ask(double[] step, double alpha)
    {
        Span<double> point = Query.Point();
        for (int i = 0; i < _n; i++)
            point[i] = Math.Clamp(_x[i] + (alpha * step[i]), _lowerBound[i], _upperBound[i]);
    }

    private double ViolationOf(ReadOnlySpan<double> constraints, int i) =>
        Math.Max(0, Math.Max(Query.Shape.ConstraintBounds!.Lower(i) - constraints[i], constraints[i] - Query.Shape.ConstraintBounds.Upper(i)));

    private double Merit(double value, ReadOnlySpan<double> constraints)
    {
        for (int i = 0; i < _m; i++)
            value += _weights[i] * ViolationOf(constraints, i);
        return value;
    }

    /// <summary>g + J'y with the multipliers of the last subproblem; those of the bounds are constant along a step and cancel.</summary>
    private void LagrangianGradient(ReadOnlySpan<double> gradient, ReadOnlySpan<double> jacobian, Span<double> result)
    {
        gradient.CopyTo(result);
        for (int i = 0; i < _m; i++)
        {
            if (_multipliers[_n + i] != 0)
                Vectors.AddScaled(result, _multipliers[_n + i], jacobian.Slice(i * _n, _n), result);
        }
    }

    private void ResetHessian()
    {
        _hessian.AsSpan().Clear();
        for (int i = 0; i < _n; i++)
            _hessian[(i * _n) + i] = 1;
        _anyUpdate = false;
    }

    /// <summary>Powell's damped update: y is mixed with B s so that its product with s is at least a fifth of s'B s.</summary>
    private void UpdateHessian()
    {
        double curvature = Reduce.Dot<double>(_s, _y), square = Reduce.Dot<double>(_y, _y);
        if (!_anyUpdate && curvature > 0 && double.IsFinite(square))
        {
            // The first pair says of what size the curvature is.
            double size = square / curvature;
            for (int i = 0; i < _n; i++)
                _hessian[(i * _n) + i] = size;
        }

        for (int i = 0; i < _n; i++)
            _product[i] = Reduce.Dot<double>(_hessian.AsSpan(i * _n, _n), _s);
        double quadratic = Reduce.Dot<double>(_s, _product);
        if (!(quadratic > 0) || !double.IsFinite(square))
            return;
        double theta = curvature >= 0.2 * quadratic ? 1 : 0.8 * quadratic / (quadratic - curvature);
        for (int i = 0; i < _n; i++)
            _y[i] = (theta * _y[i]) + ((1 - theta) * _product[i]);
        curvature = Reduce.Dot<double>(_s, _y);
        if (!(curvature > MachineEpsilon * Reduce.Norm<double>(_s) * Reduce.Norm<double>(_y)))
            return;
        for (int i = 0; i < _n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double element = _hessian[(i * _n) + j] + (_y[i] * _y[j] / curvature) - (_product[i] * _product[j] / quadratic);
                _hessian[(i * _n) + j] = element;
                _hessian[(j * _n) + i] = element;
            }
        }

        _anyUpdate = true;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_g);
        archive.Transfer<double>(_c);
        archive.Transfer<double>(_jacobian);
        archive.Transfer<double>(_hessian);
        archive.Transfer<double>(_weights);
        archive.Transfer<double>(_multipliers);
        archive.Transfer<double>(_step);
        archive.Transfer(ref _value);
        archive.Transfer(ref _violation);
        archive.Transfer(ref _gradientNorm);
        archive.Transfer(ref _valueChange);
        archive.Transfer(ref _stepNorm);
        archive.Transfer(ref _alpha);
        archive.Transfer(ref _merit);
        archive.Transfer(ref _slope);
        archive.Transfer(ref _fullTrialMerit);
        archive.Transfer(ref _started);
        archive.Transfer(ref _correcting);
        archive.Transfer(ref _correctionTried);
        archive.Transfer(ref _anyUpdate);
        archive.Transfer(ref _resetBefore);
        archive.Transfer(ref _anyFinite);
        archive.Transfer(ref _idle);
    }
}
