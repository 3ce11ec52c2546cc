using System.Runtime.CompilerServices;

namespace OptiCore.Gpu;

/// <summary>Numbers at known places of a key's stream, for kernels that don't read it in order: the bits of <see cref="RandomStream"/>.</summary>
internal static class DeviceDraws
{
    /// <summary>The two uniform numbers of [0, 1) of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(RandomKey key, ulong block, out double first, out double second)
    {
        DeviceRandom.Block(key, block, out uint w0, out uint w1, out uint w2, out uint w3);
        first = Unit(w0, w1);
        second = Unit(w2, w3);
    }

    /// <summary>One word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Word(RandomKey key, ulong position)
    {
        DeviceRandom.Block(key, position >> 2, out uint w0, out uint w1, out uint w2, out uint w3);
        uint place = (uint)position & 3;
        return place == 0 ? w0 : place == 1 ? w1 : place == 2 ? w2 : w3;
    }

    /// <summary>The two words from an even place on, the first one the low half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Words(RandomKey key, ulong position)
    {
        DeviceRandom.Block(key, position >> 2, out uint w0, out uint w1, out uint w2, out uint w3);
        bool second = (position & 2) != 0;
        return (second ? w2 : w0) | ((ulong)(second ? w3 : w1) << 32);
    }

    /// <summary>A uniform number of [0, 1): the upper 53 bits of two words times 2^-53.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Unit(uint low, uint high) => (long)((low | ((ulong)high << 32)) >> 11) * (1.0 / (1UL << 53));

    /// <summary>The high half of two words times n, of 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Below(ulong words, int n) => (int)((((words >> 32) * (uint)n) + (((words & 0xFFFFFFFF) * (uint)n) >> 32)) >> 32);
}
