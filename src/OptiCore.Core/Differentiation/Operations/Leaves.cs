using System.Diagnostics;

namespace OptiCore.Differentiation;

/// <summary>An input of programs. Unlike other operations it is equal to itself alone.</summary>
internal sealed record InputOperation(string Label, Shape Shape) : Operation
{
    public override string Name => Label;

    public bool Equals(InputOperation? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [Shape];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => throw new UnreachableException();

    internal override Kernel<T> Lower<T>(KernelSite site) => throw new UnreachableException();
}

/// <summary>Constant numbers.</summary>
internal sealed record ConstantOperation(double[] Values, Shape Shape) : Operation
{
    public override string Name => "constant";

    public bool Equals(ConstantOperation? other) =>
        other is not null && Shape == other.Shape && System.Runtime.InteropServices.MemoryMarshal.Cast<double, long>(Values).SequenceEqual(
            System.Runtime.InteropServices.MemoryMarshal.Cast<double, long>(other.Values));

    public override int GetHashCode() => HashCode.Combine(Shape, Values.Length == 0 ? 0 : Values[0], Values.Length == 0 ? 0 : Values[^1]);

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [Shape];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => throw new UnreachableException();

    internal override Kernel<T> Lower<T>(KernelSite site) => throw new UnreachableException();
}

/// <summary>The argument, through which no derivative passes.</summary>
internal sealed record StopGradientOperation : Operation
{
    public override string Name => "stop-gradient";

    internal override bool IsPiecewiseConstant => true;

    internal override bool TryView(Node node, out int offset)
    {
        offset = 0;
        return true;
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [inputs[0]];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Kernel<T> Lower<T>(KernelSite site) => throw new UnreachableException();
}
