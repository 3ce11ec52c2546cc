using System.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Peers;

/// <summary>Data of the cases, the same ones for the same seed.</summary>
internal static class Fill
{
    /// <summary>Independent standard normal elements.</summary>
    public static T[] Normal<T>(int length, ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] values = new double[length];
        RandomFill.Normal(RandomKey.FromSeed(seed), values);
        return [.. values.Select(T.CreateChecked)];
    }
}
