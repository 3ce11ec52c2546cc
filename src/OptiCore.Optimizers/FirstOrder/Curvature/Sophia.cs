using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Sophia: momentum divided by an average of curvature estimates, clipped element by element:
/// <code>
/// m := beta1 m + (1 - beta1) g
/// u := rate (clip(m / max(rho h, epsilon), -1, 1) + lambda x)
/// h := beta2 h + (1 - beta2) estimate              when one is reported
/// </code>
/// </summary>
/// <remarks>
/// Two slots (m, h). Estimates of the Hessian's diagonal come from outside every ten steps or so: <see cref="RuleState{T}.ReportCurvature"/> with one of <see cref="CurvatureEstimate"/>, or
/// <see cref="CurvatureFirstOrder"/>, which asks for products with the Hessian. Without a report, and where the curvature is negative, it is the sign of m: every element moves by the rate at most. rho is to be chosen so that a tenth to a half of the
/// elements isn't clipped; 0.01 is the paper's for Hutchinson's estimate, 0.05 for that of Gauss, Newton and Bartlett.
/// </remarks>
[Algorithm("Sophia", "First-order", "Liu, Li, Hall, Liang, Ma (2024), Sophia: a scalable stochastic second-order optimizer for language model pre-training", Capabilities = "curvature estimates")]
public sealed record Sophia : IUpdateRule<SophiaLane<double>, SophiaLane<float>>
{
    /// <summary>The step size. Default: 0.0001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-4;

    /// <summary>The memory of the mean of gradients. Default: 0.96.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.96;

    /// <summary>The memory of the mean of curvature estimates, a report at a time. Default: 0.99.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>The factor of the curvature, the paper's gamma. Default: 0.01.</summary>
    public double Rho { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>The smallest divisor. Default: 1e-12.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-12;

    /// <summary>The decoupled decay lambda. Default: 0.2, the paper's.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); } = 0.2;

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public int CurvatureSlot => 1;

    /// <inheritdoc/>
    public double CurvatureMemory => Beta2;

    /// <inheritdoc/>
    public SophiaLane<double> Prepare(in StepContext<double> step) => new(this, in step);

    /// <inheritdoc/>
    public SophiaLane<float> Prepare(in StepContext<float> step) => new(this, in step);
}

/// <summary>The lane of <see cref="Sophia"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct SophiaLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _beta1;
    private readonly T _share1;
    private readonly T _rho;
    private readonly T _epsilon;
    private readonly T _learningRate;
    private readonly T _weightDecay;

    internal SophiaLane(Sophia rule, in StepContext<T> step)
    {
        _beta1 = Lanes.Of<T>(rule.Beta1);
        _share1 = Lanes.Of<T>(1 - rule.Beta1);
        _rho = Lanes.Of<T>(rule.Rho);
        _epsilon = Lanes.Of<T>(rule.Epsilon);
        _learningRate = Lanes.Of<T>(step.Rate(rule.LearningRate));
        _weightDecay = Lanes.Of<T>(rule.WeightDecay);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes mean = ref slots.Next();
        ref TLanes curvature = ref slots.Next();
        TLanes m = (TLanes.All(_beta1) * mean) + (TLanes.All(_share1) * update);
        mean = m;
        TLanes ratio = m / Lanes.Larger(TLanes.All(_rho) * curvature, TLanes.All(_epsilon));
        return TLanes.All(_learningRate) * (Lanes.Smaller(TLanes.Constant(1), Lanes.Larger(TLanes.Constant(-1), ratio)) + (TLanes.All(_weightDecay) * parameter));
    }
}
