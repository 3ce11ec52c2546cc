using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>The run of <see cref="AugmentedLagrangian"/>: it hands the questions of the inner run on, and answers them with the augmented Lagrangian.</summary>
internal sealed class AugmentedLagrangianState : SolverState<double>
{
    private const double LargestPenalty = 1e14;
    private const double LargestMultiplier = 1e20;

    // A minimisation that ends so many times further outside the constraints than it began has run away: its penalty is too small for an objective that is unbounded there.
    private const double RunawayViolation = 1e4;

    private readonly AugmentedLagrangian _options;
    private readonly ISolver<double, IDifferentiableFunction<double>> _inner;
    private readonly RunOptions _innerOptions;
    private readonly int _n, _m;
    private readonly double[] _lower, _upper, _x, _known, _g, _c, _jacobian, _multipliers, _boundMultipliers, _lagrangianGradient;
    private SolverRun<double> _run;
    private double _value = double.NaN, _violation = double.NaN, _gradientNorm = double.NaN, _valueChange = double.NaN, _stepNorm = double.NaN;
    private double _knownValue = double.NaN, _knownViolation = double.NaN, _penalty, _progress = double.PositiveInfinity;
    private bool _started, _measuring, _knownIsFinite;

    public AugmentedLagrangianState(AugmentedLagrangian options, ISolver<double, IDifferentiableFunction<double>> inner, Query<double> query, ReadOnlySpan<double> start, RandomKey key)
        : base(query)
    {
        (_options, _inner) = (options, inner);
        (_n, _m) = (query.Dimension, query.Shape.ConstraintCount);
        _innerOptions = new RunOptions { MaxIterations = options.MaxInnerIterations, Key = key };
        (_lower, _upper) = (new double[_n], new double[_n]);
        _lower.AsSpan().Fill(double.NegativeInfinity);
        _upper.AsSpan().Fill(double.PositiveInfinity);
        options.Bounds?.CopyTo<double>(_lower, _upper);
        _x = start.ToArray();
        (_known, _g, _boundMultipliers, _lagrangianGradient) = (new double[_n], new double[_n], new double[_n], new double[_n]);
        (_c, _multipliers, _jacobian) = (new double[_m], new double[_m], new double[_m * _n]);
        _run = SolverRun<double>.Start(inner, new ProblemShape(_n), start, _innerOptions);
        start.CopyTo(query.Point());
    }

    public override ReadOnlySpan<double> Point => _x;

    public override double Value => _value;

    public override double GradientNorm => _gradientNorm;

    public override double ValueChange => _valueChange;

    public override double StepNorm => _stepNorm;

    public override double ConstraintViolation => _violation;

    public override ReadOnlySpan<double> Multipliers => _multipliers;

    public override ReadOnlySpan<double> BoundMultipliers => _boundMultipliers;

    public override Advance Tell()
    {
        Query.Point().CopyTo(_known);
        _knownValue = Query.Value();
        Query.Gradient().CopyTo(_g);
        Query.Constraints().CopyTo(_c);
        Query.ConstraintJacobian.CopyTo(_jacobian);
        _knownViolation = Query.Violation();
        _knownIsFinite = Query.IsFinite();
        bool iterated = false;
        if (!_started)
        {
            _started = true;
            (_value, _violation) = (_knownValue, _knownViolation);
            _penalty = _options.InitialPenalty > 0 ? _options.InitialPenalty : FirstPenalty();
        }

        while (true)
        {
            if (_measuring)
            {
                bool ranAway = !_knownIsFinite || _knownViolation > RunawayViolation * Math.Max(1, _violation);
                if (!_knownIsFinite && _penalty > LargestPenalty)
                    return Advance.Stop(StopReason.NonFinite, iterated);
                _measuring = false;
                iterated = true;
                if (ranAway && _penalty <= LargestPenalty)
                {
                    _penalty *= _options.PenaltyGrowth;
                    _run = SolverRun<double>.Start(_inner, new ProblemShape(_n), _x, _innerOptions);
                    continue;
                }

                StopReason reason = Outer();
                if (reason != StopReason.None)
                    return Advance.Stop(reason, iterated);
                _run = SolverRun<double>.Start(_inner, new ProblemShape(_n), _x, _innerOptions);
            }

            ReadOnlySpan<double> wanted;
            if (_run.TryAsk(out Query<double>? question))
            {
                if (question.Point().SequenceEqual(_known))
                {
                    Answer(question);
                    _ = _run.Tell();
                    continue;
                }

                wanted = question.Point();
            }
            else
            {
                _measuring = true;
                if (_run.Iterations == 0 && _run.Reason is StopReason.NonFinite or StopReason.NonFiniteStart)
                    return Advance.Stop(StopReason.NonFinite, iterated);
                wanted = _run.BestPoint;
                if (wanted.SequenceEqual(_known) && _knownIsFinite)
                    continue;
            }

            wanted.CopyTo(Query.Point());
            return iterated ? Advance.Iteration : Advance.Continue;
        }
    }

    private double FirstPenalty()
    {
        double violations = 0;
        for (int i = 0; i < _m; i++)
        {
            double v = Math.Max(0, Math.Max(Lower(i) - _c[i], _c[i] - Upper(i)));
            violations += v * v;
        }

        return violations == 0 ? 10 : Math.Max(1e-6, Math.Min(10, 2 * Math.Max(1, Math.Abs(_knownValue)) / violations));
    }

    private double Lower(int i) => Query.Shape.ConstraintBounds!.Lower(i);

    private double Upper(int i) => Query.Shape.ConstraintBounds!.Upper(i);

    /// <summary>The multiplier that the penalty implies.</summary>
    private double Implied(int i)
    {
        double t = _c[i] + (_multipliers[i] / _penalty);
        return _penalty * (t - Math.Clamp(t, Lower(i), Upper(i)));
    }

    private void Answer(Query<double> question)
    {
        double value = _knownIsFinite ? _knownValue : double.NaN;
        Span<double> gradient = question.Gradient();
        _g.CopyTo(gradient);
        for (int i = 0; i < _m; i++)
        {
            double y = Implied(i);
            value += ((y * y) - (_multipliers[i] * _multipliers[i])) / (2 * _penalty);
            if (y != 0)
                Vectors.AddScaled(gradient, y, _jacobian.AsSpan(i * _n, _n), gradient);
        }

        question.Value() = value;
    }

    /// <summary>After a minimisation: new multipliers, the test for convergence, the penalty.</summary>
    private StopReason Outer()
    {
        double length = 0, size = 0;
        for (int j = 0; j < _n; j++)
        {
            length += (_known[j] - _x[j]) * (_known[j] - _x[j]);
            size += _known[j] * _known[j];
        }

        _valueChange = _value - _knownValue;
        _stepNorm = Math.Sqrt(length) / Math.Max(1, Math.Sqrt(size));
        _known.CopyTo(_x, 0);
        (_value, _violation) = (_knownValue, _knownViolation);
        double progress = 0;
        _g.CopyTo(_lagrangianGradient, 0);
        for (int i = 0; i < _m; i++)
        {
            // How far c is from where the multiplier would have it: a violation, or a slack with a multiplier.
            double t = _c[i] + (_multipliers[i] / _penalty);
            progress = Math.Max(progress, Math.Abs(_c[i] - Math.Clamp(t, Lower(i), Upper(i))));
            _multipliers[i] = Math.Clamp(Implied(i), -LargestMultiplier, LargestMultiplier);
            if (_multipliers[i] != 0)
                Vectors.AddScaled(_lagrangianGradient, _multipliers[i], _jacobian.AsSpan(i * _n, _n), _lagrangianGradient);
        }

        _gradientNorm = 0;
        for (int j = 0; j < _n; j++)
        {
            double g = _lagrangianGradient[j], projected = _x[j] - Math.Clamp(_x[j] - g, _lower[j], _upper[j]);
            bool atBound = (_x[j] == _lower[j] && g > 0) || (_x[j] == _upper[j] && g < 0);
            _boundMultipliers[j] = atBound ? -g : 0;
            _gradientNorm = Math.Max(_gradientNorm, Math.Abs(projected));
        }

        double tolerance = _options.Stopping.FeasibilityTolerance;
        if (_violation <= tolerance && progress <= tolerance && _gradientNorm <= _options.Tolerance)
            return StopReason.OptimalityTolerance;
        if (progress > _options.RequiredReduction * _progress)
        {
            _penalty *= _options.PenaltyGrowth;
            if (_penalty > LargestPenalty)
                return _violation > tolerance ? StopReason.Infeasible : StopReason.NoProgress;
        }

        _progress = progress;
        return StopReason.None;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_known);
        archive.Transfer<double>(_g);
        archive.Transfer<double>(_c);
        archive.Transfer<double>(_jacobian);
        archive.Transfer<double>(_multipliers);
        archive.Transfer<double>(_boundMultipliers);
        archive.Transfer(ref _value);
        archive.Transfer(ref _violation);
        archive.Transfer(ref _gradientNorm);
        archive.Transfer(ref _valueChange);
        archive.Transfer(ref _stepNorm);
        archive.Transfer(ref _knownValue);
        archive.Transfer(ref _knownViolation);
        archive.Transfer(ref _penalty);
        archive.Transfer(ref _progress);
        archive.Transfer(ref _started);
        archive.Transfer(ref _measuring);
        archive.Transfer(ref _knownIsFinite);
        archive.Transfer(_run);
    }
}
