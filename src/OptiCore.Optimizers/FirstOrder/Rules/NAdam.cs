using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// NAdam: Adam with Nesterov's momentum and a momentum schedule. With g := g + lambda x, at step t = 1, 2, ...
/// <code>
/// mu_t := beta1 (1 - 0.96^(t psi) / 2)
/// m := beta1 m + (1 - beta1) g
/// v := beta2 v + (1 - beta2) g^2
/// w := mu_(t+1) m / (1 - mu_1 ... mu_(t+1)) + (1 - mu_t) g / (1 - mu_1 ... mu_t)
/// u := rate w / (sqrt(v / (1 - beta2^t)) + epsilon)
/// </code>
/// </summary>
/// <remarks>Two slots (m, v) and one number, the product of the mu. Often a little faster than <see cref="Adam"/> at the same cost.</remarks>
[Algorithm("NAdam", "First-order", "Dozat (2016), Incorporating Nesterov momentum into Adam")]
public sealed record NAdam : IUpdateRule<NAdamLane<double>, NAdamLane<float>>
{
    /// <summary>The step size. Default: 0.002.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 2e-3;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of squared gradients. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the root. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The speed psi of the momentum schedule. Default: 0.004.</summary>
    public double MomentumDecay { get; init => field = Require.NonNegative(value); } = 4e-3;

    /// <summary>The L2 term lambda, added to the gradient. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public int ScalarCount => 1;

    /// <inheritdoc/>
    public NAdamLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public NAdamLane<float> Prepare(in StepContext<float> step) => new(this, in step);

    /// <summary>The momentum of step t = 1, 2, ...; 0.96 is the paper's constant.</summary>
    internal double MomentumAt(long t) => Beta1 * (1 - (0.5 * Math.Pow(0.96, t * MomentumDecay)));
}

/// <summary>The lane of <see cref="NAdam"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct NAdamLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _beta1;
    private readonly T _share1;
    private readonly T _beta2;
    private readonly T _share2;
    private readonly T _gradientStep;
    private readonly T _momentStep;
    private readonly T _rootCorrection;
    private readonly T _epsilon;
    private readonly T _weightDecay;
    private readonly Flag _decays;

    internal NAdamLane(NAdam rule, in StepContext<T> step)
    {
        long t = step.Step + 1;
        double rate = step.Rate(rule.LearningRate);
        double momentum = rule.MomentumAt(t), nextMomentum = rule.MomentumAt(t + 1);
        ref double momentumProduct = ref step.Scalars[0];
        momentumProduct = (step.Step == 0 ? 1 : momentumProduct) * momentum;
        _beta1 = Lanes.Of<T>(rule.Beta1);
        _share1 = Lanes.Of<T>(1 - rule.Beta1);
        _beta2 = Lanes.Of<T>(rule.Beta2);
        _share2 = Lanes.Of<T>(1 - rule.Beta2);
        _gradientStep = Lanes.Of<T>(rate * (1 - momentum) / (1 - momentumProduct));
        _momentStep = Lanes.Of<T>(rate * nextMomentum / (1 - (momentumProduct * nextMomentum)));
        _rootCorrection = Lanes.Of<T>(1 / Math.Sqrt(Lanes.BiasCorrection(rule.Beta2, t)));
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
        return ((TLanes.All(_gradientStep) * g) + (TLanes.All(_momentStep) * m)) / ((TLanes.Sqrt(v) * TLanes.All(_rootCorrection)) + TLanes.All(_epsilon));
    }
}
