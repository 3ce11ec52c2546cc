using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Gpu.Tests;

/// <summary>Matrices for the tests of the linear algebra, the same ones for the same seed.</summary>
internal static class LinearAlgebraCases
{
    /// <summary>Numbers uniform in [-1, 1) with all digits of the element.</summary>
    public static T[] Random<T>(int length, ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var stream = RandomKey.FromSeed(seed).Stream();
        var values = new T[length];
        for (int i = 0; i < length; i++)
            values[i] = T.CreateTruncating((((((ulong)stream.NextUInt32() << 32) | stream.NextUInt32()) >> 11) / (double)(1L << 52)) - 1);
        return values;
    }

    /// <summary>Fails unless the numbers have the same bits, NaN aside, which may be any.</summary>
    public static void Same<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, string what) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = T.IsNaN(expected[i]) ? T.IsNaN(actual[i]) : MemoryMarshal.AsBytes(expected.Slice(i, 1)).SequenceEqual(MemoryMarshal.AsBytes(actual.Slice(i, 1)));
            Assert.True(same, $"{what}: element {i} is {actual[i]:R} instead of {expected[i]:R}");
        }
    }
}
