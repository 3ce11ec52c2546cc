using OptiCore.Devices;
using OptiCore.Gpu;
using OptiCore.Randomness;

namespace OptiCore.GpuTour.Chapters;

/// <summary>Which device this is, and how numbers get there and back.</summary>
internal sealed class OpenChapter : IChapter
{
    public string Title => "Open a device";

    /// <summary>A GPU if there is one; else this processor, unless a simulated GPU is asked for.</summary>
    public static IDevice Open(bool simulated, out string why)
    {
        if (simulated)
        {
            why = "--simulated asks for it";
            return GpuDevices.Simulate();
        }

        IDevice device = GpuDevices.OpenOrCpu(out string? reason, Workers.AllCores);
        why = reason ?? "it is the first GPU that was found";
        return device;
    }

    public void Run(DeviceTour tour)
    {
        IReadOnlyList<string> names = GpuDevices.Names;
        Console.WriteLine(names.Count == 0 ? "GPUs of this machine: none" : $"GPUs of this machine: {string.Join(", ", names)}");
        Console.WriteLine($"Chosen: {tour.Device.Name}, because: {tour.Why}");

        // Whoever needs a GPU asks for one and is told why there is none.
        try
        {
            using GpuDevice gpu = GpuDevices.Open();
            Console.WriteLine($"'{gpu.Name}' has {gpu.MemoryBytes / 1e9:f1} GB.");
        }
        catch (DeviceUnavailableException e)
        {
            Console.WriteLine($"GpuDevices.Open() says: {e.Message}");
        }

        Copy(tour.Device);
        if (tour.Device is GpuDevice device)
            Reduce(tour, device);
    }

    /// <summary>Copies that wait, and copies that don't: those go from page-locked memory, in the order of a stream.</summary>
    private static void Copy(IDevice device)
    {
        float[] numbers = [1, 2, 3, 4, 5, 6, 7, 8];
        using DeviceBuffer<float> buffer = device.Upload<float>(numbers);
        using HostBuffer<float> host = device.AllocateHost<float>(numbers.Length);
        using (DeviceStream stream = device.CreateStream())
        {
            buffer.CopyToAsync(host, stream);
            stream.Synchronize();
        }

        Console.WriteLine($"There and back: {string.Join(' ', host.Span.ToArray())}; {device.AllocatedBytes} bytes are in use on the device.");
    }

    /// <summary>What stays on the device is passed from call to call as a buffer; the host waits where it reads a number.</summary>
    private static void Reduce(DeviceTour tour, GpuDevice device)
    {
        var numbers = new double[tour.Size(1 << 24, 10_000)];
        RandomFill.Normal(tour.Key, numbers);
        using DeviceBuffer<double> buffer = device.Upload<double>(numbers);
        double sum = GpuReduce.Sum(device, buffer);
        Console.WriteLine($"The sum of {numbers.Length:N0} normal numbers is {sum:g6}.");
        tour.Compare("Sums", [Numerics.Reduce.Sum<double>(numbers)], [sum]);
    }
}
