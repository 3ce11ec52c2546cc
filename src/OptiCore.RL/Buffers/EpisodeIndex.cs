using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Which step of which episode each slot of a replay buffer holds. Noticing a step is O(environments), amortised: an episode is walked back once, when it ends.
/// </summary>
internal sealed class EpisodeIndex : IPersistent
{
    private readonly int _capacity;
    private readonly int _environments;
    private readonly int[] _steps;      // by slot: the number of the step in its episode
    private readonly int[] _lengths;    // by slot: the number of steps of its episode, 0 while it runs
    private readonly int[] _running;    // by environment: the number of steps of the running episode so far
    private readonly int[] _firsts;     // the first slots of the episodes that have ended and are stored whole, in no order
    private readonly int[] _places;     // by slot: where in _firsts it is, or -1
    private int _complete;
    private long _seen;

    public EpisodeIndex(int capacity, int environments)
    {
        _capacity = capacity;
        _environments = environments;
        _steps = new int[capacity];
        _lengths = new int[capacity];
        _running = new int[environments];
        _firsts = new int[capacity];
        _places = new int[capacity];
        _places.AsSpan().Fill(-1);
    }

    /// <summary>The number of episodes that have ended and are stored whole.</summary>
    public int Complete => _complete;

    /// <summary>The first slot of such an episode.</summary>
    public int First(int index) => _firsts[index];

    /// <summary>The number of the step in its episode.</summary>
    public int Step(int slot) => _steps[slot];

    /// <summary>The number of steps of a slot's episode, so far if it is running.</summary>
    public int Length(int slot) => _lengths[slot] > 0 ? _lengths[slot] : _running[slot % _environments];

    /// <summary>The first step of a slot's episode that isn't overwritten yet.</summary>
    public int FirstStored(int slot)
    {
        int oldest = _seen <= _capacity ? 0 : (int)(_seen % _capacity);
        int age = slot >= oldest ? slot - oldest : slot - oldest + _capacity;
        return Math.Max(0, _steps[slot] - (age / _environments));
    }

    /// <summary>Where a stored step of a slot's episode lies.</summary>
    public int Slot(int slot, int step)
    {
        long target = (slot + ((long)(step - _steps[slot]) * _environments)) % _capacity;
        return (int)(target < 0 ? target + _capacity : target);
    }

    /// <summary>Takes in what was added to the buffer since the last time, and what was cut there.</summary>
    public void Notice<TObservation, TAction>(ReplayBuffer<TObservation, TAction> buffer)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ReadOnlySpan<bool> terminated = buffer.Terminated, truncated = buffer.Truncated;
        if (_seen > 0 && buffer.Added - _seen < _capacity)
            CloseCut(truncated);
        if (buffer.Added - _seen > _capacity)
        {
            // Steps were overwritten unseen. How long the running episodes are is unknown; their beginnings are gone, which so many steps say.
            _seen = buffer.Added - _capacity;
            _running.AsSpan().Fill(_capacity / _environments);
        }

        for (; _seen < buffer.Added; _seen += _environments)
        {
            int row = (int)(_seen % _capacity);
            for (int i = 0; i < _environments; i++)
            {
                int slot = row + i;
                Forget(slot);
                _steps[slot] = _running[i];
                _lengths[slot] = 0;
                _running[i] = checked(_running[i] + 1);
                if (terminated[slot] || truncated[slot])
                    Close(i, slot);
            }
        }
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _seen);
        archive.Transfer<int>(_steps);
        archive.Transfer<int>(_lengths);
        archive.Transfer<int>(_running);
        archive.Transfer<int>(_firsts);
        archive.Transfer<int>(_places);
        archive.Transfer(ref _complete);
    }

    /// <summary>Ends the episodes whose newest step was marked as truncated after it was seen.</summary>
    private void CloseCut(ReadOnlySpan<bool> truncated)
    {
        int newest = (int)((_seen - _environments) % _capacity);
        for (int i = 0; i < _environments; i++)
        {
            if (_running[i] > 0 && truncated[newest + i])
                Close(i, newest + i);
        }
    }

    private void Close(int environment, int last)
    {
        int length = _running[environment], rows = _capacity / _environments, slot = last;
        for (int k = 0; k < Math.Min(length, rows); k++)
        {
            _lengths[slot] = length;
            slot = slot >= _environments ? slot - _environments : slot - _environments + _capacity;
        }

        _running[environment] = 0;
        if (length > rows)
            return;
        int first = Slot(last, 0);
        _places[first] = _complete;
        _firsts[_complete++] = first;
    }

    /// <summary>An episode whose first step is overwritten isn't whole any more; the last of the list takes its place.</summary>
    private void Forget(int slot)
    {
        int place = _places[slot];
        if (place < 0)
            return;
        int moved = _firsts[--_complete];
        _firsts[place] = moved;
        _places[moved] = place;
        _places[slot] = -1;
    }
}
