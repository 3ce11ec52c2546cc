using System.Numerics;
using OptiCore.Differentiation;

namespace OptiCore.Gpu;

/// <summary>Makes the launches of a program from its nodes.</summary>
internal sealed partial class Lowering<T>(GpuDevice device, Plan<T> plan, GpuBuffer<T> memory, Func<Operand, int> offset) where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<ProgramStep<T>> _steps = [];
    private readonly KernelSteps<T> _kernels = KernelSteps<T>.For(device);

    /// <summary>All launches in order.</summary>
    /// <exception cref="NotSupportedException">An operation has no kernel for devices.</exception>
    public ProgramStep<T>[] Steps()
    {
        for (int i = 0; i < plan.KernelNodes.Count; i++)
        {
            List<Node> nodes = plan.KernelNodes[i];
            if (nodes[0].Operation is ElementwiseOperation)
                Run(nodes);
            else
            {
                KernelSite site = plan.Site(nodes[0], i);
                if (site.Outputs[0].Count > 0)
                    Add(nodes[0].Operation, site);
                if (nodes.Count > 1)
                    Run(nodes[1..]);
            }
        }

        return [.. _steps];
    }

    /// <summary>A run of element-wise operations.</summary>
    private void Run(List<Node> nodes)
    {
        int count = nodes[0].Shapes[0].ElementCount;
        if (count == 0)
            return;
        var builder = new RunBuilder(count);
        var results = new Dictionary<Node, RunBuilder.Value>();
        foreach (Node node in nodes)
        {
            var arguments = new RunBuilder.Value[node.Inputs.Length];
            for (int k = 0; k < arguments.Length; k++)
            {
                Variable input = node.Inputs[k];
                arguments[k] = results.TryGetValue(Clusters.Source(input).Node, out RunBuilder.Value? inside) && input.Shape.ElementCount == count
                    ? inside
                    : builder.Load(offset(plan.Operand(input)), input.Shape, node.Shapes[0]);
            }

            RunBuilder.Value result = node.Operation switch
            {
                BroadcastOperation => arguments[0],
                SelectOperation => builder.Choose(arguments[0], arguments[1], arguments[2]),
                Operation operation when operation.GetType() is { IsGenericType: true } type => builder.Apply(type.GetGenericArguments()[0], arguments),
                Operation operation => throw Missing(operation),
            };
            results[node] = result;
            var variable = new Variable(node, 0);
            if (plan.IsKept(variable))
                builder.Store(result, offset(plan.Operand(variable)), Axes.Contiguous(count));
        }

        _steps.Add(builder.Build<T>(device));
    }

    private void Add(Operation operation, KernelSite site)
    {
        switch (operation)
        {
            case MatMulOperation product: Product(site, product); break;
            case StridedMatMulOperation moved: Product(site, moved); break;
            case SumOperation sum: Sum(site, sum.FirstAxis, sum.AxisCount); break;
            case MaxOperation max: Max(site, max.FirstAxis, max.AxisCount); break;
            case StandardizeOperation standardize: Standardize(site, standardize.Epsilon); break;
            case Differentiation.StandardizePullback: StandardizeCotangent(site); break;
            case Differentiation.SoftmaxPullback: SoftmaxCotangent(site); break;
            case SoftmaxOperation: Add(GpuSoftmax.Softmax, site.Inputs[0], site.Inputs[0].Shape[-1], site.Outputs[0]); break;
            case LogSoftmaxOperation: Add(GpuSoftmax.LogSoftmax, site.Inputs[0], site.Inputs[0].Shape[-1], site.Outputs[0]); break;
            case LogSumExpOperation: Add(GpuReduce.LogSumExpRows, site.Inputs[0], site.Inputs[0].Shape[-1], site.Outputs[0]); break;
            case GatherOperation gather: Gather(site, gather.Axis); break;
            case ScatterAddOperation scatter: ScatterAdd(site, scatter.Axis); break;
            case TakeOperation: Take(site); break;
            case SegmentSumOperation segments: SegmentSum(site, segments.Segments); break;
            case OneHotOperation oneHot: OneHot(site, oneHot.Count); break;
            case CumulativeSumOperation cumulative: CumulativeSum(site, cumulative.Axis, cumulative.Reverse); break;
            case FlipOperation flip: Flip(site, flip.Axis); break;
            case RandomOperation random: Draw(site, random); break;
            case TransposeOperation transpose: Transpose(site, transpose.Order.Values); break;
            case SliceOperation slice: Slice(site, slice.Axis, slice.Start); break;
            case PadOperation pad: Pad(site, pad.Axis, pad.Before); break;
            case ConcatenateOperation concatenate: Concatenate(site, concatenate.Axis); break;
            default: throw Missing(operation);
        }
    }

    private NotSupportedException Missing(Operation operation) => new($"'{operation.Name}' has no kernel for '{device.Name}'; computations with it run on the processor: computation.Start().");
}
