using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The incomplete LU factorization without fill, ILU(0): A is approximated by L U, where both have the structure of the triangles of A. The usual preconditioner of <see cref="Gmres"/> and <see cref="BiCgStab"/>.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>Without pivoting: exists for M-matrices; elsewhere a pivot may be 0. L has ones on its diagonal. The structure is fixed by the constructor; new values are factored without allocation. A product costs 2 operations for each
/// element.</para>
/// <para>J. A. Meijerink, H. A. van der Vorst (1977), An iterative solution method for linear systems of which the coefficient matrix is a symmetric M-matrix; Y. Saad (2003), Iterative methods for sparse linear systems, 2nd edition, algorithm 10.4.</para>
/// </remarks>
public sealed class IncompleteLu<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] _starts;
    private readonly int[] _columns;
    private readonly int[] _diagonal;
    private readonly int[] _position;
    private readonly T[] _values;

    /// <summary>Analyses the structure of a matrix; factors nothing.</summary>
    /// <param name="a">The matrix, square, with stored diagonal elements.</param>
    /// <exception cref="ArgumentException">The matrix isn't square, or stores no diagonal element in some row.</exception>
    public IncompleteLu(CsrMatrix<T> a)
    {
        _diagonal = IncompleteFactor.Diagonal(a);
        (_starts, _columns) = (a.StartsArray, a.ColumnsArray);
        _values = new T[a.Count];
        _position = new int[a.Rows];
        _position.AsSpan().Fill(-1);
    }

    /// <inheritdoc/>
    public int Rows => _diagonal.Length;

    /// <inheritdoc/>
    public int Columns => _diagonal.Length;

    /// <summary>Factors a matrix.</summary>
    /// <param name="a">A matrix of the constructor's structure.</param>
    /// <param name="failedPivot">The first row whose pivot is 0 or not finite, or -1.</param>
    /// <returns>False when a pivot failed; the preconditioner must not be applied then.</returns>
    /// <exception cref="ArgumentException">The matrix has another structure.</exception>
    public bool TryFactor(CsrMatrix<T> a, out int failedPivot)
    {
        IncompleteFactor.CheckStructure(a, _starts, _columns);
        a.Values.CopyTo(_values);
        failedPivot = -1;
        for (int i = 0; i < Rows && failedPivot < 0; i++)
        {
            for (int p = _starts[i]; p < _starts[i + 1]; p++)
                _position[_columns[p]] = p;
            for (int p = _starts[i]; p < _diagonal[i]; p++)
            {
                int k = _columns[p];
                T factor = _values[p] / _values[_diagonal[k]];
                _values[p] = factor;
                for (int q = _diagonal[k] + 1; q < _starts[k + 1]; q++)
                {
                    int at = _position[_columns[q]];
                    if (at >= 0)
                        _values[at] = T.FusedMultiplyAdd(-factor, _values[q], _values[at]);
                }
            }

            for (int p = _starts[i]; p < _starts[i + 1]; p++)
                _position[_columns[p]] = -1;
            T pivot = _values[_diagonal[i]];
            if (pivot == T.Zero || !T.IsFinite(pivot))
                failedPivot = i;
        }

        return failedPivot < 0;
    }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        for (int i = 0; i < y.Length; i++)
        {
            T sum = x[i];
            for (int p = _starts[i]; p < _diagonal[i]; p++)
                sum = T.FusedMultiplyAdd(-_values[p], y[_columns[p]], sum);
            y[i] = sum;
        }

        for (int i = y.Length - 1; i >= 0; i--)
        {
            T sum = y[i];
            for (int p = _diagonal[i] + 1; p < _starts[i + 1]; p++)
                sum = T.FusedMultiplyAdd(-_values[p], y[_columns[p]], sum);
            y[i] = sum / _values[_diagonal[i]];
        }
    }

    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        OperatorArgument.CheckAdjoint(this, y, x);
        y.CopyTo(x);
        for (int i = 0; i < x.Length; i++)
        {
            T value = x[i] / _values[_diagonal[i]];
            x[i] = value;
            for (int p = _diagonal[i] + 1; p < _starts[i + 1]; p++)
                x[_columns[p]] = T.FusedMultiplyAdd(-_values[p], value, x[_columns[p]]);
        }

        for (int i = x.Length - 1; i >= 0; i--)
        {
            T value = x[i];
            for (int p = _starts[i]; p < _diagonal[i]; p++)
                x[_columns[p]] = T.FusedMultiplyAdd(-_values[p], value, x[_columns[p]]);
        }
    }
}
