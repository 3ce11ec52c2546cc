using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Estimates the covariance of the points that it is shown, in the form that a metric stores, and shrinks it towards a small multiple of the identity.
/// </summary>
/// <remarks>
/// Welford (1962), Note on a method for calculating corrected sums of squares and products: one pass, and no cancellation. The shrinkage is
/// Stan's: n / (n + 5) S + 1e-3 * 5 / (n + 5) I for n points.
/// </remarks>
public abstract class CovarianceEstimator : IPersistent
{
    private long _count;

    /// <summary>The number of points shown since the last <see cref="Reset"/>.</summary>
    public long Count => _count;

    /// <summary>Absorbs a point.</summary>
    /// <param name="position">The point, n elements.</param>
    public void Add(ReadOnlySpan<double> position) => Absorb(position, ++_count);

    /// <summary>Writes the shrunken estimate.</summary>
    /// <param name="estimate">Receives it in the form of <see cref="MetricState.Inverse"/>.</param>
    /// <exception cref="InvalidOperationException">Fewer than two points were shown.</exception>
    public void Estimate(Span<double> estimate)
    {
        if (_count < 2)
            throw new InvalidOperationException("A covariance needs at least two points.");
        double weight = _count / (_count + 5.0);
        Write(estimate, weight / (_count - 1), 1e-3 * (5.0 / (_count + 5.0)));
    }

    /// <summary>Forgets all points.</summary>
    public void Reset()
    {
        _count = 0;
        Clear();
    }

    /// <inheritdoc/>
    public virtual void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _count);
    }

    /// <summary>Counts points that were absorbed elsewhere.</summary>
    /// <returns>The number of points before.</returns>
    private protected long CountFurther(long count) => (_count += count) - count;

    /// <summary>Absorbs the point of the given number, counted from 1.</summary>
    private protected abstract void Absorb(ReadOnlySpan<double> position, long count);

    /// <summary>Writes factor * (sums of squares) + ridge * I.</summary>
    private protected abstract void Write(Span<double> estimate, double factor, double ridge);

    /// <summary>Sets means and sums to zero.</summary>
    private protected abstract void Clear();
}

/// <summary>The variances of the coordinates. O(n) per point.</summary>
/// <param name="dimension">The number n of coordinates.</param>
internal sealed class VarianceEstimator(int dimension) : CovarianceEstimator
{
    private readonly double[] _mean = new double[dimension];
    private readonly double[] _squares = new double[dimension];

    /// <summary>The sample variances, not shrunken.</summary>
    public void Variances(Span<double> variances) => Write(variances, 1.0 / (Count - 1), 0);

    /// <summary>Absorbs points of which only the means and the sums of squared deviations from them are known (Chan, Golub, LeVeque 1983, Algorithms for computing the sample variance).</summary>
    /// <param name="count">The number of points, at least 1.</param>
    /// <param name="means">The means, n elements.</param>
    /// <param name="squares">The sums, n elements.</param>
    public void AddMany(long count, ReadOnlySpan<double> means, ReadOnlySpan<double> squares)
    {
        long before = CountFurther(count);
        double share = count / (double)(before + count);
        for (int i = 0; i < _mean.Length; i++)
        {
            double delta = means[i] - _mean[i];
            _mean[i] += share * delta;
            _squares[i] += squares[i] + (share * before * delta * delta);
        }
    }

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer<double>(_mean);
        archive.Transfer<double>(_squares);
    }

    private protected override void Absorb(ReadOnlySpan<double> position, long count)
    {
        for (int i = 0; i < _mean.Length; i++)
        {
            double delta = position[i] - _mean[i];
            _mean[i] += delta / count;
            _squares[i] += delta * (position[i] - _mean[i]);
        }
    }

    private protected override void Write(Span<double> estimate, double factor, double ridge)
    {
        for (int i = 0; i < _squares.Length; i++)
            estimate[i] = (factor * _squares[i]) + ridge;
    }

    private protected override void Clear()
    {
        Array.Clear(_mean);
        Array.Clear(_squares);
    }
}

/// <summary>All covariances. O(n^2) per point.</summary>
/// <param name="dimension">The number n of coordinates.</param>
internal sealed class FullCovarianceEstimator(int dimension) : CovarianceEstimator
{
    private readonly double[] _mean = new double[dimension];
    private readonly double[] _before = new double[dimension];
    private readonly double[] _squares = new double[dimension * dimension];

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer<double>(_mean);
        archive.Transfer<double>(_squares);
    }

    private protected override void Absorb(ReadOnlySpan<double> position, long count)
    {
        int n = _mean.Length;
        for (int i = 0; i < n; i++)
        {
            _before[i] = position[i] - _mean[i];
            _mean[i] += _before[i] / count;
        }

        // (x - old mean)(x - new mean)' = (count - 1) / count (x - old mean)(x - old mean)', written so that it stays symmetric to the bit.
        double factor = (count - 1.0) / count;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
                _squares[(j * n) + i] = _squares[(i * n) + j] += factor * (_before[i] * _before[j]);
        }
    }

    private protected override void Write(Span<double> estimate, double factor, double ridge)
    {
        int n = _mean.Length;
        for (int i = 0; i < _squares.Length; i++)
            estimate[i] = factor * _squares[i];
        for (int i = 0; i < n; i++)
            estimate[(i * n) + i] += ridge;
    }

    private protected override void Clear()
    {
        Array.Clear(_mean);
        Array.Clear(_squares);
    }
}
