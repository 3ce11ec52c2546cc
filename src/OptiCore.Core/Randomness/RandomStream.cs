using System.Runtime.CompilerServices;
using OptiCore.Randomness;

namespace OptiCore;

/// <summary>
/// Reads the stream of a <see cref="RandomKey"/> word by word. A small mutable value: keep it in a local or a field and pass it by reference.
/// A copy continues from where it was copied.
/// </summary>
public partial struct RandomStream
{
    private readonly RandomKey _key;
    private ulong _block;
    private uint _w0, _w1, _w2, _w3;
    private int _left;

    /// <summary>Starts at the beginning of a key's stream.</summary>
    /// <param name="key">The key.</param>
    public RandomStream(RandomKey key) => _key = key;

    /// <summary>The key that this stream belongs to.</summary>
    public readonly RandomKey Key => _key;

    /// <summary>The number of 32-bit words read so far.</summary>
    public readonly ulong Position => (_block * 4) - (ulong)_left;

    /// <summary>A stream of a key that has already read some words.</summary>
    /// <param name="key">The key.</param>
    /// <param name="position">The number of 32-bit words to skip.</param>
    public static RandomStream At(RandomKey key, ulong position)
    {
        var stream = new RandomStream(key) { _block = position / 4 };
        for (ulong i = position % 4; i > 0; i--)
            stream.NextUInt32();
        return stream;
    }

    /// <summary>The next 32 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint NextUInt32()
    {
        if (_left == 0)
            Refill();
        return (_left--) switch
        {
            4 => _w0,
            3 => _w1,
            2 => _w2,
            _ => _w3,
        };
    }

    /// <summary>The next 64 random bits: the first word read is the low half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextUInt64()
    {
        ulong low = NextUInt32();
        return low | ((ulong)NextUInt32() << 32);
    }

    /// <summary>A uniform number of [0, 1): the upper 53 of 64 bits, times 2^-53. Reads two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform number of (0, 1): the midpoint of one of 2^52 equal intervals. Never 0, never 1. Reads two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextOpenDouble() => ((NextUInt64() >> 12) + 0.5) * (1.0 / (1UL << 52));

    private void Refill()
    {
        _w0 = (uint)_block;
        _w1 = (uint)(_block >> 32);
        _w2 = (uint)_key.Low;
        _w3 = (uint)(_key.Low >> 32);
        Philox.Block(ref _w0, ref _w1, ref _w2, ref _w3, (uint)_key.High, (uint)(_key.High >> 32));
        _block++;
        _left = 4;
    }
}
