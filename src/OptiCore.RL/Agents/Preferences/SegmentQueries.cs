namespace OptiCore.RL;

/// <summary>Draws pairs of segments from a memory and chooses which a teacher is asked about.</summary>
internal sealed class SegmentQueries
{
    private const int Attempts = 100;

    private readonly ReplayBuffer<float, float> _buffer;
    private readonly Segment _first;
    private readonly Segment _second;
    private readonly int[] _slots;
    private readonly double[] _dullness;
    private readonly int[] _places;
    private readonly Comparison<int> _byDullness;
    private readonly int _steps;
    private readonly int _window;

    public SegmentQueries(ReplayBuffer<float, float> buffer, int steps, int window, int candidates)
    {
        (_buffer, _steps, _window) = (buffer, steps, window);
        (_first, _second) = (new Segment(buffer, steps), new Segment(buffer, steps));
        _slots = new int[checked(2 * candidates * steps)];
        _dullness = new double[candidates];
        _places = new int[candidates];
        _byDullness = (x, y) => _dullness[x] != _dullness[y] ? _dullness[x].CompareTo(_dullness[y]) : x.CompareTo(y);
    }

    /// <summary>Asks about the most interesting of several pairs, and remembers the answers.</summary>
    /// <returns>The number of questions, which is smaller where there are too few segments.</returns>
    public int Ask(int questions, int candidates, QueryChoice choice, PreferenceModelState model, IPreferenceTeacher teacher, RandomKey key)
    {
        int drawn = 0;
        RandomStream stream = key.Fold("segments").Stream();
        while (drawn < candidates && DrawSegment(ref stream, 2 * drawn) && DrawSegment(ref stream, (2 * drawn) + 1))
            drawn++;
        for (int i = 0; i < drawn; i++)
        {
            Load(i);
            (_dullness[i], _places[i]) = (-model.Interest(choice, _first.View, _second.View), i);
        }

        // Uniform draws are in random order as they are. Sorting isn't stable, so that ties go by place.
        if (choice != QueryChoice.Uniform)
            _places.AsSpan(0, drawn).Sort(_byDullness);
        int asked = Math.Min(questions, drawn);
        for (int i = 0; i < asked; i++)
        {
            Load(_places[i]);
            model.Add(_first.View, _second.View, teacher.Compare(_first.View, _second.View, key.Fold("answers").Fold(i)));
        }

        return asked;
    }

    /// <summary>The slots of one segment, from a random beginning that enough steps of its episode follow.</summary>
    private bool DrawSegment(ref RandomStream stream, int index)
    {
        int count = Math.Min(_buffer.Count, _window);
        Span<int> slots = _slots.AsSpan(index * _steps, _steps);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int slot = _buffer.Slot(_buffer.Count - count + Draw.Below(ref stream, count)), filled = 0;
            for (; slot >= 0 && filled < _steps; filled++)
            {
                slots[filled] = slot;
                slot = filled + 1 < _steps ? _buffer.Successor(slot) : slot;
            }

            if (filled == _steps)
                return true;
        }

        return false;
    }

    private void Load(int pair)
    {
        _first.Load(_buffer, _slots.AsSpan(2 * pair * _steps, _steps));
        _second.Load(_buffer, _slots.AsSpan(((2 * pair) + 1) * _steps, _steps));
    }

    private sealed class Segment(ReplayBuffer<float, float> buffer, int steps)
    {
        private readonly float[] _observations = new float[steps * buffer.ObservationLength];
        private readonly float[] _actions = new float[steps * buffer.ActionLength];
        private readonly float[] _rewards = new float[steps];

        public TrajectorySegment View => new() { Observations = _observations, Actions = _actions, Rewards = _rewards };

        public void Load(ReplayBuffer<float, float> from, ReadOnlySpan<int> slots)
        {
            (int inputs, int length) = (from.ObservationLength, from.ActionLength);
            for (int i = 0; i < slots.Length; i++)
            {
                from.Observations.Slice(slots[i] * inputs, inputs).CopyTo(_observations.AsSpan(i * inputs));
                from.Actions.Slice(slots[i] * length, length).CopyTo(_actions.AsSpan(i * length));
                _rewards[i] = from.Rewards[slots[i]];
            }
        }
    }
}
