using OptiCore.Bandits;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Simulations of bandits, from the call to the regret on the host.</summary>
internal static class BanditRows
{
    private const int Arms = 10;

    public static IEnumerable<Case> Cases => [Of("UCB1 on 10 Bernoulli arms", new DeviceUcb1(1)), Of("Thompson sampling on 10 Bernoulli arms", new DeviceBetaThompson(1, 1))];

    private static Case Of<TPolicy>(string name, TPolicy policy) where TPolicy : unmanaged, IDeviceBanditPolicy => new("bandits", name, bench =>
    {
        double[] means = new double[Arms];
        for (int arm = 0; arm < Arms; arm++)
            means[arm] = 0.1 + (0.05 * arm);
        var bandit = new BernoulliBandit(means);
        int rounds = bench.Pick(1000, 20);

        // Pulls and one regret for each replication.
        Amount amount = bench.Fit(1 << 20, 64, (Arms + 1) * sizeof(double));
        var options = new SimulationOptions { Rounds = rounds, Replications = amount.Int, Checkpoints = [rounds], Key = RandomKey.FromSeed(1) };
        Timing time = bench.Time(() => GpuBanditSimulator.Run(bench.Device, bandit, policy, options));
        return new Row { What = name, Size = $"{amount.Of("replications")}, {rounds} rounds", Time = time, Work = (double)rounds * amount.Count, Unit = "rounds" };
    });
}
