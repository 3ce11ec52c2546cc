using Solver = OptiCore.Optimizers.FirstOrder;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>Invalid options are refused by name.</summary>
public class OptionTests
{
    private static readonly (string Member, Func<object> Make)[] Invalid =
    [
        ("LearningRate", () => new Sgd { LearningRate = -1 }),
        ("LearningRate", () => new Sgd { LearningRate = double.NaN }),
        ("Momentum", () => new Sgd { Momentum = -0.1 }),
        ("Dampening", () => new Sgd { Dampening = double.PositiveInfinity }),
        ("WeightDecay", () => new Sgd { WeightDecay = -1e-4 }),
        ("LearningRate", () => new Adam { LearningRate = double.PositiveInfinity }),
        ("Beta1", () => new Adam { Beta1 = 1 }),
        ("Beta2", () => new Adam { Beta2 = -0.1 }),
        ("Epsilon", () => new Adam { Epsilon = 0 }),
        ("WeightDecay", () => new Adam { WeightDecay = double.NaN }),
        ("LearningRate", () => new AdamW { LearningRate = -1 }),
        ("Beta1", () => new AdamW { Beta1 = double.NaN }),
        ("Beta2", () => new AdamW { Beta2 = 1.5 }),
        ("Epsilon", () => new AdamW { Epsilon = -1e-8 }),
        ("WeightDecay", () => new AdamW { WeightDecay = -1 }),
        ("Beta1", () => new ScaleByAdam { Beta1 = 1 }),
        ("Beta2", () => new ScaleByAdam { Beta2 = 1 }),
        ("Epsilon", () => new ScaleByAdam { Epsilon = 0 }),
        ("LearningRate", () => new Lion { LearningRate = -1 }),
        ("Beta1", () => new Lion { Beta1 = 1 }),
        ("Beta2", () => new Lion { Beta2 = 1 }),
        ("WeightDecay", () => new Lion { WeightDecay = -1 }),
        ("LearningRateDecay", () => new Adagrad { LearningRateDecay = -1 }),
        ("InitialAccumulator", () => new Adagrad { InitialAccumulator = -1 }),
        ("Epsilon", () => new Adagrad { Epsilon = 0 }),
        ("Alpha", () => new RmsProp { Alpha = 1 }),
        ("Momentum", () => new RmsProp { Momentum = -1 }),
        ("Rho", () => new Adadelta { Rho = 1 }),
        ("Epsilon", () => new Adadelta { Epsilon = 0 }),
        ("Beta2", () => new Adamax { Beta2 = 1 }),
        ("MomentumDecay", () => new NAdam { MomentumDecay = -1 }),
        ("Beta1", () => new RAdam { Beta1 = 1 }),
        ("InitialStep", () => new Rprop { InitialStep = -1 }),
        ("EtaMinus", () => new Rprop { EtaMinus = 1 }),
        ("EtaPlus", () => new Rprop { EtaPlus = 1 }),
        ("MinStep", () => new Rprop { MinStep = -1 }),
        ("MaxStep", () => new Rprop { MaxStep = 0 }),
        ("LearningRate", () => new Asgd { LearningRate = -1 }),
        ("Decay", () => new Asgd { Decay = -1 }),
        ("Alpha", () => new Asgd { Alpha = -1 }),
        ("AveragingStart", () => new Asgd { AveragingStart = -1 }),
        ("Epsilon", () => new AdaBelief { Epsilon = 0 }),
        ("InitialAccumulator", () => new Yogi { InitialAccumulator = -1 }),
        ("Limit", () => new ClipByValue(0)),
        ("Limit", () => new ClipByNorm(double.PositiveInfinity)),
        ("WeightDecay", () => new AddDecayedWeights(-1)),
        ("LearningRate", () => new ScaleBySchedule(-1)),
        ("LearningRate", () => new ScaleByTrustRatio { LearningRate = -1 }),
        ("Smallest", () => new ScaleByTrustRatio { Smallest = -1 }),
        ("Largest", () => new ScaleByTrustRatio { Largest = 0 }),
        ("Epsilon", () => new Lamb { Epsilon = 0 }),
        ("Largest", () => new Lamb { Largest = double.NaN }),
        ("TrustCoefficient", () => new Lars { TrustCoefficient = 0 }),
        ("Momentum", () => new Lars { Momentum = 1 }),
        ("Beta1", () => new Adafactor { Beta1 = 1 }),
        ("DecayRate", () => new Adafactor { DecayRate = 0 }),
        ("ClippingThreshold", () => new Adafactor { ClippingThreshold = 0 }),
        ("SmallestScale", () => new Adafactor { SmallestScale = 0 }),
        ("Limit", () => new AdaptiveGradientClipping { Limit = 0 }),
        ("Epsilon", () => new AdaptiveGradientClipping { Epsilon = -1 }),
        ("Units", () => new AdaptiveGradientClipping { Units = (UnitAxis)7 }),
        ("Percentile", () => new AutoClip { Percentile = 101 }),
        ("History", () => new AutoClip { History = 0 }),
        ("InitialDistance", () => new Prodigy { InitialDistance = 0 }),
        ("Growth", () => new Prodigy { Growth = 1 }),
        ("InitialDistance", () => new DistanceOverGradients { InitialDistance = -1 }),
        ("Epsilon", () => new DistanceOverGradients { Epsilon = -1 }),
        ("Rho", () => new Sophia { Rho = 0 }),
        ("Every", () => new CurvatureFirstOrder(new Sophia()) { Every = 0 }),
        ("Samples", () => new CurvatureFirstOrder(new Sophia()) { Samples = 0 }),
        ("InitialStep", () => new Oasis { InitialStep = 0 }),
        ("Truncation", () => new Oasis { Truncation = 0 }),
        ("WarmUpSamples", () => new Oasis { WarmUpSamples = 0 }),
        ("Momentum", () => new Oasis { Momentum = 1 }),
        ("Momentum", () => new ScheduleFreeSgd { Momentum = 1 }),
        ("Beta2", () => new ScheduleFreeAdamW { Beta2 = 1 }),
        ("Every", () => new Lookahead { Every = 0 }),
        ("Share", () => new Lookahead { Share = 0 }),
        ("After", () => new PolyakAveraging { After = -1 }),
        ("Gamma", () => new PolyakAveraging { Gamma = -1 }),
        ("Decay", () => new ExponentialAveraging(1)),
        ("InitialStep", () => new CoRe { InitialStep = 0 }),
        ("EtaMinus", () => new CoRe { EtaMinus = 1.1 }),
        ("EtaPlus", () => new CoRe { EtaPlus = 0.9 }),
        ("Beta1Steps", () => new CoRe { Beta1Steps = 0 }),
        ("ScoreHistory", () => new CoRe { ScoreHistory = -1 }),
        ("FrozenShare", () => new CoRe { FrozenShare = 1.1 }),
        ("threshold", () => LionPotential.Huber(0)),
        ("count", () => LionPotential.TopK(0)),
        ("WeightDecay", () => new LionK { WeightDecay = -1 }),
        ("Beta", () => new Shampoo { Beta = 0 }),
        ("MaxDimension", () => new Shampoo { MaxDimension = 0 }),
        ("PreconditionEvery", () => new Soap { PreconditionEvery = 0 }),
        ("Momentum", () => new Muon { Momentum = 1 }),
        ("Iterations", () => new Muon { Iterations = 0 }),
        ("Scale", () => new Muon { Scale = (MuonScale)7 }),
        ("Rank", () => new Cosmos { Rank = 0 }),
        ("Gamma", () => new Cosmos { Gamma = -1 }),
        ("Count", () => new AccumulateGradients(new Sgd(), 0)),
        ("MaxInARow", () => new ApplyIfFinite(new Sgd()) { MaxInARow = 0 }),
        ("Radius", () => new SharpnessAware(new Sgd()) { Radius = -1 }),
        ("blocks", () => BlockSelection.Of(-1)),
        ("kappa", () => new ExponentialAveraging(0.5).ForBatches(0)),
        ("rate", () => Schedule.Constant(-1)),
        ("Rate", () => Schedule.StepDecay(-1, 5)),
        ("Every", () => Schedule.StepDecay(1, 0)),
        ("Factor", () => Schedule.Exponential(1, -1)),
        ("milestones", () => Schedule.MultiStep(1, 0.1, -3)),
        ("Steps", () => Schedule.Cosine(1, 0)),
        ("Final", () => Schedule.Cosine(1, 5, -1)),
        ("Period", () => Schedule.CosineRestarts(1, 0)),
        ("Growth", () => Schedule.CosineRestarts(1, 5, 0)),
        ("Steps", () => Schedule.Linear(1, 0, 0)),
        ("Power", () => Schedule.Polynomial(1, 5, 0)),
        ("Peak", () => Schedule.InverseSquareRoot(-1, 5)),
        ("WarmUp", () => Schedule.InverseSquareRoot(1, 0)),
        ("Steps", () => Schedule.Constant(1).WithWarmUp(0)),
        ("From", () => Schedule.Constant(1).WithWarmUp(5, from: -1)),
        ("After", () => Schedule.Constant(1).Then(1, after: 0)),
        ("next", () => Schedule.Constant(1).Then(-1, after: 3)),
        ("right", () => Schedule.Constant(1) * -1),
        ("Steps", () => new OneCycle { Peak = 1, Steps = 1 }),
        ("RisingShare", () => new OneCycle { Peak = 1, Steps = 10, RisingShare = 1.1 }),
        ("Divisor", () => new OneCycle { Peak = 1, Steps = 10, Divisor = 0 }),
        ("FinalDivisor", () => new OneCycle { Peak = 1, Steps = 10, FinalDivisor = -1 }),
        ("Base", () => new Cyclic { Base = -1, Peak = 1 }),
        ("StepsUp", () => new Cyclic { Base = 0, Peak = 1, StepsUp = 0 }),
        ("StepsDown", () => new Cyclic { Base = 0, Peak = 1, StepsDown = 0 }),
        ("Height", () => new Cyclic { Base = 0, Peak = 1, Height = (CycleHeight)9 }),
        ("Factor", () => new ReduceOnPlateau { Factor = 1 }),
        ("Patience", () => new ReduceOnPlateau { Patience = -1 }),
        ("Threshold", () => new ReduceOnPlateau { Threshold = -1 }),
        ("Cooldown", () => new ReduceOnPlateau { Cooldown = -1 }),
        ("MinRate", () => new ReduceOnPlateau { MinRate = -1 }),
        ("MinChange", () => new ReduceOnPlateau { MinChange = -1 }),
        ("rate", () => new ReduceOnPlateau().Start(-1)),
    ];

    [Fact]
    public void AnInvalidValueThrowsAndNamesTheMember()
    {
        foreach ((string member, Func<object> make) in Invalid)
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(make);
            Assert.True(member == exception.ParamName, $"Expected {member} to be named, not {exception.ParamName}: {exception.Message}");
        }
    }

    [Fact]
    public void AMissingPartThrowsAndNamesTheMember()
    {
        Assert.Throws<ArgumentNullException>("LearningRate", () => new Adam { LearningRate = null! });
        Assert.Throws<ArgumentNullException>("Rule", () => new Solver(null!));
        Assert.Throws<ArgumentNullException>("Stopping", () => new Solver(new Adam()) { Stopping = null! });
        Assert.Throws<ArgumentNullException>("second", () => new Adam().Then((IUpdateRule)null!));
    }

    [Fact]
    public void EqualOptionsAreEqualValues()
    {
        Assert.Equal(Rule(10), Rule(10));
        Assert.NotEqual(Rule(10), Rule(11));
        Assert.Equal(Schedule.MultiStep(1, 0.1, 3, 2).GetHashCode(), Schedule.MultiStep(1, 0.1, 2, 3).GetHashCode());

        static object Rule(int steps) => new ClipByNorm(1).Then(new AdamW { LearningRate = Schedule.Cosine(1e-3, steps).WithWarmUp(5) * 0.5 });
    }
}
