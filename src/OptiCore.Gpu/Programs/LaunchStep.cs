using System.Numerics;

namespace OptiCore.Gpu;

/// <summary>A launch that a function makes; it is made once, so that runs allocate nothing.</summary>
/// <param name="launch">The function.</param>
/// <param name="memory">What else it needs, given back with the program.</param>
internal sealed class LaunchStep<T>(Action<GpuProgram<T>, GpuStream> launch, IDisposable? memory = null) : ProgramStep<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override void Launch(GpuProgram<T> program, GpuStream stream) => launch(program, stream);

    public override void Dispose()
    {
        memory?.Dispose();
        base.Dispose();
    }
}
