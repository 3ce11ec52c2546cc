using System.Numerics;
using ILGPU.Runtime;

namespace OptiCore.Gpu;

/// <summary>A launch that a function makes; it is made once, so that runs allocate nothing.</summary>
internal sealed class LaunchStep<T>(Action<GpuProgram<T>, AcceleratorStream> launch) : ProgramStep<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override void Launch(GpuProgram<T> program, AcceleratorStream stream) => launch(program, stream);
}
