using System.Numerics;

namespace OptiCore.Fourier;

/// <summary>Products with a Toeplitz matrix, A[i, j] = a[i - j], by transforms of its circulant embedding: O((m + n) log(m + n)) instead of O(m n).</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>
/// Immutable and shared by threads; nothing is allocated after the first calls. For less than about a hundred rows or columns a matrix-vector product is faster. The error is one of
/// the norm of the whole result, not of each element. Golub and Van Loan (2013), Matrix computations, section 4.8.2.
/// </remarks>
public sealed class Toeplitz<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RealFft<T> _plan;
    private readonly T[] _spectrum;

    /// <summary>Transforms the embedding of a matrix.</summary>
    /// <param name="column">The first column, m elements, at least 1.</param>
    /// <param name="row">The first row, n elements, at least 1; its first element is the column's.</param>
    /// <exception cref="ArgumentException">One is empty, or the first elements differ.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public Toeplitz(ReadOnlySpan<T> column, ReadOnlySpan<T> row)
    {
        if (column.IsEmpty || row.IsEmpty)
            throw new ArgumentException("A Toeplitz matrix has at least one row and one column.", column.IsEmpty ? nameof(column) : nameof(row));
        if (!column[0].Equals(row[0]))
            throw new ArgumentException(FormattableString.Invariant($"row[0] is {row[0]}, column[0] is {column[0]}; they are the same element."), nameof(row));
        (Rows, Columns) = (column.Length, row.Length);
        int length = Radices.NextSmooth(checked(Rows + Columns - 1), 2);
        _plan = new RealFft<T>(length);
        T[] circulant = new T[length];
        column.CopyTo(circulant);
        for (int j = 1; j < row.Length; j++)
            circulant[length - j] = row[j];
        _spectrum = new T[2 * _plan.SpectrumLength];
        _plan.Forward(circulant, _spectrum);
    }

    /// <summary>The number m of rows.</summary>
    public int Rows { get; }

    /// <summary>The number n of columns.</summary>
    public int Columns { get; }

    /// <summary>y = A x.</summary>
    /// <param name="x">n elements.</param>
    /// <param name="y">m elements; may overlap x.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public unsafe void Multiply(ReadOnlySpan<T> x, Span<T> y)
    {
        Require.Length(x.Length, Columns, nameof(x));
        Require.Length(y.Length, Rows, nameof(y));
        int length = _plan.Length, spectrum = 2 * _plan.SpectrumLength;
        using var workspace = new Workspace<T>(length + spectrum);
        Span<T> line = workspace.Span[..length], transformed = workspace.Span.Slice(length, spectrum);
        x.CopyTo(line);
        line[x.Length..].Clear();
        _plan.Forward(line, transformed);
        ComplexProduct.Multiply<T>(transformed, _spectrum);
        _plan.Inverse(transformed, line);
        line[..Rows].CopyTo(y);
    }
}

/// <summary>Products with a circulant matrix, C[i, j] = c[(i - j) mod n], which the Fourier transform diagonalizes: O(n log n).</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>Immutable and shared by threads; nothing is allocated after the first calls. Davis (1979), Circulant matrices.</remarks>
public sealed class Circulant<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RealFft<T> _plan;
    private readonly T[] _spectrum;

    /// <summary>Computes the eigenvalues of a matrix.</summary>
    /// <param name="column">The first column, at least 1 element.</param>
    /// <exception cref="ArgumentException">The column is empty.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public Circulant(ReadOnlySpan<T> column)
    {
        if (column.IsEmpty)
            throw new ArgumentException("column is empty, expected at least 1 element.", nameof(column));
        _plan = new RealFft<T>(column.Length);
        _spectrum = new T[2 * _plan.SpectrumLength];
        _plan.Forward(column, _spectrum);
    }

    /// <summary>The order n.</summary>
    public int Order => _plan.Length;

    /// <summary>The eigenvalues 0, ..., n / 2 as pairs (re, im), to the eigenvectors exp(2 pi i j k / n); the others are their conjugates.</summary>
    public ReadOnlySpan<T> Eigenvalues => _spectrum;

    /// <summary>y = C x, the circular convolution of the first column with x.</summary>
    /// <param name="x">n elements.</param>
    /// <param name="y">n elements; may be x.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Multiply(ReadOnlySpan<T> x, Span<T> y)
    {
        Require.Length(x.Length, Order, nameof(x));
        Require.Length(y.Length, Order, nameof(y));
        using var workspace = new Workspace<T>(_spectrum.Length);
        Span<T> transformed = workspace.Span[.._spectrum.Length];
        _plan.Forward(x, transformed);
        ComplexProduct.Multiply<T>(transformed, _spectrum);
        _plan.Inverse(transformed, y);
    }
}
