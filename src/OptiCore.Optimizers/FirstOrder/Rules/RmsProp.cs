using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// RMSprop: divides by the root of an exponential mean of squared gradients. With g := g + lambda x,
/// <code>
/// s := alpha s + (1 - alpha) g^2
/// a := alpha a + (1 - alpha) g             (centred only)
/// d := g / (sqrt(s) + epsilon)             or, centred, g / (sqrt(s - a^2) + epsilon)
/// b := mu b + d                            (with momentum only)
/// u := rate d                              or, with momentum, rate b
/// </code>
/// </summary>
/// <remarks>
/// One slot (s), then a if centred, then b with momentum. The variance s - a^2 is taken as 0 where rounding makes it negative. For non-stationary, noisy objectives;
/// <see cref="Adam"/> corrects the bias of the first steps.
/// </remarks>
[Algorithm("RMSprop", "First-order", "Tieleman, Hinton (2012), Lecture 6.5: divide the gradient by a running average of its recent magnitude; centred: Graves (2013), Generating sequences with recurrent neural networks")]
public sealed record RmsProp : IUpdateRule<RmsPropLane<double>, RmsPropLane<float>>
{
    /// <summary>The step size. Default: 0.01.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-2;

    /// <summary>The memory alpha of the means. Default: 0.99.</summary>
    public double Alpha { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>Added to the root. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The factor mu of the momentum buffer. Default: 0.</summary>
    public double Momentum { get; init => field = Require.NonNegative(value); }

    /// <summary>Divides by the standard deviation instead of the root mean square. Default: false.</summary>
    public bool Centered { get; init; }

    /// <summary>The L2 term lambda, added to the gradient. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 1 + (Centered ? 1 : 0) + (Momentum > 0 ? 1 : 0);

    /// <inheritdoc/>
    public RmsPropLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public RmsPropLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="RmsProp"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct RmsPropLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _learningRate;
    private readonly T _alpha;
    private readonly T _share;
    private readonly T _epsilon;
    private readonly T _momentum;
    private readonly T _weightDecay;
    private readonly Flag _isCentered;
    private readonly Flag _hasMomentum;
    private readonly Flag _decays;

    internal RmsPropLane(RmsProp rule, in StepContext<T> step)
    {
        _learningRate = Lanes.Of<T>(step.Rate(rule.LearningRate));
        _alpha = Lanes.Of<T>(rule.Alpha);
        _share = Lanes.Of<T>(1 - rule.Alpha);
        _epsilon = Lanes.Of<T>(rule.Epsilon);
        _momentum = Lanes.Of<T>(rule.Momentum);
        _weightDecay = Lanes.Of<T>(rule.WeightDecay);
        _isCentered = rule.Centered;
        _hasMomentum = rule.Momentum > 0;
        _decays = rule.WeightDecay > 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        TLanes g = _decays ? update + (TLanes.All(_weightDecay) * parameter) : update;
        ref TLanes squares = ref slots.Next();
        TLanes s = Lanes.Normal((TLanes.All(_alpha) * squares) + (TLanes.All(_share) * (g * g)));
        squares = s;
        if (_isCentered)
        {
            ref TLanes mean = ref slots.Next();
            TLanes a = Lanes.Normal((TLanes.All(_alpha) * mean) + (TLanes.All(_share) * g));
            mean = a;
            s = Lanes.Larger(default, s - (a * a));
        }

        TLanes direction = g / (TLanes.Sqrt(s) + TLanes.All(_epsilon));
        if (_hasMomentum)
        {
            ref TLanes buffer = ref slots.Next();
            direction = Lanes.Normal((TLanes.All(_momentum) * buffer) + direction);
            buffer = direction;
        }

        return TLanes.All(_learningRate) * direction;
    }
}
