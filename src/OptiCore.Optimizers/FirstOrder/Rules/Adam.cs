using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Adam: adaptive moment estimation. With g := g + lambda x, at step t = 1, 2, ...
/// <code>
/// m := beta1 m + (1 - beta1) g
/// v := beta2 v + (1 - beta2) g^2
/// u := rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
/// </code>
/// </summary>
/// <remarks>
/// Two slots (m, v), three with AMSGrad (m, v, the largest v); moments below the smallest normal number are kept as 0. The weight decay is the coupled L2 term of the original, which the preconditioner distorts:
/// prefer <see cref="AdamW"/> for regularisation.
/// </remarks>
[Algorithm("Adam", "First-order", "Kingma, Ba (2015), Adam: a method for stochastic optimization; AMSGrad: Reddi, Kale, Kumar (2018), On the convergence of Adam and beyond")]
public sealed record Adam : IUpdateRule<AdamLane<double>, AdamLane<float>>
{
    /// <summary>The step size. Default: 0.001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-3;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of squared gradients. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the root, so that small gradients don't divide by zero. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The L2 term lambda, added to the gradient. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <summary>AMSGrad: divides by the root of the largest v so far. Default: false.</summary>
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    public int SlotCount => AmsGrad ? 3 : 2;

    /// <inheritdoc/>
    public AdamLane<double> Prepare(in StepContext<double> step) => Lane(in step);

    /// <inheritdoc/>
    public AdamLane<float> Prepare(in StepContext<float> step) => Lane(in step);

    private AdamLane<T> Lane<T>(in StepContext<T> step) where T : unmanaged, IFloatingPointIeee754<T> =>
        new(step.Step, step.Rate(LearningRate), Beta1, Beta2, Epsilon, AmsGrad, coupledDecay: WeightDecay, decoupledDecay: 0);
}

/// <summary>The lane of <see cref="Adam"/>, <see cref="AdamW"/> and <see cref="ScaleByAdam"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct AdamLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _beta1;
    private readonly T _share1;
    private readonly T _beta2;
    private readonly T _share2;
    private readonly T _stepSize;
    private readonly T _rootCorrection;
    private readonly T _epsilon;
    private readonly T _coupledDecay;
    private readonly T _decoupledDecay;
    private readonly Flag _isAmsGrad;
    private readonly Flag _hasCoupledDecay;
    private readonly Flag _hasDecoupledDecay;

    internal AdamLane(long step, double learningRate, double beta1, double beta2, double epsilon, bool amsGrad, double coupledDecay, double decoupledDecay)
    {
        _beta1 = Lanes.Of<T>(beta1);
        _share1 = Lanes.Of<T>(1 - beta1);
        _beta2 = Lanes.Of<T>(beta2);
        _share2 = Lanes.Of<T>(1 - beta2);

        // The corrections are folded into two constants: sqrt(v / c2) = sqrt(v) / sqrt(c2) and rate (m / c1) = (rate / c1) m.
        _stepSize = Lanes.Of<T>(learningRate / Lanes.BiasCorrection(beta1, step + 1));
        _rootCorrection = Lanes.Of<T>(1 / Math.Sqrt(Lanes.BiasCorrection(beta2, step + 1)));
        _epsilon = Lanes.Of<T>(epsilon);
        _coupledDecay = Lanes.Of<T>(coupledDecay);
        _decoupledDecay = Lanes.Of<T>(learningRate * decoupledDecay);
        _isAmsGrad = amsGrad;
        _hasCoupledDecay = coupledDecay > 0;
        _hasDecoupledDecay = decoupledDecay > 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        TLanes g = _hasCoupledDecay ? update + (TLanes.All(_coupledDecay) * parameter) : update;
        ref TLanes first = ref slots.Next();
        ref TLanes second = ref slots.Next();
        TLanes m = Lanes.Normal((TLanes.All(_beta1) * first) + (TLanes.All(_share1) * g));
        TLanes v = Lanes.Normal((TLanes.All(_beta2) * second) + (TLanes.All(_share2) * (g * g)));
        first = m;
        second = v;
        if (_isAmsGrad)
        {
            ref TLanes largest = ref slots.Next();
            v = Lanes.Larger(largest, v);
            largest = v;
        }

        TLanes result = TLanes.All(_stepSize) * m / ((TLanes.Sqrt(v) * TLanes.All(_rootCorrection)) + TLanes.All(_epsilon));
        return _hasDecoupledDecay ? result + (TLanes.All(_decoupledDecay) * parameter) : result;
    }
}
