using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>Names of actions, the policy's arms that they are now, and keys that stay theirs when arms come and go.</summary>
internal sealed class Actions : IPersistent
{
    // By arm: the name and the key. By key: the arm, or -1 for one that was removed.
    private readonly List<string> _names;
    private int[] _keys, _arms;

    public Actions(IReadOnlyList<string> names)
    {
        _names = [];
        _keys = new int[names.Count];
        _arms = new int[names.Count];
        for (int i = 0; i < names.Count; i++)
        {
            RequireNew(Require.NotNull(names[i], nameof(names)));
            _names.Add(names[i]);
            _keys[i] = _arms[i] = i;
        }
    }

    /// <summary>The number of actions.</summary>
    public int Count => _names.Count;

    /// <summary>How many actions there have ever been.</summary>
    public int KeyCount => _arms.Length;

    /// <summary>A copy of the names, in the order of the arms.</summary>
    public IReadOnlyList<string> Names() => [.. _names];

    public string NameOf(int arm) => _names[arm];

    public int KeyOf(int arm) => _keys[arm];

    /// <summary>The arm of a key, or -1 if the action was removed.</summary>
    public int ArmOf(int key) => _arms[key];

    public void Add(string name)
    {
        _names.Add(name);
        _keys = [.. _keys, _arms.Length];
        _arms = [.. _arms, _names.Count - 1];
    }

    /// <summary>Removes an action and returns the arm that it was.</summary>
    public int Remove(string name)
    {
        int arm = _names.IndexOf(name);
        _names.RemoveAt(arm);
        _arms[_keys[arm]] = -1;
        _keys = [.. _keys[..arm], .. _keys[(arm + 1)..]];
        for (int i = arm; i < _keys.Length; i++)
            _arms[_keys[i]] = i;
        return arm;
    }

    public void RequireNew(string name)
    {
        if (_names.Contains(name))
            throw new ArgumentException($"There is an action '{name}' already.", nameof(name));
    }

    public void RequireRemovable(string name)
    {
        if (!_names.Contains(name))
            throw new ArgumentException($"There is no action '{name}'.", nameof(name));
        if (_names.Count == 1)
            throw new ArgumentException($"'{name}' is the last action: a service has at least one.", nameof(name));
    }

    public void RequireEqual(IReadOnlyList<string> names, string argument)
    {
        bool equal = names.Count == _names.Count;
        for (int i = 0; equal && i < names.Count; i++)
            equal = names[i] == _names[i];
        if (!equal)
            throw new ArgumentException($"Only services with the same actions can be merged: here they are {string.Join(", ", _names)}, there {string.Join(", ", names)}.", argument);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _keys);
        archive.Transfer(ref _arms);
        if (archive.IsLoading)
        {
            _names.Clear();
            for (int i = 0; i < _keys.Length; i++)
                _names.Add("");
        }

        for (int i = 0; i < _names.Count; i++)
        {
            string name = _names[i];
            archive.Transfer(ref name);
            _names[i] = name;
        }
    }
}
