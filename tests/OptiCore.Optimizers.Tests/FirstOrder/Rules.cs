namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>Every rule in every variant that changes its code path: what the laws of the engine are checked on.</summary>
internal static class Rules
{
    private static readonly Schedule Rate = Schedule.Cosine(0.05, steps: 40).WithWarmUp(5);

    public static IReadOnlyDictionary<string, IUpdateRule> All { get; } = new Dictionary<string, IUpdateRule>
    {
        ["sgd"] = new Sgd { LearningRate = Rate },
        ["sgd, momentum"] = new Sgd { LearningRate = Rate, Momentum = 0.9, Dampening = 0.1, WeightDecay = 0.01 },
        ["sgd, Nesterov"] = new Sgd { LearningRate = Rate, Momentum = 0.9, Nesterov = true },
        ["Adam"] = new Adam { LearningRate = Rate },
        ["Adam, AMSGrad"] = new Adam { LearningRate = Rate, AmsGrad = true, WeightDecay = 0.1 },
        ["AdamW"] = new AdamW { LearningRate = Rate },
        ["AdamW, AMSGrad"] = new AdamW { LearningRate = Rate, AmsGrad = true },
        ["ScaleByAdam"] = new ScaleByAdam(),
        ["AdaBelief"] = new AdaBelief { LearningRate = Rate, WeightDecay = 0.1 },
        ["Yogi"] = new Yogi { LearningRate = Rate },
        ["Lion"] = new Lion { LearningRate = Rate, WeightDecay = 0.1 },
        ["Adagrad"] = new Adagrad { LearningRate = Rate, LearningRateDecay = 0.1, InitialAccumulator = 0.1, WeightDecay = 0.1 },
        ["RMSprop"] = new RmsProp { LearningRate = Rate },
        ["RMSprop, centred"] = new RmsProp { LearningRate = Rate, Centered = true, Momentum = 0.9, WeightDecay = 0.01 },
        ["Adadelta"] = new Adadelta { LearningRate = Rate, WeightDecay = 0.01 },
        ["Adamax"] = new Adamax { LearningRate = Rate, WeightDecay = 0.01 },
        ["NAdam"] = new NAdam { LearningRate = Rate, WeightDecay = 0.01 },
        ["RAdam"] = new RAdam { LearningRate = Rate, WeightDecay = 0.01 },
        ["Rprop"] = new Rprop(),
        ["ASGD"] = new Asgd { AveragingStart = 3, WeightDecay = 0.01 },
        ["clip by value"] = new ClipByValue(0.5),
        ["clip by norm"] = new ClipByNorm(1.5),
        ["decayed weights"] = new AddDecayedWeights(0.1),
        ["schedule"] = new ScaleBySchedule(Rate),
        ["trust ratio"] = new ScaleByTrustRatio { LearningRate = 0.1, Largest = 2 },
        ["LAMB"] = new Lamb { LearningRate = Rate },
        ["LARS"] = new Lars { LearningRate = Rate },
        ["Adafactor"] = new Adafactor { Beta1 = 0.5, WeightDecay = 0.01 },
        ["adaptive clipping"] = new AdaptiveGradientClipping(),
        ["AutoClip"] = new AutoClip { Percentile = 30, History = 5 },
        ["Prodigy"] = new Prodigy { WeightDecay = 0.01 },
        ["DoG"] = new DistanceOverGradients(),
        ["Sophia"] = new Sophia { LearningRate = Rate },
        ["schedule-free SGD"] = new ScheduleFreeSgd { LearningRate = Rate, WeightDecay = 0.01 },
        ["schedule-free AdamW"] = new ScheduleFreeAdamW { LearningRate = Rate, WeightDecay = 0.01 },
        ["Lookahead"] = new Lookahead { Every = 3 },
        ["Polyak averaging"] = new PolyakAveraging { After = 2, Gamma = 8 },
        ["exponential averaging"] = new ExponentialAveraging(0.9),
        ["CoRe"] = new CoRe { MaxStep = 1, ScoreHistory = 3 },
        ["CoRe, signs"] = new CoRe { SignsOnly = true },
        ["CoRe, frozen"] = new CoRe { ScoreHistory = 2, FrozenShare = 0.3 },
        ["Lion-K, l2"] = new LionK { LearningRate = Rate, Potential = LionPotential.L2, WeightDecay = 0.1 },
        ["Lion-K, Huber"] = new LionK { LearningRate = Rate, Potential = LionPotential.Huber(0.5) },
        ["Lion-K, top-k"] = new LionK { LearningRate = Rate, Potential = LionPotential.TopK(4) },
        ["Shampoo"] = new Shampoo { MaxDimension = 64, LearningRate = 1e-3, Epsilon = 1, Momentum = 0.5, WeightDecay = 0.1 },
        ["SOAP, vector"] = new Soap { LearningRate = Rate },
        ["Muon, vector"] = new Muon(),
        ["COSMOS, vector"] = new Cosmos(),
        ["accumulation"] = new AccumulateGradients(new Adam { LearningRate = Rate }, 3),
        ["if finite"] = new ApplyIfFinite(new Adam { LearningRate = Rate }),
        ["groups"] = new ParameterGroups(new(new Muon(), BlockSelection.Matrices), new(new ClipByNorm(1).Then(new Adam { LearningRate = Rate }), BlockSelection.All)),
        ["clip, AdamW, schedule"] = new ClipByNorm(1).Then(new AdamW { LearningRate = 1 }).Then(new ScaleBySchedule(Rate)),
        ["clip between"] = new Sgd { LearningRate = 1, Momentum = 0.5 }.Then(new ClipByNorm(0.5)).Then(new NAdam { LearningRate = Rate }),
        ["not element-wise"] = new Sgd { LearningRate = 1, Momentum = 0.5 }.Then(new NormalizeTensors()).Then(new ScaleBySchedule(Rate)),
    };

    /// <summary>The names of all rules, for theories.</summary>
    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>A test gradient: reproducible, of either sign, of many magnitudes, different at every step.</summary>
    public static double[] Gradient(int length, int step)
    {
        RandomStream random = RandomKey.FromSeed(7).Fold(step).Stream();
        double[] gradient = new double[length];
        for (int i = 0; i < length; i++)
            gradient[i] = ((2 * random.NextDouble()) - 1) * Math.Pow(10, (4 * random.NextDouble()) - 3);
        return gradient;
    }

    /// <summary>A test vector of parameters.</summary>
    public static double[] Parameters(int length) => [.. Gradient(length, -1).Select(v => 2 * v)];
}
