using System.Numerics;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Drives an update rule through the run protocol: one evaluation of value and gradient an iteration, then x := x - u. For networks with a training loop of their own, use
/// <see cref="RuleState{T}"/> directly.
/// </summary>
/// <remarks>
/// There is no line search, so the value may rise from one iterate to the next; the run keeps the best point. A candidate whose value or gradient isn't finite is
/// never committed and ends the run as Failed (<see cref="StopReason.NonFinite"/>), with the last good point as the iterate: the rule's state has then already seen the step.
/// </remarks>
/// <param name="Rule">The rule.</param>
public sealed record FirstOrder(IUpdateRule Rule) : ISolver<double, IDifferentiableFunction<double>>, ISolver<float, IDifferentiableFunction<float>>
{
    /// <summary>The rule.</summary>
    public IUpdateRule Rule { get; init => field = Require.NotNull(value, nameof(Rule)); } = Require.NotNull(Rule);

    /// <summary>When an iterate is good enough. Default: a largest gradient component of 1e-6, else the limits of the run.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <summary>How the variables are divided into tensors, for rules that look at them. Default: null, one vector.</summary>
    public ParameterLayout? Layout { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The layout has another number of parameters than the problem.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new FirstOrderState<double>(Rule.Start<double>(LayoutOf(Layout, shape)), Stopping, shape, start);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The layout has another number of parameters than the problem.</exception>
    public SolverState<float> Start(ProblemShape shape, ReadOnlySpan<float> start, RandomKey key) =>
        new FirstOrderState<float>(Rule.Start<float>(LayoutOf(Layout, shape)), Stopping, shape, start);

    /// <summary>The layout that was chosen, or one vector.</summary>
    internal static ParameterLayout LayoutOf(ParameterLayout? layout, ProblemShape shape)
    {
        if (layout is not null)
            Require.Length(layout.Length, shape.Dimension, nameof(Layout));
        return layout ?? shape.Dimension;
    }
}

/// <summary>The iterate, the candidate (the query's point) and the rule's state.</summary>
internal sealed class FirstOrderState<T> : SolverState<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RuleState<T> _rule;
    private readonly bool _watchesSteps;
    private readonly T[] _point;
    private double _value = double.NaN;
    private double _gradientNorm = double.NaN;
    private double _valueChange = double.NaN;
    private double _stepNorm = double.NaN;

    public FirstOrderState(RuleState<T> rule, StoppingRules stopping, ProblemShape shape, ReadOnlySpan<T> start)
        : base(new Query<T>(shape, Oracle.Value | Oracle.Gradient))
    {
        _rule = rule;
        _watchesSteps = stopping.StepTolerance > 0;
        _point = start.ToArray();
        start.CopyTo(Query.Point());
    }

    /// <summary>The state of the rule, for its slots and its rate's factor.</summary>
    public RuleState<T> Rule => _rule;

    public override ReadOnlySpan<T> Point => _point;

    public override double Value => _value;

    public override double GradientNorm => _gradientNorm;

    public override double ValueChange => _valueChange;

    public override double StepNorm => _stepNorm;

    public override Advance Tell()
    {
        if (!Query.IsFinite())
            return Advance.Stop(StopReason.NonFinite);
        bool isStart = double.IsNaN(_value);
        Span<T> candidate = Query.Point();
        if (!isStart)
        {
            _valueChange = _value - Query.Value();
            if (_watchesSteps)
                _stepNorm = RelativeDistance(_point, candidate);
            candidate.CopyTo(_point);
        }

        _value = Query.Value();
        _gradientNorm = double.CreateTruncating(Reduce.MaxNorm<T>(Query.Gradient()));
        _rule.Step(candidate, Query.Gradient());
        return isStart ? Advance.Continue : Advance.Iteration;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<T>(_point);
        archive.Transfer(ref _value);
        archive.Transfer(ref _gradientNorm);
        archive.Transfer(ref _valueChange);
        archive.Transfer(ref _stepNorm);
        archive.Transfer(_rule);
    }

    private static double RelativeDistance(ReadOnlySpan<T> from, ReadOnlySpan<T> to)
    {
        double step = 0, length = 0;
        for (int i = 0; i < from.Length; i++)
        {
            double x = double.CreateTruncating(to[i]), d = x - double.CreateTruncating(from[i]);
            step += d * d;
            length += x * x;
        }

        return Math.Sqrt(step) / Math.Max(1, Math.Sqrt(length));
    }
}
