using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>What a table was measured on, for the head of it.</summary>
internal static class Machine
{
    private const string NvidiaVersion = "/proc/driver/nvidia/version";

    /// <summary>Lines of a Markdown list.</summary>
    public static IEnumerable<string> Describe(GpuDevice device)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        Accelerator accelerator = device.Accelerator;
        yield return device.IsSimulated
            ? $"- Device: {device.Name}"
            : string.Create(c, $"- Device: {device.Name}, {accelerator.NumMultiprocessors} multiprocessors, {(double)accelerator.MemorySize / (1L << 30):0.0} GiB");
        if (accelerator is CudaAccelerator cuda)
        {
            // Two transfers a cycle.
            double peak = 2.0 * cuda.MemoryClockRate * 1000 * cuda.MemoryBusWidth / 8 / 1e9;
            yield return string.Create(c, $"- CUDA {cuda.DriverVersion.Major}.{cuda.DriverVersion.Minor}, {cuda.Architecture}, instruction set {cuda.InstructionSet}; memory of {cuda.MemoryBusWidth} bits at {cuda.MemoryClockRate / 1000} MHz: {peak:0} GB/s by its data");
            if (File.Exists(NvidiaVersion))
                yield return $"- Driver: {File.ReadLines(NvidiaVersion).First()}";
            using var products = new MatrixProducts(device, null, MatrixMethod.CuBlas);
            yield return products.WithoutCuBlas is { } reason ? $"- cuBLAS: none ({reason})" : "- cuBLAS: installed";
        }
        else if (accelerator is CLAccelerator { Device: CLDevice cl })
        {
            yield return $"- OpenCL: {cl.DeviceVersion}, {cl.VendorName}, {cl.PlatformName} {cl.PlatformVersion}";
        }

        string? version = typeof(GpuDevice).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        yield return $"- Processor: {Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}; {RuntimeInformation.FrameworkDescription}; OptiCore {version}";
    }
}
