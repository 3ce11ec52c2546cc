using System.Globalization;

namespace OptiCore.RL.Environments;

/// <summary>What steps on a frozen lake earn.</summary>
public sealed record FrozenLakeRewards
{
    /// <summary>A step onto the goal. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not finite.</exception>
    public double Goal { get; init => field = Require.Finite(value); } = 1;

    /// <summary>A step into a hole. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not finite.</exception>
    public double Hole { get; init => field = Require.Finite(value); }

    /// <summary>A step onto ice or the start. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not finite.</exception>
    public double Ice { get; init => field = Require.Finite(value); }
}

/// <summary>
/// FrozenLake of Gymnasium: cross a frozen lake from the start (S) to the goal (G) over ice (F) without falling into a hole (H). States are
/// row * columns + column; actions are 0 left, 1 down, 2 right, 3 up; a step off the map stays. The reward is 1 at the goal and 0 elsewhere;
/// goal and holes terminate.
/// </summary>
/// <remarks>
/// On slippery ice the chosen direction is taken with probability 1/3 and each of the two perpendicular ones with 1/3. An optimal policy reaches the goal
/// of the 4x4 map in about 74 % of episodes within 100 steps. The result is a <see cref="TabularEnvironment"/>; its model can be solved by <see cref="ValueIteration"/>.
/// </remarks>
public static class FrozenLake
{
    private const int Up = 3;

    /// <summary>Gymnasium's map of 4 by 4; its episodes are truncated after 100 steps.</summary>
    public static IReadOnlyList<string> Map4x4 { get; } = ["SFFF", "FHFH", "FFFH", "HFFG"];

    /// <summary>Gymnasium's map of 8 by 8; its episodes are truncated after 200 steps.</summary>
    public static IReadOnlyList<string> Map8x8 { get; } =
        ["SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"];

    /// <summary>FrozenLake-v1: the 4x4 map, truncated after 100 steps.</summary>
    /// <param name="count">The number of environments.</param>
    /// <param name="isSlippery">Whether the ice is slippery.</param>
    public static TabularEnvironment Create(int count = 1, bool isSlippery = true) =>
        new(Model(Map4x4, isSlippery), count) { MaxEpisodeSteps = 100 };

    /// <summary>FrozenLake8x8-v1: the 8x8 map, truncated after 200 steps.</summary>
    /// <param name="count">The number of environments.</param>
    /// <param name="isSlippery">Whether the ice is slippery.</param>
    public static TabularEnvironment Create8x8(int count = 1, bool isSlippery = true) =>
        new(Model(Map8x8, isSlippery), count) { MaxEpisodeSteps = 200 };

    /// <summary>The decision process of a map.</summary>
    /// <param name="map">Rows of equal length of the letters S, F, H and G, with at least one S and one G.</param>
    /// <param name="isSlippery">Whether the ice is slippery.</param>
    /// <param name="successRate">On slippery ice: the probability of the chosen direction; the two perpendicular ones share the rest.</param>
    /// <param name="rewards">What steps earn; by default 1 at the goal and 0 elsewhere.</param>
    /// <exception cref="ArgumentException">The map is empty, not rectangular, has another letter, no start or no goal.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in [0, 1].</exception>
    public static TabularModel Model(IReadOnlyList<string> map, bool isSlippery = true, double successRate = 1.0 / 3, FrozenLakeRewards? rewards = null)
    {
        FrozenLakeRewards earned = rewards ?? new FrozenLakeRewards();
        string tiles = Tiles(map, out int columns);
        Require.InClosed(successRate, 0, 1, nameof(successRate));
        double slip = (1 - successRate) / 2;
        int starts = tiles.AsSpan().Count('S');
        double[] initial = new double[tiles.Length];
        for (int s = 0; s < tiles.Length; s++)
            initial[s] = tiles[s] == 'S' ? 1.0 / starts : 0;

        return TabularModel.Create(tiles.Length, 4, initial, (state, action) =>
        {
            if (tiles[state] is 'H' or 'G')
                return [new TabularOutcome(1, state, 0, true)];
            return isSlippery
                ? [Move(state, (action + 3) % 4, slip), Move(state, action, successRate), Move(state, (action + 1) % 4, slip)]
                : [Move(state, action, 1)];
        });

        TabularOutcome Move(int state, int direction, double probability)
        {
            int next = Neighbour(state, direction, columns, tiles.Length / columns);
            return tiles[next] switch
            {
                'G' => new TabularOutcome(probability, next, earned.Goal, true),
                'H' => new TabularOutcome(probability, next, earned.Hole, true),
                _ => new TabularOutcome(probability, next, earned.Ice, false),
            };
        }
    }

    /// <summary>A random square map whose goal can be reached, start in the first corner and goal in the last.</summary>
    /// <param name="size">Rows and columns, at least 2.</param>
    /// <param name="key">Names the map.</param>
    /// <param name="frozenProbability">How likely a tile is ice, in (0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is smaller than 2 or the probability outside (0, 1].</exception>
    /// <remarks>Maps are drawn tile by tile until one has a path; attempt k uses <c>key.Fold(k)</c>.</remarks>
    public static IReadOnlyList<string> RandomMap(int size, RandomKey key, double frozenProbability = 0.8)
    {
        Require.AtLeast(size, 2, nameof(size));
        Require.Positive(frozenProbability, nameof(frozenProbability));
        Require.InClosed(frozenProbability, 0, 1, nameof(frozenProbability));
        char[] tiles = new char[size * size];
        for (long attempt = 0; ; attempt++)
        {
            RandomStream stream = key.Fold(attempt).Stream();
            for (int i = 0; i < tiles.Length; i++)
                tiles[i] = stream.NextDouble() < frozenProbability ? 'F' : 'H';
            tiles[0] = 'S';
            tiles[^1] = 'G';
            string[] map = new string[size];
            for (int row = 0; row < size; row++)
                map[row] = new string(tiles, row * size, size);
            if (IsSolvable(map))
                return map;
        }
    }

    /// <summary>Whether a path over ice leads from a start to a goal.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is empty, not rectangular, has another letter, no start or no goal.</exception>
    public static bool IsSolvable(IReadOnlyList<string> map)
    {
        string tiles = Tiles(map, out int columns);
        bool[] seen = new bool[tiles.Length];
        var open = new Stack<int>();
        for (int s = 0; s < tiles.Length; s++)
        {
            if (tiles[s] == 'S')
                open.Push(s);
        }

        while (open.TryPop(out int state))
        {
            if (seen[state] || tiles[state] == 'H')
                continue;
            if (tiles[state] == 'G')
                return true;
            seen[state] = true;
            for (int direction = 0; direction <= Up; direction++)
                open.Push(Neighbour(state, direction, columns, tiles.Length / columns));
        }

        return false;
    }

    private static int Neighbour(int state, int direction, int columns, int rows)
    {
        (int row, int column) = Math.DivRem(state, columns);
        switch (direction)
        {
            case 0:
                column = Math.Max(column - 1, 0);
                break;
            case 1:
                row = Math.Min(row + 1, rows - 1);
                break;
            case 2:
                column = Math.Min(column + 1, columns - 1);
                break;
            case Up:
                row = Math.Max(row - 1, 0);
                break;
        }

        return (row * columns) + column;
    }

    private static string Tiles(IReadOnlyList<string> map, out int columns)
    {
        ArgumentNullException.ThrowIfNull(map);
        columns = map.Count == 0 ? 0 : map[0].Length;
        if (columns == 0)
            throw new ArgumentException("The map is empty.", nameof(map));
        for (int row = 0; row < map.Count; row++)
        {
            if (map[row].Length != columns)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Row {row} of the map has {map[row].Length} tiles, row 0 has {columns}."), nameof(map));
            int wrong = map[row].AsSpan().IndexOfAnyExcept("SFHG");
            if (wrong >= 0)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Row {row}, column {wrong} of the map is '{map[row][wrong]}' but must be S, F, H or G."), nameof(map));
        }

        string tiles = string.Concat(map);
        if (!tiles.Contains('S', StringComparison.Ordinal) || !tiles.Contains('G', StringComparison.Ordinal))
            throw new ArgumentException("The map needs at least one start (S) and one goal (G).", nameof(map));
        return tiles;
    }
}
