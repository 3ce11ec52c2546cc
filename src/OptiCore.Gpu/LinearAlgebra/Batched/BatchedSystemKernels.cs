using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// Factorizations and solutions of many small systems in the interleaved layout of <c>BatchLayout</c>, one thread for each, so that neighbouring threads read neighbouring memory. The operations on each
/// element and their order are those of <c>BatchedCholesky</c>, <c>BatchedLu</c> and <c>BatchedBlas.Trsm</c>, and so are the bits.
/// </summary>
internal static class BatchedSystemKernels
{
    /// <summary>Replaces lower triangles by Cholesky factors.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    /// <param name="n">The order.</param>
    /// <param name="lanes">The problems of a group.</param>
    /// <param name="a">The matrices.</param>
    /// <param name="status">Receives the first row whose pivot isn't positive and finite, or -1.</param>
    [Kernel]
    public static void FactorCholesky<T, L>(int n, int lanes, ArrayView<L> a, ArrayView<int> status)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        for (long problem = Threads.First; problem < status.Length; problem += Threads.Count)
        {
            long first = First(problem, lanes, (long)n * n), row = (long)n * lanes;
            int failed = -1;
            for (int j = 0; j < n; j++)
            {
                long aj = first + (j * row), diagonal = aj + ((long)j * lanes);
                L pivot = a[diagonal];
                for (long p = aj; p < diagonal; p += lanes)
                {
                    L l = a[p];
                    pivot = L.Fma(l ^ L.SignBit, l, pivot);
                }

                pivot = L.Sqrt(pivot);
                a[diagonal] = pivot;
                if (failed < 0 && !IsPivot<T, L>(pivot))
                    failed = j;
                pivot = L.Constant(1) / pivot;

                // Four rows at a time share the loads of row j.
                int i = j + 1;
                for (; i + 4 <= n; i += 4)
                {
                    long a0 = first + (i * row), place = a0 + ((long)j * lanes);
                    L s0 = a[place], s1 = a[place + row], s2 = a[place + (2 * row)], s3 = a[place + (3 * row)];
                    for (long p = aj; p < diagonal; p += lanes, a0 += lanes)
                    {
                        L l = a[p] ^ L.SignBit;
                        s0 = L.Fma(l, a[a0], s0);
                        s1 = L.Fma(l, a[a0 + row], s1);
                        s2 = L.Fma(l, a[a0 + (2 * row)], s2);
                        s3 = L.Fma(l, a[a0 + (3 * row)], s3);
                    }

                    a[place] = s0 * pivot;
                    a[place + row] = s1 * pivot;
                    a[place + (2 * row)] = s2 * pivot;
                    a[place + (3 * row)] = s3 * pivot;
                }

                for (; i < n; i++)
                {
                    long a0 = first + (i * row), place = a0 + ((long)j * lanes);
                    L s = a[place];
                    for (long p = aj; p < diagonal; p += lanes, a0 += lanes)
                        s = L.Fma(a[p] ^ L.SignBit, a[a0], s);
                    a[place] = s * pivot;
                }
            }

            status[problem] = failed;
        }
    }

    /// <summary>Replaces matrices by their factors L and U with partial pivoting.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    /// <param name="n">The order.</param>
    /// <param name="lanes">The problems of a group.</param>
    /// <param name="a">The matrices.</param>
    /// <param name="pivots">Receives the rows with which rows were exchanged.</param>
    /// <param name="status">Receives the first column whose pivot is 0 or not finite, or -1.</param>
    [Kernel]
    public static void FactorLu<T, L>(int n, int lanes, ArrayView<L> a, ArrayView<int> pivots, ArrayView<int> status)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        for (long problem = Threads.First; problem < status.Length; problem += Threads.Count)
        {
            long first = First(problem, lanes, (long)n * n), firstPivot = First(problem, lanes, n), row = (long)n * lanes;
            int failed = -1;
            for (int j = 0; j < n; j++)
            {
                long aj = first + (j * row), diagonal = aj + ((long)j * lanes);
                L largest = L.Abs(a[diagonal]);
                int other = j;
                for (int i = j + 1; i < n; i++)
                {
                    L size = L.Abs(a[diagonal + ((i - j) * row)]);
                    if (L.Any(L.Less(largest, size)))
                    {
                        largest = size;
                        other = i;
                    }
                }

                pivots[firstPivot + ((long)j * lanes)] = other;
                if (other != j)
                    Exchange(a, aj, first + (other * row), n, lanes);
                L pivot = a[diagonal];
                if (failed < 0 && !IsPivot<T, L>(L.Abs(pivot)))
                    failed = j;

                // Four rows at a time share the loads of row j.
                int below = j + 1;
                for (; below + 4 <= n; below += 4)
                {
                    long to = diagonal + ((below - j) * row);
                    L f0 = a[to] / pivot, f1 = a[to + row] / pivot, f2 = a[to + (2 * row)] / pivot, f3 = a[to + (3 * row)] / pivot;
                    a[to] = f0;
                    a[to + row] = f1;
                    a[to + (2 * row)] = f2;
                    a[to + (3 * row)] = f3;
                    f0 ^= L.SignBit;
                    f1 ^= L.SignBit;
                    f2 ^= L.SignBit;
                    f3 ^= L.SignBit;
                    for (int column = j + 1; column < n; column++)
                    {
                        to += lanes;
                        L u = a[diagonal + ((long)(column - j) * lanes)];
                        a[to] = L.Fma(f0, u, a[to]);
                        a[to + row] = L.Fma(f1, u, a[to + row]);
                        a[to + (2 * row)] = L.Fma(f2, u, a[to + (2 * row)]);
                        a[to + (3 * row)] = L.Fma(f3, u, a[to + (3 * row)]);
                    }
                }

                for (; below < n; below++)
                {
                    long to = diagonal + ((below - j) * row);
                    L factor = a[to] / pivot;
                    a[to] = factor;
                    factor ^= L.SignBit;
                    for (int column = j + 1; column < n; column++)
                    {
                        to += lanes;
                        a[to] = L.Fma(factor, a[diagonal + ((long)(column - j) * lanes)], a[to]);
                    }
                }
            }

            status[problem] = failed;
        }
    }

    /// <summary>Exchanges rows of right sides as those of the matrices were exchanged; one thread for each column of each problem.</summary>
    /// <typeparam name="L">The number.</typeparam>
    /// <param name="n">The order.</param>
    /// <param name="columns">The right sides of each problem.</param>
    /// <param name="count">The problems.</param>
    /// <param name="lanes">The problems of a group.</param>
    /// <param name="pivots">The rows that were exchanged. One that isn't there is passed over, because a kernel can't throw.</param>
    /// <param name="b">The right sides.</param>
    [Kernel]
    public static void ExchangeRows<L>(int n, int columns, int count, int lanes, ArrayView<int> pivots, ArrayView<L> b) where L : unmanaged
    {
        for (long item = Threads.First; item < (long)count * columns; item += Threads.Count)
        {
            long problem = item % count, firstPivot = First(problem, lanes, n), first = First(problem, lanes, (long)n * columns) + (item / count * lanes), row = (long)columns * lanes;
            for (int j = 0; j < n; j++)
            {
                int other = pivots[firstPivot + ((long)j * lanes)];
                if (other > j && other < n)
                    Exchange(b, first + (j * row), first + (other * row), 1, lanes);
            }
        }
    }

    /// <summary>Solves op(A) X = B in place for triangular matrices; one thread for each column of each problem.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    /// <param name="g">The sizes and the kind of the matrices.</param>
    /// <param name="a">The matrices.</param>
    /// <param name="b">The right sides.</param>
    [Kernel]
    public static void SolveTriangular<T, L>(TriangularShape g, ArrayView<L> a, ArrayView<L> b)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        long size = (long)g.Order * g.Order;
        for (long item = Threads.First; item < (long)g.Count * g.Columns; item += Threads.Count)
        {
            long problem = item % g.Count, matrix = First(problem, g.Lanes, size), x = First(problem, g.Lanes, (long)g.Order * g.Columns) + (item / g.Count * g.Lanes);
            long row = g.Transpose != 0 ? g.Lanes : (long)g.Order * g.Lanes, column = g.Transpose != 0 ? (long)g.Order * g.Lanes : g.Lanes, step = (long)g.Columns * g.Lanes;
            if (g.Backward != 0)
            {
                matrix += (g.Order - 1) * (row + column);
                x += (g.Order - 1) * step;
                row = -row;
                column = -column;
                step = -step;
            }

            for (int i = 0; i < g.Order; i++)
            {
                // Even and odd terms are summed apart.
                long ai = matrix + (i * row), xi = x;
                L even = b[x + (i * step)], odd = L.Constant(0);
                int q = i;
                for (; q > 1; q -= 2, ai += 2 * column, xi += 2 * step)
                {
                    even = L.Fma(a[ai] ^ L.SignBit, b[xi], even);
                    odd = L.Fma(a[ai + column] ^ L.SignBit, b[xi + step], odd);
                }

                if (q > 0)
                {
                    even = L.Fma(a[ai] ^ L.SignBit, b[xi], even);
                    ai += column;
                }

                even += odd;
                if (g.UnitDiagonal == 0)
                    even /= a[ai];
                b[x + (i * step)] = even;
            }
        }
    }

    /// <summary>Brings matrices that lie one after the other into the interleaved layout; unused lanes become 0.</summary>
    /// <typeparam name="L">The number.</typeparam>
    [Kernel]
    public static void Pack<L>(int size, int count, int lanes, ArrayView<L> matrices, ArrayView<L> interleaved) where L : unmanaged
    {
        for (long i = Threads.First; i < interleaved.Length; i += Threads.Count)
        {
            long inGroup = i / lanes, problem = (inGroup / size * lanes) + (i % lanes);
            L value = default;
            if (problem < count)
                value = matrices[(problem * size) + (inGroup % size)];
            interleaved[i] = value;
        }
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    /// <typeparam name="L">The number.</typeparam>
    [Kernel]
    public static void Unpack<L>(int size, int lanes, ArrayView<L> interleaved, ArrayView<L> matrices) where L : unmanaged
    {
        for (long i = Threads.First; i < matrices.Length; i += Threads.Count)
        {
            long problem = i / size;
            matrices[i] = interleaved[First(problem, lanes, size) + (i % size * lanes)];
        }
    }

    /// <summary>Where the first element of a problem lies, for matrices of so many elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long First(long problem, int lanes, long size) => (problem / lanes * size * lanes) + (problem % lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsPivot<T, L>(L pivot)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T> => L.Any(L.Less(L.Constant(0), pivot)) && L.Any(L.Less(pivot, L.Constant(double.PositiveInfinity)));

    private static void Exchange<L>(ArrayView<L> a, long one, long other, int count, int step) where L : unmanaged
    {
        for (; count > 0; count--, one += step, other += step)
        {
            L value = a[one];
            a[one] = a[other];
            a[other] = value;
        }
    }
}

/// <summary>The sizes and the kind of triangular systems, as a kernel takes them.</summary>
internal struct TriangularShape
{
    /// <summary>The order.</summary>
    public int Order;

    /// <summary>The right sides of each problem.</summary>
    public int Columns;

    /// <summary>The problems.</summary>
    public int Count;

    /// <summary>The problems of a group.</summary>
    public int Lanes;

    /// <summary>1 if the matrices' transposes are taken.</summary>
    public int Transpose;

    /// <summary>1 if the last unknown is the first to be found.</summary>
    public int Backward;

    /// <summary>1 if the diagonals are ones.</summary>
    public int UnitDiagonal;
}
