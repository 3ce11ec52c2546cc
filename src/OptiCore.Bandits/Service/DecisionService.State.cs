using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>What happens to the state, when it is asked for and when the log is read again.</summary>
public sealed partial class DecisionService
{
    private const string Kind = nameof(DecisionService);

    private string Configuration => $"{Checkpoint.Describe(_state.Policy)}{(_features > 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" of {_features} features") : "")}";

    private DecisionJournal OpenJournal(string folder)
    {
        try
        {
            DecisionJournal journal = DecisionJournal.Open(folder, _options.Durability, LoadCore, Replay);
            if (journal.IsNew)
            {
                // From here on the actions are those of the folder.
                journal.Snapshot(SaveCore);
            }

            return journal;
        }
        catch
        {
            _metrics.Dispose();
            throw;
        }
    }

    private void Replay(ReadOnlySpan<byte> bytes)
    {
        DecisionRecord record = DecisionRecord.Read(bytes, _features, _hasActionFeatures);
        switch (record.Kind)
        {
            case DecisionRecordKind.Decided:
                _next = record.Id;
                Decided(record.Action, record.Number, record.Time, record.Context);
                break;
            case DecisionRecordKind.Rewarded:
                Rewarded(record.Id, record.Number);
                break;
            case DecisionRecordKind.GivenUp:
                _pending.Remove(record.Id);
                break;
            case DecisionRecordKind.ActionAdded:
                ActionAdded(record.Name);
                RequireRoom();
                break;
            default:
                ActionRemoved(record.Name);
                break;
        }
    }

    /// <summary>What is kept of a context until the reward comes: all of it, the features of the chosen arm, or those of all actions by their keys where a log is to have them.</summary>
    private ReadOnlySpan<double> Keep(ReadOnlySpan<double> context, int arm)
    {
        if (!_hasActionFeatures)
            return context;
        if (_pending.Width == _features)
            return context.Slice(arm * _features, _features);
        Array.Clear(_kept);
        for (int other = 0; other < _actions.Count; other++)
            context.Slice(other * _features, _features).CopyTo(_kept.AsSpan(_actions.KeyOf(other) * _features));
        return _kept;
    }

    /// <summary>True if an older decision was given up.</summary>
    private bool Decided(int action, double propensity, long time, ReadOnlySpan<double> kept) => _pending.Add(_next++, action, propensity, time, kept);

    private RewardOutcome Rewarded(long id, double reward)
    {
        _pending.TryGet(id, out int action, out double propensity, out _, out ReadOnlySpan<double> kept);
        int arm = _actions.ArmOf(action);
        if (arm >= 0)
        {
            if (_hasActionFeatures)
            {
                // Policies learn from the features of the arm that was played.
                Array.Clear(_context);
                _pending.Chosen(kept, action).CopyTo(_context.AsSpan(arm * _features));
                kept = _context;
            }

            // Policies that weight rewards by the probability of their choice need that of then.
            if (propensity > 0)
                _state.Update(kept, arm, reward, Math.Min(1, propensity));
            else
                _state.Update(kept, arm, reward);
        }

        _pending.Remove(id);
        return arm >= 0 ? RewardOutcome.Learnt : RewardOutcome.ActionRemoved;
    }

    private void ActionAdded(string name)
    {
        _state.AddArm();
        _actions.Add(name);
        Resize();
    }

    private void ActionRemoved(string name)
    {
        _state.RemoveArm(_actions.Remove(name));
        Resize();
    }

    private void RequireRoom()
    {
        if (_options.Log is { } log && _actions.KeyCount > log.Shape.Actions)
            throw new CheckpointException($"There have been {_actions.KeyCount} actions, and the log of decisions is made for {log.Shape.Actions}: make its shape larger.");
    }

    private void Resize() => _context = new double[_state.ContextLength];

    private void SnapshotIfDue()
    {
        if (_journal is not { } journal || journal.Records < _snapshotAt)
            return;
        try
        {
            journal.Snapshot(SaveCore);
            _snapshotError = null;
            _snapshotAt = _options.RecordsPerSnapshot;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What was asked for is in the log and has happened.
            _snapshotError = e;
            _snapshotAt = journal.Records + _options.RecordsPerSnapshot;
        }
    }

    private void SaveCore(Stream stream) => Checkpoint.Write(stream, Kind, Configuration, new Whole(this));

    private void LoadCore(Stream stream) => Checkpoint.Read(stream, Kind, Configuration, new Whole(this));

    /// <summary>All that is saved of a service. The number of arms comes first: the policy's state is brought to it before it is loaded.</summary>
    private sealed class Whole(DecisionService service) : IPersistent
    {
        public void Persist(StateArchive archive)
        {
            archive.Transfer(service._actions);
            service.RequireRoom();
            PolicyState state = service._state;
            int arms = service._actions.Count;
            if (state.Arms != arms && !state.CanChangeArms)
                throw new CheckpointException($"The saved service has {arms} actions, this one {state.Arms}, and the arms of its policy are fixed.");
            while (state.Arms < arms)
                state.AddArm();
            while (state.Arms > arms)
                state.RemoveArm(state.Arms - 1);
            archive.Transfer(state);
            archive.Transfer(service._pending);
            archive.Transfer(ref service._next);
            service.Resize();
        }
    }
}
