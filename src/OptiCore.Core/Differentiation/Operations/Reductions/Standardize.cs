using System.Numerics;
using System.Runtime.Intrinsics;

namespace OptiCore.Differentiation;

/// <summary>Over the last axis, y = (x - mean) r with r = 1 / sqrt(variance + epsilon), and r: a row is read from memory once.</summary>
internal sealed record StandardizeOperation(double Epsilon) : Operation
{
    public override string Name => "standardize";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) =>
        inputs[0].Rank > 0 && inputs[0][-1] > 0 ? [inputs[0], inputs[0].Without(-1, 1)] : throw Misfit("an axis with elements is needed.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        Variable y = new(node, 0), scale = new(node, 1);
        Variable? all = cotangents[0] is { } g ? StandardizePullback.Instance.ApplyOne(y, scale, g) : null;
        if (cotangents[1] is not { } ofScale)
            return all;

        // dr / dx = -r^2 y / n.
        Variable part = y * Operations.ExpandAxis(Operations.Square(scale) * ofScale * (-1.0 / y.Shape[-1]), -1);
        return all is { } other ? other + part : part;
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new StandardizeKernel<T>(site, T.CreateTruncating(Epsilon));

    private sealed unsafe class StandardizeKernel<T>(KernelSite site, T epsilon) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            int n = site.Inputs[0].Shape[-1], rows = site.Outputs[1].Count;
            T share = T.CreateTruncating(1.0 / n);
            T* x = frame.At(site.Inputs[0]), y = frame.At(site.Outputs[0]), scale = frame.At(site.Outputs[1]);
            for (int row = 0; row < rows; row++, x += n, y += n)
            {
                Shift(x, RowSums.Sum(x, n) * share, y, n);
                scale[row] = T.One / T.Sqrt((RowSums.Dot(y, y, n) * share) + epsilon);
                Multiply(y, scale[row], n);
            }
        }

        private static void Shift(T* x, T mean, T* y, int n)
        {
            int i = 0;
            var number = Vector256.Create(mean);
            for (; i <= n - Vector256<T>.Count; i += Vector256<T>.Count)
                (Vector256.Load(x + i) - number).Store(y + i);
            for (; i < n; i++)
                y[i] = x[i] - mean;
        }

        private static void Multiply(T* y, T scale, int n)
        {
            int i = 0;
            var number = Vector256.Create(scale);
            for (; i <= n - Vector256<T>.Count; i += Vector256<T>.Count)
                (Vector256.Load(y + i) * number).Store(y + i);
            for (; i < n; i++)
                y[i] *= scale;
        }
    }
}

/// <summary>The cotangent of x for y = (x - mean) r, where r is its constant: r (g - mean g - y mean (g y)) over the last axis. As a map of g it is its own transpose.</summary>
internal sealed record StandardizePullback : Operation
{
    public static readonly StandardizePullback Instance = new();

    public override string Name => "standardize-pullback";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [inputs[0]];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        (Variable y, Variable scale, Variable g, Variable h) = (node.Inputs[0], node.Inputs[1], node.Inputs[2], cotangents[0]!.Value);
        return input switch
        {
            0 => -(Operations.ExpandAxis(scale, -1) * ((h * Operations.Mean(g * y, -1, keepAxis: true)) + (g * Operations.Mean(h * y, -1, keepAxis: true)))),
            1 => Operations.Sum(h * ApplyOne(y, Operations.BroadcastTo(1, scale.Shape), g), -1),
            _ => ApplyOne(y, scale, h),
        };
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new PullbackKernel<T>(site);

    private sealed unsafe class PullbackKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            int n = site.Inputs[0].Shape[-1], rows = site.Inputs[1].Count;
            T share = T.CreateTruncating(1.0 / n);
            T* y = frame.At(site.Inputs[0]), scale = frame.At(site.Inputs[1]), g = frame.At(site.Inputs[2]), z = frame.At(site.Outputs[0]);
            for (int row = 0; row < rows; row++, y += n, g += n, z += n)
            {
                T mean = RowSums.Sum(g, n) * share, slope = RowSums.Dot(g, y, n) * share, r = scale[row];
                int i = 0;
                Vector256<T> means = Vector256.Create(mean), slopes = Vector256.Create(slope), scales = Vector256.Create(r);
                for (; i <= n - Vector256<T>.Count; i += Vector256<T>.Count)
                    (((Vector256.Load(g + i) - means) - (Vector256.Load(y + i) * slopes)) * scales).Store(z + i);
                for (; i < n; i++)
                    z[i] = ((g[i] - mean) - (y[i] * slope)) * r;
            }
        }
    }
}
