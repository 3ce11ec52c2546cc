using System.Runtime.CompilerServices;

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
}
