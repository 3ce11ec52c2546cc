using System.Runtime.CompilerServices;

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
