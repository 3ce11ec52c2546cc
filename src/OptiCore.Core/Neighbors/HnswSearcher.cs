using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Neighbors;

/// <summary>
/// The workspace of searches in an <see cref="Hnsw{T}"/>: marks of visited vectors and the heaps. One thread uses it at a time; as many searchers as
/// wanted search one index at a time, as long as nothing is added or deleted meanwhile.
/// </summary>
/// <remarks>Takes 8 bytes plus one element for each vector. A search allocates nothing once the searcher has seen the index's size and the number of candidates.</remarks>
/// <typeparam name="T">The element type.</typeparam>
public sealed class HnswSearcher<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Hnsw<T> _index;
    private readonly CandidateHeap<T, NearestFirst> _open = new();
    private readonly CandidateHeap<T, FarthestFirst> _found = new();
    private readonly T[] _query;
    private readonly int[] _pending;
    private int[] _visited = [];
    private int[] _entries = new int[1];
    private int _mark;
    private long _evaluations;
    private long _expansions;

    internal HnswSearcher(Hnsw<T> index)
    {
        _index = index;
        _query = new T[index.Dimension];
        _pending = new int[2 * index.Options.Links];
    }

    /// <summary>What the searches cost since the beginning or the last <see cref="ResetStatistics"/>.</summary>
    public HnswStatistics Statistics => new(_evaluations, _expansions);

    /// <summary>The vectors that <see cref="SearchLayer"/> found.</summary>
    internal CandidateHeap<T, FarthestFirst> Found => _found;

    /// <summary>Starts counting from zero.</summary>
    public void ResetStatistics() => (_evaluations, _expansions) = (0, 0);

    /// <summary>
    /// Finds approximately the nearest vectors of a query, the nearest first, equal ones by index: greedy descent from the top layer to layer 1, then a search
    /// of layer 0 that keeps the nearest <paramref name="candidates"/> vectors (algorithms 2 and 5 of the paper). Deleted vectors are passed through
    /// but not returned.
    /// </summary>
    /// <param name="query">The query.</param>
    /// <param name="candidates">efSearch: recall and cost grow with it; at least the number of results is used. With as many as there are vectors the
    /// result is exact for all that can be reached.</param>
    /// <param name="indices">Receives the indices of the vectors; -1 where fewer were found.</param>
    /// <param name="distances">Receives their distances in the terms of <see cref="HnswMetric"/>, of the same length; infinity where fewer were found.</param>
    /// <returns>The number of vectors found.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="candidates"/> is smaller than 1.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, a coordinate is NaN or infinite, or the query is zero with the cosine metric.</exception>
    public int Nearest(ReadOnlySpan<T> query, int candidates, Span<int> indices, Span<T> distances)
    {
        Require.Positive(candidates, nameof(candidates));
        Require.Length(distances.Length, indices.Length, nameof(distances));
        _index.Prepare(query, _query, nameof(query));
        _found.Clear();
        if (_index.Count > 0 && indices.Length > 0)
        {
            EnsureCapacity();
            Descend(_query, 0);
            SearchLayer(_query, 0, Math.Max(candidates, indices.Length), withDeleted: false);
            _found.Sort();
        }

        int count = Math.Min(indices.Length, _found.Count);
        _found.Indices[..count].CopyTo(indices);
        _found.Distances[..count].CopyTo(distances);
        indices[count..].Fill(-1);
        distances[count..].Fill(T.PositiveInfinity);
        return count;
    }

    /// <summary>Makes room for marks of all vectors.</summary>
    internal void EnsureCapacity()
    {
        if (_visited.Length >= _index.Capacity)
            return;
        _visited = new int[_index.Capacity];
        _mark = 0;
        _open.EnsureCapacity(_index.Capacity);
    }

    /// <summary>Greedy search from the entry point through the layers above <paramref name="layer"/>; leaves the nearest vector as the only one found.</summary>
    internal void Descend(ReadOnlySpan<T> query, int layer)
    {
        ref readonly T start = ref MemoryMarshal.GetReference(query);
        _found.EnsureCapacity(1);
        _found.Clear();
        _found.Push(Distance(in start, _index.EntryPoint), _index.EntryPoint);
        for (int l = _index.TopLayer; l > layer; l--)
            SearchLayer(query, l, 1, withDeleted: true);
    }

    /// <summary>
    /// Replaces the vectors found, the entry points, by the nearest of a layer (algorithm 2). Afterwards they are a heap with the farthest on top.
    /// </summary>
    /// <param name="query">The query as the index stores vectors.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="keep">ef, the number of vectors to keep.</param>
    /// <param name="withDeleted">Whether deleted vectors are kept.</param>
    internal void SearchLayer(ReadOnlySpan<T> query, int layer, int keep, bool withDeleted)
    {
        ref readonly T start = ref MemoryMarshal.GetReference(query);
        keep = Math.Min(keep, _index.Count);
        int mark = NextMark();
        int[] visited = _visited;
        Span<int> pending = _pending;
        Enter(keep, mark, withDeleted);
        while (_open.Count > 0)
        {
            if (_found.Count == keep && _open.TopDistance > _found.TopDistance)
                break;
            int current = _open.TopIndex;
            _open.Pop();
            _expansions++;
            int count = 0;
            foreach (int neighbor in _index.Links(current, layer))
            {
                if (visited[neighbor] == mark)
                    continue;
                visited[neighbor] = mark;
                pending[count++] = neighbor;
                _index.Prefetch(neighbor);
            }

            foreach (int neighbor in pending[..count])
            {
                T distance = Distance(in start, neighbor);
                if (_found.Count < keep || distance < _found.TopDistance || (distance == _found.TopDistance && neighbor < _found.TopIndex))
                {
                    _open.Push(distance, neighbor);
                    if (withDeleted || !_index.IsDeletedUnchecked(neighbor))
                        Keep(distance, neighbor, keep);
                }
            }
        }
    }

    /// <summary>Marks a vector as seen in the present layer; false when it was already.</summary>
    internal bool TryMark(int index)
    {
        if (_visited[index] == _mark)
            return false;
        _visited[index] = _mark;
        return true;
    }

    /// <summary>Starts a new set of marks.</summary>
    internal int NextMark()
    {
        if (_mark == int.MaxValue)
        {
            Array.Clear(_visited);
            _mark = 0;
        }

        return ++_mark;
    }

    /// <summary>The distance of a prepared query and a vector.</summary>
    internal T Distance(ref readonly T query, int index)
    {
        _evaluations++;
        return _index.Distance(in query, index);
    }

    /// <summary>Begins with the vectors that the layer above left in <see cref="_found"/>.</summary>
    private void Enter(int keep, int mark, bool withDeleted)
    {
        _open.Clear();
        int count = _found.Count;
        if (_entries.Length < count)
            Array.Resize(ref _entries, Math.Max(count, 2 * _entries.Length));
        _found.Indices.CopyTo(_entries);
        for (int i = 0; i < count; i++)
        {
            _visited[_entries[i]] = mark;
            _open.Push(_found.Distances[i], _entries[i]);
        }

        _found.EnsureCapacity(keep);
        if (withDeleted && count <= keep)
            return;

        // Entry points that aren't wanted as results remain open.
        _found.Clear();
        ReadOnlySpan<int> open = _open.Indices;
        ReadOnlySpan<T> distances = _open.Distances;
        for (int i = 0; i < count; i++)
        {
            if (withDeleted || !_index.IsDeletedUnchecked(open[i]))
                Keep(distances[i], open[i], keep);
        }
    }

    private void Keep(T distance, int index, int keep)
    {
        if (_found.Count < keep)
            _found.Push(distance, index);
        else if (distance < _found.TopDistance || (distance == _found.TopDistance && index < _found.TopIndex))
            _found.ReplaceTop(distance, index);
    }
}
