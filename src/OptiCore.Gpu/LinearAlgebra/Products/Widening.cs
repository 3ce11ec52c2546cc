using System.Runtime.CompilerServices;
using ILGPU;
using Half = ILGPU.Half;

namespace OptiCore.Gpu;

/// <summary>How an element of an operand becomes a number that is computed with; exact.</summary>
/// <typeparam name="S">The element as it is stored.</typeparam>
/// <typeparam name="L">The number.</typeparam>
internal interface IWidening<S, L>
    where S : unmanaged
    where L : unmanaged
{
    /// <summary>The element's value.</summary>
    static abstract L Widen(S stored);
}

/// <summary>Floats.</summary>
internal readonly struct FromSingle : IWidening<float, Lane32>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Widen(float stored) => new(stored);
}

/// <summary>Doubles.</summary>
internal readonly struct FromDouble : IWidening<double, Lane64>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Widen(double stored) => new(stored);
}

/// <summary>Numbers of 16 bits of IEEE 754.</summary>
internal readonly struct FromHalf : IWidening<Half, Lane32>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Widen(Half stored) => new(stored);
}

/// <summary>The upper halves of floats.</summary>
internal readonly struct FromBFloat16 : IWidening<BFloat16, Lane32>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Widen(BFloat16 stored) => new(Interop.IntAsFloat((uint)stored.Bits << 16));
}
