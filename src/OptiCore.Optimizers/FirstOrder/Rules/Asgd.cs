using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Averaged stochastic gradient descent, in PyTorch's form. With g := g + lambda x, at step k = 0, 1, ...
/// <code>
/// eta := rate / (1 + decay rate k)^alpha
/// x := x - eta (g + decay x)
/// a := a + (x - a) / max(1, k - t0)
/// </code>
/// </summary>
/// <remarks>
/// One slot: the average a of the parameters, which is the method's answer (<see cref="RuleState{T}.Slot"/>). It follows x for the first t0 steps. As it computes the new
/// parameters itself, nothing may follow it in a chain.
/// </remarks>
[Algorithm("ASGD", "First-order", "Polyak, Juditsky (1992), Acceleration of stochastic approximation by averaging; Xu (2011), Towards optimal one pass large scale learning with averaged stochastic gradient descent")]
public sealed record Asgd : IUpdateRule<AsgdLane<double>, AsgdLane<float>>
{
    /// <summary>The first step size. Default: 0.01.</summary>
    public double LearningRate { get; init => field = Require.NonNegative(value); } = 1e-2;

    /// <summary>The decay of parameters and step size (PyTorch's lambd). Default: 0.0001.</summary>
    public double Decay { get; init => field = Require.NonNegative(value); } = 1e-4;

    /// <summary>The exponent alpha of the step size. Default: 0.75.</summary>
    public double Alpha { get; init => field = Require.NonNegative(value); } = 0.75;

    /// <summary>The step t0 after which averaging begins. Default: 1,000,000.</summary>
    public double AveragingStart { get; init => field = Require.NonNegative(value); } = 1e6;

    /// <summary>The L2 term lambda, added to the gradient. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 1;

    /// <inheritdoc/>
    public int EvaluationSlot => 0;

    /// <inheritdoc/>
    public AsgdLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public AsgdLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="Asgd"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct AsgdLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _stepSize;
    private readonly T _decay;
    private readonly T _share;
    private readonly T _weightDecay;
    private readonly Flag _averages;
    private readonly Flag _decays;

    internal AsgdLane(Asgd rule, in StepContext<T> step)
    {
        double share = 1 / Math.Max(1, step.Step - rule.AveragingStart);
        _stepSize = Lanes.Of<T>(step.RateScale * rule.LearningRate / Math.Pow(1 + (rule.Decay * rule.LearningRate * step.Step), rule.Alpha));
        _decay = Lanes.Of<T>(rule.Decay);
        _share = Lanes.Of<T>(share);
        _weightDecay = Lanes.Of<T>(rule.WeightDecay);
        _averages = share < 1;
        _decays = rule.WeightDecay > 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        TLanes g = _decays ? update + (TLanes.All(_weightDecay) * parameter) : update;
        TLanes result = TLanes.All(_stepSize) * (g + (TLanes.All(_decay) * parameter));
        ref TLanes average = ref slots.Next();
        TLanes x = parameter - result;
        average = _averages ? average + ((x - average) * TLanes.All(_share)) : x;
        return result;
    }
}
