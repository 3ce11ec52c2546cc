using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// What every line-search method shares: the iterate with value and gradient, a direction, the search along it, and after each step the two vectors
/// that methods learn from, s = x_new - x and y = g_new - g. A method owns one, writes <see cref="Direction"/>, calls <see cref="Begin"/> and hands on
/// every answer by <see cref="Tell"/>.
/// </summary>
internal sealed class LineSearchStep : IPersistent
{
    private readonly Query<double> _query;
    private readonly LineSearchState _search;
    private readonly double[] _point, _gradient, _direction, _step, _gradientChange;
    private double _value = double.NaN, _gradientNorm = double.NaN, _valueChange = double.NaN, _stepNorm = double.NaN;
    private double _largestChange;
    private bool _anyFinite;

    public LineSearchStep(Query<double> query, ILineSearch search, ReadOnlySpan<double> start)
    {
        int n = query.Dimension;
        _query = query;
        _search = search.Start();
        _point = start.ToArray();
        _gradient = new double[n];
        _direction = new double[n];
        _step = new double[n];
        _gradientChange = new double[n];
        start.CopyTo(query.Point());
    }

    public ReadOnlySpan<double> Point => _point;

    public ReadOnlySpan<double> Gradient => _gradient;

    public Span<double> Direction => _direction;

    /// <summary>s, the last step.</summary>
    public ReadOnlySpan<double> Step => _step;

    /// <summary>y, the change of the gradient over the last step.</summary>
    public ReadOnlySpan<double> GradientChange => _gradientChange;

    public double Value => _value;

    public double GradientNorm => _gradientNorm;

    public double ValueChange => _valueChange;

    public double StepNorm => _stepNorm;

    /// <summary>Why the last search failed. No progress: every trial had the same value to within rounding.</summary>
    public StopReason FailureReason
    {
        get
        {
            if (!_anyFinite)
                return StopReason.NonFinite;
            return _largestChange <= 1e-10 * Math.Abs(_value) ? StopReason.NoProgress : StopReason.LineSearchFailed;
        }
    }

    /// <summary>Takes the answer at the starting point.</summary>
    public void TakeStart()
    {
        _value = _query.Value();
        _query.Gradient().CopyTo(_gradient);
        _gradientNorm = Reduce.MaxNorm<double>(_gradient);
    }

    /// <summary>Begins a search along <see cref="Direction"/>; false if it doesn't lead downhill.</summary>
    public bool Begin(double step, double maximumStep = 1e20)
    {
        double slope = Reduce.Dot<double>(_gradient, _direction);
        if (!(slope < 0) || !double.IsFinite(slope) || !double.IsFinite(step))
            return false;
        _anyFinite = false;
        _largestChange = 0;
        _search.Begin(_value, slope, step, maximumStep);
        WriteTrial();
        return true;
    }

    /// <summary>Absorbs an answer. After acceptance the trial is the iterate; after failure the iterate is what it was.</summary>
    public LineSearchOutcome Tell()
    {
        bool finite = _query.IsFinite();
        _anyFinite |= finite;
        double slope = finite ? Reduce.Dot<double>(_query.Gradient(), _direction) : double.NaN;
        if (finite)
            _largestChange = Math.Max(_largestChange, Math.Abs(_query.Value() - _value));
        LineSearchOutcome outcome = _search.Tell(finite ? _query.Value() : double.NaN, slope);
        if (outcome == LineSearchOutcome.Accepted)
            Accept();
        else if (outcome == LineSearchOutcome.Continue)
            WriteTrial();
        return outcome;
    }

    private void WriteTrial() => Vectors.AddScaled(_point, _search.Step, _direction, _query.Point());

    private void Accept()
    {
        ReadOnlySpan<double> point = _query.Point(), gradient = _query.Gradient();
        Vectors.Subtract(point, _point, _step);
        Vectors.Subtract(gradient, _gradient, _gradientChange);
        point.CopyTo(_point);
        gradient.CopyTo(_gradient);
        _valueChange = _value - _query.Value();
        _value = _query.Value();
        _gradientNorm = Reduce.MaxNorm<double>(_gradient);
        _stepNorm = Reduce.Norm<double>(_step) / Math.Max(1, Reduce.Norm<double>(_point));
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(_search);
        archive.Transfer<double>(_point);
        archive.Transfer<double>(_gradient);
        archive.Transfer<double>(_direction);
        archive.Transfer<double>(_step);
        archive.Transfer<double>(_gradientChange);
        archive.Transfer(ref _value);
        archive.Transfer(ref _gradientNorm);
        archive.Transfer(ref _valueChange);
        archive.Transfer(ref _stepNorm);
        archive.Transfer(ref _largestChange);
        archive.Transfer(ref _anyFinite);
    }
}
