using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

/// <summary>An operation whose result at a place depends on its arguments at that place alone. Runs of them are fused: see <see cref="TileProgram{T}"/>.</summary>
internal abstract record ElementwiseOperation : Operation
{
    /// <summary>True if the kernel takes an argument that is one number for all places.</summary>
    internal virtual bool TakesNumbers => true;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        Shape common = inputs[0];
        for (int i = 1; i < inputs.Length; i++)
        {
            if (!Shape.TryBroadcast(common, inputs[i], out Shape next))
                throw Misfit("aligned at the last axis, lengths must be equal or 1.", inputs);
            common = next;
        }

        return [common];
    }

    /// <summary>The kernel over the elements of a tile.</summary>
    /// <param name="isNumber">Which arguments are one number for all elements.</param>
    internal abstract TileKernel<T> Tile<T>(ReadOnlySpan<bool> isNumber) where T : unmanaged, IFloatingPointIeee754<T>;

    internal override Kernel<T> Lower<T>(KernelSite site) => throw new System.Diagnostics.UnreachableException("Element-wise operations are lowered as runs.");

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => Apply(Batching.Align(inputs, batched, size));
}

/// <summary>A function of one number: a row of the tables beside this file.</summary>
internal interface IUnary
{
    /// <summary>The name in messages.</summary>
    static abstract string Name { get; }

    /// <summary>True for functions whose derivative is 0 wherever it exists.</summary>
    static virtual bool IsStep => false;

    /// <summary>The same function in registers, with the same bits: an <see cref="ILaneFunction"/>, perhaps <see cref="IFloatFunction"/>, or an <see cref="ILaneExpression"/>. Devices make kernels of it.</summary>
    static abstract Type InLanes { get; }

    /// <summary>y[i] = f(x[i]); y may be x.</summary>
    static abstract void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>The cotangent of x from that of y: g f'(x), by x or by y, whichever is cheaper.</summary>
    static abstract Variable Pull(Variable x, Variable y, Variable g);
}

/// <summary>A function of one number from the operations of registers alone.</summary>
internal interface ILaneExpression
{
    /// <summary>f(x) in each lane.</summary>
    static abstract L Of<L>(L x) where L : struct, ILaneArithmetic<L>;
}

/// <summary>A function of two numbers that is computed in vector registers.</summary>
internal interface IBinary
{
    /// <summary>The name in messages.</summary>
    static abstract string Name { get; }

    /// <summary>True for functions whose derivatives are 0 wherever they exist.</summary>
    static virtual bool IsStep => false;

    /// <summary>f(x, y) in each lane.</summary>
    static abstract L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L>;

    /// <summary>The cotangent of x from that of the result z.</summary>
    static abstract Variable PullX(Variable x, Variable y, Variable z, Variable g);

    /// <summary>The cotangent of y.</summary>
    static abstract Variable PullY(Variable x, Variable y, Variable z, Variable g);

    /// <summary>The result, where it needs no operation: x + 0, 1 x. Null where it does.</summary>
    static virtual Variable? Simplify(Variable x, Variable y) => null;
}

/// <summary>A function of two numbers that is computed by a call for whole spans.</summary>
internal interface IBinaryCall
{
    /// <inheritdoc cref="IBinary.Name"/>
    static abstract string Name { get; }

    /// <summary>The same function in registers, with the same bits: an <see cref="ILaneFunction2"/>.</summary>
    static abstract Type InLanes { get; }

    /// <summary>z[i] = f(x[i], y[i]); z may be x or y.</summary>
    static abstract void Apply<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <inheritdoc cref="IBinary.PullX"/>
    static abstract Variable PullX(Variable x, Variable y, Variable z, Variable g);

    /// <inheritdoc cref="IBinary.PullY"/>
    static abstract Variable PullY(Variable x, Variable y, Variable z, Variable g);
}

/// <summary>The operation of a function of one number.</summary>
internal sealed record Unary<TFunction> : ElementwiseOperation where TFunction : struct, IUnary
{
    private static readonly Unary<TFunction> Instance = new();

    public override string Name => TFunction.Name;

    internal override bool TakesNumbers => false;

    internal override bool IsPiecewiseConstant => TFunction.IsStep;

    public static Variable Of(Variable x)
    {
        if (!x.IsConstant(out double number))
            return Instance.ApplyOne(x);
        Span<double> value = [number];
        TFunction.Apply<double>(value, value);
        return Variable.Constant<double>(value, x.Shape);
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        TFunction.IsStep ? null : TFunction.Pull(node.Inputs[0], new Variable(node, 0), cotangents[0]!.Value);

    internal override TileKernel<T> Tile<T>(ReadOnlySpan<bool> isNumber) => new UnaryTile<T, TFunction>();
}

/// <summary>The operation of a function of two numbers in registers.</summary>
internal sealed record Binary<TFunction> : ElementwiseOperation where TFunction : struct, IBinary
{
    private static readonly Binary<TFunction> Instance = new();

    public override string Name => TFunction.Name;

    internal override bool IsPiecewiseConstant => TFunction.IsStep;

    public static Variable Of(Variable x, Variable y)
    {
        if (x.IsConstant(out double left) && y.IsConstant(out double right))
            return Variable.Constant<double>([TFunction.Of(new Lanes1<double>(left), new Lanes1<double>(right)).Value], x.Rank > y.Rank ? x.Shape : y.Shape);
        return TFunction.Simplify(x, y) ?? Instance.ApplyOne(x, y);
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        if (TFunction.IsStep)
            return null;
        (Variable x, Variable y, var z, Variable g) = (node.Inputs[0], node.Inputs[1], new Variable(node, 0), cotangents[0]!.Value);
        return Operations.SumTo(input == 0 ? TFunction.PullX(x, y, z, g) : TFunction.PullY(x, y, z, g), node.Inputs[input].Shape);
    }

    internal override TileKernel<T> Tile<T>(ReadOnlySpan<bool> isNumber) => (isNumber[0], isNumber[1]) switch
    {
        (false, false) => new BinaryTile<T, TFunction, Both>(),
        (true, false) => new BinaryTile<T, TFunction, NumberAndSpan>(),
        (false, true) => new BinaryTile<T, TFunction, SpanAndNumber>(),
        (true, true) => new BinaryTile<T, TFunction, Numbers>(),
    };
}

/// <summary>The operation of a function of two numbers by a call.</summary>
internal sealed record BinaryCall<TFunction> : ElementwiseOperation where TFunction : struct, IBinaryCall
{
    private static readonly BinaryCall<TFunction> Instance = new();

    public override string Name => TFunction.Name;

    internal override bool TakesNumbers => false;

    public static Variable Of(Variable x, Variable y) => Instance.ApplyOne(x, y);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        (Variable x, Variable y, var z, Variable g) = (node.Inputs[0], node.Inputs[1], new Variable(node, 0), cotangents[0]!.Value);
        return Operations.SumTo(input == 0 ? TFunction.PullX(x, y, z, g) : TFunction.PullY(x, y, z, g), node.Inputs[input].Shape);
    }

    internal override TileKernel<T> Tile<T>(ReadOnlySpan<bool> isNumber) => new BinaryCallTile<T, TFunction>();
}

/// <summary>Of two arguments, the first where a mask isn't 0, else the second.</summary>
internal sealed record SelectOperation : ElementwiseOperation
{
    public static readonly SelectOperation Instance = new();

    public override string Name => "select";

    internal override bool TakesNumbers => false;

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        Variable mask = node.Inputs[0], g = cotangents[0]!.Value;
        return input switch
        {
            0 => null,
            1 => Operations.SumTo(Operations.Select(mask, g, 0), node.Inputs[1].Shape),
            _ => Operations.SumTo(Operations.Select(mask, 0, g), node.Inputs[2].Shape),
        };
    }

    internal override TileKernel<T> Tile<T>(ReadOnlySpan<bool> isNumber) => new SelectTile<T>();
}

/// <summary>The argument, repeated along axes of length 1 and new leading axes.</summary>
internal sealed record BroadcastOperation(Shape Target) : ElementwiseOperation
{
    public override string Name => "broadcast";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) =>
        inputs[0].BroadcastsTo(Target) ? [Target] : throw Misfit($"doesn't broadcast to {Target}.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => Operations.SumTo(cotangents[0]!.Value, node.Inputs[0].Shape);

    internal override TileKernel<T> Tile<T>(ReadOnlySpan<bool> isNumber) => isNumber[0] ? new FillTile<T>() : new CopyTile<T>();

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) =>
        [Operations.BroadcastTo(Operations.Reshape(inputs[0], Batching.Widened(inputs[0].Shape, Target.Rank)), Target.After([size]))];
}
