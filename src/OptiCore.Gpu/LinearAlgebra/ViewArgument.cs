using System.Globalization;
using ILGPU;
using ILGPU.Runtime;

namespace OptiCore.Gpu;

/// <summary>The argument checks of the linear algebra on a device: sizes, leading dimensions, overlaps, the device.</summary>
internal static class ViewArgument
{
    /// <summary>Checks that row-major matrices at equal distances fit into a view of this device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="view">The view.</param>
    /// <param name="count">The number of matrices.</param>
    /// <param name="stride">The distance between two of them.</param>
    /// <param name="rows">The rows of each.</param>
    /// <param name="columns">The columns of each.</param>
    /// <param name="leading">The distance between rows.</param>
    /// <param name="name">The argument's name.</param>
    public static void Check<T>(GpuDevice device, ArrayView<T> view, int count, long stride, int rows, int columns, int leading, string name) where T : unmanaged
    {
        if (leading < Math.Max(1, columns))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The leading dimension of {name} is {leading}, less than its {columns} columns."), "ld" + name);
        if (stride < 0)
            throw new ArgumentOutOfRangeException("stride" + name.ToUpperInvariant(), stride, "The distance between two matrices is negative.");
        long needed = Needed(count, stride, rows, columns, leading);
        if (view.Length < needed)
        {
            string matrices = count == 1 ? $"a {rows} x {columns} matrix" : $"{count} matrices of {rows} x {columns} at distances of {stride}";
            throw new ArgumentException($"{name} has {view.Length} elements, {matrices} with leading dimension {leading} needs {needed}.", name);
        }

        OnDevice(device, view, needed, name);
    }

    /// <summary>Checks that a view of this device has so many elements.</summary>
    public static void Length<T>(GpuDevice device, ArrayView<T> view, long expected, string name) where T : unmanaged
    {
        if (view.Length != expected)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {view.Length} elements, {expected} are expected."), name);
        OnDevice(device, view, expected, name);
    }

    /// <summary>Checks that what is written and what is read are apart: elements of the first view from which so many are used, of rows so far apart, and the same of the second.</summary>
    public static void Apart<T, S>(
        ArrayView<T> written, long writtenNeeded, int writtenColumns, int writtenLeading, string writtenName, ArrayView<S> read, long readNeeded, int readColumns, int readLeading, string readName)
        where T : unmanaged
        where S : unmanaged
    {
        if (writtenNeeded == 0 || readNeeded == 0)
            return;
        long from = OffsetOf(written), other = OffsetOf(read);
        if (BufferOf(written) != BufferOf(read) || from >= other + (readNeeded * ArrayView<S>.ElementSize) || other >= from + (writtenNeeded * ArrayView<T>.ElementSize))
            return;

        // Two views of one matrix may interleave: they are apart when their columns are.
        if (writtenLeading == readLeading && ArrayView<T>.ElementSize == ArrayView<S>.ElementSize)
        {
            long distance = (from - other) / ArrayView<S>.ElementSize, column = ((distance % readLeading) + readLeading) % readLeading;
            if (column >= readColumns && column + writtenColumns <= readLeading)
                return;
        }

        throw new ArgumentException($"{writtenName} overlaps {readName}: the result can't be written over an operand.", writtenName);
    }

    /// <summary>Checks that the first elements of two views, so many of each, are apart.</summary>
    public static void Apart<T>(ArrayView<T> written, long writtenNeeded, string writtenName, ArrayView<T> read, long readNeeded, string readName) where T : unmanaged =>
        Apart(written, writtenNeeded, 1, 0, writtenName, read, readNeeded, 1, 1, readName);

    /// <summary>The elements that matrices at equal distances reach over.</summary>
    public static long Needed(int count, long stride, int rows, int columns, int leading) =>
        count == 0 || rows == 0 || columns == 0 ? 0 : checked(((count - 1) * stride) + ((long)(rows - 1) * leading) + columns);

    /// <summary>Whether each four elements from a multiple of four on, in all rows and matrices, can be read at once: <see cref="Fours.Alignment{T}"/>.</summary>
    public static bool IsAligned<T>(ArrayView<T> view, int count, long stride, int leading) where T : unmanaged
    {
        // On devices of OpenCL a buffer is a handle, whose address says nothing; drivers put its beginning at a multiple of 128 bytes at least.
        long at = view.GetAcceleratorType() == AcceleratorType.OpenCL ? OffsetOf(view) : view.LoadEffectiveAddressAsPtr();
        return leading % 4 == 0 && (count == 1 || stride % 4 == 0) && at % Fours.Alignment<T>() == 0;
    }

    private static long OffsetOf<TView>(TView view) where TView : struct, IContiguousArrayView => view.IndexInBytes;

    private static MemoryBuffer BufferOf<TView>(TView view) where TView : struct, IContiguousArrayView => view.Buffer;

    private static void OnDevice<T>(GpuDevice device, ArrayView<T> view, long needed, string name) where T : unmanaged
    {
        if (needed > 0 && view.GetAccelerator() != device.Accelerator)
            throw new ArgumentException($"{name} lies on another device than '{device.Name}'; copy it over the host with CopyTo and CopyFrom.", name);
    }
}
