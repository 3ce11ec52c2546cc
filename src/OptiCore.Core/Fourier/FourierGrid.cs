using System.Numerics;

namespace OptiCore.Fourier;

/// <summary>What goes with a transform: its frequencies, their order, and good lengths.</summary>
public static class FourierGrid
{
    /// <summary>The frequencies of a transform of length n: 0, 1, ..., (n - 1) / 2, -(n / 2), ..., -1, over n times the spacing.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="spacing">The distance between samples.</param>
    /// <param name="frequencies">n elements, at least 1, in cycles per unit of the spacing.</param>
    /// <exception cref="ArgumentException">The span is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The spacing is zero or not finite.</exception>
    public static void Frequencies<T>(double spacing, Span<T> frequencies) where T : unmanaged, IFloatingPointIeee754<T>
    {
        NotEmpty(frequencies.Length, nameof(frequencies));
        int n = frequencies.Length, positive = (n + 1) / 2;
        double unit = 1 / (n * NotZero(spacing));
        for (int i = 0; i < n; i++)
            frequencies[i] = T.CreateTruncating((i < positive ? i : i - n) * unit);
    }

    /// <summary>The frequencies of a real transform of length n: 0, 1, ..., n / 2, over n times the spacing.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="length">The length n of the real sequences, at least 1.</param>
    /// <param name="spacing">The distance between samples.</param>
    /// <param name="frequencies">n / 2 + 1 elements, in cycles per unit of the spacing.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is smaller than 1; the spacing is zero or not finite.</exception>
    public static void RealFrequencies<T>(int length, double spacing, Span<T> frequencies) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Positive(length, nameof(length));
        Require.Length(frequencies.Length, (length / 2) + 1, nameof(frequencies));
        double unit = 1 / (length * NotZero(spacing));
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] = T.CreateTruncating(i * unit);
    }

    /// <summary>Moves frequency 0 to the middle, to index n / 2: a rotation by n / 2 places to the right.</summary>
    /// <typeparam name="T">The element type; for a spectrum one that holds a complex number.</typeparam>
    /// <param name="source">The elements in the order of a transform.</param>
    /// <param name="destination">As many elements, apart from the source.</param>
    /// <exception cref="ArgumentException">The lengths differ or the spans overlap.</exception>
    public static void Shift<T>(ReadOnlySpan<T> source, Span<T> destination) => Rotate(source, destination, source.Length / 2);

    /// <summary>Undoes <see cref="Shift{T}(ReadOnlySpan{T}, Span{T})"/>; another rotation than that where n is odd.</summary>
    /// <typeparam name="T">The element type; for a spectrum one that holds a complex number.</typeparam>
    /// <param name="source">The elements with frequency 0 in the middle.</param>
    /// <param name="destination">As many elements, apart from the source.</param>
    /// <exception cref="ArgumentException">The lengths differ or the spans overlap.</exception>
    public static void InverseShift<T>(ReadOnlySpan<T> source, Span<T> destination) => Rotate(source, destination, source.Length - (source.Length / 2));

    /// <summary>Moves frequency 0 of both axes of a row-major matrix to the middle.</summary>
    /// <typeparam name="T">The element type; for a spectrum one that holds a complex number.</typeparam>
    /// <param name="source">The matrix in the order of a transform.</param>
    /// <param name="destination">As many elements, apart from the source.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <exception cref="ArgumentException">A length isn't rows times columns, or the spans overlap.</exception>
    public static void Shift<T>(ReadOnlySpan<T> source, Span<T> destination, int rows, int columns) => Rotate(source, destination, rows, columns, rows / 2, columns / 2);

    /// <summary>Undoes <see cref="Shift{T}(ReadOnlySpan{T}, Span{T}, int, int)"/>.</summary>
    /// <typeparam name="T">The element type; for a spectrum one that holds a complex number.</typeparam>
    /// <param name="source">The matrix with frequency 0 in the middle.</param>
    /// <param name="destination">As many elements, apart from the source.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <exception cref="ArgumentException">A length isn't rows times columns, or the spans overlap.</exception>
    public static void InverseShift<T>(ReadOnlySpan<T> source, Span<T> destination, int rows, int columns) => Rotate(source, destination, rows, columns, rows - (rows / 2), columns - (columns / 2));

    /// <summary>The smallest length 2^a 3^b 5^c that isn't below a minimum: what to pad to, where padding is allowed.</summary>
    /// <param name="minimum">The shortest length that will do, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The minimum is smaller than 1, or the length would be larger than a span of pairs.</exception>
    public static int NextFastLength(int minimum) => Radices.NextSmooth(Require.Positive(minimum, nameof(minimum)), 1);

    private static void Rotate<T>(ReadOnlySpan<T> source, Span<T> destination, int right)
    {
        Require.Length(destination.Length, source.Length, nameof(destination));
        FourierArgument.Apart<T>(source, destination, nameof(destination));
        source[..(source.Length - right)].CopyTo(destination[right..]);
        source[(source.Length - right)..].CopyTo(destination);
    }

    private static void Rotate<T>(ReadOnlySpan<T> source, Span<T> destination, int rows, int columns, int down, int right)
    {
        Require.NonNegative(rows, nameof(rows));
        Require.NonNegative(columns, nameof(columns));
        Require.Length(source.Length, checked(rows * columns), nameof(source));
        Require.Length(destination.Length, source.Length, nameof(destination));
        for (int i = 0; i < rows; i++)
            Rotate(source.Slice(i * columns, columns), destination.Slice((i + down) % rows * columns, columns), right);
    }

    private static void NotEmpty(int length, string name)
    {
        if (length == 0)
            throw new ArgumentException($"{name} is empty, expected at least 1 element.", name);
    }

    private static double NotZero(double spacing) => Require.Finite(spacing, nameof(spacing)) != 0
        ? spacing
        : throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "spacing is 0 but must not be.");
}
