using OptiCore.RL.Environments;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Environments that step many times in one launch, with actions at random.</summary>
internal static class EnvironmentRows
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    public static IEnumerable<Case> Cases =>
    [
        Of("CartPole, fused steps", Goal.Rate(2e9), (device, count, steps) =>
        {
            var environments = new GpuCartPole(device, count);
            environments.Reset(Key);
            return (environments, () => environments.Run(new RandomActions<CartPoleObservation>(2), steps, Key));
        }),
        Of("Pendulum, fused steps", null, (device, count, steps) =>
        {
            var environments = new GpuPendulum(device, count);
            environments.Reset(Key);
            return (environments, () => environments.Run(new RandomNumbers<PendulumObservation>(-2, 2), steps, Key));
        }),
        Of("grid world of four rooms, fused steps", null, (device, count, steps) =>
        {
            var environments = new GpuGridWorld(device, new GridWorld(GridLevels.FourRooms(), slip: 0.1), count);
            environments.Reset(Key);
            return (environments, () => environments.Run(new RandomActions<int>(4), steps, Key));
        }),
    ];

    private static Case Of(string name, Goal? goal, Func<GpuDevice, int, int, (IDisposable Environments, Action Run)> create) => new("environments", name, bench =>
    {
        // More than any of them takes.
        const int Bytes = 256;
        Amount amount = bench.Fit(1 << 20, Bytes);
        int steps = bench.Pick(128, 4);
        (IDisposable environments, Action run) = create(bench.Device, amount.Int, steps);
        using (environments)
            return new Row { What = name, Size = $"{amount.Of("environments")}, {steps} steps a launch", Time = bench.Time(run), Work = (double)steps * amount.Count, Unit = "steps", Goal = goal };
    });
}
