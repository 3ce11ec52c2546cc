using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// The mean and the variance of each feature of all rows seen so far. Begins, as Gymnasium's does, with mean 0 and variance 1 at the weight of a ten-thousandth of a row, so that it is defined from the start.
/// </summary>
/// <remarks>
/// Batches of n_b rows with mean m_b and variance v_b are merged by delta = m_b - m, m += delta n_b / (n + n_b), v = (v n + v_b n_b + delta^2 n n_b / (n + n_b)) / (n + n_b):
/// T. F. Chan, G. H. Golub, R. J. LeVeque (1979), "Updating formulae and a pairwise algorithm for computing sample variances". A row costs a few operations a feature; rows are summed in their order.
/// </remarks>
/// <param name="length">The number of features.</param>
public sealed class RunningMoments(int length) : IPersistent
{
    private readonly double[] _means = new double[Require.Positive(length, nameof(length))];
    private readonly double[] _variances = Ones(length);
    private double _count = 1e-4;

    /// <summary>The number of features.</summary>
    public int Length => _means.Length;

    /// <summary>The number of rows, and the weight of the beginning.</summary>
    public double Count => _count;

    /// <summary>The means.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>The variances, divided by the number of rows.</summary>
    public ReadOnlySpan<double> Variances => _variances;

    /// <summary>Takes in a batch of rows.</summary>
    /// <param name="rows">Any number of rows of <see cref="Length"/> features, one after another.</param>
    /// <exception cref="ArgumentException">The span isn't a whole number of rows.</exception>
    public void Update(ReadOnlySpan<float> rows)
    {
        int count = CheckRows(rows.Length);
        for (int j = 0; j < _means.Length && count > 0; j++)
        {
            double sum = 0, squares = 0;
            for (int k = j; k < rows.Length; k += _means.Length)
                sum += rows[k];
            double mean = sum / count;
            for (int k = j; k < rows.Length; k += _means.Length)
                squares += (rows[k] - mean) * (rows[k] - mean);
            Merge(j, mean, squares, count);
        }

        _count += count;
    }

    /// <inheritdoc cref="Update(ReadOnlySpan{float})"/>
    public void Update(ReadOnlySpan<double> rows)
    {
        int count = CheckRows(rows.Length);
        for (int j = 0; j < _means.Length && count > 0; j++)
        {
            double sum = 0, squares = 0;
            for (int k = j; k < rows.Length; k += _means.Length)
                sum += rows[k];
            double mean = sum / count;
            for (int k = j; k < rows.Length; k += _means.Length)
                squares += (rows[k] - mean) * (rows[k] - mean);
            Merge(j, mean, squares, count);
        }

        _count += count;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_means);
        archive.Transfer<double>(_variances);
        archive.Transfer(ref _count);
    }

    private static double[] Ones(int length)
    {
        double[] ones = new double[length];
        Array.Fill(ones, 1);
        return ones;
    }

    private int CheckRows(int elements)
    {
        int rows = elements / _means.Length;
        Require.Length(elements, rows * _means.Length, nameof(rows));
        return rows;
    }

    private void Merge(int feature, double mean, double squares, int count)
    {
        double total = _count + count, delta = mean - _means[feature];
        _means[feature] += delta * count / total;
        _variances[feature] = ((_variances[feature] * _count) + squares + (delta * delta * _count * count / total)) / total;
    }
}
