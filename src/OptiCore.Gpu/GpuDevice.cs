using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>
/// A device that runs kernels written in C#: a GPU through CUDA or OpenCL, or ILGPU's simulation of one on this processor (for tests only: microseconds for each simulated thread). Opened by
/// <see cref="GpuDevices"/>.
/// </summary>
/// <remarks>
/// <para>Results have the bits of the processor's own loops wherever the documentation of a kernel doesn't say otherwise (matrix products by cuBLAS sum in another order): arithmetic is rounded as written
/// (<see cref="ExactMath"/>), elementary functions are the library's own, reductions follow the same tree, random numbers the same counters.</para>
/// <para>Memory is taken from the driver in pieces that are kept for reuse (<see cref="Trim"/> gives them back); kernels are compiled when first asked for and kept as long as the device.</para>
/// </remarks>
public sealed partial class GpuDevice : IDevice
{
    private readonly Context _context;
    private readonly KernelCompiler _compiler;
    private readonly MemoryPool _pool;
    private readonly GpuStream _stream;
    private readonly Dictionary<MethodInfo, (Kernel Kernel, Delegate? Launcher)> _kernels = [];
    private Exception? _lost;
    private bool _isDisposed;

    internal GpuDevice(Context context, Accelerator accelerator, KernelCompiler compiler, long memoryLimit)
    {
        _context = context;
        _compiler = compiler;
        Accelerator = accelerator;
        MemoryBytes = Math.Min(memoryLimit, accelerator.AcceleratorType == AcceleratorType.CPU ? long.MaxValue : accelerator.MemorySize);
        _pool = new MemoryPool(accelerator, MemoryBytes, Translate);
        _stream = new GpuStream(this, accelerator.DefaultStream, isOwn: true);
    }

    /// <summary>ILGPU's own object, for what this class doesn't offer.</summary>
    public Accelerator Accelerator { get; }

    /// <inheritdoc/>
    public string Name => Accelerator.AcceleratorType switch
    {
        AcceleratorType.Cuda => Accelerator.Name + " (CUDA)",
        AcceleratorType.OpenCL => Accelerator.Name + " (OpenCL)",
        _ => "a GPU simulated on this processor",
    };

    /// <summary>True if kernels are simulated on this processor, for tests.</summary>
    public bool IsSimulated => Accelerator.AcceleratorType == AcceleratorType.CPU;

    /// <inheritdoc/>
    public long MemoryBytes { get; }

    /// <summary>Who computes the matrix products of programs that are started from now on. Default: cuBLAS where it is installed.</summary>
    public MatrixMethod MatrixMethod { get; set => field = Require.Defined(value); } = MatrixMethod.CuBlas;

    /// <inheritdoc/>
    public long AllocatedBytes => _pool.Used;

    /// <summary>The bytes that are kept for later buffers.</summary>
    public long KeptBytes => _pool.Kept;

    /// <inheritdoc/>
    public DeviceStream Stream => _stream;

    /// <summary>The threads of a group in kernels that don't say otherwise: 256, or 8 on a simulated device, where each costs microseconds.</summary>
    internal int GroupSize => IsSimulated ? 8 : 256;

    /// <inheritdoc/>
    public DeviceStream CreateStream()
    {
        Guard();
        _pool.HasStreams = true;
        return new GpuStream(this, Accelerator.CreateStream(), isOwn: false);
    }

    /// <inheritdoc/>
    DeviceBuffer<T> IDevice.Allocate<T>(long length) => Allocate<T>(length);

    /// <inheritdoc cref="IDevice.Allocate"/>
    public GpuBuffer<T> Allocate<T>(long length) where T : unmanaged
    {
        Guard();
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new GpuBuffer<T>(this, _pool, length);
    }

    /// <inheritdoc/>
    public HostBuffer<T> AllocateHost<T>(int length) where T : unmanaged
    {
        Guard();
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new GpuHostBuffer<T>(this, Accelerator.AllocatePageLocked1D<T>(length));
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        Guard();
        try
        {
            Accelerator.Synchronize();
        }
        catch (AcceleratorException e)
        {
            throw Translate(e);
        }
    }

    /// <summary>Gives memory that is kept for later buffers back to the driver.</summary>
    public void Trim()
    {
        Guard();
        _pool.Trim();
    }

    /// <summary>
    /// A kernel, compiled for this device when first asked for. To launch it allocates nothing; keep what this returns.
    /// </summary>
    /// <typeparam name="TLaunch">The launcher: an <see cref="Action"/> of <see cref="AcceleratorStream"/>, <see cref="KernelConfig"/> (groups, threads of each) and the kernel's parameters.</typeparam>
    /// <param name="kernel">A static method, which may be generic, of what ILGPU can compile: see docs/gpu.md.</param>
    /// <exception cref="KernelCompilationException">ILGPU or the driver can't compile it; the device stays usable.</exception>
    public TLaunch Kernel<TLaunch>(Delegate kernel) where TLaunch : Delegate
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return Kernel<TLaunch>(kernel.Method);
    }

    /// <inheritdoc cref="Kernel{TLaunch}(Delegate)"/>
    public TLaunch Kernel<TLaunch>(MethodInfo kernel) where TLaunch : Delegate
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Guard();
        if (_kernels.TryGetValue(kernel, out (Kernel Kernel, Delegate? Launcher) known))
            return known.Launcher as TLaunch ?? known.Kernel.CreateLauncherDelegate<TLaunch>();
        CompiledKernel compiled = _compiler.Compile(kernel);
        try
        {
            Kernel loaded = Accelerator.LoadKernel(compiled);
            TLaunch launcher = loaded.CreateLauncherDelegate<TLaunch>();
            _kernels.Add(kernel, (loaded, launcher));
            return launcher;
        }
        catch (Exception e) when (e is AcceleratorException or NotSupportedException or ArgumentException)
        {
            throw new KernelCompilationException($"The kernel '{kernel.DeclaringType?.Name}.{kernel.Name}' can't be loaded on '{Name}': {(e.InnerException ?? e).Message}", e);
        }
    }

    /// <summary>Groups and threads for a kernel that walks over its items with the stride of all threads: enough to fill the device, no more.</summary>
    /// <param name="items">The number of items.</param>
    public KernelConfig Shape(long items)
    {
        long groups = Math.Max(1, (items + GroupSize - 1) / GroupSize);
        long most = IsSimulated ? 4 : Accelerator.NumMultiprocessors * (Accelerator.MaxNumThreadsPerMultiprocessor / GroupSize) * 2L;
        return new KernelConfig((int)Math.Min(groups, most), GroupSize);
    }

    /// <summary>The view of a buffer of this device.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <param name="buffer">The buffer.</param>
    /// <exception cref="ArgumentException">It lies on another device.</exception>
    public ArrayView<T> View<T>(DeviceBuffer<T> buffer) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (buffer is GpuBuffer<T> own && own.Device == this)
            return own.View;
        throw new ArgumentException($"The buffer lies on '{buffer.Device.Name}', not on '{Name}'; copy it over the host with CopyTo and CopyFrom.", nameof(buffer));
    }

    /// <summary>ILGPU's own object of a stream, which launchers of kernels take.</summary>
    /// <param name="stream">The stream; null for the device's own.</param>
    /// <exception cref="ArgumentException">The stream belongs to another device.</exception>
    public AcceleratorStream Native(DeviceStream? stream = null) => Own(stream).Native;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_lost is null)
            _pool.Dispose();
        _compiler.Dispose();
        Accelerator.Dispose();
        _context.Dispose();
    }

    /// <summary>A stream of this device as what it is, the device's own for null.</summary>
    internal GpuStream Own(DeviceStream? stream)
    {
        Guard();
        if (stream is null)
            return _stream;
        if (stream is GpuStream own && own.Device == this)
            return own;
        throw new ArgumentException($"The stream belongs to '{stream.Device.Name}', not to '{Name}'.", nameof(stream));
    }

    /// <summary>Throws if the device was disposed or lost.</summary>
    internal void Guard()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_lost is not null)
            throw Lost(_lost);
    }

    /// <summary>What an exception of the driver means. Everything but a lack of memory comes from work that failed, after which CUDA accepts nothing more: the device is lost.</summary>
    internal Exception Translate(Exception e)
    {
        bool isMemory = e is OutOfMemoryException || (e is CudaException cuda && cuda.Error == nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY))
            || (e is CLException { Error: CLError.CL_OUT_OF_HOST_MEMORY or CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE });
        if (isMemory)
            return new DeviceOutOfMemoryException($"'{Name}' has no memory left ({AllocatedBytes:N0} bytes are in use): {e.Message}", e);
        _lost = e;
        return Lost(e);
    }

    private DeviceLostException Lost(Exception e) => new($"'{Name}' failed: {e.Message} What lay on it is gone; open the device again.", e);
}
