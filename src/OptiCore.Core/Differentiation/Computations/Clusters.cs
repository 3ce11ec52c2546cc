namespace OptiCore.Differentiation;

/// <summary>
/// The nodes that need computing, with those element-wise ones together that can be computed as one run: one feeds the other with all its elements, and nothing that lies between them is
/// computed elsewhere. A product that feeds a run with all its elements, such as that of a layer with bias and activation, comes before it in the same cluster.
/// </summary>
internal sealed class Clusters
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<Node, int> _indices = [];
    private readonly List<int>[] _consumers, _producers;
    private readonly HashSet<(int Producer, int Consumer)> _whole = [];
    private readonly int[] _parent;
    private readonly List<int>[] _members;

    public Clusters(List<Node> order)
    {
        foreach (Node node in order)
        {
            if (node.Operation is InputOperation or ConstantOperation || node.Operation.TryView(node, out _))
                continue;
            _indices[node] = _nodes.Count;
            _nodes.Add(node);
        }

        int n = _nodes.Count;
        _consumers = new List<int>[n];
        _producers = new List<int>[n];
        _parent = new int[n];
        _members = new List<int>[n];
        for (int i = 0; i < n; i++)
        {
            _consumers[i] = [];
            _producers[i] = [];
            _parent[i] = i;
            _members[i] = [i];
        }

        for (int i = 0; i < n; i++)
        {
            foreach (Variable input in _nodes[i].Inputs)
            {
                if (_indices.TryGetValue(Source(input).Node, out int producer))
                {
                    _consumers[producer].Add(i);
                    _producers[i].Add(producer);
                    if (!(IsRun(producer, i) || IsFollowed(producer, i)) || input.Shape.ElementCount != _nodes[i].Shapes[0].ElementCount)
                        _whole.Add((producer, i));
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            foreach (int producer in _producers[i])
            {
                // What comes later isn't joined yet: no way leads back from it.
                if (IsRun(producer, i))
                    TryJoin(Find(producer), Find(i), i);
            }
        }

        // One product at most; of two that a run adds up, the first.
        for (int i = 0; i < n; i++)
        {
            foreach (int producer in _producers[i])
            {
                if (IsFollowed(producer, i) && _members[producer] is [_] && _nodes[_members[Find(i)][^1]].Operation is ElementwiseOperation)
                    TryJoin(producer, Find(i), n);
            }
        }

        Ordered = Sort();
    }

    /// <summary>The clusters in an order of computation, the nodes of each in order too, a product first.</summary>
    public List<List<Node>> Ordered { get; }

    /// <summary>The variable whose elements a variable shows under another shape or in part.</summary>
    public static Variable Source(Variable variable)
    {
        while (variable.Node.Operation.TryView(variable.Node, out _))
            variable = variable.Node.Inputs[0];
        return variable;
    }

    private bool IsRun(int producer, int consumer) =>
        _nodes[producer].Operation is ElementwiseOperation && _nodes[consumer].Operation is ElementwiseOperation
        && _nodes[producer].Shapes[0].ElementCount == _nodes[consumer].Shapes[0].ElementCount;

    private bool IsFollowed(int producer, int consumer) =>
        _nodes[producer].Operation is IProductOperation { IsInOrder: true } && _nodes[consumer].Operation is ElementwiseOperation
        && _nodes[producer].Shapes[0][-1] > 1
        && _nodes[producer].Shapes[0].ElementCount == _nodes[consumer].Shapes[0].ElementCount;

    private int Find(int node)
    {
        while (_parent[node] != node)
            node = _parent[node];
        return node;
    }

    private void TryJoin(int first, int second, int last)
    {
        if (first == second || NeedsWhole(first, second) || IsReachedAround(first, second, last))
            return;
        _parent[first] = second;
        _members[second].AddRange(_members[first]);
        _members[first] = [];
    }

    /// <summary>True if the second cluster reads a result of the first in part or repeated: then that must be complete before.</summary>
    private bool NeedsWhole(int first, int second)
    {
        foreach (int producer in _members[first])
        {
            foreach (int consumer in _consumers[producer])
            {
                if (Find(consumer) == second && _whole.Contains((producer, consumer)))
                    return true;
            }
        }

        return false;
    }

    /// <summary>True if a way leads from the first cluster to the second through a third, of those that have a node up to the last one.</summary>
    private bool IsReachedAround(int first, int second, int last)
    {
        var seen = new HashSet<int>();
        var stack = new Stack<int>();
        Push(first, isStart: true);
        while (stack.Count > 0)
        {
            int cluster = stack.Pop();
            if (cluster == second)
                return true;
            Push(cluster, isStart: false);
        }

        return false;

        void Push(int cluster, bool isStart)
        {
            foreach (int member in _members[cluster])
            {
                foreach (int consumer in _consumers[member])
                {
                    int next = Find(consumer);
                    if (next == first || (isStart && next == second) || Least(next) > last)
                        continue;
                    if (seen.Add(next))
                        stack.Push(next);
                }
            }
        }
    }

    private int Least(int cluster)
    {
        int least = int.MaxValue;
        foreach (int member in _members[cluster])
            least = Math.Min(least, member);
        return least;
    }

    private List<List<Node>> Sort()
    {
        // Of the clusters whose arguments are there, always the one whose last node was written first.
        var waiting = new Dictionary<int, int>();
        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < _nodes.Count; i++)
        {
            if (_parent[i] != i)
                continue;
            var before = new HashSet<int>();
            foreach (int member in _members[i])
            {
                foreach (int producer in _producers[member])
                {
                    if (Find(producer) != i)
                        before.Add(Find(producer));
                }
            }

            waiting[i] = before.Count;
            _members[i].Sort();
            if (before.Count == 0)
                ready.Enqueue(i, _members[i][^1]);
        }

        var ordered = new List<List<Node>>();
        while (ready.TryDequeue(out int cluster, out _))
        {
            List<Node> nodes = _members[cluster].ConvertAll(i => _nodes[i]);
            int product = nodes.FindIndex(node => node.Operation is not ElementwiseOperation);
            if (product > 0)
                nodes.Insert(0, Removed(nodes, product));
            ordered.Add(nodes);
            var after = new HashSet<int>();
            foreach (int member in _members[cluster])
            {
                foreach (int consumer in _consumers[member])
                {
                    int next = Find(consumer);
                    if (next != cluster && after.Add(next) && --waiting[next] == 0)
                        ready.Enqueue(next, _members[next][^1]);
                }
            }
        }

        int count = 0;
        foreach (List<Node> cluster in ordered)
            count += cluster.Count;
        if (count != _nodes.Count)
            throw new System.Diagnostics.UnreachableException("Clusters of nodes need each other.");
        return ordered;
    }

    private static Node Removed(List<Node> nodes, int place)
    {
        Node node = nodes[place];
        nodes.RemoveAt(place);
        return node;
    }
}
