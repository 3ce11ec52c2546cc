using System.Runtime.CompilerServices;
using OptiCore.Randomness;

namespace OptiCore.RL;

/// <summary>Draws with fixed consumption that spaces, environments and agents share.</summary>
internal static class Draw
{
    /// <summary>
    /// A uniform integer of [0, n): the high half of a 64-bit word times n. Two words whatever comes, so that streams stay aligned; probabilities
    /// are off by less than n / 2^64.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Below(ref RandomStream stream, int n) => (int)Math.BigMul(stream.NextUInt64(), (ulong)n, out _);

    /// <summary>A uniform number of [low, high).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Uniform(ref RandomStream stream, double low, double high) => low + ((high - low) * stream.NextDouble());

    /// <summary>A uniform permutation of 0 to n - 1 (Fisher and Yates).</summary>
    public static void Permutation(ref RandomStream stream, Span<int> order)
    {
        for (int i = 0; i < order.Length; i++)
        {
            int j = Below(ref stream, i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }

    /// <summary>The first four numbers of [0, 1) of a key's stream: the bits of four calls of <see cref="RandomStream.NextDouble"/>, without a stream's bookkeeping.</summary>
    public static (double First, double Second, double Third, double Fourth) FirstFour(RandomKey key)
    {
        (double first, double second) = Pair(key, 0);
        (double third, double fourth) = Pair(key, 1);
        return (first, second, third, fourth);
    }

    /// <summary>The two numbers of [0, 1) of one block of a key's stream.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (double First, double Second) Pair(RandomKey key, uint block)
    {
        uint c0 = block, c1 = 0, c2 = (uint)key.Low, c3 = (uint)(key.Low >> 32);
        Philox.Block(ref c0, ref c1, ref c2, ref c3, (uint)key.High, (uint)(key.High >> 32));
        return (Unit(c0, c1), Unit(c2, c3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Unit(uint low, uint high) => (long)((low | ((ulong)high << 32)) >> 11) * (1.0 / (1UL << 53));
}
