using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>Keeps rewards within bounds: returns of several tasks become comparable, and single large rewards don't rule learning. ClipReward of Gymnasium.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class ClipRewards<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IVectorEnvironment<TObservation, TAction> _inner;
    private readonly double _low;
    private readonly double _high;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment.</param>
    /// <param name="low">The lower bound; negative infinity for none.</param>
    /// <param name="high">The upper bound, at least the lower one; infinity for none.</param>
    /// <exception cref="ArgumentException">The bounds are NaN or in the wrong order.</exception>
    public ClipRewards(IVectorEnvironment<TObservation, TAction> inner, double low = -1, double high = 1)
    {
        _inner = Require.NotNull(inner);
        if (!(low <= high))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The bounds are [{low}, {high}]; low must be at most high, and neither may be NaN."), nameof(low));
        _low = low;
        _high = high;
    }

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observations) => _inner.Reset(key, observations);

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation) => _inner.Restart(index, observation);

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
    {
        _inner.Step(actions, output);
        foreach (ref double reward in output.Rewards)
            reward = Math.Clamp(reward, _low, _high);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
    }
}
