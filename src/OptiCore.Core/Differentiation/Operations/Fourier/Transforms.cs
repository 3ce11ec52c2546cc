using System.Numerics;
using OptiCore.Fourier;

namespace OptiCore.Differentiation;

/// <summary>The discrete Fourier transforms of complex sequences, [.., n, 2] with real and imaginary parts on the last axis; without a factor, or with 1/n.</summary>
/// <remarks>As a real matrix, the transposed transform is the one with the opposite sign of the exponent.</remarks>
internal sealed record FourierOperation(bool IsInverse, bool IsScaled) : Operation
{
    public override string Name => IsInverse ? "inverse-fft" : "fft";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank >= 2 && inputs[0][-1] == 2 && inputs[0][-2] > 0
        ? [inputs[0]]
        : throw Misfit("the last axis must have real and imaginary parts, length 2, the one before it at least one element.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => new FourierOperation(!IsInverse, IsScaled).ApplyOne(cotangents[0]!.Value);

    internal override Kernel<T> Lower<T>(KernelSite site) => new FourierKernel<T>(site, IsInverse, IsScaled);

    private sealed class FourierKernel<T>(KernelSite site, bool isInverse, bool isScaled) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Fft<T> _plan = new(site.Inputs[0].Shape[-2], FourierTransforms.Scaling(isInverse, isScaled));

        public override void Run(Frame<T> frame)
        {
            if (isInverse)
                _plan.Inverse(frame.Span(site.Inputs[0]), frame.Span(site.Outputs[0]), frame.Workers);
            else
                _plan.Forward(frame.Span(site.Inputs[0]), frame.Span(site.Outputs[0]), frame.Workers);
        }
    }
}

/// <summary>The Fourier transforms of real sequences [.., n], the first n/2 + 1 elements [.., n/2 + 1, 2]; without a factor, or with 1/n.</summary>
internal sealed record RealFourierOperation(bool IsScaled) : Operation
{
    public override string Name => "real-fft";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank > 0 && inputs[0][-1] > 0
        ? [Shape.Create([.. inputs[0].With(-1, (inputs[0][-1] / 2) + 1).Lengths, 2])]
        : throw Misfit("the last axis must have at least one element.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        // The inverse counts every element twice but the first and, for an even length, the last one, which have no conjugates.
        int length = node.Inputs[0].Shape[-1];
        return new InverseRealFourierOperation(length, IsScaled).ApplyOne(cotangents[0]!.Value * FourierTransforms.Weights(length, 0.5));
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new RealFourierKernel<T>(site, IsScaled);

    private sealed class RealFourierKernel<T>(KernelSite site, bool isScaled) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly RealFft<T> _plan = new(site.Inputs[0].Shape[-1], FourierTransforms.Scaling(false, isScaled));

        public override void Run(Frame<T> frame) => _plan.Forward(frame.Span(site.Inputs[0]), frame.Span(site.Outputs[0]), frame.Workers);
    }
}

/// <summary>The real sequences [.., n] of spectra [.., n/2 + 1, 2] whose other half is conjugate; with the factor 1/n, or without one.</summary>
internal sealed record InverseRealFourierOperation(int Length, bool IsScaled) : Operation
{
    public override string Name => "inverse-real-fft";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank >= 2 && inputs[0][-1] == 2 && inputs[0][-2] == (Length / 2) + 1
        ? [inputs[0].Without(-1, 1).With(-1, Length)]
        : throw Misfit($"the spectrum of {Length} real elements has the shape [{(Length / 2) + 1} x 2].", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        new RealFourierOperation(IsScaled).ApplyOne(cotangents[0]!.Value) * FourierTransforms.Weights(Length, 2);

    internal override Kernel<T> Lower<T>(KernelSite site) => new InverseRealFourierKernel<T>(site, Length, IsScaled);

    private sealed class InverseRealFourierKernel<T>(KernelSite site, int length, bool isScaled) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly RealFft<T> _plan = new(length, FourierTransforms.Scaling(true, isScaled));

        public override void Run(Frame<T> frame) => _plan.Inverse(frame.Span(site.Inputs[0]), frame.Span(site.Outputs[0]), frame.Workers);
    }
}

/// <summary>What the transforms share.</summary>
internal static class FourierTransforms
{
    /// <summary>The scaling of plans whose one direction has the factor 1/n or none.</summary>
    public static FourierScaling Scaling(bool isInverse, bool isScaled) => !isScaled ? FourierScaling.None : isInverse ? FourierScaling.Inverse : FourierScaling.Forward;

    /// <summary>A factor for the elements of a real sequence's spectrum that have conjugates, 1 for the others; [n/2 + 1, 1].</summary>
    public static Variable Weights(int length, double factor)
    {
        var weights = new double[(length / 2) + 1];
        Array.Fill(weights, factor);
        weights[0] = 1;
        if (length % 2 == 0)
            weights[^1] = 1;
        return Variable.Constant<double>(weights, [weights.Length, 1]);
    }
}
