using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Resilient propagation: every parameter has a step size of its own that looks at the signs of gradients only.
/// <code>
/// where g g_previous > 0:  d := min(eta_plus d, d_max)
/// where g g_previous &lt; 0:  d := max(eta_minus d, d_min) and g := 0
/// u := sign(g) d,  g_previous := g
/// </code>
/// </summary>
/// <remarks>
/// Two slots (g_previous, d). The variant without backtracking of weights (iRprop-). For full batches: the noise of mini-batches flips signs and shrinks the steps to
/// <see cref="MinStep"/>.
/// </remarks>
[Algorithm("Rprop", "First-order", "Riedmiller, Braun (1993), A direct adaptive method for faster backpropagation learning: the RPROP algorithm; Igel, Hüsken (2003), Empirical evaluation of the improved Rprop learning algorithms")]
public sealed record Rprop : IUpdateRule<RpropLane<double>, RpropLane<float>>
{
    /// <summary>The first step size of every parameter. Default: 0.01.</summary>
    public double InitialStep { get; init => field = Require.NonNegative(value); } = 1e-2;

    /// <summary>The factor after a change of sign. Default: 0.5.</summary>
    public double EtaMinus { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>The factor after two equal signs. Default: 1.2.</summary>
    public double EtaPlus { get; init => field = Require.InOpen(value, 1, double.PositiveInfinity); } = 1.2;

    /// <summary>The smallest step. Default: 1e-6.</summary>
    public double MinStep { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The largest step; where it is below <see cref="MinStep"/>, it wins. Default: 50.</summary>
    public double MaxStep { get; init => field = Require.Positive(value); } = 50;

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public double InitialValue(int slot) => slot == 1 ? InitialStep : 0;

    /// <inheritdoc/>
    public RpropLane<double> Prepare(in StepContext<double> step) => new(this);

    /// <inheritdoc/>
    public RpropLane<float> Prepare(in StepContext<float> step) => new(this);
}

/// <summary>The lane of <see cref="Rprop"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct RpropLane<T> : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _etaMinus;
    private readonly T _etaPlus;
    private readonly T _minStep;
    private readonly T _maxStep;

    internal RpropLane(Rprop rule)
    {
        _etaMinus = Lanes.Of<T>(rule.EtaMinus);
        _etaPlus = Lanes.Of<T>(rule.EtaPlus);
        _minStep = Lanes.Of<T>(rule.MinStep);
        _maxStep = Lanes.Of<T>(rule.MaxStep);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes previous = ref slots.Next();
        ref TLanes stepSize = ref slots.Next();
        TLanes agreement = Lanes.Sign(update) * Lanes.Sign(previous);
        TLanes factor = TLanes.SelectLess(
            default, agreement, TLanes.All(_etaPlus), TLanes.SelectLess(agreement, default, TLanes.All(_etaMinus), TLanes.Constant(1)));
        TLanes d = Lanes.Smaller(Lanes.Larger(stepSize * factor, TLanes.All(_minStep)), TLanes.All(_maxStep));
        TLanes g = TLanes.SelectLess(agreement, default, default, update);
        previous = g;
        stepSize = d;
        return Lanes.Sign(g) * d;
    }
}
