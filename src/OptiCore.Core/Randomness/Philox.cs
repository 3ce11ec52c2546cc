using System.Runtime.CompilerServices;

namespace OptiCore.Randomness;

/// <summary>
/// The block function of Philox4x32-10: a bijection of 128-bit counters for each 64-bit key, ten rounds of multiplications
/// and exclusive-ors. Equal to the Random123 known-answer vectors.
/// </summary>
/// <remarks>
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC'11.
/// Each round multiplies two counter words by constants and mixes the high halves with the other two words and the round key.
/// </remarks>
public static class Philox
{
    internal const uint Multiplier0 = 0xD2511F53;
    internal const uint Multiplier1 = 0xCD9E8D57;
    internal const uint Weyl0 = 0x9E3779B9;
    internal const uint Weyl1 = 0xBB67AE85;
    internal const int Rounds = 10;

    /// <summary>Replaces a counter, word 0 first, by its image under the key, word 0 first.</summary>
    /// <param name="c0">Counter word 0.</param>
    /// <param name="c1">Counter word 1.</param>
    /// <param name="c2">Counter word 2.</param>
    /// <param name="c3">Counter word 3.</param>
    /// <param name="k0">Key word 0.</param>
    /// <param name="k1">Key word 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(ref uint c0, ref uint c1, ref uint c2, ref uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            Round<ProcessorProduct>(ref c0, ref c1, ref c2, ref c3, k0, k1);
            k0 += Weyl0;
            k1 += Weyl1;
        }
    }

    /// <summary>One round with its key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Round<TProduct>(ref uint c0, ref uint c1, ref uint c2, ref uint c3, uint k0, uint k1) where TProduct : struct, IWideProduct
    {
        ulong product0 = TProduct.Of(c0, Multiplier0);
        ulong product1 = TProduct.Of(c2, Multiplier1);
        c0 = (uint)(product1 >> 32) ^ c1 ^ k0;
        c1 = (uint)product1;
        c2 = (uint)(product0 >> 32) ^ c3 ^ k1;
        c3 = (uint)product0;
    }
}

/// <summary>How the machine at hand multiplies two words.</summary>
internal interface IWideProduct
{
    /// <summary>a b with all 64 bits.</summary>
    static abstract ulong Of(uint a, uint b);
}

/// <summary>This processor's product.</summary>
internal readonly struct ProcessorProduct : IWideProduct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(uint a, uint b) => Math.BigMul(a, b);
}
