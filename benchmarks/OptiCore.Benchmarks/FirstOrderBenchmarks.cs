using BenchmarkDotNet.Attributes;
using OptiCore.Optimizers;
using OptiCore.Randomness;

namespace OptiCore.Benchmarks;

/// <summary>One step of every element-wise rule at a million parameters in single precision, on one thread, beside a copy of as many bytes as AdamW's step moves.</summary>
/// <remarks>
/// A rule with s slots reads parameters, gradient and slots and writes parameters and slots, 4 (3 + 2 s) bytes an element; <see cref="UpdateRuleBenchmarks.Copy"/> is the roofline for s = 2.
/// </remarks>
[MemoryDiagnoser]
[MinColumn]
public class FirstOrderBenchmarks
{
    private const int Length = 1 << 20;

    private static readonly Dictionary<string, IUpdateRule> Rules = new()
    {
        ["copy"] = new ScaleBySchedule(0),
        ["SGD"] = new Sgd(),
        ["SGD momentum"] = new Sgd { Momentum = 0.9 },
        ["ASGD"] = new Asgd(),
        ["Adagrad"] = new Adagrad(),
        ["Adadelta"] = new Adadelta(),
        ["RMSprop"] = new RmsProp(),
        ["RMSprop centred"] = new RmsProp { Centered = true, Momentum = 0.9 },
        ["Rprop"] = new Rprop(),
        ["Adam"] = new Adam(),
        ["AMSGrad"] = new Adam { AmsGrad = true },
        ["AdamW"] = new AdamW(),
        ["Adamax"] = new Adamax(),
        ["NAdam"] = new NAdam(),
        ["RAdam"] = new RAdam(),
        ["AdaBelief"] = new AdaBelief(),
        ["Yogi"] = new Yogi(),
        ["Lion"] = new Lion(),
        ["Lion-K l2"] = new LionK { Potential = LionPotential.L2 },
        ["Sophia"] = new Sophia(),
        ["CoRe"] = new CoRe(),
        ["CoRe frozen"] = new CoRe { ScoreHistory = 1, FrozenShare = 0.1 },
        ["schedule-free SGD"] = new ScheduleFreeSgd { LearningRate = 0.1 },
        ["schedule-free AdamW"] = new ScheduleFreeAdamW(),
        ["AdamW Lookahead"] = new AdamW().Then(new Lookahead()),
        ["AdamW averaged"] = new AdamW().Then(new ExponentialAveraging(0.999)),
        ["LAMB"] = new Lamb(),
        ["LARS"] = new Lars(),
        ["Adafactor"] = new Adafactor(),
        ["Prodigy"] = new Prodigy(),
        ["DoG"] = new DistanceOverGradients(),
        ["adaptive clipping AdamW"] = new AdaptiveGradientClipping().Then((IUpdateRule)new AdamW()),
        ["AutoClip AdamW"] = new AutoClip().Then(new AdamW()),
        ["accumulation AdamW"] = new AccumulateGradients(new AdamW(), 4),
    };

    private float[] _parameters = [];
    private float[] _gradient = [];
    private RuleState<float> _state = null!;

    public static IEnumerable<string> Names => Rules.Keys;

    [ParamsSource(nameof(Names))]
    public string Rule { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _parameters = new float[Length];
        _gradient = new float[Length];
        RandomFill.Normal(RandomKey.FromSeed(1), _parameters);
        RandomFill.Normal(RandomKey.FromSeed(2), _gradient);
        int[][] shapes = new int[16][];
        Array.Fill(shapes, [256, 256]);
        _state = Rules[Rule].Start<float>(ParameterLayout.Of(shapes));
    }

    [Benchmark]
    public void Step() => _state.Step(_parameters, _gradient);
}

/// <summary>One step of the rules that precondition matrices, on a matrix of floats, one thread.</summary>
[MemoryDiagnoser]
[MinColumn]
public class MatrixRuleBenchmarks
{
    private static readonly Dictionary<string, IUpdateRule> Rules = new()
    {
        ["Muon"] = new Muon(),
        ["SOAP"] = new Soap(),
        ["Shampoo every 10"] = new Shampoo { PreconditionEvery = 10 },
        ["COSMOS"] = new Cosmos(),
        ["AdamW"] = new AdamW(),
    };

    private float[] _parameters = [];
    private float[] _gradient = [];
    private RuleState<float> _state = null!;

    public static IEnumerable<string> Names => Rules.Keys;

    [ParamsSource(nameof(Names))]
    public string Rule { get; set; } = "";

    [Params(128, 512)]
    public int Width { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _parameters = new float[Width * Width];
        _gradient = new float[Width * Width];
        RandomFill.Normal(RandomKey.FromSeed(1), _parameters);
        RandomFill.Normal(RandomKey.FromSeed(2), _gradient);
        _state = Rules[Rule].Start<float>(ParameterLayout.Of([Width, Width]));
    }

    [Benchmark]
    public void Step() => _state.Step(_parameters, _gradient);
}
