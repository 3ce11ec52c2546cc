namespace OptiCore.Differentiation;

// The form sum y conv(x, w) is linear in each of three tensors: the derivative of one operation here is always another one.

/// <summary>The sums of windows of images times a kernel (a cross-correlation, as in networks); see <see cref="Geometry"/> for the shapes.</summary>
internal sealed record ConvolutionOperation(Sliding Sliding) : Operation
{
    public override string Name => "convolution";

    internal override int ScratchCount(Node node) => Geometry(node).Scratch;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [new Geometry(Sliding, inputs[0], inputs[1], Name).ResultShape];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        (Variable x, Variable w, Variable g) = (node.Inputs[0], node.Inputs[1], cotangents[0]!.Value);
        return input == 0
            ? new ConvolutionImagesOperation(Sliding, x.Shape[2], x.Shape[3]).ApplyOne(g, w)
            : new ConvolutionWeightsOperation(Sliding, w.Shape[1], w.Shape[2]).ApplyOne(x, g);
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => [Convolutions.Batch(this, inputs, batched, size, joinsImages: !batched[1])];

    internal override Kernel<T> Lower<T>(KernelSite site) => new ConvolutionKernel<T>(site, Geometry(site.Node), ConvolutionPart.Results);

    private Geometry Geometry(Node node) => new(Sliding, node.Inputs[0].Shape, node.Inputs[1].Shape, Name);
}

/// <summary>The transpose of <see cref="ConvolutionOperation"/> by the images, a transposed convolution: results times the kernel, added to the windows of images of a given size.</summary>
internal sealed record ConvolutionImagesOperation(Sliding Sliding, int Height, int Width) : Operation
{
    public override string Name => "transposed convolution";

    internal override int ScratchCount(Node node) => Geometry(node).Scratch;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        if (inputs[0].Rank != 5 || inputs[1].Rank != 5)
            throw Misfit("sets of images and of kernels are needed.", inputs);
        Shape images = [inputs[0][0], inputs[0][1], Height, Width, inputs[1][3] * Sliding.Groups];
        return new Geometry(Sliding, images, inputs[1], Name).ResultShape == inputs[0] ? [images] : throw Misfit($"windows on images of {Height} x {Width} have other places.", inputs);
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        (Variable y, Variable w, Variable g) = (node.Inputs[0], node.Inputs[1], cotangents[0]!.Value);
        return input == 0 ? new ConvolutionOperation(Sliding).ApplyOne(g, w) : new ConvolutionWeightsOperation(Sliding, w.Shape[1], w.Shape[2]).ApplyOne(g, y);
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => [Convolutions.Batch(this, inputs, batched, size, joinsImages: !batched[1])];

    internal override Kernel<T> Lower<T>(KernelSite site) => new ConvolutionKernel<T>(site, Geometry(site.Node), ConvolutionPart.Images);

    private Geometry Geometry(Node node) => new(Sliding, node.Shapes[0], node.Inputs[1].Shape, Name);
}

/// <summary>The transpose of <see cref="ConvolutionOperation"/> by the kernel of a given size: windows of images times results, summed over all windows.</summary>
internal sealed record ConvolutionWeightsOperation(Sliding Sliding, int Rows, int Columns) : Operation
{
    public override string Name => "convolution's kernel gradient";

    internal override int ScratchCount(Node node) => Geometry(node).Scratch;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        if (inputs[0].Rank != 5 || inputs[1].Rank != 5)
            throw Misfit("sets of images and of results are needed.", inputs);
        Shape kernel = [inputs[0][0], Rows, Columns, inputs[0][4] / Sliding.Groups, inputs[1][4]];
        return new Geometry(Sliding, inputs[0], kernel, Name).ResultShape == inputs[1] ? [kernel] : throw Misfit($"windows of {Rows} x {Columns} have other places.", inputs);
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        (Variable x, Variable y, Variable g) = (node.Inputs[0], node.Inputs[1], cotangents[0]!.Value);
        return input == 0 ? new ConvolutionImagesOperation(Sliding, x.Shape[2], x.Shape[3]).ApplyOne(y, g) : new ConvolutionOperation(Sliding).ApplyOne(x, g);
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => [Convolutions.Batch(this, inputs, batched, size, joinsImages: false)];

    internal override Kernel<T> Lower<T>(KernelSite site) => new ConvolutionKernel<T>(site, Geometry(site.Node), ConvolutionPart.Kernel);

    private Geometry Geometry(Node node) => new(Sliding, node.Inputs[0].Shape, node.Shapes[0], Name);
}

/// <summary>What the operations share.</summary>
internal static class Convolutions
{
    /// <summary>A batch as more images under the one kernel, or as more sets.</summary>
    public static Variable Batch(Operation operation, ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size, bool joinsImages)
    {
        if (joinsImages && inputs[1].Shape[0] == 1)
        {
            Variable joined = operation.ApplyOne(Operations.Reshape(inputs[0], Join(inputs[0].Shape.Without(1, 1))), inputs[1]);
            return Operations.Reshape(joined, Shape.Create([size, 1, joined.Shape[1] / size, .. joined.Shape.Lengths[2..]]));
        }

        var sets = new Variable[2];
        for (int i = 0; i < sets.Length; i++)
        {
            Variable all = batched[i] ? inputs[i] : Operations.BroadcastTo(inputs[i], inputs[i].Shape.After([size]));
            sets[i] = Operations.Reshape(all, Shape.Create([size * all.Shape[1], .. all.Shape.Lengths[2..]]));
        }

        Variable result = operation.ApplyOne(sets);
        return Operations.Reshape(result, Shape.Create([size, result.Shape[0] / size, .. result.Shape.Lengths[1..]]));

        static Shape Join(Shape shape) => Shape.Create([1, shape[0] * shape[1], .. shape.Lengths[2..]]);
    }
}
