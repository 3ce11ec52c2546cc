using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Adagrad: divides by the root of the sum of all squared gradients. With g := g + lambda x, at step k = 0, 1, ...
/// <code>
/// s := s + g^2
/// u := rate / (1 + k decay) g / (sqrt(s) + epsilon)
/// </code>
/// </summary>
/// <remarks>One slot (s). For sparse gradients and convex problems; its steps shrink for ever, where <see cref="RmsProp"/> forgets.</remarks>
[Algorithm("Adagrad", "First-order", "Duchi, Hazan, Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization")]
public sealed record Adagrad : IUpdateRule<AdagradLane<double>, AdagradLane<float>>
{
    /// <summary>The step size. Default: 0.01.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-2;

    /// <summary>The additional decay of the rate, 1 / (1 + k decay). Default: 0.</summary>
    public double LearningRateDecay { get; init => field = Require.NonNegative(value); }

    /// <summary>Where the sums begin. Default: 0.</summary>
    public double InitialAccumulator { get; init => field = Require.NonNegative(value); }

    /// <summary>Added to the root. Default: 1e-10.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>The L2 term lambda, added to the gradient. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 1;

    /// <inheritdoc/>
    public double InitialValue(int slot) => InitialAccumulator;

    /// <inheritdoc/>
    public AdagradLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public AdagradLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="Adagrad"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct AdagradLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _stepSize;
    private readonly T _epsilon;
    private readonly T _weightDecay;
    private readonly Flag _decays;

    internal AdagradLane(Adagrad rule, in StepContext<T> step)
    {
        _stepSize = Lanes.Of<T>(step.Rate(rule.LearningRate) / (1 + (step.Step * rule.LearningRateDecay)));
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
        ref TLanes sum = ref slots.Next();
        TLanes s = sum + (g * g);
        sum = s;
        return TLanes.All(_stepSize) * g / (TLanes.Sqrt(s) + TLanes.All(_epsilon));
    }
}
