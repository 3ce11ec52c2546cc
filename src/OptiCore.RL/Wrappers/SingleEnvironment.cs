using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// A vectorised environment of one as a single one, for wrappers of single environments such as <see cref="RepeatActions{TObservation, TAction}"/>. The episode of <c>key</c> is the one that the
/// vectorised environment begins with when it is reset with that key; what it begins by itself after an end is dropped.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class SingleEnvironment<TObservation, TAction> : IEnvironment<TObservation, TAction>, IPersistent
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IVectorEnvironment<TObservation, TAction> _inner;
    private readonly StepBuffers<TObservation> _buffers;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment, a single one.</param>
    /// <exception cref="ArgumentException">There are several.</exception>
    public SingleEnvironment(IVectorEnvironment<TObservation, TAction> inner)
    {
        _inner = Require.NotNull(inner);
        if (inner.Count != 1)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There are {inner.Count} environments, but there must be one."), nameof(inner));
        _buffers = inner.CreateBuffers();
    }

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observation) => _inner.Reset(key, observation);

    /// <inheritdoc/>
    public StepOutcome Step(ReadOnlySpan<TAction> action, Span<TObservation> observation)
    {
        _inner.Step(action, _buffers.Output);
        bool terminated = _buffers.Terminated[0], truncated = _buffers.Truncated[0];
        (terminated || truncated ? _buffers.FinalObservations : _buffers.Observations).CopyTo(observation);
        return new StepOutcome(_buffers.Rewards[0], terminated, truncated);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
    }
}
