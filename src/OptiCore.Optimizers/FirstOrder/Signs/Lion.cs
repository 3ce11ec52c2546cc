using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Lion (evolved sign momentum):
/// <code>
/// u := rate (sign(beta1 m + (1 - beta1) g) + lambda x)
/// m := beta2 m + (1 - beta2) g
/// </code>
/// </summary>
/// <remarks>
/// One slot (m), half the state of Adam. Every element moves by the rate, so that the rate is to be 3 to 10 times smaller than AdamW's, and the decay as
/// many times larger. With a decay lambda it minimises under the constraint |x|_inf &lt;= 1 / lambda (<see cref="LionK"/>).
/// </remarks>
[Algorithm("Lion", "First-order", "Chen, Liang, Huang, Real, Wang, Liu, Pham, Dong, Luong, Hsieh, Lu, Le (2023), Symbolic discovery of optimization algorithms")]
public sealed record Lion : IUpdateRule<LionLane<double>, LionLane<float>>
{
    /// <summary>The step size. Default: 0.0001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-4;

    /// <summary>The weight of the memory in the direction. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of gradients. Default: 0.99.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>The decoupled decay lambda. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 1;

    /// <inheritdoc/>
    public LionLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public LionLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="Lion"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct LionLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _beta1;
    private readonly T _share1;
    private readonly T _beta2;
    private readonly T _share2;
    private readonly T _learningRate;
    private readonly T _weightDecay;
    private readonly Flag _decays;

    internal LionLane(Lion rule, in StepContext<T> step)
    {
        _beta1 = Lanes.Of<T>(rule.Beta1);
        _share1 = Lanes.Of<T>(1 - rule.Beta1);
        _beta2 = Lanes.Of<T>(rule.Beta2);
        _share2 = Lanes.Of<T>(1 - rule.Beta2);
        _learningRate = Lanes.Of<T>(step.Rate(rule.LearningRate));
        _weightDecay = Lanes.Of<T>(rule.WeightDecay);
        _decays = rule.WeightDecay > 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes m = ref slots.Next();
        TLanes direction = Lanes.Sign((TLanes.All(_beta1) * m) + (TLanes.All(_share1) * update));
        m = (TLanes.All(_beta2) * m) + (TLanes.All(_share2) * update);
        return TLanes.All(_learningRate) * (_decays ? direction + (TLanes.All(_weightDecay) * parameter) : direction);
    }
}
