using System.Buffers;
using System.Globalization;
using System.Text;

namespace OptiCore.RL.Environments;

/// <summary>
/// The map of a grid world: walls (#), floor (.), starts (S), goals (G), at most one key (K), and doors (D) that only who has the key can enter. Actions are 0 up, 1 right, 2 down, 3 left; a step into a wall, off the map or
/// into a locked door stays; the key is picked up by stepping onto it. Reaching a goal earns 1 and terminates. Without an S, episodes begin on any floor cell with equal chance. Immutable.
/// </summary>
/// <remarks>
/// States number the open cells row by row, from 0; in a level with a key, the same cells with the key in hand follow. <see cref="Model"/> makes a <see cref="TabularModel"/> of the level, which dynamic programming
/// solves, and <see cref="GridWorld"/> plays one or many.
/// </remarks>
public sealed class GridLevel
{
    private const string Tiles = "#.SGKD";
    private static readonly SearchValues<char> KnownTiles = SearchValues.Create(Tiles);
    private readonly string _tiles;
    private readonly int[] _stateOf;
    private readonly int[] _cellOf;
    private readonly int[] _next;
    private readonly int[] _starts;

    /// <summary>Reads a map.</summary>
    /// <param name="map">Rows of equal length of the letters # . S G K D.</param>
    /// <exception cref="ArgumentException">The map is empty, not rectangular, has another letter, no goal, no cell to start from, two keys, or a door without a key.</exception>
    public GridLevel(params IReadOnlyList<string> map)
    {
        Columns = Check(map);
        Rows = map.Count;
        _tiles = string.Concat(map);
        _stateOf = new int[_tiles.Length];
        int open = 0;
        for (int cell = 0; cell < _tiles.Length; cell++)
            _stateOf[cell] = _tiles[cell] == '#' ? -1 : open++;
        HasKey = _tiles.Contains('K', StringComparison.Ordinal);
        OpenCells = open;
        States = HasKey ? 2 * open : open;
        _cellOf = new int[open];
        for (int cell = 0; cell < _tiles.Length; cell++)
        {
            if (_stateOf[cell] >= 0)
                _cellOf[_stateOf[cell]] = cell;
        }

        _next = new int[4 * States];
        for (int state = 0; state < States; state++)
        {
            for (int action = 0; action < 4; action++)
                _next[(4 * state) + action] = Move(state, action);
        }

        char letter = _tiles.Contains('S', StringComparison.Ordinal) ? 'S' : '.';
        var starts = new List<int>();
        for (int state = 0; state < open; state++)
        {
            if (_tiles[_cellOf[state]] == letter)
                starts.Add(state);
        }

        _starts = [.. starts];
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>The number of cells that aren't walls.</summary>
    public int OpenCells { get; }

    /// <summary>Whether there is a key.</summary>
    public bool HasKey { get; }

    /// <summary>The number of states: <see cref="OpenCells"/>, or twice as many in a level with a key.</summary>
    public int States { get; }

    /// <summary>The states in which episodes begin, with equal chance.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>The letter of a cell; # outside the map.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column.</param>
    public char Tile(int row, int column) => (uint)row < (uint)Rows && (uint)column < (uint)Columns ? _tiles[(row * Columns) + column] : '#';

    /// <summary>The state in a cell.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column.</param>
    /// <param name="holdsKey">Whether the key is in hand.</param>
    /// <exception cref="ArgumentException">The cell is a wall, or there is no key.</exception>
    public int StateAt(int row, int column, bool holdsKey = false)
    {
        if (Tile(row, column) == '#')
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Row {row}, column {column} is a wall."), nameof(row));
        if (holdsKey && !HasKey)
            throw new ArgumentException("The level has no key.", nameof(holdsKey));
        return _stateOf[(row * Columns) + column] + (holdsKey ? OpenCells : 0);
    }

    /// <summary>Where the agent is in a state, and whether it has the key.</summary>
    /// <param name="state">The state.</param>
    public (int Row, int Column, bool HoldsKey) Place(int state)
    {
        bool holdsKey = state >= OpenCells;
        int cell = _cellOf[holdsKey ? state - OpenCells : state];
        return (cell / Columns, cell % Columns, holdsKey && state < States);
    }

    /// <summary>The state after an action that doesn't slip.</summary>
    /// <param name="state">The state.</param>
    /// <param name="action">The action.</param>
    public int Next(int state, int action) => _next[(4 * state) + action];

    /// <summary>Whether a state is a goal.</summary>
    /// <param name="state">The state.</param>
    public bool IsGoal(int state) => _tiles[_cellOf[state >= OpenCells ? state - OpenCells : state]] == 'G';

    /// <summary>The number of steps from each state to the nearest goal, or -1 where none can be reached: breadth-first search backwards, O(states).</summary>
    public int[] Distances()
    {
        int[] distances = new int[States];
        Array.Fill(distances, -1);
        var incoming = new List<int>[States];
        var open = new Queue<int>();
        for (int state = 0; state < States; state++)
        {
            incoming[state] ??= [];
            if (IsGoal(state))
            {
                distances[state] = 0;
                open.Enqueue(state);
                continue;
            }

            for (int action = 0; action < 4; action++)
                (incoming[Next(state, action)] ??= []).Add(state);
        }

        while (open.TryDequeue(out int state))
        {
            foreach (int previous in incoming[state])
            {
                if (distances[previous] < 0)
                {
                    distances[previous] = distances[state] + 1;
                    open.Enqueue(previous);
                }
            }
        }

        return distances;
    }

    /// <summary>Whether a goal can be reached from every start.</summary>
    public bool IsSolvable()
    {
        int[] distances = Distances();
        foreach (int start in _starts)
        {
            if (distances[start] < 0)
                return false;
        }

        return true;
    }

    /// <summary>The decision process: each action moves as chosen with probability 1 - slip, and in each of the other three directions with probability slip / 3.</summary>
    /// <param name="slip">The probability of another direction, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is outside [0, 1].</exception>
    public TabularModel Model(double slip = 0)
    {
        Require.InClosed(slip, 0, 1, nameof(slip));
        double[] initial = new double[States];
        foreach (int start in _starts)
            initial[start] = 1.0 / _starts.Length;
        return TabularModel.Create(States, 4, initial, (state, action) =>
        {
            if (IsGoal(state))
                return [new TabularOutcome(1, state, 0, true)];
            return slip == 0
                ? [Outcome(state, action, 1)]
                : [Outcome(state, action, 1 - slip), Outcome(state, (action + 1) % 4, slip / 3), Outcome(state, (action + 2) % 4, slip / 3), Outcome(state, (action + 3) % 4, slip / 3)];
        });

        TabularOutcome Outcome(int state, int action, double probability)
        {
            int next = Next(state, action);
            return new TabularOutcome(probability, next, IsGoal(next) ? 1 : 0, IsGoal(next));
        }
    }

    /// <summary>The map, one row in a line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(_tiles.Length + Rows);
        for (int row = 0; row < Rows; row++)
            text.Append(_tiles, row * Columns, Columns).Append('\n');
        return text.ToString();
    }

    private int Move(int state, int action)
    {
        (int row, int column, bool holdsKey) = Place(state);
        (int down, int right) = action switch
        {
            0 => (-1, 0),
            1 => (0, 1),
            2 => (1, 0),
            _ => (0, -1),
        };
        char tile = Tile(row + down, column + right);
        if (IsGoal(state) || tile == '#' || (tile == 'D' && !holdsKey))
            return state;
        return _stateOf[((row + down) * Columns) + column + right] + (holdsKey || tile == 'K' ? OpenCells : 0);
    }

    private static int Check(IReadOnlyList<string> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        int columns = map.Count == 0 ? 0 : map[0].Length;
        if (columns == 0)
            throw new ArgumentException("The map is empty.", nameof(map));
        int goals = 0, starts = 0, floor = 0, keys = 0, doors = 0;
        for (int row = 0; row < map.Count; row++)
        {
            ReadOnlySpan<char> line = map[row];
            if (line.Length != columns)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Row {row} of the map has {line.Length} tiles, row 0 has {columns}."), nameof(map));
            int wrong = line.IndexOfAnyExcept(KnownTiles);
            if (wrong >= 0)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Row {row}, column {wrong} of the map is '{line[wrong]}' but must be one of {Tiles}."), nameof(map));
            goals += line.Count('G');
            starts += line.Count('S');
            floor += line.Count('.');
            keys += line.Count('K');
            doors += line.Count('D');
        }

        if (goals == 0 || starts + floor == 0)
            throw new ArgumentException("The map needs at least one goal (G) and one start (S) or floor cell (.).", nameof(map));
        if (keys > 1 || (doors > 0 && keys == 0))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The map has {keys} keys (K) and {doors} doors (D); there may be one key, and doors need it."), nameof(map));
        return columns;
    }
}
