using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The rectangles of DIRECT in the unit cube: a centre, a value and how often each side was divided in three. Those of equal size stand in a pairing heap by value.
/// </summary>
/// <remarks>
/// A rectangle's sides have two lengths at most, 3^-level and 3^-(level + 1). So its size is a class, level n + the number of shorter sides for half diagonals, level for longest
/// sides; a larger class is a smaller size. M. L. Fredman, R. Sedgewick, D. D. Sleator, R. E. Tarjan (1986), The pairing heap.
/// </remarks>
internal sealed class RectangleStore : IPersistent
{
    // 3^-36 of a side is below the precision of its middle.
    private const int MaxLevel = 36;

    private readonly int _n;
    private readonly bool _original;
    private readonly int[] _heads, _hull;
    private double[] _centers, _values;
    private byte[] _divisions;
    private int[] _child, _sibling, _chosen;
    private int _count, _chosenCount;

    public RectangleStore(int n, bool original)
    {
        const int Capacity = 4096;
        _n = n;
        _original = original;
        _centers = new double[Capacity * n];
        _values = new double[Capacity];
        _divisions = new byte[Capacity * n];
        _child = new int[Capacity];
        _sibling = new int[Capacity];
        _chosen = new int[Capacity];
        _heads = new int[(MaxLevel + 1) * Math.Max(1, n)];
        _hull = new int[_heads.Length];
        _heads.AsSpan().Fill(-1);
        _centers.AsSpan(0, n).Fill(0.5);
        _count = 1;
    }

    /// <summary>How many rectangles the last choice found.</summary>
    public int ChosenCount => _chosenCount;

    public int Chosen(int i) => _chosen[i];

    public ReadOnlySpan<double> Center(int rectangle) => _centers.AsSpan(rectangle * _n, _n);

    public void SetFirst(double value)
    {
        _values[0] = value;
        Return(0);
    }

    /// <summary>The longest side.</summary>
    public double Side(int rectangle) => Math.Pow(3, -Level(rectangle));

    public double ThirdOfSide(int rectangle) => Math.Pow(3, -(Level(rectangle) + 1));

    public bool IsLongest(int rectangle, int j) => _divisions[(rectangle * _n) + j] == Level(rectangle);

    public int CountLongest(int rectangle)
    {
        int level = Level(rectangle), count = 0;
        foreach (byte d in _divisions.AsSpan(rectangle * _n, _n))
            count += d == level ? 1 : 0;
        return count;
    }

    /// <summary>Divides a side of a rectangle in three; the rectangle becomes the middle piece.</summary>
    public void Narrow(int rectangle, int j) => _divisions[(rectangle * _n) + j]++;

    /// <summary>Adds a rectangle of the shape of another one, shifted along one side. Returns its number.</summary>
    public int AddBeside(int rectangle, int j, double offset, double value)
    {
        EnsureCapacity(_count + 1);
        int added = _count++;
        _centers.AsSpan(rectangle * _n, _n).CopyTo(_centers.AsSpan(added * _n, _n));
        _divisions.AsSpan(rectangle * _n, _n).CopyTo(_divisions.AsSpan(added * _n, _n));
        _centers[(added * _n) + j] += offset;
        _values[added] = value;
        Return(added);
        return added;
    }

    /// <summary>Puts a rectangle among those of its size; one as small as the precision allows is left out from then on.</summary>
    public void Return(int rectangle)
    {
        int level = Level(rectangle);
        if (level >= MaxLevel)
            return;
        int shape = _original ? (level * _n) + _n - CountLongest(rectangle) : level;
        _child[rectangle] = -1;
        _sibling[rectangle] = -1;
        _heads[shape] = _heads[shape] < 0 ? rectangle : Meld(_heads[shape], rectangle);
    }

    /// <summary>Takes the potentially optimal rectangles out.</summary>
    public void ChoosePotentiallyOptimal(double epsilon)
    {
        _chosenCount = 0;
        int largest = 0, lowest = -1;
        while (largest < _heads.Length && _heads[largest] < 0)
            largest++;
        if (largest == _heads.Length)
            return;
        for (int c = largest; c < _heads.Length; c++)
        {
            if (_heads[c] >= 0 && double.IsFinite(Best(c)) && (lowest < 0 || Best(c) < Best(lowest)))
                lowest = c;
        }

        // The lower right hull, from the lowest value to the largest size.
        int count = 0;
        for (int c = lowest; c >= largest; c--)
        {
            if (_heads[c] < 0 || !double.IsFinite(Best(c)))
                continue;
            while (count >= 2 && Slope(_hull[count - 2], c) <= Slope(_hull[count - 2], _hull[count - 1]))
                count--;
            _hull[count++] = c;
        }

        double smallest = lowest < 0 ? 0 : Best(lowest), wanted = smallest - (epsilon * Math.Abs(smallest));
        for (int i = 0; i < count; i++)
        {
            if (i == count - 1 || Best(_hull[i]) - (Slope(_hull[i], _hull[i + 1]) * Size(_hull[i])) <= wanted)
                Take(_hull[i]);
        }

        if (_heads[largest] >= 0 && !double.IsFinite(Best(largest)))
            Take(largest);
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _count);
        archive.Transfer(ref _chosenCount);
        if (archive.IsLoading)
        {
            EnsureCapacity(_count);
            if (_chosenCount > _chosen.Length)
                Array.Resize(ref _chosen, _chosenCount);
        }

        archive.Transfer(_centers.AsSpan(0, _count * _n));
        archive.Transfer(_values.AsSpan(0, _count));
        archive.Transfer(_divisions.AsSpan(0, _count * _n));
        archive.Transfer(_child.AsSpan(0, _count));
        archive.Transfer(_sibling.AsSpan(0, _count));
        archive.Transfer(_chosen.AsSpan(0, _chosenCount));
        archive.Transfer<int>(_heads);
    }

    private int Level(int rectangle)
    {
        int level = int.MaxValue;
        foreach (byte d in _divisions.AsSpan(rectangle * _n, _n))
            level = Math.Min(level, d);
        return level;
    }

    private double Best(int shape) => _values[_heads[shape]];

    /// <summary>Half the diagonal, or half the longest side.</summary>
    private double Size(int shape)
    {
        if (!_original)
            return Math.Pow(3, -shape) / 2;
        int level = shape / _n, shorter = shape % _n;
        return Math.Pow(3, -level) * Math.Sqrt((_n - shorter) + (shorter / 9.0)) / 2;
    }

    private double Slope(int from, int to) => (Best(to) - Best(from)) / (Size(to) - Size(from));

    /// <summary>Takes the best rectangle of a size; in the original method all that are as good.</summary>
    private void Take(int shape)
    {
        double value = Best(shape);
        do
        {
            if (_chosenCount == _chosen.Length)
                Array.Resize(ref _chosen, 2 * _chosenCount);
            _chosen[_chosenCount++] = _heads[shape];
            Pop(shape);
        }
        while (_original && _heads[shape] >= 0 && Best(shape) == value);
    }

    private int Meld(int a, int b)
    {
        if (_values[b] < _values[a] || (_values[b] == _values[a] && b < a))
            (a, b) = (b, a);
        _sibling[b] = _child[a];
        _child[a] = b;
        return a;
    }

    /// <summary>Melds the children in pairs from the left, then the pairs from the right.</summary>
    private void Pop(int shape)
    {
        int rest = _child[_heads[shape]], pairs = -1;
        while (rest >= 0)
        {
            int first = rest, second = _sibling[first];
            rest = second < 0 ? -1 : _sibling[second];
            int pair = second < 0 ? first : Meld(first, second);
            _sibling[pair] = pairs;
            pairs = pair;
        }

        int head = -1;
        while (pairs >= 0)
        {
            int next = _sibling[pairs];
            _sibling[pairs] = -1;
            head = head < 0 ? pairs : Meld(head, pairs);
            pairs = next;
        }

        _heads[shape] = head;
    }

    private void EnsureCapacity(int count)
    {
        int capacity = _values.Length;
        if (count <= capacity)
            return;
        while (capacity < count)
            capacity *= 2;
        Array.Resize(ref _centers, checked(capacity * _n));
        Array.Resize(ref _values, capacity);
        Array.Resize(ref _divisions, checked(capacity * _n));
        Array.Resize(ref _child, capacity);
        Array.Resize(ref _sibling, capacity);
    }
}
