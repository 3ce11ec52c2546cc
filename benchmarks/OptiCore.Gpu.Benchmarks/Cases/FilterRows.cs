namespace OptiCore.Gpu.Benchmarks;

/// <summary>Particle filters, from the call to the likelihood on the host.</summary>
internal static class FilterRows
{
    private const string Name = "bootstrap filter of a linear Gaussian model";

    public static IEnumerable<Case> Cases => [new("filters", Name, Bootstrap)];

    /// <summary>x_0 ~ N(0, 1), x_t = 0.9 x_{t-1} + N(0, 1), y_t = x_t + N(0, 1).</summary>
    internal readonly struct Level : IDeviceStateSpaceModel<DeviceVector1, DeviceVector1>
    {
        public DeviceVector1 DrawInitial(ref DeviceRandom random) => new(new DeviceReal(random.NextNormal()));

        public DeviceVector1 DrawTransition(int step, DeviceVector1 previous, ref DeviceRandom random) => new((0.9 * previous.X) + new DeviceReal(random.NextNormal()));

        public DeviceReal LogObservation(int step, DeviceVector1 observation, DeviceVector1 state)
        {
            DeviceReal rest = observation.X - state.X;

            // log sqrt(2 pi).
            return (-0.5 * (rest * rest)) - new DeviceReal(0.9189385332046727);
        }
    }

    private static Row Bootstrap(Bench bench)
    {
        int steps = bench.Pick(100, 4);
        Amount amount = bench.Fit(1 << 20, 64, 48);
        double[] observations = new double[steps];
        for (int t = 0; t < steps; t++)
            observations[t] = 2 * Math.Sin(0.3 * t);

        // Resampled before every step, which costs most.
        using var filter = new GpuBootstrapFilter<Level, DeviceVector1, DeviceVector1>(bench.Device, default, amount.Int, threshold: 1);
        Timing time = bench.Time(() => filter.Run(observations, RandomKey.FromSeed(1)));
        return new Row { What = Name, Size = $"{amount.Of("particles")}, {steps} observations", Time = time, Work = (double)steps * amount.Count, Unit = "particles" };
    }
}
