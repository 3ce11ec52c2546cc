using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>Elements along an axis: y[.., j, ..] = x[.., index[.., j, ..], ..], the other axes being equal.</summary>
internal sealed record GatherOperation(int Axis) : Operation
{
    public override string Name => "gather";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank == inputs[1].Rank && inputs[0].With(Axis, 0) == inputs[1].With(Axis, 0)
        ? [inputs[1]]
        : throw Misfit($"but for axis {Axis}, the lengths must be equal.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        input == 0 ? new ScatterAddOperation(Axis, node.Inputs[0].Shape[Axis]).ApplyOne(cotangents[0]!.Value, node.Inputs[1]) : null;

    internal override Kernel<T> Lower<T>(KernelSite site)
    {
        Places.RequireExact<T>(site.Inputs[0].Shape[Axis], Name);
        return new GatherKernel<T>(site, Axis, Name);
    }

    private sealed class GatherKernel<T>(KernelSite site, int axis, string name) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
            int count = site.Inputs[1].Shape[axis];
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]), index = frame.Span(site.Inputs[1]);
            Span<T> target = frame.Span(site.Outputs[0]);
            for (int o = 0; o < outer; o++)
            {
                ReadOnlySpan<T> block = source.Slice(o * along * inner, along * inner);
                for (int j = 0; j < count; j++)
                {
                    int at = ((o * count) + j) * inner;
                    for (int i = 0; i < inner; i++)
                        target[at + i] = block[(Places.Of(index[at + i], along, name) * inner) + i];
                }
            }
        }
    }
}

/// <summary>The transpose of <see cref="GatherOperation"/>: each element is added at its place of an axis of zeros, in order.</summary>
internal sealed record ScatterAddOperation(int Axis, int Length) : Operation
{
    public override string Name => "scatter-add";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0] == inputs[1]
        ? [inputs[0].With(Axis, Length)]
        : throw Misfit("there must be as many indices as numbers.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        input == 0 ? new GatherOperation(Axis).ApplyOne(cotangents[0]!.Value, node.Inputs[1]) : null;

    internal override Kernel<T> Lower<T>(KernelSite site)
    {
        Places.RequireExact<T>(Length, Name);
        return new ScatterKernel<T>(site, Axis, Name);
    }

    private sealed class ScatterKernel<T>(KernelSite site, int axis, string name) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            (int outer, int along, int inner) = Blocks.Around(site.Outputs[0].Shape, axis);
            int count = site.Inputs[0].Shape[axis];
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]), index = frame.Span(site.Inputs[1]);
            Span<T> target = frame.Span(site.Outputs[0]);
            target.Clear();
            for (int o = 0; o < outer; o++)
            {
                Span<T> block = target.Slice(o * along * inner, along * inner);
                for (int j = 0; j < count; j++)
                {
                    int at = ((o * count) + j) * inner;
                    for (int i = 0; i < inner; i++)
                        block[(Places.Of(index[at + i], along, name) * inner) + i] += source[at + i];
                }
            }
        }
    }
}
