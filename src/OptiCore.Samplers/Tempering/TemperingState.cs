using OptiCore.Interpolation;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// The replicas of one chain. Rungs keep their kernels and targets; swaps exchange positions. A transition moves every rung and then swaps even or odd neighbours, in turn.
/// </summary>
internal sealed class TemperingState : SamplerState, IReportingKernel
{
    private readonly SamplerState[] _kernels;
    private readonly Replica[] _targets;
    private readonly int _n;
    private readonly double[] _position;
    private readonly double[] _exchange;
    private readonly DrawStatistics[] _statistics;
    private readonly TemperingStatistics _sums;

    // Which replica is at a rung, and whether it was last seen at the least beta (1), or at 1 after that (2).
    private readonly int[] _replicas;
    private readonly int[] _legs;

    // How far a transition came that the density interrupted, in halves of a rung: what is done isn't done again when it is made anew. Until all of it is, the chain stays where it was.
    private int _moved;
    private double _logDensity = double.NegativeInfinity;
    private bool _isOdd;

    public TemperingState(SamplerState[] kernels, Replica[] targets)
    {
        _kernels = kernels;
        _targets = targets;
        _n = targets[0].Dimension;
        int rungs = kernels.Length;
        _position = new double[_n];
        _exchange = new double[2 * _n];
        _statistics = new DrawStatistics[rungs];
        _sums = new TemperingStatistics(rungs);
        _replicas = new int[rungs];
        _legs = new int[rungs];
        for (int r = 0; r < rungs; r++)
            _replicas[r] = r;
    }

    public override ReadOnlySpan<double> Position => _position;

    public override double LogDensity => _logDensity;

    public override double Evaluations
    {
        get
        {
            double sum = 0;
            foreach (Replica target in _targets)
                sum += target.Evaluations;
            return sum;
        }
    }

    public override ReadOnlySpan<double> DivergentPosition => _kernels[^1].DivergentPosition;

    public override void DrawStart(RandomKey key, double radius, Span<double> position) => _kernels[^1].DrawStart(key, radius, position);

    public override bool MoveTo(ReadOnlySpan<double> position)
    {
        _moved = 0;
        for (int r = 0; r < _kernels.Length; r++)
        {
            _targets[r].BeginTransition();
            if (!_kernels[r].MoveTo(position))
                return false;
            _targets[r].Settle(position);
        }

        Arrive();
        return true;
    }

    public override DrawStatistics Draw(RandomKey key)
    {
        for (; _moved < 2 * _kernels.Length; _moved++)
        {
            // First the kernel, then what is to be known where it went: either may evaluate, and is done once.
            int r = _moved / 2;
            if (_moved % 2 == 0)
            {
                _targets[r].BeginTransition();
                _statistics[r] = _kernels[r].Draw(key.Fold(r));
            }
            else
            {
                _targets[r].Settle(_kernels[r].Position);
            }
        }

        _sums.AddTransition(_targets, _statistics);
        Swap(key.Fold("swaps").Stream());
        Track();
        Arrive();
        _moved = 0;
        return _statistics[^1] with { LogDensity = LogDensity, Energy = double.NaN };
    }

    public override void Persist(StateArchive archive)
    {
        for (int r = 0; r < _kernels.Length; r++)
        {
            archive.Transfer(_kernels[r]);
            archive.Transfer(_targets[r]);
            _statistics[r] = Persist(archive, _statistics[r]);
        }

        archive.Transfer<double>(_position);
        archive.Transfer(ref _logDensity);
        archive.Transfer(_sums);
        archive.Transfer<int>(_replicas);
        archive.Transfer<int>(_legs);
        archive.Transfer(ref _moved);
        archive.Transfer(ref _isOdd);
    }

    public object Report() => _sums.Report(_targets);

    /// <summary>Starts the tuning of each rung by the inner rule, and of the ladder.</summary>
    public AdaptationState StartAdaptation(IAdaptation? inner, bool adaptsLadder, int warmUp) => new Tuning(this, inner, adaptsLadder, warmUp);

    private static DrawStatistics Persist(StateArchive archive, DrawStatistics statistics)
    {
        (double logDensity, double accept, double stepSize, int depth, int steps, bool divergent, double energy) = statistics;
        archive.Transfer(ref logDensity);
        archive.Transfer(ref accept);
        archive.Transfer(ref stepSize);
        archive.Transfer(ref depth);
        archive.Transfer(ref steps);
        archive.Transfer(ref divergent);
        archive.Transfer(ref energy);
        return new DrawStatistics(logDensity, accept, stepSize, depth, steps, divergent, energy);
    }

    /// <summary>Deterministic even-odd swaps: all even pairs of neighbours in one transition, all odd ones in the next.</summary>
    private void Swap(RandomStream stream)
    {
        for (int r = 0; r < _kernels.Length - 1; r++)
        {
            Replica a = _targets[r], b = _targets[r + 1];
            double ratio = (b.Beta - a.Beta) * (a.Likelihood - b.Likelihood);
            double accept = ratio >= 0 ? 1 : Math.Exp(ratio);
            _sums.AddSwap(r, double.IsNaN(accept) ? 0 : accept);
            if ((r % 2 == 1) != _isOdd || !(stream.NextDouble() < accept))
                continue;
            _kernels[r].Position.CopyTo(_exchange);
            _kernels[r + 1].Position.CopyTo(_exchange.AsSpan(_n));
            Replica.Swap(a, b);
            _kernels[r].MoveTo(_exchange.AsSpan(_n));
            _kernels[r + 1].MoveTo(_exchange.AsSpan(0, _n));
            (_replicas[r], _replicas[r + 1]) = (_replicas[r + 1], _replicas[r]);
        }

        _isOdd = !_isOdd;
    }

    /// <summary>The chain is where the replica at 1 is.</summary>
    private void Arrive()
    {
        _kernels[^1].Position.CopyTo(_position);
        _logDensity = _targets[^1].LogDensity;
    }

    private void Track()
    {
        ref int atLeast = ref _legs[_replicas[0]], atOne = ref _legs[_replicas[^1]];
        if (atLeast == 2)
            _sums.RoundTrips++;
        atLeast = 1;
        if (atOne == 1)
            atOne = 2;
    }

    /// <summary>Moves the ladder and evaluates nothing: every kernel finds its own position known.</summary>
    private void SetLadder(ReadOnlySpan<double> betas)
    {
        for (int r = 0; r < betas.Length; r++)
        {
            _targets[r].Beta = betas[r];
            _kernels[r].Position.CopyTo(_exchange);
            _kernels[r].MoveTo(_exchange.AsSpan(0, _n));
        }
    }

    private sealed class Tuning : AdaptationState
    {
        private const double LeastRejection = 1e-6;

        private readonly TemperingState _state;
        private readonly AdaptationState?[] _inner;
        private readonly bool _adaptsLadder;
        private readonly int _warmUp;
        private readonly double[] _barrier;
        private readonly double[] _betas;
        private int _roundLength = 1;
        private int _roundEnd;
        private int _done;

        public Tuning(TemperingState state, IAdaptation? inner, bool adaptsLadder, int warmUp)
        {
            _state = state;
            _adaptsLadder = adaptsLadder;
            _warmUp = warmUp;
            int rungs = state._kernels.Length;
            _inner = new AdaptationState?[rungs];
            for (int r = 0; r < rungs; r++)
                _inner[r] = inner?.Start(state._kernels[r], warmUp);
            _barrier = new double[rungs];
            _betas = new double[rungs];
        }

        public override void BeforeDraw(RandomKey key)
        {
            // A transition that the density interrupted goes on; its rungs are prepared.
            if (_state._moved > 0)
                return;
            for (; _done < _inner.Length; _done++)
            {
                _state._targets[_done].BeginTransition();
                _inner[_done]?.BeforeDraw(key.Fold(_done));
            }

            _done = 0;
        }

        public override void AfterDraw(int iteration, in DrawStatistics statistics)
        {
            for (int r = 0; r < _inner.Length; r++)
                _inner[r]?.AfterDraw(iteration, _state._statistics[r]);
            int last = (_warmUp / 2) - 1;
            if (!_adaptsLadder || iteration > last || (iteration < _roundEnd && iteration < last))
                return;
            UpdateLadder();
            _roundLength *= 2;
            _roundEnd = iteration + _roundLength;
            _state._sums.Reset();
        }

        public override void Finish()
        {
            foreach (AdaptationState? inner in _inner)
                inner?.Finish();
            _state._sums.Reset();
        }

        public override void Persist(StateArchive archive)
        {
            foreach (AdaptationState? inner in _inner)
            {
                if (inner is not null)
                    archive.Transfer(inner);
            }

            archive.Transfer(ref _roundLength);
            archive.Transfer(ref _roundEnd);
            archive.Transfer(ref _done);
        }

        private void UpdateLadder()
        {
            int last = _betas.Length - 1;
            for (int r = 0; r <= last; r++)
                _betas[r] = _state._targets[r].Beta;
            for (int r = 0; r < last; r++)
                _barrier[r + 1] = _barrier[r] + Math.Max(LeastRejection, _state._sums.Rejection(r));
            double total = _barrier[last];

            // The inverse of a monotone interpolant of the barrier: interpolated the other way round, so that no root is to be found.
            PiecewisePolynomial beta = Spline.Pchip(_barrier, [.. _betas]);
            for (int r = 1; r < last; r++)
                _betas[r] = Math.Clamp(beta.Value(total * r / last), _betas[r - 1], 1);
            _state.SetLadder(_betas);
        }
    }
}
