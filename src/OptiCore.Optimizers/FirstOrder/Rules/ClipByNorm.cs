using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>Limits the Euclidean norm of the whole update: u := u min(1, c / |u|). The direction stays.</summary>
/// <remarks>
/// At the beginning of a chain it costs one more reading of the gradient; after other rules the update is written to memory before it. No state.
/// An update with NaN or infinity becomes NaN where it was not finite, and 0 elsewhere if it has an infinity; an update within the limit keeps its bits.
/// </remarks>
[Algorithm("Clipping by norm", "First-order", "Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks")]
public sealed record ClipByNorm : IUpdateRule<ScaleLane<double>, ScaleLane<float>>
{
    /// <summary>Clips to the ball of radius <paramref name="limit"/>.</summary>
    /// <param name="limit">The radius c, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive and finite.</exception>
    public ClipByNorm(double limit) => Limit = limit;

    /// <summary>The radius c, positive.</summary>
    public double Limit { get; init => field = Require.Positive(value); }

    /// <inheritdoc/>
    public bool NeedsUpdateNorm => true;

    /// <inheritdoc/>
    public ScaleLane<double> Prepare(in StepContext<double> step) => new(Factor(step.UpdateNorm));

    /// <inheritdoc/>
    public ScaleLane<float> Prepare(in StepContext<float> step) => new(Factor(step.UpdateNorm));

    private double Factor(double norm) => norm > Limit ? Limit / norm : 1;
}

/// <summary>The lane of rules that multiply the update by a number.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct ScaleLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _factor;

    internal ScaleLane(double factor) => _factor = Lanes.Of<T>(factor);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct =>
        update * TLanes.All(_factor);
}
