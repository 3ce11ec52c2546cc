using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// A fixed number of independent environments that step together. Everything is a structure of arrays: actions, observations, rewards and flags are
/// flat spans with one entry (or one row of <see cref="Space{T}.Length"/> elements) for each environment.
/// </summary>
/// <typeparam name="TObservation"><see cref="float"/> for features, <see cref="int"/> for discrete observations such as tabular states.</typeparam>
/// <typeparam name="TAction"><see cref="int"/> for discrete actions, <see cref="float"/> for continuous ones.</typeparam>
/// <remarks>
/// <para>The semantics are Gymnasium's, with autoreset in the same step: when an episode ends, <see cref="StepOutput{T}.Observations"/> holds the first
/// observation of the next episode, <see cref="StepOutput{T}.FinalObservations"/> the true last one of the old, and the flags say why it ended:
/// terminated (the task is over: the value of what follows is 0) or truncated (only the recording is over: what follows still has a value). Both may be set.</para>
/// <para>Randomness is keyed: episode e of environment i depends on <c>key.Fold(i).Fold(e)</c> and on its actions only, so that results don't depend
/// on how many environments run together, on threads or on vector width (<see cref="EpisodeKeys"/> does it).</para>
/// <para>Nothing is allocated by <see cref="Step"/>. <see cref="IPersistent.Persist"/> covers everything that changes: a loaded environment goes on to identical bits.
/// An environment is used by one thread at a time.</para>
/// </remarks>
public interface IVectorEnvironment<TObservation, TAction> : IPersistent
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>The number of environments.</summary>
    int Count { get; }

    /// <summary>Where the observations of one environment come from.</summary>
    Space<TObservation> ObservationSpace { get; }

    /// <summary>Where the actions of one environment come from.</summary>
    Space<TAction> ActionSpace { get; }

    /// <summary>Begins episode 0 in every environment.</summary>
    /// <param name="key">The randomness of everything up to the next reset.</param>
    /// <param name="observations">Receives the first observations, <see cref="Count"/> rows.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    void Reset(RandomKey key, Span<TObservation> observations);

    /// <summary>Gives up the current episode of one environment and begins its next one. Wrappers that end episodes, such as a time limit, need it.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="observation">Receives the first observation of the next episode, one row.</param>
    /// <exception cref="InvalidOperationException">The environment was never reset.</exception>
    void Restart(int index, Span<TObservation> observation);

    /// <summary>Takes one action in every environment.</summary>
    /// <param name="actions">The actions, <see cref="Count"/> rows.</param>
    /// <param name="output">Receives what happened.</param>
    /// <exception cref="ArgumentException">A span has the wrong length or an action is outside the action space; no environment has changed.</exception>
    /// <exception cref="InvalidOperationException">The environment was never reset.</exception>
    void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output);
}

/// <summary>Conveniences that hold for every environment.</summary>
public static class VectorEnvironments
{
    /// <summary>Begins episode 0 in every environment.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="environment">The environments.</param>
    /// <param name="key">The randomness of everything up to the next reset.</param>
    /// <param name="buffers">Receives the first observations.</param>
    public static void Reset<TObservation, TAction>(this IVectorEnvironment<TObservation, TAction> environment, RandomKey key, StepBuffers<TObservation> buffers)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(buffers);
        environment.Reset(key, buffers.Observations);
    }

    /// <summary>Takes one action in every environment.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="environment">The environments.</param>
    /// <param name="actions">The actions, one row for each environment.</param>
    /// <param name="buffers">Receives what happened.</param>
    public static void Step<TObservation, TAction>(this IVectorEnvironment<TObservation, TAction> environment, ReadOnlySpan<TAction> actions, StepBuffers<TObservation> buffers)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(buffers);
        environment.Step(actions, buffers.Output);
    }

    /// <summary>Buffers of the right sizes for an environment.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="environment">The environments.</param>
    public static StepBuffers<TObservation> CreateBuffers<TObservation, TAction>(this IVectorEnvironment<TObservation, TAction> environment)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(environment);
        return new StepBuffers<TObservation>(environment.Count, environment.ObservationSpace.Length);
    }
}
