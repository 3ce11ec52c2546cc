using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>
/// Sums down the columns of matrices [n, chains] by groups of threads of any size. A group takes 16 chains at a time, whose rows it divides into 16 slices: element i of a column belongs to slice i mod 16, slices are added pairwise,
/// j and j + 8, then 4, 2, 1, which is the order of <see cref="Numerics.Reduce"/> for spans of up to 4,096 doubles, so that the sums have the processor's bits.
/// </summary>
internal static class ChainColumns
{
    /// <summary>The chains of a group, whose numbers of a row are 128 bytes.</summary>
    public const int Width = 16;

    /// <summary>The slices of a column.</summary>
    public const int Slices = 16;

    /// <summary>The partial sums of a group.</summary>
    public const int Partials = Width * Slices;

    /// <summary>Adds the slices of each column. The sums are in the first elements, one a chain, for all threads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fold(ArrayView<double> partials)
    {
        Group.Barrier();
        for (int half = Slices / 2; half > 0; half /= 2)
        {
            for (int i = Group.IdxX; i < half * Width; i += Group.DimX)
                partials[i] = ExactMath.Add(partials[i], partials[i + (half * Width)]);
            Group.Barrier();
        }
    }
}

/// <summary>
/// Sums over chains by groups of threads of any size: chain c belongs to lane c mod 256, lanes are added pairwise, j and j + 128, then 64, ..., 1. So sums don't depend on the group's size, and are the same from run to run and on every device.
/// </summary>
internal static class ChainRows
{
    /// <summary>The lanes.</summary>
    public const int Lanes = 256;

    /// <summary>Adds the lanes. The sum is in the first element, for all threads; before the lanes are written again, all threads must have read it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fold(ArrayView<double> lanes)
    {
        Group.Barrier();
        for (int half = Lanes / 2; half > 0; half /= 2)
        {
            for (int i = Group.IdxX; i < half; i += Group.DimX)
                lanes[i] = ExactMath.Add(lanes[i], lanes[i + half]);
            Group.Barrier();
        }
    }
}
