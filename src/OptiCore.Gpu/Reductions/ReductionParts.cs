using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>Where a kernel gets the map of a pass from: it may hold a number that an earlier pass has left on the device.</summary>
internal interface IMapMaker<T, TMap>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TMap : struct, ILaneMap<T>
{
    /// <summary>True if the map reads a second vector.</summary>
    static abstract bool IsPair { get; }

    /// <summary>True if the pass is one of several, reads its number and is left out where the pass before says so.</summary>
    static abstract bool IsFurther { get; }

    /// <summary>The map with its number.</summary>
    static abstract TMap Make(T number);
}

/// <summary>A map without a number.</summary>
internal readonly struct PlainMap<T, TMap> : IMapMaker<T, TMap>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TMap : struct, ILaneMap<T>
{
    public static bool IsPair => false;

    public static bool IsFurther => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TMap Make(T number) => default;
}

/// <summary>A map of two vectors.</summary>
internal readonly struct PairMap<T, TMap> : IMapMaker<T, TMap>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TMap : struct, ILaneMap<T>
{
    public static bool IsPair => true;

    public static bool IsFurther => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TMap Make(T number) => default;
}

/// <summary>A map without a number in a pass that may be left out.</summary>
internal readonly struct FurtherMap<T, TMap> : IMapMaker<T, TMap>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TMap : struct, ILaneMap<T>
{
    public static bool IsPair => false;

    public static bool IsFurther => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TMap Make(T number) => default;
}

internal readonly struct MakeScaledSquare<T> : IMapMaker<T, ScaledSquareMap<T>> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsPair => false;

    public static bool IsFurther => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaledSquareMap<T> Make(T number) => new(number);
}

internal readonly struct MakeDifference<T> : IMapMaker<T, DifferenceMap<T>> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsPair => false;

    public static bool IsFurther => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DifferenceMap<T> Make(T number) => new(number);
}

internal readonly struct MakeSquaredDifference<T> : IMapMaker<T, SquaredDifferenceMap<T>> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsPair => false;

    public static bool IsFurther => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SquaredDifferenceMap<T> Make(T number) => new(number);
}

internal readonly struct MakeShiftedExp<T> : IMapMaker<T, ShiftedExpMap<T>> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsPair => false;

    public static bool IsFurther => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ShiftedExpMap<T> Make(T number) => new(number);
}

/// <summary>Numbers that the host gives to the end of a pass.</summary>
internal readonly struct EndNumbers<L>(L first, L second, L third) where L : unmanaged
{
    public readonly L First = first;
    public readonly L Second = second;
    public readonly L Third = third;
}

/// <summary>What becomes of the total of a pass: a result, or the number of the next pass.</summary>
internal interface IReductionEnd<L> where L : unmanaged
{
    /// <summary>Ends a pass: the result, unless a next pass has a better one.</summary>
    /// <param name="total">The total, of which every NaN is the same.</param>
    /// <param name="numbers">The host's numbers.</param>
    /// <param name="number">What the pass before has left, and what the next one reads.</param>
    /// <param name="goesOn">Receives 1 if the next pass is needed, else 0.</param>
    static abstract L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn);
}

/// <summary>The total is the result.</summary>
internal readonly struct TotalEnd<L> : IReductionEnd<L> where L : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn) => total;
}

/// <summary>The result is the total with the other sign, of NaN too, which has none that counts.</summary>
internal readonly struct NegatedEnd<T, L> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn) =>
        L.Any(L.Equal(total, total)) ? total ^ L.All(T.NegativeZero) : total;
}

/// <summary>The root of a sum of squares, where that is in the safe range from the first number on.</summary>
internal readonly struct NormEnd<T, L> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn)
    {
        bool isSafe = L.Any(L.Less(numbers.First, total) | L.Equal(numbers.First, total)) && L.Any(L.Less(total, L.All(T.PositiveInfinity)));
        goesOn = isSafe ? 0 : 1;
        return L.Sqrt(total);
    }
}

/// <summary>The largest magnitude becomes the inverse power of two with which the elements are scaled.</summary>
internal readonly struct MagnitudeEnd<T, L> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn)
    {
        // The power of two below the magnitude is its exponent's bits, which are those of infinity; zero for a subnormal number, which the range mends.
        L power = total & L.All(T.PositiveInfinity);
        power = L.Least(L.Max(power, numbers.Second), numbers.Third);
        number = L.All(T.One) / power;
        goesOn = L.Any(L.Less(L.All(T.Zero), total)) && L.Any(L.Less(total, L.All(T.PositiveInfinity))) ? 1 : 0;
        return total;
    }
}

/// <summary>The root of a sum of scaled squares, scaled back.</summary>
internal readonly struct ScaledNormEnd<T, L> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn) => L.Sqrt(total) * (L.All(T.One) / number);
}

/// <summary>A largest element that is finite becomes the origin of the exponentials.</summary>
internal readonly struct LargestEnd<T, L> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn)
    {
        number = total;
        goesOn = L.Any(L.Less(L.Abs(total), L.All(T.PositiveInfinity))) ? 1 : 0;
        return total;
    }
}

/// <summary>The origin and the logarithm of the exponentials' sum.</summary>
internal readonly struct LogSumExpEnd<T, L, TFunctions> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
    where TFunctions : struct, IRowFunctions<L>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn) => number + TFunctions.LogOfSum(total);
}

/// <summary>The first mean, the origin of the differences; the first number is the number of elements.</summary>
internal readonly struct MeanEnd<T, L> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn)
    {
        L mean = total / numbers.First;
        number = mean;
        goesOn = L.Any(L.Less(L.Abs(mean), L.All(T.PositiveInfinity))) ? 1 : 0;
        return mean;
    }
}

/// <summary>The mean with the mean of the differences from it, the origin of a pass that may follow.</summary>
internal readonly struct CorrectedMeanEnd<T, L> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn)
    {
        L mean = number + (total / numbers.First);
        number = mean;
        goesOn = L.Any(L.Less(L.Abs(mean), L.All(T.PositiveInfinity))) ? 1 : 0;
        return mean;
    }
}

/// <summary>Another end, with NaN where it lets no pass follow: what the variance of elements is whose mean isn't finite.</summary>
internal readonly struct OrNaNEnd<T, L, TEnd> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
    where TEnd : struct, IReductionEnd<L>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn)
    {
        L result = TEnd.End(total, numbers, ref number, ref goesOn);
        return goesOn != 0 ? result : L.All(T.NaN);
    }
}

/// <summary>The sum of squared differences over the second number, where that is positive.</summary>
internal readonly struct VarianceEnd<T, L> : IReductionEnd<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn) =>
        L.Any(L.Less(L.All(T.Zero), numbers.Second)) ? total / numbers.Second : L.All(T.NaN);
}
