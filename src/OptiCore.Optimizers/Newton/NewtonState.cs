using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>How a method of the Newton family makes a direction of products with the Hessian, one after the other.</summary>
internal interface INewtonDirection : IPersistent
{
    /// <summary>Begins a direction at the iterate and writes the first vector that the Hessian is to be multiplied with.</summary>
    void Begin(LineSearchStep line, Span<double> vector);

    /// <summary>Takes a product. True if another one is needed, whose vector is written; false when the line has its direction.</summary>
    bool Tell(ReadOnlySpan<double> product, LineSearchStep line, Span<double> vector);
}

/// <summary>A run of <see cref="Newton"/> or <see cref="TruncatedNewton"/>: products until there is a direction, then a search along it; where that fails, one along the steepest descent.</summary>
internal sealed class NewtonState : SolverState<double>
{
    private readonly INewtonDirection _direction;
    private readonly StoppingRules _stopping;
    private readonly LineSearchStep _line;
    private readonly double[] _s, _y;
    private Phase _phase;

    public NewtonState(INewtonDirection direction, ILineSearch search, StoppingRules stopping, ProblemShape shape, ReadOnlySpan<double> start)
        : base(new Query<double>(shape, Oracle.Value | Oracle.Gradient | Oracle.HessianProduct))
    {
        _direction = direction;
        _stopping = stopping;
        _line = new LineSearchStep(Query, search, start);
        _s = new double[start.Length];
        _y = new double[start.Length];
        Query.Needs = Oracle.Value | Oracle.Gradient;
    }

    private enum Phase
    {
        Start,
        Direction,
        Search,
        SteepestDescent,
    }

    public override ReadOnlySpan<double> Point => _line.Point;

    public override double Value => _line.Value;

    public override double GradientNorm => _line.GradientNorm;

    public override double ValueChange => _line.ValueChange;

    public override double StepNorm => _line.StepNorm;

    public override Advance Tell()
    {
        switch (_phase)
        {
            case Phase.Start:
                _line.TakeStart();
                return BeginDirection(Advance.Continue);
            case Phase.Direction:
                if (!Query.IsFinite())
                    return Advance.Stop(StopReason.NonFinite);
                if (_direction.Tell(Query.HessianProduct, _line, Query.Direction))
                    return Advance.Continue;
                return BeginSearch() ? Advance.Continue : Stop(StopReason.NoProgress);
            default:
                return Search();
        }
    }

    private Advance Search()
    {
        switch (_line.Tell(_s, _y))
        {
            case LineSearchOutcome.Continue:
                return Advance.Continue;
            case LineSearchOutcome.Accepted when _line.IsStalled || _line.GradientNorm == 0:
                return Stop(StopReason.NoProgress, iterated: true);
            case LineSearchOutcome.Accepted:
                return BeginDirection(Advance.Iteration);
            default:
                if (_phase == Phase.SteepestDescent)
                    return Advance.Stop(_line.FailureReason);
                return BeginSteepestDescent() ? Advance.Continue : Stop(StopReason.NoProgress);
        }
    }

    private Advance Stop(StopReason reason, bool iterated = false) =>
        Advance.Stop(GradientNorm <= _stopping.GradientTolerance ? StopReason.GradientTolerance : reason, iterated);

    private Advance BeginDirection(Advance advance)
    {
        _phase = Phase.Direction;
        Query.Needs = Oracle.HessianProduct;
        _line.Point.CopyTo(Query.Point());
        _direction.Begin(_line, Query.Direction);
        return advance;
    }

    private bool BeginSearch()
    {
        _phase = Phase.Search;
        Query.Needs = Oracle.Value | Oracle.Gradient;
        return _line.Begin(1) || BeginSteepestDescent();
    }

    private bool BeginSteepestDescent()
    {
        _phase = Phase.SteepestDescent;
        Vectors.Scale(-1, _line.Gradient, _line.Direction);
        return _line.Begin(1 / Math.Sqrt(_line.GradientSquare));
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer(_line);
        archive.Transfer(_direction);
        archive.Transfer(ref _phase);
    }
}
