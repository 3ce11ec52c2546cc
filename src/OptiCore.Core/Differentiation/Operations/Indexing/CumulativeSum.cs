using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore.Differentiation;

/// <summary>The sums of all elements of an axis up to each, or from each to the last. Rounded in order: element i is wrong by at most i u sum |x_j|, to first order.</summary>
internal sealed record CumulativeSumOperation(int Axis, bool Reverse) : Operation
{
    public override string Name => "cumulative-sum";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [inputs[0]];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => new CumulativeSumOperation(Axis, !Reverse).ApplyOne(cotangents[0]!.Value);

    internal override Kernel<T> Lower<T>(KernelSite site) => new CumulativeSumKernel<T>(site, Axis, Reverse);

    private sealed class CumulativeSumKernel<T>(KernelSite site, int axis, bool reverse) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            for (int o = 0; o < outer && along > 0; o++)
            {
                ReadOnlySpan<T> x = source.Slice(o * along * inner, along * inner);
                Span<T> y = target.Slice(o * along * inner, along * inner);
                int at = reverse ? (along - 1) * inner : 0, step = reverse ? -inner : inner;
                if (inner == 1)
                {
                    T sum = T.Zero;
                    for (int j = 0; j < along; j++, at += step)
                        y[at] = sum += x[at];
                    continue;
                }

                x.Slice(at, inner).CopyTo(y[at..]);
                for (int j = 1; j < along; j++, at += step)
                    TensorPrimitives.Add(y.Slice(at, inner), x.Slice(at + step, inner), y.Slice(at + step, inner));
            }
        }
    }
}
