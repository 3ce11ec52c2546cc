namespace OptiCore.Differentiation;

/// <summary>Where in the arena each variable lies: memory is given again when a value has been used for the last time.</summary>
internal sealed class MemoryPlan
{
    // Sixteen elements are a cache line of floats or two of doubles.
    private const int Alignment = 16;

    private readonly Dictionary<Variable, Life> _lives = [];
    private readonly Dictionary<Node, Life> _scratch = [];
    private readonly HashSet<Variable> _kept = [];

    public MemoryPlan(List<List<Node>> clusters, Storage storage, ReadOnlySpan<Variable> outputs)
    {
        var place = new Dictionary<Node, int>();
        for (int i = 0; i < clusters.Count; i++)
        {
            foreach (Node node in clusters[i])
                place[node] = i;
        }

        for (int i = 0; i < clusters.Count; i++)
        {
            foreach (Node node in clusters[i])
            {
                bool isInRun = node.Operation is ElementwiseOperation;
                foreach (Variable input in node.Inputs)
                {
                    // Within a run, numbers pass through tiles, unless they are read as another count of elements, which no run does with its own.
                    Variable source = Clusters.Source(input);
                    if (place.TryGetValue(source.Node, out int producer) && (producer != i || !isInRun))
                        _kept.Add(source);
                    Use(storage.Find(input).Root, i);
                }

                for (int output = 0; output < node.Shapes.Length; output++)
                {
                    var result = new Variable(node, output);
                    if (!isInRun)
                        _kept.Add(result);
                    if (storage.Find(result).Root != result)
                        _kept.Add(result);
                    Use(storage.Find(result).Root, i);
                }

                int count = node.Operation.ScratchCount(node);
                if (count > 0)
                    _scratch[node] = new Life(Aligned(count), i) { Last = i };
            }
        }

        foreach (Variable output in outputs)
        {
            _kept.Add(Clusters.Source(output));
            Use(storage.Find(output).Root, int.MaxValue);
        }

        // What only the tiles of a run see needs no memory.
        foreach ((Variable root, Life life) in _lives)
            life.IsNeeded = _kept.Contains(root) || root.Node.Operation is not ElementwiseOperation;
        ShareInRuns(clusters, storage);
        Length = Allocate(clusters.Count);
    }

    /// <summary>The elements of the arena.</summary>
    public int Length { get; }

    /// <summary>A count of elements rounded up to whole cache lines.</summary>
    public static int Aligned(int count) => checked((count + Alignment - 1) / Alignment * Alignment);

    /// <summary>The element with which a variable that isn't part of another begins.</summary>
    public int Offset(Variable root) => _lives[root].Start;

    /// <summary>The element with which a node's workspace begins.</summary>
    public int Scratch(Node node) => _scratch.TryGetValue(node, out Life? life) ? life.Start : 0;

    /// <summary>True if the result is written to memory; else it exists in the tiles of its run only.</summary>
    public bool IsKept(Variable result) => _kept.Contains(result);

    private void Use(Variable root, int at)
    {
        if (root.Node.Operation is InputOperation or ConstantOperation)
            return;
        if (!_lives.TryGetValue(root, out Life? life))
            _lives[root] = life = new Life(Aligned(root.Shape.ElementCount), at);
        life.First = Math.Min(life.First, at);
        life.Last = Math.Max(life.Last, at);
    }

    /// <summary>
    /// A result of a run takes the memory of an argument that dies in it, if it is written no earlier than the argument is read for the last time: elements are read before they
    /// are written at the same place. The product that a run follows is such an argument; the product's factors, which are read for other elements too, aren't.
    /// </summary>
    private void ShareInRuns(List<List<Node>> clusters, Storage storage)
    {
        for (int i = 0; i < clusters.Count; i++)
        {
            if (clusters[i][^1].Operation is not ElementwiseOperation)
                continue;
            int count = clusters[i][^1].Shapes[0].ElementCount;
            var lastRead = new Dictionary<Variable, int>();
            var spoiled = new HashSet<Variable>();
            for (int step = 0; step < clusters[i].Count; step++)
            {
                foreach (Variable input in clusters[i][step].Inputs)
                {
                    (Variable root, int offset) = storage.Find(input);
                    lastRead[root] = step;
                    if (clusters[i][step].Operation is not ElementwiseOperation || offset != 0 || input.Shape.ElementCount != count || root.Shape.ElementCount != count)
                        spoiled.Add(root);
                }
            }

            for (int step = 0; step < clusters[i].Count; step++)
            {
                var result = new Variable(clusters[i][step], 0);
                if (result.Node.Operation is not ElementwiseOperation || !_kept.Contains(result) || storage.Find(result).Root != result || _lives[result] is { Home: not null })
                    continue;
                foreach ((Variable root, int last) in lastRead)
                {
                    if (spoiled.Contains(root) || last > step || !_lives.TryGetValue(root, out Life? old) || !old.IsNeeded || old.Last != i || old.IsTaken
                        || (old.First == i && root.Node.Operation is ElementwiseOperation))
                        continue;
                    old.IsTaken = true;
                    Life home = old.Home ?? old;
                    _lives[result].Home = home;
                    home.Last = Math.Max(home.Last, _lives[result].Last);
                    spoiled.Add(root);
                    break;
                }
            }
        }
    }

    /// <summary>First fit: at each place in the order, the lowest gap that is large enough.</summary>
    private int Allocate(int places)
    {
        var born = new List<Life>[places];
        foreach (Life life in (List<Life>)[.. _lives.Values, .. _scratch.Values])
        {
            if (life.Home is null && life.IsNeeded)
                (born[life.First] ??= []).Add(life);
        }

        var living = new List<Life>();
        int length = 0;
        for (int i = 0; i < places; i++)
        {
            living.RemoveAll(life => life.Last < i);
            foreach (Life life in born[i] ?? [])
            {
                int start = 0, at = 0;
                for (; at < living.Count && living[at].Offset - start < life.Length; at++)
                    start = living[at].Offset + living[at].Length;
                life.Offset = start;
                living.Insert(at, life);
                length = Math.Max(length, checked(start + life.Length));
            }
        }

        return length;
    }

    private sealed class Life(int length, int first)
    {
        public int Length { get; } = length;

        public int First { get; set; } = first;

        public int Last { get; set; } = first;

        public bool IsNeeded { get; set; } = true;

        /// <summary>True when a result has taken over the memory.</summary>
        public bool IsTaken { get; set; }

        /// <summary>Whose memory this is, if not its own.</summary>
        public Life? Home { get; set; }

        public int Offset { get; set; }

        public int Start => Home is null ? Offset : Home.Offset;
    }
}
