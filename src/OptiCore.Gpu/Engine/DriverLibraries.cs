using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace OptiCore.Gpu;

/// <summary>
/// Finds the drivers under the names that systems give them. ILGPU asks for <c>libcuda.so</c> and <c>libOpenCL.so</c>, which only development packages install; drivers bring <c>libcuda.so.1</c> and
/// <c>libOpenCL.so.1</c>.
/// </summary>
internal static class DriverLibraries
{
    private static readonly (string Asked, string Installed)[] Names = [("cuda", "libcuda.so.1"), ("OpenCL", "libOpenCL.so.1")];
    private static int _isRegistered;

    /// <summary>Answers what the runtime doesn't find by itself; only the first call does anything.</summary>
    public static void Register()
    {
        if (OperatingSystem.IsLinux() && Interlocked.Exchange(ref _isRegistered, 1) == 0)
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += Find;
    }

    private static nint Find(Assembly assembly, string name)
    {
        foreach ((string asked, string installed) in Names)
        {
            if ((name == asked || name == $"lib{asked}.so" || name == $"lib{asked}") && NativeLibrary.TryLoad(installed, out nint library))
                return library;
        }

        return 0;
    }
}
