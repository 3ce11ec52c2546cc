using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>Which rectangles DIRECT divides.</summary>
public enum DirectVariant
{
    /// <summary>Jones, Perttunen, Stuckman: sizes are half diagonals, and of rectangles with the same size and value all are divided. For many minima.</summary>
    Original = 0,

    /// <summary>DIRECT-L of Gablonsky and Kelley: sizes are longest sides, and of each size one rectangle is divided. For few minima: fewer values.</summary>
    LocallyBiased = 1,
}

/// <summary>
/// DIRECT: divides a box into rectangles and evaluates their centres; divides further those that could hold the smallest value for some Lipschitz constant. Deterministic,
/// finds the global minimum of any continuous function in the end, roughly at first and slowly to many digits: give its result to a local method.
/// </summary>
/// <remarks>
/// <para>D. R. Jones, C. D. Perttunen, B. E. Stuckman (1993), Lipschitzian optimization without the Lipschitz constant, J. Optim. Theory Appl. 79, 157-181. DIRECT-L: J. M. Gablonsky and
/// C. T. Kelley (2001), A locally-biased form of the DIRECT algorithm, J. Global Optim. 21, 27-37.</para>
/// <para>A rectangle is potentially optimal when it lies on the lower right convex hull of (size, value) and promises at least <see cref="Epsilon"/> |f_min| below the smallest value. It is
/// divided in three along its longest sides, those with the best values first, so that these lie in the largest pieces.</para>
/// <para>The new centres of an iteration are asked in batches. It costs O(number of sizes) and the logarithm of the number of rectangles for each. Memory grows with every
/// value: n + 4 numbers; storage doubles when it is full.</para>
/// <para>This package's own: the starting point is evaluated, so that the result is never worse, and has no other effect. A rectangle whose value isn't finite is divided when no larger
/// one is left; Gablonsky's replacement of such values by those of neighbours isn't made.</para>
/// </remarks>
[Algorithm("DIRECT", "Global", "Jones, Perttunen, Stuckman (1993), Lipschitzian optimization without the Lipschitz constant", Capabilities = "values, bounds, batches")]
public sealed record Direct : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The box; every side is finite. Needed.</summary>
    public Bounds? Bounds { get; init; }

    /// <summary>Which rectangles are divided. Default: <see cref="DirectVariant.LocallyBiased"/>.</summary>
    public DirectVariant Variant { get; init => field = Require.Defined(value); } = DirectVariant.LocallyBiased;

    /// <summary>The fall, relative to the smallest value, that a rectangle must promise. Default: 1e-4, Jones's; smaller is more local.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value); } = 1e-4;

    /// <summary>
    /// Converged when the longest side of the rectangle with the smallest value is at most this, relative to the box. Default: 0, never: a small rectangle says that much was divided there, not that
    /// the minimum is near, least of all in the locally biased form.
    /// </summary>
    public double SideTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>None: limits and targets end a run, or the size of the best rectangle.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Bounds are missing or infinite.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        var box = new Box(Box.RequireFinite(Bounds, "DIRECT"), start.Length);
        int batch = Math.Max(2, 2 * box.Free.Length * State.Parents(box.Free.Length));
        return new State(this, box, new Query<double>(shape, Oracle.Value, batch), start);
    }

    private sealed class State : SolverState<double>
    {
        private readonly Direct _options;
        private readonly Box _box;
        private readonly int _n, _parents;
        private readonly double[] _best;
        private readonly RectangleStore _store;
        private readonly int[] _batch, _offsets, _sides, _places;
        private readonly double[] _sideValues;
        private double _value = double.NaN, _centerValue;
        private int _bestRectangle, _done, _batchCount;
        private bool _started;

        public State(Direct options, Box box, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            _options = options;
            _box = box;
            _n = box.Free.Length;
            _parents = Parents(_n);
            _best = start.ToArray();
            _store = new RectangleStore(_n, options.Variant == DirectVariant.Original);
            _batch = new int[_parents];
            _offsets = new int[_parents + 1];
            _sides = new int[_n];
            _places = new int[_n];
            _sideValues = new double[_n];
            query.Count = _n == 0 ? 1 : 2;
            start.CopyTo(query.Point(query.Count - 1));
            if (_n > 0)
                ToPoint(_store.Center(0), query.Point());
        }

        public override ReadOnlySpan<double> Point => _best;

        public override double Value => _value;

        /// <summary>How many rectangles' new centres fit into one question: about 256 points.</summary>
        public static int Parents(int n) => Math.Max(1, 128 / Math.Max(1, n));

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.StepTolerance when _n == 0 => "The bounds leave no variable free.",
            StopReason.StepTolerance => string.Create(CultureInfo.InvariantCulture, $"The rectangle of the smallest value has sides of at most {_options.SideTolerance:g3} of the box."),
            StopReason.NoProgress => "Every rectangle is as small as the precision allows.",
            StopReason.NonFiniteStart => "The function is finite neither in the middle of the box nor at the starting point.",
            _ => null,
        };

        public override Advance Tell()
        {
            if (!_started)
            {
                _started = true;
                Improve();
                if (double.IsNaN(_value))
                    return Advance.Stop(StopReason.NonFiniteStart);
                if (_n == 0)
                    return Advance.Stop(StopReason.StepTolerance, iterated: true);
                _centerValue = Finite(0);
                _store.SetFirst(_centerValue);
                return Choose(Advance.Continue);
            }

            Improve();
            for (int i = 0; i < _batchCount; i++)
                Divide(i);
            _done += _batchCount;
            if (_done < _store.ChosenCount)
                return AskBatch(Advance.Continue);
            return _store.Side(_bestRectangle) <= _options.SideTolerance && double.IsFinite(_centerValue)
                ? Advance.Stop(StopReason.StepTolerance, iterated: true)
                : Choose(Advance.Iteration);
        }

        private Advance Choose(Advance done)
        {
            _store.ChoosePotentiallyOptimal(_options.Epsilon);
            _done = 0;
            return _store.ChosenCount == 0 ? Advance.Stop(StopReason.NoProgress, iterated: true) : AskBatch(done);
        }

        /// <summary>Asks for the centres of the pieces: one third of the side to both sides of the middle, for every longest side of each rectangle.</summary>
        private Advance AskBatch(Advance done)
        {
            _batchCount = Math.Min(_parents, _store.ChosenCount - _done);
            int count = 0;
            for (int i = 0; i < _batchCount; i++)
            {
                int rectangle = _store.Chosen(_done + i);
                _batch[i] = rectangle;
                _offsets[i] = count;
                count += 2 * _store.CountLongest(rectangle);
            }

            _offsets[_batchCount] = count;
            Query.Count = count;
            for (int i = 0; i < _batchCount; i++)
            {
                int rectangle = _batch[i], at = _offsets[i];
                double step = _store.ThirdOfSide(rectangle);
                ReadOnlySpan<double> center = _store.Center(rectangle);
                for (int j = 0; j < _n; j++)
                {
                    if (!_store.IsLongest(rectangle, j))
                        continue;
                    for (int sign = -1; sign <= 1; sign += 2)
                    {
                        ToPoint(center, Query.Point(at));
                        Query.Point(at)[_box.Free[j]] = Scale(center[j] + (sign * step), _box.Free[j]);
                        at++;
                    }
                }
            }

            return done;
        }

        /// <summary>Divides a rectangle along its longest sides, in the order of the better of each side's two values.</summary>
        private void Divide(int i)
        {
            int parent = _batch[i], count = 0;
            for (int j = 0, place = _offsets[i]; j < _n; j++)
            {
                if (!_store.IsLongest(parent, j))
                    continue;
                double value = Math.Min(Finite(place), Finite(place + 1));
                int k = count++;
                for (; k > 0 && value < _sideValues[k - 1]; k--)
                    (_sideValues[k], _sides[k], _places[k]) = (_sideValues[k - 1], _sides[k - 1], _places[k - 1]);
                (_sideValues[k], _sides[k], _places[k]) = (value, j, place);
                place += 2;
            }

            double step = _store.ThirdOfSide(parent);
            for (int k = 0; k < count; k++)
            {
                int j = _sides[k];
                _store.Narrow(parent, j);
                for (int side = 0; side < 2; side++)
                {
                    double value = Finite(_places[k] + side);
                    int child = _store.AddBeside(parent, j, side == 0 ? -step : step, value);
                    if (value < _centerValue)
                    {
                        _centerValue = value;
                        _bestRectangle = child;
                    }
                }
            }

            _store.Return(parent);
        }

        private double Finite(int i) => Query.IsFinite(i) ? Query.Value(i) : double.PositiveInfinity;

        private void Improve()
        {
            for (int i = 0; i < Query.Count; i++)
            {
                if (Query.IsFinite(i) && !(Query.Value(i) >= _value))
                {
                    _value = Query.Value(i);
                    Query.Point(i).CopyTo(_best);
                }
            }
        }

        /// <summary>From the unit cube of the free variables to the box.</summary>
        private void ToPoint(ReadOnlySpan<double> unit, Span<double> x)
        {
            for (int i = 0; i < x.Length; i++)
                x[i] = _box.Lower[i];
            for (int j = 0; j < _n; j++)
                x[_box.Free[j]] = Scale(unit[j], _box.Free[j]);
        }

        private double Scale(double unit, int i) => _box.Clamp(_box.Lower[i] + (unit * (_box.Upper[i] - _box.Lower[i])), i);

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_best);
            archive.Transfer(_store);
            archive.Transfer<int>(_batch);
            archive.Transfer<int>(_offsets);
            archive.Transfer(ref _value);
            archive.Transfer(ref _centerValue);
            archive.Transfer(ref _bestRectangle);
            archive.Transfer(ref _done);
            archive.Transfer(ref _batchCount);
            archive.Transfer(ref _started);
        }
    }
}
