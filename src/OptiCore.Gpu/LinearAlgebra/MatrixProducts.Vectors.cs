using System.Numerics;
using ILGPU;

namespace OptiCore.Gpu;

public sealed partial class MatrixProducts
{
    private VectorRunner<float>? _singleVectors;
    private VectorRunner<double>? _doubleVectors;

    /// <summary>The product of a matrix and a vector, y = alpha op(A) x + beta y. About 2 m n operations; reads A once.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
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
    /// <exception cref="ArgumentException">A length doesn't fit, a view lies on another device, or y overlaps an operand.</exception>
    /// <exception cref="NotSupportedException">The element is neither float nor double.</exception>
    /// <remarks>
    /// The bits of <c>Blas.Gemv</c>, the transposed product's for up to 128 rows only: there the processor adds all rows one after the other, which would leave a device without work; here blocks of 128
    /// rows are summed on their own and added in order. The two agree to rounding: a relative 1e-6 (float) or 1e-14 (double) of the sum of the terms' absolute values for some thousand rows.
    /// </remarks>
    public void Gemv<T>(bool transpose, int m, int n, T alpha, ArrayView<T> a, int lda, ArrayView<T> x, T beta, ArrayView<T> y) where T : unmanaged, IFloatingPointIeee754<T> =>
        Gemv(transpose, m, n, alpha, a, lda, x, beta, y, VectorProductKernels.RowBlock);

    /// <summary>The same with a given number of rows that the transposed product sums together: the processor's bits for all of them, at the price of one thread for each column.</summary>
    internal void Gemv<T>(bool transpose, int m, int n, T alpha, ArrayView<T> a, int lda, ArrayView<T> x, T beta, ArrayView<T> y, int rowBlock) where T : unmanaged, IFloatingPointIeee754<T>
    {
        _device.Guard();
        Require.NonNegative(m, nameof(m));
        Require.NonNegative(n, nameof(n));
        (int from, int to) = transpose ? (m, n) : (n, m);
        ViewArgument.Check(_device, a, 1, 0, m, n, lda, nameof(a));
        ViewArgument.Length(_device, x, from, nameof(x));
        ViewArgument.Length(_device, y, to, nameof(y));
        ViewArgument.Apart(y, to, to, int.MaxValue, nameof(y), x, from, from, 1, nameof(x));
        ViewArgument.Apart(y, to, to, int.MaxValue, nameof(y), a, ViewArgument.Needed(1, 0, m, n, lda), n, lda, nameof(a));
        if (to == 0)
            return;
        if (from == 0 || alpha == T.Zero)
            Runner<T>().Scale(new() { Count = 1, Rows = 1, Columns = to, Beta = beta, C = y, LeadingC = to });
        else if (transpose)
            Vectors<T>().Transposed(m, n, alpha, a, lda, x, beta, y, rowBlock);
        else
            Vectors<T>().Rows(m, n, alpha, a, lda, x, beta, y);
    }

    /// <summary>The rank-one update A = alpha x y' + A, with the bits of <c>Blas.Ger</c>. About 2 m n operations; reads and writes A once.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="m">The rows of A.</param>
    /// <param name="n">The columns of A.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="x">The vector x, m elements.</param>
    /// <param name="y">The vector y, n elements.</param>
    /// <param name="a">The matrix A, which must not overlap x or y.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, a view lies on another device, or A overlaps a vector.</exception>
    /// <exception cref="NotSupportedException">The element is neither float nor double.</exception>
    public void Ger<T>(int m, int n, T alpha, ArrayView<T> x, ArrayView<T> y, ArrayView<T> a, int lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        _device.Guard();
        Require.NonNegative(m, nameof(m));
        Require.NonNegative(n, nameof(n));
        ViewArgument.Length(_device, x, m, nameof(x));
        ViewArgument.Length(_device, y, n, nameof(y));
        ViewArgument.Check(_device, a, 1, 0, m, n, lda, nameof(a));
        long needed = ViewArgument.Needed(1, 0, m, n, lda);
        ViewArgument.Apart(a, needed, n, lda, nameof(a), x, m, m, 1, nameof(x));
        ViewArgument.Apart(a, needed, n, lda, nameof(a), y, n, n, int.MaxValue, nameof(y));
        if (alpha != T.Zero && m > 0 && n > 0)
            Vectors<T>().Outer(m, n, alpha, x, y, a, lda);
    }

    private VectorRunner<T> Vectors<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
            return (VectorRunner<T>)(object)(_singleVectors ??= new VectorRunner<float, Lane32>(_device, _stream));
        if (typeof(T) == typeof(double))
            return (VectorRunner<T>)(object)(_doubleVectors ??= new VectorRunner<double, Lane64>(_device, _stream));
        throw new NotSupportedException($"Matrix products on a device are of float or double, not of {typeof(T).Name}.");
    }
}
