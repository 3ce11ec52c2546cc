using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore.Differentiation;

/// <summary>Rows by their indices: y[b, a, j, :] = x[b, a, index[b, j], :], for x of shape [b, a, rows, row] and indices of shape [b, count].</summary>
/// <remarks>In this form every batch is a matter of shapes: one of x alone adds to a, one of both adds to b.</remarks>
internal sealed record TakeOperation : Operation
{
    public override string Name => "take";

    /// <summary>Rows along an axis by indices of any shape, which takes the place of the axis.</summary>
    public static Variable Along(Variable x, Variable indices, int axis)
    {
        (int outer, int rows, int row) = Blocks.Around(x.Shape, axis);
        int count = indices.Shape.ElementCount, first = x.Shape.Axis(axis);
        Variable taken = new TakeOperation().ApplyOne(Operations.Reshape(x, [1, outer, rows, row]), Operations.Reshape(indices, [1, count]));
        return Operations.Reshape(taken, Shape.Create([.. x.Shape.Lengths[..first], .. indices.Shape.Lengths, .. x.Shape.Lengths[(first + 1)..]]));
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        (Shape x, Shape index) = (inputs[0], inputs[1]);
        return x.Rank == 4 && index.Rank == 2 && x[0] == index[0] ? [[x[0], x[1], index[1], x[3]]] : throw Misfit("there must be indices for each element of the batch.", inputs);
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        input == 0 ? new SegmentSumOperation(node.Inputs[0].Shape[2]).ApplyOne(cotangents[0]!.Value, node.Inputs[1]) : null;

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        (Variable x, Variable index) = (inputs[0], inputs[1]);
        if (!batched[0] && x.Shape[0] == 1 && x.Shape[1] == 1)
        {
            // One table for all: the indices of the whole batch side by side.
            Variable rows = ApplyOne(x, Operations.Reshape(index, [1, size * index.Shape[2]]));
            return [Operations.Reshape(rows, [size, 1, 1, index.Shape[2], x.Shape[3]])];
        }

        return [Rows.Batch(this, x, index, batched, size)];
    }

    internal override Kernel<T> Lower<T>(KernelSite site)
    {
        Places.RequireExact<T>(site.Inputs[0].Shape[2], Name);
        return new TakeKernel<T>(site, Name);
    }

    private sealed class TakeKernel<T>(KernelSite site, string name) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            Shape x = site.Inputs[0].Shape;
            int blocks = x[1], rows = x[2], row = x[3], count = site.Inputs[1].Shape[1];
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]), index = frame.Span(site.Inputs[1]);
            Span<T> target = frame.Span(site.Outputs[0]);
            for (int block = 0; block < x[0] * blocks; block++)
            {
                ReadOnlySpan<T> from = source.Slice(block * rows * row, rows * row), places = index.Slice(block / blocks * count, count);
                Span<T> to = target.Slice(block * count * row, count * row);
                for (int j = 0; j < places.Length; j++)
                    from.Slice(Places.Of(places[j], rows, name) * row, row).CopyTo(to[(j * row)..]);
            }
        }
    }
}

/// <summary>The transpose of <see cref="TakeOperation"/>: rows are added, in order, into the rows that their indices name.</summary>
internal sealed record SegmentSumOperation(int Segments) : Operation
{
    public override string Name => "segment-sum";

    /// <summary>Rows along neighbouring axes added into the rows of one axis.</summary>
    public static Variable Along(Variable x, Variable segments, int count, int axis)
    {
        (int outer, int rows, int row) = Blocks.Around(x.Shape, axis, segments.Rank);
        int first = x.Shape.Axis(axis);
        Variable sums = new SegmentSumOperation(count).ApplyOne(Operations.Reshape(x, [1, outer, rows, row]), Operations.Reshape(segments, [1, rows]));
        return Operations.Reshape(sums, Shape.Create([.. x.Shape.Lengths[..first], count, .. x.Shape.Lengths[(first + segments.Rank)..]]));
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        (Shape x, Shape index) = (inputs[0], inputs[1]);
        return x.Rank == 4 && index.Rank == 2 && x[0] == index[0] && x[2] == index[1] ? [x.With(2, Segments)] : throw Misfit("there must be an index for each row.", inputs);
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        input == 0 ? new TakeOperation().ApplyOne(cotangents[0]!.Value, node.Inputs[1]) : null;

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => [Rows.Batch(this, inputs[0], inputs[1], batched, size)];

    internal override Kernel<T> Lower<T>(KernelSite site)
    {
        Places.RequireExact<T>(Segments, Name);
        return new SegmentSumKernel<T>(site, Segments, Name);
    }

    private sealed class SegmentSumKernel<T>(KernelSite site, int segments, string name) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            Shape x = site.Inputs[0].Shape;
            int blocks = x[1], count = x[2], row = x[3];
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]), index = frame.Span(site.Inputs[1]);
            Span<T> target = frame.Span(site.Outputs[0]);
            target.Clear();
            for (int block = 0; block < x[0] * blocks; block++)
            {
                ReadOnlySpan<T> from = source.Slice(block * count * row, count * row), places = index.Slice(block / blocks * count, count);
                Span<T> to = target.Slice(block * segments * row, segments * row);
                for (int j = 0; j < places.Length; j++)
                {
                    Span<T> sum = to.Slice(Places.Of(places[j], segments, name) * row, row);
                    TensorPrimitives.Add(sum, from.Slice(j * row, row), sum);
                }
            }
        }
    }
}

/// <summary>What <see cref="TakeOperation"/> and its transpose share.</summary>
internal static class Rows
{
    /// <summary>The operation over a leading axis of the numbers alone, or of the numbers and the indices.</summary>
    public static Variable Batch(Operation operation, Variable x, Variable index, ReadOnlySpan<bool> batched, int size)
    {
        if (!batched[0])
            x = Operations.BroadcastTo(x, x.Shape.After([size]));
        bool shared = !batched[1] && index.Shape[0] == 1;
        if (!batched[1] && !shared)
            index = Operations.BroadcastTo(index, index.Shape.After([size]));
        Shape shape = x.Shape;
        Variable result = shared
            ? operation.ApplyOne(Operations.Reshape(x, [1, size * shape[2], shape[3], shape[4]]), index)
            : operation.ApplyOne(Operations.Reshape(x, [size * shape[1], shape[2], shape[3], shape[4]]), Operations.Reshape(index, [size * shape[1], index.Shape[2]]));
        return Operations.Reshape(result, [size, shape[1], shape[2], result.Shape[2], shape[4]]);
    }
}
