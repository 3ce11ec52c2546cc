using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The largest element over neighbouring axes, which disappear; of equal ones each gets the same share of the derivative. A NaN wins.</summary>
internal sealed record MaxOperation(int FirstAxis, int AxisCount) : Operation
{
    public override string Name => "max";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        (_, int along, _) = Blocks.Around(inputs[0], FirstAxis, AxisCount);
        return along > 0 ? [inputs[0].Without(FirstAxis, AxisCount)] : throw Misfit("no elements to choose from.", inputs);
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        Variable x = node.Inputs[0];
        Variable isLargest = Operations.EqualTo(x, Operations.Repeat(new Variable(node, 0), x.Shape, FirstAxis, AxisCount));
        Variable count = new SumOperation(FirstAxis, AxisCount).ApplyOne(isLargest);
        return isLargest * Operations.Repeat(cotangents[0]!.Value / count, x.Shape, FirstAxis, AxisCount);
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new MaxKernel<T>(site, FirstAxis, AxisCount);

    private sealed class MaxKernel<T>(KernelSite site, int firstAxis, int axisCount) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, firstAxis, axisCount);
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            for (int i = 0; i < outer; i++)
            {
                ReadOnlySpan<T> block = source.Slice(i * along * inner, along * inner);
                if (inner == 1)
                {
                    target[i] = Reduce.Max(block);
                    continue;
                }

                Span<T> largest = target.Slice(i * inner, inner);
                block[..inner].CopyTo(largest);
                for (int row = 1; row < along; row++)
                    System.Numerics.Tensors.TensorPrimitives.Max(largest, block.Slice(row * inner, inner), largest);
            }
        }
    }
}

/// <summary>The index of the first largest element of the last axis, which disappears.</summary>
internal sealed record ArgMaxOperation : Operation
{
    public override string Name => "argmax";

    internal override bool IsPiecewiseConstant => true;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) =>
        inputs[0].Rank > 0 && inputs[0][-1] > 0 ? [inputs[0].Without(-1, 1)] : throw Misfit("no elements to choose from.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Kernel<T> Lower<T>(KernelSite site) => new ArgMaxKernel<T>(site);

    private sealed class ArgMaxKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            int along = site.Inputs[0].Shape[-1];
            for (int i = 0; i < target.Length; i++)
                target[i] = T.CreateTruncating(Reduce.ArgMax(source.Slice(i * along, along)));
        }
    }
}
