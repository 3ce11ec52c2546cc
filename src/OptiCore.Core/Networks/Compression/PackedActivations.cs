using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>How activations of a shape lie in memory when rounded to bits: for each group its least, its step and its bits as elements, then the bits of all groups, each from a byte on.</summary>
/// <remarks>The shape of the packed tensor doesn't know its element type: 32 bits of each element are used, all of those of floats.</remarks>
internal sealed record PackedLayout
{
    public PackedLayout(Shape shape, int groupSize, double bits, bool isMixed)
    {
        (Shape, GroupSize, Bits, IsMixed) = (shape, groupSize, bits, isMixed);
        Rows = shape.Rank == 0 ? 1 : shape[0];
        RowLength = Rows == 0 ? 0 : shape.ElementCount / Rows;
        GroupsPerRow = (RowLength + groupSize - 1) / groupSize;
    }

    public Shape Shape { get; }

    public int GroupSize { get; }

    public double Bits { get; }

    public bool IsMixed { get; }

    public int Rows { get; }

    public int RowLength { get; }

    public int GroupsPerRow { get; }

    public int Groups => Rows * GroupsPerRow;

    /// <summary>The bits that may be given to the groups, in sum.</summary>
    public int Budget => (int)(Groups * (IsMixed ? Bits : Math.Floor(Bits)));

    /// <summary>The number of elements.</summary>
    public int Elements
    {
        get
        {
            // Each bit of the budget is one bit for each of at most GroupSize activations, and each group ends with its byte.
            long size = Math.Min(GroupSize, RowLength), bytes = (((Budget * size) + 7) / 8) + Groups;
            return checked((3 * Groups) + (int)((bytes + 3) / 4));
        }
    }

    /// <summary>The elements of a group.</summary>
    public (int Start, int Length) Group(int group)
    {
        int row = group / GroupsPerRow, first = group % GroupsPerRow * GroupSize;
        return ((row * RowLength) + first, Math.Min(GroupSize, RowLength - first));
    }

    /// <summary>The shape of the packed signs: a bit for each activation.</summary>
    public int SignElements => (Shape.ElementCount + 31) / 32;

    /// <summary>The bytes behind the numbers of the groups.</summary>
    public static Span<byte> Bytes<T>(Span<T> packed, int groups) where T : unmanaged => MemoryMarshal.AsBytes(packed[(3 * groups)..]);
}

/// <summary>Activations rounded stochastically to a few bits each. Arguments: the activations, uniform numbers of the same shape, the rows' sensitivities.</summary>
internal sealed record PackOperation(PackedLayout Layout) : Operation
{
    public override string Name => "pack";

    internal override bool IsPiecewiseConstant => true;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => inputs[2] == Shape.Create([Layout.Rows])
        ? [[Layout.Elements]]
        : throw Misfit($"there must be a sensitivity for each of {Layout.Rows} rows.", inputs);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => [Packing.Batch(this, inputs, batched, size)];

    internal override Kernel<T> Lower<T>(KernelSite site) => new PackKernel<T>(site, Layout);

    private sealed class PackKernel<T>(KernelSite site, PackedLayout layout) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override object? NewState(Frame<T> frame) => new State(layout.Groups);

        public override void Run(Frame<T> frame)
        {
            var state = (State)frame.States[site.Index]!;
            ReadOnlySpan<T> x = frame.Span(site.Inputs[0]), uniform = frame.Span(site.Inputs[1]), sensitivity = frame.Span(site.Inputs[2]);
            Span<T> packed = frame.Span(site.Outputs[0]);
            packed.Clear();
            for (int group = 0; group < layout.Groups; group++)
            {
                (int start, int length) = layout.Group(group);
                ReadOnlySpan<T> own = x.Slice(start, length);
                T least = TensorPrimitives.Min(own), range = TensorPrimitives.Max(own) - least;
                (packed[3 * group], packed[(3 * group) + 1]) = (least, range);
                double width = double.CreateTruncating(range);
                state.Weights[group] = double.CreateTruncating(sensitivity[group / layout.GroupsPerRow]) * width * width * length;
            }

            if (layout.IsMixed)
                BitAllocation.Allocate(state.Weights, layout.Budget, state.Bits, state.Gains, state.Heap);
            else
                Array.Fill(state.Bits, (int)layout.Bits);
            Span<byte> bytes = PackedLayout.Bytes(packed, layout.Groups);
            for (int group = 0, at = 0; group < layout.Groups; group++)
            {
                (int start, int length) = layout.Group(group);
                int bits = state.Bits[group], levels = (1 << bits) - 1;
                T least = packed[3 * group], step = packed[(3 * group) + 1] / T.CreateTruncating(levels);
                (packed[(3 * group) + 1], packed[(3 * group) + 2]) = (step, T.CreateTruncating(bits));
                T most = T.CreateTruncating(levels), inverse = step > T.Zero ? T.One / step : T.Zero;
                ulong word = 0;
                int filled = 0;
                for (int i = start; i < start + length; i++)
                {
                    T level = T.Floor(((x[i] - least) * inverse) + uniform[i]);
                    word |= ulong.CreateSaturating(T.Clamp(level, T.Zero, most)) << filled;
                    for (filled += bits; filled >= 8; filled -= 8, word >>= 8)
                        bytes[at++] = (byte)word;
                }

                if (filled > 0)
                    bytes[at++] = (byte)word;
            }
        }

        private sealed class State(int groups)
        {
            public double[] Weights { get; } = new double[groups];

            public double[] Gains { get; } = new double[groups];

            public int[] Bits { get; } = new int[groups];

            public int[] Heap { get; } = new int[groups];
        }
    }
}

/// <summary>The roundings that were packed.</summary>
internal sealed record UnpackOperation(PackedLayout Layout) : Operation
{
    public override string Name => "unpack";

    internal override bool IsPiecewiseConstant => true;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [Layout.Shape];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => [Packing.Batch(this, inputs, batched, size)];

    internal override Kernel<T> Lower<T>(KernelSite site) => new UnpackKernel<T>(site, Layout);

    private sealed class UnpackKernel<T>(KernelSite site, PackedLayout layout) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            Span<T> packed = frame.Span(site.Inputs[0]), x = frame.Span(site.Outputs[0]);
            ReadOnlySpan<byte> bytes = PackedLayout.Bytes(packed, layout.Groups);
            for (int group = 0, at = 0; group < layout.Groups; group++)
            {
                (int start, int length) = layout.Group(group);
                T least = packed[3 * group], step = packed[(3 * group) + 1];
                int bits = int.CreateSaturating(packed[(3 * group) + 2]), levels = (1 << bits) - 1, filled = 0;
                uint word = 0;
                for (int i = start; i < start + length; i++)
                {
                    for (; filled < bits; filled += 8)
                        word |= (uint)bytes[at++] << filled;
                    x[i] = least + (step * T.CreateTruncating(word & (uint)levels));
                    word >>= bits;
                    filled -= bits;
                }
            }
        }
    }
}

/// <summary>Whether activations are positive, a bit for each.</summary>
internal sealed record PackSignsOperation(PackedLayout Layout) : Operation
{
    public override string Name => "pack-signs";

    internal override bool IsPiecewiseConstant => true;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [[Layout.SignElements]];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => [Packing.Batch(this, inputs, batched, size)];

    internal override Kernel<T> Lower<T>(KernelSite site) => new PackSignsKernel<T>(site);

    private sealed class PackSignsKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<T> x = frame.Span(site.Inputs[0]);
            Span<T> packed = frame.Span(site.Outputs[0]);
            packed.Clear();
            Span<byte> bytes = MemoryMarshal.AsBytes(packed);
            for (int i = 0; i < x.Length; i++)
                bytes[i >> 3] |= (byte)((x[i] > T.Zero ? 1 : 0) << (i & 7));
        }
    }
}

/// <summary>1 where a packed bit is set, else 0.</summary>
internal sealed record UnpackSignsOperation(PackedLayout Layout) : Operation
{
    public override string Name => "unpack-signs";

    internal override bool IsPiecewiseConstant => true;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [Layout.Shape];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => [Packing.Batch(this, inputs, batched, size)];

    internal override Kernel<T> Lower<T>(KernelSite site) => new UnpackSignsKernel<T>(site);

    private sealed class UnpackSignsKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(frame.Span(site.Inputs[0]));
            Span<T> mask = frame.Span(site.Outputs[0]);
            for (int i = 0; i < mask.Length; i++)
                mask[i] = ((bytes[i >> 3] >> (i & 7)) & 1) != 0 ? T.One : T.Zero;
        }
    }
}

/// <summary>What the packing operations share.</summary>
internal static class Packing
{
    /// <summary>Element by element of the batch: each has its own ranges.</summary>
    public static Variable Batch(Operation operation, ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        var results = new Variable[size];
        var own = new Variable[inputs.Length];
        for (int element = 0; element < size; element++)
        {
            for (int i = 0; i < own.Length; i++)
                own[i] = batched[i] ? inputs[i][element] : inputs[i];
            results[element] = operation.ApplyOne(own);
        }

        return Operations.Stack(0, results);
    }

    /// <summary>Packed tensors along leading axes, unpacked.</summary>
    public static Variable Unpack(Operation unpack, Variable packed)
    {
        if (packed.Rank == 1)
            return unpack.ApplyOne(packed);
        var parts = new Variable[packed.Shape[0]];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = Unpack(unpack, packed[i]);
        return Operations.Stack(0, parts);
    }
}
