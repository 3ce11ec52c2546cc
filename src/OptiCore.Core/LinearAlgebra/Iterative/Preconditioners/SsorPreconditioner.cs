using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Symmetric successive over-relaxation as a preconditioner: y = M^-1 x with M = (D/w + L) (w / (2 - w)) D^-1 (D/w + U), where A = L + D + U has the diagonal D and the strict triangles L and U. Needs no factors, so no
/// set-up. With w = 1 the symmetric Gauss-Seidel method.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>Symmetric positive definite where A is and 0 &lt; w &lt; 2. A product costs about 4 operations for each stored element; the values of A are read when it is applied. D. M. Young (1971), Iterative solution of large linear systems, chapter 15.</remarks>
public sealed class SsorPreconditioner<T> : ILinearOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly CsrMatrix<T> _a;
    private readonly int[] _diagonal;
    private readonly T _omega;

    /// <summary>The preconditioner of a matrix, which is referenced, not copied.</summary>
    /// <param name="a">The matrix, square, with stored diagonal elements that aren't 0.</param>
    /// <param name="relaxation">The factor w, in (0, 2). Default: 1.</param>
    /// <exception cref="ArgumentException">The matrix isn't square, or stores no diagonal element in some row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The factor lies outside of (0, 2).</exception>
    public SsorPreconditioner(CsrMatrix<T> a, double relaxation = 1)
    {
        _diagonal = IncompleteFactor.Diagonal(a);
        _a = a;
        _omega = T.CreateTruncating(Require.InOpen(relaxation, 0, 2, nameof(relaxation)));
    }

    /// <inheritdoc/>
    public int Rows => _a.Rows;

    /// <inheritdoc/>
    public int Columns => _a.Rows;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        int[] starts = _a.StartsArray, columns = _a.ColumnsArray;
        T[] values = _a.ValuesArray;
        T factor = (T.One + T.One - _omega) / _omega;

        // (D/w + L) z = x, then (D/w + U) y = ((2 - w) / w) D z.
        for (int i = 0; i < Rows; i++)
        {
            T sum = x[i];
            for (int p = starts[i]; p < _diagonal[i]; p++)
                sum = T.FusedMultiplyAdd(-values[p], y[columns[p]], sum);
            y[i] = _omega * sum / values[_diagonal[i]];
        }

        for (int i = Rows - 1; i >= 0; i--)
        {
            T pivot = values[_diagonal[i]], sum = factor * pivot * y[i];
            for (int p = _diagonal[i] + 1; p < starts[i + 1]; p++)
                sum = T.FusedMultiplyAdd(-values[p], y[columns[p]], sum);
            y[i] = _omega * sum / pivot;
        }
    }
}
