using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>
/// The linear system [Q + D, A'; A, -E] of interior point methods, with diagonal D, E >= 0 that change and Q, A that don't: factored with a small regularisation, solved with refinement against the system without it.
/// </summary>
internal sealed class QuasiDefiniteSystem
{
    private const int MaxRefinements = 12;
    private const double RefinementTarget = 1e-13;
    private const double LargestRegularization = 1e-4;

    private readonly ScaledProgram _program;
    private readonly CsrMatrix<double> _matrix;
    private readonly int[] _diagonal;
    private readonly double[] _diagonalOfQuadratic, _residual, _correction, _best, _product;
    private readonly SparseLdl<double> _factor;
    private readonly double _least;

    public QuasiDefiniteSystem(ScaledProgram program, SparseOrdering ordering, double regularization)
    {
        _program = program;
        _least = regularization;
        Regularization = regularization;
        int n = program.ColumnCount, m = program.RowCount;
        Weights = new double[n + m];
        _diagonal = new int[n + m];
        _diagonalOfQuadratic = new double[n + m];
        (_residual, _correction, _best, _product) = (new double[n + m], new double[n + m], new double[n + m], new double[n + m]);

        // The lower triangle: Q with its whole diagonal, then the rows of A, each with a diagonal element behind.
        List<int> starts = [0], columns = [];
        List<double> values = [];
        for (int i = 0; i < n + m; i++)
        {
            CsrMatrix<double>? source = i < n ? program.Quadratic : program.Rows;
            int row = i < n ? i : i - n;
            for (int p = source?.RowStarts[row] ?? 0; p < (source?.RowStarts[row + 1] ?? 0); p++)
            {
                int j = source!.ColumnIndices[p];
                if (i >= n || j < i)
                {
                    columns.Add(j);
                    values.Add(source.Values[p]);
                }
                else if (j == i)
                {
                    _diagonalOfQuadratic[i] = source.Values[p];
                }
            }

            _diagonal[i] = columns.Count;
            columns.Add(i);
            values.Add(0);
            starts.Add(columns.Count);
        }

        _matrix = new CsrMatrix<double>(n + m, n + m, [.. starts], [.. columns], [.. values]);
        _factor = new SparseLdl<double>(_matrix, ordering);
    }

    /// <summary>D and E, to be written before <see cref="TryFactor"/>.</summary>
    public double[] Weights { get; }

    /// <summary>The regularisation in use.</summary>
    public double Regularization { get; private set; }

    /// <summary>Factors the system. False when even a large regularisation doesn't give pivots of the right signs: Q isn't positive semidefinite, or the numbers are out of range.</summary>
    public bool TryFactor()
    {
        for (Regularization = _least; Regularization <= LargestRegularization; Regularization *= 10)
        {
            for (int i = 0; i < _diagonal.Length; i++)
                _matrix.Values[_diagonal[i]] = i < _program.ColumnCount ? _diagonalOfQuadratic[i] + Weights[i] + Regularization : -Weights[i] - Regularization;
            if (_factor.TryFactor(_matrix, out _) && _factor.NegativePivots == _program.RowCount)
                return true;
        }

        return false;
    }

    /// <summary>Solves the system. Where it is singular and the right side isn't in its range, the solution is long, in a direction in which the matrix is 0: a ray of an unbounded program.</summary>
    public void Solve(ReadOnlySpan<double> right, Span<double> solution)
    {
        double size = 0;
        foreach (double r in right)
            size = Math.Max(size, Math.Abs(r));
        solution.Clear();
        right.CopyTo(_residual);
        double least = double.PositiveInfinity;
        for (int k = 0; k <= MaxRefinements; k++)
        {
            _factor.Solve(_residual, _correction);
            Vectors.AddScaled(solution, 1, _correction, solution);
            double norm = Residual(right, solution);
            if (!(norm < least))
            {
                if (k > 0)
                    _best.CopyTo(solution);
                break;
            }

            bool slow = norm > 0.5 * least;
            least = norm;
            if (norm <= RefinementTarget * (1 + size) || slow)
                break;
            solution.CopyTo(_best);
        }
    }

    private double Residual(ReadOnlySpan<double> right, ReadOnlySpan<double> solution)
    {
        int n = _program.ColumnCount;
        Span<double> top = _residual.AsSpan(0, n), bottom = _residual.AsSpan(n), product = _product.AsSpan(0, n);
        _program.Columns.Apply(solution[n..], top);
        if (_program.Quadratic is not null)
        {
            _program.Quadratic.Apply(solution[..n], product);
            Vectors.AddScaled(top, 1, product, top);
        }

        _program.Rows.Apply(solution[..n], bottom);
        double largest = 0;
        for (int i = 0; i < _residual.Length; i++)
        {
            _residual[i] = right[i] - _residual[i] - (i < n ? Weights[i] * solution[i] : -Weights[i] * solution[i]);
            largest = Math.Max(largest, Math.Abs(_residual[i]));
        }

        return largest;
    }
}
