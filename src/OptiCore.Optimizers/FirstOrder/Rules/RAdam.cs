using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// RAdam: Adam that corrects the variance of its own step size. With g := g + lambda x and the moments of <see cref="Adam"/>, at step t = 1, 2, ...
/// <code>
/// rho_inf = 2 / (1 - beta2) - 1,   rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t)
/// if rho_t > 5:  r = sqrt((rho_t - 4)(rho_t - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_t))
///                u := rate r sqrt(1 - beta2^t) (m / (1 - beta1^t)) / (sqrt(v) + epsilon)
/// else           u := rate m / (1 - beta1^t)
/// </code>
/// </summary>
/// <remarks>Two slots (m, v). Makes a warm-up of the rate unnecessary in most cases. While rho_t is at most 5, its steps are plain momentum, unscaled: mind the rate.</remarks>
[Algorithm("RAdam", "First-order", "Liu, Jiang, He, Chen, Liu, Gao, Han (2020), On the variance of the adaptive learning rate and beyond")]
public sealed record RAdam : IUpdateRule<RAdamLane<double>, RAdamLane<float>>
{
    /// <summary>The step size. Default: 0.001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-3;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of squared gradients. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the root. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The L2 term lambda, added to the gradient. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public RAdamLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public RAdamLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="RAdam"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct RAdamLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _beta1;
    private readonly T _share1;
    private readonly T _beta2;
    private readonly T _share2;
    private readonly T _stepSize;
    private readonly T _epsilon;
    private readonly T _weightDecay;
    private readonly Flag _isAdaptive;
    private readonly Flag _decays;

    internal RAdamLane(RAdam rule, in StepContext<T> step)
    {
        long t = step.Step + 1;
        double correction2 = Lanes.BiasCorrection(rule.Beta2, t);
        double limit = (2 / (1 - rule.Beta2)) - 1;
        double rho = limit - (2 * t * Math.Pow(rule.Beta2, t) / correction2);
        double stepSize = step.Rate(rule.LearningRate) / Lanes.BiasCorrection(rule.Beta1, t);

        // 5 is the threshold of PyTorch and of the authors' own code; the paper's text has 4, at which the rectification is 0.
        _isAdaptive = rho > 5;
        if (_isAdaptive)
            stepSize *= Math.Sqrt(correction2) * Math.Sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho));
        _beta1 = Lanes.Of<T>(rule.Beta1);
        _share1 = Lanes.Of<T>(1 - rule.Beta1);
        _beta2 = Lanes.Of<T>(rule.Beta2);
        _share2 = Lanes.Of<T>(1 - rule.Beta2);
        _stepSize = Lanes.Of<T>(stepSize);
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
        ref TLanes second = ref slots.Next();
        TLanes m = Lanes.Normal((TLanes.All(_beta1) * first) + (TLanes.All(_share1) * g));
        TLanes v = Lanes.Normal((TLanes.All(_beta2) * second) + (TLanes.All(_share2) * (g * g)));
        first = m;
        second = v;
        TLanes result = TLanes.All(_stepSize) * m;
        return _isAdaptive ? result / (TLanes.Sqrt(v) + TLanes.All(_epsilon)) : result;
    }
}
