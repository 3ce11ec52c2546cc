namespace OptiCore.LinearAlgebra;

/// <summary>
/// The approximate minimum degree order. Elimination is followed on a quotient graph: an eliminated pivot becomes an element, whose list is the clique that its elimination makes;
/// a vertex is adjacent to elements and to further vertices. The degree is bounded from above by the sizes of the elements outside of the pivot's.
/// </summary>
/// <remarks>
/// With element absorption, aggressive absorption, mass elimination and the merging of indistinguishable vertices. Vertices of very many neighbours are put last. P. R. Amestoy, T. A. Davis, I. S. Duff (1996), An approximate minimum
/// degree ordering algorithm, SIAM J. Matrix Anal. Appl. 17, 886-905.
/// </remarks>
internal sealed class MinimumDegree
{
    private const int None = -1;

    private readonly int _n;
    private readonly int[] _lists;
    private readonly int[] _start;
    private readonly int[] _length;
    private readonly int[] _elements;
    private readonly int[] _weight;
    private readonly int[] _degree;
    private readonly long[] _outside;
    private readonly int[] _parent;
    private readonly bool[] _isElement;
    private readonly int[] _head;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int[] _bucket;
    private readonly int[] _hash;
    private int _free;
    private int _least;
    private int _eliminated;
    private long _tag = 1;

    public MinimumDegree(Graph graph)
    {
        int n = _n = graph.Order, count = graph.Neighbours.Length;
        _lists = new int[checked(count + (count / 5) + (2 * n) + 1)];
        graph.Neighbours.CopyTo(_lists, 0);
        _free = count;
        _start = new int[n];
        _length = new int[n];
        _elements = new int[n];
        _weight = new int[n];
        _degree = new int[n];
        _outside = new long[n];
        _parent = new int[n];
        _isElement = new bool[n];
        _head = new int[n + 1];
        _next = new int[n];
        _previous = new int[n];
        _bucket = new int[n];
        _hash = new int[n];
        _head.AsSpan().Fill(None);
        _bucket.AsSpan().Fill(None);
        _parent.AsSpan().Fill(None);
        for (int i = 0; i < n; i++)
        {
            _start[i] = graph.Starts[i];
            _length[i] = _degree[i] = graph.Starts[i + 1] - graph.Starts[i];
            _weight[i] = 1;
        }
    }

    public int[] Order()
    {
        // The bound of the paper's software for rows that would only slow the search down.
        int dense = (int)Math.Min(_n, Math.Max(16, 10 * Math.Sqrt(_n)));
        int[] last = new int[_n];
        int put = 0;
        for (int i = _n - 1; i >= 0; i--)
        {
            if (_degree[i] > dense)
            {
                last[put++] = i;
                _weight[i] = 0;
                _eliminated++;
            }
        }

        for (int i = _n - 1; i >= 0; i--)
        {
            if (_weight[i] > 0)
                Enter(i);
        }

        while (_eliminated < _n)
        {
            while (_head[_least] == None)
                _least++;
            int pivot = _head[_least];
            Leave(pivot);
            Eliminate(pivot);
        }

        return Postorder(last.AsSpan(0, put));
    }

    private void Eliminate(int pivot)
    {
        int pivotWeight = _weight[pivot];
        _eliminated += pivotWeight;
        int degree = MakeElement(pivot, out int begin, out int end);
        MeasureOutside(begin, end);
        for (int at = begin; at < end; at++)
        {
            int i = _lists[at];
            if (Update(i, pivot))
                continue;

            // Nothing but the pivot's clique is left of i: it is eliminated together with the pivot.
            int weight = -_weight[i];
            _parent[i] = pivot;
            degree -= weight;
            _eliminated += weight;
            _weight[i] = 0;
            _start[i] = None;
        }

        _tag += _n + 1;
        Merge(begin, end);
        Finish(pivot, begin, end, degree);
    }

    /// <summary>The list of the new element: the neighbours of the pivot, and those of its elements, which it absorbs. Weights of its members turn negative.</summary>
    private int MakeElement(int pivot, out int begin, out int end)
    {
        int bound = _length[pivot];
        for (int p = 0; p < _elements[pivot]; p++)
            bound = Math.Min(_n, bound + _length[_lists[_start[pivot] + p]]);
        if (_lists.Length - _free < bound)
            Compact();
        begin = end = _free;
        int degree = 0, from = _start[pivot];
        _weight[pivot] = 0;
        for (int p = 0; p < _length[pivot]; p++)
        {
            int adjacent = _lists[from + p];
            if (p >= _elements[pivot])
            {
                Take(adjacent, ref end, ref degree);
                continue;
            }

            for (int q = 0; q < _length[adjacent]; q++)
                Take(_lists[_start[adjacent] + q], ref end, ref degree);
            Absorb(adjacent, pivot);
        }

        _free = end;
        _isElement[pivot] = true;
        _start[pivot] = begin;
        _length[pivot] = end - begin;
        _elements[pivot] = 0;
        _outside[pivot] = 0;
        return degree;
    }

    private void Take(int i, ref int end, ref int degree)
    {
        if (_weight[i] <= 0)
            return;
        degree += _weight[i];
        _weight[i] = -_weight[i];
        _lists[end++] = i;
        Leave(i);
    }

    private void Absorb(int element, int into)
    {
        _parent[element] = into;
        _start[element] = None;
        _outside[element] = -1;
    }

    /// <summary>_outside[e] - tag becomes the weight of element e outside of the new one, for each element that a member is adjacent to.</summary>
    private void MeasureOutside(int begin, int end)
    {
        for (int at = begin; at < end; at++)
        {
            int i = _lists[at], weight = -_weight[i];
            for (int p = 0; p < _elements[i]; p++)
            {
                int e = _lists[_start[i] + p];
                if (_start[e] == None)
                    continue;
                if (_outside[e] < _tag)
                    _outside[e] = _degree[e] + _tag;
                _outside[e] -= weight;
            }
        }
    }

    /// <summary>Rewrites the lists of a member: the pivot instead of what it absorbed. False when nothing else is left.</summary>
    private bool Update(int i, int pivot)
    {
        int from = _start[i], write = from, elementsEnd = from + _elements[i], end = from + _length[i], degree = 0, saved = None;
        uint hash = (uint)pivot;
        for (int p = from; p < elementsEnd; p++)
        {
            int e = _lists[p];
            if (_start[e] == None)
                continue;
            int outside = (int)(_outside[e] - _tag);
            if (outside == 0)
            {
                // Aggressive absorption: all of e lies in the new element.
                Absorb(e, pivot);
                continue;
            }

            degree += outside;
            hash += (uint)e;
            _lists[write++] = e;
        }

        // The pivot follows the elements. Where none went away it was a neighbour itself, and the first neighbour makes room until its place is free.
        if (write == elementsEnd && write < end)
            saved = _lists[write];
        _elements[i] = write - from + 1;
        _lists[write++] = pivot;
        for (int p = saved == None ? elementsEnd : elementsEnd + 1; p < end; p++)
            Keep(_lists[p], ref write, ref degree, ref hash);
        if (saved != None)
            Keep(saved, ref write, ref degree, ref hash);
        _length[i] = write - from;
        if (degree == 0)
            return false;
        _degree[i] = Math.Min(_degree[i], degree);
        int slot = (int)(hash % (uint)_n);
        _hash[i] = slot;
        _next[i] = _bucket[slot];
        _bucket[slot] = i;
        return true;
    }

    private void Keep(int j, ref int write, ref int degree, ref uint hash)
    {
        if (_weight[j] <= 0)
            return;
        degree += _weight[j];
        hash += (uint)j;
        _lists[write++] = j;
    }

    /// <summary>Members with equal lists are one vertex from now on.</summary>
    private void Merge(int begin, int end)
    {
        for (int at = begin; at < end; at++)
        {
            int first = _lists[at];
            if (_weight[first] >= 0)
                continue;
            int i = _bucket[_hash[first]];
            _bucket[_hash[first]] = None;
            for (; i != None && _next[i] != None; i = _next[i])
            {
                _tag++;
                for (int p = 0; p < _length[i]; p++)
                    _outside[_lists[_start[i] + p]] = _tag;
                int before = i;
                for (int j = _next[i]; j != None;)
                {
                    if (!Equal(i, j))
                    {
                        before = j;
                        j = _next[j];
                        continue;
                    }

                    _parent[j] = i;
                    _weight[i] += _weight[j];
                    _weight[j] = 0;
                    _start[j] = None;
                    j = _next[j];
                    _next[before] = j;
                }
            }
        }

        // Marks of this step count for no later one.
        _tag++;
    }

    private bool Equal(int i, int j)
    {
        if (_length[i] != _length[j] || _elements[i] != _elements[j])
            return false;
        for (int p = 0; p < _length[j]; p++)
        {
            if (_outside[_lists[_start[j] + p]] != _tag)
                return false;
        }

        return true;
    }

    private void Finish(int pivot, int begin, int end, int degree)
    {
        int write = begin, left = _n - _eliminated;
        for (int at = begin; at < end; at++)
        {
            int i = _lists[at], weight = -_weight[i];
            if (weight <= 0)
                continue;
            _weight[i] = weight;
            _degree[i] = Math.Clamp(_degree[i] + degree - weight, 0, left - weight);
            Enter(i);
            _lists[write++] = i;
        }

        _degree[pivot] = degree;
        _length[pivot] = write - begin;
        _free = write;
        if (write == begin)
            _start[pivot] = None;
    }

    private void Enter(int i)
    {
        int degree = _degree[i], first = _head[degree];
        _next[i] = first;
        _previous[i] = None;
        if (first != None)
            _previous[first] = i;
        _head[degree] = i;
        _least = Math.Min(_least, degree);
    }

    private void Leave(int i)
    {
        if (_next[i] != None)
            _previous[_next[i]] = _previous[i];
        if (_previous[i] != None)
            _next[_previous[i]] = _next[i];
        else
            _head[_degree[i]] = _next[i];
    }

    /// <summary>Moves the living lists to the front. The first entry of each is exchanged with the sign of its owner, so that one pass finds them in order.</summary>
    private void Compact()
    {
        for (int i = 0; i < _n; i++)
        {
            if (_start[i] == None || _length[i] == 0 || (_weight[i] == 0 && !_isElement[i]))
                continue;
            int at = _start[i];
            _start[i] = _lists[at];
            _lists[at] = -2 - i;
        }

        int write = 0;
        for (int read = 0; read < _free;)
        {
            int owner = -2 - _lists[read];
            if (owner < 0)
            {
                read++;
                continue;
            }

            int first = _start[owner];
            _start[owner] = write;
            _lists[write++] = first;
            for (int p = 1; p < _length[owner]; p++)
                _lists[write++] = _lists[read + p];
            read += _length[owner];
        }

        _free = write;
    }

    /// <summary>Elements after what they absorbed, with the vertices that were merged into them right beside.</summary>
    private int[] Postorder(ReadOnlySpan<int> last)
    {
        int[] child = new int[_n], sibling = new int[_n], order = new int[_n], stack = new int[_n];
        child.AsSpan().Fill(None);
        sibling.AsSpan().Fill(None);
        bool[] late = new bool[_n];
        foreach (int i in last)
            late[i] = true;

        // What was absorbed is to come before the merged vertices, which belong to the pivot itself: so it is linked in later, to the front.
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = _n - 1; i >= 0; i--)
            {
                if (_parent[i] == None || _isElement[i] != (pass == 1))
                    continue;
                sibling[i] = child[_parent[i]];
                child[_parent[i]] = i;
            }
        }

        int count = 0;
        for (int root = 0; root < _n; root++)
        {
            if (_parent[root] != None || late[root])
                continue;
            int depth = 0;
            stack[0] = root;
            while (depth >= 0)
            {
                int top = stack[depth], below = child[top];
                if (below == None)
                {
                    order[count++] = top;
                    depth--;
                    continue;
                }

                child[top] = sibling[below];
                stack[++depth] = below;
            }
        }

        for (int i = last.Length - 1; i >= 0; i--)
            order[count++] = last[i];
        return order;
    }
}
