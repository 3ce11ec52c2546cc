using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The places of an axis in opposite order.</summary>
internal sealed record FlipOperation(int Axis) : Operation
{
    public override string Name => "flip";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [inputs[0]];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => ApplyOne(cotangents[0]!.Value);

    internal override Kernel<T> Lower<T>(KernelSite site) => new FlipKernel<T>(site, Axis);

    private sealed class FlipKernel<T>(KernelSite site, int axis) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            for (int o = 0; o < outer; o++)
            {
                ReadOnlySpan<T> from = source.Slice(o * along * inner, along * inner);
                Span<T> to = target.Slice(o * along * inner, along * inner);
                if (inner == 1)
                {
                    from.CopyTo(to);
                    to.Reverse();
                    continue;
                }

                for (int j = 0; j < along; j++)
                    from.Slice(j * inner, inner).CopyTo(to[((along - 1 - j) * inner)..]);
            }
        }
    }
}
