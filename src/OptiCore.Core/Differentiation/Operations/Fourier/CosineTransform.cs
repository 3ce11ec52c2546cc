using System.Numerics;
using OptiCore.Fourier;

namespace OptiCore.Differentiation;

/// <summary>The orthonormal cosine transform of type II along the last axis, or its inverse, type III. The matrix is orthogonal: one is the other's transpose.</summary>
internal sealed record CosineTransformOperation(bool IsInverse) : Operation
{
    public override string Name => IsInverse ? "inverse-cosine-transform" : "cosine-transform";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank > 0 && inputs[0][-1] > 0 ? [inputs[0]] : throw Misfit("there must be a last axis with elements.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => new CosineTransformOperation(!IsInverse).ApplyOne(cotangents[0]!.Value);

    internal override Kernel<T> Lower<T>(KernelSite site) => new CosineTransformKernel<T>(site, IsInverse);

    private sealed class CosineTransformKernel<T>(KernelSite site, bool isInverse) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly TrigonometricTransform<T> _plan = new(TrigonometricKind.Cosine2, site.Inputs[0].Shape[-1], orthonormal: true);

        public override void Run(Frame<T> frame)
        {
            if (isInverse)
                _plan.Inverse(frame.Span(site.Inputs[0]), frame.Span(site.Outputs[0]), frame.Workers);
            else
                _plan.Forward(frame.Span(site.Inputs[0]), frame.Span(site.Outputs[0]), frame.Workers);
        }
    }
}
