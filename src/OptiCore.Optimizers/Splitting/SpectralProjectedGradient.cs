using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The spectral projected gradient method for min f(x) over a convex set: along d = P(x - lambda grad f(x)) - x, with the Barzilai-Borwein length lambda = s.s / s.y of the last move, to a point
/// that is better than the worst of the last <see cref="Memory"/> values by a part of the slope. Neither monotone nor scaled by hand, and as a rule much faster than projected gradients.
/// </summary>
/// <remarks>
/// <para>E. G. Birgin, J. M. Martinez and M. Raydan (2000), Nonmonotone spectral projected gradient methods on convex sets, SIAM J. Optim. 10, 1196-1211 (algorithm SPG2); constants as there.
/// A step along the line that the quadratic through the values would put outside [0.1, 0.9] of the last one is halved instead; a value is allowed to lie above its bound by its own rounding.</para>
/// <para>An iteration costs two projections and, as a rule, one value and gradient. The starting point is projected onto the set first; every point that is asked for lies in it, as exactly as the
/// projection. <see cref="SolverState{T}.GradientNorm"/> is the largest element of P(x - grad f(x)) - x, which vanishes at stationary points only.</para>
/// <para>For bounds on few variables quasi-Newton methods need fewer gradients; for sets without a cheap projection see <see cref="FrankWolfe"/>.</para>
/// </remarks>
[Algorithm("Spectral projected gradient", "Splitting", "Birgin, Martinez, Raydan (2000), Nonmonotone spectral projected gradient methods on convex sets", Capabilities = "gradient, projection")]
public sealed record SpectralProjectedGradient : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>The set; null for all points. Default: null.</summary>
    public IConvexSet? Set { get; init; }

    /// <summary>The number M of values that a new one may exceed all but the worst of; 1 is the monotone method. Default: 10.</summary>
    public int Memory { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The part of the slope that a step must fall below the worst value, in (0, 1). Default: 1e-4.</summary>
    public double SufficientDecrease { get; init => field = Require.InOpen(value, 0, 1); } = 1e-4;

    /// <summary>When an iterate is good enough. Default: no element of the projected gradient larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        Prox.RequireDimension(Set?.Dimension ?? 0, start.Length, nameof(Set));
        return new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);
    }

    private sealed class State : SolverState<double>
    {
        private const double ShortestLength = 1e-30;
        private const double LongestLength = 1e30;
        private const double MachineEpsilon = 2.220446049250313e-16;

        private readonly SpectralProjectedGradient _options;
        private readonly ProximalWorkspace _work = new();
        private readonly double[] _x, _gradient, _direction, _history;
        private double _value = double.NaN, _norm = double.NaN, _change = double.NaN, _stepNorm = double.NaN;
        private double _length, _slope, _alpha, _bound;
        private int _taken;
        private bool _started, _sawNumber;

        public State(SpectralProjectedGradient options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = start.Length;
            _options = options;
            _x = start.ToArray();
            _gradient = new double[n];
            _direction = new double[n];
            _history = new double[options.Memory];
            options.Set?.Project(start, _x, _work);
            _x.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double GradientNorm => _norm;

        public override double ValueChange => _change;

        public override double StepNorm => _stepNorm;

        public override string? Describe(StopReason reason) => reason == StopReason.GradientTolerance
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The largest component of the projected gradient, {_norm:g3}, is within the tolerance of {_options.Stopping.GradientTolerance:g3}.")
            : null;

        public override Advance Tell()
        {
            if (!_started)
            {
                _started = true;
                Query.Gradient().CopyTo(_gradient);
                Take();
                _length = Math.Clamp(1 / _norm, ShortestLength, LongestLength);
                return Search(Advance.Continue);
            }

            if (!Query.IsFinite())
                return Shorten(0.5 * _alpha);
            _sawNumber = true;
            double trial = Query.Value();
            if (!(trial <= _bound + (_options.SufficientDecrease * _alpha * _slope) + (4 * MachineEpsilon * Math.Abs(_bound))))
            {
                double minimizer = -0.5 * _alpha * _alpha * _slope / (trial - _value - (_alpha * _slope));
                return Shorten(minimizer >= 0.1 && minimizer <= 0.9 * _alpha ? minimizer : 0.5 * _alpha);
            }

            double squares = 0, curvature = 0, before = _value;
            ReadOnlySpan<double> point = Query.Point(), gradient = Query.Gradient();
            for (int i = 0; i < _x.Length; i++)
            {
                double s = point[i] - _x[i];
                squares += s * s;
                curvature += s * (gradient[i] - _gradient[i]);
            }

            gradient.CopyTo(_gradient);
            Take();
            _change = before - _value;
            _stepNorm = Math.Sqrt(squares) / Math.Max(1, Reduce.Norm<double>(_x));
            _length = curvature > 0 ? Math.Clamp(squares / curvature, ShortestLength, LongestLength) : LongestLength;
            return Search(Advance.Iteration);
        }

        private void Take()
        {
            Query.Point().CopyTo(_x);
            _value = Query.Value();
            _history[_taken++ % _history.Length] = _value;
            Direct(1);
            _norm = Reduce.MaxNorm<double>(_direction);
        }

        /// <summary>direction = P(x - length grad f(x)) - x.</summary>
        private void Direct(double length)
        {
            Vectors.AddScaled(_x, -length, _gradient, _direction);
            if (_options.Set is not null && double.IsFinite(Reduce.MaxNorm<double>(_direction)))
                _options.Set.Project(_direction, _direction, _work);
            Vectors.Subtract(_direction, _x, _direction);
        }

        private Advance Search(Advance done)
        {
            Direct(_length);
            _slope = Reduce.Dot<double>(_direction, _gradient);

            // The length may be too much for the range of numbers or, for inexact projections, for their error.
            if (!double.IsFinite(_slope) || _slope >= 0)
            {
                Direct(1);
                _slope = Reduce.Dot<double>(_direction, _gradient);
            }

            if (!(_slope < 0))
                return Advance.Stop(_norm <= _options.Stopping.GradientTolerance ? StopReason.GradientTolerance : StopReason.NoProgress, done.IsIteration);
            _bound = _history[0];
            for (int k = 1; k < Math.Min(_taken, _history.Length); k++)
                _bound = Math.Max(_bound, _history[k]);
            _sawNumber = false;
            Try(1);
            return done;
        }

        private Advance Shorten(double alpha)
        {
            if (alpha * Reduce.MaxNorm<double>(_direction) <= MachineEpsilon * Math.Max(1e-8, Reduce.MaxNorm<double>(_x)))
                return Advance.Stop(_sawNumber ? StopReason.LineSearchFailed : StopReason.NonFinite);
            Try(alpha);
            return Advance.Continue;
        }

        private void Try(double alpha)
        {
            _alpha = alpha;
            Vectors.AddScaled(_x, alpha, _direction, Query.Point());
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_gradient);
            archive.Transfer<double>(_direction);
            archive.Transfer<double>(_history);
            archive.Transfer(ref _value);
            archive.Transfer(ref _norm);
            archive.Transfer(ref _change);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _length);
            archive.Transfer(ref _slope);
            archive.Transfer(ref _alpha);
            archive.Transfer(ref _bound);
            archive.Transfer(ref _taken);
            archive.Transfer(ref _started);
            archive.Transfer(ref _sawNumber);
        }
    }
}
