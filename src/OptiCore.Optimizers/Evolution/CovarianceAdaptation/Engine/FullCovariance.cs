using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The whole matrix with its eigendecomposition C = B D^2 B', which is brought up to date once in several updates, so that it costs O(n^2) a point.
/// </summary>
internal sealed class FullCovariance : CovarianceModel
{
    // An eigenvalue that rounding made negative is lifted to this fraction of the largest; far below what ConditionCov allows.
    private const double Floor = 1e-16;

    private readonly int _n;
    private readonly long _interval;
    private readonly SymmetricEigen<double> _eigen;
    private readonly double[] _c, _vectors, _axes, _roots, _work;
    private double[] _rows = [], _weighted = [];
    private long _updates;

    /// <summary>Starts with the identity.</summary>
    /// <param name="n">The order.</param>
    /// <param name="interval">The updates between two decompositions.</param>
    public FullCovariance(int n, long interval)
    {
        _n = n;
        _interval = interval;
        _eigen = new SymmetricEigen<double>(n);
        _c = new double[n * n];
        _vectors = new double[n * n];
        _axes = new double[n * n];
        _roots = new double[n];
        _work = new double[n];
        for (int i = 0; i < n; i++)
        {
            _c[(i * n) + i] = 1;
            _vectors[(i * n) + i] = 1;
            _axes[(i * n) + i] = 1;
            _roots[i] = 1;
        }
    }

    /// <summary>The matrix C, n x n.</summary>
    public ReadOnlySpan<double> Matrix => _c;

    public override double LongestAxis => _roots[_n - 1];

    public override double Condition => _roots[_n - 1] / _roots[0] * (_roots[_n - 1] / _roots[0]);

    public override double Variance(int i) => _c[(i * _n) + i];

    public override void Sample(ReadOnlySpan<double> z, Span<double> y, int rows) =>
        Blas.Gemm(false, false, rows, _n, _n, 1.0, z, _n, _axes, _n, 0.0, y, _n);

    public override void Whiten(ReadOnlySpan<double> y, Span<double> w)
    {
        Blas.Gemv(false, _n, _n, 1.0, _vectors, _n, y, 0.0, _work);
        for (int i = 0; i < _n; i++)
            _work[i] /= _roots[i];
        Blas.Gemv(true, _n, _n, 1.0, _vectors, _n, _work, 0.0, w);
    }

    public override void Axis(int axis, Span<double> direction) => _axes.AsSpan(axis * _n, _n).CopyTo(direction);

    public override void Update(double decay, double c1, ReadOnlySpan<double> p, ReadOnlySpan<double> weights, ReadOnlySpan<double> y)
    {
        // One product of rows and weighted rows, the path among them.
        int rows = weights.Length + 1;
        if (_rows.Length < rows * _n)
        {
            _rows = new double[rows * _n];
            _weighted = new double[rows * _n];
        }

        p.CopyTo(_rows);
        Vectors.Scale(c1, p, _weighted);
        y[..(weights.Length * _n)].CopyTo(_rows.AsSpan(_n));
        for (int i = 0; i < weights.Length; i++)
            Vectors.Scale(weights[i], y.Slice(i * _n, _n), _weighted.AsSpan((i + 1) * _n, _n));
        Blas.Gemm(true, false, _n, _n, rows, 1.0, _rows.AsSpan(0, rows * _n), _n, _weighted.AsSpan(0, rows * _n), _n, decay, _c, _n);
        if (++_updates % _interval == 0)
            Decompose();
    }

    private void Decompose()
    {
        if (!_eigen.Factor(_c))
            return;
        ReadOnlySpan<double> values = _eigen.Values;
        double largest = values[_n - 1], lift = Math.Max(0, (Floor * largest) - values[0]);
        if (lift > 0)
        {
            for (int i = 0; i < _n; i++)
                _c[(i * _n) + i] += lift;
        }

        _eigen.VectorRows.CopyTo(_vectors);
        for (int i = 0; i < _n; i++)
        {
            _roots[i] = Math.Sqrt(values[i] + lift);
            Vectors.Scale(_roots[i], _eigen.Vector(i), _axes.AsSpan(i * _n, _n));
        }
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_c);
        archive.Transfer<double>(_vectors);
        archive.Transfer<double>(_axes);
        archive.Transfer<double>(_roots);
        archive.Transfer(ref _updates);
    }
}
