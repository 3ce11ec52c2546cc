using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// The factorizations and solutions of many small systems on a device: Cholesky, LU with partial pivoting, triangular systems, in the interleaved layout of <c>BatchLayout</c>, which is the same as on the
/// processor. The bits are those of <c>BatchedCholesky</c>, <c>BatchedLu</c> and <c>BatchedBlas.Trsm</c>.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// <para>One thread does one problem, or one right side of it: made for orders up to about 32 and thousands of problems; fewer leave the device without work. Everything is put on one stream and returns
/// at once; launches allocate nothing. Whether a matrix could be factored is written to the device, too, so that nothing waits for it.</para>
/// <para>Golub and Van Loan (2013), Matrix computations, algorithms 3.4.1 and 4.2.1. Not thread-safe; make one for each stream.</para>
/// </remarks>
public abstract class BatchedSystems<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private protected BatchedSystems()
    {
    }

    /// <summary>Systems on a stream of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="stream">The stream; null for the device's own.</param>
    /// <exception cref="NotSupportedException">The element is neither float nor double.</exception>
    /// <exception cref="ArgumentException">The stream belongs to another device.</exception>
    public static BatchedSystems<T> On(GpuDevice device, DeviceStream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (typeof(T) == typeof(float))
            return (BatchedSystems<T>)(object)new BatchedSystems<float, Lane32>(device, device.Native(stream));
        if (typeof(T) == typeof(double))
            return (BatchedSystems<T>)(object)new BatchedSystems<double, Lane64>(device, device.Native(stream));
        throw new NotSupportedException($"Systems on a device are of float or double, not of {typeof(T).Name}.");
    }

    /// <summary>Brings matrices that lie one after the other, each row-major, into the interleaved layout. Unused lanes become 0.</summary>
    /// <param name="matrices">The matrices, count rows columns elements.</param>
    /// <param name="rows">The rows of each.</param>
    /// <param name="columns">The columns of each.</param>
    /// <param name="count">Their number.</param>
    /// <param name="interleaved">Receives them, <c>BatchLayout.Length</c> elements; must not overlap.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, a view lies on another device, or the views overlap.</exception>
    public abstract void Pack(ArrayView<T> matrices, int rows, int columns, int count, ArrayView<T> interleaved);

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    /// <param name="interleaved">The matrices in the interleaved layout.</param>
    /// <param name="rows">The rows of each.</param>
    /// <param name="columns">The columns of each.</param>
    /// <param name="count">Their number.</param>
    /// <param name="matrices">Receives them one after the other, count rows columns elements; must not overlap.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, a view lies on another device, or the views overlap.</exception>
    public abstract void Unpack(ArrayView<T> interleaved, int rows, int columns, int count, ArrayView<T> matrices);

    /// <summary>Replaces the lower triangles of interleaved symmetric positive definite matrices by L of A = L L'. About n^3 / 3 operations each.</summary>
    /// <param name="a">The matrices, interleaved; their upper triangles are neither read nor written.</param>
    /// <param name="n">Their order.</param>
    /// <param name="count">Their number.</param>
    /// <param name="status">Receives for each the first row whose pivot isn't positive (or isn't finite), or -1. A factor with such a row is of no use.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or a view lies on another device.</exception>
    public abstract void FactorCholesky(ArrayView<T> a, int n, int count, ArrayView<int> status);

    /// <summary>Solves the systems A X = B of factored positive definite matrices in place. About 2 n^2 columns operations each.</summary>
    /// <param name="l">The factors, interleaved.</param>
    /// <param name="n">Their order.</param>
    /// <param name="count">Their number.</param>
    /// <param name="b">The n x columns right sides, interleaved, replaced by the solutions; must not overlap the factors.</param>
    /// <param name="columns">The right sides of each.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, a view lies on another device, or B overlaps the factors.</exception>
    public void SolveCholesky(ArrayView<T> l, int n, int count, ArrayView<T> b, int columns)
    {
        SolveTriangular(Triangle.Lower, false, Diagonal.Stored, n, columns, count, l, b);
        SolveTriangular(Triangle.Lower, true, Diagonal.Stored, n, columns, count, l, b);
    }

    /// <summary>Replaces interleaved matrices by their factors: U on and above the diagonal, L, whose diagonal is 1, below. About 2 n^3 / 3 operations each.</summary>
    /// <param name="a">The matrices, interleaved.</param>
    /// <param name="n">Their order.</param>
    /// <param name="count">Their number.</param>
    /// <param name="pivots">
    /// Receives the rows that were exchanged: in step j row j with row pivots[j], which is the first of the largest in absolute value; interleaved like n x 1 matrices. Unused lanes are left alone.
    /// </param>
    /// <param name="status">Receives for each the first column whose pivot is 0 or not finite, or -1. Factors with such a column are of no use.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or a view lies on another device.</exception>
    public abstract void FactorLu(ArrayView<T> a, int n, int count, ArrayView<int> pivots, ArrayView<int> status);

    /// <summary>Solves the systems A X = B of matrices factored by <see cref="FactorLu"/> in place. About 2 n^2 columns operations each.</summary>
    /// <param name="lu">The factors, interleaved.</param>
    /// <param name="n">Their order.</param>
    /// <param name="count">Their number.</param>
    /// <param name="pivots">The rows that were exchanged.</param>
    /// <param name="b">The n x columns right sides, interleaved, replaced by the solutions; must not overlap the factors.</param>
    /// <param name="columns">The right sides of each.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, a view lies on another device, or B overlaps the factors.</exception>
    public void SolveLu(ArrayView<T> lu, int n, int count, ArrayView<int> pivots, ArrayView<T> b, int columns)
    {
        ExchangeRows(n, count, pivots, lu, b, columns);
        SolveTriangular(Triangle.Lower, false, Diagonal.Unit, n, columns, count, lu, b);
        SolveTriangular(Triangle.Upper, false, Diagonal.Stored, n, columns, count, lu, b);
    }

    /// <summary>Solves op(A) X = B in place for triangular matrices A. About n^2 columns operations each.</summary>
    /// <param name="triangle">Which triangle of the A, as they are stored, holds the matrix.</param>
    /// <param name="transpose">True: the transposes are taken.</param>
    /// <param name="diagonal">Whether the diagonals are stored or 1.</param>
    /// <param name="n">The order of the A.</param>
    /// <param name="columns">The right sides of each.</param>
    /// <param name="count">The number of systems.</param>
    /// <param name="a">The matrices A, interleaved.</param>
    /// <param name="b">The n x columns right sides, interleaved, replaced by the solutions; must not overlap A.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, a view lies on another device, or B overlaps A.</exception>
    /// <remarks>A zero on the diagonal gives infinities or NaN.</remarks>
    public abstract void SolveTriangular(Triangle triangle, bool transpose, Diagonal diagonal, int n, int columns, int count, ArrayView<T> a, ArrayView<T> b);

    private protected abstract void ExchangeRows(int n, int count, ArrayView<int> pivots, ArrayView<T> lu, ArrayView<T> b, int columns);
}

/// <inheritdoc/>
internal sealed class BatchedSystems<T, L>(GpuDevice device, AcceleratorStream stream) : BatchedSystems<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, ILanes<L, T>
{
    private static readonly int Lanes = BatchLayout.Lanes<T>();

    private Action<AcceleratorStream, KernelConfig, int, int, int, ArrayView<L>, ArrayView<L>>? _pack;
    private Action<AcceleratorStream, KernelConfig, int, int, ArrayView<L>, ArrayView<L>>? _unpack;
    private Action<AcceleratorStream, KernelConfig, int, int, ArrayView<L>, ArrayView<int>>? _factorCholesky;
    private Action<AcceleratorStream, KernelConfig, int, int, ArrayView<L>, ArrayView<int>, ArrayView<int>>? _factorLu;
    private Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<int>, ArrayView<L>>? _exchangeRows;
    private Action<AcceleratorStream, KernelConfig, TriangularShape, ArrayView<L>, ArrayView<L>>? _solveTriangular;

    public override void Pack(ArrayView<T> matrices, int rows, int columns, int count, ArrayView<T> interleaved)
    {
        CheckLayouts(matrices, rows, columns, count, interleaved);
        ViewArgument.Apart(interleaved, interleaved.Length, nameof(interleaved), matrices, matrices.Length, nameof(matrices));
        if (interleaved.Length == 0)
            return;
        _pack ??= device.Kernel<Action<AcceleratorStream, KernelConfig, int, int, int, ArrayView<L>, ArrayView<L>>>(BatchedSystemKernels.Pack<L>);
        _pack(stream, device.Shape(interleaved.Length), rows * columns, count, Lanes, matrices.Cast<L>(), interleaved.Cast<L>());
    }

    public override void Unpack(ArrayView<T> interleaved, int rows, int columns, int count, ArrayView<T> matrices)
    {
        CheckLayouts(matrices, rows, columns, count, interleaved);
        ViewArgument.Apart(matrices, matrices.Length, nameof(matrices), interleaved, interleaved.Length, nameof(interleaved));
        if (matrices.Length == 0)
            return;
        _unpack ??= device.Kernel<Action<AcceleratorStream, KernelConfig, int, int, ArrayView<L>, ArrayView<L>>>(BatchedSystemKernels.Unpack<L>);
        _unpack(stream, device.Shape(matrices.Length), rows * columns, Lanes, interleaved.Cast<L>(), matrices.Cast<L>());
    }

    public override void FactorCholesky(ArrayView<T> a, int n, int count, ArrayView<int> status)
    {
        Check(a, n, n, count, nameof(a));
        ViewArgument.Length(device, status, count, nameof(status));
        if (count == 0)
            return;
        _factorCholesky ??= device.Kernel<Action<AcceleratorStream, KernelConfig, int, int, ArrayView<L>, ArrayView<int>>>(BatchedSystemKernels.FactorCholesky<T, L>);
        _factorCholesky(stream, device.Shape(count), n, Lanes, a.Cast<L>(), status);
    }

    public override void FactorLu(ArrayView<T> a, int n, int count, ArrayView<int> pivots, ArrayView<int> status)
    {
        Check(a, n, n, count, nameof(a));
        Check(pivots, n, 1, count, nameof(pivots));
        ViewArgument.Length(device, status, count, nameof(status));
        if (count == 0)
            return;
        _factorLu ??= device.Kernel<Action<AcceleratorStream, KernelConfig, int, int, ArrayView<L>, ArrayView<int>, ArrayView<int>>>(BatchedSystemKernels.FactorLu<T, L>);
        _factorLu(stream, device.Shape(count), n, Lanes, a.Cast<L>(), pivots, status);
    }

    public override void SolveTriangular(Triangle triangle, bool transpose, Diagonal diagonal, int n, int columns, int count, ArrayView<T> a, ArrayView<T> b)
    {
        Require.Defined(triangle, nameof(triangle));
        Require.Defined(diagonal, nameof(diagonal));
        Check(a, n, n, count, nameof(a));
        Check(b, n, columns, count, nameof(b));
        ViewArgument.Apart(b, b.Length, nameof(b), a, a.Length, nameof(a));
        if (b.Length == 0)
            return;
        _solveTriangular ??= device.Kernel<Action<AcceleratorStream, KernelConfig, TriangularShape, ArrayView<L>, ArrayView<L>>>(BatchedSystemKernels.SolveTriangular<T, L>);
        var shape = new TriangularShape
        {
            Order = n,
            Columns = columns,
            Count = count,
            Lanes = Lanes,
            Transpose = transpose ? 1 : 0,
            Backward = (triangle == Triangle.Lower) == transpose ? 1 : 0,
            UnitDiagonal = diagonal == Diagonal.Unit ? 1 : 0,
        };
        _solveTriangular(stream, device.Shape((long)count * columns), shape, a.Cast<L>(), b.Cast<L>());
    }

    private protected override void ExchangeRows(int n, int count, ArrayView<int> pivots, ArrayView<T> lu, ArrayView<T> b, int columns)
    {
        Check(lu, n, n, count, nameof(lu));
        Check(pivots, n, 1, count, nameof(pivots));
        Check(b, n, columns, count, nameof(b));
        ViewArgument.Apart(b, b.Length, nameof(b), lu, lu.Length, nameof(lu));
        if (b.Length == 0)
            return;
        _exchangeRows ??= device.Kernel<Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<int>, ArrayView<L>>>(BatchedSystemKernels.ExchangeRows<L>);
        _exchangeRows(stream, device.Shape((long)count * columns), n, columns, count, Lanes, pivots, b.Cast<L>());
    }

    private void Check<TAny>(ArrayView<TAny> view, int rows, int columns, int count, string name) where TAny : unmanaged
    {
        device.Guard();
        Require.NonNegative(rows, nameof(rows));
        Require.NonNegative(columns, nameof(columns));
        long expected = checked((long)BatchLayout.Groups<T>(count) * Lanes * rows * columns);
        if (view.Length != expected)
            throw new ArgumentException($"{name} has {view.Length} elements, {count} interleaved {rows} x {columns} matrices have {expected}.", name);
        ViewArgument.Length(device, view, expected, name);
    }

    private void CheckLayouts(ArrayView<T> matrices, int rows, int columns, int count, ArrayView<T> interleaved)
    {
        Check(interleaved, rows, columns, count, nameof(interleaved));
        ViewArgument.Length(device, matrices, checked((long)rows * columns * count), nameof(matrices));
        _ = checked(rows * columns);
    }
}
