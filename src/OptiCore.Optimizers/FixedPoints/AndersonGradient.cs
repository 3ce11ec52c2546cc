using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Anderson acceleration (type II) of gradient descent: x - S gamma - t (g - Y gamma) with gamma minimising |g - Y gamma| over the last differences S of iterates and Y of gradients, guarded by the
/// function's values.
/// </summary>
/// <remarks>
/// <para>H. F. Walker, P. Ni (2011), Anderson acceleration for fixed-point iterations, SIAM J. Numer. Anal. 49, 1715-1735; guard of V. Mai, M. Johansson (2020), Anderson acceleration of proximal
/// gradient methods, ICML: an accelerated point counts only if f &lt;= f(x) - 1/2 t |g|^2 times <see cref="SufficientDecrease"/>; else the gradient step is taken.</para>
/// <para>The step t of the gradient is halved until f(x - t g) &lt;= f(x) - 1/2 t |g|^2, which holds for t &lt;= 1/L, and lengthened by a tenth after each gradient step that was accepted at once; the first
/// is 1 / |g|. gamma doesn't depend on t. On quadratics with a long memory it is GMRES on the gradient: about as fast as conjugate gradients, without a line search.</para>
/// <para>One value and gradient and O(m n) operations for most iterations. For ill-conditioned problems <see cref="Lbfgs"/>.</para>
/// </remarks>
[Algorithm("Anderson-accelerated gradient descent", "Fixed points", "Mai, Johansson (2020), Anderson acceleration of proximal gradient methods", Capabilities = "gradient")]
public sealed record AndersonGradient : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>m: the number of differences. Default: 10.</summary>
    public int Memory { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The largest ratio of the diagonal elements of the triangle. Default: 1e10.</summary>
    public double ConditionLimit { get; init => field = Require.Positive(value); } = 1e10;

    /// <summary>The share of a gradient step's guaranteed decrease that an accelerated step must bring. Default: 0.1.</summary>
    public double SufficientDecrease { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.1;

    /// <summary>When an iterate is good enough. Default: no gradient component larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);

    private sealed class State : SolverState<double>
    {
        private const double ValuePrecision = 1e-14;
        private const int MaxHalvings = 1100;

        private readonly AndersonGradient _options;
        private readonly AndersonHistory _history;
        private readonly double[] _x, _g, _step, _change;
        private double _value = double.NaN, _norm = double.NaN, _square, _t, _valueChange = double.NaN, _stepNorm = double.NaN;
        private int _halvings;
        private bool _started, _isAccelerated, _anyFinite;

        public State(AndersonGradient options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            _options = options;
            _history = new AndersonHistory(start.Length, options.Memory, options.ConditionLimit);
            _x = start.ToArray();
            _g = new double[start.Length];
            _step = new double[start.Length];
            _change = new double[start.Length];
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double GradientNorm => _norm;

        public override double ValueChange => _valueChange;

        public override double StepNorm => _stepNorm;

        public override Advance Tell()
        {
            if (!_started)
            {
                _started = true;
                Take();
                _t = 1 / Math.Sqrt(_square);
                if (!double.IsFinite(_t) || _t == 0)
                    return Advance.Stop(_norm <= _options.Stopping.GradientTolerance ? StopReason.GradientTolerance : StopReason.NoProgress);
                AskGradientStep();
                return Advance.Continue;
            }

            bool finite = Query.IsFinite();
            _anyFinite |= finite;
            double share = _isAccelerated ? _options.SufficientDecrease : 1;
            if (!finite || !(Query.Value() <= _value - (share * 0.5 * _t * _square) + (ValuePrecision * Math.Abs(_value))))
                return Refuse();

            if (!_isAccelerated && _halvings == 0)
                _t *= 1.1;
            Vectors.Subtract(Query.Point(), _x, _step);
            Vectors.Subtract(Query.Gradient(), _g, _change);
            _history.Add(_step, _change);
            _valueChange = _value - Query.Value();
            Query.Point().CopyTo(_x);
            _stepNorm = Reduce.Norm<double>(_step) / Math.Max(1, Reduce.Norm<double>(_x));
            Take();
            _halvings = 0;
            _anyFinite = false;
            if (_history.Count == 0)
            {
                AskGradientStep();
                return Advance.Iteration;
            }

            _isAccelerated = true;
            _history.Mix(_x, _g, -_t, Query.Point(), _step);
            return Advance.Iteration;
        }

        private Advance Refuse()
        {
            if (!_isAccelerated)
            {
                _t *= 0.5;
                if (++_halvings > MaxHalvings || _t * _norm <= 1e-18 * Reduce.MaxNorm<double>(_x) || _t == 0)
                    return Advance.Stop(_anyFinite ? StopReason.NoProgress : StopReason.NonFinite);
            }
            else
            {
                _history.Clear();
            }

            AskGradientStep();
            return Advance.Continue;
        }

        private void Take()
        {
            Query.Gradient().CopyTo(_g);
            _value = Query.Value();
            _norm = Reduce.MaxNorm<double>(_g);
            _square = Reduce.SumOfSquares<double>(_g);
        }

        private void AskGradientStep()
        {
            _isAccelerated = false;
            Vectors.AddScaled(_x, -_t, _g, Query.Point());
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_history);
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_g);
            archive.Transfer(ref _value);
            archive.Transfer(ref _norm);
            archive.Transfer(ref _square);
            archive.Transfer(ref _t);
            archive.Transfer(ref _valueChange);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _halvings);
            archive.Transfer(ref _started);
            archive.Transfer(ref _isAccelerated);
            archive.Transfer(ref _anyFinite);
        }
    }
}
