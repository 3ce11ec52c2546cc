using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// COBYLA: linear models of the objective and of each constraint through the n + 1 vertices of a simplex, minimised within a trust region. For nonlinear constraints when there are no
/// derivatives, a few variables and moderate accuracy is enough.
/// </summary>
/// <remarks>
/// <para>M. J. D. Powell (1994), A direct search optimization method that models the objective and constraint functions by linear interpolation, in: Advances in optimization and numerical
/// analysis, 51-67. The merit function is f + mu max_i violation_i; mu grows when a step would otherwise not promise a fall. A step replaces a vertex so that the simplex stays well shaped; when
/// it is badly shaped, a vertex is moved for the shape alone; when nothing helps, the radius rho falls, and mu with it.</para>
/// <para>Any function will do: the constraints of an <see cref="IConstrainedFunction{T}"/> are asked with the value. An equality counts as two inequalities. Simple <see cref="Bounds"/> are linear
/// constraints that are never violated.</para>
/// <para>Asks for the first n + 1 points as one batch, then one point at a time. An iteration costs O(n^3) and a few nonnegative least-squares problems with as many columns as there are
/// one-sided constraints and bounds.</para>
/// <para>This package's own: the subproblem is solved exactly, by least-distance problems, where the paper has an active-set method for it; scaling of variables, starts near bounds and values
/// that aren't finite are treated as in <see cref="Bobyqa"/>, a vertex without a value never being the best one.</para>
/// <para>Linear models follow a curved valley slowly: without constraints prefer <see cref="Bobyqa"/>.</para>
/// </remarks>
[Algorithm("COBYLA", "Derivative-free", "Powell (1994), A direct search optimization method that models the objective and constraint functions by linear interpolation", Capabilities = "values, constraints, bounds")]
public sealed partial record Cobyla : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>The first radius rho, the same for all variables; at most half of the width of a variable's bounds. Default: null, from start and bounds as for <see cref="Bobyqa"/>.</summary>
    public double? InitialRadius { get; init => field = value is { } r ? Require.Positive(r, nameof(InitialRadius)) : null; }

    /// <summary>The last radius, relative to the first one. Default: 1e-8.</summary>
    public double RadiusTolerance { get; init => field = Require.InOpen(value, 0, 1); } = 1e-8;

    /// <summary>Constraints count as satisfied when none is violated by more than this. Default: 1e-8.</summary>
    public double FeasibilityTolerance { get; init => field = Require.NonNegative(value); } = 1e-8;

    /// <summary>The feasibility tolerance; the radius decides on convergence.</summary>
    public StoppingRules Stopping => StoppingRules.Never with { FeasibilityTolerance = FeasibilityTolerance };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        var box = new Box(Bounds, start.Length);
        Oracle needs = shape.ConstraintCount > 0 ? Oracle.Value | Oracle.Constraints : Oracle.Value;
        return new State(this, box, shape, new Query<double>(shape, needs, box.Free.Length + 1), start);
    }

    private enum Phase
    {
        First = 0,
        Geometry = 1,
        TrustRegion = 2,
    }

    private sealed partial class State : SolverState<double>
    {
        // The paper's constants: the shape of an acceptable simplex, the length of a step for shape, and what counts as far.
        private const double Alpha = 0.25, Beta = 2.1, Gamma = 0.5, Delta = 1.1;

        private readonly Cobyla _options;
        private readonly Box _box;
        private readonly int _n, _m, _width;
        private readonly double[] _constraintLower, _constraintUpper, _origin, _scale, _lower, _upper, _best, _unitRow;
        private readonly double[] _vertices, _data, _edges, _inverse, _slopes, _step, _trial, _distances;
        private readonly bool[] _undefinedVertex;
        private readonly int[] _permutation;
        private readonly LinearStep _linear;
        private Phase _phase;
        private double _value = double.NaN, _violation = double.NaN, _rho = 1, _mu, _predictedMerit, _predictedFeasibility;
        private int _bestVertex, _moved, _retries, _shapeSteps;
        private bool _shapeFirst = true, _undefined, _acceptable;

        public State(Cobyla options, Box box, ProblemShape shape, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = box.Free.Length;
            _options = options;
            _box = box;
            _n = n;
            _m = shape.ConstraintCount;
            _width = _m + 2;
            _best = start.ToArray();
            _origin = start.ToArray();
            _scale = new double[n];
            _lower = new double[n];
            _upper = new double[n];
            _unitRow = new double[n];
            _constraintLower = new double[_m];
            _constraintUpper = new double[_m];
            int rows = 0;
            for (int i = 0; i < _m; i++)
            {
                _constraintLower[i] = shape.ConstraintBounds!.Lower(i);
                _constraintUpper[i] = shape.ConstraintBounds.Upper(i);
                rows += (double.IsFinite(_constraintLower[i]) ? 1 : 0) + (double.IsFinite(_constraintUpper[i]) ? 1 : 0);
            }

            // A vertex: its n coordinates; its data: value, largest violation, the constraints.
            _vertices = new double[(n + 1) * n];
            _data = new double[(n + 1) * _width];
            _undefinedVertex = new bool[n + 1];
            _edges = new double[n * n];
            _inverse = new double[n * n];
            _slopes = new double[(_m + 1) * n];
            _permutation = new int[n];
            _step = new double[n];
            _trial = new double[n];
            _distances = new double[n + 1];
            for (int j = 0; j < n; j++)
            {
                int i = box.Free[j];
                double width = box.Width(i);
                _scale[j] = options.InitialRadius is { } radius ? Math.Min(radius, width / 2)
                    : double.IsFinite(width) ? Math.Min(width / 4, 4 * Math.Max(1, Math.Abs(start[i]))) : Math.Min(width / 4, Math.Max(1, Math.Abs(start[i])) / 2);
                _lower[j] = (box.Lower[i] - start[i]) / _scale[j];
                _upper[j] = (box.Upper[i] - start[i]) / _scale[j];
                rows += (double.IsFinite(_lower[j]) ? 1 : 0) + (double.IsFinite(_upper[j]) ? 1 : 0);
            }

            _linear = new LinearStep(n, rows);
            if (_n == 0)
                start.CopyTo(query.Point());
            else
                AskFirst();
        }

        public override ReadOnlySpan<double> Point => _best;

        public override double Value => _value;

        public override double ConstraintViolation => _m == 0 ? 0 : _violation;

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.StepTolerance when _n == 0 => "The bounds leave no variable free.",
            StopReason.StepTolerance => string.Create(CultureInfo.InvariantCulture, $"The trust region's radius fell to the tolerance of {_options.RadiusTolerance:g3} of the first one."),
            StopReason.NonFiniteStart => "The function or a constraint is not finite at the starting point.",
            _ => null,
        };

        public override Advance Tell()
        {
            _undefined = !Query.IsFinite();
            switch (_phase)
            {
                case Phase.First:
                    return TakeFirst();

                case Phase.Geometry:
                    Store(_moved, _trial, 0);
                    return Proceed(Advance.Iteration);

                default:
                    if (!_undefined && TakeStep())
                        _shapeSteps = 0;
                    else if (!Reduce(out Advance end))
                        return end;
                    return Proceed(Advance.Iteration);
            }
        }

        /// <summary>Goes on until there is a question, or the end.</summary>
        private Advance Proceed(Advance done)
        {
            while (true)
            {
                FindBest();
                Commit();
                if (!Model())
                    return Advance.Stop(_undefined ? StopReason.NonFinite : StopReason.NoProgress, iterated: true);
                _acceptable = IsAcceptable();
                if (_acceptable)
                    _shapeSteps = 0;
                else if (_shapeFirst && _shapeSteps < MaxShapeSteps)
                    return MoveForShape(done);

                // Once a step has been good the next one follows at once, whatever the shape.
                FindStep();
                _shapeFirst = false;
                if (Dot(_step, _step) < _rho * _rho / 4)
                {
                    if (!Reduce(out Advance end))
                        return end;
                    continue;
                }

                double rise = Along(0), feasibility = Data(_bestVertex)[1] - PredictedViolation();
                double least = feasibility > 0 ? rise / feasibility : 0;
                if (_mu < 1.5 * least)
                {
                    // A larger mu may make another vertex the best one.
                    _mu = 2 * least;
                    int before = _bestVertex;
                    FindBest();
                    if (_bestVertex != before)
                        continue;
                }

                _predictedFeasibility = feasibility;
                _predictedMerit = (_mu * feasibility) - rise;
                for (int j = 0; j < _n; j++)
                    _trial[j] = Math.Min(Math.Max(Vertex(_bestVertex)[j] + _step[j], _lower[j]), _upper[j]);
                return Ask(Phase.TrustRegion, done);
            }
        }

        private Advance Ask(Phase phase, Advance done)
        {
            _phase = phase;
            Query.Count = 1;
            ToPoint(_trial, Query.Point());
            return done;
        }

        /// <summary>After a step that was not good enough: first the shape, then the radius and mu. Returns false at the end.</summary>
        private bool Reduce(out Advance end)
        {
            end = Advance.Continue;
            _shapeFirst = true;
            if (!_acceptable && _shapeSteps < MaxShapeSteps)
                return true;

            if (_rho <= _options.RadiusTolerance)
            {
                end = Advance.Stop(_undefined ? StopReason.NonFinite : _violation <= _options.FeasibilityTolerance || _m == 0 ? StopReason.StepTolerance : StopReason.Infeasible, iterated: true);
                return false;
            }

            _rho /= 2;
            if (_rho <= 1.5 * _options.RadiusTolerance)
                _rho = _options.RadiusTolerance;
            if (_mu > 0)
                LowerPenalty();
            _shapeFirst = false;
            _shapeSteps = 0;
            return true;
        }

        /// <summary>mu falls to the ratio of the range of values in the simplex to the least range of a constraint that matters.</summary>
        private void LowerPenalty()
        {
            double least = double.PositiveInfinity;
            for (int i = 0; i < _m; i++)
            {
                (double low, double high) = Range(2 + i);
                if (double.IsFinite(_constraintLower[i]))
                    least = Math.Min(least, Matters(low - _constraintLower[i], high - _constraintLower[i]));
                if (double.IsFinite(_constraintUpper[i]))
                    least = Math.Min(least, Matters(_constraintUpper[i] - high, _constraintUpper[i] - low));
            }

            (double lowest, double highest) = Range(0);
            if (double.IsInfinity(least))
                _mu = 0;
            else if (highest - lowest < _mu * least)
                _mu = (highest - lowest) / least;

            static double Matters(double low, double high) => low < high / 2 ? Math.Max(high, 0) - low : double.PositiveInfinity;
        }

        private (double Low, double High) Range(int item)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            for (int k = 0; k <= _n; k++)
            {
                low = Math.Min(low, Data(k)[item]);
                high = Math.Max(high, Data(k)[item]);
            }

            return (low, high);
        }

        private double PredictedMerit(int sign)
        {
            for (int j = 0; j < _n; j++)
                _step[j] *= sign;
            double merit = Along(0) + (_mu * PredictedViolation());
            for (int j = 0; j < _n; j++)
                _step[j] *= sign;
            return merit;
        }

        /// <summary>Puts the new point into the simplex, where it has a place. Returns true when it is good enough to go on at once.</summary>
        private bool TakeStep()
        {
            double value = Query.Value(), violation = _m == 0 ? 0 : Query.Violation();
            ReadOnlySpan<double> best = Data(_bestVertex);
            double fall = best[0] + (_mu * best[1]) - value - (_mu * violation), promised = _predictedMerit;
            if (_mu == 0 && value == best[0])
            {
                promised = _predictedFeasibility;
                fall = best[1] - violation;
            }

            // The vertex whose replacement changes the volume most; of those whose replacement keeps the shape, the farthest that is far.
            int chosen = -1;
            double ratio = fall <= 0 ? 1 : 0;
            for (int e = 0; e < _n; e++)
            {
                double change = Math.Abs(Component(e));
                if (change > ratio)
                {
                    ratio = change;
                    chosen = e;
                }
            }

            double edge = Delta * _rho;
            int far = -1;
            for (int e = 0; e < _n; e++)
            {
                double height = Height(e), after = Math.Abs(Component(e)) * height;
                if (after < Alpha * _rho && after < height)
                    continue;
                double distance = _distances[e];
                if (fall > 0)
                {
                    double square = 0;
                    for (int j = 0; j < _n; j++)
                        square += (Vertex(VertexOf(e))[j] - _trial[j]) * (Vertex(VertexOf(e))[j] - _trial[j]);
                    distance = Math.Sqrt(square);
                }

                if (distance > edge)
                {
                    edge = distance;
                    far = e;
                }
            }

            if (far >= 0)
                chosen = far;
            if (chosen < 0)
                return false;
            Store(VertexOf(chosen), _trial, 0);
            FindBest();
            Commit();
            return fall > 0 && fall >= 0.1 * promised;
        }

        private void FindStep()
        {
            _linear.Clear();
            ReadOnlySpan<double> best = Data(_bestVertex);
            for (int i = 0; i < _m; i++)
            {
                if (double.IsFinite(_constraintLower[i]))
                    _linear.Add(Slope(1 + i), 1, _constraintLower[i] - best[2 + i], hard: false);
                if (double.IsFinite(_constraintUpper[i]))
                    _linear.Add(Slope(1 + i), -1, best[2 + i] - _constraintUpper[i], hard: false);
            }

            for (int j = 0; j < _n; j++)
            {
                _unitRow[j] = 1;
                if (double.IsFinite(_lower[j]))
                    _linear.Add(_unitRow, 1, _lower[j] - Vertex(_bestVertex)[j], hard: true);
                if (double.IsFinite(_upper[j]))
                    _linear.Add(_unitRow, -1, Vertex(_bestVertex)[j] - _upper[j], hard: true);
                _unitRow[j] = 0;
            }

            _linear.Solve(Slope(0), _rho);
            _linear.Step.CopyTo(_step, 0);
        }

        private void Commit()
        {
            ToPoint(Vertex(_bestVertex), _best);
            _value = Data(_bestVertex)[0];
            _violation = Data(_bestVertex)[1];
        }

        /// <summary>The change of a model by the step: 0 for the objective, then the constraints.</summary>
        private double Along(int item) => Dot(Slope(item), _step);

        private double PredictedViolation()
        {
            double most = 0;
            for (int i = 0; i < _m; i++)
            {
                double c = Data(_bestVertex)[2 + i] + Along(1 + i);
                most = Math.Max(most, Math.Max(_constraintLower[i] - c, c - _constraintUpper[i]));
            }

            return most;
        }

        private double Violation(ReadOnlySpan<double> constraints)
        {
            double most = 0;
            for (int i = 0; i < _m; i++)
                most = Math.Max(most, Math.Max(_constraintLower[i] - constraints[i], constraints[i] - _constraintUpper[i]));
            return most;
        }

        private Span<double> Slope(int item) => _slopes.AsSpan(item * _n, _n);

        private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++)
                sum += x[i] * y[i];
            return sum;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_vertices);
            archive.Transfer<double>(_data);
            archive.Transfer<bool>(_undefinedVertex);
            archive.Transfer<double>(_inverse);
            archive.Transfer<double>(_slopes);
            archive.Transfer<double>(_distances);
            archive.Transfer<double>(_step);
            archive.Transfer<double>(_trial);
            archive.Transfer<double>(_best);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _value);
            archive.Transfer(ref _violation);
            archive.Transfer(ref _rho);
            archive.Transfer(ref _mu);
            archive.Transfer(ref _predictedMerit);
            archive.Transfer(ref _predictedFeasibility);
            archive.Transfer(ref _bestVertex);
            archive.Transfer(ref _moved);
            archive.Transfer(ref _retries);
            archive.Transfer(ref _shapeSteps);
            archive.Transfer(ref _shapeFirst);
            archive.Transfer(ref _undefined);
            archive.Transfer(ref _acceptable);
        }
    }
}
