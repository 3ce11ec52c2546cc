using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Products of matrices and vectors on flat row-major spans. The names and conventions are those of the BLAS: op(X) is X or its transpose, a leading
/// dimension is the distance between rows, so that a block of a larger matrix is a matrix too.
/// </summary>
/// <remarks>
/// <para>A factor beta of 0 means "overwrite": the old values aren't read, so they may be NaN. A factor alpha of 0 means that the operands aren't read.</para>
/// <para>Results have the same bits on all hardware and for all thread counts. <see cref="Gemm"/> sums over k in order with fused
/// multiply-adds; the bits of one element depend on its row of op(A) and its column of op(B) only, so that a row of a batch equals the same row computed alone.</para>
/// <para>Workspace is rented: nothing is allocated after the first calls. Element types other than <see cref="float"/> and <see cref="double"/>
/// work, one element at a time.</para>
/// <para>Dongarra, Du Croz, Hammarling and Duff (1990), A set of level 3 basic linear algebra subprograms.</para>
/// </remarks>
public static partial class Blas
{
    /// <summary>The matrix product C = alpha op(A) op(B) + beta C. About 2 m n k operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="transposeA">False: A is m x k. True: A is k x m and its transpose is taken.</param>
    /// <param name="transposeB">False: B is k x n. True: B is n x k and its transpose is taken.</param>
    /// <param name="m">The rows of op(A) and C.</param>
    /// <param name="n">The columns of op(B) and C.</param>
    /// <param name="k">The columns of op(A) and rows of op(B).</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="a">The matrix A.</param>
    /// <param name="lda">The distance between rows of A as it is stored.</param>
    /// <param name="b">The matrix B.</param>
    /// <param name="ldb">The distance between rows of B as it is stored.</param>
    /// <param name="beta">The factor of C; 0 overwrites C unread.</param>
    /// <param name="c">The matrix C, which must not share elements with A or B.</param>
    /// <param name="ldc">The distance between rows of C.</param>
    /// <param name="workers">Who computes the blocks of a large product; null for the calling thread alone. The bits are the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its span, a leading dimension is smaller than the columns, or C overlaps an operand.</exception>
    public static unsafe void Gemm<T>(
        bool transposeA, bool transposeB, int m, int n, int k, T alpha, ReadOnlySpan<T> a, int lda, ReadOnlySpan<T> b, int ldb, T beta, Span<T> c, int ldc,
        IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckSizes(m, n, k);
        (int rowsA, int columnsA) = transposeA ? (k, m) : (m, k);
        (int rowsB, int columnsB) = transposeB ? (n, k) : (k, n);
        MatrixArgument.Check(a.Length, rowsA, columnsA, lda, nameof(a));
        MatrixArgument.Check(b.Length, rowsB, columnsB, ldb, nameof(b));
        MatrixArgument.Check(c.Length, m, n, ldc, nameof(c));
        MatrixArgument.Apart(c, n, ldc, nameof(c), a, columnsA, lda, nameof(a));
        MatrixArgument.Apart(c, n, ldc, nameof(c), b, columnsB, ldb, nameof(b));
        fixed (T* pa = a, pb = b, pc = c)
            LinearAlgebra.Gemm.Run(transposeA, transposeB, m, n, k, alpha, pa, lda, pb, ldb, beta, pc, ldc, workers);
    }

    /// <summary>The matrix product C = A B of contiguous matrices.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The m x k matrix A.</param>
    /// <param name="b">The k x n matrix B.</param>
    /// <param name="c">Receives the m x n product; must not overlap A or B.</param>
    /// <param name="m">The rows of A.</param>
    /// <param name="k">The columns of A and rows of B.</param>
    /// <param name="n">The columns of B.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A span's length is not its matrix's size, or C overlaps an operand.</exception>
    public static unsafe void Multiply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int m, int k, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckSizes(m, n, k);
        MatrixArgument.CheckContiguous(a.Length, m, k, nameof(a));
        MatrixArgument.CheckContiguous(b.Length, k, n, nameof(b));
        MatrixArgument.CheckContiguous(c.Length, m, n, nameof(c));
        MatrixArgument.Apart(c, n, Math.Max(1, n), nameof(c), a, k, Math.Max(1, k), nameof(a));
        MatrixArgument.Apart(c, n, Math.Max(1, n), nameof(c), b, n, Math.Max(1, n), nameof(b));
        fixed (T* pa = a, pb = b, pc = c)
            LinearAlgebra.Gemm.Run(false, false, m, n, k, T.One, pa, k, pb, n, T.Zero, pc, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CheckSizes(int m, int n, int k)
    {
        if ((m | n | k) >= 0)
            return;
        Require.NonNegative(m, nameof(m));
        Require.NonNegative(n, nameof(n));
        Require.NonNegative(k, nameof(k));
    }

    /// <summary>The product of a matrix and a vector, y = alpha op(A) x + beta y. About 2 m n operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="transpose">True: the transpose of A is taken.</param>
    /// <param name="m">The rows of A as it is stored.</param>
    /// <param name="n">The columns of A as it is stored.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="a">The matrix A.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <param name="x">The vector x: n elements, or m for the transpose.</param>
    /// <param name="beta">The factor of y; 0 overwrites y unread.</param>
    /// <param name="y">The vector y: m elements, or n for the transpose; must not overlap A or x.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or y overlaps an operand.</exception>
    /// <remarks>Reads A once, at the speed of the memory. A row is summed in a fixed number of lanes, in an order that differs from <see cref="Gemm"/>'s but is
    /// the same on all hardware; the transposed product adds the rows in order.</remarks>
    public static unsafe void Gemv<T>(bool transpose, int m, int n, T alpha, ReadOnlySpan<T> a, int lda, ReadOnlySpan<T> x, T beta, Span<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckSizes(m, n, 0);
        MatrixArgument.Check(a.Length, m, n, lda, nameof(a));
        Require.Length(x.Length, transpose ? m : n, nameof(x));
        Require.Length(y.Length, transpose ? n : m, nameof(y));
        MatrixArgument.Apart(y, y.Length, int.MaxValue, nameof(y), x, x.Length, 1, nameof(x));
        MatrixArgument.Apart(y, y.Length, int.MaxValue, nameof(y), a, n, lda, nameof(a));
        fixed (T* pa = a, px = x, py = y)
            GemvCore(transpose, m, n, alpha, pa, lda, px, beta, py);
    }

    internal static unsafe void GemvCore<T>(bool transpose, int m, int n, T alpha, T* a, int lda, T* x, T beta, T* y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool empty = alpha == T.Zero || m == 0 || n == 0;
        if (!transpose && !empty)
        {
            VectorProducts.Rows(m, n, alpha, a, lda, x, beta, y);
            return;
        }

        var result = new Span<T>(y, transpose ? n : m);
        if (beta == T.Zero)
        {
            result.Clear();
        }
        else if (beta != T.One)
        {
            foreach (ref T value in result)
                value *= beta;
        }

        if (!empty)
            VectorProducts.Transposed(m, n, alpha, a, lda, x, y);
    }

    /// <summary>The rank-one update A = alpha x y' + A. About 2 m n operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="m">The rows of A.</param>
    /// <param name="n">The columns of A.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="x">The vector x, m elements.</param>
    /// <param name="y">The vector y, n elements.</param>
    /// <param name="a">The matrix A, which must not overlap x or y.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or A overlaps a vector.</exception>
    public static unsafe void Ger<T>(int m, int n, T alpha, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> a, int lda)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(m, nameof(m));
        Require.NonNegative(n, nameof(n));
        Require.Length(x.Length, m, nameof(x));
        Require.Length(y.Length, n, nameof(y));
        MatrixArgument.Check(a.Length, m, n, lda, nameof(a));
        MatrixArgument.Apart(a, n, lda, nameof(a), x, m, 1, nameof(x));
        MatrixArgument.Apart(a, n, lda, nameof(a), y, n, int.MaxValue, nameof(y));
        if (alpha == T.Zero || n == 0)
            return;
        fixed (T* pa = a, px = x, py = y)
            VectorProducts.Outer(m, n, alpha, px, py, pa, lda);
    }

    /// <summary>The symmetric product C = alpha op(A) op(A)' + beta C, of which one triangle is computed. About n^2 k operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="triangle">The triangle of C that is written; the other is left alone.</param>
    /// <param name="transpose">False: A is n x k and A A' is added. True: A is k x n and A' A is added.</param>
    /// <param name="n">The order of C.</param>
    /// <param name="k">The number of terms of each sum.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="a">The matrix A.</param>
    /// <param name="lda">The distance between rows of A as it is stored.</param>
    /// <param name="beta">The factor of C; 0 overwrites the triangle unread.</param>
    /// <param name="c">The matrix C, which must not share elements with A.</param>
    /// <param name="ldc">The distance between rows of C.</param>
    /// <param name="workers">Who computes the strips of a large product; null for the calling thread alone. The bits are the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its span, a leading dimension is smaller than the columns, or C overlaps A.</exception>
    /// <remarks>The elements have the bits that <see cref="Gemm"/> gives them.</remarks>
    public static unsafe void Syrk<T>(Triangle triangle, bool transpose, int n, int k, T alpha, ReadOnlySpan<T> a, int lda, T beta, Span<T> c, int ldc, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Defined(triangle, nameof(triangle));
        Require.NonNegative(n, nameof(n));
        Require.NonNegative(k, nameof(k));
        (int rows, int columns) = transpose ? (k, n) : (n, k);
        MatrixArgument.Check(a.Length, rows, columns, lda, nameof(a));
        MatrixArgument.Check(c.Length, n, n, ldc, nameof(c));
        MatrixArgument.Apart(c, n, ldc, nameof(c), a, columns, lda, nameof(a));
        fixed (T* pa = a, pc = c)
            SyrkCore(triangle, transpose, n, k, alpha, pa, lda, beta, pc, ldc, workers);
    }

    internal static unsafe void SyrkCore<T>(
        Triangle triangle, bool transpose, int n, int k, T alpha, T* a, int lda, T beta, T* c, int ldc, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var g = new GemmOperands<T>(transpose, !transpose, n, n, k, alpha, a, lda, a, lda, beta, c, ldc) { Triangle = triangle };
        if (workers is { Count: > 1 } && (long)n * n * k > 2 * LinearAlgebra.Gemm.ThreadsPay)
            LinearAlgebra.Gemm.TriangleInStrips(g, workers);
        else
            LinearAlgebra.Gemm.Run(g);
    }
}
