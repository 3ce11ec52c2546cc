using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The modified Cholesky factorization of Gill, Murray and Wright: P (A + E) P^T = L D L^T with a diagonal E &gt;= 0 that is 0 where A is sufficiently positive definite, and bounded elements of L
/// and D. P. E. Gill, W. Murray, M. H. Wright (1981), Practical optimization, section 4.4.2.2.
/// </summary>
/// <remarks>n^3 / 3 operations, by inner products of rows.</remarks>
internal sealed class ModifiedCholesky(int n) : IPersistent
{
    private const double MachineEpsilon = 2.220446049250313e-16;

    // Row i holds c_is = l_is d_s left of the diagonal and, once column i is done, l_is.
    private readonly double[] _rows = new double[checked(n * n)];
    private readonly double[] _pivots = new double[n];
    private readonly double[] _diagonal = new double[n];
    private readonly double[] _work = new double[n];
    private readonly int[] _permutation = new int[n];

    /// <summary>The largest element of E of the last factorization.</summary>
    public double LargestShift { get; private set; }

    /// <summary>Factors a symmetric matrix, of which both triangles are there.</summary>
    public void Factor(ReadOnlySpan<double> a)
    {
        double gamma = 0, xi = 0;
        for (int i = 0; i < n; i++)
        {
            _permutation[i] = i;
            _diagonal[i] = a[(i * n) + i];
            gamma = Math.Max(gamma, Math.Abs(_diagonal[i]));
            for (int j = 0; j < i; j++)
                xi = Math.Max(xi, Math.Abs(a[(i * n) + j]));
        }

        double delta = MachineEpsilon * Math.Max(gamma + xi, 1);
        double bound = Math.Max(gamma, Math.Max(xi / Math.Sqrt(Math.Max(1, ((double)n * n) - 1)), MachineEpsilon));
        LargestShift = 0;
        for (int j = 0; j < n; j++)
        {
            int pivot = j;
            for (int i = j + 1; i < n; i++)
            {
                if (Math.Abs(_diagonal[i]) > Math.Abs(_diagonal[pivot]))
                    pivot = i;
            }

            Swap(j, pivot);
            Span<double> row = Row(j);
            for (int s = 0; s < j; s++)
                row[s] /= _pivots[s];
            double largest = 0;
            for (int i = j + 1; i < n; i++)
            {
                double c = a[(_permutation[i] * n) + _permutation[j]] - Reduce.Dot<double>(row[..j], Row(i)[..j]);
                Row(i)[j] = c;
                largest = Math.Max(largest, Math.Abs(c));
            }

            _pivots[j] = Math.Max(Math.Max(Math.Abs(_diagonal[j]), largest * largest / bound), delta);
            LargestShift = Math.Max(LargestShift, _pivots[j] - _diagonal[j]);
            for (int i = j + 1; i < n; i++)
                _diagonal[i] -= Row(i)[j] * Row(i)[j] / _pivots[j];
        }
    }

    /// <summary>x = (A + E)^-1 x.</summary>
    public void Solve(Span<double> x)
    {
        for (int i = 0; i < n; i++)
            _work[i] = x[_permutation[i]] - Reduce.Dot<double>(Row(i)[..i], _work.AsSpan(0, i));
        for (int i = 0; i < n; i++)
            _work[i] /= _pivots[i];
        for (int i = n - 1; i > 0; i--)
            Vectors.AddScaled(_work.AsSpan(0, i), -_work[i], Row(i)[..i], _work.AsSpan(0, i));
        for (int i = 0; i < n; i++)
            x[_permutation[i]] = _work[i];
    }

    private Span<double> Row(int i) => _rows.AsSpan(i * n, n);

    private void Swap(int i, int j)
    {
        if (i == j)
            return;
        (_permutation[i], _permutation[j]) = (_permutation[j], _permutation[i]);
        (_diagonal[i], _diagonal[j]) = (_diagonal[j], _diagonal[i]);
        for (int s = 0; s < i; s++)
            (_rows[(i * n) + s], _rows[(j * n) + s]) = (_rows[(j * n) + s], _rows[(i * n) + s]);
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_rows);
        archive.Transfer<double>(_pivots);
        archive.Transfer<int>(_permutation);
    }
}
