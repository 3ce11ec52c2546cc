using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>Says how many updates are due: none for the first transitions, then a fixed number for each, which may be a fraction.</summary>
/// <param name="start">The number of transitions before the first update.</param>
/// <param name="updatesPerTransition">The updates for each transition after that.</param>
public sealed class UpdateClock(long start, double updatesPerTransition) : IPersistent
{
    private long _transitions;
    private long _updates;
    private long _inserted;

    /// <summary>The number of transitions so far.</summary>
    public long Transitions => _transitions;

    /// <summary>The number of updates so far, inserted ones included.</summary>
    public long Updates => _updates + _inserted;

    /// <summary>Counts transitions.</summary>
    /// <param name="count">Their number.</param>
    public void Advance(int count) => _transitions += count;

    /// <summary>Whether an update is due; it counts as done then.</summary>
    public bool Take()
    {
        if (_transitions < start || _updates >= (_transitions - start + 1) * updatesPerTransition)
            return false;
        _updates++;
        return true;
    }

    /// <summary>Counts an update that isn't due; those that are due stay so.</summary>
    public void Insert() => _inserted++;

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _transitions);
        archive.Transfer(ref _updates);
        archive.Transfer(ref _inserted);
    }
}
