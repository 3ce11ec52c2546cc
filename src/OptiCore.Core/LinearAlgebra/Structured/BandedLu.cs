using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The LU factorization with partial pivoting of a band matrix, with kl diagonals below and ku above the main one: discretised differential equations, collocation.
/// About 2 n kl (kl + ku) operations instead of 2 n^3 / 3.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// A band is stored by rows: element (i, j) at i (kl + ku + 1) + j - i + kl; elements outside the matrix are not read. Exchanges of rows widen U to kl + ku diagonals, for which
/// the object has room. It is allocated once for a shape and may factor any number of matrices. Golub and Van Loan (2013), Matrix computations, section 4.3.
/// </remarks>
public sealed class BandedLu<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Row i holds columns i - kl to i + kl + ku; the multipliers of column j are kept apart, in row j of _multipliers.
    private readonly T[] _rows;
    private readonly T[] _multipliers;
    private readonly int[] _pivots;
    private readonly int _width;

    /// <summary>Allocates everything for matrices of one shape.</summary>
    /// <param name="order">The order n, at least 1.</param>
    /// <param name="lower">The diagonals kl below the main one, from 0 to n - 1.</param>
    /// <param name="upper">The diagonals ku above the main one, from 0 to n - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size lies outside its range.</exception>
    public BandedLu(int order, int lower, int upper)
    {
        Order = Require.Positive(order, nameof(order));
        Lower = Require.NonNegative(lower, nameof(lower));
        Upper = Require.NonNegative(upper, nameof(upper));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(lower, order);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(upper, order);
        _width = lower + upper + 1 + lower;
        _rows = new T[checked(order * _width)];
        _multipliers = new T[order * lower];
        _pivots = new int[order];
    }

    /// <summary>The order n.</summary>
    public int Order { get; }

    /// <summary>The diagonals kl below the main one.</summary>
    public int Lower { get; }

    /// <summary>The diagonals ku above the main one.</summary>
    public int Upper { get; }

    /// <summary>Factors a matrix; replaces the factorization before.</summary>
    /// <param name="band">The band by rows, n (kl + ku + 1) elements. Is only read.</param>
    /// <returns>False when a pivot is exactly 0 or not finite: the matrix is singular.</returns>
    /// <exception cref="ArgumentException">The band has another length.</exception>
    public bool TryFactor(ReadOnlySpan<T> band)
    {
        int n = Order, kl = Lower, ku = Upper, stored = kl + ku + 1;
        Require.Length(band.Length, n * stored, nameof(band));
        for (int i = 0; i < n; i++)
        {
            Span<T> row = Row(i);
            row.Clear();
            int first = Math.Max(0, kl - i), end = Math.Min(stored, n - i + kl);
            band[((i * stored) + first)..((i * stored) + end)].CopyTo(row[first..]);
        }

        bool regular = true;
        for (int j = 0; j < n; j++)
        {
            int last = Math.Min(n - 1, j + kl), pivotRow = j;
            for (int i = j + 1; i <= last; i++)
            {
                if (T.Abs(At(i, j)) > T.Abs(At(pivotRow, j)))
                    pivotRow = i;
            }

            // A row reaches kl + ku columns beyond the pivot at most.
            int length = Math.Min(n - j, kl + ku + 1);
            _pivots[j] = pivotRow;
            Span<T> top = From(j, j, length);
            if (pivotRow != j)
            {
                Span<T> other = From(pivotRow, j, length);
                for (int c = 0; c < length; c++)
                    (top[c], other[c]) = (other[c], top[c]);
            }

            T pivot = top[0];
            regular &= pivot != T.Zero && T.IsFinite(pivot);
            for (int i = j + 1; i <= last; i++)
            {
                Span<T> row = From(i, j, length);
                T factor = pivot == T.Zero ? T.Zero : row[0] / pivot;
                _multipliers[(j * kl) + i - j - 1] = factor;
                row[0] = T.Zero;
                VectorKernels.AddScaled<T>(-factor, top[1..], row[1..]);
            }
        }

        return regular;
    }

    /// <summary>Solves A x = b in place. About 2 n (2 kl + ku) operations.</summary>
    /// <param name="x">The right side, replaced by the solution; n elements.</param>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    /// <remarks>Infinities or NaN come out where <see cref="TryFactor"/> said no.</remarks>
    public void Solve(Span<T> x)
    {
        int n = Order, kl = Lower;
        Require.Length(x.Length, n, nameof(x));
        for (int j = 0; j < n; j++)
        {
            (x[j], x[_pivots[j]]) = (x[_pivots[j]], x[j]);
            int count = Math.Min(kl, n - 1 - j);
            VectorKernels.AddScaled(-x[j], _multipliers.AsSpan(j * kl, count), x.Slice(j + 1, count));
        }

        for (int i = n - 1; i >= 0; i--)
        {
            int length = Math.Min(n - i, kl + Upper + 1);
            ReadOnlySpan<T> row = From(i, i, length);
            T sum = x[i];
            for (int c = 1; c < length; c++)
                sum = T.FusedMultiplyAdd(-row[c], x[i + c], sum);
            x[i] = sum / row[0];
        }
    }

    /// <summary>The determinant's logarithm and sign: det A = sign e^result. For a singular matrix -infinity and 0.</summary>
    /// <param name="sign">Receives -1, 0 or 1.</param>
    public double LogDeterminant(out int sign)
    {
        double sum = 0;
        sign = 1;
        for (int i = 0; i < Order; i++)
        {
            double pivot = double.CreateTruncating(At(i, i));
            sum += Math.Log(Math.Abs(pivot));
            sign *= pivot == 0 ? 0 : pivot < 0 != (_pivots[i] != i) ? -1 : 1;
        }

        return sum;
    }

    private Span<T> Row(int i) => _rows.AsSpan(i * _width, _width);

    private Span<T> From(int i, int j, int length) => _rows.AsSpan((i * _width) + j - i + Lower, length);

    private T At(int i, int j) => _rows[(i * _width) + j - i + Lower];
}
