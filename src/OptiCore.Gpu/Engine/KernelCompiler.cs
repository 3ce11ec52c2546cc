using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>
/// Compiles kernels, in a context of its own: a kernel that ILGPU can't compile leaves its context unusable, so that a fresh one takes its place and nothing else is touched, the device's memory least of
/// all.
/// </summary>
internal sealed class KernelCompiler(Action<Context.Builder> devices, Func<Context, Backend> backend) : IDisposable
{
    // Drivers that are asked for their devices from several threads at once may name none.
    private static readonly Lock Gate = new();

    private Context? _context;
    private Backend? _backend;

    /// <summary>A context with the library's arithmetic.</summary>
    /// <param name="devices">Adds the devices that it is to know.</param>
    public static Context NewContext(Action<Context.Builder> devices)
    {
        // Level 1 because ILGPU's issue tracker has an open fault of level 2; the driver's compiler does the rest.
        Context context;
        lock (Gate)
        {
            context = Context.Create(builder =>
            {
                devices(builder.EnableAlgorithms().Optimize(OptimizationLevel.O1).Math(MathMode.Default));
            });
        }

        ExactMath.Register(context);
        WideProduct.Register(context);
        return context;
    }

    /// <summary>Compiles a kernel that names its groups itself.</summary>
    /// <param name="kernel">The method.</param>
    /// <exception cref="KernelCompilationException">It can't be compiled.</exception>
    public CompiledKernel Compile(MethodInfo kernel)
    {
        try
        {
            _context ??= NewContext(devices);
            _backend ??= backend(_context);
            return _backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Dispose();
            throw new KernelCompilationException($"The kernel '{kernel.DeclaringType?.Name}.{kernel.Name}' can't be compiled for this device: {Innermost(e).Message}", e);
        }
    }

    public void Dispose()
    {
        _backend?.Dispose();
        _context?.Dispose();
        _backend = null;
        _context = null;
    }

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e;
    }
}
