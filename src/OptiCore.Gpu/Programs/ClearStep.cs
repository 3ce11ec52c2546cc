using System.Numerics;
using ILGPU.Runtime;

namespace OptiCore.Gpu;

/// <summary>Sets a part of a program's memory to 0.</summary>
internal sealed class ClearStep<T>(int offset, int count) : ProgramStep<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override void Launch(GpuProgram<T> program, GpuStream stream) => program.Memory.View.SubView(offset, count).MemSetToZero(stream.Native);
}
