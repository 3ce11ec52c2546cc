using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>n variances: O(n) a point.</summary>
internal sealed class DiagonalCovariance : CovarianceModel
{
    private readonly double[] _variances, _roots;

    /// <summary>Starts with the identity.</summary>
    public DiagonalCovariance(int n)
    {
        _variances = new double[n];
        _roots = new double[n];
        _variances.AsSpan().Fill(1);
        _roots.AsSpan().Fill(1);
    }

    public override double LongestAxis
    {
        get
        {
            double longest = 0;
            foreach (double root in _roots)
                longest = Math.Max(longest, root);
            return longest;
        }
    }

    public override double Condition
    {
        get
        {
            double longest = LongestAxis, shortest = longest;
            foreach (double root in _roots)
                shortest = Math.Min(shortest, root);
            return longest / shortest * (longest / shortest);
        }
    }

    public override double Variance(int i) => _variances[i];

    public override void Sample(ReadOnlySpan<double> z, Span<double> y, int rows)
    {
        int n = _roots.Length;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < n; j++)
                y[(i * n) + j] = _roots[j] * z[(i * n) + j];
        }
    }

    public override void Whiten(ReadOnlySpan<double> y, Span<double> w)
    {
        for (int i = 0; i < _roots.Length; i++)
            w[i] = y[i] / _roots[i];
    }

    public override void Axis(int axis, Span<double> direction)
    {
        direction.Clear();
        direction[axis] = _roots[axis];
    }

    public override void Update(double decay, double c1, ReadOnlySpan<double> p, ReadOnlySpan<double> weights, ReadOnlySpan<double> y)
    {
        int n = _roots.Length;
        for (int j = 0; j < n; j++)
            _variances[j] = (decay * _variances[j]) + (c1 * p[j] * p[j]);
        for (int i = 0; i < weights.Length; i++)
        {
            for (int j = 0; j < n; j++)
                _variances[j] += weights[i] * y[(i * n) + j] * y[(i * n) + j];
        }

        for (int j = 0; j < n; j++)
            _roots[j] = Math.Sqrt(_variances[j]);
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_variances);
        archive.Transfer<double>(_roots);
    }
}
