using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Hindsight experience replay: a share of every batch is relabelled as if what was achieved later had been desired all along, so that an episode which missed its goal still teaches.
/// </summary>
/// <remarks>
/// <para>M. Andrychowicz et al. (2017), "Hindsight Experience Replay". There k relabelled copies of every transition are stored; here the share k / (k + 1) of a batch, rounded down
/// to whole samples, is relabelled as it is drawn, which has the same distribution and costs no memory. The relabelled samples are the first rows of the batch. The goal that step t
/// achieved is that of its next observation, so that <see cref="HindsightStrategy.Future"/> may take that of the transition itself. Of an episode that is still running, what was
/// played so far counts.</para>
/// <para>Composed over another memory, uniform or prioritised, with one-step samples: rewards inside longer ones would need the goal too. Drawing is O(rows) beyond that of the other
/// memory; nothing is allocated once the largest batch was drawn.</para>
/// </remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class HindsightReplay<TObservation, TAction> : IReplay<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly HindsightOptions _options;
    private readonly IReplay<TObservation, TAction> _inner;
    private readonly IGoalReward<TObservation, TAction> _reward;
    private readonly EpisodeIndex _index;
    private bool[] _terminated = [];

    /// <summary>Relabels what another memory draws.</summary>
    /// <param name="options">Where the goals are and which are taken.</param>
    /// <param name="reward">The reward function of the task.</param>
    /// <param name="inner">The memory to draw from; saved and loaded with this.</param>
    /// <exception cref="ArgumentException">A goal lies outside the observation, the goals overlap, or samples of the memory cover more than one step.</exception>
    public HindsightReplay(HindsightOptions options, IGoalReward<TObservation, TAction> reward, IReplay<TObservation, TAction> inner)
    {
        _options = Require.NotNull(options);
        _reward = Require.NotNull(reward);
        _inner = Require.NotNull(inner);
        int length = Buffer.ObservationLength, goal = options.GoalLength;
        if ((long)options.AchievedGoal + goal > length || (long)options.DesiredGoal + goal > length || Math.Abs(options.AchievedGoal - options.DesiredGoal) < goal)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"Goals of {goal} elements at {options.AchievedGoal} and {options.DesiredGoal} must lie apart from each other inside an observation of {length}."), nameof(options));
        }

        if (Buffer.Options.Steps != 1)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Samples of {Buffer.Options.Steps} steps can't be relabelled: the buffer's Steps must be 1."), nameof(inner));
        _index = new EpisodeIndex(Buffer.Capacity, Buffer.Environments);
        _index.Notice(Buffer);
    }

    /// <inheritdoc/>
    public ReplayBuffer<TObservation, TAction> Buffer => _inner.Buffer;

    /// <summary>The number of samples of a batch that are relabelled.</summary>
    /// <param name="size">The size of the batch.</param>
    public int Relabelled(int size) => (int)(Require.Positive(size, nameof(size)) * (_options.GoalsPerTransition / (_options.GoalsPerTransition + 1)));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span has the wrong length, or a reward isn't a finite float; nothing was stored.</exception>
    public void Add(in Transition<TObservation, TAction> transition)
    {
        _index.Notice(Buffer);
        _inner.Add(transition);
        _index.Notice(Buffer);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The buffer is empty.</exception>
    /// <exception cref="ArgumentException">The batch has rows of another length.</exception>
    public void Sample(RandomKey key, ReplayBatch<TObservation, TAction> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _inner.Sample(key.Fold("transitions"), batch);
        int rows = Relabelled(batch.Size), length = Buffer.ObservationLength;
        if (rows == 0)
            return;
        _index.Notice(Buffer);
        if (_terminated.Length < rows)
            _terminated = new bool[rows];
        RandomStream stream = key.Fold("goals").Stream();
        for (int b = 0; b < rows; b++)
        {
            int slot = batch.Slots[b];
            ReadOnlySpan<TObservation> goal = Buffer.NextObservations.Slice((Pick(slot, ref stream) * length) + _options.AchievedGoal, _options.GoalLength);
            goal.CopyTo(batch.Observations.AsSpan((b * length) + _options.DesiredGoal));
            goal.CopyTo(batch.NextObservations.AsSpan((b * length) + _options.DesiredGoal));
            _terminated[b] = Buffer.Terminated[slot];
        }

        _reward.Judge(new GoalTransitions<TObservation, TAction>
        {
            Layout = _options,
            Observations = batch.Observations.AsSpan(0, rows * length),
            Actions = batch.Actions.AsSpan(0, rows * Buffer.ActionLength),
            NextObservations = batch.NextObservations.AsSpan(0, rows * length),
            Rewards = batch.Rewards.AsSpan(0, rows),
            Terminated = _terminated.AsSpan(0, rows),
        });
        for (int b = 0; b < rows; b++)
            batch.Discounts[b] = _terminated[b] ? 0 : (float)Buffer.Options.Discount;
    }

    /// <inheritdoc/>
    public void UpdatePriorities(ReadOnlySpan<int> slots, ReadOnlySpan<float> errors) => _inner.UpdatePriorities(slots, errors);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
        archive.Transfer(_index);
    }

    /// <summary>The slot whose achieved goal a transition gets.</summary>
    private int Pick(int slot, ref RandomStream stream)
    {
        int step = _index.Step(slot), end = _index.Length(slot);
        return _options.Strategy switch
        {
            HindsightStrategy.Future => _index.Slot(slot, stream.NextInt32(step, end)),
            HindsightStrategy.Final => _index.Slot(slot, end - 1),
            HindsightStrategy.Episode => _index.Slot(slot, stream.NextInt32(_index.FirstStored(slot), end)),
            _ => stream.NextInt32(Buffer.Count),
        };
    }
}
