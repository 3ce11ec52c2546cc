using BenchmarkDotNet.Attributes;
using OptiCore.Bandits;

namespace OptiCore.Benchmarks;

/// <summary>
/// One round of each policy: Choose and Update, after 2,000 rounds on a Bernoulli bandit whose best arm pays 0.5 and the others 0.4 down to 0.1.
/// </summary>
[MemoryDiagnoser]
public class BanditRoundBenchmarks
{
    private BanditState _state = null!;
    private RandomStream _rewards;
    private double[] _means = null!;

    [Params(2, 10, 100)]
    public int Arms { get; set; }

    [ParamsSource(nameof(Policies))]
    public NamedPolicy Policy { get; set; } = null!;

    public static IEnumerable<NamedPolicy> Policies => NamedPolicy.All;

    [GlobalSetup]
    public void Setup()
    {
        _means = new double[Arms];
        for (int arm = 0; arm < Arms; arm++)
            _means[arm] = arm == 0 ? 0.5 : 0.4 - (0.3 * (arm - 1) / Math.Max(1, Arms - 2));
        _state = Policy.Policy.Start(Arms, RandomKey.FromSeed(1));
        _rewards = RandomKey.FromSeed(2).Stream();
        for (int t = 0; t < 2000; t++)
            Round();
    }

    [Benchmark]
    public int Round()
    {
        int arm = _state.Choose();
        _state.Update(arm, _rewards.NextDouble() < _means[arm] ? 1 : 0);
        return arm;
    }
}

/// <summary>The simulator: 200 replications of 2,000 rounds on five arms. Divide by 400,000 for the time of a round.</summary>
[MemoryDiagnoser]
public class BanditSimulatorBenchmarks
{
    private static readonly BernoulliBandit Bandit = new(0.1, 0.3, 0.5, 0.7, 0.9);

    [ParamsSource(nameof(Policies))]
    public NamedPolicy Policy { get; set; } = null!;

    public static IEnumerable<NamedPolicy> Policies => NamedPolicy.All;

    [Benchmark]
    public RegretReport OneWorker() => Simulate(Workers.Serial);

    [Benchmark]
    public RegretReport AllCores() => Simulate(Workers.AllCores);

    private RegretReport Simulate(IWorkers workers) =>
        BanditSimulator.Run([Policy.Policy], Bandit, new SimulationOptions { Rounds = 2000, Replications = 200, Workers = workers });
}

/// <summary>A policy under a short name for the table.</summary>
public sealed record NamedPolicy(IBanditPolicy Policy)
{
    public static IEnumerable<NamedPolicy> All =>
    [
        new(new Ucb1()), new(new UcbTuned()), new(new Moss { Horizon = 2000 }), new(new KlUcb()), new(new EpsilonGreedy()),
        new(new ThompsonSampling()), new(new GaussianThompsonSampling()), new(new NormalGammaThompsonSampling()),
    ];

    public override string ToString() => Policy.GetType().Name;
}
