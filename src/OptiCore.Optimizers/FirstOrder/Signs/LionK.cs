using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Lion-K, <see cref="Lion"/> with any convex function kappa in place of the l1 norm:
/// <code>
/// u := rate (grad kappa(beta1 m + (1 - beta1) g) + lambda x)
/// m := beta2 m + (1 - beta2) g
/// </code>
/// </summary>
/// <remarks>
/// <para>It minimises f(x) + kappa*(lambda x) / lambda: with a decay lambda, Lion solves the problem under |x|_inf &lt;= 1 / lambda, and enters that box exponentially from outside. As the rate goes to 0 with
/// a = (1 - beta2) / rate and e = (1 - beta1) / a fixed, the paper's function a f(x) + (a / lambda) kappa*(lambda x) + (1 - e a) / (1 + e lambda) (kappa(m) + kappa*(lambda x) + lambda m . x) falls along the iterates.</para>
/// <para>One value a parameter (m) and scratch for <see cref="LionPotential.TopK"/>. For kappa = l1 prefer <see cref="Lion"/>, which is one pass; here the blend is written to memory for the gradient of kappa.</para>
/// </remarks>
[Algorithm("Lion-K", "First-order", "Chen, Liu, Liang, Liu (2024), Lion secretly solves constrained optimization: as Lyapunov predicts")]
public sealed record LionK : IUpdateRule
{
    /// <summary>The convex function kappa. Default: the l1 norm.</summary>
    public LionPotential Potential { get; init => field = Require.NotNull(value, nameof(Potential)); } = LionPotential.L1;

    /// <summary>The step size. Default: 0.0001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-4;

    /// <summary>The weight of the memory in the direction. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of gradients. Default: 0.99.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>The decoupled decay lambda: 1 / lambda is the size of the constraint. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(this, layout);

    private sealed class State<T> : RuleState<T>, ILaneSource<T, Blend<T>> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly LionK _rule;
        private readonly LaneState<T, Blend<T>> _lanes;
        private readonly T[] _scratch;

        public State(LionK rule, ParameterLayout layout)
            : base(layout)
        {
            _rule = rule;
            _lanes = new LaneState<T, Blend<T>>(this, layout);
            _scratch = new T[layout.Length];
        }

        public override int SlotCount => 1;

        public override ReadOnlySpan<T> Slot(int slot) => _lanes.Slot(slot);

        public Blend<T> Prepare(in StepContext<T> step) => new(_rule);

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            _lanes.Transform(update, parameters, workers);
            _rule.Potential.Gradient(update, _scratch, workers);
            double rate = RateScale * _rule.LearningRate.At(Steps);
            Elements.Average(update, T.CreateTruncating(rate), T.CreateTruncating(rate * _rule.WeightDecay), parameters);
        }

        protected override void PersistCore(StateArchive archive) => archive.Transfer(_lanes);
    }

    /// <summary>The blend of memory and gradient, and the memory's change.</summary>
    private readonly struct Blend<T>(LionK rule) : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T _beta1 = Lanes.Of<T>(rule.Beta1);
        private readonly T _share1 = Lanes.Of<T>(1 - rule.Beta1);
        private readonly T _beta2 = Lanes.Of<T>(rule.Beta2);
        private readonly T _share2 = Lanes.Of<T>(1 - rule.Beta2);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
            where TLanes : struct, ILanes<TLanes, T>
            where TSlots : struct, ISlots<TLanes>, allows ref struct
        {
            ref TLanes m = ref slots.Next();
            TLanes blend = (TLanes.All(_beta1) * m) + (TLanes.All(_share1) * update);
            m = (TLanes.All(_beta2) * m) + (TLanes.All(_share2) * update);
            return blend;
        }
    }
}
