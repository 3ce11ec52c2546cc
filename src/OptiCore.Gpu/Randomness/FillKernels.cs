using ILGPU;
using ILGPU.Runtime;
using OptiCore.Randomness;

namespace OptiCore.Gpu;

/// <summary>Four words, 16 bytes.</summary>
internal readonly struct WordsOfBlock(uint x, uint y, uint z, uint w)
{
    public readonly uint X = x;
    public readonly uint Y = y;
    public readonly uint Z = z;
    public readonly uint W = w;
}

/// <summary>
/// Fills: a thread makes a block of four words and what a map makes of them, 16 bytes, written at once where blocks and registers of the destination coincide, element by element where the offset puts a block
/// across two of them.
/// </summary>
internal static class FillKernels
{
    /// <summary>Floats.</summary>
    /// <param name="key">The key.</param>
    /// <param name="first">The block with the first element.</param>
    /// <param name="skip">The first element's place in it.</param>
    /// <param name="registers">The destination.</param>
    /// <param name="elements">The destination.</param>
    [Kernel]
    public static void Singles<TMap>(RandomKey key, ulong first, int skip, ArrayView<Lane32x4> registers, ArrayView<float> elements) where TMap : struct, IWordMap<float>
    {
        long length = elements.Length, blocks = (length + skip + 3) / 4;
        for (long i = Threads.First; i < blocks; i += Threads.Count)
        {
            DeviceRandom.Block(key, first + (ulong)i, out uint w0, out uint w1, out uint w2, out uint w3);
            Lane32 a = Lane32.AllBits(w0), b = Lane32.AllBits(w1), c = Lane32.AllBits(w2), d = Lane32.AllBits(w3);
            TMap.Map(ref a, ref b);
            TMap.Map(ref c, ref d);
            if (skip == 0)
            {
                registers[i] = new Lane32x4(a.X, b.X, c.X, d.X);
            }
            else
            {
                long at = (4 * i) - skip;
                Put(elements, at, a.X);
                Put(elements, at + 1, b.X);
                Put(elements, at + 2, c.X);
                Put(elements, at + 3, d.X);
            }
        }
    }

    /// <summary>Doubles, two of a block.</summary>
    /// <inheritdoc cref="Singles"/>
    [Kernel]
    public static void Doubles<TMap>(RandomKey key, ulong first, int skip, ArrayView<Lane64x2> registers, ArrayView<double> elements) where TMap : struct, IWordMap<double>
    {
        long length = elements.Length, blocks = (length + skip + 1) / 2;
        for (long i = Threads.First; i < blocks; i += Threads.Count)
        {
            DeviceRandom.Block(key, first + (ulong)i, out uint w0, out uint w1, out uint w2, out uint w3);
            Lane64 a = Lane64.AllBits((long)(w0 | ((ulong)w1 << 32))), b = Lane64.AllBits((long)(w2 | ((ulong)w3 << 32)));
            TMap.Map(ref a, ref b);
            if (skip == 0)
            {
                registers[i] = new Lane64x2(a.X, b.X);
            }
            else
            {
                long at = (2 * i) - skip;
                Put(elements, at, a.X);
                Put(elements, at + 1, b.X);
            }
        }
    }

    /// <summary>The words themselves.</summary>
    /// <inheritdoc cref="Singles"/>
    [Kernel]
    public static void Words(RandomKey key, ulong first, int skip, ArrayView<WordsOfBlock> registers, ArrayView<uint> elements)
    {
        long length = elements.Length, blocks = (length + skip + 3) / 4;
        for (long i = Threads.First; i < blocks; i += Threads.Count)
        {
            DeviceRandom.Block(key, first + (ulong)i, out uint w0, out uint w1, out uint w2, out uint w3);
            if (skip == 0)
            {
                registers[i] = new WordsOfBlock(w0, w1, w2, w3);
            }
            else
            {
                long at = (4 * i) - skip;
                Put(elements, at, w0);
                Put(elements, at + 1, w1);
                Put(elements, at + 2, w2);
                Put(elements, at + 3, w3);
            }
        }
    }

    /// <summary>Integers below a bound.</summary>
    /// <param name="key">The key.</param>
    /// <param name="bound">The bound.</param>
    /// <param name="threshold">2^32 modulo the bound.</param>
    /// <param name="first">The block with the first element.</param>
    /// <param name="skip">The first element's place in it.</param>
    /// <param name="registers">The destination.</param>
    /// <param name="elements">The destination.</param>
    [Kernel]
    public static void Integers(RandomKey key, uint bound, uint threshold, ulong first, int skip, ArrayView<WordsOfBlock> registers, ArrayView<uint> elements)
    {
        long length = elements.Length, blocks = (length + skip + 3) / 4;
        for (long i = Threads.First; i < blocks; i += Threads.Count)
        {
            ulong block = first + (ulong)i, index = 4 * block;
            DeviceRandom.Block(key, block, out uint w0, out uint w1, out uint w2, out uint w3);
            w0 = Below(key, bound, threshold, index, w0);
            w1 = Below(key, bound, threshold, index + 1, w1);
            w2 = Below(key, bound, threshold, index + 2, w2);
            w3 = Below(key, bound, threshold, index + 3, w3);
            if (skip == 0)
            {
                registers[i] = new WordsOfBlock(w0, w1, w2, w3);
            }
            else
            {
                long at = (4 * i) - skip;
                Put(elements, at, w0);
                Put(elements, at + 1, w1);
                Put(elements, at + 2, w2);
                Put(elements, at + 3, w3);
            }
        }
    }

    private static uint Below(RandomKey key, uint bound, uint threshold, ulong index, uint word)
    {
        ulong product = WideProduct.Of(word, bound);
        if ((uint)product >= threshold)
            return (uint)(product >> 32);

        // A word that favours a result: the element goes on with the stream of a key of its own.
        var random = new DeviceRandom(DeviceRandom.Fold(key, index));
        return random.NextUInt32(bound);
    }

    private static void Put<T>(ArrayView<T> elements, long index, T value) where T : unmanaged
    {
        if (index >= 0 && index < elements.Length)
            elements[index] = value;
    }
}
