using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.LinearAlgebra;

/// <summary>The argument checks of the linear algebra: sizes, leading dimensions and overlaps.</summary>
internal static class MatrixArgument
{
    /// <summary>Checks that a row-major matrix fits into a span.</summary>
    /// <param name="length">The length of the span.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="leading">The distance between rows.</param>
    /// <param name="name">The argument's name.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(int length, int rows, int columns, int leading, string name)
    {
        if (leading < Math.Max(1, columns) || length < Needed(rows, columns, leading))
            ThrowUnfit(length, rows, columns, leading, name);
    }

    /// <summary>Checks that a span is a row-major matrix without gaps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CheckContiguous(int length, int rows, int columns, string name)
    {
        if (length != (long)rows * columns)
            ThrowLength(length, rows, columns, name);
    }

    private static void ThrowLength(int length, int rows, int columns, string name) => throw new ArgumentException(
        string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, a {rows} x {columns} matrix has {(long)rows * columns}."), name);

    private static long Needed(int rows, int columns, int leading) => rows == 0 || columns == 0 ? 0 : ((long)(rows - 1) * leading) + columns;

    private static void ThrowUnfit(int length, int rows, int columns, int leading, string name)
    {
        if (leading < Math.Max(1, columns))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The leading dimension of {name} is {leading}, less than its {columns} columns."), "ld" + name);
        throw new ArgumentException(
            string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, a {rows} x {columns} matrix with leading dimension {leading} needs {Needed(rows, columns, leading)}."), name);
    }

    /// <summary>Checks that no element of the written matrix is an element of a matrix that is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apart<T>(
        ReadOnlySpan<T> written, int writtenColumns, int writtenLeading, string writtenName,
        ReadOnlySpan<T> read, int readColumns, int readLeading, string readName)
        where T : unmanaged
    {
        if (written.Overlaps(read))
            ThrowUnlessInterleaved(written, writtenColumns, writtenLeading, writtenName, read, readColumns, readLeading, readName);
    }

    private static void ThrowUnlessInterleaved<T>(
        ReadOnlySpan<T> written, int writtenColumns, int writtenLeading, string writtenName,
        ReadOnlySpan<T> read, int readColumns, int readLeading, string readName)
        where T : unmanaged
    {
        // Two views of one matrix may interleave: they are apart when their columns are.
        if (writtenLeading == readLeading)
        {
            long distance = Unsafe.ByteOffset(ref MemoryMarshal.GetReference(read), ref MemoryMarshal.GetReference(written)) / Unsafe.SizeOf<T>();
            long column = ((distance % readLeading) + readLeading) % readLeading;
            if (column >= readColumns && column + writtenColumns <= readLeading)
                return;
        }

        throw new ArgumentException($"{writtenName} overlaps {readName}: the result can't be written over an operand.", writtenName);
    }
}
