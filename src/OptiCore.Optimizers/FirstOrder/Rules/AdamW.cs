using System.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Adam with decoupled weight decay: u := u_Adam + rate lambda x, where u_Adam is the update of <see cref="Adam"/> for the gradient without an L2 term.
/// </summary>
/// <remarks>
/// Every parameter shrinks by the factor 1 - rate(k) lambda a step, whatever its gradients: the usual choice for networks. Slots as in <see cref="Adam"/>.
/// </remarks>
[Algorithm("AdamW", "First-order", "Loshchilov, Hutter (2019), Decoupled weight decay regularization")]
public sealed record AdamW : IUpdateRule<AdamLane<double>, AdamLane<float>>
{
    /// <summary>The step size. Default: 0.001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-3;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of squared gradients. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the root, so that small gradients don't divide by zero. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The decay lambda. Default: 0.01.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); } = 0.01;

    /// <summary>AMSGrad: divides by the root of the largest v so far. Default: false.</summary>
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    public int SlotCount => AmsGrad ? 3 : 2;

    /// <inheritdoc/>
    public AdamLane<double> Prepare(in StepContext<double> step) => Lane(in step);

    /// <inheritdoc/>
    public AdamLane<float> Prepare(in StepContext<float> step) => Lane(in step);

    private AdamLane<T> Lane<T>(in StepContext<T> step) where T : unmanaged, IFloatingPointIeee754<T> =>
        new(step.Step, step.Rate(LearningRate), Beta1, Beta2, Epsilon, AmsGrad, coupledDecay: 0, decoupledDecay: WeightDecay);
}
