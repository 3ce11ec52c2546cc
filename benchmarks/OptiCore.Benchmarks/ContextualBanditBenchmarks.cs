using BenchmarkDotNet.Attributes;
using OptiCore.Bandits;

namespace OptiCore.Benchmarks;

/// <summary>One round of each contextual policy, Choose and Update, with 10 arms and 20 features after 2,000 rounds.</summary>
[MemoryDiagnoser]
public class ContextualRoundBenchmarks
{
    private const int Arms = 10, Features = 20, Contexts = 256;

    private ContextualState _state = null!;
    private double[] _contexts = null!;
    private double[] _rewards = null!;
    private int _round;

    [ParamsSource(nameof(Policies))]
    public NamedContextualPolicy Policy { get; set; } = null!;

    public static IEnumerable<NamedContextualPolicy> Policies => NamedContextualPolicy.All;

    [GlobalSetup]
    public void Setup()
    {
        _state = Policy.Policy.Start(Arms, Features, RandomKey.FromSeed(1));
        RandomStream stream = RandomKey.FromSeed(2).Stream();
        _contexts = new double[Contexts * _state.ContextLength];
        foreach (ref double x in _contexts.AsSpan())
            x = stream.NextNormal() / Math.Sqrt(Features);
        _rewards = new double[Contexts * Arms];
        foreach (ref double r in _rewards.AsSpan())
            r = stream.NextDouble();
        for (int t = 0; t < 2000; t++)
            Round();
    }

    [Benchmark]
    public int Round()
    {
        int row = _round++ % Contexts;
        ReadOnlySpan<double> context = _contexts.AsSpan(row * _state.ContextLength, _state.ContextLength);
        int arm = _state.Choose(context);
        _state.Update(context, arm, _rewards[(row * Arms) + arm]);
        return arm;
    }
}

/// <summary>A contextual policy under a short name for the table.</summary>
public sealed record NamedContextualPolicy(IContextualPolicy Policy, string Name)
{
    public static IEnumerable<NamedContextualPolicy> All =>
    [
        new(new LinUcb(), "LinUcb"), new(new LinUcb { Sharing = ModelSharing.Shared }, "LinUcb, shared"), new(new HybridLinUcb { SharedFeatures = 10 }, "HybridLinUcb, 10 shared"),
        new(new Oful(), "Oful"), new(new LinGreedy(), "LinGreedy"), new(new LinearThompsonSampling(), "LinTS"),
        new(new LinearThompsonSampling { Sharing = ModelSharing.Shared }, "LinTS, shared"), new(new LogisticThompsonSampling(), "Logistic TS"),
        new(new LogisticThompsonSampling { Covariance = PosteriorCovariance.Full }, "Logistic TS, full"), new(new SquareCb(), "SquareCb"), new(new Falcon(), "Falcon"),
        new(new BootstrapBagging(), "BootstrapBagging"),
    ];

    public override string ToString() => Name;
}
