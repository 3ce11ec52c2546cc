namespace OptiCore.Differentiation;

/// <summary>The same elements under another shape.</summary>
internal sealed record ReshapeOperation(Shape Target) : Operation
{
    public override string Name => "reshape";

    internal override bool TryView(Node node, out int offset)
    {
        offset = 0;
        return true;
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) =>
        inputs[0].ElementCount == Target.ElementCount ? [Target] : throw Misfit($"{inputs[0].ElementCount} elements don't fit into {Target}.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => Operations.Reshape(cotangents[0]!.Value, node.Inputs[0].Shape);

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => [Operations.Reshape(inputs[0], Target.After([size]))];

    internal override Kernel<T> Lower<T>(KernelSite site) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>Some consecutive places of an axis.</summary>
internal sealed record SliceOperation(int Axis, int Start, int Length) : Operation
{
    public override string Name => "slice";

    internal override bool TryView(Node node, out int offset)
    {
        (int outer, _, int inner) = Blocks.Around(node.Inputs[0].Shape, Axis);
        offset = Start * inner;
        return outer == 1;
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        int length = inputs[0][Axis];
        if (Start < 0 || Length < 0 || Start > length - Length)
            throw new ArgumentOutOfRangeException(nameof(inputs), $"{Name} of {inputs[0]}: places {Start} to {Start + Length - 1} of an axis of length {length}.");
        return [inputs[0].With(Axis, Length)];
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        Operations.Pad(cotangents[0]!.Value, Axis, Start, node.Inputs[0].Shape[Axis] - Start - Length);

    internal override Kernel<T> Lower<T>(KernelSite site) => new SliceKernel<T>(site, Axis, Start, Length);

    private sealed unsafe class SliceKernel<T>(KernelSite site, int axis, int start, int length) : Kernel<T> where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
            T* source = frame.At(site.Inputs[0]) + (start * inner), target = frame.At(site.Outputs[0]);
            for (int i = 0; i < outer; i++, source += along * inner, target += length * inner)
                RowCopy.Run(source, target, length * inner);
        }
    }
}

/// <summary>Zeros before and after the places of an axis.</summary>
internal sealed record PadOperation(int Axis, int Before, int After) : Operation
{
    public override string Name => "pad";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => Before >= 0 && After >= 0
        ? [inputs[0].With(Axis, checked(inputs[0][Axis] + Before + After))]
        : throw new ArgumentOutOfRangeException(nameof(inputs), $"{Name} of {inputs[0]}: {Before} zeros before and {After} after.");

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        Operations.Slice(cotangents[0]!.Value, Axis, Before, node.Inputs[0].Shape[Axis]);

    internal override Kernel<T> Lower<T>(KernelSite site) => new PadKernel<T>(site, Axis, Before);

    private sealed class PadKernel<T>(KernelSite site, int axis, int before) : Kernel<T> where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            (int outer, int from, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
            int along = site.Outputs[0].Shape[axis];
            target.Clear();
            for (int i = 0; i < outer; i++)
                source.Slice(i * from * inner, from * inner).CopyTo(target[(((i * along) + before) * inner)..]);
        }
    }
}

/// <summary>Tensors one after the other along an axis.</summary>
internal sealed record ConcatenateOperation(int Axis) : Operation
{
    public override string Name => "concatenate";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        int total = 0;
        foreach (Shape shape in inputs)
        {
            if (shape.Rank != inputs[0].Rank || shape.With(Axis, 0) != inputs[0].With(Axis, 0))
                throw Misfit($"but for axis {Axis}, the lengths must be equal.", inputs);
            total = checked(total + shape[Axis]);
        }

        return [inputs[0].With(Axis, total)];
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        int start = 0;
        for (int i = 0; i < input; i++)
            start += node.Inputs[i].Shape[Axis];
        return Operations.Slice(cotangents[0]!.Value, Axis, start, node.Inputs[input].Shape[Axis]);
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new ConcatenateKernel<T>(site, Axis);

    private sealed unsafe class ConcatenateKernel<T>(KernelSite site, int axis) : Kernel<T> where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            (int outer, int along, int inner) = Blocks.Around(site.Outputs[0].Shape, axis);
            T* first = frame.At(site.Outputs[0]);
            foreach (Operand input in site.Inputs)
            {
                int length = input.Shape[axis] * inner;
                T* source = frame.At(input), target = first;

                // A part may have been computed in its place.
                for (int i = 0; i < outer && source != target; i++, source += length, target += along * inner)
                    RowCopy.Run(source, target, length);
                first += length;
            }
        }
    }
}

/// <summary>A tensor seen around one axis or some neighbouring ones: outer blocks, the axis, inner blocks.</summary>
internal static class Blocks
{
    public static (int Outer, int Along, int Inner) Around(Shape shape, int axis, int count = 1)
    {
        int first = shape.Axis(axis), outer = 1, along = 1, inner = 1;
        for (int i = 0; i < shape.Rank; i++)
        {
            if (i < first)
                outer *= shape[i];
            else if (i < first + count)
                along *= shape[i];
            else
                inner *= shape[i];
        }

        return (outer, along, inner);
    }
}
