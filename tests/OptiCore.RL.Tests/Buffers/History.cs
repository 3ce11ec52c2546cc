using FsCheck;
using FsCheck.Fluent;

namespace OptiCore.RL.Tests;

/// <summary>
/// The oracle of the replay memories: a plain list of generated steps. Observations are two numbers that occur once: 2 and 4 times the transition's number for what was seen,
/// and the same plus a half for what came of it; the action is its number.
/// </summary>
public sealed class History(int environments)
{
    private readonly List<Entry> _entries = [];

    public static Arbitrary<(int Environments, int Rows, int Steps, int[] Fates)> Any { get; } = (
        from environments in Gen.Choose(1, 3)
        from rows in Gen.Choose(1, 7)
        from steps in Gen.Choose(1, 4)
        from played in Gen.Choose(1, 20)
        from fates in Gen.Choose(0, 9).ArrayOf(environments * played)
        select (environments, rows, steps, fates)).ToArbitrary();

    public int Count => _entries.Count;

    public Entry this[int number] => _entries[number];

    /// <summary>Plays steps with the fates 0 for the end of the task, 1 for the end of the recording, 2 for both, and adds each to a memory.</summary>
    public void Play(int[] fates, ReplayAdder add)
    {
        for (int start = 0; start < fates.Length; start += environments)
        {
            for (int i = 0; i < environments; i++)
                _entries.Add(new Entry(_entries.Count, fates[start + i] is 0 or 2, fates[start + i] is 1 or 2));
            Add(start: _entries.Count - environments, environments, add);
        }
    }

    /// <summary>Adds the transitions from a number on again, as the rows of one call.</summary>
    public void Add(int start, int rows, ReplayAdder add)
    {
        Entry[] entries = [.. _entries.Skip(start).Take(rows)];
        add(new Transition<float, int>
        {
            Observations = entries.SelectMany(e => e.Observation).ToArray(),
            Actions = entries.Select(e => e.Number).ToArray(),
            Rewards = entries.Select(e => (double)e.Reward).ToArray(),
            Terminated = entries.Select(e => e.Terminated).ToArray(),
            Truncated = entries.Select(e => e.Truncated).ToArray(),
            NextObservations = entries.SelectMany(e => e.Next).ToArray(),
        });
    }

    /// <summary>The transitions from a number on to the end of its episode or of the list.</summary>
    public List<Entry> Rest(int number)
    {
        var rest = new List<Entry> { _entries[number] };
        while (!rest[^1].Ends && rest[^1].Number + environments < Count)
            rest.Add(_entries[rest[^1].Number + environments]);
        return rest;
    }

    /// <summary>The transitions of the episode up to a number, whether still stored or not.</summary>
    public List<Entry> Before(int number)
    {
        var before = new List<Entry>();
        for (int k = number - environments; k >= 0 && !_entries[k].Ends; k -= environments)
            before.Insert(0, _entries[k]);
        return before;
    }

    public delegate void ReplayAdder(in Transition<float, int> transition);

    public sealed record Entry(int Number, bool Terminated, bool Truncated)
    {
        public bool Ends => Terminated || Truncated;

        public float Reward => ((Number * 7) % 11) - 5;

        public float[] Observation => [2 * Number, 4 * Number];

        public float[] Next => [(2 * Number) + 0.5f, (4 * Number) + 0.5f];
    }
}
