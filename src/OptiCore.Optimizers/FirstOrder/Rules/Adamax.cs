using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Adamax: Adam with the infinity norm. With g := g + lambda x, at step t = 1, 2, ...
/// <code>
/// m := beta1 m + (1 - beta1) g
/// n := max(beta2 n, |g| + epsilon)
/// u := rate / (1 - beta1^t) m / n
/// </code>
/// </summary>
/// <remarks>Two slots (m, n). Less sensitive to rare large gradients than <see cref="Adam"/>, as n decays without squaring them.</remarks>
[Algorithm("Adamax", "First-order", "Kingma, Ba (2015), Adam: a method for stochastic optimization")]
public sealed record Adamax : IUpdateRule<AdamaxLane<double>, AdamaxLane<float>>
{
    /// <summary>The step size. Default: 0.002.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 2e-3;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The decay of the largest gradient. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the magnitude of each gradient. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The L2 term lambda, added to the gradient. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public AdamaxLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public AdamaxLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="Adamax"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct AdamaxLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _stepSize;
    private readonly T _beta1;
    private readonly T _share1;
    private readonly T _beta2;
    private readonly T _epsilon;
    private readonly T _weightDecay;
    private readonly Flag _decays;

    internal AdamaxLane(Adamax rule, in StepContext<T> step)
    {
        _stepSize = Lanes.Of<T>(step.Rate(rule.LearningRate) / Lanes.BiasCorrection(rule.Beta1, step.Step + 1));
        _beta1 = Lanes.Of<T>(rule.Beta1);
        _share1 = Lanes.Of<T>(1 - rule.Beta1);
        _beta2 = Lanes.Of<T>(rule.Beta2);
        _epsilon = Lanes.Of<T>(rule.Epsilon);
        _weightDecay = Lanes.Of<T>(rule.WeightDecay);
        _decays = rule.WeightDecay > 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        TLanes g = _decays ? update + (TLanes.All(_weightDecay) * parameter) : update;
        ref TLanes first = ref slots.Next();
        ref TLanes largest = ref slots.Next();
        TLanes m = Lanes.Normal((TLanes.All(_beta1) * first) + (TLanes.All(_share1) * g));
        TLanes n = Lanes.Larger(TLanes.All(_beta2) * largest, TLanes.Abs(g) + TLanes.All(_epsilon));
        first = m;
        largest = n;
        return TLanes.All(_stepSize) * m / n;
    }
}
