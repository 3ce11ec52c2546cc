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

    /// <summary>Twelve blocks at a time in 256-bit registers: three chains of dependent rounds, with two of which the multipliers would wait, and which together leave registers for the constants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Fill256(RandomKey key, ulong first, Span<uint> words)
    {
        const int Lanes = 4, Step = 3 * Lanes;
        ref ulong output = ref Unsafe.As<uint, ulong>(ref MemoryMarshal.GetReference(words));
        int blocks = words.Length / Words, done = 0;
        Vector256<ulong> m0 = Vector256.Create((ulong)Philox.Multiplier0), m1 = Vector256.Create((ulong)Philox.Multiplier1), lanes = Vector256.Create(0UL, 1, 2, 3);
        Vector256<ulong> start0 = Vector256.Create(key.High & uint.MaxValue), start1 = Vector256.Create(key.High >> 32);
        Vector256<ulong> weyl0 = Vector256.Create((ulong)Philox.Weyl0), weyl1 = Vector256.Create((ulong)Philox.Weyl1);

        // Words 2 and 3 of the counters are the same in all blocks, and so is what the first round makes of them.
        Vector256<ulong> first1 = Multiply(m1, Vector256.Create(key.Low & uint.MaxValue)), first0 = (first1 >>> 32) ^ start0, first2 = Vector256.Create(key.Low >> 32) ^ start1;
        if (blocks < Step)
        {
            // Few blocks don't pay for a table of keys.
            for (; done <= blocks - (2 * Lanes); done += 2 * Lanes)
            {
                Vector256<ulong> a = Vector256.Create(first + (ulong)done) + lanes, b = a + Vector256.Create((ulong)Lanes), key0 = start0, key1 = start1;
                Vector256<ulong> a0 = (a >>> 32) ^ first0, a1 = first1, a3 = Multiply(m0, a), a2 = (a3 >>> 32) ^ first2;
                Vector256<ulong> b0 = (b >>> 32) ^ first0, b1 = first1, b3 = Multiply(m0, b), b2 = (b3 >>> 32) ^ first2;
                for (int round = 1; round < Philox.Rounds; round++)
                {
                    key0 += weyl0;
                    key1 += weyl1;
                    Round(ref a0, ref a1, ref a2, ref a3, m0, m1, key0, key1);
                    Round(ref b0, ref b1, ref b2, ref b3, m0, m1, key0, key1);
                }

                Write(a0, a1, a2, a3, ref output, (nuint)done * 2);
                Write(b0, b1, b2, b3, ref output, (nuint)(done + Lanes) * 2);
            }
        }
        else
        {
            Vector256<ulong>* keys = stackalloc Vector256<ulong>[2 * Philox.Rounds];
            keys[0] = start0;
            keys[1] = start1;
            for (int k = 2; k < 2 * Philox.Rounds; k += 2)
            {
                keys[k] = keys[k - 2] + weyl0;
                keys[k + 1] = keys[k - 1] + weyl1;
            }

            for (; done <= blocks - Step; done += Step)
            {
                Vector256<ulong> a = Vector256.Create(first + (ulong)done) + lanes, b = a + Vector256.Create((ulong)Lanes), c = a + Vector256.Create(2UL * Lanes);
                Vector256<ulong> a0 = (a >>> 32) ^ first0, a1 = first1, a3 = Multiply(m0, a), a2 = (a3 >>> 32) ^ first2;
                Vector256<ulong> b0 = (b >>> 32) ^ first0, b1 = first1, b3 = Multiply(m0, b), b2 = (b3 >>> 32) ^ first2;
                Vector256<ulong> c0 = (c >>> 32) ^ first0, c1 = first1, c3 = Multiply(m0, c), c2 = (c3 >>> 32) ^ first2;
                for (int round = 1; round < Philox.Rounds; round++)
                {
                    Vector256<ulong> key0 = keys[2 * round], key1 = keys[(2 * round) + 1];
                    Round(ref a0, ref a1, ref a2, ref a3, m0, m1, key0, key1);
                    Round(ref b0, ref b1, ref b2, ref b3, m0, m1, key0, key1);
                    Round(ref c0, ref c1, ref c2, ref c3, m0, m1, key0, key1);
                }

                Write(a0, a1, a2, a3, ref output, (nuint)done * 2);
                Write(b0, b1, b2, b3, ref output, (nuint)(done + Lanes) * 2);
                Write(c0, c1, c2, c3, ref output, (nuint)(done + (2 * Lanes)) * 2);
            }
        }

        for (; done <= blocks - Lanes; done += Lanes)
        {
            Vector256<ulong> a = Vector256.Create(first + (ulong)done) + lanes;
            Vector256<ulong> a0 = (a >>> 32) ^ first0, a1 = first1, a3 = Multiply(m0, a), a2 = (a3 >>> 32) ^ first2;
            Vector256<ulong> key0 = start0, key1 = start1;
            for (int round = 1; round < Philox.Rounds; round++)
            {
                key0 += weyl0;
                key1 += weyl1;
                Round(ref a0, ref a1, ref a2, ref a3, m0, m1, key0, key1);
            }

            Write(a0, a1, a2, a3, ref output, (nuint)done * 2);
        }

        FillScalar(key, first + (ulong)done, words[(done * Words)..]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Round(
            ref Vector256<ulong> x0, ref Vector256<ulong> x1, ref Vector256<ulong> x2, ref Vector256<ulong> x3, Vector256<ulong> m0, Vector256<ulong> m1, Vector256<ulong> key0, Vector256<ulong> key1)
        {
            Vector256<ulong> p = Multiply(m0, x0), q = Multiply(m1, x2);
            x0 = (q >>> 32) ^ (x1 ^ key0);
            x2 = (p >>> 32) ^ (x3 ^ key1);
            x1 = q;
            x3 = p;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<ulong> Multiply(Vector256<ulong> a, Vector256<ulong> b) => Avx2.IsSupported
            ? Avx2.Multiply(a.AsUInt32(), b.AsUInt32())
            : (a & Vector256.Create((ulong)uint.MaxValue)) * (b & Vector256.Create((ulong)uint.MaxValue));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Write(Vector256<ulong> x0, Vector256<ulong> x1, Vector256<ulong> x2, Vector256<ulong> x3, ref ulong output, nuint index)
        {
            // x and y hold the first and second halves of four blocks.
            Vector256<ulong> low = Vector256.Create((ulong)uint.MaxValue), x = (x0 & low) | (x1 << 32), y = (x2 & low) | (x3 << 32);
            Vector256<ulong> even = Avx2.IsSupported ? Avx2.UnpackLow(x, y) : Vector256.Create(x[0], y[0], x[2], y[2]);
            Vector256<ulong> odd = Avx2.IsSupported ? Avx2.UnpackHigh(x, y) : Vector256.Create(x[1], y[1], x[3], y[3]);
            Vector256.Create(even.GetLower(), odd.GetLower()).StoreUnsafe(ref output, index);
            Vector256.Create(even.GetUpper(), odd.GetUpper()).StoreUnsafe(ref output, index + 4);
        }
    }

    /// <summary>Sixteen blocks at a time in 512-bit registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

        // Words 2 and 3 of the counters are the same in all blocks, and so is what the first round makes of them.
        Vector512<ulong> first1 = Multiply(m1, low0), first0 = (first1 >>> 32) ^ key0, first2 = low1 ^ key1;
        for (int i = 0; i < count; i += Step)
        {
            Vector512<ulong> a = Vector512.Create(first + (ulong)i) + lanes, b = a + Vector512.Create(8UL);
            Vector512<ulong> a0 = (a >>> 32) ^ first0, b0 = (b >>> 32) ^ first0, a1 = first1, b1 = first1, a3 = Multiply(m0, a), b3 = Multiply(m0, b);
            Vector512<ulong> a2 = (a3 >>> 32) ^ first2, b2 = (b3 >>> 32) ^ first2, k0 = key0, k1 = key1;
            for (int round = 1; round < Philox.Rounds; round++)
            {
                k0 += w0;
                k1 += w1;
                Vector512<ulong> p = Multiply(m0, a0), q = Multiply(m1, a2), r = Multiply(m0, b0), s = Multiply(m1, b2);
                a0 = (q >>> 32) ^ a1 ^ k0;
                b0 = (s >>> 32) ^ b1 ^ k0;
                a2 = (p >>> 32) ^ a3 ^ k1;
                b2 = (r >>> 32) ^ b3 ^ k1;
                a1 = q;
                b1 = s;
                a3 = p;
                b3 = r;
            }

            Write((a0 & low) | (a1 << 32), (a2 & low) | (a3 << 32), ref output, (nuint)(i * 2));
            Write((b0 & low) | (b1 << 32), (b2 & low) | (b3 << 32), ref output, (nuint)((i * 2) + 16));
        }

        if (words.Length - (count * Words) >= Step / 2 * Words)
        {
            Vector512<ulong> a = Vector512.Create(first + (ulong)count) + lanes, k0 = key0, k1 = key1;
            Vector512<ulong> a0 = (a >>> 32) ^ first0, a1 = first1, a3 = Multiply(m0, a), a2 = (a3 >>> 32) ^ first2;
            for (int round = 1; round < Philox.Rounds; round++)
            {
                k0 += w0;
                k1 += w1;
                Vector512<ulong> p = Multiply(m0, a0), q = Multiply(m1, a2);
                a0 = (q >>> 32) ^ a1 ^ k0;
                a2 = (p >>> 32) ^ a3 ^ k1;
                a1 = q;
                a3 = p;
            }

            Write((a0 & low) | (a1 << 32), (a2 & low) | (a3 << 32), ref output, (nuint)(count * 2));
            count += Step / 2;
        }

        if (words.Length > count * Words)
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
