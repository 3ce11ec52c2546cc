using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>The functions of softmax and its relatives for one number of a thread, with the bits of <see cref="VectorMath"/> and <see cref="Reduce"/>.</summary>
internal interface IRowFunctions<L>
{
    /// <summary>e^(x - origin) of a softmax.</summary>
    static abstract L ShiftedExp(L x, L origin);

    /// <summary>The logarithm of <see cref="VectorMath.Log{T}(T)"/>.</summary>
    static abstract L Log(L x);

    /// <summary>The logarithm of <see cref="Reduce.LogSumExp{T}(ReadOnlySpan{T})"/>.</summary>
    static abstract L LogOfSum(L x);

    /// <summary>(x - first) - second, rounded once where doubles can hold it.</summary>
    static abstract L Difference(L x, L first, L second);
}

/// <summary>Those of floats, of which the unusual ones are computed as doubles.</summary>
internal readonly struct SingleRowFunctions : IRowFunctions<Lane32>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 ShiftedExp(Lane32 x, Lane32 origin)
    {
        var f = new ShiftedExpFunction(origin.X);
        Lane32 result = f.OfFloats(x, out Lane32 usual);
        return Lane32.Every(usual) ? result : new Lane32((float)f.OfSingle(new Lane64(x.X)).X);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Log(Lane32 x)
    {
        LogFunction f = default;
        Lane32 result = f.OfFloats(x, out Lane32 usual);
        return Lane32.Every(usual) ? result : new Lane32((float)f.OfSingle(new Lane64(x.X)).X);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 LogOfSum(Lane32 x) => LaneMath.LogSingle(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Difference(Lane32 x, Lane32 first, Lane32 second) => new((float)new DifferenceFunction(first.X, second.X).OfSingle(new Lane64(x.X)).X);
}

/// <summary>Those of doubles.</summary>
internal readonly struct DoubleRowFunctions : IRowFunctions<Lane64>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 ShiftedExp(Lane64 x, Lane64 origin) => new ShiftedExpFunction(origin.X).Of(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Log(Lane64 x) => default(LogFunction).Of(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 LogOfSum(Lane64 x) => LaneMath.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Difference(Lane64 x, Lane64 first, Lane64 second) => new DifferenceFunction(first.X, second.X).Of(x);
}
