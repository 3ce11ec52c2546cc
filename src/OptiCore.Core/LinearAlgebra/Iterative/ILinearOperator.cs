using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// A linear map y = A x that is known by its products only: a dense or sparse matrix, a preconditioner, a Hessian-vector product, a Jacobian-vector
/// product. What the iterative methods need, and nothing more.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// A product must be linear to rounding, must give the same bits for the same x, and should not allocate: methods call it hundreds of times. One that keeps scratch memory
/// (a composition, for example) serves one thread at a time. Adapters are in <see cref="LinearOperator"/>.
/// </remarks>
public interface ILinearOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number m of rows: the length of y.</summary>
    int Rows { get; }

    /// <summary>The number n of columns: the length of x.</summary>
    int Columns { get; }

    /// <summary>Writes y = A x.</summary>
    /// <param name="x">The vector x, n elements. Is only read.</param>
    /// <param name="y">Receives the product, m elements; what it holds isn't read. Must not overlap x.</param>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    void Apply(ReadOnlySpan<T> x, Span<T> y);
}

/// <summary>
/// A linear map that also knows the products x = A' y with its transpose: what least squares needs. For a traced function, A is the
/// Jacobian-vector and A' the vector-Jacobian product.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public interface IAdjointOperator<T> : ILinearOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Writes x = A' y.</summary>
    /// <param name="y">The vector y, m elements. Is only read.</param>
    /// <param name="x">Receives the product, n elements; what it holds isn't read. Must not overlap y.</param>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x);
}

/// <summary>Writes the product of a linear map with a vector: the body of an operator made by <see cref="LinearOperator"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="x">The vector. Is only read.</param>
/// <param name="y">Receives the product.</param>
public delegate void OperatorProduct<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>The argument checks that operators share.</summary>
internal static class OperatorArgument
{
    public static void Check<T>(ILinearOperator<T> a, ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(x.Length, a.Columns, nameof(x));
        Require.Length(y.Length, a.Rows, nameof(y));
    }

    public static void CheckAdjoint<T>(ILinearOperator<T> a, ReadOnlySpan<T> y, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(y.Length, a.Rows, nameof(y));
        Require.Length(x.Length, a.Columns, nameof(x));
    }

    public static void Square<T>(ILinearOperator<T> a, string name) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (a.Rows != a.Columns)
            throw new ArgumentException($"{name} is {a.Rows} x {a.Columns}; it must be square.", name);
    }

    /// <summary>Checks the arguments of a square system.</summary>
    public static void System<T>(ILinearOperator<T> a, ReadOnlySpan<T> b, Span<T> x, ILinearOperator<T>? preconditioner) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(a);
        Square(a, nameof(a));
        Require.Length(b.Length, a.Rows, nameof(b));
        Require.Length(x.Length, a.Rows, nameof(x));
        Require.AllFinite(b, nameof(b));
        Require.AllFinite<T>(x, nameof(x));
        if (x.Overlaps(b))
            throw new ArgumentException("x overlaps b: the solution can't be written over the right side.", nameof(x));
        if (preconditioner is not null && (preconditioner.Rows != a.Rows || preconditioner.Columns != a.Rows))
            throw new ArgumentException($"preconditioner is {preconditioner.Rows} x {preconditioner.Columns}, expected {a.Rows} x {a.Rows}.", nameof(preconditioner));
    }
}
