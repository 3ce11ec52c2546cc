using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Compresses the rows of a least-squares problem (A, b) with d columns into a triangle R, the vector z = first d elements of Q' b and one number, without loss:
/// |A x - b|^2 = |R x - z|^2 + rho^2 for every x. Ridge, lasso and elastic-net paths, cross-validation and boosting rounds then cost as if there were d rows.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>Rows come in any portions and are reflected away block by block, Q never being formed: about 2 d^2 operations for each row, memory for one block. Sketches of
/// parts of the data are joined by <see cref="Add(HouseholderSketch{T})"/>. The result has the same bits however the rows were portioned, as long as nothing is
/// read in between: reading takes what is pending into the triangle.</para>
/// <para>The condition of R is that of A, where the normal equations A'A square it.</para>
/// <para>Nothing is allocated after the first calls.</para>
/// <para>Dass and Mahapatra (2021), Householder sketch for accurate and accelerated least-mean-squares solvers; Golub (1965), Numerical methods for solving
/// linear least squares problems.</para>
/// </remarks>
public sealed class HouseholderSketch<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Tall enough that the triangle on top, reflected again with each block, adds little.
    private const int BlockElements = 32768;

    // The triangle of (A, b), then the pending rows; the rest is 0.
    private readonly T[] _stack;
    private readonly T[] _triangle;
    private readonly Qr<T> _qr;
    private readonly int _capacity;
    private readonly int _width;
    private Qr<T>? _ridge;
    private T[] _ridgeStack = [];
    private int _pending;

    /// <summary>Allocates everything for problems of one width.</summary>
    /// <param name="columns">The number d of columns of A, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public HouseholderSketch(int columns)
    {
        Columns = Require.Positive(columns, nameof(columns));
        _width = columns + 1;
        _capacity = Math.Max(BlockElements / _width, 4 * _width);
        _qr = new Qr<T>(_width + _capacity, _width);
        _stack = new T[(_width + _capacity) * _width];
        _triangle = new T[_width * _width];
    }

    /// <summary>The number d of columns.</summary>
    public int Columns { get; }

    /// <summary>The number of rows taken so far.</summary>
    public long Rows { get; private set; }

    /// <summary>The part of the residual that no x removes: the smallest |A x - b| where A has full column rank.</summary>
    public T ResidualNorm
    {
        get
        {
            Compress();
            return T.Abs(_triangle[^1]);
        }
    }

    /// <summary>Forgets all rows.</summary>
    public void Clear()
    {
        _stack.AsSpan().Clear();
        _triangle.AsSpan().Clear();
        _pending = 0;
        Rows = 0;
    }

    /// <summary>Takes rows of the problem.</summary>
    /// <param name="a">Rows of A, row-major, a multiple of d elements.</param>
    /// <param name="b">The elements of b of these rows.</param>
    /// <exception cref="ArgumentException">The lengths don't fit.</exception>
    public void Add(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        int d = Columns;
        Require.Length(a.Length, checked(b.Length * d), nameof(a));
        for (int i = 0; i < b.Length; i++)
        {
            Span<T> row = NextRow();
            a.Slice(i * d, d).CopyTo(row);
            row[d] = b[i];
        }

        Rows += b.Length;
    }

    /// <summary>Takes the rows of another sketch, which is left as it is but for its pending rows.</summary>
    /// <param name="other">A sketch with as many columns.</param>
    /// <exception cref="ArgumentException">The sketch has another number of columns, or is this one.</exception>
    public void Add(HouseholderSketch<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(other, this))
            throw new ArgumentException("A sketch can't be added to itself.", nameof(other));
        if (other.Columns != Columns)
            throw new ArgumentException(FormattableString.Invariant($"other has {other.Columns} columns, expected {Columns}."), nameof(other));
        other.Compress();
        for (int i = 0; i < _width; i++)
            other._triangle.AsSpan(i * _width, _width).CopyTo(NextRow());
        Rows += other.Rows;
    }

    /// <summary>Writes the compressed problem: |A x - b|^2 = |R x - z|^2 + <see cref="ResidualNorm"/>^2.</summary>
    /// <param name="r">Receives the d x d upper triangle R, row-major, with zeros below the diagonal.</param>
    /// <param name="z">Receives d elements.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void CopyTo(Span<T> r, Span<T> z)
    {
        int d = Columns;
        Require.Length(r.Length, d * d, nameof(r));
        Require.Length(z.Length, d, nameof(z));
        Compress();
        for (int i = 0; i < d; i++)
        {
            _triangle.AsSpan(i * _width, d).CopyTo(r[(i * d)..]);
            z[i] = _triangle[(i * _width) + d];
        }
    }

    /// <summary>The minimiser of |A x - b|^2 + penalty |x|^2: ridge regression, or for a penalty of 0 least squares. About 3 d^3 operations, d^2 without a penalty.</summary>
    /// <param name="penalty">The penalty, at least 0.</param>
    /// <param name="x">Receives d elements.</param>
    /// <returns>False when the penalty is 0 and R has a zero or a number that isn't finite on its diagonal: the minimiser isn't unique.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The penalty is negative or not finite.</exception>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    public bool TrySolve(double penalty, Span<T> x)
    {
        int d = Columns;
        Require.NonNegative(penalty, nameof(penalty));
        Require.Length(x.Length, d, nameof(x));
        Compress();
        if (penalty > 0)
        {
            // The rows sqrt(penalty) I under the problem: no normal equations.
            _ridge ??= new Qr<T>(2 * d, d + 1);
            if (_ridgeStack.Length == 0)
                _ridgeStack = new T[2 * d * _width];
            _triangle.AsSpan(0, d * _width).CopyTo(_ridgeStack);
            Span<T> below = _ridgeStack.AsSpan(d * _width);
            below.Clear();
            for (int i = 0; i < d; i++)
                below[(i * _width) + i] = T.Sqrt(T.CreateTruncating(penalty));
            _ridge.Factor(_ridgeStack);
            for (int i = 0; i < d; i++)
                x[i] = _ridge.R(i, d);
            _ridge.SolveR(x);
            return true;
        }

        bool regular = true;
        for (int i = d - 1; i >= 0; i--)
        {
            ReadOnlySpan<T> row = _triangle.AsSpan(i * _width, _width);
            regular &= row[i] != T.Zero && T.IsFinite(row[i]);
            x[i] = (row[d] - Reduce.Dot(row[(i + 1)..d], x[(i + 1)..])) / row[i];
        }

        return regular;
    }

    private Span<T> NextRow()
    {
        if (_pending == _capacity)
            Compress();
        return _stack.AsSpan((_width + _pending++) * _width, _width);
    }

    private void Compress()
    {
        if (_pending == 0)
            return;
        _qr.Factor(_stack);
        _qr.CopyR(_triangle);
        _triangle.CopyTo(_stack, 0);

        // The rows below the triangle stay 0 where no new ones come.
        _stack.AsSpan(_width * _width, _pending * _width).Clear();
        _pending = 0;
    }
}
