using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// What every line-search method shares: the iterate with value and gradient, a direction, the search along it, and after each step the two vectors
/// that methods learn from, s = x_new - x and y = g_new - g. A method owns one, writes <see cref="Direction"/>, calls <see cref="Begin"/> and hands on
/// every answer by <see cref="Tell(Span{double}, Span{double})"/>.
/// </summary>
/// <remarks>What a step computes from several vectors is computed block by block, so that each vector comes from memory once.</remarks>
internal sealed class LineSearchStep : IPersistent
{
    private const double ValuePrecision = 1e-10;

    // Steps between values that agree to within rounding may still lower the gradient; so many in a row that don't go round in circles.
    private const int PatienceAtRounding = 10;

    private readonly Query<double> _query;
    private readonly LineSearchState _search;
    private readonly double[] _point, _gradient, _direction, _lower, _upper, _unitPoint;
    private double _value = double.NaN, _gradientNorm = double.NaN, _valueChange = double.NaN, _stepNorm = double.NaN;
    private double _startSlope, _slope, _curvature, _stepSquare, _changeSquare, _gradientSquare;
    private double _largestChange, _lowest = double.PositiveInfinity, _leastGradient = double.PositiveInfinity;
    private int _fruitless;
    private bool _anyFinite;

    public LineSearchStep(Query<double> query, ILineSearch search, ReadOnlySpan<double> start, Bounds? bounds = null)
    {
        int n = query.Dimension;
        _query = query;
        _search = search.Start();
        _point = start.ToArray();
        _gradient = new double[n];
        _direction = new double[n];
        (_lower, _upper, _unitPoint) = bounds is null ? ([], [], []) : (new double[n], new double[n], new double[n]);
        bounds?.CopyTo<double>(_lower, _upper);
        start.CopyTo(query.Point());
    }

    public ReadOnlySpan<double> Point => _point;

    public ReadOnlySpan<double> Gradient => _gradient;

    public Span<double> Direction => _direction;

    public ReadOnlySpan<double> Lower => _lower;

    public ReadOnlySpan<double> Upper => _upper;

    /// <summary>With bounds: the point of step 1, free of the rounding of x + d, which the method writes beside the direction.</summary>
    public Span<double> UnitPoint => _unitPoint;

    public double Value => _value;

    public double GradientNorm => _gradientNorm;

    public double ValueChange => _valueChange;

    public double StepNorm => _stepNorm;

    /// <summary>t, the step that was accepted last.</summary>
    public double Length => _search.Step;

    /// <summary>d.g at the beginning of the search.</summary>
    public double StartSlope => _startSlope;

    /// <summary>d.g at the last trial; after acceptance at the iterate.</summary>
    public double Slope => _slope;

    /// <summary>s.y.</summary>
    public double Curvature => _curvature;

    /// <summary>s.s.</summary>
    public double StepSquare => _stepSquare;

    /// <summary>y.y.</summary>
    public double ChangeSquare => _changeSquare;

    /// <summary>g.g at the iterate.</summary>
    public double GradientSquare => _gradientSquare;

    /// <summary>Whether the last steps changed the value by no more than rounding and neither value nor gradient became smaller.</summary>
    public bool IsStalled => _fruitless >= PatienceAtRounding;

    /// <summary>Why the last search failed. No progress: every trial had the same value to within rounding.</summary>
    public StopReason FailureReason
    {
        get
        {
            if (!_anyFinite)
                return StopReason.NonFinite;
            return _largestChange <= ValuePrecision * Math.Abs(_value) ? StopReason.NoProgress : StopReason.LineSearchFailed;
        }
    }

    /// <summary>Takes the answer at the starting point.</summary>
    public void TakeStart()
    {
        _value = _query.Value();
        _query.Gradient().CopyTo(_gradient);
        _gradientNorm = Reduce.MaxNorm<double>(_gradient);
        _gradientSquare = Reduce.SumOfSquares<double>(_gradient);
    }

    /// <summary>Begins a search along <see cref="Direction"/>; false if it doesn't lead downhill.</summary>
    public bool Begin(double step, double maximumStep = 1e20)
    {
        double first = Math.Min(step, maximumStep), slope = 0;
        Span<double> trial = _query.Point();
        for (int from = 0; from < _point.Length; from += Vectors.Block)
        {
            int count = Math.Min(Vectors.Block, _point.Length - from);
            ReadOnlySpan<double> d = _direction.AsSpan(from, count);
            slope += Reduce.Dot(_gradient.AsSpan(from, count), d);
            Vectors.AddScaled(_point.AsSpan(from, count), first, d, trial.Slice(from, count));
        }

        if (!(slope < 0) || !double.IsFinite(slope) || !double.IsFinite(step))
            return false;
        _anyFinite = false;
        _largestChange = 0;
        _startSlope = slope;
        _search.Begin(_value, slope, step, maximumStep);
        if (_search.Step != first)
            Vectors.AddScaled(_point, _search.Step, _direction, trial);
        Restrict(trial);
        return true;
    }

    /// <summary>Absorbs an answer. After acceptance the trial is the iterate; after failure the iterate is what it was.</summary>
    /// <param name="step">Receives s after acceptance.</param>
    /// <param name="gradientChange">Receives y after acceptance.</param>
    public LineSearchOutcome Tell(Span<double> step, Span<double> gradientChange)
    {
        bool finite = _query.IsFinite();
        _anyFinite |= finite;
        _slope = finite ? Reduce.Dot<double>(_query.Gradient(), _direction) : double.NaN;
        if (finite)
            _largestChange = Math.Max(_largestChange, Math.Abs(_query.Value() - _value));
        LineSearchOutcome outcome = _search.Tell(finite ? _query.Value() : double.NaN, _slope);
        if (outcome == LineSearchOutcome.Accepted)
        {
            Accept(step, gradientChange);
        }
        else if (outcome == LineSearchOutcome.Continue)
        {
            Vectors.AddScaled(_point, _search.Step, _direction, _query.Point());
            Restrict(_query.Point());
        }

        return outcome;
    }

    private void Restrict(Span<double> trial)
    {
        if (_unitPoint.Length == 0)
            return;
        if (_search.Step == 1)
            _unitPoint.CopyTo(trial);
        else
            Vectors.Clamp(trial, _lower, _upper);
    }

    private void Accept(Span<double> step, Span<double> gradientChange)
    {
        (_curvature, _stepSquare, _changeSquare, _gradientSquare, _gradientNorm) = (0, 0, 0, 0, 0);
        double pointSquare = 0;
        ReadOnlySpan<double> point = _query.Point(), gradient = _query.Gradient();
        for (int from = 0; from < _point.Length; from += Vectors.Block)
        {
            int count = Math.Min(Vectors.Block, _point.Length - from);
            Span<double> x = _point.AsSpan(from, count), g = _gradient.AsSpan(from, count), s = step.Slice(from, count), y = gradientChange.Slice(from, count);
            Vectors.Subtract(point.Slice(from, count), x, s);
            Vectors.Subtract(gradient.Slice(from, count), g, y);
            point.Slice(from, count).CopyTo(x);
            gradient.Slice(from, count).CopyTo(g);
            _curvature += Reduce.Dot<double>(s, y);
            _stepSquare += Reduce.SumOfSquares<double>(s);
            _changeSquare += Reduce.SumOfSquares<double>(y);
            _gradientSquare += Reduce.SumOfSquares<double>(g);
            pointSquare += Reduce.SumOfSquares<double>(x);
            _gradientNorm = Math.Max(_gradientNorm, Reduce.MaxNorm<double>(g));
        }

        _valueChange = _value - _query.Value();
        _value = _query.Value();
        bool gains = _value < _lowest || _gradientNorm < _leastGradient;
        _lowest = Math.Min(_lowest, _value);
        _leastGradient = Math.Min(_leastGradient, _gradientNorm);
        _fruitless = gains || _value - _lowest > ValuePrecision * Math.Abs(_lowest) ? 0 : _fruitless + 1;
        _stepNorm = Math.Sqrt(_stepSquare) / Math.Max(1, Math.Sqrt(pointSquare));
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(_search);
        archive.Transfer<double>(_point);
        archive.Transfer<double>(_gradient);
        archive.Transfer<double>(_direction);
        archive.Transfer<double>(_unitPoint);
        archive.Transfer(ref _value);
        archive.Transfer(ref _gradientNorm);
        archive.Transfer(ref _valueChange);
        archive.Transfer(ref _stepNorm);
        archive.Transfer(ref _startSlope);
        archive.Transfer(ref _slope);
        archive.Transfer(ref _curvature);
        archive.Transfer(ref _stepSquare);
        archive.Transfer(ref _changeSquare);
        archive.Transfer(ref _gradientSquare);
        archive.Transfer(ref _largestChange);
        archive.Transfer(ref _lowest);
        archive.Transfer(ref _leastGradient);
        archive.Transfer(ref _fruitless);
        archive.Transfer(ref _anyFinite);
    }
}
