using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The Cholesky factorizations A = L L' of many small symmetric positive definite matrices at once, and the solution of their systems: one problem in
/// each register lane (see <see cref="BatchLayout"/>). Made and measured for orders up to 16; for large matrices use <see cref="Cholesky"/>.
/// </summary>
/// <remarks>
/// L lies in the lower triangle; the upper triangle is neither read nor written. A problem's bits depend on its own elements only, not on the hardware nor on its
/// place in the batch. Golub and Van Loan (2013), Matrix computations, algorithm 4.2.1.
/// </remarks>
public static class BatchedCholesky
{
    /// <summary>Replaces the lower triangles of interleaved matrices by L. About n^3 / 3 operations each; allocates nothing.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrices, interleaved.</param>
    /// <param name="n">Their order.</param>
    /// <param name="count">Their number.</param>
    /// <param name="status">Receives for each the first row whose pivot isn't positive (or isn't finite), or -1. A factor with such a row is of no use.</param>
    /// <returns>The number of matrices that aren't positive definite.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static unsafe int Factor<T>(Span<T> a, int n, int count, Span<int> status) where T : unmanaged, IFloatingPointIeee754<T>
    {
        BatchLayout.Check<T>(a.Length, n, n, count, nameof(a));
        Require.Length(status.Length, count, nameof(status));
        int lanes = BatchLayout.Lanes<T>(), failed = 0;
        fixed (T* pa = a)
        {
            for (int first = 0; first < count; first += lanes)
                failed += FactorGroup(n, pa + ((nint)first * n * n), status.Slice(first, Math.Min(lanes, count - first)));
        }

        return failed;
    }

    /// <summary>Solves the systems A X = B of interleaved matrices in place. About 2 n^2 columns operations each.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factors, interleaved.</param>
    /// <param name="n">Their order.</param>
    /// <param name="count">Their number.</param>
    /// <param name="b">The n x columns right sides, interleaved, replaced by the solutions; must not overlap the factors.</param>
    /// <param name="columns">The right sides of each.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or B overlaps the factors.</exception>
    public static void Solve<T>(ReadOnlySpan<T> l, int n, int count, Span<T> b, int columns) where T : unmanaged, IFloatingPointIeee754<T>
    {
        BatchedBlas.Trsm(Triangle.Lower, false, Diagonal.Stored, n, columns, count, l, b);
        BatchedBlas.Trsm(Triangle.Lower, true, Diagonal.Stored, n, columns, count, l, b);
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
    /// <param name="status">Receives for each the first row whose pivot isn't positive (or isn't finite), or -1. The solution of such a system is of no use.</param>
    /// <param name="workers">Who solves the groups; null for the calling thread alone. The bits are the same.</param>
    /// <returns>The number of matrices that aren't positive definite.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or B overlaps A.</exception>
    public static int SolveEach<T>(ReadOnlySpan<T> a, int n, int count, Span<T> b, int columns, Span<int> status, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T> => BatchedKernels.SolveEach<T, Method<T>>(a, n, count, b, columns, status, workers);

    internal static unsafe int FactorGroup<T>(int n, T* a, Span<int> status) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int lane = 0; lane < BatchLayout.Lanes<T>(); lane += BatchedKernels.Width<T>())
        {
            if (!VectorKernels.IsVectorized<T>())
                Factor<T, Register1<T>>(n, a + lane);
            else if (GemmOperands<T>.Wide)
                Factor<T, Register512<T>>(n, a + lane);
            else if (Vector256.IsHardwareAccelerated)
                Factor<T, Register256<T>>(n, a + lane);
            else
                Factor<T, Register128<T>>(n, a + lane);
        }

        return BatchedKernels.Status(n, a, status);
    }

    internal static unsafe void Factor<T, TRegister>(int n, T* a)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int lanes = BatchLayout.Lanes<T>();
        nint row = (nint)n * lanes;
        for (int j = 0; j < n; j++)
        {
            T* aj = a + (j * row);
            TRegister pivot = TRegister.Load(aj + ((nint)j * lanes));
            for (int p = 0; p < j; p++)
            {
                TRegister l = TRegister.Load(aj + ((nint)p * lanes));
                pivot = TRegister.FmaNegated(l, l, pivot);
            }

            // A square root of a positive number is so far from the ends of the range that its reciprocal is a normal number.
            pivot = TRegister.Sqrt(pivot);
            pivot.Store(aj + ((nint)j * lanes));
            pivot = TRegister.All(T.One) / pivot;
            int i = j + 1;
            for (; i + 4 <= n; i += 4)
                Rows<T, TRegister, GemmInPlace.Four>(j, aj, a + (i * row), row, pivot);
            for (; i < n; i++)
                Rows<T, TRegister, GemmInPlace.One>(j, aj, a + (i * row), row, pivot);
        }
    }

    /// <summary>Elements of column j below the diagonal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Rows<T, TRegister, TRows>(int j, T* aj, T* ai, nint row, TRegister reciprocal)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
    {
        nint lanes = BatchLayout.Lanes<T>();
        T* place = ai + (j * lanes), a2 = ai + (2 * row), place2 = place + (2 * row);
        TRegister s0 = TRegister.Load(place), s1 = default, s2 = default, s3 = default;
        if (TRows.Value > 1)
        {
            s1 = TRegister.Load(place + row);
            s2 = TRegister.Load(place2);
            s3 = TRegister.Load(place2 + row);
        }

        for (; j > 0; j--)
        {
            TRegister l = TRegister.Load(aj);
            s0 = TRegister.FmaNegated(l, TRegister.Load(ai), s0);
            if (TRows.Value > 1)
            {
                s1 = TRegister.FmaNegated(l, TRegister.Load(ai + row), s1);
                s2 = TRegister.FmaNegated(l, TRegister.Load(a2), s2);
                s3 = TRegister.FmaNegated(l, TRegister.Load(a2 + row), s3);
            }

            aj += lanes;
            ai += lanes;
            a2 += lanes;
        }

        (s0 * reciprocal).Store(place);
        if (TRows.Value > 1)
        {
            (s1 * reciprocal).Store(place + row);
            (s2 * reciprocal).Store(place2);
            (s3 * reciprocal).Store(place2 + row);
        }
    }

    private readonly struct Method<T> : IBatchedMethod<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static unsafe int Solve(int n, int columns, T* a, int* pivots, T* b, Span<int> status)
        {
            int failed = FactorGroup(n, a, status);
            BatchedKernels.Solve(Triangle.Lower, false, Diagonal.Stored, n, columns, a, b);
            BatchedKernels.Solve(Triangle.Lower, true, Diagonal.Stored, n, columns, a, b);
            return failed;
        }
    }
}
