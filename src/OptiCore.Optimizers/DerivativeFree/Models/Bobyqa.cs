using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// BOBYQA: a trust region on a quadratic model that interpolates m values, by default m = 2 n + 1. When a value comes in, one point goes and the model's Hessian changes as
/// little as possible in the Frobenius norm. Within simple bounds, or without any (then it is NEWUOA's problem). The method of choice for a smooth function of up to about a
/// hundred variables when derivatives can't be had and values are dear.
/// </summary>
/// <remarks>
/// <para>M. J. D. Powell (2009), The BOBYQA algorithm for bound constrained optimization without derivatives, DAMTP 2009/NA06; the updates are those of Powell (2006), The
/// NEWUOA software for unconstrained optimization without derivatives. Two radii: Delta bounds the steps and adapts; rho is a lower bound of it that falls from the first radius
/// to the last and sets the scale on which the model has to be good. When the step is short, or the model poor, a step towards better geometry replaces a point far away. When
/// rounding has damaged the updated inverse system, points are put back one by one on top of a fresh set on the axes, and what can't be put back is evaluated anew (RESCUE).
/// </para>
/// <para>The first 2 n + 1 points are one batch; later questions have one point. An iteration costs O((m + n)^2 + n^3) operations beside the function at worst.</para>
/// <para>This package's own: without <see cref="InitialRadius"/> each variable is measured by its own first step: max(1, |start|) / 2, or between two bounds the smaller of a
/// quarter of their distance and 4 max(1, |start|).
/// Variables with equal bounds are left out. A start nearer to a bound than the first step is moved to the bound or to a step from it, as in the paper. A value that isn't
/// finite shortens the step; while the first points are laid it shrinks the first radius tenfold; in a geometry step or a rescue the model's own prediction stands in for it.</para>
/// <para>For noisy or kinked functions prefer <see cref="NelderMead"/> or <see cref="PatternSearch"/>; with gradients <see cref="Lbfgs"/>.</para>
/// </remarks>
[Algorithm("BOBYQA", "Derivative-free", "Powell (2009), The BOBYQA algorithm for bound constrained optimization without derivatives", Capabilities = "values, bounds")]
public sealed partial record Bobyqa : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>
    /// The number m of interpolation points, from n + 2 to (n + 1)(n + 2) / 2, where n counts the variables whose bounds differ. Default: null, 2 n + 1, which Powell recommends;
    /// more points learn strong couplings earlier but cost more before the first step.
    /// </summary>
    public int? Points { get; init => field = value is { } m ? Require.AtLeast(m, 3, nameof(Points)) : null; }

    /// <summary>The first radius rho, the same for all variables: about a tenth of the expected change. At most half of the width of a variable's bounds. Default: null, from start and bounds.</summary>
    public double? InitialRadius { get; init => field = value is { } r ? Require.Positive(r, nameof(InitialRadius)) : null; }

    /// <summary>The last radius, relative to the first one. Default: 1e-8.</summary>
    public double RadiusTolerance { get; init => field = Require.InOpen(value, 0, 1); } = 1e-8;

    /// <summary>None: the radius decides.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><see cref="Points"/> doesn't fit the number of variables.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        var box = new Box(Bounds, start.Length);
        int n = box.Free.Length, m = Points ?? (2 * n) + 1;
        if (n > 0 && (m < n + 2 || m > (n + 1) * (n + 2) / 2))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(Points)} is {m}; with {n} free variables it must be from {n + 2} to {(n + 1) * (n + 2) / 2}."));
        return new State(this, box, new Query<double>(shape, Oracle.Value, Math.Max(1, m)), start, m);
    }

    private enum Phase
    {
        First = 0,
        Crossed = 1,
        TrustRegion = 2,
        Geometry = 3,
        Rescue = 4,
        Last = 5,
    }

    private enum Move
    {
        TrustRegion = 0,
        Improve = 1,
        Reduce = 2,
    }

    private sealed partial class State : SolverState<double>
    {
        private const int Short = -1;

        private readonly Bobyqa _options;
        private readonly Box _box;
        private readonly int _n, _m;
        private readonly InterpolatedQuadratic _model;
        private readonly BoxTrustRegion _region;
        private readonly GeometryStep _geometry;
        private readonly double[] _origin, _scale, _lowest, _highest, _lower, _upper, _step, _trial, _best, _firstStep, _secondStep, _oldPoints, _oldValues, _alternative;
        private readonly bool[] _open, _waiting, _rejected;
        private Phase _phase;
        private double _value = double.NaN, _rho = 1, _delta = 1, _ratio, _stepLength, _predicted;
        private double _errorA, _errorB, _errorC;
        private int _trustSteps, _replaced, _poorGradients, _retries;
        private long _evaluations, _savedEvaluations, _rescuedAt = -1;
        private bool _undefined;

        public State(Bobyqa options, Box box, Query<double> query, ReadOnlySpan<double> start, int m)
            : base(query)
        {
            int n = box.Free.Length;
            _options = options;
            _box = box;
            _n = n;
            _m = m;
            _best = start.ToArray();
            _origin = start.ToArray();
            _scale = new double[n];
            _lowest = new double[n];
            _highest = new double[n];
            _lower = new double[n];
            _upper = new double[n];
            _step = new double[n];
            _trial = new double[n];
            _firstStep = new double[n];
            _secondStep = new double[n];
            _alternative = new double[n];
            _oldPoints = new double[m * n];
            _oldValues = new double[m];
            _open = new bool[m];
            _waiting = new bool[m];
            _rejected = new bool[m];
            _model = new InterpolatedQuadratic(n, Math.Max(m, n + 2));
            _region = new BoxTrustRegion(n);
            _geometry = new GeometryStep(n, m);
            SetScale(start);
            if (n == 0)
                start.CopyTo(query.Point());
            else
                AskFirst();
        }

        public override ReadOnlySpan<double> Point => _best;

        public override double Value => _value;

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.StepTolerance when _n == 0 => "The bounds leave no variable free.",
            StopReason.StepTolerance => string.Create(CultureInfo.InvariantCulture, $"The trust region's radius fell to the tolerance of {_options.RadiusTolerance:g3} of the first one."),
            StopReason.NonFiniteStart => "The function is not finite at the starting point.",
            StopReason.NoProgress => "Rounding errors dominate the interpolation system: the values can't be told apart on the scale of the trust region.",
            _ => null,
        };

        public override Advance Tell()
        {
            _evaluations += Query.Count;
            _undefined = !Query.IsFinite();
            switch (_phase)
            {
                case Phase.First:
                    return TakeFirst();

                case Phase.Crossed:
                    for (int i = 0; i < Query.Count; i++)
                    {
                        if (!Query.IsFinite(i))
                            return RetryFirst();
                        _model.ValueAt((2 * _n) + 1 + i) = Query.Value(i);
                    }

                    return Begin();

                case Phase.Rescue:
                    TakeRescue();
                    return Proceed(Advance.Iteration, Move.TrustRegion);

                case Phase.Last:
                    if (!_undefined && Query.Value() < _value)
                        Commit(Query.Point(), Query.Value());
                    return Advance.Stop(_undefined ? StopReason.NonFinite : StopReason.StepTolerance, iterated: true);

                case Phase.TrustRegion:
                    return Proceed(Advance.Iteration, _undefined ? Shorten() : TakeTrustRegion(Query.Value()));

                default:
                    // Without a value the model's prediction stands in, but never as the best point: the geometry is better and the model as it was.
                    Absorb(_undefined ? Math.Max(_model.BestValue + _predicted, _model.BestValue) : Query.Value());
                    return Proceed(Advance.Iteration, Move.TrustRegion);
            }
        }

        /// <summary>Goes from decision to decision until there is a question, or the end.</summary>
        private Advance Proceed(Advance done, Move move)
        {
            while (true)
            {
                switch (move)
                {
                    case Move.TrustRegion:
                        _region.Solve(_model, _lower, _upper, _delta);
                        _stepLength = Math.Min(_delta, Math.Sqrt(_region.Square));
                        _predicted = _model.Change(_region.Step);
                        _region.Step.CopyTo(_step, 0);
                        _region.Point.CopyTo(_trial);
                        if (_stepLength < _rho / 2 || !(_predicted < 0))
                        {
                            _trustSteps = Short;
                            move = _evaluations <= _savedEvaluations + 2 || !IsModelGoodEnough() ? Move.Improve : Move.Reduce;
                            continue;
                        }

                        _trustSteps++;
                        ShiftIfFar(_region.Square);
                        _model.Try(_step);
                        _replaced = Choose(_model.Best, skipBest: true);
                        return _replaced >= 0 ? Ask(Phase.TrustRegion, done) : Rescue(done);

                    case Move.Improve:
                        double limit = _trustSteps == Short ? 10 * _rho : Math.Max(2 * _delta, 10 * _rho);
                        int far = Farthest(limit * limit, out double distance);
                        if (far >= 0)
                            return Improve(far, distance, done);
                        move = _trustSteps != Short && (_ratio > 0 || Math.Max(_delta, _stepLength) > _rho) ? Move.TrustRegion : Move.Reduce;
                        continue;

                    default:
                        if (_rho <= _options.RadiusTolerance)
                        {
                            if (_trustSteps == Short && _stepLength > 0 && _predicted < 0)
                                return Ask(Phase.Last, done);
                            return Advance.Stop(_undefined ? StopReason.NonFinite : StopReason.StepTolerance, iterated: true);
                        }

                        // Powell's sequence: the last radius is met exactly.
                        double left = _rho / _options.RadiusTolerance, half = _rho / 2;
                        _rho = left <= 16 ? _options.RadiusTolerance : left <= 250 ? Math.Sqrt(left) * _options.RadiusTolerance : _rho / 10;
                        _delta = Math.Max(half, _rho);
                        _trustSteps = 0;
                        _savedEvaluations = _evaluations;
                        move = Move.TrustRegion;
                        continue;
                }
            }
        }

        private Advance Ask(Phase phase, Advance done)
        {
            _phase = phase;
            Query.Count = 1;
            ToPoint(_trial, Query.Point());
            return done;
        }

        private Advance Improve(int far, double distance, Advance done)
        {
            if (_trustSteps == Short)
            {
                _delta = Math.Min(_delta / 10, distance / 2);
                if (_delta <= 1.5 * _rho)
                    _delta = _rho;
            }

            _trustSteps = 0;
            double radius = Math.Max(Math.Min(distance / 10, _delta), _rho);
            ShiftIfFar(radius * radius);
            _geometry.Choose(_model, far, _lower, _upper, radius);
            if (!(_model.Denominator(far) > _model.Lagrange[far] * _model.Lagrange[far] / 2))
                return Rescue(done);
            _replaced = far;
            _geometry.Step.CopyTo(_step, 0);
            _geometry.Point.CopyTo(_trial, 0);
            _stepLength = Math.Min(radius, Norm(_step));
            _predicted = _model.Change(_step);
            return Ask(Phase.Geometry, done);
        }

        private Move TakeTrustRegion(double value)
        {
            double before = _model.BestValue, predicted = _predicted;
            _ratio = (value - before) / predicted;
            _delta = _ratio <= 0.1 ? Math.Min(_delta / 2, _stepLength) : _ratio <= 0.7 ? Math.Max(_delta / 2, _stepLength) : Math.Max(_delta / 2, 2 * _stepLength);
            if (_delta <= 1.5 * _rho)
                _delta = _rho;
            if (value < before)
            {
                // Distances count from the new best point, and the old one may go.
                int better = Choose(_trial, skipBest: false);
                _replaced = better >= 0 ? better : _replaced;
            }

            Absorb(value);
            CheckAlternative();
            return value <= before + (predicted / 10) ? Move.TrustRegion : Move.Improve;
        }

        private void Absorb(double value)
        {
            double difference = value - _model.BestValue - _predicted;
            (_errorC, _errorB, _errorA) = (_errorB, _errorA, Math.Abs(difference));
            if (_stepLength > _rho)
                _savedEvaluations = _evaluations;
            _model.UpdateInverse(_replaced);
            _model.Replace(_replaced, _step, _trial, value, difference);
            if (_model.BestValue < _value)
                CommitBest();
        }

        /// <summary>Without a value there: a shorter step, or a smaller scale.</summary>
        private Move Shorten()
        {
            _ratio = -1;
            if (_stepLength <= _rho)
            {
                _trustSteps = 0;
                return Move.Reduce;
            }

            _delta = Math.Max(_rho, _stepLength / 2);
            return Move.TrustRegion;
        }

        /// <summary>
        /// The least-Hessian interpolant takes over when its projected gradient has been much smaller than the model's three times in a row: the model then remembers a curvature
        /// that is no longer there.
        /// </summary>
        private void CheckAlternative()
        {
            _model.LeastHessianGradientTo(_alternative);
            _poorGradients = Projected(_model.Gradient) < 10 * Projected(_alternative) ? 0 : _poorGradients + 1;
            if (_poorGradients < 3)
                return;
            _model.FitLeastHessian();
            _poorGradients = 0;
        }

        private double Projected(ReadOnlySpan<double> gradient)
        {
            double sum = 0;
            for (int j = 0; j < _n; j++)
            {
                double g = _model.Best[j] <= _lower[j] ? Math.Min(0, gradient[j]) : _model.Best[j] >= _upper[j] ? Math.Max(0, gradient[j]) : gradient[j];
                sum += g * g;
            }

            return sum;
        }

        /// <summary>True when the recent errors of the model are small against what a step of length rho can gain: the work with this rho is done.</summary>
        private bool IsModelGoodEnough()
        {
            double error = Math.Max(Math.Max(_errorA, _errorB), _errorC);
            if (_region.LeastCurvature > 0 && error > _rho * _rho * _region.LeastCurvature / 8)
                return false;
            double tolerance = error / _rho;
            for (int j = 0; j < _n; j++)
            {
                double test = _trial[j] == _lower[j] ? _region.Gradient[j] : _trial[j] == _upper[j] ? -_region.Gradient[j] : tolerance;
                if (test < tolerance && test + (_model.Curvature(j) * _rho / 2) < tolerance)
                    return false;
            }

            return true;
        }

        /// <summary>The point whose place the trial point takes: far ones with a large denominator; -1 when rounding has damaged the denominators.</summary>
        private int Choose(ReadOnlySpan<double> from, bool skipBest)
        {
            double most = 0, largest = 0, square = _delta * _delta;
            int chosen = -1;
            for (int k = 0; k < _m; k++)
            {
                if (skipBest && k == _model.BestIndex)
                    continue;
                double distance = SquareDistance(_model.Point(k), from) / square, weight = Math.Max(1, distance * distance);
                double score = weight * _model.Denominator(k);
                if (score > most)
                {
                    most = score;
                    chosen = k;
                }

                largest = Math.Max(largest, weight * _model.Lagrange[k] * _model.Lagrange[k]);
            }

            return most > largest / 2 ? chosen : -1;
        }

        private int Farthest(double beyond, out double distance)
        {
            int far = -1;
            for (int k = 0; k < _m; k++)
            {
                double square = SquareDistance(_model.Point(k), _model.Best);
                if (square > beyond)
                {
                    beyond = square;
                    far = k;
                }
            }

            distance = Math.Sqrt(beyond);
            return far;
        }

        private void ShiftIfFar(double stepSquare)
        {
            if (stepSquare > 1e-3 * SquareNorm(_model.Best))
                return;
            for (int j = 0; j < _n; j++)
                _trial[j] = _trial[j] == _lower[j] ? double.NegativeInfinity : _trial[j] == _upper[j] ? double.PositiveInfinity : _trial[j] - _model.Best[j];
            _model.ShiftBase();
            SetBounds();
            for (int j = 0; j < _n; j++)
                _trial[j] = Math.Min(Math.Max(_trial[j], _lower[j]), _upper[j]);
        }

        private void CommitBest()
        {
            ToPoint(_model.Best, _best);
            _value = _model.BestValue;
        }

        private void Commit(ReadOnlySpan<double> point, double value)
        {
            point.CopyTo(_best);
            _value = value;
        }

        private static double SquareDistance(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++)
                sum += (x[i] - y[i]) * (x[i] - y[i]);
            return sum;
        }

        private static double SquareNorm(ReadOnlySpan<double> x)
        {
            double sum = 0;
            foreach (double v in x)
                sum += v * v;
            return sum;
        }

        private static double Norm(ReadOnlySpan<double> x) => Math.Sqrt(SquareNorm(x));

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_model);
            archive.Transfer<double>(_step);
            archive.Transfer<double>(_trial);
            archive.Transfer<double>(_best);
            archive.Transfer<bool>(_open);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _value);
            archive.Transfer(ref _rho);
            archive.Transfer(ref _delta);
            archive.Transfer(ref _ratio);
            archive.Transfer(ref _trustSteps);
            archive.Transfer(ref _stepLength);
            archive.Transfer(ref _predicted);
            archive.Transfer(ref _errorA);
            archive.Transfer(ref _errorB);
            archive.Transfer(ref _errorC);
            archive.Transfer(ref _replaced);
            archive.Transfer(ref _poorGradients);
            archive.Transfer(ref _retries);
            archive.Transfer(ref _evaluations);
            archive.Transfer(ref _savedEvaluations);
            archive.Transfer(ref _rescuedAt);
            archive.Transfer(ref _undefined);
            SetBounds();
        }
    }
}
