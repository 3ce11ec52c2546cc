namespace OptiCore.Differentiation;

/// <summary>Expressions in which equal operations on equal arguments are one node.</summary>
internal static class Canonical
{
    /// <summary>Rewrites expressions so that common subexpressions are shared.</summary>
    /// <returns>The expressions, in the order given.</returns>
    public static Variable[] Of(ReadOnlySpan<Variable> results)
    {
        var known = new Dictionary<Key, Node>();
        var canonical = new Dictionary<Node, Node>();
        Variable[] merged = ScanOperation.Merge(results);
        foreach (Node node in Node.InOrder(merged))
        {
            var inputs = new Variable[node.Inputs.Length];
            bool changed = false;
            for (int i = 0; i < inputs.Length; i++)
            {
                Node own = canonical[node.Inputs[i].Node];
                changed |= own != node.Inputs[i].Node;
                inputs[i] = new Variable(own, node.Inputs[i].Output);
            }

            var key = new Key(node.Operation, inputs);
            if (!known.TryGetValue(key, out Node? same))
                known[key] = same = changed ? new Node(node.Operation, inputs) : node;
            canonical[node] = same;
        }

        var all = new Variable[merged.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = new Variable(canonical[merged[i].Node], merged[i].Output);
        return all;
    }

    private readonly struct Key(Operation operation, Variable[] inputs) : IEquatable<Key>
    {
        private readonly Operation _operation = operation;
        private readonly Variable[] _inputs = inputs;

        public bool Equals(Key other) => _operation.Equals(other._operation) && _inputs.AsSpan().SequenceEqual(other._inputs);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(_operation);
            foreach (Variable input in _inputs)
                hash.Add(input);
            return hash.ToHashCode();
        }
    }
}
