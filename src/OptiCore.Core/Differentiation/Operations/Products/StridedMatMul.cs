namespace OptiCore.Differentiation;

/// <summary>
/// A product of factors whose axes are put in another order first, and whose result's axes are afterwards; the last axis of each stays where it is. Only compiled expressions have it: the
/// product and the moves that it stands for have the rules.
/// </summary>
/// <param name="Product">The product.</param>
/// <param name="OrderA">The order of the left factor's axes; null for their own.</param>
/// <param name="OrderB">The order of the right factor's axes.</param>
/// <param name="OrderC">The order in which the result's axes are put.</param>
internal sealed record StridedMatMulOperation(MatMulOperation Product, AxisList? OrderA, AxisList? OrderB, AxisList? OrderC) : Operation, IProductOperation
{
    public override string Name => "matmul, moved";

    bool IProductOperation.IsInOrder => OrderC is null;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) =>
        [Moved(Product.Infer([Moved(inputs[0], OrderA), Moved(inputs[1], OrderB)])[0], OrderC)];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => throw new System.Diagnostics.UnreachableException();

    internal override Kernel<T> Lower<T>(KernelSite site) => ((IProductOperation)this).Lower<T>(site, null);

    Kernel<T> IProductOperation.Lower<T>(KernelSite site, TileProgram<T>? then)
    {
        (Shape left, Shape whole, MatrixPlaces a, MatrixPlaces b, MatrixPlaces c) = Places(site.Inputs[0].Shape, site.Inputs[1].Shape, site.Outputs[0].Shape);
        return new MatMulKernel<T>(site, Product.TransposeA, Product.TransposeB, left, whole, a, b, c, then);
    }

    /// <summary>The shapes of the left factor and of the result as the product sees them, and where it finds the matrices of tensors of some shapes.</summary>
    public (Shape Left, Shape Result, MatrixPlaces A, MatrixPlaces B, MatrixPlaces C) Places(Shape a, Shape b, Shape c)
    {
        Shape left = Moved(a, OrderA), whole = Product.Infer([left, Moved(b, OrderB)])[0];
        return (left, whole, MatrixPlaces.Of(a, OrderA, whole), MatrixPlaces.Of(b, OrderB, whole), MatrixPlaces.Of(c, Inverse(OrderC), whole));
    }

    private static AxisList? Inverse(AxisList? order)
    {
        if (order is not { } given)
            return null;
        var inverse = new int[given.Values.Length];
        for (int i = 0; i < inverse.Length; i++)
            inverse[given.Values[i]] = i;
        return new AxisList(inverse);
    }

    private static Shape Moved(Shape shape, AxisList? order)
    {
        if (order is not { } given)
            return shape;
        var lengths = new int[shape.Rank];
        for (int i = 0; i < lengths.Length; i++)
            lengths[i] = shape[given.Values[i]];
        return Shape.Create(lengths);
    }
}
