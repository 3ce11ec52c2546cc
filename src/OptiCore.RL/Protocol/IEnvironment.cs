namespace OptiCore.RL;

/// <summary>
/// A single environment, the easy way to write one: two methods and two spaces. <see cref="EnvironmentArray{TObservation, TAction}"/> makes a vectorised
/// environment of it, with autoreset and keyed episodes. Implement <see cref="Persistence.IPersistent"/> too where training should be resumable.
/// </summary>
/// <typeparam name="TObservation"><see cref="float"/> for features, <see cref="int"/> for discrete observations.</typeparam>
/// <typeparam name="TAction"><see cref="int"/> for discrete actions, <see cref="float"/> for continuous ones.</typeparam>
public interface IEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>Where observations come from.</summary>
    Space<TObservation> ObservationSpace { get; }

    /// <summary>Where actions come from.</summary>
    Space<TAction> ActionSpace { get; }

    /// <summary>Begins an episode.</summary>
    /// <param name="key">All randomness of the episode; keep <c>key.Stream()</c> in a field where steps are random too.</param>
    /// <param name="observation">Receives the first observation.</param>
    void Reset(RandomKey key, Span<TObservation> observation);

    /// <summary>Takes one action.</summary>
    /// <param name="action">An action of the action space.</param>
    /// <param name="observation">Receives the observation after it, the last one of an episode included.</param>
    StepOutcome Step(ReadOnlySpan<TAction> action, Span<TObservation> observation);
}

/// <summary>What a step of a single environment says beside the observation.</summary>
/// <param name="Reward">The reward.</param>
/// <param name="Terminated">The task has reached its end.</param>
/// <param name="Truncated">The episode was cut off; the observation still has a value.</param>
public readonly record struct StepOutcome(double Reward, bool Terminated = false, bool Truncated = false);
