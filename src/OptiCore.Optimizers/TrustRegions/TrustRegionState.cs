using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The loop that all trust regions share: asks the subproblem for a step, with products of the true Hessian (questions to the run) or of an approximation (answered here), tries it and adapts the
/// region by the ratio of the actual to the predicted decrease. Algorithm 4.1 of Nocedal and Wright (2006).
/// </summary>
internal sealed class TrustRegionState : SolverState<double>
{
    private const double MachineEpsilon = 2.220446049250313e-16;

    // Accepted steps that lower neither the value nor the gradient are rounding; so many in a row end the run.
    private const int PatienceAtRounding = 8;

    private readonly TrustRegionOptions _options;
    private readonly TrustRegionSubproblemState _subproblem;
    private readonly SymmetricRankOneMatrix? _approximation;
    private readonly double[] _x, _g, _direction, _product, _change;
    private double _value = double.NaN, _gradientNorm = double.NaN, _valueChange = double.NaN, _stepNorm = double.NaN;
    private double _radius, _leastGradient = double.PositiveInfinity;
    private int _fruitless;
    private Phase _phase;
    private bool _lastWasFinite = true;

    public TrustRegionState(TrustRegionOptions options, Query<double> query, ReadOnlySpan<double> start, SymmetricRankOneMatrix? approximation)
        : base(query)
    {
        int n = start.Length;
        _options = options;
        _subproblem = options.Subproblem.Start(n);
        _approximation = approximation;
        _radius = options.InitialRadius;
        _x = start.ToArray();
        _g = new double[n];
        _direction = new double[n];
        _product = new double[n];
        _change = new double[n];
        start.CopyTo(query.Point());
        query.Needs = Oracle.Value | Oracle.Gradient;
    }

    private enum Phase
    {
        Start,
        Product,
        Trial,
    }

    public override ReadOnlySpan<double> Point => _x;

    public override double Value => _value;

    public override double GradientNorm => _gradientNorm;

    public override double ValueChange => _valueChange;

    public override double StepNorm => _stepNorm;

    public override Advance Tell()
    {
        switch (_phase)
        {
            case Phase.Start:
                _value = Query.Value();
                Query.Gradient().CopyTo(_g);
                _gradientNorm = Reduce.MaxNorm<double>(_g);
                _subproblem.Begin(_g, _radius);
                return Ask(iterated: false);
            case Phase.Product:
                if (!Query.IsFinite())
                    return Advance.Stop(StopReason.NonFinite);
                _subproblem.Tell(Query.HessianProduct);
                return Ask(iterated: false);
            default:
                return Judge();
        }
    }

    /// <summary>The next question: a product, or the trial point.</summary>
    private Advance Ask(bool iterated)
    {
        while (_subproblem.TryAsk(_direction))
        {
            if (_approximation is null)
            {
                _phase = Phase.Product;
                Query.Needs = Oracle.HessianProduct;
                _x.CopyTo(Query.Point());
                _direction.CopyTo(Query.Direction);
                return iterated ? Advance.Iteration : Advance.Continue;
            }

            _approximation.Multiply(_direction, _product);
            _subproblem.Tell(_product);
        }

        ReadOnlySpan<double> step = _subproblem.Step;
        double length = Reduce.Norm(step), size = Reduce.Norm<double>(_x);
        if (!(_subproblem.PredictedReduction > 0) || !double.IsFinite(length) || length <= 1e-3 * MachineEpsilon * size)
            return Stop(_lastWasFinite ? StopReason.NoProgress : StopReason.NonFinite, iterated);
        _phase = Phase.Trial;
        Query.Needs = Oracle.Value | Oracle.Gradient;
        Vectors.AddScaled(_x, 1, step, Query.Point());
        return iterated ? Advance.Iteration : Advance.Continue;
    }

    private Advance Stop(StopReason reason, bool iterated) =>
        Advance.Stop(GradientNorm <= _options.GradientTolerance ? StopReason.GradientTolerance : reason, iterated);

    private Advance Judge()
    {
        ReadOnlySpan<double> step = _subproblem.Step, gradient = Query.Gradient();
        double length = Reduce.Norm(step), value = Query.Value();
        _lastWasFinite = Query.IsFinite();
        double ratio = double.NegativeInfinity;
        if (_lastWasFinite)
        {
            // Both decreases get what rounding may make of them: section 17.4.2 of Conn, Gould, Toint (2000), Trust-region methods.
            double rounding = 10 * MachineEpsilon * Math.Max(Math.Abs(_value), Math.Abs(value));
            ratio = (_value - value + rounding) / (_subproblem.PredictedReduction + rounding);
            // Before a step is accepted the region may be far too large, and what is learned at its border would drown everything after.
            bool tellsNothing = _approximation is { IsInitial: true } && !(ratio > _options.AcceptanceRatio);
            if (_approximation is not null && !tellsNothing)
            {
                Vectors.Subtract(gradient, _g, _change);
                _approximation.Update(step, _change);
            }
        }

        if (ratio < 0.25 || double.IsNaN(ratio))
            _radius = 0.25 * Math.Min(length, _radius);
        else if (ratio > 0.75 && _subproblem.IsOnBorder)
            _radius = Math.Min(2 * _radius, _options.MaxRadius);

        if (!(ratio > _options.AcceptanceRatio))
        {
            if (_approximation is null)
                _subproblem.Shrink(_g, _radius);
            else
                _subproblem.Begin(_g, _radius);
            return Ask(iterated: false);
        }

        double norm = Reduce.MaxNorm(gradient);
        bool gains = value < _value || norm < _leastGradient;
        _fruitless = gains ? 0 : _fruitless + 1;
        _leastGradient = Math.Min(_leastGradient, norm);
        (_valueChange, _value, _gradientNorm) = (_value - value, value, norm);
        Query.Point().CopyTo(_x);
        gradient.CopyTo(_g);
        _stepNorm = length / Math.Max(1, Reduce.Norm<double>(_x));
        if (_fruitless >= PatienceAtRounding)
            return Stop(StopReason.NoProgress, iterated: true);
        if (norm == 0)
            return Stop(StopReason.GradientTolerance, iterated: true);
        _subproblem.Begin(_g, _radius);
        return Ask(iterated: true);
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer(_subproblem);
        if (_approximation is not null)
            archive.Transfer(_approximation);
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_g);
        archive.Transfer(ref _value);
        archive.Transfer(ref _gradientNorm);
        archive.Transfer(ref _valueChange);
        archive.Transfer(ref _stepNorm);
        archive.Transfer(ref _radius);
        archive.Transfer(ref _leastGradient);
        archive.Transfer(ref _fruitless);
        archive.Transfer(ref _phase);
        archive.Transfer(ref _lastWasFinite);
    }
}

/// <summary>What the loop needs of the options of its methods.</summary>
internal sealed record TrustRegionOptions(
    ITrustRegionSubproblem Subproblem, double InitialRadius, double MaxRadius, double AcceptanceRatio, double GradientTolerance);
