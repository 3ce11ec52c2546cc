using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>Four neighbouring elements, which a thread loads and stores at once.</summary>
/// <typeparam name="L">The element.</typeparam>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Four<L>(L x, L y, L z, L w) where L : unmanaged
{
    public readonly L X = x;
    public readonly L Y = y;
    public readonly L Z = z;
    public readonly L W = w;
}

/// <summary>Where four elements may lie that are loaded at once.</summary>
internal static class Fours
{
    /// <summary>The bytes of which their address is a multiple: their size, 16 at most, which is what a thread loads at a time.</summary>
    /// <typeparam name="L">The element.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Alignment<L>() where L : unmanaged => Interop.SizeOf<L>() < 4 ? 4 * Interop.SizeOf<L>() : 16;
}
