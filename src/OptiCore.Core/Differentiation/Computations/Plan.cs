using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The order of kernels and the plan of memory of a compiled expression.</summary>
internal sealed class Plan<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The buffer of everything that is computed.</summary>
    public const int Arena = 0;

    /// <summary>The buffer of constants.</summary>
    public const int Constants = 1;

    /// <summary>The buffer of the first input.</summary>
    public const int FirstInput = 2;

    private readonly Dictionary<Node, int> _inputs = [];
    private readonly Dictionary<Node, int> _constants = [];
    private readonly Storage _storage;
    private readonly MemoryPlan _memory;

    public Plan(ReadOnlySpan<Variable> inputs, ReadOnlySpan<Variable> outputs)
    {
        InputShapes = new Shape[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Node.Operation is not InputOperation)
                throw new ArgumentException($"'{inputs[i]}' is not an input; make inputs by Variable.Input.", nameof(inputs));
            if (!_inputs.TryAdd(inputs[i].Node, i))
                throw new ArgumentException($"The input '{inputs[i]}' is given twice.", nameof(inputs));
            InputShapes[i] = inputs[i].Shape;
        }

        Variable[] results = Canonical.Of(StridedProducts.Of(JoinedProducts.Of(outputs)));
        for (int i = 0; i < results.Length; i++)
        {
            // What nobody computes must be copied to be an output.
            if (Clusters.Source(results[i]).Node.Operation is InputOperation or ConstantOperation)
                results[i] = new BroadcastOperation(results[i].Shape).ApplyOne(results[i]);
        }

        List<Node> order = Node.InOrderOfComputation(results);
        ConstantBlock = Collect(order);
        _storage = new Storage(order);
        KernelNodes = new Clusters(order).Ordered;
        _memory = new MemoryPlan(KernelNodes, _storage, results);
        ArenaLength = _memory.Length;
        Kernels = new Kernel<T>[KernelNodes.Count];
        for (int i = 0; i < Kernels.Length; i++)
        {
            Node first = KernelNodes[i][0];
            Kernels[i] = first.Operation is ElementwiseOperation ? Run(KernelNodes[i], i)
                : KernelNodes[i].Count > 1 ? ((IProductOperation)first.Operation).Lower(Site(first, i), Run(KernelNodes[i][1..], i))
                : first.Operation.Lower<T>(Site(first, i));
        }

        Outputs = Array.ConvertAll(results, Operand);
    }

    /// <summary>The shapes of the inputs.</summary>
    public Shape[] InputShapes { get; }

    /// <summary>Where the outputs lie.</summary>
    public Operand[] Outputs { get; }

    /// <summary>What is computed, in this order.</summary>
    public Kernel<T>[] Kernels { get; }

    /// <summary>The nodes of each kernel, from which devices make their own.</summary>
    public List<List<Node>> KernelNodes { get; }

    /// <summary>The keys that replays are given.</summary>
    public List<KeyVariable> Keys { get; } = [];

    /// <summary>The constants.</summary>
    public Block<T> ConstantBlock { get; }

    /// <summary>The elements of the arena.</summary>
    public int ArenaLength { get; }

    /// <summary>The elements that the tiles of one run need at most.</summary>
    public int TileScratch { get; private set; }

    /// <summary>The number of buffers.</summary>
    public int BufferCount => FirstInput + InputShapes.Length;

    private Block<T> Collect(List<Node> order)
    {
        int length = 0;
        foreach (Node node in order)
        {
            if (node.Operation is ConstantOperation constant)
            {
                _constants[node] = length;
                length += MemoryPlan.Aligned(constant.Values.Length);
            }
            else if (node.Operation is InputOperation && !_inputs.ContainsKey(node))
                throw new ArgumentException($"The expressions need the input '{node.Operation.Name}' {node.Shapes[0]}, which is not among the inputs.");
        }

        var block = new Block<T>(length);
        foreach ((Node node, int start) in _constants)
        {
            double[] values = ((ConstantOperation)node.Operation).Values;
            for (int i = 0; i < values.Length; i++)
                block.Span[start + i] = T.CreateTruncating(values[i]);
        }

        return block;
    }

    /// <summary>Where a variable lies.</summary>
    public Operand Operand(Variable variable)
    {
        (Variable root, int offset) = _storage.Find(variable);
        return root.Node.Operation switch
        {
            InputOperation => new Operand(FirstInput + _inputs[root.Node], offset, variable.Shape),
            ConstantOperation => new Operand(Constants, _constants[root.Node] + offset, variable.Shape),
            _ => new Operand(Arena, _memory.Offset(root) + offset, variable.Shape),
        };
    }

    /// <summary>True if a variable is written to memory, not only passed on within a run.</summary>
    public bool IsKept(Variable variable) => _memory.IsKept(variable);

    /// <summary>Where a node's kernel finds what it needs.</summary>
    public KernelSite Site(Node node, int index)
    {
        var outputs = new Operand[node.Shapes.Length];
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = Operand(new Variable(node, i));
        return new KernelSite
        {
            Node = node,
            Inputs = Array.ConvertAll(node.Inputs, Operand),
            Outputs = outputs,
            Scratch = new Operand(Arena, _memory.Scratch(node), Shape.Create([node.Operation.ScratchCount(node)])),
            Index = index,
            Keys = Keys,
        };
    }

    private TileProgram<T> Run(List<Node> cluster, int index)
    {
        int count = cluster[0].Shapes[0].ElementCount;
        var builder = new TileProgramBuilder<T>(index, count, Operand);
        foreach (Node node in cluster)
            builder.Add(node, IsKept(new Variable(node, 0)));
        TileProgram<T> program = builder.Build();
        TileScratch = Math.Max(TileScratch, builder.Scratch);
        return program;
    }
}
