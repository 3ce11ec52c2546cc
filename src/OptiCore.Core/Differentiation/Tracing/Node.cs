namespace OptiCore.Differentiation;

/// <summary>One operation applied to its arguments. Nodes refer to the nodes before them and never change, so that they may be shared by any number of programs and derivatives.</summary>
internal sealed class Node
{
    public Node(Operation operation, params ReadOnlySpan<Variable> inputs)
    {
        Operation = operation;
        Inputs = inputs.ToArray();
        var shapes = new Shape[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            shapes[i] = inputs[i].Shape;
        Shapes = operation.Infer(shapes);
    }

    public Operation Operation { get; }

    public Variable[] Inputs { get; }

    /// <summary>The shapes of the results.</summary>
    public Shape[] Shapes { get; }

    /// <summary>The nodes that some variables need, each after those that it needs itself.</summary>
    /// <remarks>Depth first. Without recursion, since graphs may be deep.</remarks>
    public static List<Node> InOrder(ReadOnlySpan<Variable> results) => Visit(results, null);

    /// <summary>The nodes in an order of computation that needs little memory: of the arguments of a node, that with the longest way behind it is computed first, the others shortly before they are used.</summary>
    public static List<Node> InOrderOfComputation(ReadOnlySpan<Variable> results)
    {
        var depths = new Dictionary<Node, int>();
        foreach (Node node in InOrder(results))
        {
            int depth = 0;
            foreach (Variable input in node.Inputs)
                depth = Math.Max(depth, depths[input.Node] + 1);
            depths[node] = depth;
        }

        return Visit(results, depths);
    }

    private static List<Node> Visit(ReadOnlySpan<Variable> results, Dictionary<Node, int>? depths)
    {
        var order = new List<Node>();
        var seen = new HashSet<Node>();
        var stack = new Stack<(Node Node, Variable[] Inputs, int Next)>();
        foreach (Variable result in results)
        {
            if (!seen.Add(result.Node))
                continue;
            stack.Push((result.Node, Sorted(result.Node), 0));
            while (stack.Count > 0)
            {
                (Node node, Variable[] inputs, int next) = stack.Pop();
                if (next == inputs.Length)
                {
                    order.Add(node);
                    continue;
                }

                stack.Push((node, inputs, next + 1));
                Node input = inputs[next].Node;
                if (seen.Add(input))
                    stack.Push((input, Sorted(input), 0));
            }
        }

        return order;

        Variable[] Sorted(Node node)
        {
            if (depths is null || node.Inputs.Length < 2)
                return node.Inputs;
            var inputs = (Variable[])node.Inputs.Clone();
            var keys = new (int Depth, int Place)[inputs.Length];
            for (int i = 0; i < keys.Length; i++)
                keys[i] = (-depths[inputs[i].Node], i);
            Array.Sort(keys, inputs);
            return inputs;
        }
    }
}
