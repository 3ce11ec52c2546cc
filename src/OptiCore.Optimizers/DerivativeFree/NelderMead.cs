using System.Globalization;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The simplex method of Nelder and Mead: n + 1 points that move by reflecting, expanding, contracting and shrinking towards lower values. For a few
/// variables, without derivatives, and for functions that are rough or undefined in places: a value of NaN counts as infinity.
/// </summary>
/// <remarks>
/// <para>J. A. Nelder and R. Mead (1965), A simplex method for function minimization, Computer Journal 7, 308-313, with the order of ties of J. C. Lagarias,
/// J. A. Reeds, M. H. Wright, P. E. Wright (1998). <see cref="Adaptive"/>: F. Gao and L. Han (2012), Implementing the Nelder-Mead simplex algorithm with
/// adaptive parameters, Comput. Optim. Appl. 51, 259-277. <see cref="MaxRestarts"/>: C. T. Kelley (1999), Detection and remediation of stagnation in the
/// Nelder-Mead algorithm using a sufficient decrease condition, SIAM J. Optim. 10, 43-55: when the mean value falls by less than 1e-4 times the square of the
/// simplex gradient, the simplex is replaced by a small one along the axes, oriented against that gradient.</para>
/// <para>Asks for the first n + 1 points, and for n points when it shrinks, as one batch; else for one point at a time. Beside the function an iteration costs
/// n^2 operations, with restarts 2/3 n^3. The first simplex moves each coordinate by <see cref="InitialStep"/>, relative, or <see cref="InitialStepAtZero"/>
/// (the choice of L. Pfeffer that most programs use).</para>
/// <para>Within <see cref="Bounds"/> a trial point is moved to the nearest point of the box, variable by variable, and variables with equal bounds are left out. That can flatten the simplex against
/// a bound, so a run that converges at one begins again there with a new simplex of the first size, and ends when this finds nothing lower (this package's own safeguard).</para>
/// <para>The run converges when the simplex is small and its values agree. From about ten variables on prefer a method with derivatives, even by differences.</para>
/// </remarks>
[Algorithm("Nelder-Mead", "Derivative-free", "Nelder, Mead (1965), A simplex method for function minimization", Capabilities = "values, bounds")]
public sealed record NelderMead : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>Takes the coefficients of Gao and Han, which depend on n: better from about 5 variables on. Default: off.</summary>
    public bool Adaptive { get; init; }

    /// <summary>The relative displacement of each coordinate in the first simplex. Default: 0.05.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.05;

    /// <summary>The displacement of a coordinate that is 0. Default: 0.00025.</summary>
    public double InitialStepAtZero { get; init => field = Require.Positive(value); } = 0.00025;

    /// <summary>How often a stagnant simplex is replaced by an oriented one. Default: 3, as in Kelley's experiments; 0 never.</summary>
    public int MaxRestarts { get; init => field = Require.NonNegative(value); } = 3;

    /// <summary>Converged when no point is further from the best one, in any coordinate, than this times max(1, |x|), and the values agree. Default: 1e-8.</summary>
    public double PointTolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>Converged when the values differ by no more than this times max(1, |f|), and the simplex is small. Default: 1e-10.</summary>
    public double ValueTolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>None: a simplex has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new State(this, new Box(Bounds, start.Length), new Query<double>(shape, Oracle.Value, shape.Dimension + 1), start);

    private enum Phase
    {
        First = 0,
        Reflection = 1,
        Expansion = 2,
        OutsideContraction = 3,
        InsideContraction = 4,
        Replacement = 5,
    }

    private sealed class State : SolverState<double>
    {
        // Kelley's alpha.
        private const double SufficientDecrease = 1e-4;

        // A simplex of this relative size has run out of digits.
        private const double Collapsed = 4 * 2.220446049250313e-16;

        private readonly NelderMead _options;
        private readonly Box _box;

        // The number of variables, of those that are free, and so of the simplex's edges.
        private readonly int _d, _n;
        private readonly double _expansion, _contraction, _shrinkage;
        private readonly double[] _simplex, _values, _centroid, _reflected, _gradient, _edges, _differences;
        private readonly int[] _order;
        private readonly PivotedQr<double>? _qr;
        private Phase _phase;
        private double _reflectedValue, _mean, _gradientSquare = double.NaN;
        private double _rebuiltValue = double.PositiveInfinity;
        private int _restarts;

        public State(NelderMead options, Box box, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = box.Free.Length;
            _options = options;
            _box = box;
            _d = start.Length;
            _n = n;
            bool adaptive = options.Adaptive && n > 1;
            _expansion = adaptive ? 1 + (2.0 / n) : 2;
            _contraction = adaptive ? 0.75 - (1 / (2.0 * n)) : 0.5;
            _shrinkage = adaptive ? 1 - (1.0 / n) : 0.5;
            _simplex = new double[(n + 1) * _d];
            _values = new double[n + 1];
            _order = new int[n + 1];
            _centroid = new double[_d];
            _reflected = new double[_d];
            _gradient = new double[n];
            if (options.MaxRestarts > 0 && n > 0)
                _qr = new PivotedQr<double>(n, n);
            _edges = new double[_qr is null ? 0 : n * n];
            _differences = new double[n];
            _values.AsSpan().Fill(double.NaN);
            for (int i = 0; i <= n; i++)
            {
                _order[i] = i;
                start.CopyTo(Vertex(i));
                if (i > 0)
                    Displace(Vertex(i), box.Free[i - 1]);
            }

            query.Count = n + 1;
            _simplex.AsSpan().CopyTo(query.Points);
        }

        public override ReadOnlySpan<double> Point => Vertex(_order[0]);

        public override double Value => _values[_order[0]];

        public override string? Describe(StopReason reason)
        {
            CultureInfo c = CultureInfo.InvariantCulture;
            return reason switch
            {
                StopReason.StepTolerance when _n == 0 => "The bounds leave no variable free.",
                StopReason.StepTolerance => string.Create(c, $"The simplex is within the tolerance of {_options.PointTolerance:g3} around its best point, and its values within {_options.ValueTolerance:g3}."),
                StopReason.NonFiniteStart => "The function is not finite at any point of the first simplex.",
                StopReason.NoProgress => "The simplex has shrunk to one point, but its values still differ: the function may jump there.",
                _ => null,
            };
        }

        public override Advance Tell()
        {
            double value = Query.IsFinite() ? Query.Value() : double.PositiveInfinity;
            double best = _values[_order[0]], worst = _values[_order[_n]], nextToWorst = _values[_order[Math.Max(0, _n - 1)]];
            switch (_phase)
            {
                case Phase.First:
                    for (int i = 0; i <= _n; i++)
                        _values[i] = Query.IsFinite(i) ? Query.Value(i) : double.PositiveInfinity;
                    Sort();
                    if (double.IsInfinity(Value))
                        return Advance.Stop(StopReason.NonFiniteStart);
                    return _n == 0 ? Advance.Stop(StopReason.StepTolerance, iterated: true) : Reflect(Advance.Continue);

                case Phase.Reflection when value < best:
                    Query.Point().CopyTo(_reflected);
                    _reflectedValue = value;
                    return Ask(Phase.Expansion, _expansion);

                case Phase.Reflection when value < nextToWorst || (_n == 1 && value < worst):
                    return Replace(Query.Point(), value);

                case Phase.Reflection:
                    Query.Point().CopyTo(_reflected);
                    _reflectedValue = value;
                    return value < worst ? Ask(Phase.OutsideContraction, _contraction) : Ask(Phase.InsideContraction, -_contraction);

                case Phase.Expansion:
                    return value < _reflectedValue ? Replace(Query.Point(), value) : Replace(_reflected, _reflectedValue);

                case Phase.OutsideContraction:
                    return value <= _reflectedValue ? Replace(Query.Point(), value) : Shrink();

                case Phase.InsideContraction:
                    return value < worst ? Replace(Query.Point(), value) : Shrink();

                default:
                    for (int i = 0; i < _n; i++)
                    {
                        int vertex = _order[i + 1];
                        Query.Point(i).CopyTo(Vertex(vertex));
                        _values[vertex] = Query.IsFinite(i) ? Query.Value(i) : double.PositiveInfinity;
                    }

                    Sort();
                    return Finish();
            }
        }

        /// <summary>Begins an iteration: asks for the worst point's mirror image in the centroid of the others.</summary>
        private Advance Reflect(Advance done)
        {
            _centroid.AsSpan().Clear();
            for (int i = 0; i < _n; i++)
                Vectors.AddScaled(_centroid, 1.0 / _n, Vertex(_order[i]), _centroid);
            if (_restarts < _options.MaxRestarts)
                MeasureGradient();
            _ = Ask(Phase.Reflection, 1);
            return done;
        }

        /// <summary>Asks for centroid + t (centroid - worst).</summary>
        private Advance Ask(Phase phase, double t)
        {
            _phase = phase;
            Query.Count = 1;
            Span<double> point = Query.Point(), worst = Vertex(_order[_n]);
            for (int j = 0; j < _d; j++)
                point[j] = _box.Clamp(_centroid[j] + (t * (_centroid[j] - worst[j])), j);
            return Advance.Continue;
        }

        private Advance Replace(ReadOnlySpan<double> point, double value)
        {
            int worst = _order[_n];
            point.CopyTo(Vertex(worst));
            _values[worst] = value;
            int k = _n;
            for (; k > 0 && value < _values[_order[k - 1]]; k--)
                _order[k] = _order[k - 1];
            _order[k] = worst;

            // Kelley's condition, on the simplex that the iteration began with.
            bool stagnant = _restarts < _options.MaxRestarts && Mean() - _mean >= -SufficientDecrease * _gradientSquare;
            return stagnant && !IsConverged() ? Restart() : Finish();
        }

        private Advance Shrink()
        {
            ReadOnlySpan<double> best = Vertex(_order[0]);
            Query.Count = _n;
            for (int i = 0; i < _n; i++)
            {
                Span<double> point = Query.Point(i), vertex = Vertex(_order[i + 1]);
                for (int j = 0; j < _d; j++)
                    point[j] = _box.Clamp(best[j] + (_shrinkage * (vertex[j] - best[j])), j);
            }

            _phase = Phase.Replacement;
            return Advance.Continue;
        }

        /// <summary>Asks for a right-angled simplex with half of the shortest edge, oriented against the simplex gradient.</summary>
        private Advance Restart()
        {
            _restarts++;
            ReadOnlySpan<double> best = Vertex(_order[0]);
            double shortest = double.PositiveInfinity;
            for (int i = 1; i <= _n; i++)
            {
                double square = 0;
                Span<double> vertex = Vertex(_order[i]);
                for (int j = 0; j < _d; j++)
                    square += (vertex[j] - best[j]) * (vertex[j] - best[j]);
                shortest = Math.Min(shortest, Math.Sqrt(square));
            }

            Query.Count = _n;
            for (int i = 0; i < _n; i++)
            {
                int j = _box.Free[i];
                double step = _gradient[i] > 0 ? -shortest / 2 : shortest / 2;
                best.CopyTo(Query.Point(i));
                Query.Point(i)[j] = Inside(best[j], step, j);
            }

            _phase = Phase.Replacement;
            return Advance.Continue;
        }

        /// <summary>Asks for a simplex like the first one at the best point.</summary>
        private Advance Rebuild()
        {
            _rebuiltValue = Value;
            Query.Count = _n;
            for (int i = 0; i < _n; i++)
            {
                Vertex(_order[0]).CopyTo(Query.Point(i));
                Displace(Query.Point(i), _box.Free[i]);
            }

            _phase = Phase.Replacement;
            return Advance.Continue;
        }

        private void Displace(Span<double> vertex, int j) =>
            vertex[j] = Inside(vertex[j], vertex[j] == 0 ? _options.InitialStepAtZero : _options.InitialStep * vertex[j], j);

        /// <summary>x + step, on the other side where that lies outside, and no further than half of the box.</summary>
        private double Inside(double x, double step, int j)
        {
            double length = Math.Min(Math.Abs(step), _box.Width(j) / 2), moved = x + Math.CopySign(length, step);
            return _box.Clamp(moved < _box.Lower[j] || moved > _box.Upper[j] ? x - Math.CopySign(length, step) : moved, j);
        }

        private bool IsAtBound()
        {
            ReadOnlySpan<double> best = Vertex(_order[0]);
            foreach (int j in _box.Free)
            {
                if (best[j] == _box.Lower[j] || best[j] == _box.Upper[j])
                    return true;
            }

            return false;
        }

        private Advance Finish()
        {
            if (IsConverged())
            {
                bool lower = Value < _rebuiltValue - (_options.ValueTolerance * Math.Max(1, Math.Abs(Value)));
                return lower && IsAtBound() ? Rebuild() : Advance.Stop(StopReason.StepTolerance, iterated: true);
            }

            if (Size() <= Collapsed)
                return Advance.Stop(double.IsInfinity(_values[_order[_n]]) ? StopReason.NonFinite : StopReason.NoProgress, iterated: true);
            return Reflect(Advance.Iteration);
        }

        private bool IsConverged() =>
            _values[_order[_n]] - Value <= _options.ValueTolerance * Math.Max(1, Math.Abs(Value)) && Size() <= _options.PointTolerance;

        /// <summary>The largest distance from the best point in any coordinate, relative to max(1, |x|).</summary>
        private double Size()
        {
            ReadOnlySpan<double> best = Vertex(_order[0]);
            double distance = 0, length = 1;
            for (int j = 0; j < _d; j++)
                length = Math.Max(length, Math.Abs(best[j]));
            for (int i = 1; i <= _n; i++)
            {
                ReadOnlySpan<double> vertex = Vertex(_order[i]);
                for (int j = 0; j < _d; j++)
                    distance = Math.Max(distance, Math.Abs(vertex[j] - best[j]));
            }

            return distance / length;
        }

        /// <summary>The gradient of the linear function through the simplex's values, from the edges at the best point.</summary>
        private void MeasureGradient()
        {
            ReadOnlySpan<double> best = Vertex(_order[0]);
            for (int i = 0; i < _n; i++)
            {
                ReadOnlySpan<double> vertex = Vertex(_order[i + 1]);
                for (int j = 0; j < _n; j++)
                    _edges[(i * _n) + j] = vertex[_box.Free[j]] - best[_box.Free[j]];
                _differences[i] = _values[_order[i + 1]] - Value;
            }

            _mean = Mean();
            _qr!.Factor(_edges);
            int rank = double.IsFinite(_mean) ? _qr.Solve(_differences, _gradient) : 0;
            double square = 0;
            foreach (double g in _gradient)
                square += g * g;

            // Without a gradient the condition can't fail.
            _gradientSquare = rank == _n ? square : double.NaN;
        }

        private double Mean()
        {
            double sum = 0;
            foreach (double v in _values)
                sum += v;
            return sum / (_n + 1);
        }

        /// <summary>Insertion sort: stable, and the order is nearly right.</summary>
        private void Sort()
        {
            for (int i = 1; i <= _n; i++)
            {
                int vertex = _order[i], k = i;
                for (; k > 0 && _values[vertex] < _values[_order[k - 1]]; k--)
                    _order[k] = _order[k - 1];
                _order[k] = vertex;
            }
        }

        private Span<double> Vertex(int i) => _simplex.AsSpan(i * _d, _d);

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_simplex);
            archive.Transfer<double>(_values);
            archive.Transfer<int>(_order);
            archive.Transfer<double>(_centroid);
            archive.Transfer<double>(_gradient);
            archive.Transfer<double>(_reflected);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _reflectedValue);
            archive.Transfer(ref _mean);
            archive.Transfer(ref _gradientSquare);
            archive.Transfer(ref _restarts);
            archive.Transfer(ref _rebuiltValue);
        }
    }
}
