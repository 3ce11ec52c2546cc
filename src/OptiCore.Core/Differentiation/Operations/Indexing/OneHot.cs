using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>A new last axis with 1 at the place that an index names, else 0.</summary>
internal sealed record OneHotOperation(int Count) : Operation
{
    public override string Name => "one-hot";

    internal override bool IsPiecewiseConstant => true;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [Shape.Create([.. inputs[0].Lengths, Count])];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Kernel<T> Lower<T>(KernelSite site)
    {
        Places.RequireExact<T>(Count, Name);
        return new OneHotKernel<T>(site, Count, Name);
    }

    private sealed class OneHotKernel<T>(KernelSite site, int count, string name) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> index = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            target.Clear();
            for (int i = 0; i < index.Length; i++)
                target[(i * count) + Places.Of(index[i], count, name)] = T.One;
        }
    }
}
