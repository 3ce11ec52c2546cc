using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Gpu;
using OptiCore.Numerics;

namespace OptiCore.GpuTour.Chapters;

/// <summary>What a path pays, as a formula for any real number: doubles of the processor, doubles of a thread.</summary>
internal interface IPayoff
{
    T Of<T>(T last, T mean) where T : struct, IReal<T>;
}

/// <summary>max(mean - strike, 0).</summary>
internal readonly struct AverageCall(double strike) : IPayoff
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T>(T last, T mean) where T : struct, IReal<T>
    {
        T gain = mean - strike, none = T.Constant(0);
        return T.IfLess(none, gain, gain, none);
    }
}

/// <summary>A price that grows by exp(drift + volatility z) a day.</summary>
internal readonly struct Market(double start, double drift, double volatility)
{
    public double Start => start;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Next<T>(T price, T normal) where T : struct, IReal<T> => price * T.Exp(drift + (volatility * normal));
}

/// <summary>Static methods that are compiled for the device: parameters are numbers, structures of numbers and views of buffers.</summary>
internal static class PathKernels
{
    /// <summary>A payoff for each path. Generic over the payoff, so that each is compiled into a kernel of its own.</summary>
    public static void Simulate<TPayoff>(Market market, TPayoff payoff, RandomKey key, int days, ArrayView<double> payoffs)
        where TPayoff : unmanaged, IPayoff
    {
        for (long path = Threads.First; path < payoffs.Length; path += Threads.Count)
        {
            // A key for each path, not for each thread: then nothing depends on the number of threads.
            var random = new DeviceRandom(DeviceRandom.Fold(key, (ulong)path));
            DeviceReal price = new(market.Start), sum = new(0);
            for (int day = 0; day < days; day++)
            {
                price = market.Next(price, new DeviceReal(random.NextNormal()));
                sum += price;
            }

            payoffs[path] = payoff.Of(price, sum / days).Value;
        }
    }
}
