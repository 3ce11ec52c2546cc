using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Optimizers;

namespace OptiCore.Gpu;

/// <summary>Walks over rows of memory, a row a slot.</summary>
internal struct SlotViews<L>(ArrayView<L> rows, long first, long stride) : ISlots<L> where L : unmanaged
{
    private readonly ArrayView<L> _rows = rows;
    private readonly long _stride = stride;
    private long _next = first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref L Next()
    {
        long current = _next;
        _next += _stride;
        return ref _rows[current];
    }
}

/// <summary>The step of a composition of element-wise rules: one pass over parameters, gradient and state, 16 bytes of each a thread at a time.</summary>
internal static class RuleKernels
{
    /// <summary>x := x - u, where u is what the lane makes of the gradient.</summary>
    [Kernel]
    public static void Step<T, L, TLane>(TLane lane, ArrayView<L> parameters, ArrayView<L> gradient, ArrayView<L> slots, long stride)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TLane : unmanaged, ILane<T>
    {
        long count = parameters.Length;
        for (long i = Threads.First; i < count; i += Threads.Count)
        {
            L x = parameters[i];
            var cursor = new SlotViews<L>(slots, i, stride);
            parameters[i] = x - lane.Apply(gradient[i], x, ref cursor);
        }
    }

    /// <summary>u := what the lane makes of u.</summary>
    [Kernel]
    public static void Transform<T, L, TLane>(TLane lane, ArrayView<L> update, ArrayView<L> parameters, ArrayView<L> slots, long stride)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TLane : unmanaged, ILane<T>
    {
        long count = parameters.Length;
        for (long i = Threads.First; i < count; i += Threads.Count)
        {
            var cursor = new SlotViews<L>(slots, i, stride);
            update[i] = lane.Apply(update[i], parameters[i], ref cursor);
        }
    }
}
