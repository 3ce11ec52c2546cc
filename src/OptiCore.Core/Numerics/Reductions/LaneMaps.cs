using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>sum x.</summary>
internal readonly struct SumMap<T> : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T> => x;
}

/// <summary>sum x y.</summary>
internal readonly struct ProductMap<T> : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T> => x * y;
}

/// <summary>sum (scale x)^2.</summary>
internal readonly struct ScaledSquareMap<T>(T scale) : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T>
    {
        L scaled = L.All(scale) * x;
        return scaled * scaled;
    }
}

/// <summary>sum (x - origin).</summary>
internal readonly struct DifferenceMap<T>(T origin) : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T> => x - L.All(origin);
}

/// <summary>sum (x - origin)^2.</summary>
internal readonly struct SquaredDifferenceMap<T>(T origin) : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T>
    {
        L difference = x - L.All(origin);
        return difference * difference;
    }
}

/// <summary>sum exp(x - origin).</summary>
internal readonly struct ShiftedExpMap<T>(T origin) : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T> => L.Exp(x - L.All(origin));
}

/// <summary>max |x|.</summary>
internal readonly struct MagnitudeMap<T> : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => L.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T> => L.Abs(x);
}

/// <summary>max x.</summary>
internal readonly struct MaxMap<T> : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.NegativeInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => L.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T> => x;
}

/// <summary>max -x.</summary>
internal readonly struct NegatedMaxMap<T> : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.NegativeInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => L.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T> => x ^ L.All(T.NegativeZero);
}

/// <summary>sum |x|.</summary>
internal readonly struct MagnitudeSumMap<T> : ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Join<L>(L a, L b) where L : struct, ILanes<L, T> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Term<L>(L x, L y) where L : struct, ILanes<L, T> => L.Abs(x);
}
