using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

/// <summary>Rounding to whole numbers in registers. From 2^23 or 2^52 on all numbers are whole; below, adding that number and subtracting it rounds to the nearest whole one, of two to the even.</summary>
internal static class Wholes
{
    /// <summary>The nearest whole number, of two the even one; with the sign of x also where it is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Nearest<L>(L x) where L : struct, ILaneArithmetic<L>
    {
        L size = L.Abs(x), rounded = (size + L.WholeFrom) - L.WholeFrom;
        return L.Select(L.Less(size, L.WholeFrom), rounded | (x & L.SignBit), x);
    }

    /// <summary>The largest whole number that isn't larger.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Floor<L>(L x) where L : struct, ILaneArithmetic<L>
    {
        L nearest = Nearest(x);
        return L.Select(L.Less(x, nearest), nearest - L.Constant(1.0), nearest);
    }

    /// <summary>The smallest whole number that isn't smaller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Ceiling<L>(L x) where L : struct, ILaneArithmetic<L>
    {
        L nearest = Nearest(x);
        return L.Select(L.Less(nearest, x), (nearest + L.Constant(1.0)) | (x & L.SignBit), nearest);
    }
}
