using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The diagonals of the square matrices of the last two axes.</summary>
internal sealed record DiagonalOperation : Operation
{
    public override string Name => "diagonal";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank >= 2 && inputs[0][-1] == inputs[0][-2]
        ? [inputs[0].Without(-1, 1)]
        : throw Misfit("the last two axes must be equal.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => new DiagonalMatrixOperation().ApplyOne(cotangents[0]!.Value);

    internal override Kernel<T> Lower<T>(KernelSite site) => new DiagonalKernel<T>(site);

    private sealed class DiagonalKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            int n = site.Inputs[0].Shape[-1];
            for (int i = 0; i < target.Length; i++)
                target[i] = source[(i * n) + (i % n)];
        }
    }
}

/// <summary>Square matrices with the last axis on their diagonals, 0 elsewhere: the transpose of <see cref="DiagonalOperation"/>.</summary>
internal sealed record DiagonalMatrixOperation : Operation
{
    public override string Name => "diagonal-matrix";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank > 0 ? [Shape.Create([.. inputs[0].Lengths, inputs[0][-1]])] : throw Misfit("a scalar has no axis.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => new DiagonalOperation().ApplyOne(cotangents[0]!.Value);

    internal override Kernel<T> Lower<T>(KernelSite site) => new DiagonalMatrixKernel<T>(site);

    private sealed class DiagonalMatrixKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            int n = site.Outputs[0].Shape[-1];
            target.Clear();
            for (int i = 0; i < source.Length; i++)
                target[(i * n) + (i % n)] = source[i];
        }
    }
}

/// <summary>The matrices of the last two axes with zeros outside of a triangle: kept are columns j &lt;= i + offset of the lower, j &gt;= i + offset of the upper one. Its own transpose.</summary>
internal sealed record TriangleOperation(bool IsLower, int Offset) : Operation
{
    public override string Name => IsLower ? "lower-triangle" : "upper-triangle";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank >= 2 ? [inputs[0]] : throw Misfit("a matrix has two axes.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => ApplyOne(cotangents[0]!.Value);

    internal override Kernel<T> Lower<T>(KernelSite site) => new TriangleKernel<T>(site, IsLower, Offset);

    private sealed class TriangleKernel<T>(KernelSite site, bool lower, int offset) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            (int rows, int columns) = (site.Inputs[0].Shape[-2], site.Inputs[0].Shape[-1]);
            for (int row = 0, at = 0; at < source.Length; row++, at += columns)
            {
                long edge = (row % rows) + (long)offset;
                int split = (int)Math.Clamp(lower ? edge + 1 : edge, 0, columns);
                Span<T> to = target.Slice(at, columns);
                source.Slice(at, columns).CopyTo(to);
                if (lower)
                    to[split..].Clear();
                else
                    to[..split].Clear();
            }
        }
    }
}
