using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>Limits every element of the update: u_i := min(max(u_i, -c), c).</summary>
/// <remarks>
/// Changes the direction; <see cref="ClipByNorm"/> doesn't. Use it against single exploding components. No state; NaN stays NaN.
/// </remarks>
[Algorithm("Clipping by value", "First-order", "Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks")]
public sealed record ClipByValue : IUpdateRule<ClipByValueLane<double>, ClipByValueLane<float>>
{
    /// <summary>Clips to the interval [-<paramref name="limit"/>, <paramref name="limit"/>].</summary>
    /// <param name="limit">The limit c, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive and finite.</exception>
    public ClipByValue(double limit) => Limit = limit;

    /// <summary>The limit c, positive.</summary>
    public double Limit { get; init => field = Require.Positive(value); }

    /// <inheritdoc/>
    public ClipByValueLane<double> Prepare(in StepContext<double> step) => new(Limit);

    /// <inheritdoc/>
    public ClipByValueLane<float> Prepare(in StepContext<float> step) => new(Limit);
}

/// <summary>The lane of <see cref="ClipByValue"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct ClipByValueLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _lower;
    private readonly T _upper;

    internal ClipByValueLane(double limit)
    {
        _lower = Lanes.Of<T>(-limit);
        _upper = Lanes.Of<T>(limit);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct =>
        Lanes.Smaller(TLanes.All(_upper), Lanes.Larger(TLanes.All(_lower), update));
}
