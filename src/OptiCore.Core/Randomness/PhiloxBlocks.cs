using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Randomness;

/// <summary>Many consecutive Philox blocks of one key's stream at a time.</summary>
/// <remarks>
/// A counter word lies in the low half of each 64-bit lane, where the instruction that multiplies 32 by 32 bits reads it; what a round leaves in
/// the high halves is never read, so a round costs two multiplications, two shifts and four exclusive-ors per register.
/// </remarks>
internal static class PhiloxBlocks
{
    /// <summary>The number of 32-bit words of a block.</summary>
    public const int Words = 4;

    /// <summary>Fills the words of the blocks <paramref name="first"/>, <paramref name="first"/> + 1, ... (modulo 2^64).</summary>
    /// <param name="key">The key.</param>
    /// <param name="first">The index of the first block.</param>
    /// <param name="words">Receives the words; the length is a multiple of four.</param>
    public static void Fill(RandomKey key, ulong first, Span<uint> words)
    {
        if (Avx512F.IsSupported)
            Fill512(key, first, words);
        else if (Avx2.IsSupported)
            Fill256(key, first, words);
        else
            FillScalar(key, first, words);
    }

    /// <summary>One block at a time.</summary>
    public static void FillScalar(RandomKey key, ulong first, Span<uint> words)
    {
        for (int i = 0; i + Words <= words.Length; i += Words, first++)
        {
            uint c0 = (uint)first, c1 = (uint)(first >> 32), c2 = (uint)key.Low, c3 = (uint)(key.Low >> 32);
            Philox.Block(ref c0, ref c1, ref c2, ref c3, (uint)key.High, (uint)(key.High >> 32));
            words[i + 3] = c3;
            words[i] = c0;
            words[i + 1] = c1;
            words[i + 2] = c2;
        }
    }

    /// <summary>Eight blocks at a time in 256-bit registers.</summary>
    public static void Fill256(RandomKey key, ulong first, Span<uint> words)
    {
        const int Step = 8;
        ref ulong output = ref Unsafe.As<uint, ulong>(ref MemoryMarshal.GetReference(words));
        int count = words.Length / (Step * Words) * Step;
        Vector256<ulong> low = Vector256.Create((ulong)uint.MaxValue);
        Vector256<ulong> m0 = Vector256.Create((ulong)Philox.Multiplier0), m1 = Vector256.Create((ulong)Philox.Multiplier1);
        Vector256<ulong> w0 = Vector256.Create((ulong)Philox.Weyl0), w1 = Vector256.Create((ulong)Philox.Weyl1);
        Vector256<ulong> key0 = Vector256.Create(key.High & uint.MaxValue), key1 = Vector256.Create(key.High >> 32);
        Vector256<ulong> low0 = Vector256.Create(key.Low & uint.MaxValue), low1 = Vector256.Create(key.Low >> 32);
        Vector256<ulong> lanes = Vector256.Create(0UL, 1, 2, 3);
        for (int i = 0; i < count; i += Step)
        {
            Vector256<ulong> a0 = Vector256.Create(first + (ulong)i) + lanes, b0 = a0 + Vector256.Create(4UL);
            Vector256<ulong> a1 = a0 >>> 32, b1 = b0 >>> 32, a2 = low0, b2 = low0, a3 = low1, b3 = low1, k0 = key0, k1 = key1;
            for (int round = 0; round < Philox.Rounds; round++)
            {
                Vector256<ulong> p = Multiply(m0, a0), q = Multiply(m1, a2), r = Multiply(m0, b0), s = Multiply(m1, b2);
                a0 = (q >>> 32) ^ a1 ^ k0;
                b0 = (s >>> 32) ^ b1 ^ k0;
                a2 = (p >>> 32) ^ a3 ^ k1;
                b2 = (r >>> 32) ^ b3 ^ k1;
                a1 = q;
                b1 = s;
                a3 = p;
                b3 = r;
                k0 += w0;
                k1 += w1;
            }

            Write((a0 & low) | (a1 << 32), (a2 & low) | (a3 << 32), ref output, (nuint)(i * 2));
            Write((b0 & low) | (b1 << 32), (b2 & low) | (b3 << 32), ref output, (nuint)((i * 2) + 8));
        }

        FillScalar(key, first + (ulong)count, words[(count * Words)..]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<ulong> Multiply(Vector256<ulong> a, Vector256<ulong> b) => Avx2.IsSupported
            ? Avx2.Multiply(a.AsUInt32(), b.AsUInt32())
            : (a & Vector256.Create((ulong)uint.MaxValue)) * (b & Vector256.Create((ulong)uint.MaxValue));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Write(Vector256<ulong> x, Vector256<ulong> y, ref ulong output, nuint index)
        {
            // x and y hold the first and second halves of four blocks.
            Vector256<ulong> even = Avx2.IsSupported ? Avx2.UnpackLow(x, y) : Vector256.Create(x[0], y[0], x[2], y[2]);
            Vector256<ulong> odd = Avx2.IsSupported ? Avx2.UnpackHigh(x, y) : Vector256.Create(x[1], y[1], x[3], y[3]);
            Vector256.Create(even.GetLower(), odd.GetLower()).StoreUnsafe(ref output, index);
            Vector256.Create(even.GetUpper(), odd.GetUpper()).StoreUnsafe(ref output, index + 4);
        }
    }

    /// <summary>Sixteen blocks at a time in 512-bit registers.</summary>
    public static void Fill512(RandomKey key, ulong first, Span<uint> words)
    {
        const int Step = 16;
        ref ulong output = ref Unsafe.As<uint, ulong>(ref MemoryMarshal.GetReference(words));
        int count = words.Length / (Step * Words) * Step;
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue);
        Vector512<ulong> m0 = Vector512.Create((ulong)Philox.Multiplier0), m1 = Vector512.Create((ulong)Philox.Multiplier1);
        Vector512<ulong> w0 = Vector512.Create((ulong)Philox.Weyl0), w1 = Vector512.Create((ulong)Philox.Weyl1);
        Vector512<ulong> key0 = Vector512.Create(key.High & uint.MaxValue), key1 = Vector512.Create(key.High >> 32);
        Vector512<ulong> low0 = Vector512.Create(key.Low & uint.MaxValue), low1 = Vector512.Create(key.Low >> 32);
        Vector512<ulong> lanes = Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        for (int i = 0; i < count; i += Step)
        {
            Vector512<ulong> a0 = Vector512.Create(first + (ulong)i) + lanes, b0 = a0 + Vector512.Create(8UL);
            Vector512<ulong> a1 = a0 >>> 32, b1 = b0 >>> 32, a2 = low0, b2 = low0, a3 = low1, b3 = low1, k0 = key0, k1 = key1;
            for (int round = 0; round < Philox.Rounds; round++)
            {
                Vector512<ulong> p = Multiply(m0, a0), q = Multiply(m1, a2), r = Multiply(m0, b0), s = Multiply(m1, b2);
                a0 = (q >>> 32) ^ a1 ^ k0;
                b0 = (s >>> 32) ^ b1 ^ k0;
                a2 = (p >>> 32) ^ a3 ^ k1;
                b2 = (r >>> 32) ^ b3 ^ k1;
                a1 = q;
                b1 = s;
                a3 = p;
                b3 = r;
                k0 += w0;
                k1 += w1;
            }

            Write((a0 & low) | (a1 << 32), (a2 & low) | (a3 << 32), ref output, (nuint)(i * 2));
            Write((b0 & low) | (b1 << 32), (b2 & low) | (b3 << 32), ref output, (nuint)((i * 2) + 16));
        }

        Fill256(key, first + (ulong)count, words[(count * Words)..]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<ulong> Multiply(Vector512<ulong> a, Vector512<ulong> b) => Avx512F.IsSupported
            ? Avx512F.Multiply(a.AsUInt32(), b.AsUInt32())
            : (a & Vector512.Create((ulong)uint.MaxValue)) * (b & Vector512.Create((ulong)uint.MaxValue));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Write(Vector512<ulong> x, Vector512<ulong> y, ref ulong output, nuint index)
        {
            if (Avx512F.IsSupported)
            {
                Avx512F.PermuteVar8x64x2(x, Vector512.Create(0UL, 8, 1, 9, 2, 10, 3, 11), y).StoreUnsafe(ref output, index);
                Avx512F.PermuteVar8x64x2(x, Vector512.Create(4UL, 12, 5, 13, 6, 14, 7, 15), y).StoreUnsafe(ref output, index + 8);
            }
            else
            {
                Vector512.Create(x[0], y[0], x[1], y[1], x[2], y[2], x[3], y[3]).StoreUnsafe(ref output, index);
                Vector512.Create(x[4], y[4], x[5], y[5], x[6], y[6], x[7], y[7]).StoreUnsafe(ref output, index + 8);
            }
        }
    }
}
