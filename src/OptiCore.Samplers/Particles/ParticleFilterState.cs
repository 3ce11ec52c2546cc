using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// A running particle filter: N weighted particles that follow p(x_t | y_0, ..., y_t), and the unbiased estimate of the likelihood. With a single worker an update allocates nothing.
/// </summary>
/// <remarks>
/// An update resamples, where the effective size asks for it, moves and weights. Blocks of <see cref="BlockSize"/> particles share a key, so that workers don't change a bit. A particle whose weight is NaN has weight 0.
/// The cost of a step is that of the model's draws and densities, an exponential and some passes over the particles.
/// </remarks>
public sealed class ParticleFilterState : IPersistent
{
    /// <summary>The number of particles that the model is called for at a time, and that share a key.</summary>
    public const int BlockSize = 1024;

    private readonly FeynmanKac _scheme;
    private readonly ParticleFilterOptions _options;
    private readonly int _n, _size;
    private readonly Action<int> _look, _move, _weigh;
    private readonly double[] _observation, _gathered, _potentials, _lookahead, _cumulative, _workspace, _blockMaximum, _blockSum, _blockSquares, _logWeights;
    private readonly int[] _ancestors;
    private double[] _states, _previousStates, _weights, _previousWeights;
    private RandomKey _stepKey;
    private int _count;
    private bool _missing, _resampled, _failed;
    private double _maximum, _logTotal, _total, _ess, _logLikelihood, _increment;

    internal ParticleFilterState(FeynmanKac scheme, ParticleFilterOptions options)
    {
        (_scheme, _options, _n, _size) = (scheme, options, scheme.Model.StateCount, options.Particles);
        _observation = new double[scheme.Model.ObservationCount];
        (_states, _previousStates, _gathered) = (new double[_n * _size], new double[_n * _size], new double[_n * _size]);
        (_logWeights, _weights, _previousWeights, _potentials, _cumulative) = (new double[_size], new double[_size], new double[_size], new double[_size], new double[_size]);
        (_workspace, _ancestors, _lookahead) = (new double[(2 * _size) + 1], new int[_size], scheme.LooksAhead ? new double[_size] : []);
        int blocks = (_size + BlockSize - 1) / BlockSize;
        (_blockMaximum, _blockSum, _blockSquares) = (new double[blocks], new double[blocks], new double[blocks]);
        (_look, _move, _weigh) = (Look, Move, Weigh);
        _logTotal = Math.Log(_size);
    }

    /// <summary>The number p of observed numbers.</summary>
    public int ObservationCount => _observation.Length;

    /// <summary>The number N of particles.</summary>
    public int Size => _size;

    /// <summary>The number of observations so far, missing ones included: the next one is y_t with t = Count.</summary>
    public int Count => _count;

    /// <summary>True after an update in which all weights were 0: the filter can't go on. Particles, <see cref="Weights"/> and estimates are those before it.</summary>
    public bool IsFailed => _failed;

    /// <summary>The particles x_t.</summary>
    public ReadOnlyParticleBlock States => new(_states, _n, _size, _size);

    /// <summary>The weights of the particles, proportional to their probabilities; the largest is 1.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>The sum of <see cref="Weights"/>.</summary>
    public double WeightTotal => _total;

    /// <summary>The logarithms of the weights, up to a constant.</summary>
    public ReadOnlySpan<double> LogWeights => _logWeights;

    /// <summary>For each particle the index of the particle of the step before that it comes of.</summary>
    public ReadOnlySpan<int> Ancestors => _ancestors;

    /// <summary>True when the last update resampled.</summary>
    public bool Resampled => _resampled;

    /// <summary>The effective sample size (sum w)^2 / sum w^2 of the particles, between 1 and N.</summary>
    public double EffectiveSize => _ess;

    /// <summary>The logarithm of the estimate of the likelihood p(y_0, ..., y_t), which is unbiased (its exponential is) for any N.</summary>
    public double LogLikelihood => _logLikelihood;

    /// <summary>What the last observation added to <see cref="LogLikelihood"/>.</summary>
    public double LogLikelihoodIncrement => _increment;

    /// <summary>The particles x_{t-1}, before resampling.</summary>
    internal ReadOnlyParticleBlock PreviousStates => new(_previousStates, _n, _size, _size);

    internal ReadOnlySpan<double> PreviousWeights => _previousWeights;

    internal FeynmanKac Scheme => _scheme;

    /// <summary>Resamples, moves and weights the particles by the next observation.</summary>
    /// <param name="observation">The observation y_t, p elements; all NaN when it is missing.</param>
    /// <returns>False when all weights are 0: no particle explains the observation. The filter can't go on then.</returns>
    /// <exception cref="ArgumentException">The length differs.</exception>
    public bool Update(ReadOnlySpan<double> observation)
    {
        Require.Length(observation.Length, _observation.Length, nameof(observation));
        if (_failed)
            return false;
        observation.CopyTo(_observation);
        _missing = Missing.All(observation);
        _stepKey = _options.Key.Fold(_count);
        int blocks = _blockSum.Length;

        // The estimate's increment is log sum w' - log sum w, where resampling makes all weights equal and multiplies by their mean.
        double increment = _count == 0 ? 0 : Select();
        double before = _resampled || _count == 0 ? Math.Log(_size) : _logTotal;
        _options.Workers.ForEach(blocks, _move);
        double maximum = double.NegativeInfinity;
        foreach (double m in _blockMaximum)
            maximum = Math.Max(maximum, m);
        if (!double.IsFinite(maximum))
        {
            _failed = true;
            return false;
        }

        _maximum = maximum;
        (_states, _previousStates) = (_previousStates, _states);
        (_weights, _previousWeights) = (_previousWeights, _weights);
        _total = 0;
        double squares = 0;
        _options.Workers.ForEach(blocks, _weigh);
        for (int b = 0; b < blocks; b++)
        {
            _total += _blockSum[b];
            squares += _blockSquares[b];
        }

        _ess = _total * _total / squares;
        _logTotal = maximum + Math.Log(_total);
        _increment = increment + _logTotal - before;
        _logLikelihood += _increment;
        _count++;
        return true;
    }

    /// <summary>Writes the weighted mean of the particles.</summary>
    /// <param name="mean">Receives n elements.</param>
    public void Mean(Span<double> mean)
    {
        Require.Length(mean.Length, _n, nameof(mean));
        for (int j = 0; j < _n; j++)
            mean[j] = Reduce.Dot(_weights, States[j]) / _total;
    }

    /// <summary>Writes the weighted covariance of the particles, with weights as probabilities.</summary>
    /// <param name="covariance">Receives n x n elements.</param>
    public void Covariance(Span<double> covariance)
    {
        Require.Length(covariance.Length, _n * _n, nameof(covariance));
        Span<double> deviations = _gathered, weighted = _potentials;
        for (int j = 0; j < _n; j++)
            TensorPrimitives.Subtract(States[j], Reduce.Dot(_weights, States[j]) / _total, deviations.Slice(j * _size, _size));
        for (int i = 0; i < _n; i++)
        {
            TensorPrimitives.Multiply(deviations.Slice(i * _size, _size), _weights, weighted);
            for (int j = 0; j <= i; j++)
                covariance[(i * _n) + j] = covariance[(j * _n) + i] = Reduce.Dot<double>(weighted, deviations.Slice(j * _size, _size)) / _total;
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_states);
        archive.Transfer<double>(_previousStates);
        archive.Transfer<double>(_logWeights);
        archive.Transfer<double>(_weights);
        archive.Transfer<double>(_previousWeights);
        archive.Transfer<int>(_ancestors);
        archive.Transfer(ref _count);
        archive.Transfer(ref _resampled);
        archive.Transfer(ref _failed);
        archive.Transfer(ref _logTotal);
        archive.Transfer(ref _total);
        archive.Transfer(ref _ess);
        archive.Transfer(ref _logLikelihood);
        archive.Transfer(ref _increment);
    }

    /// <summary>Resamples where it must be; returns the logarithm of the factor that the lookahead puts into the estimate.</summary>
    private double Select()
    {
        double threshold = _options.Threshold;
        ReadOnlySpan<double> weights = _weights;
        double factor = 0, ess = _ess;
        bool looks = _scheme.LooksAhead && !_missing;
        if (looks)
        {
            // log w + log eta, scaled as weights are.
            _options.Workers.ForEach(_blockSum.Length, _look);
            double maximum = double.NegativeInfinity, total = 0, squares = 0;
            for (int i = 0; i < _size; i++)
            {
                double sum = _logWeights[i] + _lookahead[i];
                _potentials[i] = double.IsNaN(sum) ? double.NegativeInfinity : sum;
                maximum = Math.Max(maximum, _potentials[i]);
            }

            // A lookahead that denies every particle has nothing to say.
            looks = double.IsFinite(maximum);
            if (looks)
            {
                TensorPrimitives.Subtract(_potentials, maximum, _potentials);
                VectorMath.Exp<double>(_potentials, _potentials);
                total = Reduce.Sum<double>(_potentials);
                squares = Reduce.SumOfSquares<double>(_potentials);
                weights = _potentials;
                ess = total * total / squares;
                factor = maximum + Math.Log(total) - _logTotal;
            }
        }

        _resampled = threshold > 0 && (threshold >= 1 || ess <= threshold * _size);
        if (!_resampled)
        {
            for (int i = 0; i < _ancestors.Length; i++)
                _ancestors[i] = i;
            return 0;
        }

        Resampling.Cumulate(weights, _cumulative);
        _options.Resampling.Draw(weights, _cumulative, _stepKey.Fold("ancestors"), _workspace, _ancestors);
        if (!looks)
        {
            _logWeights.AsSpan().Clear();
            return 0;
        }

        for (int i = 0; i < _size; i++)
            _logWeights[i] = -_lookahead[_ancestors[i]];
        return factor;
    }

    private void Look(int block)
    {
        (int first, int count) = Range(block);
        _scheme.LogLookahead(_count, _observation, States.Slice(first, count), _lookahead.AsSpan(first, count));
    }

    /// <summary>Copies the block's ancestors, moves them and adds the potentials to the log weights.</summary>
    private void Move(int block)
    {
        (int first, int count) = Range(block);
        RandomKey key = _stepKey.Fold(block);
        ParticleBlock next = new ParticleBlock(_previousStates, _n, _size, _size).Slice(first, count);
        Span<double> potentials = _potentials.AsSpan(first, count), logWeights = _logWeights.AsSpan(first, count);
        if (_count == 0)
        {
            if (_missing)
                _scheme.Model.DrawInitial(key, next);
            else
                _scheme.Start(_observation, key, next, potentials);
        }
        else
        {
            ReadOnlyParticleBlock from = States.Slice(first, count);
            if (_resampled)
            {
                ReadOnlySpan<int> ancestors = _ancestors.AsSpan(first, count);
                ParticleBlock gathered = new ParticleBlock(_gathered, _n, _size, _size).Slice(first, count);
                for (int j = 0; j < _n; j++)
                    ParticleKernels.Gather(States[j], ancestors, gathered[j]);
                from = gathered;
            }

            if (_missing)
                _scheme.Model.DrawTransition(_count, from, key, next);
            else
                _scheme.Move(_count, _observation, from, key, next, potentials);
        }

        _blockMaximum[block] = ParticleKernels.AddLargest(logWeights, _missing ? [] : potentials);
    }

    private void Weigh(int block)
    {
        (int first, int count) = Range(block);
        Span<double> weights = _weights.AsSpan(first, count);
        TensorPrimitives.Subtract(_logWeights.AsSpan(first, count), _maximum, weights);
        VectorMath.Exp<double>(weights, weights);
        _blockSum[block] = Reduce.Sum<double>(weights);
        _blockSquares[block] = Reduce.SumOfSquares<double>(weights);
    }

    private (int First, int Count) Range(int block) => (block * BlockSize, Math.Min(BlockSize, _size - (block * BlockSize)));
}
