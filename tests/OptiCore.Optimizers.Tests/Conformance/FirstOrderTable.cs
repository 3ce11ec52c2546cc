using System.Numerics;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <summary>The table of update rules: one row a rule, in float and double. The laws of <see cref="SolverLaws{T}"/> hold for each through the run protocol.</summary>
internal static class FirstOrderTable
{
    private const int Steps = 3000;

    /// <summary>A rule, the tolerance of its class in either precision, and which published parts it is made of (default: the rule itself).</summary>
    private sealed record Entry(string Name, IUpdateRule Rule, double Tolerance64, double Tolerance32, params Type[] Parts)
    {
        /// <summary>True for rules that look at matrices: the problem of four variables as a matrix of two rows.</summary>
        public bool IsMatrix { get; init; }
    }

    private static readonly Schedule Rate = Schedule.Cosine(0.1, Steps);

    // Methods that follow the gradient's size converge to the last digits; those that follow its sign or a normalised form end as near as the schedule takes them.
    private static readonly Entry[] Entries =
    [
        new("SGD", new Sgd { LearningRate = 0.1 }, 1e-12, 1e-6),
        new("SGD, momentum", new Sgd { LearningRate = 0.02, Momentum = 0.9 }, 1e-12, 1e-6),
        new("SGD, Nesterov", new Sgd { LearningRate = 0.02, Momentum = 0.9, Nesterov = true }, 1e-12, 1e-6),
        new("Adam", new Adam { LearningRate = Rate }, 1e-9, 1e-6),
        new("Adam, AMSGrad", new Adam { LearningRate = Rate, AmsGrad = true }, 1e-9, 1e-6),
        new("AdamW", new AdamW { LearningRate = Rate, WeightDecay = 0 }, 1e-9, 1e-6),
        new("AdaBelief", new AdaBelief { LearningRate = Rate }, 1e-9, 1e-6),
        new("Yogi", new Yogi { LearningRate = Rate }, 1e-9, 1e-6),
        new("Lion", new Lion { LearningRate = Schedule.Linear(0.02, 0, Steps) }, 1e-4, 1e-4),
        new("Adagrad", new Adagrad { LearningRate = 1 }, 1e-12, 1e-6),
        new("RMSprop", new RmsProp { LearningRate = Rate }, 1e-4, 1e-4),
        new("RMSprop, centred", new RmsProp { LearningRate = Schedule.Cosine(0.01, Steps), Centered = true, Momentum = 0.5 }, 1e-4, 1e-4),
        new("Adadelta", new Adadelta { LearningRate = 1, Epsilon = 1e-3 }, 1e-3, 1e-3),
        new("Adamax", new Adamax { LearningRate = Rate }, 1e-9, 1e-6),
        new("NAdam", new NAdam { LearningRate = Rate }, 1e-9, 1e-6),
        new("RAdam", new RAdam { LearningRate = Rate }, 1e-9, 1e-6),
        new("Rprop", new Rprop(), 1e-9, 1e-6),
        new("ASGD", new Asgd { LearningRate = 0.05, Decay = 0 }, 1e-9, 1e-6),
        new("clip by value, scaled Adam, decay, schedule", new ClipByValue(5).Then(new ScaleByAdam()).Then(new AddDecayedWeights(0)).Then(new ScaleBySchedule(Rate)), 1e-9, 1e-6,
            typeof(ClipByValue), typeof(ScaleByAdam), typeof(AddDecayedWeights), typeof(ScaleBySchedule)),
        new("LAMB", new Lamb { LearningRate = Rate, WeightDecay = 0 }, 1e-6, 1e-5),
        new("trust ratio", new ScaleByTrustRatio { LearningRate = Schedule.Linear(0.02, 0, Steps) }, 1e-4, 1e-4),
        new("LARS", new Lars { LearningRate = Schedule.Linear(1, 0, Steps), TrustCoefficient = 0.01, WeightDecay = 0, Momentum = 0.5 }, 1e-4, 1e-4),
        new("Adafactor", new Adafactor { LearningRate = Rate }, 1e-4, 1e-4),
        new("Adafactor, matrix", new Adafactor { LearningRate = Rate, ScalesByParameters = false, Beta1 = 0.9 }, 1e-4, 1e-4) { IsMatrix = true },
        new("adaptive clipping, SGD", new AdaptiveGradientClipping { Limit = 0.1 }.Then(new Sgd { LearningRate = 0.1 }), 1e-12, 1e-6, typeof(AdaptiveGradientClipping)),
        new("AutoClip, SGD", new AutoClip { Percentile = 50, History = 20 }.Then(new Sgd { LearningRate = 0.1 }), 1e-12, 1e-6, typeof(AutoClip)),
        new("Prodigy", new Prodigy { LearningRate = Schedule.Cosine(1, Steps) }, 1e-6, 1e-5),
        new("DoG", new DistanceOverGradients(), 1e-9, 1e-6),
        new("DoG, averaged", new DistanceOverGradients { LayerWise = true }.Then((IUpdateRule)new PolyakAveraging { Gamma = 8 }), 1e-9, 1e-6, typeof(DistanceOverGradients), typeof(PolyakAveraging)),
        new("Sophia without reports", new Sophia { LearningRate = Schedule.Linear(0.02, 0, Steps), WeightDecay = 0 }, 1e-4, 1e-4),
        new("schedule-free SGD", new ScheduleFreeSgd { LearningRate = 0.1 }, 1e-5, 1e-5),
        new("schedule-free AdamW", new ScheduleFreeAdamW { LearningRate = 0.1 }, 1e-4, 1e-4),
        new("SGD, Lookahead", new Sgd { LearningRate = 0.1 }.Then(new Lookahead()), 1e-12, 1e-6, typeof(Lookahead)),
        new("SGD, exponential averaging", new Sgd { LearningRate = 0.1 }.Then(new ExponentialAveraging(0.9)), 1e-12, 1e-6, typeof(ExponentialAveraging)),
        new("CoRe", new CoRe { MaxStep = 1, WeightDecay = 0 }, 1e-6, 1e-5),
        new("CoRe, frozen", new CoRe { MaxStep = 1, WeightDecay = 0, ScoreHistory = 2000, FrozenShare = 0.25 }, 1e-6, 1e-5),
        new("Lion-K, l1", new LionK { LearningRate = Schedule.Linear(0.02, 0, Steps) }, 1e-4, 1e-4),
        new("Lion-K, l2", new LionK { LearningRate = Schedule.Linear(0.02, 0, Steps), Potential = LionPotential.L2 }, 1e-4, 1e-4),
        new("Shampoo", new Shampoo { LearningRate = 0.5 }, 1e-9, 1e-6),
        new("Shampoo, matrix", new Shampoo { LearningRate = 0.5, Momentum = 0.5 }, 1e-9, 1e-6) { IsMatrix = true },
        new("SOAP", new Soap { LearningRate = Rate, WeightDecay = 0 }, 1e-6, 1e-5) { IsMatrix = true },
        new("Muon", new Muon { LearningRate = Schedule.Linear(0.02, 0, Steps) }, 1e-4, 1e-4) { IsMatrix = true },
        new("COSMOS", new Cosmos { LearningRate = Schedule.Linear(0.02, 0, Steps), Rank = 1 }, 1e-4, 1e-4) { IsMatrix = true },
        new("accumulation, groups", new ApplyIfFinite(new AccumulateGradients(new ParameterGroups(new ParameterGroup(new Sgd { LearningRate = 0.1 }, BlockSelection.All)), 2)), 1e-12, 1e-6),
        new("clip by norm, SGD", new ClipByNorm(5).Then(new Sgd { LearningRate = 0.1 }), 1e-12, 1e-6, typeof(ClipByNorm), typeof(Sgd)),
    ];

    public static IEnumerable<string> Names => Entries.Select(e => e.Name);

    public static IReadOnlySet<Type> Parts { get; } = Entries.SelectMany(e => e.Parts.Length > 0 ? e.Parts : [e.Rule.GetType()]).ToHashSet();

    public static SolverRow<T> Row<T>(string name) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Entry entry = Entries.Single(e => e.Name == name);
        object solver = new OptiCore.Optimizers.FirstOrder(entry.Rule) { Stopping = StoppingRules.Never, Layout = entry.IsMatrix ? ParameterLayout.Of([2, 2]) : null };
        IReadOnlyList<SolverProblem> problems = entry.IsMatrix ? [.. SolverProblem.EasyFunctions.Where(p => p.Start.Length == 4)] : SolverProblem.EasyFunctions;
        return new SolverRow<T>(name, (ISolver<T, IDifferentiableFunction<T>>)solver, problems, typeof(T) == typeof(float) ? entry.Tolerance32 : entry.Tolerance64)
        {
            MaxIterations = Steps,
            ConvergesByItself = false,
        };
    }
}
