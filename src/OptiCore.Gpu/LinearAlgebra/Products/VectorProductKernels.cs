using System.Numerics;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>The products of a matrix and a vector, and the rank-one update. They read each element of the matrix once and are as fast as the memory.</summary>
/// <remarks>
/// <para>A row's inner product is summed as the processor does: in the lanes of 64 bytes, here a thread each; elements left after the last whole chunk are read in one more chunk that ends with the row,
/// in which the elements that were counted are 0; the lanes are folded in halves.</para>
/// <para>The transposed product adds the rows in order, as the processor does, but in blocks of <see cref="RowBlock"/> rows, each from zero but the first, which are then added in order.</para>
/// </remarks>
internal static class VectorProductKernels
{
    /// <summary>The rows of a block of the transposed product: enough blocks for all multiprocessors in matrices of some thousand rows.</summary>
    public const int RowBlock = 128;

    /// <summary>The threads of a group of <see cref="Rows"/>.</summary>
    public const int RowThreads = 128;

    /// <summary>y = alpha A x + beta y for rows of at least a chunk.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    /// <param name="g">The sizes and factors.</param>
    /// <param name="chunk">The lanes in which a row is summed, 64 bytes.</param>
    /// <param name="a">The matrix.</param>
    /// <param name="x">The vector.</param>
    /// <param name="y">The result.</param>
    [Kernel]
    public static void Rows<T, L>(VectorShape<L> g, int chunk, ArrayView<L> a, ArrayView<L> x, ArrayView<L> y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        ArrayView<L> sums = SharedMemory.Allocate<L>(RowThreads);
        int lane = Group.IdxX % chunk, slot = Group.IdxX / chunk, slots = RowThreads / chunk;
        int whole = g.Columns / chunk * chunk;
        for (long first = (long)Grid.IdxX * slots; first < g.Rows; first += (long)Grid.DimX * slots)
        {
            // Rows that aren't there are the last one again.
            long row = first + slot;
            row = row < g.Rows ? row : g.Rows - 1;
            long at = (row * g.Leading) + lane;
            L sum = L.Constant(0);
            int j = 0;
            for (; j + (3 * chunk) < whole; j += 4 * chunk, at += 4 * chunk)
            {
                L a0 = a[at], a1 = a[at + chunk], a2 = a[at + (2 * chunk)], a3 = a[at + (3 * chunk)];
                L x0 = x[j + lane], x1 = x[j + lane + chunk], x2 = x[j + lane + (2 * chunk)], x3 = x[j + lane + (3 * chunk)];
                sum = L.Fma(a3, x3, L.Fma(a2, x2, L.Fma(a1, x1, L.Fma(a0, x0, sum))));
            }

            for (; j < whole; j += chunk, at += chunk)
                sum = L.Fma(a[at], x[j + lane], sum);
            if (whole < g.Columns)
            {
                int last = g.Columns - chunk + lane;
                L left = L.Constant(0), right = left;
                if (last >= whole)
                {
                    left = a[(row * g.Leading) + last];
                    right = x[last];
                }

                sum = L.Fma(left, right, sum);
            }

            sums[Group.IdxX] = sum;
            Group.Barrier();
            if (lane == 0 && first + slot < g.Rows)
            {
                int from = Group.IdxX;
                for (int half = chunk / 2; half >= 4; half /= 2)
                {
                    for (int i = from; i < from + half; i++)
                        sums[i] += sums[i + half];
                }

                Store<T, L>(g, (sums[from] + sums[from + 1]) + (sums[from + 2] + sums[from + 3]), y, row);
            }

            Group.Barrier();
        }
    }

    /// <summary>y = alpha A x + beta y for rows shorter than a chunk, which are summed in order, each by one thread.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    [Kernel]
    public static void ShortRows<T, L>(VectorShape<L> g, ArrayView<L> a, ArrayView<L> x, ArrayView<L> y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        for (long row = Threads.First; row < g.Rows; row += Threads.Count)
        {
            L sum = L.Constant(0);
            for (int j = 0; j < g.Columns; j++)
                sum = L.Fma(a[(row * g.Leading) + j], x[j], sum);
            Store<T, L>(g, sum, y, row);
        }
    }

    /// <summary>The blocks of y = alpha A' x + beta y: the first into y, the others into pieces. A thread has a column of a block.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    [Kernel]
    public static void Transposed<T, L>(VectorShape<L> g, ArrayView<L> a, ArrayView<L> x, ArrayView<L> y, ArrayView<L> pieces)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        int blocks = ((g.Rows - 1) / g.RowBlock) + 1;
        for (int block = Grid.IdxY; block < blocks; block += Grid.DimY)
        {
            int from = block * g.RowBlock, to = g.Rows - from < g.RowBlock ? g.Rows : from + g.RowBlock;
            for (long j = Threads.First; j < g.Columns; j += Threads.Count)
            {
                L sum = L.Constant(0);
                if (block == 0 && g.Overwrite == 0)
                    sum = g.Beta * y[j];
                long at = (from * g.Leading) + j;
                int i = from;
                for (; i + 8 <= to; i += 8, at += 8 * g.Leading)
                {
                    L a0 = a[at], a1 = a[at + g.Leading], a2 = a[at + (2 * g.Leading)], a3 = a[at + (3 * g.Leading)];
                    L a4 = a[at + (4 * g.Leading)], a5 = a[at + (5 * g.Leading)], a6 = a[at + (6 * g.Leading)], a7 = a[at + (7 * g.Leading)];
                    sum = L.Fma(g.Alpha * x[i + 3], a3, L.Fma(g.Alpha * x[i + 2], a2, L.Fma(g.Alpha * x[i + 1], a1, L.Fma(g.Alpha * x[i], a0, sum))));
                    sum = L.Fma(g.Alpha * x[i + 7], a7, L.Fma(g.Alpha * x[i + 6], a6, L.Fma(g.Alpha * x[i + 5], a5, L.Fma(g.Alpha * x[i + 4], a4, sum))));
                }

                for (; i < to; i++, at += g.Leading)
                    sum = L.Fma(g.Alpha * x[i], a[at], sum);
                if (block == 0)
                    y[j] = sum;
                else
                    pieces[((long)(block - 1) * g.Columns) + j] = sum;
            }
        }
    }

    /// <summary>Adds the pieces to y, in their order.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    [Kernel]
    public static void AddPieces<T, L>(int count, ArrayView<L> pieces, ArrayView<L> y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        for (long j = Threads.First; j < y.Length; j += Threads.Count)
        {
            L sum = y[j];
            for (int piece = 0; piece < count; piece++)
                sum += pieces[(piece * y.Length) + j];
            y[j] = sum;
        }
    }

    /// <summary>A = A + alpha x y', fma(alpha x[i], y[j], A[i,j]). A thread has four neighbouring elements of a row, or fewer at its end.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    [Kernel]
    public static void Outer<T, L>(VectorShape<L> g, ArrayView<L> x, ArrayView<L> y, ArrayView<L> a)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        long fours = ((long)g.Columns + 3) / 4;
        var to = new Combination<L> { Rows = g.Rows, Columns = g.Columns, IsAligned = g.IsAligned, Leading = g.Leading, Beta = L.Constant(1) };
        for (int row = Grid.IdxY; row < g.Rows; row += Grid.DimY)
        {
            to.Alpha = g.Alpha * x[row];
            for (long four = Threads.First; four < fours; four += Threads.Count)
            {
                int j = (int)(4 * four);
                L y0 = y[j], y1 = y0, y2 = y0, y3 = y0;
                if (j + 1 < g.Columns)
                    y1 = y[j + 1];
                if (j + 2 < g.Columns)
                    y2 = y[j + 2];
                if (j + 3 < g.Columns)
                    y3 = y[j + 3];
                Combine<T, L>.Store(new(y0, y1, y2, y3), to, a, row, j);
            }
        }
    }

    private static void Store<T, L>(VectorShape<L> g, L sum, ArrayView<L> y, long row)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        if (g.Overwrite != 0)
            y[row] = g.Alpha * sum;
        else
            y[row] = L.Fma(g.Alpha, sum, g.Beta * y[row]);
    }
}

/// <summary>The numbers of a product of a matrix and a vector, or of a rank-one update, as kernels take them.</summary>
/// <typeparam name="L">The number.</typeparam>
internal struct VectorShape<L> where L : unmanaged
{
    /// <summary>The rows of the matrix as it is stored.</summary>
    public int Rows;

    /// <summary>Its columns.</summary>
    public int Columns;

    /// <summary>1 if each four elements of the matrix from a multiple of four on can be read at once.</summary>
    public int IsAligned;

    /// <summary>1 if the result isn't read.</summary>
    public int Overwrite;

    /// <summary>The transposed product's rows that are summed together.</summary>
    public int RowBlock;

    /// <summary>The distance between rows.</summary>
    public long Leading;

    /// <summary>The factor of the product.</summary>
    public L Alpha;

    /// <summary>The factor of the result's old value.</summary>
    public L Beta;
}
