using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>Reads an index that is given as a number.</summary>
internal interface IIndexReader<T> where T : unmanaged
{
    /// <summary>The place; -1 where the number isn't an integer from 0 to length - 1.</summary>
    static abstract int Of(T number, int length);
}

/// <inheritdoc cref="IIndexReader{T}"/>
internal readonly struct SingleIndex : IIndexReader<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(float number, int length)
    {
        int place = (int)number;
        return place >= 0 && place < length && place == number ? place : -1;
    }
}

/// <inheritdoc cref="IIndexReader{T}"/>
internal readonly struct DoubleIndex : IIndexReader<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(double number, int length)
    {
        int place = (int)number;
        return place >= 0 && place < length && place == number ? place : -1;
    }
}

/// <summary>Where an indexing operation finds its tensors and how long their axes are.</summary>
internal struct IndexShape
{
    /// <summary>The offsets of numbers, indices and results.</summary>
    public int Source, Index, Result;

    /// <summary>The outer blocks, the axis's length, the number of indices for each block, the inner elements, and how many blocks share their indices.</summary>
    public int Outer, Along, Count, Inner, Sharing;

    /// <summary>What is written where an index lies outside: the kernel's number and 1.</summary>
    public int Fault;
}

/// <summary>
/// Elements by indices, and the sums that are their transposes. Sums at equal indices are made by the thread of the first of them in the order of the indices, as on the processor: no atomics, whose
/// order changes from run to run; the search for equal ones costs the square of the number of indices.
/// </summary>
internal static class IndexKernels
{
    /// <summary>result[o, j, i] = source[o, index[o, j, i], i].</summary>
    [Kernel]
    public static void Gather<T, TIndex>(ArrayView<T> memory, ArrayView<int> fault, IndexShape shape)
        where T : unmanaged
        where TIndex : unmanaged, IIndexReader<T>
    {
        long count = (long)shape.Outer * shape.Count * shape.Inner;
        for (long e = Threads.First; e < count; e += Threads.Count)
        {
            long row = e / shape.Inner, o = row / shape.Count;
            int place = Read<T, TIndex>(memory[shape.Index + e], fault, shape);
            memory[shape.Result + e] = memory[shape.Source + (((o * shape.Along) + place) * shape.Inner) + (e - (row * shape.Inner))];
        }
    }

    /// <summary>result[o, index[o, j, i], i] += source[o, j, i], for j in order; the results are zeros before.</summary>
    [Kernel]
    public static void ScatterAdd<T, TIndex>(ArrayView<T> memory, ArrayView<int> fault, IndexShape shape)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TIndex : unmanaged, IIndexReader<T>
    {
        long count = (long)shape.Outer * shape.Count * shape.Inner;
        for (long e = Threads.First; e < count; e += Threads.Count)
        {
            long row = e / shape.Inner, o = row / shape.Count, i = e - (row * shape.Inner);
            int j = (int)(row - (o * shape.Count));
            T index = memory[shape.Index + e];
            int place = Read<T, TIndex>(index, fault, shape);
            long first = (o * shape.Count * shape.Inner) + i;
            if (IsFirst(memory, shape.Index + first, shape.Inner, j, index))
                memory[shape.Result + (((o * shape.Along) + place) * shape.Inner) + i] = Sum(memory, shape.Index + first, shape.Inner, shape.Source + first, shape.Inner, j, shape.Count, index);
        }
    }

    /// <summary>result[b, j, :] = source[b, index[b / sharing, j], :].</summary>
    [Kernel]
    public static void Take<T, TIndex>(ArrayView<T> memory, ArrayView<int> fault, IndexShape shape)
        where T : unmanaged
        where TIndex : unmanaged, IIndexReader<T>
    {
        long count = (long)shape.Outer * shape.Count * shape.Inner;
        for (long e = Threads.First; e < count; e += Threads.Count)
        {
            long row = e / shape.Inner, block = row / shape.Count, j = row - (block * shape.Count);
            int place = Read<T, TIndex>(memory[shape.Index + (block / shape.Sharing * shape.Count) + j], fault, shape);
            memory[shape.Result + e] = memory[shape.Source + (((block * shape.Along) + place) * shape.Inner) + (e - (row * shape.Inner))];
        }
    }

    /// <summary>result[b, index[b / sharing, j], :] += source[b, j, :], for j in order; the results are zeros before.</summary>
    [Kernel]
    public static void SegmentSum<T, TIndex>(ArrayView<T> memory, ArrayView<int> fault, IndexShape shape)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TIndex : unmanaged, IIndexReader<T>
    {
        long count = (long)shape.Outer * shape.Count * shape.Inner;
        for (long e = Threads.First; e < count; e += Threads.Count)
        {
            long row = e / shape.Inner, block = row / shape.Count, i = e - (row * shape.Inner);
            int j = (int)(row - (block * shape.Count));
            long places = shape.Index + (block / shape.Sharing * shape.Count);
            T index = memory[places + j];
            int place = Read<T, TIndex>(index, fault, shape);
            if (IsFirst(memory, places, 1, j, index))
                memory[shape.Result + (((block * shape.Along) + place) * shape.Inner) + i] = Sum(memory, places, 1, shape.Source + (block * shape.Count * shape.Inner) + i, shape.Inner, j, shape.Count, index);
        }
    }

    /// <summary>result[j, k] = 1 where k = index[j], else 0.</summary>
    [Kernel]
    public static void OneHot<T, TIndex>(ArrayView<T> memory, ArrayView<int> fault, IndexShape shape, T one)
        where T : unmanaged
        where TIndex : unmanaged, IIndexReader<T>
    {
        long count = (long)shape.Count * shape.Along;
        for (long e = Threads.First; e < count; e += Threads.Count)
        {
            long j = e / shape.Along;
            int place = Read<T, TIndex>(memory[shape.Index + j], fault, shape);
            memory[shape.Result + e] = e - (j * shape.Along) == place ? one : default;
        }
    }

    /// <summary>Running sums along an axis, from one end or the other: a thread to a line.</summary>
    [Kernel]
    public static void CumulativeSum<T, L>(ArrayView<L> memory, IndexShape shape, int reverse)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, OptiCore.Numerics.ILanes<L, T>
    {
        long count = (long)shape.Outer * shape.Inner;
        for (long e = Threads.First; e < count; e += Threads.Count)
        {
            long o = e / shape.Inner, at = (o * shape.Along * shape.Inner) + (e - (o * shape.Inner)), step = shape.Inner;
            if (reverse != 0)
            {
                at += (shape.Along - 1) * step;
                step = -step;
            }

            L sum = memory[shape.Source + at];
            memory[shape.Result + at] = sum;
            for (int i = 1; i < shape.Along; i++)
            {
                at += step;
                sum += memory[shape.Source + at];
                memory[shape.Result + at] = sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Read<T, TIndex>(T number, ArrayView<int> fault, in IndexShape shape)
        where T : unmanaged
        where TIndex : unmanaged, IIndexReader<T>
    {
        int place = TIndex.Of(number, shape.Along);
        if (place >= 0)
            return place;
        fault[0] = shape.Fault;
        return 0;
    }

    private static bool IsFirst<T>(ArrayView<T> memory, long indices, int step, int j, T index) where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool isFirst = true;
        for (int k = 0; k < j; k++)
            isFirst &= memory[indices + ((long)k * step)] != index;
        return isFirst;
    }

    private static T Sum<T>(ArrayView<T> memory, long indices, int indexStep, long source, int sourceStep, int from, int count, T index) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T sum = memory[source + ((long)from * sourceStep)];
        for (int k = from + 1; k < count; k++)
        {
            if (memory[indices + ((long)k * indexStep)] == index)
                sum += memory[source + ((long)k * sourceStep)];
        }

        return sum;
    }
}
