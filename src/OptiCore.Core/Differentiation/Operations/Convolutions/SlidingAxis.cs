using System.Globalization;

namespace OptiCore.Differentiation;

/// <summary>How the window of a convolution or of a pooling slides along an axis.</summary>
/// <param name="Stride">The step from one place of the window to the next, at least 1.</param>
/// <param name="Before">The places that are added before the axis.</param>
/// <param name="After">The places that are added after it.</param>
/// <param name="Dilation">The step from one element of the window to the next, at least 1.</param>
public readonly record struct SlidingAxis(int Stride, int Before = 0, int After = 0, int Dilation = 1)
{
    /// <summary>The padding that gives as many results as the axis has strides, ceil(length / stride): what is odd comes after.</summary>
    /// <param name="length">The length of the axis.</param>
    /// <param name="window">The elements of the window.</param>
    /// <param name="stride">The step of the window.</param>
    /// <param name="dilation">The step between its elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    public static SlidingAxis Same(int length, int window, int stride = 1, int dilation = 1)
    {
        Require.Positive(length, nameof(length));
        Require.Positive(window, nameof(window));
        int results = (length + Require.Positive(stride, nameof(stride)) - 1) / stride;
        int padding = Math.Max(0, checked(((results - 1) * stride) + ((window - 1) * Require.Positive(dilation, nameof(dilation))) + 1 - length));
        return new SlidingAxis(stride, padding / 2, padding - (padding / 2), dilation);
    }

    /// <summary>The number of places of a window on an axis.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal int Places(int length, int window, string operation)
    {
        if (Stride < 1 || Dilation < 1 || Before < 0 || After < 0)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{operation}: stride {Stride} and dilation {Dilation} must be at least 1, the padding {Before} and {After} at least 0."));
        }

        long room = (long)length + Before + After - (((long)window - 1) * Dilation) - 1;
        return window >= 1 && room >= 0
            ? (int)(room / Stride) + 1
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{operation}: a window of {window} with dilation {Dilation} doesn't fit into {length} places with {Before} before and {After} after."));
    }

    /// <summary>The length of the axis on which a window has so many places, the smallest one.</summary>
    internal int Length(int places, int window) => checked(((places - 1) * Stride) + ((window - 1) * Dilation) + 1 - Before - After);
}
