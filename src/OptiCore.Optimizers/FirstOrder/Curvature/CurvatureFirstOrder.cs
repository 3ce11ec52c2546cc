using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Drives a rule that uses curvature (<see cref="Sophia"/>) through the run protocol: an evaluation of value and gradient an iteration, and at every k-th iterate products of the Hessian with random signs
/// for Hutchinson's estimate of its diagonal.
/// </summary>
/// <remarks>
/// The value may rise from one iterate to the next; the run keeps the best point. A candidate whose value or gradient isn't finite ends the run as Failed (<see cref="StopReason.NonFinite"/>); a product that
/// isn't finite isn't reported to the rule. The signs of report j come from <c>key.Fold(j)</c>.
/// </remarks>
/// <param name="Rule">The rule.</param>
public sealed record CurvatureFirstOrder(IUpdateRule Rule) : ISolver<double, ITwiceDifferentiableFunction<double>>, ISolver<float, ITwiceDifferentiableFunction<float>>
{
    /// <summary>The rule.</summary>
    public IUpdateRule Rule { get; init => field = Require.NotNull(value, nameof(Rule)); } = Require.NotNull(Rule);

    /// <summary>The iterations from one report of curvature to the next. Default: 10, Sophia's.</summary>
    public int Every { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The products whose estimates are averaged into a report. Default: 1.</summary>
    public int Samples { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How the variables are divided into tensors, for rules that look at them. Default: null, one vector.</summary>
    public ParameterLayout? Layout { get; init; }

    /// <summary>When an iterate is good enough. Default: a largest gradient component of 1e-6, else the limits of the run.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The rule doesn't use curvature, or the layout has another number of parameters than the problem.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State<double>(this, shape, start, key);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The rule doesn't use curvature, or the layout has another number of parameters than the problem.</exception>
    public SolverState<float> Start(ProblemShape shape, ReadOnlySpan<float> start, RandomKey key) => new State<float>(this, shape, start, key);

    private sealed class State<T> : SolverState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly CurvatureFirstOrder _options;
        private readonly RandomKey _key;
        private readonly RuleState<T> _rule;
        private readonly T[] _point;
        private readonly T[] _estimate;
        private double _value = double.NaN;
        private double _gradientNorm = double.NaN;
        private double _valueChange = double.NaN;
        private long _products;
        private long _iterates;
        private int _sampled;

        public State(CurvatureFirstOrder options, ProblemShape shape, ReadOnlySpan<T> start, RandomKey key)
            : base(new Query<T>(shape, Oracle.Value | Oracle.Gradient | Oracle.HessianProduct) { Needs = Oracle.Value | Oracle.Gradient })
        {
            _options = options;
            _key = key;
            _rule = options.Rule.Start<T>(FirstOrder.LayoutOf(options.Layout, shape));
            if (!_rule.UsesCurvature)
                throw new ArgumentException("The rule doesn't use curvature: drive it by FirstOrder.", nameof(options));
            _point = start.ToArray();
            _estimate = new T[_point.Length];
            start.CopyTo(Query.Point());
        }

        public override ReadOnlySpan<T> Point => _point;

        public override double Value => _value;

        public override double GradientNorm => _gradientNorm;

        public override double ValueChange => _valueChange;

        public override Advance Tell()
        {
            if (Query.Needs == Oracle.HessianProduct)
            {
                TellProduct();
                return Advance.Continue;
            }

            if (!Query.IsFinite())
                return Advance.Stop(StopReason.NonFinite);
            bool isStart = double.IsNaN(_value);
            _valueChange = _value - Query.Value();
            Query.Point().CopyTo(_point);
            _value = Query.Value();
            _gradientNorm = double.CreateTruncating(Reduce.MaxNorm<T>(Query.Gradient()));
            if (_iterates++ % _options.Every == 0)
                AskProduct();
            else
                _rule.Step(Query.Point(), Query.Gradient());
            return isStart ? Advance.Continue : Advance.Iteration;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<T>(_point);
            archive.Transfer<T>(_estimate);
            archive.Transfer(ref _value);
            archive.Transfer(ref _gradientNorm);
            archive.Transfer(ref _valueChange);
            archive.Transfer(ref _products);
            archive.Transfer(ref _iterates);
            archive.Transfer(ref _sampled);
            archive.Transfer(_rule);
        }

        private void AskProduct()
        {
            Query.Needs = Oracle.HessianProduct;
            CurvatureEstimate.Rademacher(_key.Fold(_products++), Query.Direction);
        }

        private void TellProduct()
        {
            if (Query.IsFinite())
            {
                CurvatureEstimate.Hutchinson<T>(Query.Direction, Query.HessianProduct, Query.HessianProduct);
                TensorPrimitives.Add(_estimate, Query.HessianProduct, _estimate);
                _sampled++;
            }

            if (_products % _options.Samples != 0)
            {
                AskProduct();
                return;
            }

            if (_sampled > 0)
            {
                TensorPrimitives.Multiply(_estimate, T.One / T.CreateTruncating(_sampled), _estimate);
                _rule.ReportCurvature(_estimate);
            }

            _sampled = 0;
            Array.Clear(_estimate);
            Query.Needs = Oracle.Value | Oracle.Gradient;
            _rule.Step(Query.Point(), Query.Gradient());
        }
    }
}
