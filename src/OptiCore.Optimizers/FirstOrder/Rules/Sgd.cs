using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Stochastic gradient descent with momentum, in PyTorch's form. With g := g + lambda x,
/// <code>
/// b := mu b + (1 - tau) g        (at the first step b := g)
/// u := rate b                    or, with Nesterov's momentum, rate (g + mu b)
/// </code>
/// </summary>
/// <remarks>
/// One slot (b), none without momentum. The learning rate multiplies the buffer, not the gradient in it, so that a change of the rate acts at once. The method of choice where
/// curvature is even and the rate can be tuned; <see cref="Adam"/> where it can't.
/// </remarks>
[Algorithm("SGD", "First-order", "Sutskever, Martens, Dahl, Hinton (2013), On the importance of initialization and momentum in deep learning")]
public sealed record Sgd : IUpdateRule<SgdLane<double>, SgdLane<float>>
{
    /// <summary>The step size. Default: 0.001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-3;

    /// <summary>The factor mu of the buffer. Default: 0, plain gradient descent.</summary>
    public double Momentum { get; init => field = Require.NonNegative(value); }

    /// <summary>What is taken off the gradient before it enters the buffer, tau. Default: 0. Ignored without momentum.</summary>
    public double Dampening { get; init => field = Require.Finite(value); }

    /// <summary>Looks one step ahead along the buffer. Default: false. Changes nothing without momentum.</summary>
    public bool Nesterov { get; init; }

    /// <summary>The L2 term lambda, added to the gradient. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => Momentum > 0 ? 1 : 0;

    /// <inheritdoc/>
    public SgdLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public SgdLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="Sgd"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct SgdLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _learningRate;
    private readonly T _momentum;
    private readonly T _share;
    private readonly T _weightDecay;
    private readonly Flag _hasMomentum;
    private readonly Flag _isNesterov;
    private readonly Flag _decays;

    internal SgdLane(Sgd rule, in StepContext<T> step)
    {
        _learningRate = Lanes.Of<T>(step.Rate(rule.LearningRate));
        _momentum = Lanes.Of<T>(rule.Momentum);
        _share = Lanes.Of<T>(step.Step == 0 ? 1 : 1 - rule.Dampening);
        _weightDecay = Lanes.Of<T>(rule.WeightDecay);
        _hasMomentum = rule.Momentum > 0;
        _isNesterov = rule.Nesterov;
        _decays = rule.WeightDecay > 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        TLanes g = _decays ? update + (TLanes.All(_weightDecay) * parameter) : update;
        if (!_hasMomentum)
            return TLanes.All(_learningRate) * g;
        ref TLanes buffer = ref slots.Next();
        TLanes b = Lanes.Normal((TLanes.All(_momentum) * buffer) + (TLanes.All(_share) * g));
        buffer = b;
        return TLanes.All(_learningRate) * (_isNesterov ? g + (TLanes.All(_momentum) * b) : b);
    }
}
