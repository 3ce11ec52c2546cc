using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Powell's method of conjugate directions: minimises along n directions in turn, beginning with the axes, then replaces one of them by the whole move of the sweep, so that
/// on a quadratic the directions become conjugate. Without derivatives; needs many values, but copes with strong couplings and unequal scales.
/// </summary>
/// <remarks>
/// <para>M. J. D. Powell (1964), An efficient method for finding the minimum of a function of several variables without calculating derivatives, Computer Journal 7, 155-162,
/// with the paper's own safeguard: the direction of the largest fall goes, and only if the value at the reflected point 2 x_n - x_0 says that the directions don't become
/// dependent. Line searches enclose a minimum and then follow Brent (1973).</para>
/// <para>An iteration is a sweep of n or n + 1 line searches, of about 5 values each, one point a question, and n^2 operations beside the function. A line begins with a step as long as
/// the last one along it, which falls tenfold a sweep at most.</para>
/// <para>Within <see cref="Bounds"/> lines end where they leave the box; a sweep whose reflected point lies outside keeps its directions. A value that isn't finite counts as
/// infinity. When a sweep ends the run although the directions are no longer the axes, one along the axes has to agree (<see cref="Confirm"/>).</para>
/// <para><see cref="Bobyqa"/> needs far fewer values of a smooth function.</para>
/// </remarks>
[Algorithm("Powell's conjugate directions", "Derivative-free", "Powell (1964), An efficient method for finding the minimum of a function of several variables without calculating derivatives", Capabilities = "values, bounds")]
public sealed record Powell : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>The first step along each axis, relative to max(1, |start|), and at most a quarter of the width of finite bounds. Default: 0.25.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.25;

    /// <summary>How exactly a line's minimum is found, relative to its first step or its length. Default: 0.01.</summary>
    public double LineTolerance { get; init => field = Require.InOpen(value, 0, 1); } = 0.01;

    /// <summary>Whether a sweep along the axes has to agree before the run converges. Default: on; Powell's paper recommends such a check.</summary>
    public bool Confirm { get; init; } = true;

    /// <summary>Converged when a sweep changes the value by no more than this times max(1, |f|). Default: 1e-12.</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>Converged when a sweep moves the point by no more than this times max(1, |x|). Default: 1e-8.</summary>
    public double PointTolerance { get; init => field = Require.NonNegative(value); } = 1e-8;

    /// <summary>None: a sweep has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, new Query<double>(shape, Oracle.Value), start);

    private enum Phase
    {
        First = 0,
        Line = 1,
        Reflection = 2,
        NewLine = 3,
    }

    private sealed class State : SolverState<double>
    {
        // A line's step isn't made shorter than this times max(1, |x|): values closer together can't be told apart.
        private const double ShortestStep = 1e-9;

        private readonly Powell _options;
        private readonly Box _box;
        private readonly int _n, _lines;
        private readonly double[] _x, _sweepStart, _directions, _lengths, _newDirection;
        private readonly BrentLine _line = new();
        private Phase _phase;
        private double _value = double.NaN, _sweepValue, _largestFall, _change = double.NaN, _move = double.NaN, _newLength;
        private int _current, _largest, _finite, _undefined;
        private bool _onAxes = true, _doubted;

        public State(Powell options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            _options = options;
            _n = start.Length;
            _box = new Box(options.Bounds, _n);
            _lines = _box.Free.Length;
            _x = start.ToArray();
            _sweepStart = new double[_n];
            _newDirection = new double[_n];
            _directions = new double[_lines * _n];
            _lengths = new double[_lines];
            start.CopyTo(query.Point());
            SetAxes(options.InitialStep);
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double ValueChange => _change;

        public override double StepNorm => _move;

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.StepTolerance when _lines == 0 => "The bounds leave no variable free.",
            StopReason.StepTolerance => "The last sweep of line searches moved the point by no more than the tolerance.",
            StopReason.ValueTolerance => "The last sweep of line searches changed the value by no more than the tolerance.",
            _ => null,
        };

        public override Advance Tell()
        {
            bool finite = Query.IsFinite();
            double value = finite ? Query.Value() : double.PositiveInfinity;
            _finite += finite ? 1 : 0;
            _undefined += finite ? 0 : 1;
            switch (_phase)
            {
                case Phase.First:
                    _value = value;
                    return _lines == 0 ? Advance.Stop(StopReason.StepTolerance, iterated: true) : BeginSweep(Advance.Continue);

                case Phase.Reflection:
                    return TakeReflection(value);

                case Phase.Line:
                    if (!_line.Tell(value))
                        return AskOnLine(Direction(_current));
                    EndLine(Direction(_current), ref _lengths[_current]);
                    return NextLine(Advance.Continue);

                default:
                    if (!_line.Tell(value))
                        return AskOnLine(_newDirection);
                    EndLine(_newDirection, ref _newLength);
                    Direction(_lines - 1).CopyTo(Direction(_largest));
                    _lengths[_largest] = _lengths[_lines - 1];
                    _newDirection.CopyTo(Direction(_lines - 1));
                    _lengths[_lines - 1] = _newLength;
                    _onAxes = false;
                    return EndSweep();
            }
        }

        private void SetAxes(double step)
        {
            _directions.AsSpan().Clear();
            for (int k = 0; k < _lines; k++)
            {
                int i = _box.Free[k];
                Direction(k)[i] = 1;
                _lengths[k] = Math.Min(step * Math.Max(1, Math.Abs(_x[i])), _box.Width(i) / 4);
            }

            _onAxes = true;
        }

        private Advance BeginSweep(Advance done)
        {
            _x.CopyTo(_sweepStart, 0);
            _sweepValue = _value;
            _largestFall = 0;
            _largest = 0;
            _current = -1;
            _finite = 0;
            _undefined = 0;
            return NextLine(done);
        }

        /// <summary>Begins the next line that has room; after the last one asks for the reflected point.</summary>
        private Advance NextLine(Advance done)
        {
            while (++_current < _lines)
            {
                if (!BeginLine(Direction(_current), _lengths[_current]))
                    continue;
                _phase = Phase.Line;
                _ = AskOnLine(Direction(_current));
                return done;
            }

            for (int i = 0; i < _n; i++)
            {
                _newDirection[i] = _x[i] - _sweepStart[i];
                Query.Point()[i] = (2 * _x[i]) - _sweepStart[i];
            }

            _newLength = Reduce.Norm(_newDirection);
            if (_lines == 1 || !(_newLength > 0) || !IsInside(Query.Point()))
                return EndSweep();
            _phase = Phase.Reflection;
            return done;
        }

        private bool BeginLine(ReadOnlySpan<double> direction, double length)
        {
            double low = double.NegativeInfinity, high = double.PositiveInfinity;
            for (int i = 0; i < _n; i++)
            {
                if (direction[i] == 0)
                    continue;
                double toLower = (_box.Lower[i] - _x[i]) / direction[i], toUpper = (_box.Upper[i] - _x[i]) / direction[i];
                low = Math.Max(low, Math.Min(toLower, toUpper));
                high = Math.Min(high, Math.Max(toLower, toUpper));
            }

            return _line.Begin(_value, length, Math.Min(low, 0), Math.Max(high, 0), _options.LineTolerance);
        }

        private Advance AskOnLine(ReadOnlySpan<double> direction)
        {
            Vectors.AddScaled(_x, _line.Trial, direction, Query.Point());
            _box.Clamp(Query.Point());
            return Advance.Continue;
        }

        private void EndLine(ReadOnlySpan<double> direction, ref double length)
        {
            double fall = _value - _line.Value;
            if (fall > _largestFall)
            {
                _largestFall = fall;
                _largest = _current;
            }

            Vectors.AddScaled(_x, _line.X, direction, _x);
            _box.Clamp(_x);
            _value = _line.Value;
            double shortest = ShortestStep * Math.Max(1, Reduce.MaxNorm<double>(_x));
            double moved = Math.Max(Math.Abs(_line.X), Math.Max(length / 10, shortest));
            length = _line.X < 0 ? -moved : moved;
        }

        /// <summary>Powell's criterion on the values at x_0, x_n and 2 x_n - x_0.</summary>
        private Advance TakeReflection(double value)
        {
            double fall = _sweepValue - _value - _largestFall, whole = _sweepValue - value;
            bool replaces = value < _sweepValue && 2 * (_sweepValue - (2 * _value) + value) * fall * fall < _largestFall * whole * whole;
            if (!replaces)
                return EndSweep();
            for (int i = 0; i < _n; i++)
                _newDirection[i] /= _newLength;
            _current = _largest;

            // The value one move further is known: it is the first of this line.
            if (!BeginLine(_newDirection, _newLength) || _line.Tell(value))
                return EndSweep();
            _phase = Phase.NewLine;
            return AskOnLine(_newDirection);
        }

        private Advance EndSweep()
        {
            double square = 0;
            for (int i = 0; i < _n; i++)
                square += (_x[i] - _sweepStart[i]) * (_x[i] - _sweepStart[i]);
            _change = _sweepValue - _value;
            _move = Math.Sqrt(square) / Math.Max(1, Reduce.Norm(_x));
            if (_finite == 0)
                return Advance.Stop(StopReason.NonFinite, iterated: true);
            bool still = _move <= _options.PointTolerance, level = Math.Abs(_change) <= _options.ValueTolerance * Math.Max(1, Math.Abs(_value));
            if (!still && !level)
            {
                _doubted = false;
            }
            else if (_undefined > 0 && !_doubted)
            {
                // Where values are missing, a sweep that stands still may only say that they are: once more.
                _doubted = true;
            }
            else
            {
                if (_onAxes || !_options.Confirm)
                    return Advance.Stop(still ? StopReason.StepTolerance : StopReason.ValueTolerance, iterated: true);
                SetAxes(Math.Sqrt(_options.PointTolerance));
            }

            return BeginSweep(Advance.Iteration);
        }

        private bool IsInside(ReadOnlySpan<double> x)
        {
            for (int i = 0; i < _n; i++)
            {
                if (x[i] < _box.Lower[i] || x[i] > _box.Upper[i])
                    return false;
            }

            return true;
        }

        private Span<double> Direction(int k) => _directions.AsSpan(k * _n, _n);

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_sweepStart);
            archive.Transfer<double>(_directions);
            archive.Transfer<double>(_lengths);
            archive.Transfer<double>(_newDirection);
            archive.Transfer(_line);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _value);
            archive.Transfer(ref _sweepValue);
            archive.Transfer(ref _largestFall);
            archive.Transfer(ref _change);
            archive.Transfer(ref _move);
            archive.Transfer(ref _newLength);
            archive.Transfer(ref _current);
            archive.Transfer(ref _largest);
            archive.Transfer(ref _finite);
            archive.Transfer(ref _undefined);
            archive.Transfer(ref _onAxes);
            archive.Transfer(ref _doubted);
        }
    }
}
