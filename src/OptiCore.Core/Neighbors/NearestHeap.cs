using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Neighbors;

/// <summary>
/// The nearest points seen so far, in the caller's spans: a binary heap whose top is the farthest. Points are ordered by power sum, then by index, so that the
/// set and its order depend on nothing but the points.
/// </summary>
internal ref struct NearestHeap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Span<int> _indices;
    private readonly Span<T> _sums;
    private readonly T _limit;
    private T _worst;

    /// <summary>An empty heap that takes points with a power sum of at most <paramref name="limit"/>.</summary>
    public NearestHeap(Span<int> indices, Span<T> sums, T limit, int count = 0)
    {
        _indices = indices;
        _sums = sums;
        _limit = limit;
        Count = count;
        _worst = count == indices.Length && count > 0 ? sums[0] : limit;
    }

    /// <summary>The number of points held.</summary>
    public int Count { get; private set; }

    /// <summary>No point with a larger power sum can enter.</summary>
    public readonly T Worst => _worst;

    /// <summary>Offers a point whose power sum is at most <see cref="Worst"/>.</summary>
    public void Offer(T sum, int index)
    {
        if (Count < _indices.Length)
        {
            int at = Count++;
            while (at > 0)
            {
                int parent = (at - 1) / 2;
                if (!IsBefore(_sums[parent], _indices[parent], sum, index))
                    break;
                _sums[at] = _sums[parent];
                _indices[at] = _indices[parent];
                at = parent;
            }

            _sums[at] = sum;
            _indices[at] = index;
        }
        else if (Count > 0 && IsBefore(sum, index, _sums[0], _indices[0]))
        {
            Sink(sum, index, Count);
        }

        if (Count == _indices.Length && Count > 0)
            _worst = T.Min(_sums[0], _limit);
    }

    /// <summary>Sorts the points, the nearest first.</summary>
    public readonly void Sort()
    {
        for (int last = Count - 1; last > 0; last--)
        {
            T sum = _sums[last];
            int index = _indices[last];
            _sums[last] = _sums[0];
            _indices[last] = _indices[0];
            Sink(sum, index, last);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsBefore(T sum, int index, T otherSum, int otherIndex) => sum < otherSum || (sum == otherSum && index < otherIndex);

    private readonly void Sink(T sum, int index, int count)
    {
        int at = 0;
        for (int child = 1; child < count; child = (2 * at) + 1)
        {
            if (child + 1 < count && IsBefore(_sums[child], _indices[child], _sums[child + 1], _indices[child + 1]))
                child++;
            if (!IsBefore(sum, index, _sums[child], _indices[child]))
                break;
            _sums[at] = _sums[child];
            _indices[at] = _indices[child];
            at = child;
        }

        _sums[at] = sum;
        _indices[at] = index;
    }
}
