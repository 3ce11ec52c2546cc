using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>Functions of rare arguments. Not inlined: they are long, and hardly ever called.</summary>
internal static class OneLane
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double Of<TFunction>(double x) where TFunction : struct, IOneLane => TFunction.Of(new Lane64(x)).X;
}
