using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Yogi: Adam whose second moment changes by additions of controlled size.
/// <code>
/// m := beta1 m + (1 - beta1) g
/// v := v - (1 - beta2) sign(v - g^2) g^2
/// u := rate m / (sqrt(v) + epsilon)
/// </code>
/// </summary>
/// <remarks>
/// Two slots (m, v), as in the paper without bias corrections. v can't fall quickly, so that the effective rate doesn't jump where <see cref="Adam"/> forgets rare large
/// gradients.
/// </remarks>
[Algorithm("Yogi", "First-order", "Zaheer, Reddi, Sachan, Kale, Kumar (2018), Adaptive methods for nonconvex optimization")]
public sealed record Yogi : IUpdateRule<YogiLane<double>, YogiLane<float>>
{
    /// <summary>The step size. Default: 0.01.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-2;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>One minus the share of a squared gradient in v. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the root. Default: 0.001.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>Where v begins. Default: 1e-6.</summary>
    public double InitialAccumulator { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public double InitialValue(int slot) => slot == 1 ? InitialAccumulator : 0;

    /// <inheritdoc/>
    public YogiLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public YogiLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="Yogi"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct YogiLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _learningRate;
    private readonly T _beta1;
    private readonly T _share1;
    private readonly T _share2;
    private readonly T _epsilon;

    internal YogiLane(Yogi rule, in StepContext<T> step)
    {
        _learningRate = Lanes.Of<T>(step.Rate(rule.LearningRate));
        _beta1 = Lanes.Of<T>(rule.Beta1);
        _share1 = Lanes.Of<T>(1 - rule.Beta1);
        _share2 = Lanes.Of<T>(1 - rule.Beta2);
        _epsilon = Lanes.Of<T>(rule.Epsilon);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes first = ref slots.Next();
        ref TLanes second = ref slots.Next();
        TLanes m = Lanes.Normal((TLanes.All(_beta1) * first) + (TLanes.All(_share1) * update));
        TLanes square = update * update;
        TLanes v = second - (TLanes.All(_share2) * Lanes.Sign(second - square) * square);
        first = m;
        second = v;
        return TLanes.All(_learningRate) * m / (TLanes.Sqrt(v) + TLanes.All(_epsilon));
    }
}
