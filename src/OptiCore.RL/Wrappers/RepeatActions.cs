using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Does every action several times and adds up the rewards; the end of an episode ends the repetition. It wraps single environments, since those of a vector end at different times: use
/// <see cref="SingleEnvironment{TObservation, TAction}"/> for the ones that come as vectors, and <see cref="EnvironmentArray{TObservation, TAction}"/> for many.
/// </summary>
/// <remarks>RepeatAction of Gymnasium.</remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class RepeatActions<TObservation, TAction> : IEnvironment<TObservation, TAction>, IPersistent
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IEnvironment<TObservation, TAction> _inner;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment.</param>
    /// <param name="repeats">How often an action is done.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public RepeatActions(IEnvironment<TObservation, TAction> inner, int repeats)
    {
        _inner = Require.NotNull(inner);
        Repeats = Require.Positive(repeats, nameof(repeats));
    }

    /// <summary>How often an action is done.</summary>
    public int Repeats { get; }

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observation) => _inner.Reset(key, observation);

    /// <inheritdoc/>
    public StepOutcome Step(ReadOnlySpan<TAction> action, Span<TObservation> observation)
    {
        double reward = 0;
        StepOutcome outcome = default;
        for (int k = 0; k < Repeats && !outcome.Terminated && !outcome.Truncated; k++)
        {
            outcome = _inner.Step(action, observation);
            reward += outcome.Reward;
        }

        return outcome with { Reward = reward };
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The environment can't be saved.</exception>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner as IPersistent ?? throw new NotSupportedException(
            $"{_inner.GetType().Name} can't be saved or loaded: it doesn't implement {nameof(IPersistent)}."));
    }
}
