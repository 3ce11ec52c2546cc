using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using Half = System.Half;

namespace OptiCore.Gpu;

/// <summary>
/// The products of row-major matrices on a device, with the names and arguments of <c>Blas</c>: C = alpha op(A) op(B) + beta C, batches of them, matrix times vector, rank-one updates.
/// </summary>
/// <remarks>
/// <para>Elements are <see cref="float"/> or <see cref="double"/>; A and B may also be <see cref="Half"/> or <see cref="BFloat16"/> with sums and C in float. A view's part is <c>view.SubView(offset, length)</c>.
/// Everything is put on one stream and returns at once. Launches allocate nothing, except memory for the pieces of long sums when they first need so much.</para>
/// <para><see cref="Gemm{T}"/> and its likes have the bits of <c>Blas.Gemm</c>, for any sizes: each element is summed in order of k by fused multiply-adds in blocks of 256 terms, which are combined with C
/// one after the other, whatever the tile and whether the blocks are summed by one group of threads or many. That is so unless cuBLAS was asked for (<see cref="MatrixMethod"/>), whose results agree to
/// rounding: 1e-6 (float) or 1e-14 (double) relative to the sum of the terms' absolute values in products of some thousand terms.</para>
/// <para>A tile of C is computed by a group of threads, 8 x 8 or 4 x 4 elements each, after Volkov and Demmel (2008), Benchmarking GPUs to tune dense linear algebra; tiles of 128, 64 or 32 rows and columns
/// are chosen so that there are enough for the device. Not thread-safe; make one for each stream, and dispose it before the device.</para>
/// </remarks>
public sealed partial class MatrixProducts : IDisposable
{
    private readonly GpuDevice _device;
    private readonly AcceleratorStream _stream;
    private readonly CuBlas? _cuBlas;
    private ProductRunner<float, float>? _single;
    private ProductRunner<double, double>? _double;
    private ProductRunner<ILGPU.Half, float>? _half;
    private ProductRunner<BFloat16, float>? _bfloat16;

    /// <summary>Products on a stream of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="stream">The stream; null for the device's own.</param>
    /// <param name="method">Who computes them.</param>
    /// <exception cref="ArgumentException">The stream belongs to another device.</exception>
    public MatrixProducts(GpuDevice device, DeviceStream? stream = null, MatrixMethod method = MatrixMethod.Reproducible)
    {
        ArgumentNullException.ThrowIfNull(device);
        Require.Defined(method, nameof(method));
        _device = device;
        _stream = device.Native(stream);
        Method = MatrixMethod.Reproducible;
        if (method == MatrixMethod.Reproducible)
            return;
        _cuBlas = CuBlas.TryCreate(device, _stream, out string? reason);
        WithoutCuBlas = reason;
        if (_cuBlas is not null)
            Method = method;
    }

    /// <summary>Who computes the products: <see cref="MatrixMethod.Reproducible"/> also where cuBLAS was asked for and isn't there.</summary>
    public MatrixMethod Method { get; }

    /// <summary>Why cuBLAS, which was asked for, isn't used; otherwise null.</summary>
    public string? WithoutCuBlas { get; }

    /// <summary>How the library's own kernels are to compute products, instead of what suits the device; their bits are the same.</summary>
    internal ProductPlan? Plan { get; set; }

    /// <summary>The matrix product C = alpha op(A) op(B) + beta C. About 2 m n k operations.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
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
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its view or lies on another device, a leading dimension is smaller than the columns, or C overlaps an operand.</exception>
    /// <exception cref="NotSupportedException">The element is neither float nor double.</exception>
    public void Gemm<T>(bool transposeA, bool transposeB, int m, int n, int k, T alpha, ArrayView<T> a, int lda, ArrayView<T> b, int ldb, T beta, ArrayView<T> c, int ldc)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Run(Runner<T>(), Call(1, transposeA, transposeB, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0));

    /// <summary>The product of matrices of 16-bit numbers, widened exactly, with sums and C in float: the bits of <see cref="Gemm{T}"/> of the widened matrices.</summary>
    /// <inheritdoc cref="Gemm{T}"/>
    public void Gemm(bool transposeA, bool transposeB, int m, int n, int k, float alpha, ArrayView<Half> a, int lda, ArrayView<Half> b, int ldb, float beta, ArrayView<float> c, int ldc) =>
        Run(
            _half ??= new ProductRunner<float, ILGPU.Half, Lane32, FromHalf>(_device, _stream),
            Call(1, transposeA, transposeB, m, n, k, alpha, a.Cast<ILGPU.Half>(), lda, 0, b.Cast<ILGPU.Half>(), ldb, 0, beta, c, ldc, 0));

    /// <inheritdoc cref="Gemm(bool, bool, int, int, int, float, ArrayView{Half}, int, ArrayView{Half}, int, float, ArrayView{float}, int)"/>
    public void Gemm(bool transposeA, bool transposeB, int m, int n, int k, float alpha, ArrayView<BFloat16> a, int lda, ArrayView<BFloat16> b, int ldb, float beta, ArrayView<float> c, int ldc) =>
        Run(
            _bfloat16 ??= new ProductRunner<float, BFloat16, Lane32, FromBFloat16>(_device, _stream),
            Call(1, transposeA, transposeB, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0));

    /// <summary>The matrix products C_i = alpha op(A_i) op(B_i) + beta C_i of matrices that lie at equal distances in three views. About 2 m n k operations each, one launch.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="count">The number of products.</param>
    /// <param name="transposeA">False: the A are m x k. True: they are k x m and their transposes are taken.</param>
    /// <param name="transposeB">False: the B are k x n. True: they are n x k and their transposes are taken.</param>
    /// <param name="m">The rows of op(A) and C.</param>
    /// <param name="n">The columns of op(B) and C.</param>
    /// <param name="k">The columns of op(A) and rows of op(B).</param>
    /// <param name="alpha">The factor of the products.</param>
    /// <param name="a">The matrices A.</param>
    /// <param name="lda">The distance between rows of A as it is stored.</param>
    /// <param name="strideA">The distance between the first elements of two A; 0 uses one A for all products.</param>
    /// <param name="b">The matrices B.</param>
    /// <param name="ldb">The distance between rows of B as it is stored.</param>
    /// <param name="strideB">The distance between the first elements of two B; 0 uses one B for all products.</param>
    /// <param name="beta">The factor of C; 0 overwrites C unread.</param>
    /// <param name="c">The matrices C, which must not overlap those of A and B.</param>
    /// <param name="ldc">The distance between rows of C.</param>
    /// <param name="strideC">The distance between the first elements of two C, at least (m - 1) ldc + n.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or a distance is negative.</exception>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its view or lies on another device, a leading dimension is smaller than the columns, two C overlap, or C overlaps an operand.</exception>
    /// <exception cref="NotSupportedException">The element is neither float nor double.</exception>
    public void GemmBatched<T>(
        int count, bool transposeA, bool transposeB, int m, int n, int k, T alpha, ArrayView<T> a, int lda, long strideA, ArrayView<T> b, int ldb, long strideB, T beta, ArrayView<T> c, int ldc, long strideC)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Run(Runner<T>(), Call(count, transposeA, transposeB, m, n, k, alpha, a, lda, strideA, b, ldb, strideB, beta, c, ldc, strideC));

    /// <summary>Gives back the memory of pieces and what cuBLAS holds.</summary>
    public void Dispose()
    {
        _single?.Dispose();
        _double?.Dispose();
        _half?.Dispose();
        _bfloat16?.Dispose();
        _singleVectors?.Dispose();
        _doubleVectors?.Dispose();
        _cuBlas?.Dispose();
    }

    private ProductCall<S, T> Call<S, T>(
        int count, bool transposeA, bool transposeB, int m, int n, int k, T alpha, ArrayView<S> a, int lda, long strideA, ArrayView<S> b, int ldb, long strideB, T beta, ArrayView<T> c, int ldc, long strideC)
        where S : unmanaged
        where T : unmanaged
    {
        _device.Guard();
        Require.NonNegative(count, nameof(count));
        Require.NonNegative(m, nameof(m));
        Require.NonNegative(n, nameof(n));
        Require.NonNegative(k, nameof(k));
        (int rowsA, int columnsA) = transposeA ? (k, m) : (m, k);
        (int rowsB, int columnsB) = transposeB ? (n, k) : (k, n);
        ViewArgument.Check(_device, a, count, strideA, rowsA, columnsA, lda, nameof(a));
        ViewArgument.Check(_device, b, count, strideB, rowsB, columnsB, ldb, nameof(b));
        ViewArgument.Check(_device, c, count, strideC, m, n, ldc, nameof(c));
        if (count > 1 && m > 0 && n > 0 && strideC < ((long)(m - 1) * ldc) + n)
            throw new ArgumentException($"strideC is {strideC}: two results would overlap.", nameof(strideC));

        // Batches may interleave in too many ways to say which are apart.
        bool one = count == 1;
        long neededC = ViewArgument.Needed(count, strideC, m, n, ldc);
        ViewArgument.Apart(c, neededC, n, one ? ldc : 0, nameof(c), a, ViewArgument.Needed(count, strideA, rowsA, columnsA, lda), columnsA, one ? lda : 1, nameof(a));
        ViewArgument.Apart(c, neededC, n, one ? ldc : 0, nameof(c), b, ViewArgument.Needed(count, strideB, rowsB, columnsB, ldb), columnsB, one ? ldb : 1, nameof(b));
        return new()
        {
            Count = count,
            TransposeA = transposeA,
            TransposeB = transposeB,
            Rows = m,
            Columns = n,
            Depth = k,
            Alpha = alpha,
            A = a,
            LeadingA = lda,
            StrideA = strideA,
            B = b,
            LeadingB = ldb,
            StrideB = strideB,
            Beta = beta,
            C = c,
            LeadingC = ldc,
            StrideC = strideC,
        };
    }

    private void Run<S, T>(ProductRunner<S, T> runner, in ProductCall<S, T> call)
        where S : unmanaged
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (call.Count == 0 || call.Rows == 0 || call.Columns == 0)
            return;
        if (call.Depth == 0 || call.Alpha == T.Zero)
            runner.Scale(call);
        else if (_cuBlas is not null)
            _cuBlas.Run(call, Method == MatrixMethod.CuBlasTensorFloat32);
        else
            runner.Run(call, Plan);
    }

    private ProductRunner<T, T> Runner<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
            return (ProductRunner<T, T>)(object)(_single ??= new ProductRunner<float, float, Lane32, FromSingle>(_device, _stream));
        if (typeof(T) == typeof(double))
            return (ProductRunner<T, T>)(object)(_double ??= new ProductRunner<double, double, Lane64, FromDouble>(_device, _stream));
        throw new NotSupportedException($"Matrix products on a device are of float or double, not of {typeof(T).Name}.");
    }
}
