using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// CoRe, continual resilient: Adam's direction times a step size of every parameter's own that follows signs as in <see cref="Rprop"/>, a decay in proportion to the step, and a freezing of the parameters that
/// mattered most. At step t = 1, 2, ..., with beta1 = b + (a - b) exp(-((t - 1) / c)^2),
/// <code>
/// m := beta1 m + (1 - beta1) g,   v := beta2 v + (1 - beta2) g^2
/// s := min(eta_plus s, s_max) where m m_before P > 0,   max(eta_minus s, s_min) where it is negative
/// w := (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)      or sign(m)
/// S := S + m w P s / h for t up to h,   (1 - 1/h) S + m w P s / h after it
/// u := w P s + d |w| P s x
/// </code>
/// P is 0 for the share of parameters of each tensor with the largest scores S, once there are h steps of history, and 1 otherwise.
/// </summary>
/// <remarks>
/// Three slots (m, v, s), with a history of scores four (S), with freezing five (P). One set of defaults for everything but <see cref="MaxStep"/>: the authors recommend 0.001 for mini-batches, 0.01 in between and 1 for full batches. Freezing
/// selects from the scores of each tensor of the layout before the pass, at a cost of the order of the parameters, and isn't element-wise; without it the rule is one pass.
/// </remarks>
[Algorithm("CoRe", "First-order", "Eckhoff, Reiher (2024), CoRe optimizer: an all-in-one solution for machine learning; Eckhoff, Reiher (2023), Lifelong machine learning potentials")]
public sealed record CoRe : IUpdateRule<CoReLane<double>, CoReLane<float>>
{
    internal const int ScoreSlot = 3, PlasticitySlot = 4;

    /// <summary>The first step size of every parameter. Default: 0.001.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>The smallest step size. Default: 1e-6.</summary>
    public double MinStep { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The largest step size. Default: 0.01.</summary>
    public double MaxStep { get; init => field = Require.Positive(value); } = 1e-2;

    /// <summary>The factor of the step size after a change of sign. Default: 0.7375.</summary>
    public double EtaMinus { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.7375;

    /// <summary>The factor of the step size after two equal signs. Default: 1.2.</summary>
    public double EtaPlus { get; init => field = Require.InHalfOpen(value, 1, double.PositiveInfinity); } = 1.2;

    /// <summary>The memory a of the mean of gradients at the first step. Default: 0.7375.</summary>
    public double InitialBeta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.7375;

    /// <summary>The memory b of the mean of gradients in the end. Default: 0.8125.</summary>
    public double FinalBeta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.8125;

    /// <summary>The number c of steps over which the memory changes. Default: 250.</summary>
    public double Beta1Steps { get; init => field = Require.Positive(value); } = 250;

    /// <summary>The memory of the mean of squared gradients. Default: 0.99.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>The direction sign(m) in place of Adam's; v isn't used then. Default: false.</summary>
    public bool SignsOnly { get; init; }

    /// <summary>Added to the root. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The decay d, in proportion to the size of each step. Default: 0.1.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The number h of steps that the scores of importance remember; 0 for no scores and no freezing. Default: 0.</summary>
    public int ScoreHistory { get; init => field = Require.NonNegative(value); }

    /// <summary>The share of each tensor's parameters that are frozen, rounded down. Default: 0.</summary>
    public double FrozenShare { get; init => field = Require.InClosed(value, 0, 1); }

    /// <inheritdoc/>
    public int SlotCount => ScoreHistory == 0 ? 3 : Freezes ? 5 : 4;

    /// <inheritdoc/>
    public bool IsOnePass => !Freezes;

    internal bool Freezes => ScoreHistory > 0 && FrozenShare > 0;

    /// <inheritdoc/>
    public double InitialValue(int slot) => slot switch
    {
        2 => InitialStep,
        PlasticitySlot => 1,
        _ => 0,
    };

    /// <inheritdoc/>
    public CoReLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public CoReLane<float> Prepare(in StepContext<float> step) => new(this, in step);

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => Start<double, CoReLane<double>>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => Start<float, CoReLane<float>>(this, layout);

    private RuleState<T> Start<T, TLane>(ILaneSource<T, TLane> lanes, ParameterLayout layout)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TLane : struct, ILane<T>
    {
        var state = new LaneState<T, TLane>(lanes, layout);
        return Freezes ? new FreezingState<T, TLane>(this, state) : state;
    }

    /// <summary>Decides before each pass which parameters are frozen.</summary>
    private sealed class FreezingState<T, TLane>(CoRe rule, LaneState<T, TLane> lanes) : RuleState<T>(lanes.Layout)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TLane : struct, ILane<T>
    {
        private readonly T[] _scores = new T[lanes.Length];

        public override int SlotCount => lanes.SlotCount;

        public override double RateScale
        {
            get => base.RateScale;
            set => base.RateScale = lanes.RateScale = value;
        }

        public override ReadOnlySpan<T> Slot(int slot) => lanes.Slot(slot);

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            Freeze();
            lanes.Transform(update, parameters, workers);
        }

        protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
        {
            Freeze();
            lanes.Step(parameters, gradient, workers);
        }

        protected override void PersistCore(StateArchive archive) => archive.Transfer(lanes);

        private void Freeze()
        {
            if (Steps < rule.ScoreHistory)
                return;
            ReadOnlySpan<T> all = lanes.Row(ScoreSlot);
            for (int b = 0; b < Layout.BlockCount; b++)
            {
                ReadOnlySpan<T> scores = all.Slice(Layout.Offset(b), Layout.BlockLength(b));
                Span<T> plasticity = lanes.Row(PlasticitySlot).Slice(Layout.Offset(b), scores.Length);
                plasticity.Fill(T.One);
                int count = (int)(rule.FrozenShare * scores.Length);
                if (count == 0)
                    continue;
                Span<T> sorted = _scores.AsSpan(Layout.Offset(b), scores.Length);
                scores.CopyTo(sorted);
                T threshold = Selection.Smallest(sorted, scores.Length - count);
                int above = 0;
                foreach (T score in scores)
                    above += score > threshold ? 1 : 0;

                // Of equal scores at the threshold the first ones are frozen, so that the number is exact.
                int equal = count - above;
                for (int i = 0; i < scores.Length; i++)
                {
                    if (scores[i] > threshold || (scores[i] == threshold && equal-- > 0))
                        plasticity[i] = T.Zero;
                }
            }
        }
    }
}

/// <summary>The lane of <see cref="CoRe"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct CoReLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _beta1;
    private readonly T _share1;
    private readonly T _beta2;
    private readonly T _share2;
    private readonly T _correction1;
    private readonly T _rootCorrection;
    private readonly T _epsilon;
    private readonly T _etaMinus;
    private readonly T _etaPlus;
    private readonly T _minStep;
    private readonly T _maxStep;
    private readonly T _rate;
    private readonly T _weightDecay;
    private readonly T _scoreMemory;
    private readonly T _scoreShare;
    private readonly Flag _signsOnly;
    private readonly Flag _scores;
    private readonly Flag _freezes;

    internal CoReLane(CoRe rule, in StepContext<T> step)
    {
        long t = step.Step + 1;
        double elapsed = step.Step / rule.Beta1Steps;
        double beta1 = rule.FinalBeta1 + ((rule.InitialBeta1 - rule.FinalBeta1) * Math.Exp(-elapsed * elapsed));
        _beta1 = Lanes.Of<T>(beta1);
        _share1 = Lanes.Of<T>(1 - beta1);
        _beta2 = Lanes.Of<T>(rule.Beta2);
        _share2 = Lanes.Of<T>(1 - rule.Beta2);
        _correction1 = Lanes.Of<T>(1 / Lanes.BiasCorrection(beta1, t));
        _rootCorrection = Lanes.Of<T>(1 / Math.Sqrt(Lanes.BiasCorrection(rule.Beta2, t)));
        _epsilon = Lanes.Of<T>(rule.Epsilon);
        _etaMinus = Lanes.Of<T>(rule.EtaMinus);
        _etaPlus = Lanes.Of<T>(rule.EtaPlus);
        _minStep = Lanes.Of<T>(rule.MinStep);
        _maxStep = Lanes.Of<T>(rule.MaxStep);
        _rate = Lanes.Of<T>(step.RateScale);
        _weightDecay = Lanes.Of<T>(rule.WeightDecay);
        double share = rule.ScoreHistory > 0 ? 1.0 / rule.ScoreHistory : 0;
        _scoreShare = Lanes.Of<T>(share);
        _scoreMemory = Lanes.Of<T>(t <= rule.ScoreHistory ? 1 : 1 - share);
        _signsOnly = rule.SignsOnly;
        _scores = rule.ScoreHistory > 0;
        _freezes = rule.Freezes;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes first = ref slots.Next();
        ref TLanes second = ref slots.Next();
        ref TLanes size = ref slots.Next();
        TLanes m = (TLanes.All(_beta1) * first) + (TLanes.All(_share1) * update);
        TLanes agreement = first * m;
        first = m;
        TLanes w;
        if (_signsOnly)
        {
            w = Lanes.Sign(m);
        }
        else
        {
            TLanes v = (TLanes.All(_beta2) * second) + (TLanes.All(_share2) * (update * update));
            second = v;
            w = TLanes.All(_correction1) * m / ((TLanes.Sqrt(v) * TLanes.All(_rootCorrection)) + TLanes.All(_epsilon));
        }

        ref TLanes score = ref (_scores ? ref slots.Next() : ref first);
        TLanes plasticity = _freezes ? slots.Next() : TLanes.Constant(1);
        agreement *= plasticity;
        TLanes s = size;
        s = TLanes.SelectLess(
            default,
            agreement,
            Lanes.Smaller(TLanes.All(_etaPlus) * s, TLanes.All(_maxStep)),
            TLanes.SelectLess(agreement, default, Lanes.Larger(TLanes.All(_etaMinus) * s, TLanes.All(_minStep)), s));
        size = s;
        TLanes moved = w * plasticity * s;
        if (_scores)
            score = (TLanes.All(_scoreMemory) * score) + (TLanes.All(_scoreShare) * (m * moved));
        return TLanes.All(_rate) * (moved + (TLanes.All(_weightDecay) * TLanes.Abs(moved) * parameter));
    }
}
