using System.Diagnostics;
using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A function's result with a derivative at roundings of the argument. Arguments: the result, the argument, its packed roundings, what the function uses besides. Nothing is computed: the result
/// is the first argument.
/// </summary>
internal sealed record CompressedOperation(Body Function, PackedLayout Layout) : Operation
{
    public override string Name => "compressed";

    public bool Equals(CompressedOperation? other) => other is not null && ReferenceEquals(Function, other.Function) && Layout == other.Layout;

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Function);

    internal override bool TryView(Node node, out int offset)
    {
        offset = 0;
        return true;
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [inputs[0]];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => throw new UnreachableException();

    internal override Variable?[] Cotangents(Node node, ReadOnlySpan<bool> wanted, ReadOnlySpan<Variable?> cotangents)
    {
        // The argument itself doesn't occur: its memory is free after the forward pass.
        Variable rounded = Packing.Unpack(new UnpackOperation(Layout), node.Inputs[2]);
        List<Variable> by = [], arguments = [rounded];
        List<int> places = [];
        for (int i = 3; i < wanted.Length; i++)
            arguments.Add(node.Inputs[i]);
        for (int i = 0; i < arguments.Count; i++)
        {
            int place = i == 0 ? 1 : i + 2;
            if (!wanted[place])
                continue;
            by.Add(arguments[i]);
            places.Add(place);
        }

        Variable?[] parts = Pullback.Of(Function.Inline([.. arguments]), cotangents, [.. by], stopAtArguments: true);
        var all = new Variable?[wanted.Length];
        for (int i = 0; i < parts.Length; i++)
            all[places[i]] = parts[i];
        return all;
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        Variable[] own = inputs.ToArray();
        for (int i = 0; i < 3; i++)
        {
            if (!batched[i])
                own[i] = Operations.BroadcastTo(own[i], own[i].Shape.After([size]));
        }

        return new CompressedOperation(Batching.Of(Function, [true, .. batched[3..]], size), Layout).Apply(own);
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => throw new UnreachableException();
}

/// <summary>A rectifier's result, the first argument, whose derivative is that by the second, from the third, packed signs.</summary>
internal sealed record CompressedReluOperation(PackedLayout Layout) : Operation
{
    public override string Name => "compressed-relu";

    internal override bool TryView(Node node, out int offset)
    {
        offset = 0;
        return true;
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [inputs[0]];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        input == 1 ? cotangents[0]!.Value * Packing.Unpack(new UnpackSignsOperation(Layout), node.Inputs[2]) : null;

    internal override Kernel<T> Lower<T>(KernelSite site) => throw new UnreachableException();
}
