using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Clips actions to the bounds of the inner environment before it sees them. Environments clip by themselves where an action acts; some also punish it as it came, as
/// <see cref="Environments.MountainCarContinuous"/> does, and then this makes a difference.
/// </summary>
/// <remarks>ClipAction of Gymnasium. The actions are those of an unbounded box.</remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
public sealed class ClipActions<TObservation> : IVectorEnvironment<TObservation, float> where TObservation : unmanaged
{
    private readonly IVectorEnvironment<TObservation, float> _inner;
    private readonly Box _bounds;
    private readonly float[] _actions;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment; its actions are those of a <see cref="Box"/>.</param>
    /// <exception cref="ArgumentException">The actions aren't those of a box.</exception>
    public ClipActions(IVectorEnvironment<TObservation, float> inner)
    {
        _inner = Require.NotNull(inner);
        _bounds = inner.ActionSpace as Box ?? throw new ArgumentException($"The actions are those of {inner.ActionSpace}, but only those of a box can be clipped.", nameof(inner));
        _actions = new float[inner.Count * _bounds.Length];
        ActionSpace = new Box(float.NegativeInfinity, float.PositiveInfinity, _bounds.Length);
    }

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<float> ActionSpace { get; }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observations) => _inner.Reset(key, observations);

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation) => _inner.Restart(index, observation);

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<float> actions, in StepOutput<TObservation> output)
    {
        Require.Length(actions.Length, _actions.Length, nameof(actions));
        Require.AllFinite(actions, nameof(actions));
        for (int k = 0; k < actions.Length; k++)
            _actions[k] = Math.Clamp(actions[k], _bounds.Low[k % _bounds.Length], _bounds.High[k % _bounds.Length]);
        _inner.Step(_actions, output);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
    }
}
