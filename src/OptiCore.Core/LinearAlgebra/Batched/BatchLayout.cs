using System.Globalization;
using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The interleaved layout of many small matrices of one size: one problem in each lane of a register. The problems lie in groups of
/// <see cref="Lanes{T}"/>; in a group the elements (i, j) of all its problems are adjacent, element (i, j) of problem p being at index
/// (p / lanes) rows columns lanes + (i columns + j) lanes + p % lanes.
/// </summary>
/// <remarks>
/// A group has 64 bytes for each element on all hardware, so data may be kept in this layout and moved between machines. Where the problems aren't a
/// multiple of the lanes, the last group is filled up; what is in its unused lanes is computed with but never looked at.
/// </remarks>
public static class BatchLayout
{
    private const int GroupBytes = 64;

    /// <summary>The problems of a group: 8 of <see cref="double"/>, 16 of <see cref="float"/>.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    public static unsafe int Lanes<T>() where T : unmanaged, IFloatingPointIeee754<T> => GroupBytes / sizeof(T);

    /// <summary>The number of groups of a batch.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="count">The number of problems.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static int Groups<T>(int count) where T : unmanaged, IFloatingPointIeee754<T> => (Require.NonNegative(count, nameof(count)) + Lanes<T>() - 1) / Lanes<T>();

    /// <summary>The elements of a batch of matrices, the unused lanes of the last group included.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="rows">The rows of each matrix.</param>
    /// <param name="columns">The columns of each matrix.</param>
    /// <param name="count">The number of matrices.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="OverflowException">The elements are more than an array can have.</exception>
    public static int Length<T>(int rows, int columns, int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(rows, nameof(rows));
        Require.NonNegative(columns, nameof(columns));
        return checked(Groups<T>(count) * rows * columns * Lanes<T>());
    }

    /// <summary>Brings matrices that lie one after the other, each row-major, into the interleaved layout. Unused lanes become 0.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="matrices">The matrices, count rows columns elements.</param>
    /// <param name="rows">The rows of each.</param>
    /// <param name="columns">The columns of each.</param>
    /// <param name="count">Their number.</param>
    /// <param name="interleaved">Receives them, <see cref="Length{T}"/> elements; must not overlap.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or the spans overlap.</exception>
    public static unsafe void Pack<T>(ReadOnlySpan<T> matrices, int rows, int columns, int count, Span<T> interleaved) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check<T>(interleaved.Length, rows, columns, count, nameof(interleaved));
        Require.Length(matrices.Length, checked(rows * columns * count), nameof(matrices));
        Apart<T>(interleaved, matrices);
        int size = rows * columns, lanes = Lanes<T>();
        fixed (T* from = matrices, to = interleaved)
        {
            for (int first = 0; first < count; first += lanes)
                PackGroup(from + ((nint)first * size), size, Math.Min(lanes, count - first), to + ((nint)first * size));
        }
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="interleaved">The matrices in the interleaved layout.</param>
    /// <param name="rows">The rows of each.</param>
    /// <param name="columns">The columns of each.</param>
    /// <param name="count">Their number.</param>
    /// <param name="matrices">Receives them one after the other, count rows columns elements; must not overlap.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or the spans overlap.</exception>
    public static unsafe void Unpack<T>(ReadOnlySpan<T> interleaved, int rows, int columns, int count, Span<T> matrices) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check<T>(interleaved.Length, rows, columns, count, nameof(interleaved));
        Require.Length(matrices.Length, checked(rows * columns * count), nameof(matrices));
        Apart<T>(matrices, interleaved);
        int size = rows * columns, lanes = Lanes<T>();
        fixed (T* from = interleaved, to = matrices)
        {
            for (int first = 0; first < count; first += lanes)
                UnpackGroup(from + ((nint)first * size), size, Math.Min(lanes, count - first), to + ((nint)first * size));
        }
    }

    internal static unsafe void PackGroup<T>(T* matrices, int size, int present, T* group) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Lanes<T>();
        if (present < lanes)
            new Span<T>(group, size * lanes).Clear();
        Packing.Lines(present, size, matrices, size, 1, group, lanes);
    }

    internal static unsafe void UnpackGroup<T>(T* group, int size, int present, T* matrices) where T : unmanaged, IFloatingPointIeee754<T> =>
        Packing.Lines(size, present, group, Lanes<T>(), 1, matrices, size);

    internal static void Check<T>(int length, int rows, int columns, int count, string name) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int expected = Length<T>(rows, columns, count);
        if (length != expected)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, {count} interleaved {rows} x {columns} matrices have {expected}."), name);
        }
    }

    private static void Apart<T>(ReadOnlySpan<T> written, ReadOnlySpan<T> read)
    {
        if (written.Overlaps(read))
            throw new ArgumentException("The two layouts overlap.");
    }
}
