using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// The latest transitions of n environments, as a ring of arrays, and batches drawn from them uniformly with replacement.
/// </summary>
/// <remarks>
/// <para>L.-J. Lin (1992), "Self-Improving Reactive Agents Based on Reinforcement Learning, Planning and Teaching", Machine Learning 8; n-step samples as in M. Hessel et al. (2018),
/// "Rainbow: Combining Improvements in Deep Reinforcement Learning".</para>
/// <para>The k-th transition ever added, counted from 0, lies in slot k mod capacity; a step fills as many slots as there are environments, and the successor in the same episode
/// lies that many slots further. An n-step sample walks these until the episode ends, n steps are done or the newest step is reached, and says in its discount how far it came.
/// Adding and sampling are O(rows), sampling times n; nothing is allocated after construction.</para>
/// <para>A static data set is added at once, as rows of one environment: where neighbours aren't consecutive steps of an episode, mark them truncated or take n = 1.</para>
/// </remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class ReplayBuffer<TObservation, TAction> : IReplay<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly TObservation[] _observations;
    private readonly TAction[] _actions;
    private readonly float[] _rewards;
    private readonly bool[] _terminated;
    private readonly bool[] _truncated;
    private readonly TObservation[] _nextObservations;
    private long _added;

    /// <summary>Allocates an empty buffer.</summary>
    /// <param name="options">Capacity, steps and discount.</param>
    /// <param name="observationLength">The number of elements of one observation.</param>
    /// <param name="actionLength">The number of elements of one action.</param>
    /// <param name="environments">The number of environments that step together.</param>
    /// <exception cref="ArgumentException">The capacity is smaller than the number of environments, or so large that a column has more elements than an array may have.</exception>
    public ReplayBuffer(ReplayOptions options, int observationLength, int actionLength, int environments = 1)
    {
        Options = Require.NotNull(options);
        ObservationLength = Require.Positive(observationLength, nameof(observationLength));
        ActionLength = Require.Positive(actionLength, nameof(actionLength));
        Environments = Require.Positive(environments, nameof(environments));
        Capacity = options.Capacity / environments * environments;
        if (Capacity == 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A capacity of {options.Capacity} can't hold one step of {environments} environments."), nameof(options));
        if ((long)Capacity * Math.Max(observationLength, actionLength) > Array.MaxLength)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{Capacity} observations of {observationLength} and actions of {actionLength} elements are more than an array holds."), nameof(options));
        _observations = new TObservation[Capacity * observationLength];
        _nextObservations = new TObservation[_observations.Length];
        _actions = new TAction[Capacity * actionLength];
        _rewards = new float[Capacity];
        _terminated = new bool[Capacity];
        _truncated = new bool[Capacity];
    }

    /// <summary>The options.</summary>
    public ReplayOptions Options { get; }

    /// <summary>The number of elements of one observation.</summary>
    public int ObservationLength { get; }

    /// <summary>The number of elements of one action.</summary>
    public int ActionLength { get; }

    /// <summary>The number of environments that step together.</summary>
    public int Environments { get; }

    /// <summary>The number of slots: that of the options, rounded down to a multiple of the number of environments.</summary>
    public int Capacity { get; }

    /// <summary>The number of transitions that are stored, in slots 0 to Count - 1.</summary>
    public int Count => (int)Math.Min(_added, Capacity);

    /// <summary>The number of transitions that were ever added. The newest of environment i lies in slot (Added - Environments + i) mod Capacity.</summary>
    public long Added => _added;

    /// <summary>What was observed, one row for each slot.</summary>
    public ReadOnlySpan<TObservation> Observations => _observations.AsSpan(0, Count * ObservationLength);

    /// <summary>What was done, one row for each slot.</summary>
    public ReadOnlySpan<TAction> Actions => _actions.AsSpan(0, Count * ActionLength);

    /// <summary>The rewards, by slot.</summary>
    public ReadOnlySpan<float> Rewards => _rewards.AsSpan(0, Count);

    /// <summary>Where the task ended, by slot.</summary>
    public ReadOnlySpan<bool> Terminated => _terminated.AsSpan(0, Count);

    /// <summary>Where only the recording ended, by slot.</summary>
    public ReadOnlySpan<bool> Truncated => _truncated.AsSpan(0, Count);

    /// <summary>The true successors, one row for each slot.</summary>
    public ReadOnlySpan<TObservation> NextObservations => _nextObservations.AsSpan(0, Count * ObservationLength);

    ReplayBuffer<TObservation, TAction> IReplay<TObservation, TAction>.Buffer => this;

    /// <summary>The slot of a transition by age.</summary>
    /// <param name="index">0 for the oldest, Count - 1 for the newest.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside.</exception>
    public int Slot(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return (int)((_added - Count + index) % Capacity);
    }

    /// <summary>The slot of the step after, in the same environment; -1 where the episode ends or the step after isn't there yet.</summary>
    /// <param name="slot">A slot that is filled.</param>
    public int Successor(int slot)
    {
        if (_terminated[slot] || _truncated[slot])
            return -1;
        int newest = (int)((_added - Environments) % Capacity);
        if (slot >= newest && slot < newest + Environments)
            return -1;
        int next = slot + Environments;
        return next < Capacity ? next : next - Capacity;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span has the wrong length, or a reward isn't a finite float; nothing was stored.</exception>
    public void Add(in Transition<TObservation, TAction> transition)
    {
        Check(transition);
        for (int start = 0; start < transition.Rewards.Length; start += Environments)
            AddStep(transition, start);
    }

    /// <summary>
    /// Says that the episodes of all environments were given up after the newest step: what is added next doesn't follow it. Its transitions count as truncated from now on.
    /// Needed where environments are restarted from outside.
    /// </summary>
    public void CutEpisodes()
    {
        if (_added == 0)
            return;
        int newest = (int)((_added - Environments) % Capacity);
        _truncated.AsSpan(newest, Environments).Fill(true);
    }

    /// <summary>Draws a batch uniformly, with replacement. Doesn't allocate; the same key and contents give the same bits. O(size n).</summary>
    /// <param name="key">The randomness of this draw.</param>
    /// <param name="batch">Receives it.</param>
    /// <exception cref="InvalidOperationException">The buffer is empty.</exception>
    /// <exception cref="ArgumentException">The batch has rows of another length.</exception>
    public void Sample(RandomKey key, ReplayBatch<TObservation, TAction> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        EnsureNotEmpty();
        RandomStream stream = key.Stream();
        for (int b = 0; b < batch.Size; b++)
            batch.Slots[b] = stream.NextInt32(Count);
        Gather(batch);
    }

    /// <summary>Fills a batch for the slots that it names, with weights of 1.</summary>
    /// <param name="batch">The batch, with its <see cref="ReplayBatch{TObservation, TAction}.Slots"/> set.</param>
    /// <exception cref="ArgumentOutOfRangeException">A slot isn't filled.</exception>
    /// <exception cref="ArgumentException">The batch has rows of another length.</exception>
    public void Gather(ReplayBatch<TObservation, TAction> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.ObservationLength != ObservationLength || batch.ActionLength != ActionLength)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"The batch has observations of {batch.ObservationLength} and actions of {batch.ActionLength} elements, the buffer of {ObservationLength} and {ActionLength}."), nameof(batch));
        }

        batch.Weights.AsSpan().Fill(1);
        for (int b = 0; b < batch.Size; b++)
        {
            int first = batch.Slots[b];
            ArgumentOutOfRangeException.ThrowIfNegative(first, nameof(batch));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(first, Count, nameof(batch));
            int last = Walk(first, out double reward, out double discount);
            batch.Rewards[b] = (float)reward;
            batch.Discounts[b] = (float)discount;
            _observations.AsSpan(first * ObservationLength, ObservationLength).CopyTo(batch.Observations.AsSpan(b * ObservationLength));
            _actions.AsSpan(first * ActionLength, ActionLength).CopyTo(batch.Actions.AsSpan(b * ActionLength));
            _nextObservations.AsSpan(last * ObservationLength, ObservationLength).CopyTo(batch.NextObservations.AsSpan(b * ObservationLength));
        }
    }

    void IReplay<TObservation, TAction>.UpdatePriorities(ReadOnlySpan<int> slots, ReadOnlySpan<float> errors) => Require.Length(errors.Length, slots.Length, nameof(errors));

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Capacity, "a capacity of");
        archive.Expect(Environments, "a number of environments of");
        archive.Transfer(ref _added);
        if (_added < 0 || _added % Environments != 0)
            throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"The saved replay memory has seen {_added} transitions of {Environments} environments, which can't be."));
        archive.Transfer(_observations.AsSpan(0, Count * ObservationLength));
        archive.Transfer(_actions.AsSpan(0, Count * ActionLength));
        archive.Transfer(_rewards.AsSpan(0, Count));
        archive.Transfer(_terminated.AsSpan(0, Count));
        archive.Transfer(_truncated.AsSpan(0, Count));
        archive.Transfer(_nextObservations.AsSpan(0, Count * ObservationLength));
    }

    /// <summary>Throws when nothing was added.</summary>
    internal void EnsureNotEmpty()
    {
        if (_added == 0)
            throw new InvalidOperationException("The replay memory is empty: add transitions before sampling.");
    }

    /// <summary>Throws when a step or several of all environments aren't what they should be.</summary>
    internal void Check(in Transition<TObservation, TAction> transition)
    {
        int rows = transition.Rewards.Length;
        if (rows == 0 || rows % Environments != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Rewards has {rows} elements, expected a positive multiple of the {Environments} environments."), nameof(transition));
        Require.Length(transition.Observations.Length, rows * ObservationLength, nameof(transition.Observations));
        Require.Length(transition.Actions.Length, rows * ActionLength, nameof(transition.Actions));
        Require.Length(transition.Terminated.Length, rows, nameof(transition.Terminated));
        Require.Length(transition.Truncated.Length, rows, nameof(transition.Truncated));
        Require.Length(transition.NextObservations.Length, rows * ObservationLength, nameof(transition.NextObservations));
        for (int i = 0; i < rows; i++)
        {
            if (!float.IsFinite((float)transition.Rewards[i]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The reward of row {i} is {transition.Rewards[i]}, which isn't a finite float."), nameof(transition));
        }
    }

    /// <summary>Stores one step of all environments, which begins at a row of what was checked.</summary>
    internal void AddStep(in Transition<TObservation, TAction> transition, int start)
    {
        int slot = (int)(_added % Capacity);
        transition.Observations.Slice(start * ObservationLength, Environments * ObservationLength).CopyTo(_observations.AsSpan(slot * ObservationLength));
        transition.NextObservations.Slice(start * ObservationLength, Environments * ObservationLength).CopyTo(_nextObservations.AsSpan(slot * ObservationLength));
        transition.Actions.Slice(start * ActionLength, Environments * ActionLength).CopyTo(_actions.AsSpan(slot * ActionLength));
        transition.Terminated.Slice(start, Environments).CopyTo(_terminated.AsSpan(slot));
        transition.Truncated.Slice(start, Environments).CopyTo(_truncated.AsSpan(slot));
        for (int i = 0; i < Environments; i++)
            _rewards[slot + i] = (float)transition.Rewards[start + i];
        _added += Environments;
    }

    /// <summary>Adds up to n rewards from a slot on.</summary>
    /// <returns>The slot of the last one.</returns>
    private int Walk(int slot, out double reward, out double discount)
    {
        reward = 0;
        discount = 1;
        for (int k = 1; ; k++)
        {
            reward += discount * _rewards[slot];
            discount *= Options.Discount;
            int next = k < Options.Steps ? Successor(slot) : -1;
            if (next < 0)
                break;
            slot = next;
        }

        if (_terminated[slot])
            discount = 0;
        return slot;
    }
}
