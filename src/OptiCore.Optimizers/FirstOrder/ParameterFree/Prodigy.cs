using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Prodigy: Adam without a rate to tune. It estimates a lower bound d of the distance |x0 - x*| on the way and steps by d:
/// <code>
/// m := beta1 m + (1 - beta1) d g
/// v := beta2 v + (1 - beta2) d^2 g^2
/// r := sqrt(beta2) r + (1 - sqrt(beta2)) rate d^2 (g . (x0 - x))
/// s := sqrt(beta2) s + (1 - sqrt(beta2)) rate d^2 g
/// u := rate d (m / (sqrt(v) + d epsilon) + lambda x)
/// d := max(d, min(growth d, r / |s|_1))
/// </code>
/// </summary>
/// <remarks>
/// Algorithm 4 of the paper; the update takes the d from before the step. Four slots (m, v, s, x0) and one scratch vector. The schedule multiplies the estimated rate: leave it at 1, or decay it from 1
/// with a cosine. Besides the pass it reads the gradient and x0 for the product and s for its norm. It wants its own displacement from x0: put nothing after it.
/// </remarks>
[Algorithm("Prodigy", "First-order", "Mishchenko, Defazio (2024), Prodigy: an expeditiously adaptive parameter-free learner")]
public sealed record Prodigy : IUpdateRule
{
    /// <summary>The factor of the estimated rate, gamma. Default: 1.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1.0;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of squared gradients; its root is the memory of r and s. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the root, times d. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The decoupled decay lambda. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <summary>The first estimate of the distance; too large a one is never corrected. Default: 1e-6.</summary>
    public double InitialDistance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>The largest factor of the estimate in a step; may be infinite. Default: infinity.</summary>
    public double Growth { get; init => field = Require.InOpenClosed(value, 1, double.PositiveInfinity); } = double.PositiveInfinity;

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(this, layout);

    private sealed class State<T> : RuleState<T>, ILaneSource<T, Lane<T>> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private const int Sums = 2, Origin = 3;

        private readonly Prodigy _rule;
        private readonly LaneState<T, Lane<T>> _lanes;
        private readonly T[] _travelled;
        private double _distance;
        private double _correlation;

        public State(Prodigy rule, ParameterLayout layout)
            : base(layout)
        {
            _rule = rule;
            _lanes = new LaneState<T, Lane<T>>(this, layout);
            _travelled = new T[layout.Length];
            _distance = rule.InitialDistance;
        }

        public override int SlotCount => 4;

        public override double RateScale
        {
            get => base.RateScale;
            set => base.RateScale = _lanes.RateScale = value;
        }

        public override ReadOnlySpan<T> Slot(int slot) => _lanes.Slot(slot);

        public Lane<T> Prepare(in StepContext<T> step) => new(_rule, step.Rate(_rule.LearningRate), _distance);

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            Begin(update, parameters, workers);
            _lanes.Transform(update, parameters, workers);
            End(workers);
        }

        protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
        {
            Begin(gradient, parameters, workers);
            _lanes.Step(parameters, gradient, workers);
            End(workers);
        }

        protected override void PersistCore(StateArchive archive)
        {
            archive.Transfer(_lanes);
            archive.Transfer(ref _distance);
            archive.Transfer(ref _correlation);
        }

        private void Begin(ReadOnlySpan<T> gradient, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            Span<T> origin = _lanes.Row(Origin);
            if (Steps == 0)
                parameters.CopyTo(origin);
            TensorPrimitives.Subtract(origin, parameters, _travelled);
            double memory = Math.Sqrt(_rule.Beta2), rate = RateScale * _rule.LearningRate.At(Steps);
            _correlation = (memory * _correlation)
                + ((1 - memory) * rate * _distance * _distance * double.CreateTruncating(Reduce.Dot(gradient, _travelled, workers)));
        }

        private void End(IWorkers workers)
        {
            double sums = double.CreateTruncating(Reduce.SumOfMagnitudes<T>(_lanes.Row(Sums), workers)), estimate = _correlation / sums;
            if (sums > 0 && estimate > _distance)
                _distance = Math.Min(estimate, _rule.Growth * _distance);
        }
    }

    private readonly struct Lane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T _beta1;
        private readonly T _share1;
        private readonly T _beta2;
        private readonly T _share2;
        private readonly T _memory;
        private readonly T _share;
        private readonly T _distance;
        private readonly T _stepSize;
        private readonly T _epsilon;
        private readonly T _weightDecay;

        public Lane(Prodigy rule, double rate, double distance)
        {
            double memory = Math.Sqrt(rule.Beta2);
            _beta1 = Lanes.Of<T>(rule.Beta1);
            _share1 = Lanes.Of<T>(1 - rule.Beta1);
            _beta2 = Lanes.Of<T>(rule.Beta2);
            _share2 = Lanes.Of<T>(1 - rule.Beta2);
            _memory = Lanes.Of<T>(memory);
            _share = Lanes.Of<T>((1 - memory) * rate * distance);
            _distance = Lanes.Of<T>(distance);
            _stepSize = Lanes.Of<T>(rate * distance);
            _epsilon = Lanes.Of<T>(distance * rule.Epsilon);
            _weightDecay = Lanes.Of<T>(rule.WeightDecay);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
            where TLanes : struct, ILanes<TLanes, T>
            where TSlots : struct, ISlots<TLanes>, allows ref struct
        {
            ref TLanes first = ref slots.Next();
            ref TLanes second = ref slots.Next();
            ref TLanes sums = ref slots.Next();
            TLanes g = TLanes.All(_distance) * update;
            TLanes m = (TLanes.All(_beta1) * first) + (TLanes.All(_share1) * g);
            TLanes v = (TLanes.All(_beta2) * second) + (TLanes.All(_share2) * (g * g));
            first = m;
            second = v;
            sums = (TLanes.All(_memory) * sums) + (TLanes.All(_share) * g);
            return TLanes.All(_stepSize) * ((m / (TLanes.Sqrt(v) + TLanes.All(_epsilon))) + (TLanes.All(_weightDecay) * parameter));
        }
    }
}
