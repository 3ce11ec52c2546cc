using System.Numerics;
using ILGPU;
using ILGPU.Runtime;

namespace OptiCore.Gpu;

/// <summary>A run of element-wise operations.</summary>
internal abstract class ElementwiseStep<T> : ProgramStep<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Finds or compiles the kernel.</summary>
    /// <param name="device">The device.</param>
    /// <param name="run">The type of the run.</param>
    /// <param name="width">The elements of a register.</param>
    /// <param name="numbers">Offsets, lengths and strides.</param>
    /// <param name="count">The number of registers.</param>
    public static ElementwiseStep<T> Create(GpuDevice device, Type run, int width, in RunPlaces numbers, int count)
    {
        if (typeof(T) == typeof(float))
            return (ElementwiseStep<T>)(object)(width == 1 ? new Step<float, Lane32>(device, run, in numbers, count) : (ElementwiseStep<float>)new Step<float, Lane32x4>(device, run, in numbers, count));
        return (ElementwiseStep<T>)(object)(width == 1 ? new Step<double, Lane64>(device, run, in numbers, count) : (ElementwiseStep<double>)new Step<double, Lane64x2>(device, run, in numbers, count));
    }

    private sealed class Step<TElement, L> : ElementwiseStep<TElement>
        where TElement : unmanaged, IFloatingPointIeee754<TElement>
        where L : unmanaged, IDeviceLanes<L, TElement>
    {
        private readonly Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<TElement>, RunPlaces, int> _launch;
        private readonly KernelConfig _shape;
        private readonly RunPlaces _numbers;
        private readonly int _count;

        public Step(GpuDevice device, Type run, in RunPlaces numbers, int count)
        {
            _launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<TElement>, RunPlaces, int>>(
                typeof(ElementwiseKernel).GetMethod(nameof(ElementwiseKernel.Run))!.MakeGenericMethod(typeof(TElement), typeof(L), run));
            _shape = device.Shape(count);
            _numbers = numbers;
            _count = count;
        }

        public override void Launch(GpuProgram<TElement> program, GpuStream stream) => _launch(stream.Native, _shape, program.Memory.Registers<L>(), program.Memory.View, _numbers, _count);
    }
}
