using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>
/// How kernels divide items among threads: thread j of all does the items j, j + <see cref="Count"/>, j + 2 <see cref="Count"/>, ..., so that neighbouring threads touch neighbouring memory and any number
/// of threads does any number of items:
/// <code>
/// for (long i = Threads.First; i &lt; count; i += Threads.Count)
///     y[i] = ExactMath.Multiply(a, x[i]);
/// </code>
/// For kernels only; <see cref="GpuDevice.Shape"/> says how many threads to launch.
/// </summary>
public static class Threads
{
    /// <summary>The number of this thread among all of the launch.</summary>
    public static long First
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((long)Grid.IdxX * Group.DimX) + Group.IdxX;
    }

    /// <summary>The number of threads of the launch.</summary>
    public static long Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)Grid.DimX * Group.DimX;
    }
}
