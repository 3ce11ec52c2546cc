using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Neighbors;

/// <summary>Inserts vectors into an <see cref="Hnsw{T}"/>: algorithms 1, 3 and 4 of the paper.</summary>
internal sealed class HnswLinker<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Hnsw<T> _index;
    private readonly HnswSearcher<T> _searcher;
    private readonly HnswOptions _options;
    private readonly CandidateHeap<T, FarthestFirst> _candidates = new();
    private readonly int[] _chosen;
    private bool[] _isRejected = [];

    public HnswLinker(Hnsw<T> index, HnswSearcher<T> searcher)
    {
        _index = index;
        _searcher = searcher;
        _options = index.Options;
        _chosen = new int[2 * _options.Links];
    }

    /// <summary>Links a stored vector on its layers (algorithm 1). The index has an entry point that is another vector.</summary>
    public void Insert(int index, ReadOnlySpan<T> vector, int level)
    {
        _searcher.EnsureCapacity();
        int layer = Math.Min(level, _index.TopLayer);
        _searcher.Descend(vector, layer);
        for (; layer >= 0; layer--)
        {
            _searcher.SearchLayer(vector, layer, _options.ConstructionCandidates, withDeleted: true);
            _candidates.EnsureCapacity(_searcher.Found.Count);
            _candidates.Clear();
            for (int i = 0; i < _searcher.Found.Count; i++)
                _candidates.Push(_searcher.Found.Distances[i], _searcher.Found.Indices[i]);
            int count = Select(index, vector, layer, _options.Links, _options.ExtendCandidates);
            Span<int> list = _index.List(index, layer);
            list[0] = count;
            _chosen.AsSpan(0, count).CopyTo(list[1..]);
            foreach (int neighbor in list.Slice(1, count))
                LinkBack(neighbor, index, layer);
        }
    }

    /// <summary>Links a neighbour to the new vector; when its list is full, chooses anew among its links and the new one.</summary>
    private void LinkBack(int from, int to, int layer)
    {
        Span<int> list = _index.List(from, layer);
        int count = list[0], most = list.Length - 1;
        if (count < most)
        {
            list[0] = count + 1;
            list[count + 1] = to;
            return;
        }

        ReadOnlySpan<T> vector = _index.Vector(from);
        ref readonly T start = ref MemoryMarshal.GetReference(vector);
        _candidates.EnsureCapacity(most + 1);
        _candidates.Clear();
        _candidates.Push(_searcher.Distance(in start, to), to);
        for (int i = 1; i <= most; i++)
            _candidates.Push(_searcher.Distance(in start, list[i]), list[i]);
        int chosen = Select(from, vector, layer, most, extend: false);
        list[0] = chosen;
        _chosen.AsSpan(0, chosen).CopyTo(list[1..]);
    }

    /// <summary>Chooses at most <paramref name="most"/> links of a vector from the candidates into <see cref="_chosen"/>, the nearest first within each kind.</summary>
    private int Select(int self, ReadOnlySpan<T> vector, int layer, int most, bool extend)
    {
        if (extend)
            Extend(self, vector, layer);
        _candidates.Sort();
        ReadOnlySpan<int> indices = _candidates.Indices;
        ReadOnlySpan<T> distances = _candidates.Distances;
        int count = 0;
        if (_options.Selection == NeighborSelection.Nearest)
        {
            count = Math.Min(most, indices.Length);
            indices[..count].CopyTo(_chosen);
            return count;
        }

        if (_isRejected.Length < indices.Length)
            Array.Resize(ref _isRejected, Math.Max(indices.Length, 2 * _isRejected.Length));
        int seen = 0;
        for (; seen < indices.Length && count < most; seen++)
        {
            _isRejected[seen] = !IsNearerThanToChosen(indices[seen], distances[seen], count);
            if (!_isRejected[seen])
                _chosen[count++] = indices[seen];
        }

        if (_options.KeepPruned)
        {
            for (int i = 0; i < seen && count < most; i++)
            {
                if (_isRejected[i])
                    _chosen[count++] = indices[i];
            }
        }

        return count;
    }

    private bool IsNearerThanToChosen(int candidate, T distance, int count)
    {
        ref readonly T vector = ref MemoryMarshal.GetReference(_index.Vector(candidate));
        for (int i = 0; i < count; i++)
        {
            if (_searcher.Distance(in vector, _chosen[i]) <= distance)
                return false;
        }

        return true;
    }

    /// <summary>Adds the neighbours of the candidates to them.</summary>
    private void Extend(int self, ReadOnlySpan<T> vector, int layer)
    {
        ref readonly T start = ref MemoryMarshal.GetReference(vector);
        _searcher.NextMark();
        _searcher.TryMark(self);
        int given = _candidates.Count, places = given;
        foreach (int candidate in _candidates.Indices)
        {
            _searcher.TryMark(candidate);
            places += _index.Links(candidate, layer).Length;
        }

        // A heap moves its elements when one is added: the list of those given is taken from the searcher.
        _candidates.EnsureCapacity(places);
        for (int i = 0; i < given; i++)
        {
            foreach (int neighbor in _index.Links(_searcher.Found.Indices[i], layer))
            {
                if (_searcher.TryMark(neighbor))
                    _candidates.Push(_searcher.Distance(in start, neighbor), neighbor);
            }
        }
    }
}
