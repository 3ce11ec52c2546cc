using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>A queue of the items 0 to n - 1 by falling priority, the smallest number first among equals. An item is in it at most once.</summary>
internal sealed class PriorityHeap : IPersistent
{
    private readonly double[] _priorities;
    private readonly int[] _items;
    private readonly int[] _positions;
    private int _count;

    public PriorityHeap(int items)
    {
        _priorities = new double[items];
        _items = new int[items];
        _positions = new int[items];
        _positions.AsSpan().Fill(-1);
    }

    public int Count => _count;

    /// <summary>Puts an item in, or raises its priority; a lower one changes nothing.</summary>
    public void Raise(int item, double priority)
    {
        int position = _positions[item];
        if (position >= 0 && _priorities[item] >= priority)
            return;
        if (position < 0)
            position = _count++;
        _priorities[item] = priority;
        while (position > 0 && Before(item, _items[(position - 1) / 2]))
        {
            Place(_items[(position - 1) / 2], position);
            position = (position - 1) / 2;
        }

        Place(item, position);
    }

    /// <summary>Takes the first item out.</summary>
    public int Pop()
    {
        int first = _items[0], last = _items[--_count], position = 0;
        _positions[first] = -1;
        while (_count > 0)
        {
            int child = (2 * position) + 1;
            if (child + 1 < _count && Before(_items[child + 1], _items[child]))
                child++;
            if (child >= _count || !Before(_items[child], last))
            {
                Place(last, position);
                break;
            }

            Place(_items[child], position);
            position = child;
        }

        return first;
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_priorities);
        archive.Transfer<int>(_items);
        archive.Transfer<int>(_positions);
        archive.Transfer(ref _count);
    }

    private bool Before(int item, int other) => _priorities[item] > _priorities[other] || (_priorities[item] == _priorities[other] && item < other);

    private void Place(int item, int position)
    {
        _items[position] = item;
        _positions[item] = position;
    }
}
