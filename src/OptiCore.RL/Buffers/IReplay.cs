using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>A memory of transitions that batches are drawn from, so that an agent needn't know how.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public interface IReplay<TObservation, TAction> : IPersistent
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>The transitions themselves.</summary>
    ReplayBuffer<TObservation, TAction> Buffer { get; }

    /// <summary>Stores one or more steps of all environments.</summary>
    /// <param name="transition">What happened; a multiple of the environment count of rows, time-major.</param>
    void Add(in Transition<TObservation, TAction> transition);

    /// <summary>Draws a batch. Doesn't allocate; the same key and contents give the same bits.</summary>
    /// <param name="key">The randomness of this draw.</param>
    /// <param name="batch">Receives it.</param>
    /// <exception cref="InvalidOperationException">There is nothing to draw from.</exception>
    void Sample(RandomKey key, ReplayBatch<TObservation, TAction> batch);

    /// <summary>Tells how wrong the learner was about each transition of a batch. To be called before anything else is added: a slot may hold another transition then. A memory that draws uniformly ignores it.</summary>
    /// <param name="slots">The transitions: <see cref="ReplayBatch{TObservation, TAction}.Slots"/>.</param>
    /// <param name="errors">Their temporal differences, of either sign.</param>
    void UpdatePriorities(ReadOnlySpan<int> slots, ReadOnlySpan<float> errors);
}
