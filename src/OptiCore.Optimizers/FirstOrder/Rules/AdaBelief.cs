using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// AdaBelief: Adam that divides by how far gradients are from their prediction. At step t = 1, 2, ...
/// <code>
/// m := beta1 m + (1 - beta1) g
/// s := beta2 s + (1 - beta2) (g - m)^2 + epsilon
/// u := rate ((m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon) + lambda x)
/// </code>
/// </summary>
/// <remarks>Two slots (m, s). Takes long steps where gradients are large but steady, where <see cref="AdamW"/> takes short ones.</remarks>
[Algorithm("AdaBelief", "First-order", "Zhuang, Tang, Ding, Tatikonda, Dvornek, Papademetris, Duncan (2020), AdaBelief optimizer: adapting stepsizes by the belief in observed gradients")]
public sealed record AdaBelief : IUpdateRule<AdaBeliefLane<double>, AdaBeliefLane<float>>
{
    /// <summary>The step size. Default: 0.001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-3;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of squared deviations. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the mean at every step and to the root. Default: 1e-16, as in the authors' package.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-16;

    /// <summary>The decoupled decay lambda. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public AdaBeliefLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public AdaBeliefLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="AdaBelief"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct AdaBeliefLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _beta1;
    private readonly T _share1;
    private readonly T _beta2;
    private readonly T _share2;
    private readonly T _stepSize;
    private readonly T _rootCorrection;
    private readonly T _epsilon;
    private readonly T _weightDecay;
    private readonly Flag _decays;

    internal AdaBeliefLane(AdaBelief rule, in StepContext<T> step)
    {
        long t = step.Step + 1;
        double rate = step.Rate(rule.LearningRate);
        _beta1 = Lanes.Of<T>(rule.Beta1);
        _share1 = Lanes.Of<T>(1 - rule.Beta1);
        _beta2 = Lanes.Of<T>(rule.Beta2);
        _share2 = Lanes.Of<T>(1 - rule.Beta2);
        _stepSize = Lanes.Of<T>(rate / Lanes.BiasCorrection(rule.Beta1, t));
        _rootCorrection = Lanes.Of<T>(1 / Math.Sqrt(Lanes.BiasCorrection(rule.Beta2, t)));
        _epsilon = Lanes.Of<T>(rule.Epsilon);
        _weightDecay = Lanes.Of<T>(rate * rule.WeightDecay);
        _decays = rule.WeightDecay > 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes mean = ref slots.Next();
        ref TLanes deviation = ref slots.Next();
        TLanes m = Lanes.Normal((TLanes.All(_beta1) * mean) + (TLanes.All(_share1) * update));
        TLanes surprise = update - m;
        TLanes s = (TLanes.All(_beta2) * deviation) + (TLanes.All(_share2) * (surprise * surprise)) + TLanes.All(_epsilon);
        mean = m;
        deviation = s;
        TLanes result = TLanes.All(_stepSize) * m / ((TLanes.Sqrt(s) * TLanes.All(_rootCorrection)) + TLanes.All(_epsilon));
        return _decays ? result + (TLanes.All(_weightDecay) * parameter) : result;
    }
}
