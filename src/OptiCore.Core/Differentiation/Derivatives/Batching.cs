namespace OptiCore.Differentiation;

/// <summary>Expressions mapped over a new leading axis: node by node, each by its operation's own rule.</summary>
internal static class Batching
{
    /// <summary>The results with a leading axis, for some variables replaced by others that have it.</summary>
    /// <param name="results">The expressions.</param>
    /// <param name="replaced">The variables to replace.</param>
    /// <param name="replacements">Their replacements, each with a leading axis more.</param>
    /// <param name="size">The length of the leading axis.</param>
    public static Variable[] Map(ReadOnlySpan<Variable> results, ReadOnlySpan<Variable> replaced, ReadOnlySpan<Variable> replacements, int size)
    {
        var mapped = new Dictionary<Variable, Variable>();
        for (int i = 0; i < replaced.Length; i++)
            mapped[replaced[i]] = replacements[i];
        foreach (Node node in Node.InOrder(results))
        {
            var inputs = new Variable[node.Inputs.Length];
            var batched = new bool[inputs.Length];
            bool any = false;
            for (int i = 0; i < inputs.Length; i++)
            {
                batched[i] = mapped.TryGetValue(node.Inputs[i], out inputs[i]);
                if (!batched[i])
                    inputs[i] = node.Inputs[i];
                any |= batched[i];
            }

            if (!any)
                continue;
            Variable[] outputs = node.Operation.Batch(inputs, batched, size);
            for (int i = 0; i < outputs.Length; i++)
                mapped.TryAdd(new Variable(node, i), outputs[i]);
        }

        var all = new Variable[results.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = mapped.TryGetValue(results[i], out Variable result) ? result : Operations.BroadcastTo(results[i], results[i].Shape.After([size]));
        return all;
    }

    /// <summary>A body for arguments of which some have the leading axis.</summary>
    public static Body Of(Body body, ReadOnlySpan<bool> batched, int size)
    {
        Variable[] arguments = (Variable[])body.Arguments.Clone();
        List<Variable> replaced = [], replacements = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            if (!batched[i])
                continue;
            replaced.Add(arguments[i]);
            replacements.Add(arguments[i] = Variable.Input("batch", arguments[i].Shape.After([size])));
        }

        return new Body(arguments, Map(body.Results, [.. replaced], [.. replacements], size));
    }

    /// <summary>Arguments that broadcast, with the new leading axes meeting each other: those of lower rank get axes of length 1 behind it.</summary>
    public static Variable[] Align(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        int rank = 0;
        for (int i = 0; i < inputs.Length; i++)
            rank = Math.Max(rank, inputs[i].Rank - (batched[i] ? 1 : 0));
        Variable[] aligned = inputs.ToArray();
        for (int i = 0; i < aligned.Length; i++)
        {
            if (batched[i])
                aligned[i] = Operations.Reshape(aligned[i], Widened(aligned[i].Shape, rank));
        }

        return aligned;
    }

    /// <summary>The shape with axes of length 1 behind the leading axis, up to a rank besides it.</summary>
    public static Shape Widened(Shape shape, int rank)
    {
        var lengths = new int[rank + 1];
        Array.Fill(lengths, 1);
        lengths[0] = shape[0];
        shape.Lengths[1..].CopyTo(lengths.AsSpan(rank + 2 - shape.Rank));
        return Shape.Create(lengths);
    }
}
