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
    /// <remarks>Depth first in the order of the results and their arguments: a value is computed shortly before it is first used. Without recursion, since graphs may be deep.</remarks>
    public static List<Node> InOrder(ReadOnlySpan<Variable> results)
    {
        var order = new List<Node>();
        var seen = new HashSet<Node>();
        var stack = new Stack<(Node Node, int Next)>();
        foreach (Variable result in results)
        {
            if (!seen.Add(result.Node))
                continue;
            stack.Push((result.Node, 0));
            while (stack.Count > 0)
            {
                (Node node, int next) = stack.Pop();
                if (next == node.Inputs.Length)
                {
                    order.Add(node);
                    continue;
                }

                stack.Push((node, next + 1));
                Node input = node.Inputs[next].Node;
                if (seen.Add(input))
                    stack.Push((input, 0));
            }
        }

        return order;
    }
}
