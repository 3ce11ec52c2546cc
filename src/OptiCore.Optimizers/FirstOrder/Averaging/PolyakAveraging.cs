using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Polyak-Ruppert averaging of the parameters, the last part of a chain: <c>new Sgd { ... }.Then(new PolyakAveraging())</c>. With x the parameters after the chain's t-th step
/// since averaging began,
/// <code>
/// a := a + (1 + gamma) / (t + gamma) (x - a)
/// </code>
/// </summary>
/// <remarks>
/// One slot, the average a, which is the point to evaluate; before averaging begins it follows x. With gamma = 0 every iterate has the same weight; a positive gamma gives
/// the t-th one a weight that grows as t^gamma (Shamir and Zhang), which forgets the start and suits <see cref="DistanceOverGradients"/> with gamma = 8. The parameters themselves are left
/// alone. For exponential weights see <see cref="ExponentialAveraging"/>. No pass of its own.
/// </remarks>
[Algorithm("Polyak averaging", "First-order", "Polyak, Juditsky (1992), Acceleration of stochastic approximation by averaging; Shamir, Zhang (2013), Stochastic gradient descent for non-smooth optimization")]
public sealed record PolyakAveraging : IUpdateRule<AveragingLane<double>, AveragingLane<float>>
{
    /// <summary>How many steps are taken before averaging begins. Default: 0.</summary>
    public long After { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(After), value, "After must be at least 0."); }

    /// <summary>The power gamma of the weights. Default: 0, equal weights.</summary>
    public double Gamma { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public int SlotCount => 1;

    /// <inheritdoc/>
    public int EvaluationSlot => 0;

    /// <inheritdoc/>
    public AveragingLane<double> Prepare(in StepContext<double> step) => new(Share(step.Step), startsAtParameters: false);

    /// <inheritdoc/>
    public AveragingLane<float> Prepare(in StepContext<float> step) => new(Share(step.Step), startsAtParameters: false);

    private double Share(long step)
    {
        double t = Math.Max(1, step + 1 - After);
        return (1 + Gamma) / (t + Gamma);
    }
}

/// <summary>The lane of <see cref="PolyakAveraging"/> and <see cref="ExponentialAveraging"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct AveragingLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _share;
    private readonly Flag _replaces;
    private readonly Flag _startsAtParameters;

    internal AveragingLane(double share, bool startsAtParameters)
    {
        _share = Lanes.Of<T>(share);
        _replaces = share >= 1;
        _startsAtParameters = startsAtParameters;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes average = ref slots.Next();
        TLanes x = parameter - update, a = _startsAtParameters ? parameter : average;
        average = _replaces ? x : a + (TLanes.All(_share) * (x - a));
        return update;
    }
}
