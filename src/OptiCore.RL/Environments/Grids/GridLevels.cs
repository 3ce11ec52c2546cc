namespace OptiCore.RL.Environments;

/// <summary>
/// Levels of grid worlds: known ones, and generators of as many as one wants, each solvable by construction. The same key gives the same level.
/// </summary>
public static class GridLevels
{
    /// <summary>
    /// The four rooms: a grid of 13 by 13 with 104 open cells, whose rooms are joined by four hallways. R. S. Sutton, D. Precup, S. Singh (1999), "Between MDPs and semi-MDPs: a framework for temporal abstraction in
    /// reinforcement learning". There a step goes in another direction with probability 1/3: use slip = 1/3 of <see cref="GridLevel.Model"/> or <see cref="GridWorld"/>.
    /// </summary>
    /// <param name="goalRow">The goal's row. Default: the eastern hallway.</param>
    /// <param name="goalColumn">The goal's column.</param>
    /// <exception cref="ArgumentException">The goal is a wall.</exception>
    public static GridLevel FourRooms(int goalRow = 7, int goalColumn = 9)
    {
        string[] map =
        [
            "#############",
            "#.....#.....#",
            "#.....#.....#",
            "#...........#",
            "#.....#.....#",
            "#.....#.....#",
            "##.####.....#",
            "#.....###.###",
            "#.....#.....#",
            "#.....#.....#",
            "#...........#",
            "#.....#.....#",
            "#############",
        ];
        if ((uint)goalRow >= 13 || (uint)goalColumn >= 13 || map[goalRow][goalColumn] == '#')
            throw new ArgumentException(FormattableString.Invariant($"Row {goalRow}, column {goalColumn} of the four rooms is a wall."), nameof(goalRow));
        map[goalRow] = string.Concat(map[goalRow].AsSpan(0, goalColumn), "G", map[goalRow].AsSpan(goalColumn + 1));
        return new GridLevel(map);
    }

    /// <summary>
    /// Two rooms behind one another: the key lies in the first, where the agent begins, the goal in the second, and between them is a wall with a locked door. The column of the wall and all places are random.
    /// </summary>
    /// <param name="rows">The number of rows with the outer walls, at least 3.</param>
    /// <param name="columns">The number of columns with the outer walls, at least 6.</param>
    /// <param name="key">Names the level.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is too small.</exception>
    public static GridLevel KeyDoor(int rows, int columns, RandomKey key)
    {
        Require.AtLeast(rows, 3, nameof(rows));
        Require.AtLeast(columns, 6, nameof(columns));
        RandomStream stream = key.Stream();
        char[,] map = Walled(rows, columns);
        int innerRows = rows - 2;

        // The first room needs two free cells at least, so that a room of one row gets two columns.
        int first = innerRows == 1 ? 2 : 1, wall = 1 + first + Draw.Below(ref stream, columns - 3 - first);
        for (int row = 1; row < rows - 1; row++)
            map[row, wall] = '#';
        map[1 + Draw.Below(ref stream, innerRows), wall] = 'D';
        int firstCells = innerRows * (wall - 1), start = Draw.Below(ref stream, firstCells), place = Draw.Below(ref stream, firstCells - 1);
        place += place >= start ? 1 : 0;
        map[1 + (start / (wall - 1)), 1 + (start % (wall - 1))] = 'S';
        map[1 + (place / (wall - 1)), 1 + (place % (wall - 1))] = 'K';
        map[1 + Draw.Below(ref stream, innerRows), wall + 1 + Draw.Below(ref stream, columns - 2 - wall)] = 'G';
        return Level(map);
    }

    /// <summary>
    /// A maze in which exactly one way without detours joins any two cells, made by a random depth-first walk. The start is the first cell; the goal is the cell farthest from it, the first one among equals.
    /// </summary>
    /// <param name="rows">The number of rows with the outer walls, odd and at least 3.</param>
    /// <param name="columns">The number of columns with the outer walls, odd and at least 5.</param>
    /// <param name="key">Names the level.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small or even.</exception>
    public static GridLevel Maze(int rows, int columns, RandomKey key) => Level(MazeMap(rows, columns, key.Stream(), out _));

    /// <summary>
    /// A maze whose only way to the goal leads through a locked door: the key lies somewhere before the door, the farther from the start the better.
    /// </summary>
    /// <param name="rows">The number of rows with the outer walls, odd and at least 3.</param>
    /// <param name="columns">The number of columns with the outer walls, odd and at least 7.</param>
    /// <param name="key">Names the level.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small or even.</exception>
    public static GridLevel LockedMaze(int rows, int columns, RandomKey key)
    {
        Require.AtLeast(columns, 7, nameof(columns));
        RandomStream stream = key.Stream();
        char[,] map = MazeMap(rows, columns, stream, out int[] distances);

        // From the goal towards the start: the door in the middle of the way, so that there are cells on both sides of it.
        int cell = FarthestFrom(distances), goalDistance = distances[cell];
        while (distances[cell] > (goalDistance + 1) / 2)
            cell = Nearer(distances, cell, columns);
        map[cell / columns, cell % columns] = 'D';
        int[] reachable = DistancesFrom(map, columns + 1);
        cell = FarthestFrom(reachable);
        map[cell / columns, cell % columns] = 'K';
        return Level(map);
    }

    /// <summary>
    /// Rooms made by recursive division: a wall with one gap splits an area, and both parts are split again while they are large enough. Start and goal are random cells.
    /// </summary>
    /// <param name="rows">The number of rows with the outer walls, at least 5.</param>
    /// <param name="columns">The number of columns with the outer walls, at least 5.</param>
    /// <param name="key">Names the level.</param>
    /// <param name="smallestRoom">The least number of rows and columns of a room, at least 1. Default: 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small.</exception>
    public static GridLevel Rooms(int rows, int columns, RandomKey key, int smallestRoom = 2)
    {
        Require.AtLeast(rows, 5, nameof(rows));
        Require.AtLeast(columns, 5, nameof(columns));
        Require.Positive(smallestRoom, nameof(smallestRoom));
        RandomStream stream = key.Stream();
        char[,] map = Walled(rows, columns);
        var areas = new Stack<(int Top, int Left, int Height, int Width)>([(1, 1, rows - 2, columns - 2)]);
        while (areas.TryPop(out (int Top, int Left, int Height, int Width) area))
            Divide(map, area, smallestRoom, areas, ref stream);

        var open = new List<(int Row, int Column)>();
        for (int row = 1; row < rows - 1; row++)
        {
            for (int column = 1; column < columns - 1; column++)
            {
                if (map[row, column] == '.')
                    open.Add((row, column));
            }
        }

        int start = Draw.Below(ref stream, open.Count), goal = Draw.Below(ref stream, open.Count - 1);
        goal += goal >= start ? 1 : 0;
        map[open[start].Row, open[start].Column] = 'S';
        map[open[goal].Row, open[goal].Column] = 'G';
        return Level(map);
    }

    /// <summary>Splits an area across its longer side, where a gap of an earlier wall doesn't end.</summary>
    private static void Divide(
        char[,] map, (int Top, int Left, int Height, int Width) area, int smallest, Stack<(int Top, int Left, int Height, int Width)> areas, ref RandomStream stream)
    {
        (int top, int left, int height, int width) = area;
        bool horizontal = height > width || (height == width && Draw.Below(ref stream, 2) == 0);
        int length = horizontal ? height : width, across = horizontal ? width : height, places = length - (2 * smallest);
        if (places <= 0)
            return;

        // A wall that ended at a gap would close it; of the places for the wall, one without a gap at either end is taken, from a random one on.
        int offset = Draw.Below(ref stream, places), wall = -1;
        for (int k = 0; k < places && wall < 0; k++)
        {
            int candidate = smallest + ((offset + k) % places);
            bool free = horizontal
                ? map[top + candidate, left - 1] == '#' && map[top + candidate, left + width] == '#'
                : map[top - 1, left + candidate] == '#' && map[top + height, left + candidate] == '#';
            wall = free ? candidate : -1;
        }

        if (wall < 0)
            return;
        int gap = Draw.Below(ref stream, across);
        for (int k = 0; k < across; k++)
            map[horizontal ? top + wall : top + k, horizontal ? left + k : left + wall] = k == gap ? '.' : '#';
        areas.Push(horizontal ? (top, left, wall, width) : (top, left, height, wall));
        areas.Push(horizontal ? (top + wall + 1, left, height - wall - 1, width) : (top, left + wall + 1, height, width - wall - 1));
    }

    private static char[,] MazeMap(int rows, int columns, RandomStream stream, out int[] distances)
    {
        Require.AtLeast(rows, 3, nameof(rows));
        Require.AtLeast(columns, 5, nameof(columns));
        ArgumentOutOfRangeException.ThrowIfNotEqual(rows % 2, 1, nameof(rows));
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns % 2, 1, nameof(columns));
        char[,] map = new char[rows, columns];
        System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref map[0, 0], map.Length).Fill('#');
        map[1, 1] = '.';
        var path = new Stack<(int Row, int Column)>([(1, 1)]);
        Span<(int Down, int Right)> ways = stackalloc (int, int)[4];
        while (path.TryPeek(out (int Row, int Column) cell))
        {
            int count = 0;
            foreach ((int down, int right) in (ReadOnlySpan<(int, int)>)[(-2, 0), (0, 2), (2, 0), (0, -2)])
            {
                int row = cell.Row + down, column = cell.Column + right;
                if (row > 0 && row < rows && column > 0 && column < columns && map[row, column] == '#')
                    ways[count++] = (down, right);
            }

            if (count == 0)
            {
                path.Pop();
                continue;
            }

            (int stepDown, int stepRight) = ways[Draw.Below(ref stream, count)];
            map[cell.Row + (stepDown / 2), cell.Column + (stepRight / 2)] = '.';
            map[cell.Row + stepDown, cell.Column + stepRight] = '.';
            path.Push((cell.Row + stepDown, cell.Column + stepRight));
        }

        distances = DistancesFrom(map, columns + 1);
        int goal = FarthestFrom(distances);
        map[1, 1] = 'S';
        map[goal / columns, goal % columns] = 'G';
        return map;
    }

    /// <summary>The number of steps from a cell to each, -1 where walls or doors are in between.</summary>
    private static int[] DistancesFrom(char[,] map, int from)
    {
        int columns = map.GetLength(1);
        int[] distances = new int[map.Length];
        Array.Fill(distances, -1);
        distances[from] = 0;
        var open = new Queue<int>([from]);
        while (open.TryDequeue(out int cell))
        {
            foreach (int step in (ReadOnlySpan<int>)[-columns, 1, columns, -1])
            {
                int next = cell + step;
                if (distances[next] < 0 && map[next / columns, next % columns] is not ('#' or 'D'))
                {
                    distances[next] = distances[cell] + 1;
                    open.Enqueue(next);
                }
            }
        }

        return distances;
    }

    private static int FarthestFrom(int[] distances) => Array.IndexOf(distances, System.Numerics.Tensors.TensorPrimitives.Max<int>(distances));

    /// <summary>The neighbour that is one step nearer.</summary>
    private static int Nearer(int[] distances, int cell, int columns)
    {
        foreach (int step in (ReadOnlySpan<int>)[-columns, 1, columns])
        {
            if (distances[cell + step] == distances[cell] - 1)
                return cell + step;
        }

        return cell - 1;
    }

    private static char[,] Walled(int rows, int columns)
    {
        char[,] map = new char[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                map[row, column] = row == 0 || column == 0 || row == rows - 1 || column == columns - 1 ? '#' : '.';
        }

        return map;
    }

    private static GridLevel Level(char[,] map)
    {
        int columns = map.GetLength(1);
        string[] rows = new string[map.GetLength(0)];
        for (int row = 0; row < rows.Length; row++)
            rows[row] = new string(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref map[row, 0], columns));
        return new GridLevel(rows);
    }
}
