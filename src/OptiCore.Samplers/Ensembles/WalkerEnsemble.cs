using System.Globalization;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// Walkers that move in halves. Proposals are made and judged one after the other in this thread, which costs little; the densities between are evaluated over the
/// workers. So the draws don't depend on their number, and with one worker a transition allocates nothing.
/// </summary>
internal sealed class WalkerEnsemble : EnsembleState
{
    // Points of one call to a batch function. Fixed, because its values may depend in the last bits on what they are computed together with.
    private const int BatchSize = 64;

    // The largest condition number of the starting points, coordinates scaled alike; that of emcee.
    private const double LargestCondition = 1e8;

    private readonly IFunction<double> _target;
    private readonly IBatchFunction<double>? _batch;
    private readonly IWalkerMove[] _moves;
    private readonly AliasTable? _choice;
    private readonly int _n;
    private readonly int _count;
    private readonly double[] _positions;
    private readonly double[] _logDensities;
    private readonly double[] _evaluations;
    private readonly double[] _positionsBefore;
    private readonly double[] _logDensitiesBefore;
    private readonly int[] _order;
    private readonly double[] _proposals;
    private readonly double[] _values;
    private readonly double[] _factors;
    private readonly Action<int> _evaluatePiece;
    private int _pending;

    private WalkerEnsemble(IFunction<double> target, int walkers, IReadOnlyList<WeightedMove> moves)
    {
        _target = target;
        _batch = target as IBatchFunction<double>;
        _moves = new IWalkerMove[moves.Count];
        double[] weights = new double[moves.Count];
        for (int i = 0; i < _moves.Length; i++)
            (_moves[i], weights[i]) = moves[i];
        _choice = _moves.Length > 1 ? new AliasTable(weights) : null;
        _n = target.Dimension;
        _count = walkers;
        _positions = new double[walkers * _n];
        _positionsBefore = new double[walkers * _n];
        _logDensities = new double[walkers];
        _logDensitiesBefore = new double[walkers];
        _evaluations = new double[walkers];
        _order = new int[walkers];
        int half = (walkers + 1) / 2;
        _proposals = new double[half * _n];
        _values = new double[half];
        _factors = new double[half];
        _evaluatePiece = EvaluatePiece;
    }

    public static WalkerEnsemble Start(IFunction<double> target, int walkers, IReadOnlyList<WeightedMove> moves)
    {
        ArgumentNullException.ThrowIfNull(target);
        int least = 2 * target.Dimension;
        foreach (WeightedMove move in moves)
            least = Math.Max(least, 2 * move.Move.LeastCompanions);
        if (walkers < least)
        {
            throw new ArgumentOutOfRangeException(nameof(walkers), walkers, string.Create(CultureInfo.InvariantCulture,
                $"There are {walkers} walkers but {target.Dimension} coordinates need at least {least}, so that each half spans the space: set {nameof(SamplingOptions)}.{nameof(SamplingOptions.Chains)}."));
        }

        return new WalkerEnsemble(target, walkers, moves);
    }

    public override ReadOnlySpan<double> Position(int chain) => _positions.AsSpan(chain * _n, _n);

    public override double Evaluations(int chain) => _evaluations[chain];

    public override bool MoveTo(int chain, ReadOnlySpan<double> position)
    {
        _evaluations[chain]++;
        double value = _target.Value(position);
        position.CopyTo(_positions.AsSpan(chain * _n, _n));
        _logDensities[chain] = value;
        return double.IsFinite(value);
    }

    public override void Begin()
    {
        double[] centred = new double[_count * _n];
        bool coincide = true;
        for (int i = 0; i < _n; i++)
        {
            double mean = 0, largest = 0;
            for (int w = 0; w < _count; w++)
                mean += _positions[(w * _n) + i] / _count;
            for (int w = 0; w < _count; w++)
            {
                coincide &= _positions[(w * _n) + i] == _positions[i];
                centred[(w * _n) + i] = _positions[(w * _n) + i] - mean;
                largest = Math.Max(largest, Math.Abs(centred[(w * _n) + i]));
            }

            for (int w = 0; w < _count && largest > 0; w++)
                centred[(w * _n) + i] /= largest;
        }

        if (coincide)
            throw new ArgumentException($"All walkers start at the same point, which no move leaves: give {nameof(SamplingOptions.InitialPoints)} that differ, or a positive {nameof(SamplingOptions.InitialRadius)}.");
        var svd = new Svd<double>(_count, _n, SingularVectors.None);
        if (!svd.Factor(centred) || !(svd.Values[_n - 1] * LargestCondition > svd.Values[0]))
            throw new ArgumentException($"The walkers start from linearly dependent points, in whose subspace they would stay: give {nameof(SamplingOptions.InitialPoints)} that span all {_n} coordinates.");
    }

    public override void Draw(RandomKey key, IWorkers workers, Span<DrawStatistics> statistics)
    {
        RandomStream stream = key.Stream();
        IWalkerMove move = _moves[_choice is null ? 0 : _choice.Draw(ref stream)];
        _positions.CopyTo(_positionsBefore, 0);
        _logDensities.CopyTo(_logDensitiesBefore, 0);

        // The first half is a random subset; the order inside a half doesn't matter.
        int half = _count / 2;
        for (int i = 0; i < _count; i++)
            _order[i] = i;
        for (int i = 0; i < half; i++)
        {
            int j = i + (int)stream.NextUInt32((uint)(_count - i));
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }

        bool complete = false;
        try
        {
            Move(move, _order.AsSpan(0, half), _order.AsSpan(half), ref stream, workers, statistics);
            Move(move, _order.AsSpan(half), _order.AsSpan(0, half), ref stream, workers, statistics);
            complete = true;
        }
        finally
        {
            // The density threw: no half moves without the other.
            if (!complete)
            {
                _positionsBefore.CopyTo(_positions, 0);
                _logDensitiesBefore.CopyTo(_logDensities, 0);
            }
        }
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_positions);
        archive.Transfer<double>(_logDensities);
        archive.Transfer<double>(_evaluations);
    }

    private void Move(IWalkerMove move, ReadOnlySpan<int> movers, ReadOnlySpan<int> others, ref RandomStream stream, IWorkers workers, Span<DrawStatistics> statistics)
    {
        var companions = new Companions(_positions, others, _n);
        for (int i = 0; i < movers.Length; i++)
            _factors[i] = move.Propose(_positions.AsSpan(movers[i] * _n, _n), companions, ref stream, _proposals.AsSpan(i * _n, _n));
        Evaluate(movers.Length, workers);
        for (int i = 0; i < movers.Length; i++)
        {
            // Where the value isn't finite the density is zero.
            int w = movers[i];
            double ratio = double.IsFinite(_values[i]) ? _factors[i] + _values[i] - _logDensities[w] : double.NegativeInfinity;
            double accept = ratio >= 0 ? 1 : Math.Exp(ratio);
            if (stream.NextDouble() < accept)
            {
                _proposals.AsSpan(i * _n, _n).CopyTo(_positions.AsSpan(w * _n, _n));
                _logDensities[w] = _values[i];
            }

            _evaluations[w]++;
            statistics[w] = new DrawStatistics(_logDensities[w], accept, double.NaN, 0, 1, false, double.NaN);
        }
    }

    private void Evaluate(int count, IWorkers workers)
    {
        _pending = count;
        int pieces = _batch is null ? count : (count + BatchSize - 1) / BatchSize;
        if (workers.Count > 1 && pieces > 1)
        {
            workers.ForEach(pieces, _evaluatePiece);
            return;
        }

        for (int piece = 0; piece < pieces; piece++)
            EvaluatePiece(piece);
    }

    private void EvaluatePiece(int piece)
    {
        if (_batch is null)
        {
            _values[piece] = _target.Value(_proposals.AsSpan(piece * _n, _n));
            return;
        }

        int begin = piece * BatchSize, count = Math.Min(BatchSize, _pending - begin);
        _batch.Values(_proposals.AsSpan(begin * _n, count * _n), _values.AsSpan(begin, count));
    }
}
