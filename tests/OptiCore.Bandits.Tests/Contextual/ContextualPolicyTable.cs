namespace OptiCore.Bandits.Tests;

/// <summary>One contextual policy under the laws that hold for every contextual policy.</summary>
/// <param name="Policy">The configured policy.</param>
/// <param name="ProbabilityDraws">The number of draws behind the probabilities; 0 where they are exact.</param>
/// <param name="IsAdvice">Whether contexts are advice: for each arm a probability by each expert.</param>
/// <param name="LearnsLinear">Whether regret on the linear instances is sublinear and below that of epsilon-greedy.</param>
/// <param name="CountsArms">Whether scores depend on the number of arms.</param>
/// <param name="Permuted">Where an option names arm 0: the policy with that arm at its place, 1, in the law of permutations.</param>
public sealed record ContextualRow(IContextualPolicy Policy, int ProbabilityDraws = 0, bool IsAdvice = false, bool LearnsLinear = true, bool CountsArms = false, IContextualPolicy? Permuted = null);

/// <summary>The conformance table of contextual policies: every one has at least one row; the laws need no further code.</summary>
public static partial class ContextualPolicyTable
{
    public static IReadOnlyDictionary<string, ContextualRow> Rows { get; } = new Dictionary<string, ContextualRow>([.. Linear(), .. Logistic(), .. Oracles(), .. Nonlinear()]);

    public static TheoryData<string> Names => [.. Rows.Keys];

    private static Dictionary<string, ContextualRow> Linear() => new()
    {
        ["LinUcb"] = new(new LinUcb()),
        ["LinUcb, features of actions"] = new(new LinUcb { Alpha = 0.5, Regularization = 2, Sharing = ModelSharing.DisjointActions }, LearnsLinear: false),
        ["LinUcb, shared"] = new(new LinUcb { Alpha = 0.5, Sharing = ModelSharing.Shared }),
        ["HybridLinUcb"] = new(new HybridLinUcb { SharedFeatures = 2 }, LearnsLinear: false),
        ["LinGreedy"] = new(new LinGreedy(), LearnsLinear: false),
        ["LinGreedy, shared"] = new(new LinGreedy { Sharing = ModelSharing.Shared }, LearnsLinear: false),
        ["Oful"] = new(new Oful { NoiseScale = 0.2 }),
        ["Oful, disjoint"] = new(new Oful { NoiseScale = 0.1, Sharing = ModelSharing.Disjoint }, LearnsLinear: false, CountsArms: true),
        ["DynLinUcb"] = new(new DynLinUcb { NoiseScale = 0.1, SpectralRadius = 0.7, InputBound = 0.1 }, LearnsLinear: false),
        ["DynLinUcb, no memory"] = new(new DynLinUcb { NoiseScale = 0.1, SpectralRadius = 0, OutputBound = 0 }),
        ["ConservativeLinUcb"] = new(
            new ConservativeLinUcb { BaselineReward = 0.3, NoiseScale = 0.1, Alpha = 0.5 }, LearnsLinear: false, Permuted: new ConservativeLinUcb { BaselineReward = 0.3, NoiseScale = 0.1, Alpha = 0.5, Baseline = 1 }),
        ["ConservativeLinUcb, unknown baseline"] = new(
            new ConservativeLinUcb { NoiseScale = 0.1, Alpha = 0.5 }, LearnsLinear: false, Permuted: new ConservativeLinUcb { NoiseScale = 0.1, Alpha = 0.5, Baseline = 1 }),
        ["LinearThompsonSampling"] = new(new LinearThompsonSampling { Alpha = 0.2 }),
        ["LinearThompsonSampling, shared"] = new(new LinearThompsonSampling { Alpha = 0.2, Sharing = ModelSharing.Shared }, LinearThompsonSampling.ProbabilityDraws),
    };

    private static Dictionary<string, ContextualRow> Logistic() => new()
    {
        ["UcbGlm"] = new(new UcbGlm { Alpha = 0.3 }, LearnsLinear: false),
        ["UcbGlm, growing"] = new(new UcbGlm { Alpha = 0, RandomRounds = 12, Capacity = 7 }, LearnsLinear: false),
        ["LogisticThompsonSampling"] = new(new LogisticThompsonSampling { Alpha = 0.5 }, LearnsLinear: false),
        ["LogisticThompsonSampling, full"] = new(new LogisticThompsonSampling { Covariance = PosteriorCovariance.Full, Sharing = ModelSharing.DisjointActions }, LearnsLinear: false),
        ["LogisticThompsonSampling, shared"] = new(new LogisticThompsonSampling { Sharing = ModelSharing.Shared }, LogisticThompsonSampling.ProbabilityDraws, LearnsLinear: false),
        ["LogisticThompsonSampling, shared, full"] =
            new(new LogisticThompsonSampling { Covariance = PosteriorCovariance.Full, Sharing = ModelSharing.Shared }, LogisticThompsonSampling.ProbabilityDraws, LearnsLinear: false),
    };

    private static Dictionary<string, ContextualRow> Oracles() => new()
    {
        ["SquareCb"] = new(new SquareCb()),
        ["SquareCb, logistic"] = new(new SquareCb { Oracle = new LogisticOracle(), Exponent = 0.25 }, LearnsLinear: false),
        ["SquareCb, shared"] = new(new SquareCb { Oracle = new RidgeOracle { Sharing = ModelSharing.Shared } }),
        ["SquareCb, Chebyshev"] = new(new SquareCb { Oracle = new ChebyshevOracle { Terms = 4, Low = -1 } }, LearnsLinear: false),
        ["Falcon"] = new(new Falcon { Scale = 10 }, LearnsLinear: false),
        ["Falcon, shared"] = new(new Falcon { Scale = 10, Oracle = new RidgeOracle { Sharing = ModelSharing.Shared } }, LearnsLinear: false),
        ["BootstrapBagging"] = new(new BootstrapBagging { Epsilon = 0.02 }, LearnsLinear: false),
        ["BootstrapBagging, shared"] = new(new BootstrapBagging { Replicates = 6, Oracle = new LogisticOracle { Sharing = ModelSharing.Shared, Covariance = PosteriorCovariance.Diagonal } }, LearnsLinear: false),
        ["Exp4"] = new(new Exp4 { Gamma = 0.2 }, IsAdvice: true, LearnsLinear: false),
    };

    private static Dictionary<string, ContextualRow> Nonlinear() => new()
    {
        ["GpUcb"] = new(new GpUcb { Scale = 0.2, Capacity = 10 }, LearnsLinear: false, CountsArms: true),
        ["GpUcb, disjoint"] = new(new GpUcb { Kernel = OptiCore.KernelMethods.ShiftInvariantKernel.Matern(1.5, 2), Sharing = ModelSharing.Disjoint }, LearnsLinear: false, CountsArms: true),
        ["NeuralLinear"] = new(new NeuralLinear { Width = 8, TrainingInterval = 40, TrainingSteps = 10, Batch = 16, PriorScale = 0.5 }, LearnsLinear: false),
        ["NeuralLinear, two layers"] = new(new NeuralLinear { Width = 6, Layers = 2, TrainingInterval = 30, TrainingSteps = 5, Batch = 8, Capacity = 10 }, LearnsLinear: false),
    };
}
