using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>Adds a multiple of the parameters to the update: u := u + lambda x.</summary>
/// <remarks>
/// Its place in the chain decides what it is: before a preconditioner it is L2 regularisation (the gradient of lambda/2 |x|^2), after it and before the learning
/// rate it is the decoupled weight decay of AdamW, which shrinks all parameters at the same rate. No state.
/// </remarks>
[Algorithm("Weight decay", "First-order", "Loshchilov, Hutter (2019), Decoupled weight decay regularization")]
public sealed record AddDecayedWeights : IUpdateRule<AddDecayedWeightsLane<double>, AddDecayedWeightsLane<float>>
{
    /// <summary>Adds <paramref name="weightDecay"/> times the parameters.</summary>
    /// <param name="weightDecay">The factor lambda, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is negative or not finite.</exception>
    public AddDecayedWeights(double weightDecay) => WeightDecay = weightDecay;

    /// <summary>The factor lambda, at least 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public AddDecayedWeightsLane<double> Prepare(in StepContext<double> step) => new(WeightDecay);

    /// <inheritdoc/>
    public AddDecayedWeightsLane<float> Prepare(in StepContext<float> step) => new(WeightDecay);
}

/// <summary>The lane of <see cref="AddDecayedWeights"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct AddDecayedWeightsLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _weightDecay;

    internal AddDecayedWeightsLane(double weightDecay) => _weightDecay = Lanes.Of<T>(weightDecay);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct =>
        update + (TLanes.All(_weightDecay) * parameter);
}
