namespace OptiCore.Differentiation;

/// <summary>
/// An expression within an operation: its arguments, its results, and what it uses of the expressions around it. Those become arguments too, and whatever depends on nothing else is computed
/// outside, once.
/// </summary>
internal sealed class Body
{
    /// <summary>Closes an expression over what it uses.</summary>
    /// <param name="arguments">The arguments, inputs made for this body alone.</param>
    /// <param name="results">The results.</param>
    /// <param name="captured">What is used of the expressions around, to be appended to the arguments.</param>
    public Body(Variable[] arguments, Variable[] results, out Variable[] captured)
    {
        HashSet<Node> inside = Dependents(results, arguments);
        var outside = new List<Variable>();
        void Capture(Variable variable)
        {
            if (variable.Node.Operation is not ConstantOperation && !inside.Contains(variable.Node) && Array.IndexOf(arguments, variable) < 0 && !outside.Contains(variable))
                outside.Add(variable);
        }

        foreach (Node node in Node.InOrder(results))
        {
            if (!inside.Contains(node))
                continue;
            foreach (Variable input in node.Inputs)
                Capture(input);
        }

        foreach (Variable result in results)
            Capture(result);
        captured = [.. outside];
        Variable[] own = Array.ConvertAll(captured, variable => Variable.Input("captured", variable.Shape));
        Arguments = [.. arguments, .. own];
        Results = Substitute(results, captured, own);
    }

    /// <summary>A closed expression: it uses nothing but its arguments.</summary>
    public Body(Variable[] arguments, Variable[] results)
    {
        Arguments = arguments;
        Results = results;
    }

    /// <summary>The arguments.</summary>
    public Variable[] Arguments { get; }

    /// <summary>The results.</summary>
    public Variable[] Results { get; }

    /// <summary>Expressions in which some variables are replaced by others of the same shapes.</summary>
    public static Variable[] Substitute(ReadOnlySpan<Variable> results, ReadOnlySpan<Variable> replaced, ReadOnlySpan<Variable> replacements)
    {
        var mapped = new Dictionary<Variable, Variable>();
        for (int i = 0; i < replaced.Length; i++)
            mapped[replaced[i]] = replacements[i];
        foreach (Node node in Node.InOrder(results))
        {
            var inputs = new Variable[node.Inputs.Length];
            bool any = false;
            for (int i = 0; i < inputs.Length; i++)
            {
                bool changed = mapped.TryGetValue(node.Inputs[i], out inputs[i]);
                if (!changed)
                    inputs[i] = node.Inputs[i];
                any |= changed;
            }

            if (!any)
                continue;
            Variable[] outputs = node.Operation.Apply(inputs);
            for (int i = 0; i < outputs.Length; i++)
                mapped.TryAdd(new Variable(node, i), outputs[i]);
        }

        var all = new Variable[results.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = mapped.TryGetValue(results[i], out Variable result) ? result : results[i];
        return all;
    }

    /// <summary>The nodes of some expressions that depend on some variables.</summary>
    public static HashSet<Node> Dependents(ReadOnlySpan<Variable> results, ReadOnlySpan<Variable> on)
    {
        var sources = new HashSet<Variable>();
        foreach (Variable variable in on)
            sources.Add(variable);
        var dependent = new HashSet<Node>();
        foreach (Node node in Node.InOrder(results))
        {
            foreach (Variable input in node.Inputs)
            {
                if (!sources.Contains(input) && !dependent.Contains(input.Node))
                    continue;
                dependent.Add(node);
                break;
            }
        }

        return dependent;
    }

    /// <summary>The results for arguments.</summary>
    public Variable[] Inline(ReadOnlySpan<Variable> arguments) => Substitute(Results, Arguments, arguments);
}
