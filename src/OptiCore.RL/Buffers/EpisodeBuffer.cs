using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Draws sequences of steps of one episode from a <see cref="ReplayBuffer{TObservation, TAction}"/>, for recurrent networks: windows with burn-in, and whole episodes.
/// </summary>
/// <remarks>
/// <para>M. Hausknecht, P. Stone (2015), "Deep Recurrent Q-Learning for Partially Observable MDPs" (a random episode, from a random step on, or whole); S. Kapturowski, G. Ostrovski,
/// J. Quan, R. Munos, W. Dabney (2019), "Recurrent Experience Replay in Distributed Reinforcement Learning" (stored recurrent state and burn-in). Where that paper stores windows that
/// overlap by half, every stored step is equally likely to begin one here, so that the window is as long as what follows allows.</para>
/// <para>Nothing is allocated after construction. A draw is O(rows of the batch).</para>
/// </remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class EpisodeBuffer<TObservation, TAction> : IPersistent
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly EpisodeIndex _index;
    private readonly float[] _states;

    /// <summary>Looks for the episodes of a buffer.</summary>
    /// <param name="buffer">The transitions; saved and loaded with this.</param>
    /// <param name="stateLength">The number of elements of the recurrent state that is stored with each step; 0 for none.</param>
    /// <exception cref="ArgumentException">The states have more elements than an array may have.</exception>
    public EpisodeBuffer(ReplayBuffer<TObservation, TAction> buffer, int stateLength = 0)
    {
        Buffer = Require.NotNull(buffer);
        StateLength = Require.NonNegative(stateLength, nameof(stateLength));
        if ((long)buffer.Capacity * stateLength > Array.MaxLength)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{buffer.Capacity} states of {stateLength} elements are more than an array holds."), nameof(stateLength));
        _index = new EpisodeIndex(buffer.Capacity, buffer.Environments);
        _states = new float[buffer.Capacity * stateLength];
        _index.Notice(buffer);
    }

    /// <summary>The transitions.</summary>
    public ReplayBuffer<TObservation, TAction> Buffer { get; }

    /// <summary>The number of elements of the recurrent state that is stored with each step.</summary>
    public int StateLength { get; }

    /// <summary>The number of episodes that have ended and are stored whole.</summary>
    public int CompleteEpisodes
    {
        get
        {
            _index.Notice(Buffer);
            return _index.Complete;
        }
    }

    /// <summary>Stores one or more steps of all environments.</summary>
    /// <param name="transition">What happened; a multiple of the environment count of rows, time-major.</param>
    /// <param name="states">The recurrent state before each step saw its observation, one row for each; empty where none is stored.</param>
    /// <exception cref="ArgumentException">A span has the wrong length, or a reward isn't a finite float; nothing was stored.</exception>
    public void Add(in Transition<TObservation, TAction> transition, ReadOnlySpan<float> states = default)
    {
        int rows = transition.Rewards.Length;
        Require.Length(states.Length, rows * StateLength, nameof(states));
        Buffer.Check(transition);
        _index.Notice(Buffer);

        // Step by step, so that of more than fits none is overwritten unseen.
        for (int start = 0; start < rows; start += Buffer.Environments)
        {
            int slot = (int)(Buffer.Added % Buffer.Capacity);
            Buffer.AddStep(transition, start);
            _index.Notice(Buffer);
            states.Slice(start * StateLength, Buffer.Environments * StateLength).CopyTo(_states.AsSpan(slot * StateLength));
        }
    }

    /// <summary>Says that the episodes of all environments were given up after the newest step: they count as truncated and ended.</summary>
    public void CutEpisodes()
    {
        Buffer.CutEpisodes();
        _index.Notice(Buffer);
    }

    /// <summary>
    /// Draws sequences: the first step to learn from is uniform over everything stored, with replacement; the steps before it in its episode, as far as stored, are burn-in, and the
    /// steps after it follow to the end of the episode or of the batch's length. The same key and contents give the same bits.
    /// </summary>
    /// <param name="key">The randomness of this draw.</param>
    /// <param name="batch">Receives them.</param>
    /// <exception cref="InvalidOperationException">The buffer is empty.</exception>
    /// <exception cref="ArgumentException">The batch has rows of another length.</exception>
    public void SampleSequences(RandomKey key, SequenceBatch<TObservation, TAction> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Buffer.EnsureNotEmpty();
        RandomStream stream = key.Stream();
        for (int b = 0; b < batch.Size; b++)
            batch.Slots[b] = stream.NextInt32(Buffer.Count);
        Gather(batch);
    }

    /// <summary>
    /// Draws whole episodes, each of those that have ended and are stored from their first step on equally likely, with replacement. There is no burn-in; of one that is longer than
    /// the batch's steps, burn-in included, the first ones are taken. The same key and contents give the same bits.
    /// </summary>
    /// <param name="key">The randomness of this draw.</param>
    /// <param name="batch">Receives them.</param>
    /// <exception cref="InvalidOperationException">There is no such episode.</exception>
    /// <exception cref="ArgumentException">The batch has rows of another length.</exception>
    public void SampleEpisodes(RandomKey key, SequenceBatch<TObservation, TAction> batch)
    {
        Check(batch);
        _index.Notice(Buffer);
        if (_index.Complete == 0)
            throw new InvalidOperationException("No episode is stored from its first step to its end: add more transitions, or let the buffer hold more than one episode.");
        RandomStream stream = key.Stream();
        batch.Clear();
        for (int b = 0; b < batch.Size; b++)
        {
            int slot = batch.Slots[b] = _index.First(stream.NextInt32(_index.Complete));
            Fill(batch, b, 0, 0, Math.Min(batch.Steps, _index.Length(slot)));
        }
    }

    /// <summary>Fills a batch for the first steps to learn from that its slots name.</summary>
    /// <param name="batch">The batch, with its <see cref="SequenceBatch{TObservation, TAction}.Slots"/> set.</param>
    /// <exception cref="ArgumentOutOfRangeException">A slot isn't filled.</exception>
    /// <exception cref="ArgumentException">The batch has rows of another length.</exception>
    public void Gather(SequenceBatch<TObservation, TAction> batch)
    {
        Check(batch);
        _index.Notice(Buffer);
        foreach (int slot in batch.Slots)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(slot, nameof(batch));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, Buffer.Count, nameof(batch));
        }

        batch.Clear();
        for (int b = 0; b < batch.Size; b++)
        {
            int slot = batch.Slots[b], step = _index.Step(slot);
            int from = Math.Max(step - batch.BurnIn, _index.FirstStored(slot));
            Fill(batch, b, from, step, (int)Math.Min((long)step + batch.Length, _index.Length(slot)));
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(Buffer);
        archive.Transfer(_index);
        archive.Transfer<float>(_states);
    }

    /// <summary>Copies the steps [from, to) of an episode, to learn from the given one on.</summary>
    private void Fill(SequenceBatch<TObservation, TAction> batch, int b, int from, int learnt, int to)
    {
        int observationLength = Buffer.ObservationLength, actionLength = Buffer.ActionLength, origin = batch.Slots[b], entry = b;
        for (int step = from; step < to; step++, entry += batch.Size)
        {
            int slot = _index.Slot(origin, step);
            Buffer.Observations.Slice(slot * observationLength, observationLength).CopyTo(batch.Observations.AsSpan(entry * observationLength));
            Buffer.NextObservations.Slice(slot * observationLength, observationLength).CopyTo(batch.NextObservations.AsSpan(entry * observationLength));
            Buffer.Actions.Slice(slot * actionLength, actionLength).CopyTo(batch.Actions.AsSpan(entry * actionLength));
            batch.Rewards[entry] = Buffer.Rewards[slot];
            batch.Terminated[entry] = Buffer.Terminated[slot];
            batch.Truncated[entry] = Buffer.Truncated[slot];
            batch.Mask[entry] = step >= learnt ? 1 : 0;
        }

        // What follows is padding, which returns mustn't run into.
        int last = entry - batch.Size;
        if (to - from < batch.Steps && !batch.Terminated[last])
            batch.Truncated[last] = true;
        batch.BurnIns[b] = learnt - from;
        batch.Lengths[b] = to - from;
        _states.AsSpan(_index.Slot(origin, from) * StateLength, StateLength).CopyTo(batch.States.AsSpan(b * StateLength));
    }

    private void Check(SequenceBatch<TObservation, TAction> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.ObservationLength != Buffer.ObservationLength || batch.ActionLength != Buffer.ActionLength || batch.StateLength != StateLength)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"The batch has observations, actions and states of {batch.ObservationLength}, {batch.ActionLength} and {batch.StateLength} elements, the buffer of {Buffer.ObservationLength}, {Buffer.ActionLength} and {StateLength}."), nameof(batch));
        }
    }
}
