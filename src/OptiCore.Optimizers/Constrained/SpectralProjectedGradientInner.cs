using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The spectral projected gradient method within bounds, as <see cref="AugmentedLagrangian"/> uses it: d = proj(x - lambda g) - x with the spectral step lambda = s's / s'y, and a nonmonotone search over the last ten values
/// (algorithm SPG2 of Birgin, Martínez, Raydan (2000)).
/// </summary>
internal sealed record SpectralProjectedGradientInner : ISolver<double, IDifferentiableFunction<double>>, IBoundedSolver
{
    public Bounds? Bounds { get; init; }

    public StoppingRules Stopping { get; init; } = new() { GradientTolerance = 1e-7 };

    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);

    private sealed class State : SolverState<double>
    {
        private const int Memory = 10;
        private const double Decrease = 1e-4, ShortestSpectralStep = 1e-10, LongestSpectralStep = 1e10, ShortestStep = 1e-14;

        private readonly double[] _lower, _upper, _x, _g, _d;
        private readonly double[] _history = new double[Memory];
        private double _value = double.NaN, _gradientNorm = double.NaN, _valueChange = double.NaN, _stepNorm = double.NaN, _lambda = 1, _alpha, _slope;
        private int _count;

        public State(SpectralProjectedGradientInner options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = start.Length;
            (_lower, _upper, _x, _g, _d) = (new double[n], new double[n], start.ToArray(), new double[n], new double[n]);
            _lower.AsSpan().Fill(double.NegativeInfinity);
            _upper.AsSpan().Fill(double.PositiveInfinity);
            options.Bounds?.CopyTo<double>(_lower, _upper);
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double GradientNorm => _gradientNorm;

        public override double ValueChange => _valueChange;

        public override double StepNorm => _stepNorm;

        public override Advance Tell()
        {
            if (_count == 0)
            {
                Take();
                return Begin(Advance.Continue);
            }

            double highest = double.NegativeInfinity;
            for (int k = 0; k < Math.Min(_count, Memory); k++)
                highest = Math.Max(highest, _history[k]);
            if (!Query.IsFinite() || !(Query.Value() <= highest + (Decrease * _alpha * _slope) + (1e-15 * Math.Abs(highest))))
            {
                double factor = Query.IsFinite() ? -_slope * _alpha / (2 * (Query.Value() - _value - (_slope * _alpha))) : 0.5;
                _alpha *= double.IsNaN(factor) ? 0.5 : Math.Clamp(factor, 0.1, 0.5);
                if (!(_alpha >= ShortestStep))
                    return Advance.Stop(StopReason.LineSearchFailed);
                Ask();
                return Advance.Continue;
            }

            double square = 0, curvature = 0, size = 0, before = _value;
            for (int j = 0; j < _x.Length; j++)
            {
                double s = Query.Point()[j] - _x[j];
                square += s * s;
                curvature += s * (Query.Gradient()[j] - _g[j]);
                size += Query.Point()[j] * Query.Point()[j];
            }

            Take();
            _valueChange = before - _value;
            _stepNorm = Math.Sqrt(square) / Math.Max(1, Math.Sqrt(size));
            _lambda = curvature <= 0 ? LongestSpectralStep : Math.Clamp(square / curvature, ShortestSpectralStep, LongestSpectralStep);
            return Begin(Advance.Iteration);
        }

        private void Take()
        {
            Query.Point().CopyTo(_x);
            Query.Gradient().CopyTo(_g);
            _value = Query.Value();
            _history[_count % Memory] = _value;
            _count++;
            _gradientNorm = 0;
            for (int j = 0; j < _x.Length; j++)
                _gradientNorm = Math.Max(_gradientNorm, Math.Abs(_x[j] - Math.Clamp(_x[j] - _g[j], _lower[j], _upper[j])));
            if (_count == 1)
                _lambda = Math.Clamp(1 / _gradientNorm, ShortestSpectralStep, LongestSpectralStep);
        }

        private Advance Begin(Advance next)
        {
            _slope = 0;
            for (int j = 0; j < _x.Length; j++)
            {
                _d[j] = Math.Clamp(_x[j] - (_lambda * _g[j]), _lower[j], _upper[j]) - _x[j];
                _slope += _d[j] * _g[j];
            }

            if (!(_slope < 0))
                return Advance.Stop(_gradientNorm == 0 ? StopReason.GradientTolerance : StopReason.NoProgress, next.IsIteration);
            _alpha = 1;
            Ask();
            return next;
        }

        private void Ask()
        {
            for (int j = 0; j < _x.Length; j++)
                Query.Point()[j] = Math.Clamp(_x[j] + (_alpha * _d[j]), _lower[j], _upper[j]);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_g);
            archive.Transfer<double>(_d);
            archive.Transfer<double>(_history);
            archive.Transfer(ref _value);
            archive.Transfer(ref _gradientNorm);
            archive.Transfer(ref _valueChange);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _lambda);
            archive.Transfer(ref _alpha);
            archive.Transfer(ref _slope);
            archive.Transfer(ref _count);
        }
    }
}
