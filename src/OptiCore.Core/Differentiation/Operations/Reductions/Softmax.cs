using System.Numerics;
using System.Runtime.Intrinsics;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

/// <summary>log sum exp over the last axis, which disappears.</summary>
internal sealed record LogSumExpOperation : Operation
{
    public override string Name => "log-sum-exp";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [inputs[0].Without(-1, 1)];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        Variable x = node.Inputs[0];
        return Operations.Repeat(cotangents[0]!.Value, x.Shape, -1, 1) * Operations.Softmax(x);
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new LogSumExpKernel<T>(site);

    private sealed class LogSumExpKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            int along = site.Inputs[0].Shape[-1];
            for (int i = 0; i < target.Length; i++)
                target[i] = Reduce.LogSumExp(source.Slice(i * along, along));
        }
    }
}

/// <summary>e^x divided by its sum over the last axis.</summary>
internal sealed record SoftmaxOperation : Operation
{
    public override string Name => "softmax";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank > 0 ? [inputs[0]] : throw Misfit("a scalar has no axis.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => SoftmaxPullback.Instance.ApplyOne(new Variable(node, 0), cotangents[0]!.Value);

    internal override Kernel<T> Lower<T>(KernelSite site) => new SoftmaxKernel<T>(site);

    private sealed class SoftmaxKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            if (site.Inputs[0].Count > 0)
                VectorMath.Softmax(frame.Span(site.Inputs[0]), site.Inputs[0].Shape[-1], frame.Span(site.Outputs[0]));
        }
    }
}

/// <summary>The cotangent of x for y = softmax x, y (g - sum g y) over the last axis. As a map of g it is its own transpose.</summary>
internal sealed record SoftmaxPullback : Operation
{
    public static readonly SoftmaxPullback Instance = new();

    public override string Name => "softmax-pullback";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [inputs[0]];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        (Variable y, Variable g, Variable h) = (node.Inputs[0], node.Inputs[1], cotangents[0]!.Value);
        return input == 1
            ? ApplyOne(y, h)
            : (h * (g - Operations.Sum(g * y, -1, keepAxis: true))) - (g * Operations.Sum(h * y, -1, keepAxis: true));
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new PullbackKernel<T>(site);

    private sealed unsafe class PullbackKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            int n = site.Inputs[0].Shape[-1], rows = n == 0 ? 0 : site.Inputs[0].Count / n;
            T* y = frame.At(site.Inputs[0]), g = frame.At(site.Inputs[1]), z = frame.At(site.Outputs[0]);
            for (int row = 0; row < rows; row++, y += n, g += n, z += n)
            {
                T sum = RowSums.Dot(g, y, n);
                int i = 0;
                var sums = Vector256.Create(sum);
                for (; i <= n - Vector256<T>.Count; i += Vector256<T>.Count)
                    (Vector256.Load(y + i) * (Vector256.Load(g + i) - sums)).Store(z + i);
                for (; i < n; i++)
                    z[i] = y[i] * (g[i] - sum);
            }
        }
    }
}

/// <summary>The logarithm of the softmax over the last axis.</summary>
internal sealed record LogSoftmaxOperation : Operation
{
    public override string Name => "log-softmax";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank > 0 ? [inputs[0]] : throw Misfit("a scalar has no axis.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        Variable y = new(node, 0), g = cotangents[0]!.Value;
        return g - (Operations.Exp(y) * Operations.Sum(g, -1, keepAxis: true));
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new LogSoftmaxKernel<T>(site);

    private sealed class LogSoftmaxKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            if (site.Inputs[0].Count > 0)
                VectorMath.LogSoftmax(frame.Span(site.Inputs[0]), site.Inputs[0].Shape[-1], frame.Span(site.Outputs[0]));
        }
    }
}
