using System.Diagnostics;
using System.Globalization;
using ILGPU.Runtime.Cuda;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>A number of elements, which may be fewer than wanted.</summary>
internal readonly record struct Amount(long Count, bool IsReduced)
{
    public int Int => checked((int)Count);

    /// <summary>For example "256 Mi floats".</summary>
    public string Of(string what)
    {
        string number = Count % (1 << 20) == 0 ? $"{Count >> 20} Mi" : Count % (1 << 10) == 0 ? $"{Count >> 10} Ki" : Count.ToString(CultureInfo.InvariantCulture);
        return $"{number} {what}{(IsReduced ? " (fewer, for want of memory)" : "")}";
    }
}

/// <summary>One line of the table that is yet to be measured.</summary>
/// <param name="Group">The family, by which cases are chosen, too.</param>
/// <param name="Name">What is measured.</param>
/// <param name="Measure">Measures it.</param>
internal sealed record Case(string Group, string Name, Func<Bench, Row> Measure);

/// <summary>
/// Where cases are measured: the device, the sizes, the clock, and the bandwidths that rates are held against.
/// </summary>
/// <remarks>
/// Not BenchmarkDotNet: it measures the host's time for a call, which here returns before the device has begun, starts a process for each case, which takes the floor out of the run, and knows no bandwidths. A table of shares of a floor
/// needs medians of batches between two points at which the device has nothing left to do.
/// </remarks>
internal sealed class Bench(GpuDevice device, bool isQuick)
{
    // Shorter batches would measure the wait for the device, about 10 microseconds, too.
    private const double LeastSeconds = 0.01;

    public GpuDevice Device { get; } = device;

    /// <summary>True for sizes that only show that everything runs.</summary>
    public bool IsQuick { get; } = isQuick;

    /// <summary>True if times say something about the device.</summary>
    public bool IsJudged => !IsQuick && !Device.IsSimulated;

    /// <summary>The number of batches whose median is taken.</summary>
    public int Batches => IsQuick ? 3 : 11;

    /// <summary>What the memory can do, once <see cref="MeasureMemory"/> has run.</summary>
    public MemoryRows Memory
    {
        get => field ?? throw new InvalidOperationException("The memory wasn't measured.");
        private set;
    }

    /// <summary>The bytes a second that a copy moves, read and written ones together.</summary>
    public Floor Copy => Memory.Copy;

    /// <summary>The bytes a second that filling writes.</summary>
    public Floor Write => Memory.Write;

    /// <summary>Measures the floors, before anything else takes memory.</summary>
    public void MeasureMemory() => Memory = MemoryRows.Measure(this);

    /// <summary>One of two numbers.</summary>
    public int Pick(int full, int quick) => IsQuick ? quick : full;

    /// <summary>A number of elements, a 1024th of it for a quick run, halved until they take at most 0.8 of the memory that is free.</summary>
    /// <param name="full">The number.</param>
    /// <param name="bytes">The bytes of device memory that each one takes.</param>
    public Amount Fit(long full, double bytes) => Fit(full, Math.Max(1, full >> 10), bytes);

    /// <inheritdoc cref="Fit(long, double)"/>
    public Amount Fit(long full, long quick, double bytes)
    {
        Device.Trim();
        long free = Device.MemoryBytes - Device.AllocatedBytes;
        if (Device.Accelerator is CudaAccelerator cuda)
            free = Math.Min(free, cuda.GetFreeMemory());
        long wanted = IsQuick ? quick : full, count = wanted;
        while (count > 1 && count * bytes > 0.8 * free)
            count /= 2;
        return new Amount(count, count < wanted);
    }

    /// <summary>The time of a call that puts work on the device's stream.</summary>
    public Timing Time(Action call)
    {
        // The first call compiles, the next ones bring clocks and caches to where they stay.
        for (int i = 0; i < Pick(3, 1); i++)
            Batch(call, 1);
        int calls = 1;
        if (!IsQuick)
        {
            for (double seconds = Batch(call, 1); seconds < LeastSeconds; seconds = Batch(call, calls))
                calls = (int)Math.Max(2L * calls, Math.Min(1_000_000, calls * 1.2 * LeastSeconds / Math.Max(seconds, 1e-6)));
        }

        double[] batches = new double[Batches];
        for (int i = 0; i < batches.Length; i++)
            batches[i] = Batch(call, calls);
        return Timing.Of(batches).Over(calls);
    }

    /// <summary>The seconds of some calls, from a device without work to a device without work.</summary>
    public double Batch(Action call, int calls)
    {
        Device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
            call();
        Device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
