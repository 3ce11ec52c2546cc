using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>Finds and opens devices.</summary>
public static class GpuDevices
{
    /// <summary>The GPUs of this machine, CUDA's first, by name and in the order in which <see cref="Open"/> counts them. Empty where there is none, or no driver.</summary>
    public static IReadOnlyList<string> Names
    {
        get
        {
            using Context context = NewContext();
            return Array.ConvertAll([.. Gpus(context)], device => $"{device.Name} ({device.AcceleratorType})");
        }
    }

    /// <summary>Opens the first GPU, or one of several.</summary>
    /// <param name="index">Its place in <see cref="Names"/>.</param>
    /// <param name="memoryLimit">The bytes that buffers may take together; by default all that the device has.</param>
    /// <exception cref="DeviceUnavailableException">There is no such GPU, or no driver for it. To run on the processor instead, ask for it: <see cref="OpenOrCpu"/>.</exception>
    public static GpuDevice Open(int index = 0, long memoryLimit = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(memoryLimit);
        Context context = NewContext();
        try
        {
            List<ILGPU.Runtime.Device> devices = Gpus(context);
            if (index >= devices.Count)
            {
                throw new DeviceUnavailableException(devices.Count == 0
                    ? "No GPU was found: CUDA needs NVIDIA's driver (libcuda.so.1, nvcuda.dll), OpenCL a driver for OpenCL C 2.0 or later. GpuDevices.OpenOrCpu() runs on this processor instead."
                    : $"There is no GPU number {index}; there are {devices.Count}, counted from 0.");
            }

            Accelerator accelerator = devices[index].CreateAccelerator(context);
            return new GpuDevice(context, accelerator, new KernelCompiler(AddGpus, fresh => NewBackend(fresh, accelerator)), memoryLimit);
        }
        catch (AcceleratorException e)
        {
            context.Dispose();
            throw new DeviceUnavailableException($"The GPU number {index} can't be opened: {e.Message}", e);
        }
        catch (DeviceUnavailableException)
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Opens the first GPU, or this processor where there is none.</summary>
    /// <param name="workers">The threads that the processor may use.</param>
    /// <param name="reason">Why it became the processor; null for a GPU.</param>
    public static IDevice OpenOrCpu(out string? reason, IWorkers? workers = null)
    {
        try
        {
            reason = null;
            return Open();
        }
        catch (DeviceUnavailableException e)
        {
            reason = e.Message;
            return new CpuDevice(workers);
        }
    }

    /// <summary>Opens ILGPU's simulation of a GPU on this processor: the same kernels thread by thread, to check their logic where no GPU is at hand. It is thousands of times slower than one.</summary>
    /// <param name="memoryLimit">The bytes that buffers may take together.</param>
    public static GpuDevice Simulate(long memoryLimit = 1L << 32)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(memoryLimit);
        Context context = KernelCompiler.NewContext(AddSimulated);
        Accelerator accelerator = context.CreateCPUAccelerator(0);
        return new GpuDevice(context, accelerator, new KernelCompiler(AddSimulated, fresh => fresh.CreateCPUAccelerator(0).GetBackend()), memoryLimit);
    }

    private static Context NewContext()
    {
        DriverLibraries.Register();
        return KernelCompiler.NewContext(AddGpus);
    }

    private static void AddGpus(Context.Builder builder) => builder.Cuda().OpenCL();

    // As large as NVIDIA's, because kernels with shared memory name their group's size.
    private static void AddSimulated(Context.Builder builder) => builder.CPU(CPUDevice.Nvidia);

    private static List<ILGPU.Runtime.Device> Gpus(Context context)
    {
        var devices = new List<ILGPU.Runtime.Device>();
        foreach (CudaDevice device in context.GetCudaDevices())
            devices.Add(device);
        foreach (CLDevice device in context.GetCLDevices())
        {
            // OpenCL shows NVIDIA's again.
            if (!devices.Exists(known => known.Name == device.Name))
                devices.Add(device);
        }

        return devices;
    }

    private static Backend NewBackend(Context context, Accelerator accelerator) => accelerator switch
    {
        CudaAccelerator cuda => new PTXBackend(context, (CudaCapabilityContext)cuda.Capabilities, cuda.Architecture, cuda.InstructionSet, null!),
        CLAccelerator cl => new CLBackend(context, (CLCapabilityContext)cl.Capabilities, cl.Vendor, cl.CLStdVersion),
        _ => throw new NotSupportedException($"No compiler for '{accelerator.Name}'."),
    };
}
