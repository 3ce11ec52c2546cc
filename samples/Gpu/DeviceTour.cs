using OptiCore.Gpu;
using OptiCore.GpuTour.Chapters;

namespace OptiCore.GpuTour;

/// <summary>One chapter of the tour.</summary>
internal interface IChapter
{
    string Title { get; }

    void Run(DeviceTour tour);
}

/// <summary>What the chapters share: the device, the key that everything random depends on, and how large things are.</summary>
internal sealed class DeviceTour : IDisposable
{
    private readonly bool _quick;

    public DeviceTour(bool simulated, bool quick)
    {
        Device = OpenChapter.Open(simulated, out string why);
        Why = why;
        _quick = quick;
    }

    public IDevice Device { get; }

    public string Why { get; }

    public RandomKey Key { get; } = RandomKey.FromSeed(1);

    /// <summary>How many comparisons that promise equal bits found other ones: the program's exit code.</summary>
    public int Differences { get; private set; }

    /// <summary>The device as one that runs kernels, or nothing where it is this processor.</summary>
    public bool HasKernels(out GpuDevice device)
    {
        device = (Device as GpuDevice)!;
        if (device is null)
            Console.WriteLine("This chapter needs a device that runs kernels; --simulated shows it without a GPU.");
        return device is not null;
    }

    /// <summary>A size for a real device and one for a simulated device, where each thread takes microseconds; --quick takes a part of it.</summary>
    public int Size(int real, int simulated) => Device is GpuDevice { IsSimulated: true } ? (_quick ? simulated : 4 * simulated) : (_quick ? real / 8 : real);

    /// <summary>Says whether what the device computed has the bits that the processor computed.</summary>
    public void Compare<T>(string what, ReadOnlySpan<T> processor, ReadOnlySpan<T> device) where T : unmanaged
    {
        bool same = System.Runtime.InteropServices.MemoryMarshal.AsBytes(processor).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes(device));
        Differences += same ? 0 : 1;
        Console.WriteLine($"{what}: {(same ? "the same bits on both" : "OTHER BITS")}");
    }

    public void Dispose() => Device.Dispose();
}
