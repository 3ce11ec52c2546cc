using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.Fourier;

/// <summary>The argument checks of the transforms.</summary>
internal static class FourierArgument
{
    // Work memory is at most about 26 elements per element of a short transform and 6 of a long one.
    private const int LongestTransform = 1 << 27;

    public static FftEngine<T> Engine<T>(int length) where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckLength<T>(length);
        return FftEngine<T>.Create(length);
    }

    public static void CheckLength<T>(int length)
    {
        if (typeof(T) != typeof(double) && typeof(T) != typeof(float))
            throw new NotSupportedException($"Transforms are of float or double, not of {typeof(T).Name}.");
        Require.Positive(length, nameof(length));
        if (length > LongestTransform)
            throw new ArgumentOutOfRangeException(nameof(length), length, string.Create(CultureInfo.InvariantCulture, $"length is {length} but must be at most {LongestTransform}."));
    }

    /// <summary>How many sequences a span holds.</summary>
    public static int Count(int length, int each, string name) => length % each == 0
        ? length / each
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, expected a multiple of {each}."), name);

    /// <summary>Checks that two spans are the same memory or have none in common.</summary>
    public static void SameOrApart<T>(ReadOnlySpan<T> source, ReadOnlySpan<T> destination)
    {
        if (destination.Overlaps(source) && !Unsafe.AreSame(ref MemoryMarshal.GetReference(source), ref MemoryMarshal.GetReference(destination)))
            throw new ArgumentException("destination overlaps source without being the same: the result would overwrite what is still to be read.", nameof(destination));
    }

    /// <summary>Checks that two spans have no memory in common.</summary>
    public static void Apart<T>(ReadOnlySpan<T> source, ReadOnlySpan<T> destination, string name)
    {
        if (destination.Overlaps(source))
            throw new ArgumentException($"{name} overlaps an argument: the result would overwrite what is still to be read.", name);
    }
}
