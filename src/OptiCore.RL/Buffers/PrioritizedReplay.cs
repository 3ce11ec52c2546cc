using System.Globalization;
using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>How strongly a <see cref="PrioritizedReplay{TObservation, TAction}"/> prefers what surprised.</summary>
public sealed record PrioritizedReplayOptions
{
    /// <summary>The exponent alpha of [0, 1]: 0 draws uniformly, 1 in proportion to the priorities. Default: 0.6, the paper's.</summary>
    public double PriorityExponent { get; init => field = Require.InClosed(value, 0, 1); } = 0.6;

    /// <summary>
    /// The exponent beta of the importance weights by the number of transitions added: 1 corrects the preference in full. One that rises above 1 later counts as 1. Default: a line
    /// from 0.4, the paper's, to 1 in a million transitions; the paper ends at the end of training.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The exponent at the beginning is outside [0, 1].</exception>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public Schedule ImportanceExponent
    {
        get;
        init
        {
            _ = Require.InClosed(Schedule.Valid(value).At(0), 0, 1);
            field = value;
        }
    } = Schedule.Linear(0.4, 1, 1_000_000);

    /// <summary>What is added to every absolute error, so that no transition is never drawn again; positive. Default: 1e-6.</summary>
    public double PriorityOffset { get; init => field = Require.Positive(value); } = 1e-6;
}

/// <summary>
/// Proportional prioritised replay: transition i is drawn with probability P(i) = p_i^alpha / sum p^alpha, where p_i = |error| + epsilon is from the last time it was learnt from,
/// and weighs (N P(i))^-beta in the loss, divided by the largest such weight of the batch.
/// </summary>
/// <remarks>
/// <para>T. Schaul, J. Quan, I. Antonoglou, D. Silver (2016), "Prioritized Experience Replay", algorithm 1, the proportional variant. A new transition gets the largest priority
/// that was ever given, 1 at first. Draws are stratified: sample b of a batch of K falls into the b-th of K equal parts of the total. Some libraries divide the weights by the
/// largest of the whole memory instead.</para>
/// <para>Composed over a <see cref="ReplayBuffer{TObservation, TAction}"/>, n-step samples included; what is added to that directly is noticed. Sampling and updating are
/// O(log capacity) for each row and allocate nothing.</para>
/// </remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class PrioritizedReplay<TObservation, TAction> : IReplay<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly PrioritizedReplayOptions _options;
    private readonly SumTree _tree;
    private double _largest = 1;
    private long _seen;

    /// <summary>Gives what the buffer holds and will hold priorities.</summary>
    /// <param name="options">The exponents.</param>
    /// <param name="buffer">The transitions; saved and loaded with this.</param>
    public PrioritizedReplay(PrioritizedReplayOptions options, ReplayBuffer<TObservation, TAction> buffer)
    {
        _options = Require.NotNull(options);
        Buffer = Require.NotNull(buffer);
        _tree = new SumTree(buffer.Capacity);
        Notice();
    }

    /// <inheritdoc/>
    public ReplayBuffer<TObservation, TAction> Buffer { get; }

    /// <summary>The probability P(i) that a draw which isn't stratified gives a transition.</summary>
    /// <param name="slot">Its slot.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slot isn't filled.</exception>
    public double Probability(int slot)
    {
        EnsureFilled(slot);
        Notice();
        return _tree[slot] / _tree.Total;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span has the wrong length, or a reward isn't a finite float; nothing was stored.</exception>
    public void Add(in Transition<TObservation, TAction> transition)
    {
        Buffer.Add(transition);
        Notice();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The buffer is empty.</exception>
    /// <exception cref="ArgumentException">The batch has rows of another length.</exception>
    public void Sample(RandomKey key, ReplayBatch<TObservation, TAction> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Buffer.EnsureNotEmpty();
        Notice();
        RandomStream stream = key.Stream();
        double part = _tree.Total / batch.Size, least = double.PositiveInfinity;
        for (int b = 0; b < batch.Size; b++)
        {
            batch.Slots[b] = _tree.Find((b + stream.NextDouble()) * part);
            least = Math.Min(least, _tree[batch.Slots[b]]);
        }

        Buffer.Gather(batch);

        // The largest weight belongs to the least probability, and N and the total cancel.
        double beta = Math.Min(_options.ImportanceExponent.At(Buffer.Added), 1);
        for (int b = 0; b < batch.Size; b++)
            batch.Weights[b] = (float)Math.Pow(least / _tree[batch.Slots[b]], beta);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">A slot isn't filled; no priority was changed.</exception>
    /// <exception cref="ArgumentException">The lengths differ, or an error isn't finite; no priority was changed.</exception>
    public void UpdatePriorities(ReadOnlySpan<int> slots, ReadOnlySpan<float> errors)
    {
        Require.Length(errors.Length, slots.Length, nameof(errors));
        Require.AllFinite(errors, nameof(errors));
        foreach (int slot in slots)
            EnsureFilled(slot);
        Notice();
        for (int b = 0; b < slots.Length; b++)
        {
            double priority = Math.Abs((double)errors[b]) + _options.PriorityOffset;
            _largest = Math.Max(_largest, priority);
            _tree[slots[b]] = Math.Pow(priority, _options.PriorityExponent);
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(Buffer);
        archive.Transfer(_tree);
        archive.Transfer(ref _largest);
        archive.Transfer(ref _seen);
    }

    /// <summary>Gives the transitions that were added since the last time the largest priority.</summary>
    private void Notice()
    {
        if (_seen == Buffer.Added)
            return;
        double weight = Math.Pow(_largest, _options.PriorityExponent);
        for (long k = Math.Max(_seen, Buffer.Added - Buffer.Capacity); k < Buffer.Added; k++)
            _tree[(int)(k % Buffer.Capacity)] = weight;
        _seen = Buffer.Added;
    }

    private void EnsureFilled(int slot)
    {
        if ((uint)slot >= (uint)Buffer.Count)
            throw new ArgumentOutOfRangeException(nameof(slot), slot, string.Create(CultureInfo.InvariantCulture, $"slot is {slot} but only 0 to {Buffer.Count - 1} are filled."));
    }
}
