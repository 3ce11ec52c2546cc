using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using OptiCore.Numerics;

namespace OptiCore.Randomness;

/// <summary>Replaces random words by draws of a distribution, two registers at a time.</summary>
/// <typeparam name="T">The type of a draw.</typeparam>
internal interface IWordMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Replaces the words of two neighbouring registers.</summary>
    static abstract void Map<L>(ref L a, ref L b) where L : struct, ILanes<L, T>;
}

/// <summary>Applies a map to a span of words with the widest registers that are worth using.</summary>
internal static class WordMap
{
    public static void Apply<T, TMap>(Span<T> words)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : IWordMap<T>
    {
        if (Avx512F.IsSupported)
            Apply<T, TMap, Lanes512<T>>(words);
        else if (Vector128.IsHardwareAccelerated)
            Apply<T, TMap, Lanes256<T>>(words);
        else
            Apply<T, TMap, Lanes1<T>>(words);
    }

    /// <summary>The same with registers of a given width. The length is a multiple of two registers. Optimised from the first call on: as a first draft of the compiler the lanes cost fifty times as much.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<T, TMap, L>(Span<T> words)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : IWordMap<T>
        where L : struct, ILanes<L, T>
    {
        ref T start = ref MemoryMarshal.GetReference(words);
        nuint length = (nuint)words.Length;
        for (nuint i = 0; i + (nuint)(2 * L.Count) <= length; i += (nuint)(2 * L.Count))
        {
            L a = L.Load(ref start, i);
            L b = L.Load(ref start, i + (nuint)L.Count);
            TMap.Map(ref a, ref b);
            a.Store(ref start, i);
            b.Store(ref start, i + (nuint)L.Count);
        }
    }
}

/// <summary>Numbers from words: uniform numbers in each precision, by bit operations and exact arithmetic.</summary>
internal static class UniformBits
{
    /// <summary>[0, 1): the upper 53 bits times 2^-53.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L HalfOpen<L>(L bits) where L : struct, ILanes<L, double>
    {
        // The upper 21 and the lower 32 of the 53 bits as mantissas of 2^84 and 2^52; both differences and the sum are exact.
        L high = L.ShiftRight(bits, 43) | L.AllBits(0x4530000000000000);
        L low = (L.ShiftRight(bits, 11) & L.AllBits(0xFFFFFFFF)) | L.AllBits(0x4330000000000000);
        return ((high - L.All(19342813118337666422669312.0)) + low) * L.All(1.0 / (1UL << 53));
    }

    /// <summary>(0, 1): the midpoint of one of 2^52 equal intervals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Open<L>(L bits) where L : struct, ILanes<L, double> =>
        (L.ShiftRight(bits, 12) | L.AllBits(0x3FF0000000000000)) - L.All(1.0 - (0.5 / (1UL << 52)));

    /// <summary>[1, 2) with 52 bits, for angles in turns, of which the whole ones don't count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L NextTurn<L>(L bits) where L : struct, ILanes<L, double> => L.ShiftRight(bits, 12) | L.AllBits(0x3FF0000000000000);

    /// <summary>[0, 1): the upper 24 bits times 2^-24.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L HalfOpenSingle<L>(L bits) where L : struct, ILanes<L, float>
    {
        L high = L.ShiftRight(bits, 24) | L.AllBits(0x53000000);
        L low = (L.ShiftRight(bits, 8) & L.AllBits(0xFFFF)) | L.AllBits(0x4B000000);
        return ((high - L.All(549764202496.0f)) + low) * L.All(1.0f / (1 << 24));
    }

    /// <summary>(0, 1): the midpoint of one of 2^23 equal intervals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L OpenSingle<L>(L bits) where L : struct, ILanes<L, float> =>
        (L.ShiftRight(bits, 9) | L.AllBits(0x3F800000)) - L.All(1.0f - (0.5f / (1 << 23)));

    /// <summary>[0, 1) with 23 bits, for angles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L TurnSingle<L>(L bits) where L : struct, ILanes<L, float> =>
        (L.ShiftRight(bits, 9) | L.AllBits(0x3F800000)) - L.All(1.0f);

    /// <summary>
    /// (0, 1) with all 32 bits, for logarithms, whose tail needs small arguments: the midpoint of one of 2^32 equal intervals, rounded,
    /// and at most 1 - 2^-24.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L FineSingle<L>(L bits) where L : struct, ILanes<L, float>
    {
        // The halves of the word as mantissas of 2^39 and 2^23; only the sum rounds.
        L high = (L.ShiftRight(bits, 16) | L.AllBits(0x53000000)) - L.All(549755813888.0f);
        L low = ((bits & L.AllBits(0xFFFF)) | L.AllBits(0x4B000000)) - L.All(8388607.5f);
        L u = (high + low) * L.All(1.0f / (1UL << 32));
        return L.Select(L.Less(u, L.All(1.0f)), u, L.All(1.0f - (1.0f / (1 << 24))));
    }
}

internal readonly struct UniformMap : IWordMap<double>, IWordMap<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<double>.Map<L>(ref L a, ref L b)
    {
        a = UniformBits.HalfOpen(a);
        b = UniformBits.HalfOpen(b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<float>.Map<L>(ref L a, ref L b)
    {
        a = UniformBits.HalfOpenSingle(a);
        b = UniformBits.HalfOpenSingle(b);
    }
}

internal readonly struct UniformOpenMap : IWordMap<double>, IWordMap<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<double>.Map<L>(ref L a, ref L b)
    {
        a = UniformBits.Open(a);
        b = UniformBits.Open(b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<float>.Map<L>(ref L a, ref L b)
    {
        a = UniformBits.OpenSingle(a);
        b = UniformBits.OpenSingle(b);
    }
}

/// <summary>The first half of <see cref="NormalMap"/> for doubles: the first words become squares of radii, the second ones stay.</summary>
internal readonly struct NormalRadiusMap : IWordMap<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Map<L>(ref L a, ref L b) where L : struct, ILanes<L, double>
    {
        L.Unzip(a, b, out L first, out b);
        a = L.All(-2.0) * LaneMath.LogOfNormal(UniformBits.Open(first));
    }
}

/// <summary>The second half: what <see cref="NormalRadiusMap"/> left, a register of squared radii and one of words, becomes normal numbers. The square root is here because nothing waits for it but the last products.</summary>
internal readonly struct NormalAngleMap : IWordMap<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Map<L>(ref L a, ref L b) where L : struct, ILanes<L, double>
    {
        L radius = L.Sqrt(a);
        LaneMath.SinCosTurns(UniformBits.NextTurn(b), out L sin, out L cos);
        L.Zip(radius * cos, radius * sin, out a, out b);
    }
}

/// <summary>Two uniform numbers become the radius and the angle of two normal numbers.</summary>
internal readonly struct NormalMap : IWordMap<double>, IWordMap<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<double>.Map<L>(ref L a, ref L b)
    {
        NormalRadiusMap.Map(ref a, ref b);
        NormalAngleMap.Map(ref a, ref b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<float>.Map<L>(ref L a, ref L b)
    {
        L.Unzip(a, b, out L first, out L second);
        L radius = L.Sqrt(L.All(-2.0f) * LaneMath.LogOfNormalSingle(UniformBits.FineSingle(first)));
        LaneMath.SinCosTurnsSingle(UniformBits.TurnSingle(second), out L sin, out L cos);
        L.Zip(radius * cos, radius * sin, out a, out b);
    }
}

internal readonly struct ExponentialMap : IWordMap<double>, IWordMap<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Draw<L>(L bits) where L : struct, ILanes<L, double> => L.All(0.0) - LaneMath.LogOfNormal(UniformBits.Open(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L DrawSingle<L>(L bits) where L : struct, ILanes<L, float> => L.All(0.0f) - LaneMath.LogOfNormalSingle(UniformBits.FineSingle(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<double>.Map<L>(ref L a, ref L b)
    {
        a = Draw(a);
        b = Draw(b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<float>.Map<L>(ref L a, ref L b)
    {
        a = DrawSingle(a);
        b = DrawSingle(b);
    }
}

internal readonly struct GumbelMap : IWordMap<double>, IWordMap<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Draw<L>(L bits) where L : struct, ILanes<L, double> => L.All(0.0) - LaneMath.LogOfNormal(ExponentialMap.Draw(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L DrawSingle<L>(L bits) where L : struct, ILanes<L, float> => L.All(0.0f) - LaneMath.LogOfNormalSingle(ExponentialMap.DrawSingle(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<double>.Map<L>(ref L a, ref L b)
    {
        a = Draw(a);
        b = Draw(b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IWordMap<float>.Map<L>(ref L a, ref L b)
    {
        a = DrawSingle(a);
        b = DrawSingle(b);
    }
}
