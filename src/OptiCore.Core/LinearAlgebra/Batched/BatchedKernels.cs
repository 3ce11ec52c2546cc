using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.LinearAlgebra;

/// <summary>The kernels of the batches, one register of problems at a time.</summary>
internal static unsafe class BatchedKernels
{
    // Enough for a worker to be worth waking.
    private const int PieceGroups = 64;

    /// <summary>The lanes of the register that is used on this machine.</summary>
    public static int Width<T>() where T : unmanaged, IFloatingPointIeee754<T> =>
        !VectorKernels.IsVectorized<T>() ? 1 : GemmOperands<T>.Wide ? Vector512<T>.Count : Vector256.IsHardwareAccelerated ? Vector256<T>.Count : Vector128<T>.Count;

    /// <summary>One register of the products of a group; may ask for the next group, which follows this one in all three operands, while computing.</summary>
    public static void Gemm<T>(int m, int n, int k, T alpha, T* a, nint rowA, nint depthA, T* b, nint depthB, nint columnB, T beta, T* c, bool fetch)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>())
            Gemm<T, Register1<T>>(m, n, k, alpha, a, rowA, depthA, b, depthB, columnB, beta, c, fetch);
        else if (GemmOperands<T>.Wide)
            Gemm<T, Register512<T>>(m, n, k, alpha, a, rowA, depthA, b, depthB, columnB, beta, c, fetch);
        else if (Vector256.IsHardwareAccelerated)
            Gemm<T, Register256<T>>(m, n, k, alpha, a, rowA, depthA, b, depthB, columnB, beta, c, fetch);
        else
            Gemm<T, Register128<T>>(m, n, k, alpha, a, rowA, depthA, b, depthB, columnB, beta, c, fetch);
    }

    /// <summary>Solves for all lanes of a group.</summary>
    public static void Solve<T>(Triangle triangle, bool transpose, Diagonal diagonal, int n, int columns, T* a, T* b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int lane = 0; lane < BatchLayout.Lanes<T>(); lane += Width<T>())
        {
            if (!VectorKernels.IsVectorized<T>())
                Solve<T, Register1<T>>(triangle, transpose, diagonal, n, columns, a + lane, b + lane);
            else if (GemmOperands<T>.Wide)
                Solve<T, Register512<T>>(triangle, transpose, diagonal, n, columns, a + lane, b + lane);
            else if (Vector256.IsHardwareAccelerated)
                Solve<T, Register256<T>>(triangle, transpose, diagonal, n, columns, a + lane, b + lane);
            else
                Solve<T, Register128<T>>(triangle, transpose, diagonal, n, columns, a + lane, b + lane);
        }
    }

    internal static void Gemm<T, TRegister>(int m, int n, int k, T alpha, T* a, nint rowA, nint depthA, T* b, nint depthB, nint columnB, T beta, T* c, bool fetch)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int lanes = BatchLayout.Lanes<T>();
        nint rowC = (nint)n * lanes;
        if (k == 0 || alpha == T.Zero)
        {
            for (nint i = 0; i < (nint)m * n; i++)
                (beta == T.Zero ? default : beta == T.One ? TRegister.Load(c + (i * lanes)) : TRegister.All(beta) * TRegister.Load(c + (i * lanes))).Store(c + (i * lanes));
            return;
        }

        for (int p = 0; p < k; p += LinearAlgebra.Gemm.DepthBlock, beta = T.One)
        {
            int depth = Math.Min(LinearAlgebra.Gemm.DepthBlock, k - p);
            for (int i = 0; i < m; i += 3)
            {
                if (fetch && p == 0)
                {
                    int end = Math.Min(m, i + 3);
                    Fetch(a, m * k, i * k, end * k);
                    Fetch(b, k * n, (int)((long)k * n * i / m), (int)((long)k * n * end / m));
                    Fetch(c, m * n, i * n, end * n);
                }

                // Rows and columns that aren't there are the last ones again, written with the same bits before the real ones.
                nint i1 = Math.Min(i + 1, m - 1) - i, i2 = Math.Min(i + 2, m - 1) - i;
                for (int j = 0; j < n; j += 3)
                {
                    nint j1 = Math.Min(j + 1, n - 1) - j, j2 = Math.Min(j + 2, n - 1) - j;
                    Nine<T, TRegister>(
                        depth, TRegister.All(alpha), a + (i * rowA) + (p * depthA), i1 * rowA, i2 * rowA, depthA, b + (j * columnB) + (p * depthB), j1 * columnB, j2 * columnB, depthB,
                        beta == T.Zero, TRegister.All(beta), c + (i * rowC) + ((nint)j * lanes), i1 * rowC, i2 * rowC, j1 * lanes, j2 * lanes);
                }
            }
        }
    }

    /// <summary>Asks for some elements of the next group's matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<T>(T* matrix, int size, int from, int to) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int element = from; Sse.IsSupported && element < to; element++)
            Sse.Prefetch0(matrix + ((nint)(size + element) * BatchLayout.Lanes<T>()));
    }

    /// <summary>Nine elements at once: enough sums to hide their latency, a third of the loads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Nine<T, TRegister>(
        int k, TRegister alpha, T* a, nint a1, nint a2, nint depthA, T* b, nint b1, nint b2, nint depthB, bool overwrite, TRegister beta, T* c, nint row1, nint row2, nint column1, nint column2)
        where T : unmanaged
        where TRegister : struct, IRegister<TRegister, T>
    {
        TRegister s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default, s20 = default, s21 = default, s22 = default;
        for (; k > 0; k--, a += depthA, b += depthB)
        {
            TRegister y0 = TRegister.Load(b), y1 = TRegister.Load(b + b1), y2 = TRegister.Load(b + b2), x = TRegister.Load(a);
            s00 = TRegister.Fma(x, y0, s00);
            s01 = TRegister.Fma(x, y1, s01);
            s02 = TRegister.Fma(x, y2, s02);
            x = TRegister.Load(a + a1);
            s10 = TRegister.Fma(x, y0, s10);
            s11 = TRegister.Fma(x, y1, s11);
            s12 = TRegister.Fma(x, y2, s12);
            x = TRegister.Load(a + a2);
            s20 = TRegister.Fma(x, y0, s20);
            s21 = TRegister.Fma(x, y1, s21);
            s22 = TRegister.Fma(x, y2, s22);
        }

        // All old values are read before any is written, because some elements may be there twice.
        Combine(ref s00, c);
        Combine(ref s01, c + column1);
        Combine(ref s02, c + column2);
        Combine(ref s10, c + row1);
        Combine(ref s11, c + row1 + column1);
        Combine(ref s12, c + row1 + column2);
        Combine(ref s20, c + row2);
        Combine(ref s21, c + row2 + column1);
        Combine(ref s22, c + row2 + column2);
        s00.Store(c);
        s01.Store(c + column1);
        s02.Store(c + column2);
        s10.Store(c + row1);
        s11.Store(c + row1 + column1);
        s12.Store(c + row1 + column2);
        s20.Store(c + row2);
        s21.Store(c + row2 + column1);
        s22.Store(c + row2 + column2);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Combine(ref TRegister sum, T* old) => sum = overwrite ? alpha * sum : TRegister.Fma(alpha, sum, beta * TRegister.Load(old));
    }

    internal static void Solve<T, TRegister>(Triangle triangle, bool transpose, Diagonal diagonal, int n, int columns, T* a, T* b)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int lanes = BatchLayout.Lanes<T>();
        bool forward = (triangle == Triangle.Lower) != transpose;
        (nint row, nint column) = transpose ? ((nint)lanes, (nint)n * lanes) : ((nint)n * lanes, (nint)lanes);
        nint step = (nint)columns * lanes;
        if (!forward)
        {
            a += (n - 1) * (row + column);
            row = -row;
            column = -column;
            b += (n - 1) * step;
            step = -step;
        }

        for (int c = 0; c < columns; c++, b += lanes)
        {
            for (int i = 0; i < n; i++)
            {
                // Two sums, because one would wait for itself: even and odd terms.
                T* ai = a + (i * row), x = b;
                TRegister even = TRegister.Load(b + (i * step)), odd = default;
                int q = i;
                for (; q > 1; q -= 2, ai += 2 * column, x += 2 * step)
                {
                    even = TRegister.FmaNegated(TRegister.Load(ai), TRegister.Load(x), even);
                    odd = TRegister.FmaNegated(TRegister.Load(ai + column), TRegister.Load(x + step), odd);
                }

                if (q > 0)
                {
                    even = TRegister.FmaNegated(TRegister.Load(ai), TRegister.Load(x), even);
                    ai += column;
                }

                even += odd;
                (diagonal == Diagonal.Unit ? even : even / TRegister.Load(ai)).Store(b + (i * step));
            }
        }
    }

    /// <summary>Writes for each problem of a group the first pivot that isn't positive and finite in absolute value, or -1, and counts those that have one.</summary>
    public static int Status<T>(int n, T* group, Span<int> status) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = BatchLayout.Lanes<T>(), failed = 0;
        for (int lane = 0; lane < status.Length; lane++)
        {
            int first = -1;
            for (int j = 0; j < n; j++)
            {
                T pivot = T.Abs(group[((nint)j * (n + 1) * lanes) + lane]);
                if (pivot > T.Zero && T.IsFinite(pivot))
                    continue;
                first = j;
                failed++;
                break;
            }

            status[lane] = first;
        }

        return failed;
    }

    /// <summary>Solves systems that lie one after the other, a group at a time.</summary>
    public static int SolveEach<T, TMethod>(ReadOnlySpan<T> a, int n, int count, Span<T> b, int columns, Span<int> status, IWorkers? workers)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMethod : struct, IBatchedMethod<T>
    {
        Require.NonNegative(n, nameof(n));
        Require.NonNegative(count, nameof(count));
        Require.NonNegative(columns, nameof(columns));
        Require.Length(a.Length, checked(n * n * count), nameof(a));
        Require.Length(b.Length, checked(n * columns * count), nameof(b));
        Require.Length(status.Length, count, nameof(status));
        if (b.Overlaps(a))
            throw new ArgumentException("b overlaps a.", nameof(b));
        fixed (T* pa = a, pb = b)
        fixed (int* ps = status)
        {
            return workers is { Count: > 1 } && count > PieceGroups * BatchLayout.Lanes<T>()
                ? Pieces<T, TMethod>(n, columns, count, pa, pb, ps, workers)
                : Some<T, TMethod>(n, columns, 0, count, pa, pb, ps);
        }
    }

    private static int Pieces<T, TMethod>(int n, int columns, int count, T* a, T* b, int* status, IWorkers workers)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMethod : struct, IBatchedMethod<T>
    {
        int piece = PieceGroups * BatchLayout.Lanes<T>(), failed = 0;
        workers.ForEach((count + piece - 1) / piece, i => Interlocked.Add(
            ref failed, Some<T, TMethod>(n, columns, i * piece, Math.Min(count, (i + 1) * piece), a, b, status)));
        return failed;
    }

    private static int Some<T, TMethod>(int n, int columns, int from, int to, T* a, T* b, int* status)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMethod : struct, IBatchedMethod<T>
    {
        int lanes = BatchLayout.Lanes<T>(), sizeA = n * n, sizeB = n * columns, failed = 0;
        T[] work = ArrayPool<T>.Shared.Rent((sizeA + sizeB + 1) * lanes);
        int[] pivots = ArrayPool<int>.Shared.Rent(Math.Max(1, n * lanes));
        fixed (T* unaligned = work)
        fixed (int* pp = pivots)
        {
            T* groupA = (T*)(((nuint)unaligned + 63) & ~(nuint)63), groupB = groupA + ((nint)sizeA * lanes);
            for (int first = from; first < to; first += lanes)
            {
                int present = Math.Min(lanes, to - first);
                BatchLayout.PackGroup(a + ((nint)first * sizeA), sizeA, present, groupA);
                BatchLayout.PackGroup(b + ((nint)first * sizeB), sizeB, present, groupB);
                failed += TMethod.Solve(n, columns, groupA, pp, groupB, new Span<int>(status + first, present));
                BatchLayout.UnpackGroup(groupB, sizeB, present, b + ((nint)first * sizeB));
            }
        }

        ArrayPool<T>.Shared.Return(work);
        ArrayPool<int>.Shared.Return(pivots);
        return failed;
    }
}

/// <summary>A way to factor and solve one group.</summary>
internal interface IBatchedMethod<T> where T : unmanaged
{
    /// <summary>Replaces A by its factors and B by the solutions, writes the status of the problems that are there, and counts those that failed.</summary>
    static abstract unsafe int Solve(int n, int columns, T* a, int* pivots, T* b, Span<int> status);
}
