using System.Buffers;
using System.Numerics.Tensors;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>A configured filter that follows the state by an ensemble: an immutable, validated record. It holds no run.</summary>
public interface IEnsembleFilter
{
    /// <summary>Starts the filter before the first observation.</summary>
    /// <param name="model">The model.</param>
    /// <param name="key">The run's randomness.</param>
    /// <param name="workers">Who carries the members forward; null for the calling thread. The members are the same for any number.</param>
    EnsembleFilterState Start(IGaussianModel model, RandomKey key, IWorkers? workers = null);
}

/// <summary>A running ensemble filter. With a single worker an update allocates nothing.</summary>
public abstract class EnsembleFilterState : IPersistent
{
    /// <summary>The number of members that share a key: part of what the draws depend on.</summary>
    private const int BlockSize = 128;

    private readonly IGaussianModel _model;
    private readonly IWorkers _workers;
    private readonly RandomKey _key;
    private readonly double _inflation;
    private readonly Action<int> _forecast, _observe;
    private readonly double[] _mean, _anomalies, _observedMean, _observed;
    private double[] _members, _next;
    private int _count;
    private double _logLikelihood, _increment;
    private bool _failed;

    private protected EnsembleFilterState(IGaussianModel model, int members, double inflation, RandomKey key, IWorkers? workers)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _key, _workers, _inflation, Size) = (model, key, workers ?? Workers.Serial, inflation, members);
        int n = model.StateCount, p = model.ObservationCount;
        (_members, _next, _anomalies, _observed) = (new double[n * members], new double[n * members], new double[n * members], new double[p * members]);
        (_mean, _observedMean) = (new double[n], new double[p]);
        (_forecast, _observe) = (Forecast, Observe);
    }

    /// <summary>The number N of members.</summary>
    public int Size { get; }

    /// <summary>The number of observations so far, missing ones included.</summary>
    public int Count => _count;

    /// <summary>True after an update failed: a member wasn't finite or a covariance wasn't definite.</summary>
    public bool IsFailed => _failed;

    /// <summary>The members.</summary>
    public ReadOnlyParticleBlock Members => new(_members, _model.StateCount, Size, Size);

    /// <summary>The mean of the members, n elements.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>The sum of the logarithms of N(y; mean of h, covariance of h + R), an estimate of the log likelihood that is neither exact nor unbiased, but for linear models and N to infinity.</summary>
    public double LogLikelihood => _logLikelihood;

    /// <summary>What the last observation added to <see cref="LogLikelihood"/>.</summary>
    public double LogLikelihoodIncrement => _increment;

    private protected IGaussianModel Model => _model;

    /// <summary>Deviations of the members from their mean, n x N.</summary>
    private protected Span<double> Anomalies => _anomalies;

    /// <summary>Deviations of the members' observations from their mean, p x N; 0 where the observation is missing.</summary>
    private protected Span<double> ObservedAnomalies => _observed;

    private protected ParticleBlock WritableMembers => new(_members, _model.StateCount, Size, Size);

    private protected Span<double> WritableMean => _mean;

    /// <summary>Carries the members forward and corrects them by their observation.</summary>
    /// <param name="observation">The observation y_t, p elements; NaN where an element is missing.</param>
    /// <returns>False when a member isn't finite or a covariance isn't definite; the filter can't go on then.</returns>
    /// <exception cref="ArgumentException">The length differs.</exception>
    public bool Update(ReadOnlySpan<double> observation)
    {
        int n = _model.StateCount, p = _model.ObservationCount;
        Require.Length(observation.Length, p, nameof(observation));
        if (_failed)
            return false;
        int blocks = (Size + BlockSize - 1) / BlockSize;
        _workers.ForEach(blocks, _forecast);
        (_members, _next) = (_next, _members);
        Centre(inflate: true);
        _increment = 0;
        if (!Missing.All(observation))
        {
            _workers.ForEach(blocks, _observe);
            for (int j = 0; j < p; j++)
            {
                Span<double> row = _observed.AsSpan(j * Size, Size);
                _observedMean[j] = Reduce.Mean<double>(row);
                if (double.IsNaN(observation[j]))
                    row.Clear();
                else
                    TensorPrimitives.Subtract(row, _observedMean[j], row);
            }

            _failed = !Analyse(_count, observation, _observedMean, _key.Fold(_count).Fold("perturbations"), out _increment) || !double.IsFinite(_increment);
            Centre(inflate: false);
        }

        for (int i = 0; i < n; i++)
            _failed |= !double.IsFinite(_mean[i]);
        if (_failed)
            return false;
        _logLikelihood += _increment;
        _count++;
        return true;
    }

    /// <summary>Writes the covariance of the members, n x n, with divisor N - 1.</summary>
    /// <param name="covariance">Receives n^2 elements.</param>
    public void Covariance(Span<double> covariance)
    {
        int n = _model.StateCount;
        Require.Length(covariance.Length, n * n, nameof(covariance));
        Blas.Gemm<double>(false, true, n, n, Size, 1.0 / (Size - 1), _anomalies, Size, _anomalies, Size, 0, covariance, n);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_members);
        archive.Transfer<double>(_mean);
        archive.Transfer<double>(_anomalies);
        archive.Transfer(ref _count);
        archive.Transfer(ref _logLikelihood);
        archive.Transfer(ref _increment);
        archive.Transfer(ref _failed);
    }

    /// <summary>Replaces the members by those given the observation.</summary>
    private protected abstract bool Analyse(int step, ReadOnlySpan<double> observation, ReadOnlySpan<double> observedMean, RandomKey key, out double logLikelihood);

    private void Forecast(int block)
    {
        int n = _model.StateCount, first = block * BlockSize, count = Math.Min(BlockSize, Size - first);
        RandomKey key = _key.Fold(_count).Fold(block);
        ParticleBlock next = new ParticleBlock(_next, n, Size, Size).Slice(first, count);
        if (_count == 0)
            _model.DrawInitial(key, next);
        else
            _model.DrawTransition(_count, Members.Slice(first, count), key, next);
    }

    private void Observe(int block)
    {
        int n = _model.StateCount, p = _model.ObservationCount, first = block * BlockSize, count = Math.Min(BlockSize, Size - first);
        ParticleBlock observed = new(_observed, p, Size, Size);
        double[] vectors = ArrayPool<double>.Shared.Rent(n + p);
        Span<double> x = vectors.AsSpan(0, n), y = vectors.AsSpan(n, p);
        for (int i = first; i < first + count; i++)
        {
            Members.Read(i, x);
            _model.Observation(_count, x, y);
            observed.Write(i, y);
        }

        ArrayPool<double>.Shared.Return(vectors);
    }

    /// <summary>Computes mean and deviations; a forecast's deviations are inflated, and the members with them.</summary>
    private void Centre(bool inflate)
    {
        for (int j = 0; j < _mean.Length; j++)
        {
            Span<double> members = _members.AsSpan(j * Size, Size), anomalies = _anomalies.AsSpan(j * Size, Size);
            _mean[j] = Reduce.Mean<double>(members);
            TensorPrimitives.Subtract(members, _mean[j], anomalies);
            if (inflate && _inflation != 1 && _count > 0)
            {
                TensorPrimitives.Multiply(anomalies, _inflation, anomalies);
                TensorPrimitives.Add(anomalies, _mean[j], members);
            }
        }
    }
}
