using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Schedule-free SGD: averaging in place of a decaying rate. The parameters y, at which gradients are taken, lie between the base iterate z and the average x:
/// <code>
/// z := z - rate (g + lambda y)
/// x := (1 - c) x + c z              c = rate^2 / (sum of squares of all rates so far)
/// y := (1 - beta) z + beta x
/// </code>
/// </summary>
/// <remarks>
/// Two slots (z, x). Evaluate at x (<see cref="RuleState{T}.EvaluationPoint"/>), not at the parameters. No length of the run has to be known: use a constant rate, with
/// a warm-up if any (<see cref="Schedule.WithWarmUp"/>; the weights c then discount the first steps, as in the paper). It computes the new parameters itself, so that nothing may follow it in
/// a chain.
/// </remarks>
[Algorithm("Schedule-free SGD", "First-order", "Defazio, Yang, Mehta, Mishchenko, Khaled, Cutkosky (2024), The road less scheduled")]
public sealed record ScheduleFreeSgd : IUpdateRule<ScheduleFreeLane<double>, ScheduleFreeLane<float>>
{
    /// <summary>The step size. Default: 1, the authors' for SGD.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1.0;

    /// <summary>The share beta of the average in the point where gradients are taken. Default: 0.9.</summary>
    public double Momentum { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The L2 term lambda, at the point where gradients are taken. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public int ScalarCount => 1;

    /// <inheritdoc/>
    public int EvaluationSlot => 1;

    /// <inheritdoc/>
    public ScheduleFreeLane<double> Prepare(in StepContext<double> step) => new(step.Step, step.Rate(LearningRate), Momentum, WeightDecay, step.Scalars);

    /// <inheritdoc/>
    public ScheduleFreeLane<float> Prepare(in StepContext<float> step) => new(step.Step, step.Rate(LearningRate), Momentum, WeightDecay, step.Scalars);
}

/// <summary>The lane of <see cref="ScheduleFreeSgd"/>, and the averaging of <see cref="ScheduleFreeAdamW"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct ScheduleFreeLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _rate;
    private readonly T _weightDecay;
    private readonly T _share;
    private readonly T _momentum;
    private readonly T _rest;
    private readonly Flag _isFirst;

    internal ScheduleFreeLane(long step, double rate, double momentum, double weightDecay, Span<double> sumOfWeights)
    {
        double weight = rate * rate;
        sumOfWeights[0] += weight;
        _rate = Lanes.Of<T>(rate);
        _weightDecay = Lanes.Of<T>(rate * weightDecay);
        _share = Lanes.Of<T>(sumOfWeights[0] > 0 ? weight / sumOfWeights[0] : 1);
        _momentum = Lanes.Of<T>(momentum);
        _rest = Lanes.Of<T>(1 - momentum);
        _isFirst = step == 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes iterate = ref slots.Next();
        ref TLanes average = ref slots.Next();
        TLanes z = _isFirst ? parameter : iterate, x = _isFirst ? parameter : average;
        z -= (TLanes.All(_rate) * update) + (TLanes.All(_weightDecay) * parameter);
        x += TLanes.All(_share) * (z - x);
        iterate = z;
        average = x;
        return parameter - ((TLanes.All(_rest) * z) + (TLanes.All(_momentum) * x));
    }
}
