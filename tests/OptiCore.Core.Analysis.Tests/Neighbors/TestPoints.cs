using System.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Core.Tests.Neighbors;

/// <summary>Points for tests, the same ones for the same seed.</summary>
internal static class TestPoints
{
    /// <summary>Coordinates uniform in (0, 1).</summary>
    public static T[] Uniform<T>(int count, int dimension, ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] values = new double[count * dimension];
        RandomFill.UniformOpen(RandomKey.FromSeed(seed), values);
        return Array.ConvertAll(values, T.CreateTruncating);
    }

    /// <summary>Normal coordinates.</summary>
    public static T[] Normal<T>(int count, int dimension, ulong seed, double deviation = 1) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] values = new double[count * dimension];
        RandomFill.Normal(RandomKey.FromSeed(seed), values);
        return Array.ConvertAll(values, x => T.CreateTruncating(deviation * x));
    }

    /// <summary>Integers of 0 to <paramref name="side"/> - 1, so that there are many equal points and equal distances, and all arithmetic is exact.</summary>
    public static T[] Grid<T>(int count, int dimension, int side, ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var values = new int[count * dimension];
        RandomFill.Integers(RandomKey.FromSeed(seed), side, values);
        return Array.ConvertAll(values, x => T.CreateTruncating(x));
    }

    /// <summary>Normal points of the given deviation around normal centres; point i belongs to centre i mod <paramref name="clusters"/>.</summary>
    public static T[] Clustered<T>(int count, int dimension, int clusters, double deviation, ulong centres, ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] centre = Normal<double>(clusters, dimension, centres), points = Normal<double>(count, dimension, seed, deviation);
        for (int i = 0; i < points.Length; i++)
            points[i] += centre[(i / dimension % clusters * dimension) + (i % dimension)];
        return Array.ConvertAll(points, T.CreateTruncating);
    }
}
