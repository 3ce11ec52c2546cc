using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Fourier;

/// <summary>A Toeplitz matrix, A[i, j] = a[i - j], as an operator: products with it and its transpose by transforms of its circulant embedding, O((m + n) log(m + n)) instead of O(m n).</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>
/// Immutable and shared by threads; nothing is allocated after the first calls. For less than about a hundred rows or columns a matrix-vector product is faster. The error is one of
/// the norm of the whole result, not of each element. Systems are solved by <see cref="LinearAlgebra.Toeplitz"/>, or by iterative methods over this operator.
/// Golub and Van Loan (2013), Matrix computations, section 4.8.2.
/// </remarks>
public sealed class ToeplitzOperator<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RealFft<T> _plan;
    private readonly T[] _spectrum;

    /// <summary>Transforms the embedding of a matrix.</summary>
    /// <param name="column">The first column, m elements, at least 1.</param>
    /// <param name="row">The first row, n elements, at least 1; its first element is the column's.</param>
    /// <exception cref="ArgumentException">One is empty, or the first elements differ.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public ToeplitzOperator(ReadOnlySpan<T> column, ReadOnlySpan<T> row)
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
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        CirculantProduct.Run(_plan, _spectrum, adjoint: false, x, y);
    }

    /// <summary>x = A' y.</summary>
    /// <param name="y">m elements.</param>
    /// <param name="x">n elements; may overlap y.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        OperatorArgument.CheckAdjoint(this, y, x);
        CirculantProduct.Run(_plan, _spectrum, adjoint: true, y, x);
    }
}

/// <summary>A circulant matrix, C[i, j] = c[(i - j) mod n], as an operator: the Fourier transform diagonalizes it, so products with it and its transpose are O(n log n).</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>Immutable and shared by threads; nothing is allocated after the first calls. Davis (1979), Circulant matrices.</remarks>
public sealed class CirculantOperator<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RealFft<T> _plan;
    private readonly T[] _spectrum;

    /// <summary>Computes the eigenvalues of a matrix.</summary>
    /// <param name="column">The first column, at least 1 element.</param>
    /// <exception cref="ArgumentException">The column is empty.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public CirculantOperator(ReadOnlySpan<T> column)
    {
        if (column.IsEmpty)
            throw new ArgumentException("column is empty, expected at least 1 element.", nameof(column));
        _plan = new RealFft<T>(column.Length);
        _spectrum = new T[2 * _plan.SpectrumLength];
        _plan.Forward(column, _spectrum);
    }

    /// <summary>The order n.</summary>
    public int Rows => _plan.Length;

    /// <summary>The order n.</summary>
    public int Columns => _plan.Length;

    /// <summary>The eigenvalues 0, ..., n / 2 as pairs (re, im), to the eigenvectors exp(2 pi i j k / n); the others are their conjugates.</summary>
    public ReadOnlySpan<T> Eigenvalues => _spectrum;

    /// <summary>y = C x, the circular convolution of the first column with x.</summary>
    /// <param name="x">n elements.</param>
    /// <param name="y">n elements; may overlap x.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        CirculantProduct.Run(_plan, _spectrum, adjoint: false, x, y);
    }

    /// <summary>x = C' y, the circular correlation of the first column with y.</summary>
    /// <param name="y">n elements.</param>
    /// <param name="x">n elements; may overlap y.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        OperatorArgument.CheckAdjoint(this, y, x);
        CirculantProduct.Run(_plan, _spectrum, adjoint: true, y, x);
    }
}

/// <summary>Products with a circulant matrix or its transpose, whose eigenvalues are the conjugate ones.</summary>
internal static class CirculantProduct
{
    /// <summary>The first elements of the product with x, which is continued by zeros.</summary>
    public static unsafe void Run<T>(RealFft<T> plan, T[] eigenvalues, bool adjoint, ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int length = plan.Length;
        using var workspace = new Workspace<T>(length + eigenvalues.Length);
        Span<T> line = workspace.Span[..length], transformed = workspace.Span.Slice(length, eigenvalues.Length);
        x.CopyTo(line);
        line[x.Length..].Clear();
        plan.Forward(line, transformed);

        // With the parts of the first factor and of the product exchanged, the product is that with the conjugate.
        fixed (T* a = transformed, b = eigenvalues)
            ComplexProduct.Multiply(a, b, a, plan.SpectrumLength, adjoint, adjoint, T.One);
        plan.Inverse(transformed, line);
        line[..y.Length].CopyTo(y);
    }
}
