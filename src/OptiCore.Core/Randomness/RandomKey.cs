using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using OptiCore.Randomness;

namespace OptiCore;

/// <summary>
/// Randomness as a value: 128 bits that name one stream of random words. Everything random in OptiCore is a pure function of a key,
/// so that results depend on nothing else: not on thread count, scheduling, vector width, restarts or the device.
/// </summary>
/// <remarks>
/// <para>Derive, don't share: iteration k of an algorithm uses <c>key.Fold(k)</c>, chain c uses <c>key.Fold(c)</c>, two purposes inside one
/// iteration use <c>key.Fold("direction")</c> and <c>key.Fold("noise")</c>. Drawing twice from one key gives the same numbers twice.</para>
/// <para>The stream of a key is counter-based: block i (four 32-bit words) is Philox4x32-10 with the key's high half as Philox key and the
/// counter (i, low half), least significant word first. A stream has 2^64 blocks. <see cref="Fold(ulong)"/> uses the same bijection under
/// a different Philox key, so that derived keys never repeat words of the parent's stream by construction.</para>
/// </remarks>
/// <param name="High">The half that becomes the Philox key.</param>
/// <param name="Low">The half that becomes the upper counter words.</param>
public readonly record struct RandomKey(ulong High, ulong Low)
{
    /// <summary>Keeps derivation apart from drawing: the Philox key of <see cref="Fold(ulong)"/> differs from the stream's by this constant.</summary>
    internal const ulong FoldDomain = 0x6F7074_69636F_7265;

    /// <summary>The key of a seed. Different seeds give unrelated streams.</summary>
    /// <param name="seed">Any number.</param>
    public static RandomKey FromSeed(ulong seed) => new RandomKey(0x4F7074_69436F_7265, 0).Fold(seed);

    /// <summary>Derives the key with the given index: <c>Fold(0), Fold(1), ...</c> are independent of each other and of this key's own stream.</summary>
    /// <param name="index">An iteration, chain, element or any other number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RandomKey Fold(ulong index)
    {
        ulong philoxKey = High ^ FoldDomain;
        uint c0 = (uint)index, c1 = (uint)(index >> 32), c2 = (uint)Low, c3 = (uint)(Low >> 32);
        Philox.Block(ref c0, ref c1, ref c2, ref c3, (uint)philoxKey, (uint)(philoxKey >> 32));
        return new RandomKey(c0 | ((ulong)c1 << 32), c2 | ((ulong)c3 << 32));
    }

    /// <summary>Derives the key with the given index.</summary>
    /// <param name="index">An iteration, chain, element or any other number.</param>
    public RandomKey Fold(long index) => Fold((ulong)index);

    /// <summary>Derives the key with the given index.</summary>
    /// <param name="index">An iteration, chain, element or any other number.</param>
    public RandomKey Fold(int index) => Fold((ulong)index);

    /// <summary>Derives the key of a named purpose, by the 64-bit FNV-1a hash of the name's UTF-8 bytes.</summary>
    /// <param name="purpose">A name such as "momentum".</param>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    public RandomKey Fold(string purpose)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        ulong hash = 0xCBF29CE484222325;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in purpose.EnumerateRunes())
        {
            int count = rune.EncodeToUtf8(utf8);
            for (int i = 0; i < count; i++)
                hash = (hash ^ utf8[i]) * 0x100000001B3;
        }

        return Fold(hash);
    }

    /// <summary>Fills a span with the keys <c>Fold(0), Fold(1), ...</c>.</summary>
    /// <param name="keys">Receives the derived keys.</param>
    public void Split(Span<RandomKey> keys)
    {
        for (int i = 0; i < keys.Length; i++)
            keys[i] = Fold(i);
    }

    /// <summary>A reader of this key's stream, from its beginning.</summary>
    public RandomStream Stream() => new(this);

    /// <summary>Both halves in hexadecimal.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");
}
