using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Minimises along a line by question and answer: steps downhill until three points enclose a minimum or the line ends, then R. P. Brent's combination of parabolas and
/// golden sections (1973, Algorithms for minimization without derivatives, chapter 5).
/// </summary>
internal sealed class BrentLine : IPersistent
{
    // 2 - golden ratio.
    private const double Golden = 0.3819660112501051;

    private const int MaxExpansions = 60;

    private Stage _stage;
    private double _low, _high, _step, _tolerance;
    private double _a, _b, _x, _fx, _w, _fw, _v, _fv, _move, _previousMove, _trial, _other;
    private int _expansions;

    private enum Stage
    {
        First = 0,
        Opposite = 1,
        Expand = 2,
        Edge = 3,
        Brent = 4,
        Done = 5,
    }

    /// <summary>Where the value is wanted.</summary>
    public double Trial => _trial;

    /// <summary>The lowest place so far.</summary>
    public double X => _x;

    /// <summary>The value there.</summary>
    public double Value => _fx;

    /// <summary>Begins at 0, whose value is known. Returns false when the line has no room.</summary>
    /// <param name="value">The value at 0.</param>
    /// <param name="step">The first step, positive or negative.</param>
    /// <param name="low">The lower end of the line, at most 0.</param>
    /// <param name="high">The upper end of the line, at least 0.</param>
    /// <param name="tolerance">How exactly the minimum is wanted, relative to the first step or the minimum's distance.</param>
    public bool Begin(double value, double step, double low, double high, double tolerance)
    {
        _low = low;
        _high = high;
        _x = 0;
        _fx = value;
        _tolerance = tolerance;
        _expansions = 0;
        _stage = Stage.First;
        _trial = Math.Clamp(step, low, high);
        if (_trial == 0)
            _trial = Math.Clamp(-step, low, high);
        _step = _trial;
        if (_trial != 0)
            return true;
        _stage = Stage.Done;
        return false;
    }

    /// <summary>Takes the value at <see cref="Trial"/>, infinite where it isn't defined. Returns true when the search is over.</summary>
    public bool Tell(double value)
    {
        switch (_stage)
        {
            case Stage.First when value < _fx:
                return Expand(0, _fx, value);

            case Stage.First:
                // The other side, unless the line ends there.
                _w = _trial;
                _fw = value;
                _trial = Math.Clamp(-_step, _low, _high);
                if (_trial == 0)
                    return Edge(_w);
                _stage = Stage.Opposite;
                return false;

            case Stage.Opposite when value < _fx:
                return Expand(0, _fx, value);

            case Stage.Opposite:
                return Enclosed(_w, _fw, _trial, value);

            case Stage.Expand when value < _fx:
                return Expand(_x, _fx, value);

            case Stage.Expand:
                return Enclosed(_w, _fw, _trial, value);

            case Stage.Edge:
                if (value < _fx)
                {
                    (double edge, double edgeValue) = (_x, _fx);
                    _x = _trial;
                    _fx = value;
                    return Enclosed(edge, edgeValue, _other, double.PositiveInfinity);
                }

                return Edge(_trial);

            default:
                return Section(value);
        }
    }

    /// <summary>The trial point is the lowest: goes on beyond it.</summary>
    private bool Expand(double previous, double previousValue, double value)
    {
        double older = _w, olderValue = _fw;
        bool three = _stage == Stage.Expand;
        _w = previous;
        _fw = previousValue;
        _x = _trial;
        _fx = value;
        double stride = _x - _w, end = stride > 0 ? _high : _low;
        if (_x == end)
            return Edge(_w);
        if (++_expansions > MaxExpansions)
        {
            _stage = Stage.Done;
            return true;
        }

        double factor = 2;
        if (three)
        {
            // The vertex of the parabola through the last three points, within reason.
            double r = (_x - _w) * (_fx - olderValue), q = (_x - older) * (_fx - _fw), bend = 2 * (q - r);
            double vertex = ((r * (_x - _w)) - (q * (_x - older))) / -bend / stride;
            factor = vertex > 0.5 ? Math.Min(vertex, 9) : bend != 0 && vertex > 0 ? 0.5 : 2;
        }

        _stage = Stage.Expand;
        _trial = Math.Clamp(_x + (factor * stride), _low, _high);
        return false;
    }

    /// <summary>The lowest point is an end of the line: looks nearer and nearer to it for a lower one.</summary>
    private bool Edge(double other)
    {
        _other = other;
        _stage = Stage.Edge;
        _trial = _x + ((other - _x) / 8);
        if (Math.Abs(_trial - _x) > Tolerance())
            return false;
        _stage = Stage.Done;
        return true;
    }

    /// <summary>A minimum lies between two points around the lowest.</summary>
    private bool Enclosed(double first, double firstValue, double second, double secondValue)
    {
        _a = Math.Min(first, second);
        _b = Math.Max(first, second);
        (_w, _fw, _v, _fv) = firstValue <= secondValue ? (first, firstValue, second, secondValue) : (second, secondValue, first, firstValue);
        _move = _previousMove = _b - _a;
        _stage = Stage.Brent;
        return Next();
    }

    private bool Section(double value)
    {
        double u = _trial;
        if (value <= _fx)
        {
            if (u >= _x)
                _a = _x;
            else
                _b = _x;
            (_v, _fv, _w, _fw, _x, _fx) = (_w, _fw, _x, _fx, u, value);
        }
        else
        {
            if (u < _x)
                _a = u;
            else
                _b = u;
            if (value <= _fw || _w == _x)
                (_v, _fv, _w, _fw) = (_w, _fw, u, value);
            else if (value <= _fv || _v == _x || _v == _w)
                (_v, _fv) = (u, value);
        }

        return Next();
    }

    private bool Next()
    {
        double middle = (_a + _b) / 2, tolerance = Tolerance();
        if (Math.Abs(_x - middle) <= (2 * tolerance) - ((_b - _a) / 2))
        {
            _stage = Stage.Done;
            return true;
        }

        double beforeLast = _previousMove;
        bool golden = true;
        if (Math.Abs(beforeLast) > tolerance)
        {
            double r = (_x - _w) * (_fx - _fv), q = (_x - _v) * (_fx - _fw), p = ((_x - _v) * q) - ((_x - _w) * r);
            q = 2 * (q - r);
            if (q > 0)
                p = -p;
            q = Math.Abs(q);
            if (Math.Abs(p) < Math.Abs(q * beforeLast / 2) && p > q * (_a - _x) && p < q * (_b - _x))
            {
                _previousMove = _move;
                _move = p / q;
                double u = _x + _move;
                if (u - _a < 2 * tolerance || _b - u < 2 * tolerance)
                    _move = _x < middle ? tolerance : -tolerance;
                golden = false;
            }
        }

        if (golden)
        {
            _previousMove = (_x < middle ? _b : _a) - _x;
            _move = Golden * _previousMove;
        }

        _trial = _x + (Math.Abs(_move) >= tolerance ? _move : _move > 0 ? tolerance : -tolerance);
        return false;
    }

    private double Tolerance() => _tolerance * Math.Max(Math.Abs(_step), Math.Abs(_x));

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _stage);
        archive.Transfer(ref _low);
        archive.Transfer(ref _high);
        archive.Transfer(ref _step);
        archive.Transfer(ref _tolerance);
        archive.Transfer(ref _a);
        archive.Transfer(ref _b);
        archive.Transfer(ref _x);
        archive.Transfer(ref _fx);
        archive.Transfer(ref _w);
        archive.Transfer(ref _fw);
        archive.Transfer(ref _v);
        archive.Transfer(ref _fv);
        archive.Transfer(ref _move);
        archive.Transfer(ref _previousMove);
        archive.Transfer(ref _trial);
        archive.Transfer(ref _other);
        archive.Transfer(ref _expansions);
    }
}
