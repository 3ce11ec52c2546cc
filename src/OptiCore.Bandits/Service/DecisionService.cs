using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A bandit policy in a service: any number of threads ask for decisions and bring rewards, which may come late, out of order or never; actions come and go; the state is saved, merged with another's,
/// and kept over crashes by a write-ahead log.
/// </summary>
/// <remarks>
/// <para><b>Threads.</b> Every member may be called from any thread at any time; calls are done one after the other. What they return depends on that order only.</para>
/// <para><b>The guarantee of the log.</b> With <see cref="DecisionServiceOptions.Journal"/>, a call that returned has been written before: after a crash, a service opened on the same folder has every decision and every
/// reward that was acknowledged, each once. A call that was cut off has happened as a whole or not at all; bring its reward again: it is refused as already counted if it had been (<see cref="Reward"/>). The
/// policy's state has the bits that it would have without the crash, and later decisions are the same.</para>
/// <para>The log holds as much as <see cref="DecisionServiceOptions.Durability"/> says: everything when the process ends by whatever cause; for a machine that loses power the disk has to be waited for, and its file system must keep the order
/// of renames and deletions, as journalling ones do.</para>
/// <para>Of the features of actions, those of the chosen one are kept until the reward comes; those of all where <see cref="DecisionServiceOptions.Log"/> is to have them.</para>
/// </remarks>
public sealed partial class DecisionService : IDisposable
{
    private readonly Lock _gate = new();
    private readonly DecisionServiceOptions _options;
    private readonly PolicyState _state;
    private readonly Actions _actions;
    private readonly PendingDecisions _pending;
    private readonly DecisionMetrics _metrics;
    private readonly DecisionJournal? _journal;
    private readonly int _features;
    private readonly bool _hasActionFeatures;
    private readonly double[] _kept;
    private double[] _context;
    private long _next, _snapshotAt;
    private Exception? _snapshotError;
    private bool _isDisposed;

    /// <summary>A service whose decisions need no context.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="actions">The names of the actions, at least one, no two equal. Where a log holds a state, that state's actions count.</param>
    /// <param name="options">What is kept, and where; null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no action, or two have one name.</exception>
    /// <exception cref="IOException">The log's folder is in use, or can't be read or written.</exception>
    /// <exception cref="CheckpointException">The log belongs to another policy, or its snapshot is damaged.</exception>
    public DecisionService(IBanditPolicy policy, IReadOnlyList<string> actions, DecisionServiceOptions? options = null)
        : this(Require.NotNull(policy).Start(CountOf(actions), (options ?? new()).Key), actions, options ?? new())
    {
    }

    /// <summary>A service whose decisions have contexts.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="features">The number of features, of the context or of each action, as the policy says.</param>
    /// <param name="actions">The names of the actions, at least one, no two equal. Where a log holds a state, that state's actions count.</param>
    /// <param name="options">What is kept, and where; null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no action, or two have one name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no features.</exception>
    /// <exception cref="IOException">The log's folder is in use, or can't be read or written.</exception>
    /// <exception cref="CheckpointException">The log belongs to another policy, or its snapshot is damaged.</exception>
    public DecisionService(IContextualPolicy policy, int features, IReadOnlyList<string> actions, DecisionServiceOptions? options = null)
        : this(Require.NotNull(policy).Start(CountOf(actions), features, (options ?? new()).Key), actions, options ?? new())
    {
    }

    private DecisionService(PolicyState state, IReadOnlyList<string> actions, DecisionServiceOptions options)
    {
        _options = options;
        _state = state;
        _actions = new Actions(actions);
        if (state is ContextualState contextual)
            (_features, _hasActionFeatures) = (contextual.Features, contextual.HasActionFeatures);
        if (options.Log is { } log)
            RequireFitting(log, options);
        _pending = new PendingDecisions(options.MostPending, _hasActionFeatures && options.Log is { } wide ? wide.Shape.ContextLength : _features, _features);
        _context = new double[state.ContextLength];
        _kept = new double[_pending.Width];
        _snapshotAt = options.RecordsPerSnapshot;
        _metrics = new DecisionMetrics(options.Name, () => PendingCount);
        if (options.Journal is { } folder)
            _journal = OpenJournal(folder);
    }

    /// <summary>The names of the actions, in the order of the policy's arms.</summary>
    public IReadOnlyList<string> ActionNames
    {
        get
        {
            lock (_gate)
                return _actions.Names();
        }
    }

    /// <summary>The number of decisions made.</summary>
    public long DecisionCount
    {
        get
        {
            lock (_gate)
                return _next;
        }
    }

    /// <summary>The number of rewards that the policy has learnt from.</summary>
    public long RewardCount
    {
        get
        {
            lock (_gate)
                return _state.Updates;
        }
    }

    /// <summary>The number of decisions that wait for their rewards.</summary>
    public int PendingCount
    {
        get
        {
            lock (_gate)
                return _pending.Count;
        }
    }

    /// <summary>Why the last attempt to begin the log anew failed; null if it didn't. Nothing is lost by it: the log goes on growing, and it is tried again.</summary>
    public Exception? SnapshotError
    {
        get
        {
            lock (_gate)
                return _snapshotError;
        }
    }

    /// <summary>The numbers that a context has; 0 where decisions need none. It changes with the actions where each has its own features.</summary>
    public int ContextLength
    {
        get
        {
            lock (_gate)
                return _state.ContextLength;
        }
    }

    /// <summary>Decides without a context.</summary>
    /// <exception cref="ArgumentException">The policy needs a context.</exception>
    /// <exception cref="IOException">The log can't be written; nothing was decided.</exception>
    public Decision Decide() => Decide([]);

    /// <summary>Decides.</summary>
    /// <param name="context">The context: as many finite numbers as <see cref="ContextLength"/> says.</param>
    /// <exception cref="ArgumentException">The context has another length, or holds NaN or an infinity.</exception>
    /// <exception cref="IOException">The log can't be written; nothing was decided.</exception>
    public Decision Decide(ReadOnlySpan<double> context)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            double propensity = double.NaN;
            int arm = _options.HasPropensities ? _state.Choose(context, _next, out propensity) : _state.Choose(context, _next);
            ReadOnlySpan<double> kept = Keep(context, arm);
            int action = _actions.KeyOf(arm);
            long time = _options.Log is null ? 0 : _options.Clock.GetUtcNow().Ticks;
            _journal?.Decided(_next, action, propensity, time, kept);
            var decision = new Decision(_next, _actions.NameOf(arm), propensity);
            if (Decided(action, propensity, time, kept))
                _metrics.GivenUp();
            SnapshotIfDue();
            _metrics.Decided();
            return decision;
        }
    }

    /// <summary>Brings the reward of a decision, once.</summary>
    /// <param name="id">The number of the decision.</param>
    /// <param name="reward">The reward, in the policy's range.</param>
    /// <exception cref="ArgumentException">There is no such decision, or its reward has come already, or it was given up; nothing is changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The reward is NaN or outside the policy's range; nothing is changed.</exception>
    /// <exception cref="IOException">The write-ahead log can't be written, and nothing is changed; or <see cref="DecisionServiceOptions.Log"/> can't, and the reward has been counted.</exception>
    public RewardOutcome Reward(long id, double reward)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            RequirePending(id);
            if (!_state.Rewards.Contains(reward))
                throw new ArgumentOutOfRangeException(nameof(reward), reward, string.Create(CultureInfo.InvariantCulture, $"reward is {reward} but must {_state.Rewards} for {_state.Policy.GetType().Name}."));
            _pending.TryGet(id, out int action, out double propensity, out long time, out ReadOnlySpan<double> context);
            _journal?.Rewarded(id, reward);
            RewardOutcome outcome = Rewarded(id, reward);
            SnapshotIfDue();
            _metrics.Rewarded(reward, outcome);

            // Last, so that whatever happens to it the reward has been counted; the slot's context is still there.
            if (_options.Log is { } log && !PendingDecisions.IsPartial(context))
                log.Write(context, action, propensity, reward, Math.Max(0, TimeSpan.FromTicks(_options.Clock.GetUtcNow().Ticks - time).TotalSeconds));
            return outcome;
        }
    }

    /// <summary>Gives a decision up: its reward will never come.</summary>
    /// <param name="id">The number of the decision.</param>
    /// <exception cref="ArgumentException">There is no such decision, or its reward has come already, or it was given up; nothing is changed.</exception>
    /// <exception cref="IOException">The log can't be written; nothing is changed.</exception>
    public void GiveUp(long id)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            RequirePending(id);
            _journal?.GivenUp(id);
            _pending.Remove(id);
            SnapshotIfDue();
            _metrics.GivenUp();
        }
    }

    /// <summary>Adds an action, of which nothing is known.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is one of this name.</exception>
    /// <exception cref="NotSupportedException">The policy's arms are fixed, or the log of decisions has no room for another one.</exception>
    public void AddAction(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _actions.RequireNew(name);
            RequireChangeableArms();
            if (_options.Log is { } log && _actions.KeyCount >= log.Shape.Actions)
                throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture, $"The log of decisions is made for {log.Shape.Actions} actions, which there have been: make its shape larger."));
            _journal?.ActionAdded(name);
            ActionAdded(name);
            SnapshotIfDue();
        }
    }

    /// <summary>Removes an action with what is known of it. Rewards of its earlier decisions may still be brought, and are passed over.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is none of this name, or it is the last one.</exception>
    /// <exception cref="NotSupportedException">The policy's arms are fixed.</exception>
    public void RemoveAction(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _actions.RequireRemovable(name);
            RequireChangeableArms();
            _journal?.ActionRemoved(name);
            ActionRemoved(name);
            SnapshotIfDue();
        }
    }

    /// <summary>Takes up the experience of another service's policy, as if its rewards had come here. The other's pending decisions stay with it.</summary>
    /// <param name="other">A service of an equal policy with the same actions in the same order; it isn't changed.</param>
    /// <exception cref="ArgumentException">The policies or the actions differ.</exception>
    /// <exception cref="NotSupportedException">What the policy knows depends on the order of its rewards.</exception>
    /// <exception cref="IOException">The log can't be written; nothing is changed.</exception>
    public void Merge(DecisionService other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(other, this))
            throw new ArgumentException("A service can't be merged with itself.", nameof(other));
        if (other.Configuration != Configuration)
            throw new ArgumentException($"Only services with equal policies can be merged: here it is {Configuration}, there {other.Configuration}.", nameof(other));
        byte[] bytes;
        IReadOnlyList<string> names;
        lock (other._gate)
            (bytes, names) = (StateArchive.Save(other._state), other._actions.Names());
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _actions.RequireEqual(names, nameof(other));
            PolicyState copy = _state is ContextualState
                ? ((IContextualPolicy)_state.Policy).Start(_state.Arms, _features, _options.Key)
                : ((IBanditPolicy)_state.Policy).Start(_state.Arms, _options.Key);
            StateArchive.Load(copy, bytes);
            byte[] before = StateArchive.Save(_state);
            _state.Merge(copy);
            try
            {
                // Not a record of the log: too large, and seldom.
                _journal?.Snapshot(SaveCore);
            }
            catch
            {
                StateArchive.Load(_state, before);
                throw;
            }
        }
    }

    /// <summary>Writes the whole state, pending decisions included, with a version and a checksum.</summary>
    /// <param name="stream">Receives the bytes; stays open.</param>
    public void Save(Stream stream)
    {
        lock (_gate)
            SaveCore(stream);
    }

    /// <summary>Replaces the whole state by a saved one.</summary>
    /// <param name="stream">The stream, positioned at the saved state of a service of an equal policy; its actions replace those that are here.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged, or of another policy; nothing is changed.</exception>
    public void Load(Stream stream)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var whole = new Whole(this);
            byte[] before = StateArchive.Save(whole);
            LoadCore(stream);
            try
            {
                _journal?.Snapshot(SaveCore);
            }
            catch
            {
                StateArchive.Load(whole, before);
                throw;
            }
        }
    }

    /// <summary>Closes the log. What was acknowledged is in it already.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            _journal?.Dispose();
            _metrics.Dispose();
        }
    }

    private static int CountOf(IReadOnlyList<string> actions)
    {
        ArgumentNullException.ThrowIfNull(actions);
        return actions.Count > 0 ? actions.Count : throw new ArgumentException("There must be at least one action.", nameof(actions));
    }

    private void RequireFitting(DecisionLogWriter log, DecisionServiceOptions options)
    {
        if (!options.HasPropensities)
            throw new ArgumentException("A log of decisions needs propensities: HasPropensities is false.", nameof(options));
        int own = _hasActionFeatures ? _features : 0, shared = _features - own;
        if (log.Shape.HasProbabilities || log.Shape.Positions != 1 || log.Shape.ActionFeatureCount != own || log.Shape.SharedLength != shared || log.Shape.Actions < _actions.Count)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The log of decisions must have one position, no table of probabilities, a shared context of {shared} numbers, {own} features of each action and at least {_actions.Count} actions; it has {log.Shape}."),
                nameof(options));
        }
    }

    private void RequirePending(long id)
    {
        if (_pending.TryGet(id, out _, out _, out _, out _))
            return;
        string reason = id < 0 || id >= _next
            ? string.Create(CultureInfo.InvariantCulture, $"There is no decision {id}: {_next} have been made.")
            : string.Create(CultureInfo.InvariantCulture, $"Decision {id} doesn't wait for a reward: it has had one, or was given up.");
        throw new ArgumentException(reason, nameof(id));
    }

    private void RequireChangeableArms()
    {
        if (!_state.CanChangeArms)
            throw new NotSupportedException($"The arms of {_state.Policy.GetType().Name} are fixed while it is at work.");
    }
}
