using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Neighbors;

/// <summary>Which of two distances is nearer to the top of a heap.</summary>
internal interface IHeapOrder
{
    static abstract bool IsAbove<T>(T distance, int index, T otherDistance, int otherIndex) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>The nearest on top; of equal ones that of the smaller index.</summary>
internal readonly struct NearestFirst : IHeapOrder
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAbove<T>(T distance, int index, T otherDistance, int otherIndex) where T : unmanaged, IFloatingPointIeee754<T> =>
        distance < otherDistance || (distance == otherDistance && index < otherIndex);
}

/// <summary>The farthest on top; of equal ones that of the larger index.</summary>
internal readonly struct FarthestFirst : IHeapOrder
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAbove<T>(T distance, int index, T otherDistance, int otherIndex) where T : unmanaged, IFloatingPointIeee754<T> =>
        distance > otherDistance || (distance == otherDistance && index > otherIndex);
}

/// <summary>A binary heap of vectors and their distances in two arrays that are kept between searches.</summary>
internal sealed class CandidateHeap<T, TOrder>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TOrder : IHeapOrder
{
    private T[] _distances = [];
    private int[] _indices = [];

    public int Count { get; private set; }

    public T TopDistance => _distances[0];

    public int TopIndex => _indices[0];

    public ReadOnlySpan<T> Distances => _distances.AsSpan(0, Count);

    public ReadOnlySpan<int> Indices => _indices.AsSpan(0, Count);

    public void Clear() => Count = 0;

    public void EnsureCapacity(int capacity)
    {
        if (_indices.Length >= capacity)
            return;
        Array.Resize(ref _distances, capacity);
        Array.Resize(ref _indices, capacity);
    }

    public void Push(T distance, int index)
    {
        T[] distances = _distances;
        int[] indices = _indices;
        int at = Count++;
        while (at > 0)
        {
            int parent = (at - 1) / 2;
            if (!TOrder.IsAbove(distance, index, distances[parent], indices[parent]))
                break;
            distances[at] = distances[parent];
            indices[at] = indices[parent];
            at = parent;
        }

        distances[at] = distance;
        indices[at] = index;
    }

    public void Pop()
    {
        Count--;
        if (Count > 0)
            Sink(_distances[Count], _indices[Count], Count);
    }

    /// <summary>Replaces the top.</summary>
    public void ReplaceTop(T distance, int index) => Sink(distance, index, Count);

    /// <summary>Sorts the elements from the bottom to the top of the order. The heap is no heap afterwards until it is cleared.</summary>
    public void Sort()
    {
        for (int last = Count - 1; last > 0; last--)
        {
            T distance = _distances[last];
            int index = _indices[last];
            _distances[last] = _distances[0];
            _indices[last] = _indices[0];
            Sink(distance, index, last);
        }
    }

    private void Sink(T distance, int index, int count)
    {
        T[] distances = _distances;
        int[] indices = _indices;
        int at = 0;
        for (int child = 1; child < count; child = (2 * at) + 1)
        {
            if (child + 1 < count && TOrder.IsAbove(distances[child + 1], indices[child + 1], distances[child], indices[child]))
                child++;
            if (!TOrder.IsAbove(distances[child], indices[child], distance, index))
                break;
            distances[at] = distances[child];
            indices[at] = indices[child];
            at = child;
        }

        distances[at] = distance;
        indices[at] = index;
    }
}
