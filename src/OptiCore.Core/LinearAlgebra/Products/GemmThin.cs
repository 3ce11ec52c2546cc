using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Products with fewer columns than a register has lanes, such as those of a network's last layer: the transposed product op(B)' op(A)', whose columns are the rows of A, strip by strip into a
/// buffer that is copied to its place. An element's sum is the same, so are its bits.
/// </summary>
internal static class GemmThin
{
    /// <summary>True if the product has few columns, and rows enough to fill registers with them.</summary>
    public static bool Pays<T>(in GemmOperands<T> g) where T : unmanaged, IFloatingPointIeee754<T> =>
        VectorKernels.IsVectorized<T>() && g.Columns < Vector256<T>.Count && g.Rows >= 2 * Vector256<T>.Count && g.Triangle is null && Vector256.IsHardwareAccelerated;

    /// <summary>Computes a product of at least two registers of rows.</summary>
    [SkipLocalsInit]
    public static unsafe void Run<T>(in GemmOperands<T> g) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = 2 * Vector256<T>.Count, padding = Gemm.Alignment / sizeof(T), depth = Math.Min(g.Depth, Gemm.DepthBlock);
        T* buffer = stackalloc T[(Vector256<T>.Count * width) + padding], sums = Gemm.Align(buffer);
        T* panel = null;
        if (g.RowA != 1)
        {
            T* space = stackalloc T[(depth * width) + padding];
            panel = Gemm.Align(space);
        }

        GemmOperands<T> transposed = g;
        (transposed.Rows, transposed.Columns) = (g.Columns, width);
        (transposed.RowA, transposed.DepthA) = (g.ColumnB, g.DepthB);
        transposed.C = sums;
        transposed.RowC = width;
        for (int i = 0; i < g.Rows; i += width)
        {
            // The last strip begins early enough to be whole; of its rows only those that are new are written.
            int first = Math.Min(i, g.Rows - width);
            T* c = g.C + (first * g.RowC);
            if (g.Beta != T.Zero)
                Packing.Lines(width, g.Columns, c, g.RowC, 1, sums, width);
            for (int p = 0; p < g.Depth; p += Gemm.DepthBlock)
            {
                depth = Math.Min(Gemm.DepthBlock, g.Depth - p);
                T* rows = g.A + (first * g.RowA) + (p * g.DepthA);
                nint step = g.DepthA;
                if (panel != null)
                {
                    Packing.Lines(width, depth, rows, g.RowA, g.DepthA, panel, width);
                    rows = panel;
                    step = width;
                }

                GemmInPlace.Rows<T, Register256<T>, GemmInPlace.Two>(
                    transposed, depth, g.B + (p * g.DepthB), false, rows, step, width / 2, p == 0 ? g.Beta : T.One, 0, width / 2);
            }

            Packing.Lines(g.Columns, width - (i - first), sums + (i - first), width, 1, c + ((i - first) * g.RowC), g.RowC);
        }
    }
}
