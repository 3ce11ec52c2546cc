using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>c = alpha s, or c = fma(alpha, s, beta c), for the elements that are in the matrix.</summary>
/// <typeparam name="L">The number.</typeparam>
internal struct Combination<L> where L : unmanaged
{
    /// <summary>The rows of the matrix.</summary>
    public int Rows;

    /// <summary>Its columns.</summary>
    public int Columns;

    /// <summary>1 if four elements from a multiple of four on are stored at once.</summary>
    public int IsAligned;

    /// <summary>1 if the matrix isn't read.</summary>
    public int Overwrite;

    /// <summary>Its first element.</summary>
    public long First;

    /// <summary>The distance between rows.</summary>
    public long Leading;

    /// <summary>The factor of the sum.</summary>
    public L Alpha;

    /// <summary>The factor of the matrix.</summary>
    public L Beta;
}

/// <summary>The arithmetic of sums, as <c>Blas.Gemm</c> defines it.</summary>
/// <typeparam name="T">The element.</typeparam>
/// <typeparam name="L">The number.</typeparam>
internal static class Combine<T, L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, ILanes<L, T>
{
    /// <summary>sum + a b with one rounding each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<L> Add(L a, Four<L> b, Four<L> sum) => new(L.Fma(a, b.X, sum.X), L.Fma(a, b.Y, sum.Y), L.Fma(a, b.Z, sum.Z), L.Fma(a, b.W, sum.W));

    /// <summary>Combines four sums with four elements of a row, as far as they are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Four<L> sums, Combination<L> to, ArrayView<L> c, int row, int column)
    {
        int present = row < to.Rows ? to.Columns - column : 0;
        long at = to.First + (row * to.Leading) + column;
        if (present >= 4 && to.IsAligned != 0)
        {
            ArrayView<Four<L>> place = c.SubView(at, 4).AsAligned(Fours.Alignment<L>()).Cast<Four<L>>();
            if (to.Overwrite != 0)
            {
                place[0] = new(to.Alpha * sums.X, to.Alpha * sums.Y, to.Alpha * sums.Z, to.Alpha * sums.W);
            }
            else
            {
                Four<L> old = place[0];
                place[0] = new(
                    L.Fma(to.Alpha, sums.X, to.Beta * old.X), L.Fma(to.Alpha, sums.Y, to.Beta * old.Y), L.Fma(to.Alpha, sums.Z, to.Beta * old.Z), L.Fma(to.Alpha, sums.W, to.Beta * old.W));
            }
        }
        else
        {
            if (present > 0)
                c[at] = Of(sums.X, to, c, at);
            if (present > 1)
                c[at + 1] = Of(sums.Y, to, c, at + 1);
            if (present > 2)
                c[at + 2] = Of(sums.Z, to, c, at + 2);
            if (present > 3)
                c[at + 3] = Of(sums.W, to, c, at + 3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Of(L sum, Combination<L> to, ArrayView<L> c, long at) => to.Overwrite != 0 ? to.Alpha * sum : L.Fma(to.Alpha, sum, to.Beta * c[at]);
}
