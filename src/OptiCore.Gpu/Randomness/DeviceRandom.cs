using System.Runtime.CompilerServices;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Gpu;

/// <summary>
/// Reads the stream of a <see cref="RandomKey"/> inside a kernel, word by word: the words, and every number but the normal ones, are those that <see cref="RandomStream"/> reads on the processor, bit for bit.
/// A small mutable value of one thread: keep it in a local and pass it by reference.
/// </summary>
/// <remarks>
/// <para>Give each thread's item its own key, <c>key.Fold(item)</c>, never each thread, of which a device has any number: then draws depend on nothing but the key. Two purposes of one item use
/// <c>key.Fold(item).Fold(0)</c> and <c>Fold(1)</c>; folding costs what four words cost.</para>
/// <para>Philox4x32-10 makes four words at a time in registers, ten rounds of two products of 32 by 32 bits; threads that read equally many words make their blocks at the same time. Normal numbers are made in
/// pairs (G. E. P. Box, M. E. Muller (1958), "A note on the generation of random normal deviates"), of which the second waits for the next call: from a stream of which only normal numbers are read they are
/// <see cref="RandomFill.Normal(RandomKey, Span{double}, ulong, IWorkers?)"/>'s, bit for bit. The ziggurat of <see cref="RandomStream.NextNormal"/> needs tables and an unfixed number of words.</para>
/// </remarks>
public struct DeviceRandom
{
    private readonly uint _k0, _k1, _c2, _c3;
    private ulong _block;
    private uint _w0, _w1, _w2, _w3;
    private int _left;
    private int _hasNormal, _hasSingleNormal;
    private double _normal;
    private float _singleNormal;

    /// <summary>Starts at the beginning of a key's stream.</summary>
    /// <param name="key">The key.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public DeviceRandom(RandomKey key)
    {
        _k0 = (uint)key.High;
        _k1 = (uint)(key.High >> 32);
        _c2 = (uint)key.Low;
        _c3 = (uint)(key.Low >> 32);
        _block = 0;
        _w0 = _w1 = _w2 = _w3 = 0;
        _left = 0;
        _hasNormal = _hasSingleNormal = 0;
        _normal = 0;
        _singleNormal = 0;
    }

    /// <summary>Starts where some whole blocks of four words of a key's stream have been read: at word 4 <paramref name="block"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="block">The number of blocks to skip, which costs nothing.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public DeviceRandom(RandomKey key, ulong block)
        : this(key) => _block = block;

    /// <summary>The number of 32-bit words read so far.</summary>
    public readonly ulong Position
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_block * 4) - (ulong)_left;
    }

    /// <summary>The four words of a block of a key's stream.</summary>
    /// <param name="key">The key.</param>
    /// <param name="block">The block's index.</param>
    /// <param name="w0">Word 4 <paramref name="block"/>.</param>
    /// <param name="w1">The next word.</param>
    /// <param name="w2">The next word.</param>
    /// <param name="w3">The last word.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(RandomKey key, ulong block, out uint w0, out uint w1, out uint w2, out uint w3)
    {
        uint x0 = (uint)block, x1 = (uint)(block >> 32), x2 = (uint)key.Low, x3 = (uint)(key.Low >> 32);
        Rounds(ref x0, ref x1, ref x2, ref x3, (uint)key.High, (uint)(key.High >> 32));
        w0 = x0;
        w1 = x1;
        w2 = x2;
        w3 = x3;
    }

    /// <summary><see cref="RandomKey.Fold(ulong)"/> as kernels do it fastest.</summary>
    /// <param name="key">The key.</param>
    /// <param name="index">An item, iteration or any other number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RandomKey Fold(RandomKey key, ulong index)
    {
        ulong philoxKey = key.High ^ RandomKey.FoldDomain;
        uint x0 = (uint)index, x1 = (uint)(index >> 32), x2 = (uint)key.Low, x3 = (uint)(key.Low >> 32);
        Rounds(ref x0, ref x1, ref x2, ref x3, (uint)philoxKey, (uint)(philoxKey >> 32));
        return new RandomKey(x0 | ((ulong)x1 << 32), x2 | ((ulong)x3 << 32));
    }

    /// <summary>The next 32 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint NextUInt32()
    {
        if (_left == 0)
            Refill();
        uint word = _left == 4 ? _w0 : _left == 3 ? _w1 : _left == 2 ? _w2 : _w3;
        _left--;
        return word;
    }

    /// <summary>The next 64 random bits: the first word read is the low half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextUInt64()
    {
        ulong low = NextUInt32();
        return low | ((ulong)NextUInt32() << 32);
    }

    /// <summary>A uniform number of [0, 1): the upper 53 of 64 bits, times 2^-53. Reads two words; equal to <see cref="RandomStream.NextDouble"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextDouble() => UniformBits.HalfOpen(Lane64.AllBits((long)NextUInt64())).X;

    /// <summary>A uniform number of (0, 1): the midpoint of one of 2^52 equal intervals. Reads two words; equal to <see cref="RandomStream.NextOpenDouble"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextOpenDouble() => UniformBits.Open(Lane64.AllBits((long)NextUInt64())).X;

    /// <summary>A uniform number of [0, 1): the upper 24 of 32 bits, times 2^-24. Reads one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float NextSingle() => UniformBits.HalfOpenSingle(Lane32.AllBits(NextUInt32())).X;

    /// <summary>A uniform number of (0, 1): the midpoint of one of 2^23 equal intervals. Reads one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float NextOpenSingle() => UniformBits.OpenSingle(Lane32.AllBits(NextUInt32())).X;

    /// <summary>Two independent standard normal numbers, sqrt(-2 ln u) cos(2 pi v) and sqrt(-2 ln u) sin(2 pi v). Reads four words.</summary>
    /// <param name="first">The number with the cosine.</param>
    /// <param name="second">The number with the sine.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void NextNormals(out double first, out double second)
    {
        // One lane for each number: the map's registers of pairs, taken apart.
        Lane64 square = Lane64.All(-2.0) * LaneMath.LogOfNormal(UniformBits.Open(Lane64.AllBits((long)NextUInt64())));
        Lane64 radius = Lane64.Sqrt(square);
        LaneMath.SinCosTurns(UniformBits.NextTurn(Lane64.AllBits((long)NextUInt64())), out Lane64 sin, out Lane64 cos);
        first = (radius * cos).X;
        second = (radius * sin).X;
    }

    /// <summary>A standard normal number. Every other call reads four words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextNormal()
    {
        if (_hasNormal != 0)
        {
            _hasNormal = 0;
            return _normal;
        }

        NextNormals(out double first, out double second);
        _normal = second;
        _hasNormal = 1;
        return first;
    }

    /// <summary>Two independent standard normal floats. Reads two words.</summary>
    /// <param name="first">The number with the cosine.</param>
    /// <param name="second">The number with the sine.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void NextSingleNormals(out float first, out float second)
    {
        Lane32 radius = Lane32.Sqrt(Lane32.All(-2.0f) * LaneMath.LogOfNormalSingle(UniformBits.FineSingle(Lane32.AllBits(NextUInt32()))));
        LaneMath.SinCosTurnsSingle(UniformBits.TurnSingle(Lane32.AllBits(NextUInt32())), out Lane32 sin, out Lane32 cos);
        first = (radius * cos).X;
        second = (radius * sin).X;
    }

    /// <summary>A standard normal float. Every other call reads two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float NextSingleNormal()
    {
        if (_hasSingleNormal != 0)
        {
            _hasSingleNormal = 0;
            return _singleNormal;
        }

        NextSingleNormals(out float first, out float second);
        _singleNormal = second;
        _hasSingleNormal = 1;
        return first;
    }

    /// <summary>An exponential number of mean 1: -ln u with u of (0, 1). Reads two words; equal to <see cref="RandomStream.NextExponential"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextExponential() => ExponentialMap.Draw(Lane64.AllBits((long)NextUInt64())).X;

    /// <summary>An exponential float of mean 1. Reads one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float NextSingleExponential() => ExponentialMap.DrawSingle(Lane32.AllBits(NextUInt32())).X;

    /// <summary>A standard Gumbel number: -ln(-ln u) with u of (0, 1). Reads two words; equal to <see cref="RandomStream.NextGumbel"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextGumbel() => GumbelMap.Draw(Lane64.AllBits((long)NextUInt64())).X;

    /// <summary>A standard Gumbel float. Reads one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float NextSingleGumbel() => GumbelMap.DrawSingle(Lane32.AllBits(NextUInt32())).X;

    /// <summary>
    /// An integer of 0 to <paramref name="bound"/> - 1, each exactly equally likely. Reads one word, rarely more; equal to <see cref="RandomStream.NextUInt32(uint)"/>.
    /// </summary>
    /// <remarks>D. Lemire (2019), "Fast random integer generation in an interval".</remarks>
    /// <param name="bound">The number of possible results, at least 1, which kernels don't check.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint NextUInt32(uint bound)
    {
        ulong product = WideProduct.Of(NextUInt32(), bound);
        if ((uint)product < bound)
        {
            uint threshold = (0 - bound) % bound;
            while ((uint)product < threshold)
                product = WideProduct.Of(NextUInt32(), bound);
        }

        return (uint)(product >> 32);
    }

    /// <summary>An integer of 0 to <paramref name="bound"/> - 1, each exactly equally likely; equal to <see cref="RandomStream.NextInt32(int)"/>.</summary>
    /// <param name="bound">The number of possible results, at least 1, which kernels don't check.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int NextInt32(int bound) => (int)NextUInt32((uint)bound);

    /// <summary>The rounds written out, because kernels' loops stay loops: keys become constants beside the first ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rounds(ref uint x0, ref uint x1, ref uint x2, ref uint x3, uint k0, uint k1)
    {
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0, k1);
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0 + Philox.Weyl0, k1 + Philox.Weyl1);
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0 + unchecked(2 * Philox.Weyl0), k1 + unchecked(2 * Philox.Weyl1));
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0 + unchecked(3 * Philox.Weyl0), k1 + unchecked(3 * Philox.Weyl1));
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0 + unchecked(4 * Philox.Weyl0), k1 + unchecked(4 * Philox.Weyl1));
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0 + unchecked(5 * Philox.Weyl0), k1 + unchecked(5 * Philox.Weyl1));
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0 + unchecked(6 * Philox.Weyl0), k1 + unchecked(6 * Philox.Weyl1));
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0 + unchecked(7 * Philox.Weyl0), k1 + unchecked(7 * Philox.Weyl1));
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0 + unchecked(8 * Philox.Weyl0), k1 + unchecked(8 * Philox.Weyl1));
        Philox.Round<WideProduct>(ref x0, ref x1, ref x2, ref x3, k0 + unchecked(9 * Philox.Weyl0), k1 + unchecked(9 * Philox.Weyl1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Refill()
    {
        uint x0 = (uint)_block, x1 = (uint)(_block >> 32), x2 = _c2, x3 = _c3;
        Rounds(ref x0, ref x1, ref x2, ref x3, _k0, _k1);
        _w0 = x0;
        _w1 = x1;
        _w2 = x2;
        _w3 = x3;
        _block++;
        _left = 4;
    }
}
