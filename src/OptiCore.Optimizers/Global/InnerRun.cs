using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Runs of another solver inside an algorithm: each of its questions becomes one of the algorithm's, and the answer is handed back. A run allocates the state of that solver.
/// </summary>
internal sealed class InnerRun<TFunction>(ISolver<double, TFunction> solver, ProblemShape shape, long maxEvaluations) : IPersistent
    where TFunction : IProblem<double>
{
    private readonly double[] _start = new double[shape.Dimension];
    private readonly double[] _best = new double[shape.Dimension];
    private SolverState<double>? _state;
    private RandomKey _key;
    private double _bestValue = double.NaN;
    private long _evaluations;

    /// <summary>The best point of the run; where it began if no value was finite.</summary>
    public ReadOnlySpan<double> Best => _best;

    /// <summary>The value there; NaN if none was finite.</summary>
    public double BestValue => _bestValue;

    /// <summary>A query that has room for the questions of the solver.</summary>
    public Query<double> NewQuery(ReadOnlySpan<double> start, RandomKey key, Oracle also = Oracle.None)
    {
        Query<double> query = solver.Start(shape, start, key).Query;
        return new Query<double>(shape, query.EverNeeds | also, query.Capacity);
    }

    public void Begin(ReadOnlySpan<double> start, RandomKey key, Query<double> outer)
    {
        start.CopyTo(_start);
        start.CopyTo(_best);
        _key = key;
        _bestValue = double.NaN;
        _evaluations = 0;
        _state = solver.Start(shape, _start, key);
        Ask(outer);
    }

    /// <summary>Hands the answer on. Returns true when the run is over; else the next question is asked.</summary>
    public bool Tell(Query<double> outer)
    {
        SolverState<double> state = _state!;
        Query<double> inner = state.Query;
        outer.Values.CopyTo(inner.Values);
        if ((inner.EverNeeds & Oracle.Gradient) != 0)
        {
            for (int i = 0; i < inner.Count; i++)
                outer.Gradient(i).CopyTo(inner.Gradient(i));
        }

        outer.HessianProduct.CopyTo(inner.HessianProduct);
        inner.Complete();
        for (int i = 0; i < inner.Count; i++)
        {
            if (inner.IsFinite(i) && (inner.Needs & ~Oracle.HessianProduct) != 0 && !(inner.Value(i) >= _bestValue))
            {
                _bestValue = inner.Value(i);
                inner.Point(i).CopyTo(_best);
            }
        }

        bool first = _evaluations == 0;
        _evaluations += inner.Count;
        if (first && inner.Count == 1 && !inner.IsFinite())
            return true;
        Advance advance = state.Tell();
        StopReason reason = advance.Reason;
        if (reason == StopReason.None && (first || advance.IsIteration))
            reason = solver.Stopping.Check(state.GradientNorm, first ? double.NaN : state.ValueChange, state.Value, first ? double.NaN : state.StepNorm);
        if (reason != StopReason.None || _evaluations + inner.Count > maxEvaluations)
            return true;
        Ask(outer);
        return false;
    }

    public void Persist(StateArchive archive)
    {
        bool active = _state is not null;
        archive.Transfer(ref active);
        archive.Transfer<double>(_start);
        archive.Transfer<double>(_best);
        archive.Transfer(ref _key);
        archive.Transfer(ref _bestValue);
        archive.Transfer(ref _evaluations);
        if (!active)
            return;
        if (archive.IsLoading)
            _state = solver.Start(shape, _start, _key);
        archive.Transfer(_state!.Query);
        archive.Transfer(_state);
    }

    private void Ask(Query<double> outer)
    {
        Query<double> inner = _state!.Query;
        outer.Needs = inner.Needs;
        outer.Count = inner.Count;
        inner.Points.CopyTo(outer.Points);
        inner.Direction.CopyTo(outer.Direction);
    }
}
