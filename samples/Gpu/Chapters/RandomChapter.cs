using OptiCore.Devices;
using OptiCore.Gpu;
using OptiCore.Randomness;

namespace OptiCore.GpuTour.Chapters;

/// <summary>Draws depend on the key and the place alone, on the device as on the processor.</summary>
internal sealed class RandomChapter : IChapter
{
    public string Title => "Random numbers: the same draws on processor and device";

    public void Run(DeviceTour tour)
    {
        if (!tour.HasKernels(out GpuDevice device))
            return;
        int count = tour.Size(1 << 24, 1000);
        RandomKey key = tour.Key.Fold("draws");
        var doubles = new double[count];
        var floats = new float[count];
        using GpuBuffer<double> doublesThere = device.Allocate<double>(count);
        using GpuBuffer<float> floatsThere = device.Allocate<float>(count);
        Console.WriteLine($"{count:N0} draws of each law:\n");

        RandomFill.Uniform(key.Fold(0), doubles);
        GpuRandomFill.Uniform(device, key.Fold(0), doublesThere);
        tour.Compare("uniform, double", doubles, doublesThere.ToArray());

        RandomFill.Normal(key.Fold(1), doubles);
        GpuRandomFill.Normal(device, key.Fold(1), doublesThere);
        tour.Compare("normal, double", doubles, doublesThere.ToArray());

        RandomFill.Normal(key.Fold(2), floats);
        GpuRandomFill.Normal(device, key.Fold(2), floatsThere);
        tour.Compare("normal, float", floats, floatsThere.ToArray());

        RandomFill.Exponential(key.Fold(3), floats);
        GpuRandomFill.Exponential(device, key.Fold(3), floatsThere);
        tour.Compare("exponential, float", floats, floatsThere.ToArray());

        // Element i depends on the key and offset + i: pieces may be drawn in any order, by anyone.
        int middle = count / 2;
        GpuRandomFill.Exponential(device, key.Fold(3), floatsThere.Slice(middle, count - middle), offset: (ulong)middle);
        GpuRandomFill.Exponential(device, key.Fold(3), floatsThere.Slice(0, middle));
        tour.Compare("the same, second half first", floats, floatsThere.ToArray());
    }
}
