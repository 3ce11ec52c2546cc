using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Lookahead: the last part of a chain, <c>new AdamW().Then(new Lookahead())</c>. The rules before it take k fast steps; then the slow weights move towards where these
/// led, and the fast ones begin again from there:
/// <code>
/// every k-th step:  slow := slow + alpha (x - slow),  x := slow
/// </code>
/// </summary>
/// <remarks>
/// One slot: the slow weights, which begin as the parameters and are the point to evaluate. The state of the rules before it goes on unchanged at a synchronisation, the paper's
/// default. It computes the new parameters itself, so that nothing may follow it. No pass of its own.
/// </remarks>
[Algorithm("Lookahead", "First-order", "Zhang, Lucas, Hinton, Ba (2019), Lookahead optimizer: k steps forward, 1 step back")]
public sealed record Lookahead : IUpdateRule<LookaheadLane<double>, LookaheadLane<float>>
{
    /// <summary>The number k of fast steps. Default: 5.</summary>
    public int Every { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The share alpha of the way that the slow weights move. Default: 0.5.</summary>
    public double Share { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.5;

    /// <inheritdoc/>
    public int SlotCount => 1;

    /// <inheritdoc/>
    public int EvaluationSlot => 0;

    /// <inheritdoc/>
    public LookaheadLane<double> Prepare(in StepContext<double> step) => new(this, step.Step);

    /// <inheritdoc/>
    public LookaheadLane<float> Prepare(in StepContext<float> step) => new(this, step.Step);
}

/// <summary>The lane of <see cref="Lookahead"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct LookaheadLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _share;
    private readonly Flag _isFirst;
    private readonly Flag _synchronises;

    internal LookaheadLane(Lookahead rule, long step)
    {
        _share = Lanes.Of<T>(rule.Share);
        _isFirst = step == 0;
        _synchronises = (step + 1) % rule.Every == 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes slow = ref slots.Next();
        if (_isFirst)
            slow = parameter;
        if (!_synchronises)
            return update;
        TLanes s = slow;
        s += TLanes.All(_share) * (parameter - update - s);
        slow = s;
        return parameter - s;
    }
}
