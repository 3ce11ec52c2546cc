namespace OptiCore.Differentiation;

/// <summary>Reverse-mode differentiation of expressions: cotangents from results back to arguments, as expressions themselves.</summary>
internal static class Pullback
{
    /// <summary>The sums over all results of cotangent times Jacobian; null where nothing depends on the argument.</summary>
    /// <param name="results">The results.</param>
    /// <param name="cotangents">A cotangent of each result's shape; null for zero.</param>
    /// <param name="arguments">The variables to differentiate by, inputs or results of operations.</param>
    /// <param name="stopAtArguments">True for partial derivatives, where an argument depends on another.</param>
    public static Variable?[] Of(ReadOnlySpan<Variable> results, ReadOnlySpan<Variable?> cotangents, ReadOnlySpan<Variable> arguments, bool stopAtArguments = false)
    {
        List<Node> order = Node.InOrder(results);
        var wanted = new HashSet<Variable>();
        foreach (Variable argument in arguments)
            wanted.Add(argument);

        // Only nodes between the arguments and the results take part.
        var active = new HashSet<Node>();
        foreach (Node node in order)
        {
            if (node.Operation.IsPiecewiseConstant || (stopAtArguments && IsAny(node, wanted)))
                continue;
            foreach (Variable input in node.Inputs)
            {
                if (!wanted.Contains(input) && !active.Contains(input.Node))
                    continue;
                active.Add(node);
                break;
            }
        }

        var parts = new Dictionary<Variable, List<Variable>>();
        for (int i = 0; i < results.Length; i++)
        {
            if (cotangents[i] is { } cotangent)
                Give(parts, results[i], cotangent);
        }

        for (int i = order.Count - 1; i >= 0; i--)
        {
            Node node = order[i];
            if (!active.Contains(node))
                continue;
            var own = new Variable?[node.Shapes.Length];
            bool any = false;
            for (int output = 0; output < own.Length; output++)
            {
                own[output] = Sum(parts, new Variable(node, output));
                any |= own[output] is not null;
            }

            if (!any)
                continue;
            Variable?[] given = node.Operation.Cotangents(node, Array.ConvertAll(node.Inputs, argument => wanted.Contains(argument) || active.Contains(argument.Node)), own);
            for (int input = 0; input < given.Length; input++)
            {
                if (given[input] is { } part)
                    Give(parts, node.Inputs[input], part);
            }
        }

        var all = new Variable?[arguments.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = Sum(parts, arguments[i]);
        return all;
    }

    private static bool IsAny(Node node, HashSet<Variable> wanted)
    {
        for (int output = 0; output < node.Shapes.Length; output++)
        {
            if (wanted.Contains(new Variable(node, output)))
                return true;
        }

        return false;
    }

    private static void Give(Dictionary<Variable, List<Variable>> parts, Variable to, Variable part)
    {
        if (part.Shape != to.Shape)
            throw new InvalidOperationException($"The cotangent of {to} has the shape {part.Shape}: the derivative rule of an operation is wrong.");
        if (!parts.TryGetValue(to, out List<Variable>? list))
            parts[to] = list = [];
        list.Add(part);
    }

    /// <summary>The sum of all parts, kept for whoever asks next.</summary>
    private static Variable? Sum(Dictionary<Variable, List<Variable>> parts, Variable variable)
    {
        if (!parts.TryGetValue(variable, out List<Variable>? list))
            return null;
        if (list.Count > 1)
        {
            JoinPadded(list);
            Variable total = list[0];
            for (int i = 1; i < list.Count; i++)
                total += list[i];
            list.Clear();
            list.Add(total);
        }

        return list[0];
    }

    /// <summary>
    /// Parts that come from slices side by side, such as those of a block of parameters, become one concatenation, instead of a sum of tensors that are mostly zeros.
    /// </summary>
    private static void JoinPadded(List<Variable> list)
    {
        List<(int From, int To, Variable Part)> padded = [];
        int axis = 0;
        foreach (Variable part in list)
        {
            if (part.Node.Operation is not PadOperation pad || (padded.Count > 0 && pad.Axis != axis))
                continue;
            axis = pad.Axis;
            padded.Add((pad.Before, part.Shape[axis] - pad.After, part));
        }

        padded.Sort((left, right) => left.From.CompareTo(right.From));
        for (int i = 1; i < padded.Count; i++)
        {
            if (padded[i].From < padded[i - 1].To)
                return;
        }

        if (padded.Count < 2)
            return;
        Shape shape = padded[0].Part.Shape;
        var pieces = new List<Variable>();
        int at = 0;
        foreach ((int from, int to, Variable part) in padded)
        {
            if (from > at)
                pieces.Add(Operations.BroadcastTo(0, shape.With(axis, from - at)));
            pieces.Add(part.Node.Inputs[0]);
            at = to;
            list.Remove(part);
        }

        if (at < shape[axis])
            pieces.Add(Operations.BroadcastTo(0, shape.With(axis, shape[axis] - at)));
        list.Insert(0, Operations.Concatenate(axis, [.. pieces]));
    }
}
