using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>Asks at points of a box that depend on nothing that was answered; the start is the first.</summary>
internal sealed class BoxSearchState : SolverState<double>
{
    private readonly Box _box;
    private readonly IQuasiRandomSequence? _sequence;
    private readonly RandomKey _key;
    private readonly int _batch;
    private readonly Ranking _ranking;
    private readonly double[] _best;
    private double _value = double.NaN, _change = double.NaN;
    private int _lost;
    private ulong _asked;

    /// <summary>Starts.</summary>
    /// <param name="box">The box.</param>
    /// <param name="sequence">The points of [0, 1)^n; null for independent uniform ones.</param>
    /// <param name="batch">The points asked for at once.</param>
    /// <param name="shape">The sizes of the problem.</param>
    /// <param name="start">The starting point.</param>
    /// <param name="key">The randomness.</param>
    public BoxSearchState(Box box, IQuasiRandomSequence? sequence, int batch, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
        : base(new Query<double>(shape, Oracle.Value, batch))
    {
        _box = box;
        _sequence = sequence;
        _key = key;
        _batch = batch;
        _ranking = new Ranking(batch);
        _best = start.ToArray();
        Ask();
        start.CopyTo(Query.Point());
    }

    public override ReadOnlySpan<double> Point => _best;

    public override double Value => _value;

    public override double ValueChange => _change;

    public override string? Describe(StopReason reason) =>
        reason == StopReason.NonFiniteStart ? "The function is not finite at any point of the first batches." : null;

    public override Advance Tell()
    {
        _ranking.Rank(Query);
        if (_ranking.FiniteCount == 0)
        {
            // The box may be undefined in large parts, but not everywhere for long.
            const int Patience = 10;
            if (++_lost >= Patience)
                return Advance.Stop(double.IsNaN(_value) ? StopReason.NonFiniteStart : StopReason.NonFinite);
        }
        else
        {
            _lost = 0;
            double best = _ranking.Value(0);
            _change = 0;
            if (!(best >= _value))
            {
                _change = _value - best;
                _value = best;
                Query.Point(_ranking.Order[0]).CopyTo(_best);
            }
        }

        Ask();
        return _lost > 0 ? Advance.Continue : Advance.Iteration;
    }

    private void Ask()
    {
        Query.Count = _batch;
        Span<double> points = Query.Points;
        if (_sequence is null)
            RandomFill.Uniform(_key, points, _asked * (ulong)Query.Dimension);
        else
            _sequence.Fill(points, _asked);
        _asked += (ulong)_batch;
        for (int i = 0; i < points.Length; i++)
        {
            double low = _box.Lower[i % Query.Dimension], high = _box.Upper[i % Query.Dimension];
            points[i] = Math.Clamp(low + ((high - low) * points[i]), low, high);
        }
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_best);
        archive.Transfer(ref _value);
        archive.Transfer(ref _change);
        archive.Transfer(ref _lost);
        archive.Transfer(ref _asked);
    }
}
