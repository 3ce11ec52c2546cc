using System.Numerics;

namespace OptiCore.Gpu;

/// <summary>One launch of a program.</summary>
internal abstract class ProgramStep<T> : IDisposable where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Puts it on a stream.</summary>
    public abstract void Launch(GpuProgram<T> program, GpuStream stream);

    /// <summary>Gives memory of its own back.</summary>
    public virtual void Dispose()
    {
    }
}
