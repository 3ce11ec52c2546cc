using System.Numerics;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>The kernel of a run.</summary>
internal static class ElementwiseKernel
{
    /// <summary>Runs it for all registers of elements.</summary>
    [Kernel]
    public static void Run<T, L, TRun>(ArrayView<L> wide, ArrayView<T> memory, RunPlaces places, int count)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TRun : unmanaged, IInstruction
    {
        for (int i = (int)Threads.First; i < count; i += (int)Threads.Count)
        {
            Registers<L> registers = default;
            TRun.Run(ref registers, wide, memory, in places, i);
        }
    }
}
