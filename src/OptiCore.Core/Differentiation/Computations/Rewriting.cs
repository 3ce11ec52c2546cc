namespace OptiCore.Differentiation;

/// <summary>Expressions with some of their nodes replaced, before they are compiled.</summary>
internal static class Rewriting
{
    /// <summary>Rewrites expressions from their arguments up.</summary>
    /// <param name="order">The nodes of the expressions, each after those that it needs.</param>
    /// <param name="results">The expressions.</param>
    /// <param name="replace">What is computed in place of a node's first result, given what a variable before it has become; null for the same operation.</param>
    /// <returns>The expressions, in the order given.</returns>
    public static Variable[] Of(List<Node> order, ReadOnlySpan<Variable> results, Func<Node, Func<Variable, Variable>, Variable?> replace)
    {
        var rewritten = new Dictionary<Node, Node>();
        foreach (Node node in order)
        {
            if (replace(node, Rewritten) is { } other)
            {
                rewritten[node] = other.Node;
                continue;
            }

            var inputs = new Variable[node.Inputs.Length];
            bool changed = false;
            for (int i = 0; i < inputs.Length; i++)
            {
                inputs[i] = Rewritten(node.Inputs[i]);
                changed |= inputs[i] != node.Inputs[i];
            }

            rewritten[node] = changed ? new Node(node.Operation, inputs) : node;
        }

        var all = new Variable[results.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = Rewritten(results[i]);
        return all;

        Variable Rewritten(Variable variable) => new(rewritten[variable.Node], variable.Output);
    }

    /// <summary>How often each node is an argument or a result.</summary>
    public static Dictionary<Node, int> Uses(List<Node> order, ReadOnlySpan<Variable> results)
    {
        var uses = new Dictionary<Node, int>();
        foreach (Variable result in results)
            uses[result.Node] = uses.GetValueOrDefault(result.Node) + 1;
        foreach (Node node in order)
        {
            foreach (Variable input in node.Inputs)
                uses[input.Node] = uses.GetValueOrDefault(input.Node) + 1;
        }

        return uses;
    }
}
