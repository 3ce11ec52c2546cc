using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>
/// What a node does: the shapes of its results, the rule of its derivative, how it is mapped over a new leading axis, and the kernel that computes it. Operations are values: two nodes of
/// equal operations and arguments are computed once.
/// </summary>
/// <remarks>
/// Derivative rules are written in operations, so that derivatives of any order come from the same rules; that of a product of tangents comes from transposing twice (see
/// <see cref="Derivative"/>). Axes are counted from the end (-1 is the last), so that most operations are mapped over a leading axis as they are.
/// </remarks>
public abstract record Operation
{
    /// <summary>The name in messages.</summary>
    public abstract string Name { get; }

    /// <summary>True for results that depend on their arguments in steps only, such as a sign: their derivative is 0 wherever it exists.</summary>
    internal virtual bool IsPiecewiseConstant => false;

    /// <summary>True if the result is a contiguous part of the argument under another shape: nothing is computed.</summary>
    /// <param name="node">The node.</param>
    /// <param name="offset">The element of the argument with which the result begins.</param>
    internal virtual bool TryView(Node node, out int offset)
    {
        offset = 0;
        return false;
    }

    /// <summary>How many elements of workspace the kernel needs.</summary>
    internal virtual int ScratchCount(Node node) => 0;

    /// <summary>The shapes of the results.</summary>
    /// <param name="inputs">The shapes of the arguments.</param>
    /// <exception cref="ArgumentException">The arguments don't fit; the message names the operation and the shapes.</exception>
    internal abstract Shape[] Infer(ReadOnlySpan<Shape> inputs);

    /// <summary>What the cotangents of the results add to that of an argument; null for nothing.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">The argument.</param>
    /// <param name="cotangents">The cotangents of the results; null for those that nothing depends on, not all of them.</param>
    internal abstract Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents);

    /// <summary>The parts of the cotangents of all arguments that are wanted.</summary>
    internal virtual Variable?[] Cotangents(Node node, ReadOnlySpan<bool> wanted, ReadOnlySpan<Variable?> cotangents)
    {
        var parts = new Variable?[wanted.Length];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = wanted[i] ? Cotangent(node, i, cotangents) : null;
        return parts;
    }

    /// <summary>The kernel that computes the results at a place in memory.</summary>
    internal abstract Kernel<T> Lower<T>(KernelSite site) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>The results for arguments of which some have a new leading axis; the results have it too.</summary>
    /// <param name="inputs">The arguments.</param>
    /// <param name="batched">Which of them have the leading axis.</param>
    /// <param name="size">Its length.</param>
    internal virtual Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        var all = new Variable[inputs.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = batched[i] ? inputs[i] : Operations.BroadcastTo(inputs[i], inputs[i].Shape.After([size]));
        return Apply(all);
    }

    /// <summary>The results of the operation.</summary>
    internal Variable[] Apply(params ReadOnlySpan<Variable> inputs)
    {
        var node = new Node(this, inputs);
        var results = new Variable[node.Shapes.Length];
        for (int i = 0; i < results.Length; i++)
            results[i] = new Variable(node, i);
        return results;
    }

    /// <summary>The one result of the operation.</summary>
    internal Variable ApplyOne(params ReadOnlySpan<Variable> inputs) => new(new Node(this, inputs), 0);

    /// <summary>The exception for arguments that don't fit.</summary>
    private protected ArgumentException Misfit(string reason, params ReadOnlySpan<Shape> shapes) => new($"{Name} of {Describe(shapes)}: {reason}");

    private static string Describe(ReadOnlySpan<Shape> shapes)
    {
        var names = new string[shapes.Length];
        for (int i = 0; i < names.Length; i++)
            names[i] = shapes[i].ToString();
        return string.Join(" and ", names);
    }
}
