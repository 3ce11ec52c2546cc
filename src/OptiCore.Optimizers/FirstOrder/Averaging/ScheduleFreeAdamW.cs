using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Schedule-free AdamW: Adam's scaling of every element, averaging in place of momentum and of a decaying rate. With y the parameters, at which gradients are taken, at step t = 1, 2, ...
/// <code>
/// v := beta2 v + (1 - beta2) g^2
/// r := rate sqrt(1 - beta2^t)
/// z := z - r (g / (sqrt(v) + epsilon) + lambda y)
/// x := (1 - c) x + c z              c = r^2 / (sum of squares of all r so far)
/// y := (1 - beta1) z + beta1 x
/// </code>
/// </summary>
/// <remarks>
/// Three slots (v, z, x). Evaluate at x (<see cref="RuleState{T}.EvaluationPoint"/>), not at the parameters. Use a constant rate with a warm-up (<see cref="Schedule.WithWarmUp"/>). It computes the new parameters
/// itself, so that nothing may follow it in a chain.
/// </remarks>
[Algorithm("Schedule-free AdamW", "First-order", "Defazio, Yang, Mehta, Mishchenko, Khaled, Cutkosky (2024), The road less scheduled")]
public sealed record ScheduleFreeAdamW : IUpdateRule<ScheduleFreeAdamWLane<double>, ScheduleFreeAdamWLane<float>>
{
    /// <summary>The step size. Default: 0.0025, the authors'.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 2.5e-3;

    /// <summary>The share of the average in the point where gradients are taken. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of squared gradients. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the root. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The decoupled decay lambda, at the point where gradients are taken. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 3;

    /// <inheritdoc/>
    public int ScalarCount => 1;

    /// <inheritdoc/>
    public int EvaluationSlot => 2;

    /// <inheritdoc/>
    public ScheduleFreeAdamWLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public ScheduleFreeAdamWLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="ScheduleFreeAdamW"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct ScheduleFreeAdamWLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _beta2;
    private readonly T _share2;
    private readonly T _epsilon;
    private readonly ScheduleFreeLane<T> _averaging;

    internal ScheduleFreeAdamWLane(ScheduleFreeAdamW rule, in StepContext<T> step)
    {
        double rate = step.Rate(rule.LearningRate) * Math.Sqrt(Lanes.BiasCorrection(rule.Beta2, step.Step + 1));
        _beta2 = Lanes.Of<T>(rule.Beta2);
        _share2 = Lanes.Of<T>(1 - rule.Beta2);
        _epsilon = Lanes.Of<T>(rule.Epsilon);
        _averaging = new ScheduleFreeLane<T>(step.Step, rate, rule.Beta1, rule.WeightDecay, step.Scalars);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes second = ref slots.Next();
        TLanes v = (TLanes.All(_beta2) * second) + (TLanes.All(_share2) * (update * update));
        second = v;
        return _averaging.Apply(update / (TLanes.Sqrt(v) + TLanes.All(_epsilon)), parameter, ref slots);
    }
}
