using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

/// <summary>Places of an axis that are given as numbers.</summary>
internal static class Places
{
    // Beyond it, not every integer is a float.
    private const int LargestFloat = 1 << 24;

    /// <summary>The place that a number is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It isn't an integer from 0 to length - 1.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of<T>(T index, int length, string operation) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int place = int.CreateSaturating(index);
        if ((uint)place >= (uint)length || T.CreateTruncating(place) != index)
            Throw(double.CreateTruncating(index), length, operation);
        return place;
    }

    /// <summary>Refuses axes with more places than numbers of the element type can tell apart.</summary>
    /// <exception cref="NotSupportedException">The elements are floats and the axis has more than 2^24 places.</exception>
    public static void RequireExact<T>(int length, string operation) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float) && length > LargestFloat)
        {
            throw new NotSupportedException(
                string.Create(CultureInfo.InvariantCulture, $"{operation}: an axis of length {length} has places that no float is; compile the computation for double."));
        }
    }

    [DoesNotReturn]
    private static void Throw(double index, int length, string operation) => throw new ArgumentOutOfRangeException(
        nameof(index), index, string.Create(CultureInfo.InvariantCulture, $"{operation}: the index must be an integer from 0 to {length - 1}."));
}
