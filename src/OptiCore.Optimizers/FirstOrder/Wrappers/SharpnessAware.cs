using System.Numerics;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Sharpness-aware minimisation: a rule that steps by the gradient of the worst point nearby,
/// <code>
/// e := rho g(x) / |g(x)|            adaptive: rho x^2 o g / ||x| o g|
/// x := x - u(g(x + e))
/// </code>
/// which favours minima in flat surroundings.
/// </summary>
/// <remarks>
/// Two evaluations of value and gradient an iteration: at the iterate and at x + e. A radius that stays keeps the iterates about rho away from a minimum; let it fall by a schedule where the minimum itself is wanted. Where the gradient is 0
/// there is no worst point, and the rule steps by it. A candidate, or a point nearby, whose value or gradient isn't finite ends the run as Failed (<see cref="StopReason.NonFinite"/>). Training loops
/// with networks drive it by ask and tell.
/// </remarks>
/// <param name="Rule">The rule that takes the gradient of the worst point, for example <see cref="Sgd"/> with momentum.</param>
[Algorithm("SAM", "First-order", "Foret, Kleiner, Mobahi, Neyshabur (2021), Sharpness-aware minimization for efficiently improving generalization; adaptive: Kwon, Kim, Park, Choi (2021), ASAM", Capabilities = "two gradients an iteration")]
public sealed record SharpnessAware(IUpdateRule Rule) : ISolver<double, IDifferentiableFunction<double>>, ISolver<float, IDifferentiableFunction<float>>
{
    /// <summary>The rule that takes the gradient of the worst point.</summary>
    public IUpdateRule Rule { get; init => field = Require.NotNull(value, nameof(Rule)); } = Require.NotNull(Rule);

    /// <summary>The radius rho. Default: 0.05; the adaptive form's authors take 0.5.</summary>
    public Schedule Radius { get; init => field = Schedule.Valid(value); } = 0.05;

    /// <summary>The adaptive form, whose neighbourhood scales with every parameter. Default: false.</summary>
    public bool Adaptive { get; init; }

    /// <summary>How the variables are divided into tensors, for rules that look at them. Default: null, one vector.</summary>
    public ParameterLayout? Layout { get; init; }

    /// <summary>When an iterate is good enough. Default: a largest gradient component of 1e-6, else the limits of the run.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The layout has another number of parameters than the problem.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State<double>(this, shape, start);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The layout has another number of parameters than the problem.</exception>
    public SolverState<float> Start(ProblemShape shape, ReadOnlySpan<float> start, RandomKey key) => new State<float>(this, shape, start);

    private sealed class State<T> : SolverState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly SharpnessAware _options;
        private readonly RuleState<T> _rule;
        private readonly T[] _point;
        private readonly T[] _scaled;
        private double _value = double.NaN;
        private double _gradientNorm = double.NaN;
        private double _valueChange = double.NaN;
        private bool _isNearby;

        public State(SharpnessAware options, ProblemShape shape, ReadOnlySpan<T> start)
            : base(new Query<T>(shape, Oracle.Value | Oracle.Gradient))
        {
            _options = options;
            _rule = options.Rule.Start<T>(FirstOrder.LayoutOf(options.Layout, shape));
            _point = start.ToArray();
            _scaled = new T[_point.Length];
            start.CopyTo(Query.Point());
        }

        public override ReadOnlySpan<T> Point => _point;

        public override double Value => _value;

        public override double GradientNorm => _gradientNorm;

        public override double ValueChange => _valueChange;

        public override Advance Tell()
        {
            if (!Query.IsFinite())
                return Advance.Stop(StopReason.NonFinite);
            if (_isNearby)
            {
                _isNearby = false;
                _point.CopyTo(Query.Point());
                _rule.Step(Query.Point(), Query.Gradient());
                return Advance.Continue;
            }

            bool isStart = double.IsNaN(_value);
            _valueChange = _value - Query.Value();
            Query.Point().CopyTo(_point);
            _value = Query.Value();
            _gradientNorm = double.CreateTruncating(Reduce.MaxNorm<T>(Query.Gradient()));
            _isNearby = Ascend(Query.Point(), Query.Gradient());
            if (!_isNearby)
                _rule.Step(Query.Point(), Query.Gradient());
            return isStart ? Advance.Continue : Advance.Iteration;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<T>(_point);
            archive.Transfer(ref _value);
            archive.Transfer(ref _gradientNorm);
            archive.Transfer(ref _valueChange);
            archive.Transfer(ref _isNearby);
            archive.Transfer(_rule);
        }

        /// <summary>Moves to the worst point nearby; false where the gradient says nothing.</summary>
        private bool Ascend(Span<T> x, ReadOnlySpan<T> gradient)
        {
            gradient.CopyTo(_scaled);
            if (_options.Adaptive)
            {
                for (int i = 0; i < x.Length; i++)
                    _scaled[i] *= T.Abs(x[i]);
            }

            double norm = double.CreateTruncating(Reduce.Norm<T>(_scaled));
            double factor = _options.Radius.At(_rule.Steps) / norm;
            if (norm == 0 || !double.IsFinite(factor) || factor == 0)
                return false;
            if (_options.Adaptive)
            {
                for (int i = 0; i < x.Length; i++)
                    _scaled[i] *= T.Abs(x[i]);
            }

            Elements.AddScaled(x, T.CreateTruncating(factor), _scaled);
            return true;
        }
    }
}
