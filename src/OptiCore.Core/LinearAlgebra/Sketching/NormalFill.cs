using System.Numerics;
using System.Runtime.InteropServices;
using OptiCore.Randomness;

namespace OptiCore.LinearAlgebra;

/// <summary>Normal draws of any element type.</summary>
internal static class NormalFill
{
    public static void Fill<T>(RandomKey key, Span<T> x, ulong offset = 0) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(double))
        {
            RandomFill.Normal(key, MemoryMarshal.Cast<T, double>(x), offset);
        }
        else if (typeof(T) == typeof(float))
        {
            RandomFill.Normal(key, MemoryMarshal.Cast<T, float>(x), offset);
        }
        else
        {
            for (int i = 0; i < x.Length; i++)
                x[i] = T.CreateTruncating(key.Fold(offset + (ulong)i).Stream().NextNormal());
        }
    }
}
