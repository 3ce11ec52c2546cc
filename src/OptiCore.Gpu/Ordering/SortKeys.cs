using System.Runtime.CompilerServices;

namespace OptiCore.Gpu;

/// <summary>Numbers as words whose order as integers without sign is the order of the numbers, and back.</summary>
/// <typeparam name="TWord"><see cref="uint"/> or <see cref="ulong"/>.</typeparam>
internal interface ISortKey<TWord> where TWord : unmanaged
{
    /// <summary>The ordered word of a number's bits.</summary>
    static abstract TWord Encode(TWord bits);

    /// <summary>The number's bits.</summary>
    static abstract TWord Decode(TWord word);

    /// <summary>The word with all bits changed where the mask is set: the opposite order.</summary>
    static abstract TWord Flip(TWord word, int mask);

    /// <summary>Four bits of the word.</summary>
    static abstract int Digit(TWord word, int shift);
}

internal readonly struct UInt32Key : ISortKey<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Encode(uint bits) => bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Decode(uint word) => word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Flip(uint word, int mask) => word ^ (uint)mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Digit(uint word, int shift) => (int)(word >> shift) & 15;
}

internal readonly struct Int32Key : ISortKey<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Encode(uint bits) => bits ^ 0x80000000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Decode(uint word) => word ^ 0x80000000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Flip(uint word, int mask) => word ^ (uint)mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Digit(uint word, int shift) => (int)(word >> shift) & 15;
}

/// <summary>Floats: NaN, which becomes the one whose sign is set, before -infinity, and -0 before 0.</summary>
internal readonly struct SingleKey : ISortKey<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Encode(uint bits)
    {
        uint word = (bits & 0x7FFFFFFF) > 0x7F800000 ? bits | 0x80000000 : bits;
        return (word & 0x80000000) != 0 ? ~word : word | 0x80000000;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Decode(uint word) => (word & 0x80000000) != 0 ? word ^ 0x80000000 : ~word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Flip(uint word, int mask) => word ^ (uint)mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Digit(uint word, int shift) => (int)(word >> shift) & 15;
}

/// <summary>Doubles, as <see cref="SingleKey"/>.</summary>
internal readonly struct DoubleKey : ISortKey<ulong>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Encode(ulong bits)
    {
        ulong word = (bits & 0x7FFFFFFFFFFFFFFF) > 0x7FF0000000000000 ? bits | 0x8000000000000000 : bits;
        return (word & 0x8000000000000000) != 0 ? ~word : word | 0x8000000000000000;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Decode(ulong word) => (word & 0x8000000000000000) != 0 ? word ^ 0x8000000000000000 : ~word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Flip(ulong word, int mask) => word ^ (ulong)(long)mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Digit(ulong word, int shift) => (int)(word >> shift) & 15;
}
