using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Adadelta: the ratio of the root mean squares of past updates and gradients replaces the step size. With g := g + lambda x,
/// <code>
/// s := rho s + (1 - rho) g^2
/// d := sqrt(a + epsilon) / sqrt(s + epsilon) g
/// a := rho a + (1 - rho) d^2
/// u := rate d
/// </code>
/// </summary>
/// <remarks>Two slots (s, a). Needs no rate to be tuned, but starts slowly: the first steps have the size of sqrt(epsilon).</remarks>
[Algorithm("Adadelta", "First-order", "Zeiler (2012), ADADELTA: an adaptive learning rate method")]
public sealed record Adadelta : IUpdateRule<AdadeltaLane<double>, AdadeltaLane<float>>
{
    /// <summary>The factor of the update. Default: 1, as in the paper.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1.0;

    /// <summary>The memory of both means. Default: 0.9.</summary>
    public double Rho { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>Added under both roots. Default: 1e-6.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>The L2 term lambda, added to the gradient. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public AdadeltaLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public AdadeltaLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="Adadelta"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct AdadeltaLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _learningRate;
    private readonly T _rho;
    private readonly T _share;
    private readonly T _epsilon;
    private readonly T _weightDecay;
    private readonly Flag _decays;

    internal AdadeltaLane(Adadelta rule, in StepContext<T> step)
    {
        _learningRate = Lanes.Of<T>(step.Rate(rule.LearningRate));
        _rho = Lanes.Of<T>(rule.Rho);
        _share = Lanes.Of<T>(1 - rule.Rho);
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
        ref TLanes gradients = ref slots.Next();
        ref TLanes updates = ref slots.Next();
        TLanes s = (TLanes.All(_rho) * gradients) + (TLanes.All(_share) * (g * g));
        TLanes d = TLanes.Sqrt(updates + TLanes.All(_epsilon)) / TLanes.Sqrt(s + TLanes.All(_epsilon)) * g;
        gradients = s;
        updates = (TLanes.All(_rho) * updates) + (TLanes.All(_share) * (d * d));
        return TLanes.All(_learningRate) * d;
    }
}
