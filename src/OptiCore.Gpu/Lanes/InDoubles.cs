using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>Functions of floats that are computed in doubles and rounded once, as the processor's loops do. Not inlined: they are long, and four to a register.</summary>
internal static class InDoubles
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static float Of<TFunction>(float x) where TFunction : unmanaged, ILaneFunction => (float)default(TFunction).OfSingle(new Lane64(x)).X;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static float Of2<TFunction>(float x, float y) where TFunction : unmanaged, ILaneFunction2 => (float)default(TFunction).OfSingle(new Lane64(x), new Lane64(y)).X;
}
