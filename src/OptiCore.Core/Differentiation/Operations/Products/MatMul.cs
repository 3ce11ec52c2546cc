namespace OptiCore.Differentiation;

/// <summary>Products of the matrices of the last two axes, op(A) op(B); the axes before them broadcast.</summary>
internal sealed record MatMulOperation(bool TransposeA, bool TransposeB) : Operation, IProductOperation
{
    public override string Name => "matmul";

    bool IProductOperation.IsInOrder => true;

    /// <summary>The product with transposes taken up and with rows of a batch as rows of one matrix, where one matrix on the right serves all.</summary>
    public static Variable Of(Variable a, Variable b, bool transposeA, bool transposeB)
    {
        if (IsTransposed(a))
            return Of(Operations.Transpose(a), b, !transposeA, transposeB);
        if (IsTransposed(b))
            return Of(a, Operations.Transpose(b), transposeA, !transposeB);
        if (a.Rank <= 2 || b.Rank != 2 || transposeA)
            return new MatMulOperation(transposeA, transposeB).ApplyOne(a, b);
        Variable rows = Operations.Reshape(a, [a.Shape.ElementCount / Math.Max(1, a.Shape[-1]), a.Shape[-1]]);
        Variable product = new MatMulOperation(false, transposeB).ApplyOne(rows, b);
        return Operations.Reshape(product, a.Shape.With(-1, product.Shape[-1]));
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        (Shape a, Shape b) = (inputs[0], inputs[1]);
        if (a.Rank < 2 || b.Rank < 2)
            throw Misfit("both need two axes.", inputs);
        if (a[TransposeA ? -2 : -1] != b[TransposeB ? -1 : -2])
            throw Misfit($"{a[TransposeA ? -2 : -1]} columns{(TransposeA ? " (transposed)" : "")} on the left, {b[TransposeB ? -1 : -2]} rows{(TransposeB ? " (transposed)" : "")} on the right.", inputs);
        if (!Shape.TryBroadcast(a.Leading(a.Rank - 2), b.Leading(b.Rank - 2), out Shape leading))
            throw Misfit("the axes before the matrices don't broadcast.", inputs);
        return [Shape.Create([.. leading.Lengths, a[TransposeA ? -1 : -2], b[TransposeB ? -2 : -1]])];
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        (Variable a, Variable b, Variable g) = (node.Inputs[0], node.Inputs[1], cotangents[0]!.Value);
        Variable full = input == 0
            ? TransposeA ? Of(b, g, TransposeB, true) : Of(g, b, false, !TransposeB)
            : TransposeB ? Of(g, a, true, TransposeA) : Of(a, g, !TransposeA, false);
        return Operations.SumTo(full, node.Inputs[input].Shape);
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        Variable[] aligned = Batching.Align(inputs, batched, size);
        return [Of(aligned[0], aligned[1], TransposeA, TransposeB)];
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => ((IProductOperation)this).Lower<T>(site, null);

    Kernel<T> IProductOperation.Lower<T>(KernelSite site, TileProgram<T>? then)
    {
        (Shape a, Shape b, Shape c) = (site.Inputs[0].Shape, site.Inputs[1].Shape, site.Outputs[0].Shape);
        return new MatMulKernel<T>(site, TransposeA, TransposeB, a, c, MatrixPlaces.Of(a, null, c), MatrixPlaces.Of(b, null, c), MatrixPlaces.Of(c, null, c), then);
    }

    /// <summary>True if rows of the argument are columns here: transposed once more, nothing or rows that stay whole are left to be moved.</summary>
    private static bool IsTransposed(Variable x) => x.Rank > 1 && x.Node.Operation is TransposeOperation { Order: var order } && order.Values[^2] == x.Rank - 1;
}
