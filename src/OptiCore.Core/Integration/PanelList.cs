using System.Buffers;

namespace OptiCore.Integration;

/// <summary>Subintervals by decreasing error, in rented memory.</summary>
internal struct PanelList(int capacity) : IDisposable
{
    private KronrodPanel[] _panels = ArrayPool<KronrodPanel>.Shared.Rent(Math.Min(capacity, 16) + 1);

    public int Count { get; private set; }

    public readonly ref readonly KronrodPanel this[int index] => ref _panels[index];

    public void Add(in KronrodPanel panel)
    {
        if (Count == _panels.Length)
        {
            KronrodPanel[] larger = ArrayPool<KronrodPanel>.Shared.Rent(2 * Count);
            _panels.AsSpan(0, Count).CopyTo(larger);
            ArrayPool<KronrodPanel>.Shared.Return(_panels);
            _panels = larger;
        }

        int at = Count;
        while (at > 0 && _panels[at - 1].Error < panel.Error)
        {
            _panels[at] = _panels[at - 1];
            at--;
        }

        _panels[at] = panel;
        Count++;
    }

    public KronrodPanel Take(int index)
    {
        KronrodPanel panel = _panels[index];
        _panels.AsSpan(index + 1, Count - index - 1).CopyTo(_panels.AsSpan(index));
        Count--;
        return panel;
    }

    /// <summary>The sum of the integrals, smallest errors last; free of what updating a running sum lost.</summary>
    public readonly double Sum()
    {
        double sum = 0;
        for (int i = 0; i < Count; i++)
            sum += _panels[i].Value;
        return sum;
    }

    public readonly void Dispose() => ArrayPool<KronrodPanel>.Shared.Return(_panels);
}
