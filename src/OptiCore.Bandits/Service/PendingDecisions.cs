using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>The decisions that wait for their rewards: a ring of slots by number, which grows up to a limit and gives up the oldest beyond.</summary>
internal sealed class PendingDecisions : IPersistent
{
    private const int Fewest = 64;

    private readonly int _most, _width, _features;
    private Slot[] _slots;
    private double[] _contexts;

    /// <summary>No decisions.</summary>
    /// <param name="most">How many there may be, rounded up to a power of two.</param>
    /// <param name="width">The numbers that are kept of each context.</param>
    /// <param name="features">The number of features: as many as are kept, or fewer where those of all actions are, action after action.</param>
    public PendingDecisions(int most, int width, int features)
    {
        _most = (int)BitOperations.RoundUpToPowerOf2((uint)most);
        _width = width;
        _features = features;
        _slots = Empty(Math.Min(Fewest, _most));
        _contexts = new double[_slots.Length * _width];
    }

    /// <summary>The number of decisions that wait.</summary>
    public int Count { get; private set; }

    /// <summary>The numbers that are kept of each context.</summary>
    public int Width => _width;

    /// <summary>Whether only the features of the chosen action are known of those that are to be kept.</summary>
    public static bool IsPartial(ReadOnlySpan<double> kept)
    {
        foreach (double value in kept)
        {
            if (double.IsNaN(value))
                return true;
        }

        return false;
    }

    /// <summary>The features of the chosen action.</summary>
    /// <param name="kept">What is kept.</param>
    /// <param name="action">The action.</param>
    public ReadOnlySpan<double> Chosen(ReadOnlySpan<double> kept, int action) => kept.Length == _features ? kept : kept.Slice(action * _features, _features);

    /// <summary>Adds a decision, numbered higher than any before.</summary>
    /// <returns>True if an older one was given up.</returns>
    public bool Add(long id, int action, double propensity, long time, ReadOnlySpan<double> context)
    {
        while (_slots[Index(id)].Id >= 0 && _slots.Length < _most)
            Grow();
        int index = Index(id);
        ref Slot slot = ref _slots[index];
        bool replaces = slot.Id >= 0;
        Count += replaces ? 0 : 1;
        slot = new Slot(id, action, propensity, time);
        Convert(context, action, _contexts.AsSpan(index * _width, _width));
        return replaces;
    }

    /// <summary>True if the decision waits.</summary>
    public bool TryGet(long id, out int action, out double propensity, out long time, out ReadOnlySpan<double> context)
    {
        int index = Index(id);
        Slot slot = _slots[index];
        (action, propensity, time) = ((int)slot.Action, slot.Propensity, slot.Time);
        context = _contexts.AsSpan(index * _width, _width);
        return slot.Id == id && id >= 0;
    }

    /// <summary>Takes a decision away that waits.</summary>
    public void Remove(long id)
    {
        _slots[Index(id)] = Slot.Free;
        Count--;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _slots);
        archive.Transfer(ref _contexts);
        if (archive.IsLoading && _contexts.Length != _slots.Length * _width)
            ConvertAll();
        Count = 0;
        foreach (Slot slot in _slots)
            Count += slot.Id >= 0 ? 1 : 0;
    }

    /// <summary>Brings what was kept with another width, without a log or for another number of actions, to this one: NaN where it isn't known.</summary>
    private void Convert(ReadOnlySpan<double> context, int action, Span<double> kept)
    {
        if (context.Length == kept.Length)
        {
            context.CopyTo(kept);
            return;
        }

        ReadOnlySpan<double> chosen = Chosen(context, action);
        kept.Fill(double.NaN);
        chosen.CopyTo(kept.Length == _features ? kept : kept[(action * _features)..]);
    }

    private void ConvertAll()
    {
        double[] contexts = _contexts;
        int width = contexts.Length / _slots.Length;
        if (_features == 0 || width == 0 || width % _features != 0 || width * _slots.Length != contexts.Length)
            throw new CheckpointException("The saved decisions have contexts of another length.");
        _contexts = new double[_slots.Length * _width];
        for (int i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].Id >= 0)
                Convert(contexts.AsSpan(i * width, width), (int)_slots[i].Action, _contexts.AsSpan(i * _width, _width));
        }
    }

    private static Slot[] Empty(int length)
    {
        var slots = new Slot[length];
        Array.Fill(slots, Slot.Free);
        return slots;
    }

    private int Index(long id) => (int)(id & (_slots.Length - 1));

    private void Grow()
    {
        (Slot[] slots, double[] contexts) = (_slots, _contexts);
        _slots = Empty(2 * slots.Length);
        _contexts = new double[_slots.Length * _width];
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i].Id < 0)
                continue;
            int index = Index(slots[i].Id);
            _slots[index] = slots[i];
            contexts.AsSpan(i * _width, _width).CopyTo(_contexts.AsSpan(index * _width, _width));
        }
    }

    /// <summary>A decision; negative numbers are none. Eight bytes each, so that the slots are saved as they lie.</summary>
    private readonly record struct Slot(long Id, long Action, double Propensity, long Time)
    {
        public static Slot Free => new(-1, 0, 0, 0);
    }
}
