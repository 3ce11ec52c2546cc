using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The factorizations A[p] = L U with partial pivoting of many small square matrices at once, and the solution of their systems: one problem in each
/// register lane (see <see cref="BatchLayout"/>), each with its own pivots. Made and measured for orders up to 16; for large matrices use <see cref="Lu"/>.
/// </summary>
/// <remarks>
/// A problem's bits depend on its own elements only, not on the hardware nor on its place in the batch.
/// Golub and Van Loan (2013), Matrix computations, algorithm 3.4.1.
/// </remarks>
public static class BatchedLu
{
    /// <summary>Replaces interleaved matrices by their factors: U on and above the diagonal, L, whose diagonal is 1, below. About 2 n^3 / 3 operations each.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrices, interleaved.</param>
    /// <param name="n">Their order.</param>
    /// <param name="count">Their number.</param>
    /// <param name="pivots">Receives the rows that were exchanged: in step j row j with row pivots[j], which is the first of the largest in absolute value; interleaved like n x 1 matrices.</param>
    /// <param name="status">Receives for each the first column whose pivot is 0 or not finite, or -1. Factors with such a column are of no use.</param>
    /// <returns>The number of singular matrices.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static unsafe int Factor<T>(Span<T> a, int n, int count, Span<int> pivots, Span<int> status) where T : unmanaged, IFloatingPointIeee754<T>
    {
        BatchLayout.Check<T>(a.Length, n, n, count, nameof(a));
        BatchLayout.Check<T>(pivots.Length, n, 1, count, nameof(pivots));
        Require.Length(status.Length, count, nameof(status));
        int lanes = BatchLayout.Lanes<T>(), failed = 0;
        fixed (T* pa = a)
        fixed (int* pp = pivots)
        {
            for (int first = 0; first < count; first += lanes)
                failed += FactorGroup(n, pa + ((nint)first * n * n), pp + ((nint)first * n), status.Slice(first, Math.Min(lanes, count - first)));
        }

        return failed;
    }

    /// <summary>Solves the systems A X = B of interleaved matrices in place. About 2 n^2 columns operations each.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="lu">The factors, interleaved.</param>
    /// <param name="n">Their order.</param>
    /// <param name="count">Their number.</param>
    /// <param name="pivots">The rows that were exchanged.</param>
    /// <param name="b">The n x columns right sides, interleaved, replaced by the solutions; must not overlap the factors.</param>
    /// <param name="columns">The right sides of each.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, a pivot isn't a row, or B overlaps the factors.</exception>
    public static unsafe void Solve<T>(ReadOnlySpan<T> lu, int n, int count, ReadOnlySpan<int> pivots, Span<T> b, int columns) where T : unmanaged, IFloatingPointIeee754<T>
    {
        BatchLayout.Check<T>(lu.Length, n, n, count, nameof(lu));
        BatchLayout.Check<T>(pivots.Length, n, 1, count, nameof(pivots));
        BatchLayout.Check<T>(b.Length, n, columns, count, nameof(b));
        if (b.Overlaps(lu))
            throw new ArgumentException("b overlaps lu.", nameof(b));
        foreach (int pivot in pivots)
        {
            if ((uint)pivot >= (uint)n)
                throw new ArgumentException($"A pivot is {pivot}, the matrices have the rows 0 to {n - 1}.", nameof(pivots));
        }

        int lanes = BatchLayout.Lanes<T>();
        fixed (T* pa = lu, pb = b)
        fixed (int* pp = pivots)
        {
            for (int first = 0; first < count; first += lanes)
                SolveGroup(n, columns, pa + ((nint)first * n * n), pp + ((nint)first * n), pb + ((nint)first * n * columns));
        }
    }

    /// <summary>
    /// Solves the systems A X = B of matrices that lie one after the other, each row-major: brings a group at a time into the interleaved layout and back.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrices, count n^2 elements. Are only read.</param>
    /// <param name="n">Their order.</param>
    /// <param name="count">Their number.</param>
    /// <param name="b">The right sides, count matrices of n x columns elements, replaced by the solutions; must not overlap A.</param>
    /// <param name="columns">The right sides of each.</param>
    /// <param name="status">Receives for each the first column whose pivot is 0 or not finite, or -1. The solution of such a system is of no use.</param>
    /// <param name="workers">Who solves the groups; null for the calling thread alone. The bits are the same.</param>
    /// <returns>The number of singular matrices.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or B overlaps A.</exception>
    public static int SolveEach<T>(ReadOnlySpan<T> a, int n, int count, Span<T> b, int columns, Span<int> status, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T> => BatchedKernels.SolveEach<T, Method<T>>(a, n, count, b, columns, status, workers);

    internal static unsafe int FactorGroup<T>(int n, T* a, int* pivots, Span<int> status) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int lane = 0; lane < BatchLayout.Lanes<T>(); lane += BatchedKernels.Width<T>())
        {
            if (!VectorKernels.IsVectorized<T>())
                Factor<T, Register1<T>>(n, a + lane, pivots + lane);
            else if (GemmOperands<T>.Wide)
                Factor<T, Register512<T>>(n, a + lane, pivots + lane);
            else if (Vector256.IsHardwareAccelerated)
                Factor<T, Register256<T>>(n, a + lane, pivots + lane);
            else
                Factor<T, Register128<T>>(n, a + lane, pivots + lane);
        }

        return BatchedKernels.Status(n, a, status);
    }

    [SkipLocalsInit]
    internal static unsafe void Factor<T, TRegister>(int n, T* a, int* pivots)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        nint lanes = BatchLayout.Lanes<T>(), row = n * lanes;
        T* found = stackalloc T[TRegister.Count];
        for (int j = 0; j < n; j++)
        {
            T* diagonal = a + (j * row) + (j * lanes);
            TRegister largest = TRegister.Abs(TRegister.Load(diagonal)), at = TRegister.All(T.CreateTruncating(j));
            for (int i = j + 1; i < n; i++)
            {
                TRegister size = TRegister.Abs(TRegister.Load(diagonal + ((i - j) * row))), larger = TRegister.Greater(size, largest);
                largest = TRegister.Select(larger, size, largest);
                at = TRegister.Select(larger, TRegister.All(T.CreateTruncating(i)), at);
            }

            at.Store(found);
            for (int lane = 0; lane < TRegister.Count; lane++)
            {
                int other = int.CreateTruncating(found[lane]);
                pivots[(j * lanes) + lane] = other;
                if (other != j)
                    Exchange(n, a + (j * row) + lane, a + (other * row) + lane, lanes);
            }

            TRegister pivot = TRegister.Load(diagonal);
            int below = j + 1;
            for (; below + 2 <= n; below += 2)
                Eliminate<T, TRegister, GemmInPlace.Two>(n - j, diagonal, diagonal + ((below - j) * row), row, pivot);
            if (below < n)
                Eliminate<T, TRegister, GemmInPlace.One>(n - j, diagonal, diagonal + ((below - j) * row), row, pivot);
        }
    }

    /// <summary>Exchanges two rows of one lane. Lane by lane this is less work than selecting whole registers of every row, from order 5 on.</summary>
    private static unsafe void Exchange<T>(int n, T* a, T* b, nint step) where T : unmanaged
    {
        for (; n > 0; n--, a += step, b += step)
            (*a, *b) = (*b, *a);
    }

    /// <summary>Subtracts the pivot's row from one or two rows below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Eliminate<T, TRegister, TRows>(int columns, T* from, T* to, nint row, TRegister pivot)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
    {
        nint lanes = BatchLayout.Lanes<T>();
        TRegister factor = TRegister.Load(to) / pivot, second = default;
        factor.Store(to);
        if (TRows.Value > 1)
        {
            second = TRegister.Load(to + row) / pivot;
            second.Store(to + row);
        }

        for (columns--; columns > 0; columns--)
        {
            from += lanes;
            to += lanes;
            TRegister u = TRegister.Load(from);
            TRegister.FmaNegated(factor, u, TRegister.Load(to)).Store(to);
            if (TRows.Value > 1)
                TRegister.FmaNegated(second, u, TRegister.Load(to + row)).Store(to + row);
        }
    }

    private static unsafe void SolveGroup<T>(int n, int columns, T* lu, int* pivots, T* b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = BatchLayout.Lanes<T>();
        nint row = (nint)columns * lanes;
        for (int j = 0; j < n; j++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                int other = pivots[((nint)j * lanes) + lane];
                if (other != j)
                    Exchange(columns, b + (j * row) + lane, b + (other * row) + lane, lanes);
            }
        }

        BatchedKernels.Solve(Triangle.Lower, false, Diagonal.Unit, n, columns, lu, b);
        BatchedKernels.Solve(Triangle.Upper, false, Diagonal.Stored, n, columns, lu, b);
    }

    private readonly struct Method<T> : IBatchedMethod<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static unsafe int Solve(int n, int columns, T* a, int* pivots, T* b, Span<int> status)
        {
            int failed = FactorGroup(n, a, pivots, status);
            SolveGroup(n, columns, a, pivots, b);
            return failed;
        }
    }
}
