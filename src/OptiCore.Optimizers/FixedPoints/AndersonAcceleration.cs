using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Anderson acceleration (type II) of a fixed-point iteration x = G(x), given by its residuals r(x) = G(x) - x: the next iterate is x + beta r - (S + beta Y) gamma, where S and Y hold the
/// last differences of iterates and residuals and gamma minimises |r - Y gamma|.
/// </summary>
/// <remarks>
/// <para>D. G. Anderson (1965), Iterative procedures for nonlinear integral equations, J. ACM 12, 547-560; H. F. Walker, P. Ni (2011), Anderson acceleration for fixed-point iterations, SIAM J.
/// Numer. Anal. 49, 1715-1735: QR factorization by updates, the oldest differences dropped while its condition is above <see cref="ConditionLimit"/>.</para>
/// <para>Safeguard of J. Zhang, B. O'Donoghue, S. Boyd (2020), Globally convergent type-I Anderson acceleration for nonsmooth fixed-point iterations, SIAM J. Optim. 30, 3170-3197: an accelerated
/// iterate counts only if |r| &lt;= <see cref="SafeguardFactor"/> |r_0| (k + 1)^-(1 + 1e-6), k being how many counted before; else (and where the map isn't finite) the history is dropped and the
/// plain damped step x + beta r is taken from the iterate before. For nonexpansive maps it converges.</para>
/// <para>One evaluation of the map and O(m n) operations an iteration. The run's value is 1/2 |r|^2, which may rise for a while. The problem has as many residuals as variables. For the gradient
/// map of a function <see cref="AndersonGradient"/>, which uses the values.</para>
/// </remarks>
[Algorithm("Anderson acceleration", "Fixed points", "Walker, Ni (2011), Anderson acceleration for fixed-point iterations", Capabilities = "residuals")]
public sealed record AndersonAcceleration : ISolver<double, IResidualFunction<double>>
{
    /// <summary>m: the number of differences. Default: 5.</summary>
    public int Memory { get; init => field = Require.Positive(value); } = 5;

    /// <summary>beta: the share of the residual in a step. Default: 1.</summary>
    public double Mixing { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1;

    /// <summary>The largest ratio of the diagonal elements of the triangle. Default: 1e10.</summary>
    public double ConditionLimit { get; init => field = Require.Positive(value); } = 1e10;

    /// <summary>D: how many times the first residual an accelerated one may have. Default: 1e6, as in the paper.</summary>
    public double SafeguardFactor { get; init => field = Require.Positive(value); } = 1e6;

    /// <summary>When an iterate is good enough: the gradient tolerance is one on the largest residual. Default: 1e-8.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-8 };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The problem hasn't as many residuals as variables.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        if (shape.ResidualCount != shape.Dimension)
            throw new ArgumentException($"A fixed-point iteration has as many residuals as variables; the problem has {shape.ResidualCount} and {shape.Dimension}.", nameof(shape));
        return new State(this, new Query<double>(shape, Oracle.Residuals), start);
    }

    private sealed class State : SolverState<double>
    {
        private readonly AndersonAcceleration _options;
        private readonly AndersonHistory _history;
        private readonly double[] _x, _r, _step, _change;
        private double _value = double.NaN, _norm = double.NaN, _firstNorm, _valueChange = double.NaN, _stepNorm = double.NaN;
        private long _counted;
        private bool _started, _isAccelerated;

        public State(AndersonAcceleration options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            _options = options;
            _history = new AndersonHistory(start.Length, options.Memory, options.ConditionLimit);
            _x = start.ToArray();
            _r = new double[start.Length];
            _step = new double[start.Length];
            _change = new double[start.Length];
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        /// <summary>The largest residual.</summary>
        public override double GradientNorm => _norm;

        public override double ValueChange => _valueChange;

        public override double StepNorm => _stepNorm;

        public override Advance Tell()
        {
            ReadOnlySpan<double> residual = Query.Residuals();
            if (!_started)
            {
                _started = true;
                _firstNorm = Reduce.Norm(residual);
                Take(residual);
                AskPlain();
                return Advance.Continue;
            }

            if (!Query.IsFinite() || (_isAccelerated && !(Reduce.Norm(residual) <= _options.SafeguardFactor * _firstNorm * Math.Pow(_counted + 1, -(1 + 1e-6)))))
            {
                if (!_isAccelerated)
                    return Advance.Stop(StopReason.NonFinite);
                _history.Clear();
                AskPlain();
                return Advance.Continue;
            }

            _counted += _isAccelerated ? 1 : 0;
            Vectors.Subtract(Query.Point(), _x, _step);
            Vectors.Subtract(residual, _r, _change);
            _history.Add(_step, _change);
            _valueChange = _value - Query.Value();
            Query.Point().CopyTo(_x);
            _stepNorm = Reduce.Norm<double>(_step) / Math.Max(1, Reduce.Norm<double>(_x));
            Take(residual);
            if (_history.Count == 0)
            {
                AskPlain();
                return Advance.Iteration;
            }

            _isAccelerated = true;
            _history.Mix(_x, _r, _options.Mixing, Query.Point(), _step);
            return Advance.Iteration;
        }

        private void Take(ReadOnlySpan<double> residual)
        {
            residual.CopyTo(_r);
            _value = Query.Value();
            _norm = Reduce.MaxNorm(residual);
        }

        private void AskPlain()
        {
            _isAccelerated = false;
            Vectors.AddScaled(_x, _options.Mixing, _r, Query.Point());
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_history);
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_r);
            archive.Transfer(ref _value);
            archive.Transfer(ref _norm);
            archive.Transfer(ref _firstNorm);
            archive.Transfer(ref _valueChange);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _counted);
            archive.Transfer(ref _started);
            archive.Transfer(ref _isAccelerated);
        }
    }
}
