using System.Buffers;
using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The products of matrices that aren't the matrix product (Kronecker, Hadamard, Khatri-Rao), and products and systems with a Kronecker product that is never formed.</summary>
/// <remarks>
/// All matrices are contiguous and row-major, so the rows of X one after the other are the vector that A (x) B acts on: (A (x) B) x is A X B'. Workspace is rented.
/// Van Loan (2000), The ubiquitous Kronecker product.
/// </remarks>
public static class Kronecker
{
    /// <summary>Writes A (x) B: the block (i, j) is A[i, j] B. m n p q operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The m x n matrix A.</param>
    /// <param name="m">The rows of A.</param>
    /// <param name="n">The columns of A.</param>
    /// <param name="b">The p x q matrix B.</param>
    /// <param name="p">The rows of B.</param>
    /// <param name="q">The columns of B.</param>
    /// <param name="product">Receives the (m p) x (n q) product; must not overlap A or B.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A span has another length, or the product overlaps a factor.</exception>
    public static void Product<T>(ReadOnlySpan<T> a, int m, int n, ReadOnlySpan<T> b, int p, int q, Span<T> product) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(a.Length, m, n, nameof(a), nameof(m), nameof(n));
        Check(b.Length, p, q, nameof(b), nameof(p), nameof(q));
        Require.Length(product.Length, checked(m * n * p * q), nameof(product));
        Apart(product, a, nameof(a));
        Apart(product, b, nameof(b));
        for (int i = 0; i < m; i++)
        {
            for (int r = 0; r < p; r++)
            {
                ReadOnlySpan<T> row = b.Slice(r * q, q);
                for (int j = 0; j < n; j++)
                {
                    T factor = a[(i * n) + j];
                    Span<T> target = product.Slice((((i * p) + r) * n * q) + (j * q), q);
                    for (int s = 0; s < q; s++)
                        target[s] = factor * row[s];
                }
            }
        }
    }

    /// <summary>The product y = (A (x) B) x as Y = A X B': about 2 n q p + 2 m n p operations instead of 2 m n p q.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The m x n matrix A.</param>
    /// <param name="m">The rows of A.</param>
    /// <param name="n">The columns of A.</param>
    /// <param name="b">The p x q matrix B.</param>
    /// <param name="p">The rows of B.</param>
    /// <param name="q">The columns of B.</param>
    /// <param name="x">The vector, n q elements.</param>
    /// <param name="y">Receives m p elements; must not overlap the other arguments.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A span has another length, or y overlaps an operand.</exception>
    public static void Multiply<T>(ReadOnlySpan<T> a, int m, int n, ReadOnlySpan<T> b, int p, int q, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(a.Length, m, n, nameof(a), nameof(m), nameof(n));
        Check(b.Length, p, q, nameof(b), nameof(p), nameof(q));
        Require.Length(x.Length, checked(n * q), nameof(x));
        Require.Length(y.Length, checked(m * p), nameof(y));
        Apart(y, a, nameof(a));
        Apart(y, b, nameof(b));
        Apart(y, x, nameof(x));
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, checked(n * p)));
        Span<T> middle = rented.AsSpan(0, n * p);
        Blas.Gemm(false, true, n, p, q, T.One, x, Math.Max(1, q), b, Math.Max(1, q), T.Zero, middle, Math.Max(1, p));
        Blas.Gemm(false, false, m, p, n, T.One, a, Math.Max(1, n), middle, Math.Max(1, p), T.Zero, y, Math.Max(1, p));
        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>Solves (A (x) B) x = y for square A and B from their factors by <see cref="Lu"/>: X = A^-1 Y B^-T, about 2 m p (m + p) operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="luA">The factors of A, contiguous.</param>
    /// <param name="m">The order of A.</param>
    /// <param name="permutationA">The permutation of A.</param>
    /// <param name="luB">The factors of B, contiguous.</param>
    /// <param name="p">The order of B.</param>
    /// <param name="permutationB">The permutation of B.</param>
    /// <param name="x">The right side, replaced by the solution; m p elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    /// <remarks>Infinities or NaN come out where a factor is singular.</remarks>
    public static void Solve<T>(ReadOnlySpan<T> luA, int m, ReadOnlySpan<int> permutationA, ReadOnlySpan<T> luB, int p, ReadOnlySpan<int> permutationB, Span<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(luA.Length, m, m, nameof(luA), nameof(m), nameof(m));
        Check(luB.Length, p, p, nameof(luB), nameof(p), nameof(p));
        Require.Length(permutationA.Length, m, nameof(permutationA));
        Require.Length(permutationB.Length, p, nameof(permutationB));
        Require.Length(x.Length, checked(m * p), nameof(x));
        if (x.IsEmpty)
            return;
        T[] rented = ArrayPool<T>.Shared.Rent(m * p);
        Span<T> work = rented.AsSpan(0, m * p);

        // A Z = Y on the rows, then B x_i = z_i for each row of Z.
        for (int i = 0; i < m; i++)
            x.Slice(permutationA[i] * p, p).CopyTo(work[(i * p)..]);
        Blas.Trsm(Side.Left, Triangle.Lower, false, Diagonal.Unit, m, p, T.One, luA, m, work, p);
        Blas.Trsm(Side.Left, Triangle.Upper, false, Diagonal.Stored, m, p, T.One, luA, m, work, p);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < p; j++)
                x[(i * p) + j] = work[(i * p) + permutationB[j]];
        }

        Blas.Trsm(Side.Right, Triangle.Lower, true, Diagonal.Unit, m, p, T.One, luB, p, x, p);
        Blas.Trsm(Side.Right, Triangle.Upper, true, Diagonal.Stored, m, p, T.One, luB, p, x, p);
        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>The Hadamard product: element by element.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The first factor.</param>
    /// <param name="b">The second factor, of the same shape.</param>
    /// <param name="product">Receives the product; may be a factor.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Hadamard<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> product) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(b.Length, a.Length, nameof(b));
        Require.Length(product.Length, a.Length, nameof(product));
        System.Numerics.Tensors.TensorPrimitives.Multiply(a, b, product);
    }

    /// <summary>Writes the Hadamard matrix of Sylvester's construction, H[i, j] = (-1)^(bits that i and j share): orthogonal rows of ones and minus ones.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="order">The order, a power of two.</param>
    /// <param name="matrix">Receives order^2 elements, row-major.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order isn't a power of two.</exception>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public static void HadamardMatrix<T>(int order, Span<T> matrix) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!BitOperations.IsPow2(order))
            throw new ArgumentOutOfRangeException(nameof(order), order, FormattableString.Invariant($"order is {order} but must be a power of two."));
        Require.Length(matrix.Length, checked(order * order), nameof(matrix));
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j < order; j++)
                matrix[(i * order) + j] = BitOperations.PopCount((uint)(i & j)) % 2 == 0 ? T.One : T.NegativeOne;
        }
    }

    /// <summary>The Khatri-Rao product: column j is the Kronecker product of the columns j of A and B.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The m x n matrix A.</param>
    /// <param name="m">The rows of A.</param>
    /// <param name="b">The p x n matrix B.</param>
    /// <param name="p">The rows of B.</param>
    /// <param name="n">The columns of both.</param>
    /// <param name="product">Receives the (m p) x n product; must not overlap A or B.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A span has another length, or the product overlaps a factor.</exception>
    public static void KhatriRao<T>(ReadOnlySpan<T> a, int m, ReadOnlySpan<T> b, int p, int n, Span<T> product) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(a.Length, m, n, nameof(a), nameof(m), nameof(n));
        Check(b.Length, p, n, nameof(b), nameof(p), nameof(n));
        Require.Length(product.Length, checked(m * p * n), nameof(product));
        Apart(product, a, nameof(a));
        Apart(product, b, nameof(b));
        for (int i = 0; i < m; i++)
        {
            for (int r = 0; r < p; r++)
                Hadamard(a.Slice(i * n, n), b.Slice(r * n, n), product.Slice(((i * p) + r) * n, n));
        }
    }

    private static void Check(int length, int rows, int columns, string name, string rowsName, string columnsName)
    {
        Require.NonNegative(rows, rowsName);
        Require.NonNegative(columns, columnsName);
        Require.Length(length, checked(rows * columns), name);
    }

    private static void Apart<T>(Span<T> written, ReadOnlySpan<T> read, string name)
    {
        if (written.Overlaps(read))
            throw new ArgumentException($"The result overlaps {name}: it can't be written over an operand.", name);
    }
}
