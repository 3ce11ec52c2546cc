using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The incomplete Cholesky factorization without fill, IC(0): A + shift D is approximated by L L', where L has the structure of the lower triangle of A. The usual preconditioner of <see cref="ConjugateGradient"/>.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>Exists for M-matrices; for other positive definite matrices a pivot may fail. <see cref="Factor"/> then multiplies the diagonal by 1 + shift and tries again with growing shifts (Manteuffel). The lower triangle of A is read.</para>
/// <para>The structure is fixed by the constructor; new values are factored without allocation. A product costs 4 operations for each element of L.</para>
/// <para>J. A. Meijerink, H. A. van der Vorst (1977), An iterative solution method for linear systems of which the coefficient matrix is a symmetric M-matrix, Math. Comp. 31, 148-162; T. A. Manteuffel (1980), An incomplete factorization
/// technique for positive definite linear systems, Math. Comp. 34, 473-497.</para>
/// </remarks>
public sealed class IncompleteCholesky<T> : ILinearOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] _aStarts;
    private readonly int[] _aColumns;
    private readonly int[] _starts;
    private readonly int[] _columns;
    private readonly T[] _values;

    /// <summary>Analyses the structure of a matrix; factors nothing.</summary>
    /// <param name="a">The matrix, square, with stored diagonal elements.</param>
    /// <exception cref="ArgumentException">The matrix isn't square, or stores no diagonal element in some row.</exception>
    public IncompleteCholesky(CsrMatrix<T> a)
    {
        int[] diagonal = IncompleteFactor.Diagonal(a);
        (_aStarts, _aColumns) = (a.StartsArray, a.ColumnsArray);
        _starts = new int[a.Rows + 1];
        for (int i = 0; i < a.Rows; i++)
            _starts[i + 1] = _starts[i] + diagonal[i] + 1 - _aStarts[i];
        _columns = new int[_starts[^1]];
        _values = new T[_starts[^1]];
        for (int i = 0; i < a.Rows; i++)
            _aColumns.AsSpan(_aStarts[i], _starts[i + 1] - _starts[i]).CopyTo(_columns.AsSpan(_starts[i]));
    }

    /// <inheritdoc/>
    public int Rows => _starts.Length - 1;

    /// <inheritdoc/>
    public int Columns => Rows;

    /// <summary>The number of elements of L.</summary>
    public int Count => _columns.Length;

    /// <summary>Factors A + shift D once.</summary>
    /// <param name="a">A matrix of the constructor's structure.</param>
    /// <param name="failedPivot">The first row whose pivot isn't positive, or -1.</param>
    /// <param name="shift">The relative increase of the diagonal. Default: 0.</param>
    /// <returns>False when a pivot failed; the preconditioner must not be applied then.</returns>
    /// <exception cref="ArgumentException">The matrix has another structure.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The shift is negative or not finite.</exception>
    public bool TryFactor(CsrMatrix<T> a, out int failedPivot, double shift = 0)
    {
        IncompleteFactor.CheckStructure(a, _aStarts, _aColumns);
        T scale = T.One + T.CreateTruncating(Require.NonNegative(shift, nameof(shift)));
        T[] source = a.ValuesArray;
        for (int i = 0; i < Rows; i++)
        {
            int begin = _starts[i], diagonal = _starts[i + 1] - 1;
            T pivot = source[_aStarts[i] + diagonal - begin] * scale;
            for (int p = begin; p < diagonal; p++)
            {
                // l_ik = (a_ik - sum_j l_ij l_kj) / l_kk over the columns that both rows have.
                int k = _columns[p], q = _starts[k], end = _starts[k + 1] - 1;
                T sum = source[_aStarts[i] + p - begin];
                for (int left = begin; left < p && q < end;)
                {
                    int difference = _columns[left] - _columns[q];
                    if (difference == 0)
                        sum = T.FusedMultiplyAdd(-_values[left], _values[q], sum);
                    left += difference <= 0 ? 1 : 0;
                    q += difference >= 0 ? 1 : 0;
                }

                T l = sum / _values[end];
                _values[p] = l;
                pivot = T.FusedMultiplyAdd(-l, l, pivot);
            }

            if (!(pivot > T.Zero) || !T.IsFinite(pivot))
            {
                failedPivot = i;
                return false;
            }

            _values[diagonal] = T.Sqrt(pivot);
        }

        failedPivot = -1;
        return true;
    }

    /// <summary>Factors A, with a shift where it is needed: 0, then 0.001 and its doubles.</summary>
    /// <param name="a">A matrix of the constructor's structure.</param>
    /// <returns>The shift that was used; NaN when none below 1e6 was enough (an element of the diagonal isn't positive, or isn't finite): the preconditioner must not be applied then.</returns>
    /// <exception cref="ArgumentException">The matrix has another structure.</exception>
    public double Factor(CsrMatrix<T> a)
    {
        for (double shift = 0; shift < 1e6; shift = Math.Max(0.001, 2 * shift))
        {
            if (TryFactor(a, out _, shift))
                return shift;
        }

        return double.NaN;
    }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        x.CopyTo(y);
        for (int i = 0; i < y.Length; i++)
        {
            int diagonal = _starts[i + 1] - 1;
            T sum = y[i];
            for (int p = _starts[i]; p < diagonal; p++)
                sum = T.FusedMultiplyAdd(-_values[p], y[_columns[p]], sum);
            y[i] = sum / _values[diagonal];
        }

        for (int i = y.Length - 1; i >= 0; i--)
        {
            int diagonal = _starts[i + 1] - 1;
            T value = y[i] / _values[diagonal];
            y[i] = value;
            for (int p = _starts[i]; p < diagonal; p++)
            {
                ref T target = ref y[_columns[p]];
                target = T.FusedMultiplyAdd(-_values[p], value, target);
            }
        }
    }
}
