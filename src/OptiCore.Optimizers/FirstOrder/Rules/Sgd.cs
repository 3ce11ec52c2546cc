using System.Numerics;
using System.Runtime.CompilerServices;

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
    private readonly Vector<T> _learningRate;
    private readonly Vector<T> _momentum;
    private readonly Vector<T> _share;
    private readonly Vector<T> _weightDecay;
    private readonly bool _hasMomentum;
    private readonly bool _isNesterov;
    private readonly bool _decays;

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
    public Vector<T> Apply(Vector<T> update, Vector<T> parameter, ref SlotCursor<T> slots)
    {
        Vector<T> g = _decays ? update + (_weightDecay * parameter) : update;
        if (!_hasMomentum)
            return _learningRate * g;
        ref Vector<T> buffer = ref slots.Next();
        Vector<T> b = Lanes.Normal((_momentum * buffer) + (_share * g));
        buffer = b;
        return _learningRate * (_isNesterov ? g + (_momentum * b) : b);
    }
}
