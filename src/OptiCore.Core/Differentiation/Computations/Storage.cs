namespace OptiCore.Differentiation;

/// <summary>Which variables are parts of others and need no memory of their own.</summary>
internal sealed class Storage
{
    private readonly Dictionary<Variable, (Variable Whole, int Offset)> _parts = [];

    public Storage(List<Node> order)
    {
        foreach (Node node in order)
        {
            if (node.Operation.TryView(node, out int offset))
            {
                _parts[new Variable(node, 0)] = (node.Inputs[0], offset);
                continue;
            }

            // Parts that lie one after the other are computed in their places, if each has a place to itself.
            if (node.Operation is not ConcatenateOperation concatenate || Blocks.Around(node.Shapes[0], concatenate.Axis).Outer != 1)
                continue;
            int at = 0;
            foreach (Variable part in node.Inputs)
            {
                (Variable root, int start) = Find(part);
                int count = part.Shape.ElementCount;
                if (start == 0 && root.Shape.ElementCount == count && root.Node != node && root.Node.Operation is not (InputOperation or ConstantOperation))
                    _parts[root] = (new Variable(node, 0), at);
                at += count;
            }
        }
    }

    /// <summary>The variable that a variable is part of in memory, and from which element on.</summary>
    public (Variable Root, int Offset) Find(Variable variable)
    {
        int offset = 0;
        while (_parts.TryGetValue(variable, out (Variable Whole, int Offset) part))
        {
            offset += part.Offset;
            variable = part.Whole;
        }

        return (variable, offset);
    }
}
