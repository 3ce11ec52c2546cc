using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>A running <see cref="SmcSampler"/>: one step is one stage.</summary>
public sealed class SmcState : IPersistent
{
    /// <summary>The number of particles or chains that one worker moves at a time.</summary>
    internal const int BlockSize = 64;

    private const int FewestStages = 64;

    private readonly SmcSampler _options;
    private readonly TemperedMover[] _movers;
    private readonly IWorkers _workers;
    private readonly RandomKey _key;
    private readonly double _targetAcceptance;
    private readonly int _n, _size, _chains;
    private readonly double[] _weights, _workspace, _cumulative, _mean, _root, _blockAcceptance;
    private readonly int[] _ancestors;
    private readonly Action<int> _move;
    private double[] _points, _next, _logReference, _nextReference, _logFactor, _nextFactor, _exponents = [], _acceptance = [];
    private RandomKey _stageKey;
    private double _exponent, _scale, _logEvidence;
    private int _stage;
    private RunStatus _status = RunStatus.Running;

    internal SmcState(SmcSampler options, ITemperedTarget target, TemperedMover[] movers, double scale, double targetAcceptance, RandomKey key, IWorkers workers)
    {
        (_options, _movers, _scale, _targetAcceptance, _key, _workers) = (options, movers, scale, targetAcceptance, key, workers);
        (_n, _size, _chains) = (target.Dimension, options.Particles, options.Particles / options.ChainLength);
        (_points, _next) = (new double[_size * _n], new double[_size * _n]);
        (_logReference, _nextReference, _logFactor, _nextFactor) = (new double[_size], new double[_size], new double[_size], new double[_size]);
        (_weights, _workspace, _cumulative, _ancestors) = (new double[_size], new double[(2 * _size) + 1], new double[_size], new int[_chains]);
        (_mean, _root, _blockAcceptance) = (new double[_n], new double[_n * _n], new double[movers.Length]);
        _move = Move;
        RandomKey start = key.Fold("reference");
        workers.ForEach(movers.Length, b =>
        {
            for (int i = b * BlockSize; i < Math.Min(_size, (b + 1) * BlockSize); i++)
            {
                Span<double> x = _points.AsSpan(i * _n, _n);
                target.DrawReference(start.Fold(i), x);
                _logReference[i] = target.Parts(x, out double factor);
                _logFactor[i] = Finite(factor);
            }
        });
    }

    /// <summary>The number n of coordinates.</summary>
    public int Dimension => _n;

    /// <summary>The number N of particles.</summary>
    public int Size => _size;

    /// <summary>Running until the exponent is 1; Stopped at the limit on the stages; Failed where L is 0 at every particle.</summary>
    public RunStatus Status => _status;

    /// <summary>The equally weighted particles, n elements each.</summary>
    public ReadOnlySpan<double> Points => _points;

    /// <summary>The exponent lambda of the law that the particles follow.</summary>
    public double Exponent => _exponent;

    /// <summary>The logarithm of the estimate of the integral of p_0 L^lambda.</summary>
    public double LogEvidence => _logEvidence;

    /// <summary>The exponents of the stages so far.</summary>
    public ReadOnlySpan<double> Exponents => _exponents.AsSpan(0, _stage);

    /// <summary>The acceptance rates of the stages so far.</summary>
    public ReadOnlySpan<double> Acceptance => _acceptance.AsSpan(0, _stage);

    /// <summary>Makes one stage: the next exponent, resampling, moves.</summary>
    public void Step()
    {
        if (_status != RunStatus.Running)
            return;
        double largest = Reduce.Max<double>(_logFactor);
        if (!double.IsFinite(largest))
        {
            _status = RunStatus.Failed;
            return;
        }

        double step = NextStep(largest);
        double total = Weigh(step, largest, out _);
        _logEvidence += Math.Log(total / _size) + (step * largest);
        _exponent = step >= 1 - _exponent ? 1 : _exponent + step;
        _stageKey = _key.Fold(_stage);
        Spread(total);
        Resampling.Cumulate(_weights, _cumulative);
        _options.Resampling.Draw(_weights, _cumulative, _stageKey.Fold("ancestors"), _workspace, _ancestors);
        _workers.ForEach((_chains + BlockSize - 1) / BlockSize, _move);
        (_points, _next) = (_next, _points);
        (_logReference, _nextReference) = (_nextReference, _logReference);
        (_logFactor, _nextFactor) = (_nextFactor, _logFactor);
        double accepted = 0;
        for (int b = 0; b < (_chains + BlockSize - 1) / BlockSize; b++)
            accepted += _blockAcceptance[b];
        int moves = _options.ChainLength > 1 ? _options.ChainLength - 1 : _options.Steps;
        double rate = accepted / ((double)moves * _chains);
        _scale *= Math.Exp(2 * (rate - _targetAcceptance));
        if (_stage == _exponents.Length)
        {
            int capacity = Math.Min(Math.Max(FewestStages, 2 * _stage), _options.MaxStages);
            Array.Resize(ref _exponents, capacity);
            Array.Resize(ref _acceptance, capacity);
        }

        (_exponents[_stage], _acceptance[_stage]) = (_exponent, rate);
        _stage++;
        if (_exponent >= 1)
            _status = RunStatus.Completed;
        else if (_stage >= _options.MaxStages)
            _status = RunStatus.Stopped;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_points);
        archive.Transfer<double>(_logReference);
        archive.Transfer<double>(_logFactor);
        archive.Transfer(ref _exponents);
        archive.Transfer(ref _acceptance);
        archive.Transfer(ref _exponent);
        archive.Transfer(ref _scale);
        archive.Transfer(ref _logEvidence);
        archive.Transfer(ref _stage);
        archive.Transfer(ref _status);
    }

    private static double Finite(double value) => double.IsNaN(value) ? double.NegativeInfinity : value;

    /// <summary>The step of the exponent at which the effective size is the wanted part of the particles where L isn't 0, by bisection; the rest of the way to 1 where it stays above.</summary>
    private double NextStep(double largest)
    {
        int alive = 0;
        foreach (double factor in _logFactor)
            alive += double.IsNegativeInfinity(factor) ? 0 : 1;
        double wanted = _options.EssTarget * alive, low = 0, high = 1 - _exponent;
        if (Ess(high) >= wanted)
            return high;
        for (int i = 0; i < 60 && low < high; i++)
        {
            double middle = 0.5 * (low + high);
            if (Ess(middle) >= wanted)
                low = middle;
            else
                high = middle;
        }

        return low > 0 ? low : high;

        double Ess(double step)
        {
            double total = Weigh(step, largest, out double squares);
            return total * total / squares;
        }
    }

    /// <summary>Weights L^step over the largest; their sum.</summary>
    private double Weigh(double step, double largest, out double squares)
    {
        for (int i = 0; i < _size; i++)
            _weights[i] = double.IsNegativeInfinity(_logFactor[i]) ? double.NegativeInfinity : step * (_logFactor[i] - largest);
        VectorMath.Exp<double>(_weights, _weights);
        squares = Reduce.SumOfSquares<double>(_weights);
        return Reduce.Sum<double>(_weights);
    }

    /// <summary>A root of the weighted covariance of the particles, with a floor for directions in which they are all the same.</summary>
    private void Spread(double total)
    {
        _mean.AsSpan().Clear();
        _root.AsSpan().Clear();
        for (int i = 0; i < _size; i++)
        {
            for (int j = 0; j < _n; j++)
                _mean[j] += _weights[i] / total * _points[(i * _n) + j];
        }

        Span<double> deviation = _workspace.Length >= _n ? _workspace.AsSpan(0, _n) : new double[_n];
        for (int i = 0; i < _size; i++)
        {
            for (int j = 0; j < _n; j++)
                deviation[j] = _points[(i * _n) + j] - _mean[j];
            Blas.Ger(_n, _n, _weights[i] / total, deviation, deviation, _root, _n);
        }

        for (int j = 0; j < _n; j++)
            _root[(j * _n) + j] = Math.Max(_root[(j * _n) + j] * (1 + 1e-10), 1e-300);
        GaussianRoot.TryFactor(_root, _n, out bool definite);
        for (int j = 0; !definite && j < _n; j++)
            _root[(j * _n) + j] = Math.Max(_root[(j * _n) + j], 1e-12);
    }

    /// <summary>Copies the ancestors of a block and moves them; a waste-free chain keeps all its states.</summary>
    private void Move(int block)
    {
        TemperedMover mover = _movers[block];
        mover.Prepare(_exponent, _scale, _root);
        int length = _options.ChainLength;
        double accepted = 0;
        for (int c = block * BlockSize; c < Math.Min(_chains, (block + 1) * BlockSize); c++)
        {
            RandomKey key = _stageKey.Fold(c);
            Copy(_points, _logReference, _logFactor, _ancestors[c], c * length);
            for (int k = 1; k < length; k++)
            {
                Copy(_next, _nextReference, _nextFactor, (c * length) + k - 1, (c * length) + k);
                accepted += mover.Move(Particle((c * length) + k), key.Fold(k));
            }

            for (int k = 0; length == 1 && k < _options.Steps; k++)
                accepted += mover.Move(Particle(c), key.Fold(k));
        }

        _blockAcceptance[block] = accepted;
    }

    private void Copy(double[] points, double[] references, double[] factors, int from, int to)
    {
        points.AsSpan(from * _n, _n).CopyTo(_next.AsSpan(to * _n, _n));
        (_nextReference[to], _nextFactor[to]) = (references[from], factors[from]);
    }

    private TemperedParticle Particle(int i) => new(_next.AsSpan(i * _n, _n), ref _nextReference[i], ref _nextFactor[i]);
}
