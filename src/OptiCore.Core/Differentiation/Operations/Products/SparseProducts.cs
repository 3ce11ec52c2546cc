using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The places of a sparse matrix's elements, row by row.</summary>
internal sealed class SparsePlaces(int rows, int columns, int[] row, int[] column)
{
    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    /// <summary>The row of each element, ascending.</summary>
    public int[] Row { get; } = row;

    /// <summary>The column of each element.</summary>
    public int[] Column { get; } = column;

    public int Count => Row.Length;

    /// <summary>The operation's arguments as a message names them.</summary>
    public override string ToString() => $"a sparse {Rows} x {Columns} matrix of {Count} elements";
}

/// <summary>x S or x S' along the last axis, for a sparse matrix S of which the elements are an argument and the places are fixed.</summary>
internal sealed record SparseProductOperation(SparsePlaces Places, bool IsTransposed) : Operation
{
    public override string Name => "sparse-product";

    private int Inputs => IsTransposed ? Places.Columns : Places.Rows;

    private int Outputs => IsTransposed ? Places.Rows : Places.Columns;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[0].Rank > 0 && inputs[0][-1] == Inputs && inputs[1].Rank == 1 && inputs[1][0] == Places.Count
        ? [inputs[0].With(-1, Outputs)]
        : throw Misfit($"the arguments of {Places} don't fit.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        (Variable x, Variable g) = (node.Inputs[0], cotangents[0]!.Value);
        if (input == 0)
            return new SparseProductOperation(Places, !IsTransposed).ApplyOne(g, node.Inputs[1]);
        return IsTransposed ? new SampledProductOperation(Places).ApplyOne(g, x) : new SampledProductOperation(Places).ApplyOne(x, g);
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        if (!batched[1])
            return Apply(inputs);

        // A matrix for each: one after the other.
        (Variable x, Variable elements) = (inputs[0], inputs[1]);
        var results = new Variable[size];
        for (int i = 0; i < size; i++)
            results[i] = ApplyOne(batched[0] ? x[i] : x, elements[i]);
        return [Operations.Stack(0, results)];
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new SparseProductKernel<T>(site, Places, IsTransposed);

    private sealed class SparseProductKernel<T>(KernelSite site, SparsePlaces places, bool isTransposed) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> x = frame.Span(site.Inputs[0]), elements = frame.Span(site.Inputs[1]);
            Span<T> y = frame.Span(site.Outputs[0]);
            int inputs = site.Inputs[0].Shape[-1], outputs = site.Outputs[0].Shape[-1];
            int[] from = isTransposed ? places.Column : places.Row, to = isTransposed ? places.Row : places.Column;
            y.Clear();
            for (int first = 0, target = 0; first < x.Length; first += inputs, target += outputs)
            {
                ReadOnlySpan<T> row = x.Slice(first, inputs);
                Span<T> sum = y.Slice(target, outputs);
                for (int k = 0; k < elements.Length; k++)
                    sum[to[k]] += row[from[k]] * elements[k];
            }
        }
    }
}

/// <summary>The elements at fixed places of the matrix sum_b x[b]' y[b]: what a sparse matrix's elements get as cotangent.</summary>
internal sealed record SampledProductOperation(SparsePlaces Places) : Operation
{
    public override string Name => "sampled-product";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) =>
        inputs[0].Rank == inputs[1].Rank && inputs[0].Rank > 0 && inputs[0][-1] == Places.Rows && inputs[1] == inputs[0].With(-1, Places.Columns)
            ? [[Places.Count]]
            : throw Misfit($"the arguments of {Places} don't fit.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        new SparseProductOperation(Places, IsTransposed: input == 0).ApplyOne(node.Inputs[1 - input], cotangents[0]!.Value);

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        var results = new Variable[size];
        for (int i = 0; i < size; i++)
            results[i] = ApplyOne(batched[0] ? inputs[0][i] : inputs[0], batched[1] ? inputs[1][i] : inputs[1]);
        return [Operations.Stack(0, results)];
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new SampledProductKernel<T>(site, Places);

    private sealed class SampledProductKernel<T>(KernelSite site, SparsePlaces places) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> x = frame.Span(site.Inputs[0]), y = frame.Span(site.Inputs[1]);
            Span<T> sums = frame.Span(site.Outputs[0]);
            int[] row = places.Row, column = places.Column;
            sums.Clear();
            for (int i = 0, j = 0; i < x.Length; i += places.Rows, j += places.Columns)
            {
                ReadOnlySpan<T> left = x.Slice(i, places.Rows), right = y.Slice(j, places.Columns);
                for (int k = 0; k < sums.Length; k++)
                    sums[k] += left[row[k]] * right[column[k]];
            }
        }
    }
}
