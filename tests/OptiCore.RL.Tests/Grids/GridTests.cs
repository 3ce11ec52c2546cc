using FsCheck;
using FsCheck.Fluent;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Grid worlds: known levels, generated ones, their models and their play.</summary>
public class GridTests
{
    /// <summary>Half of the sizes and a seed.</summary>
    private static readonly Arbitrary<(int Rows, int Columns, int Seed)> Sizes = Arb.From(
        from rows in Gen.Choose(2, 9)
        from columns in Gen.Choose(3, 9)
        from seed in Gen.Choose(0, 1_000_000)
        select (rows, columns, seed));

    [Fact]
    public void The_four_rooms_have_104_cells_and_known_distances()
    {
        GridLevel level = GridLevels.FourRooms();
        Assert.Equal(104, level.States);
        Assert.Equal(103, level.Starts.Length);
        int[] distances = level.Distances();
        Assert.Equal(0, distances[level.StateAt(7, 9)]);

        // From the first corner through the northern hallway (3, 6): 7 steps there, then 4 down and 3 right.
        Assert.Equal(7, GridLevels.FourRooms(3, 6).Distances()[level.StateAt(1, 1)]);
        Assert.Equal(14, distances[level.StateAt(1, 1)]);
        Assert.Equal(1, distances[level.StateAt(8, 9)]);
        Assert.Throws<ArgumentException>(() => GridLevels.FourRooms(6, 6));
    }

    [Fact]
    public void Values_without_slips_are_powers_of_the_discount()
    {
        GridLevel level = GridLevels.FourRooms();
        TabularSolution solution = new ValueIteration { Discount = 0.9, Tolerance = 1e-14 }.Solve(level.Model());
        int[] distances = level.Distances();
        for (int state = 0; state < level.States; state++)
            Promises.Close(distances[state] == 0 ? 0 : Math.Pow(0.9, distances[state] - 1), solution.Values[state], 1e-12, 0, $"V({state})");
    }

    [Fact]
    public void A_corridor_with_slips_has_the_value_of_its_linear_equations()
    {
        // Three cells in a row, the goal at the right end: with slip p the step right succeeds with 1 - p, left has p / 3, up and down stay. V1 and V0 by hand.
        const double P = 0.3, Gamma = 0.9;
        TabularSolution solution = new ValueIteration { Discount = Gamma, Tolerance = 1e-15 }.Solve(new GridLevel("SSG").Model(P));

        // V0 = g ((1 - p) V1 + p V0), V1 = (1 - p) + g (p/3 V0 + 2p/3 V1).
        double ratio = Gamma * (1 - P) / (1 - (Gamma * P));
        double v1 = (1 - P) / (1 - (Gamma * ((P / 3 * ratio) + (2 * P / 3))));
        Promises.Close(v1, solution.Values[1], 1e-12, 0, "V1");
        Promises.Close(ratio * v1, solution.Values[0], 1e-12, 0, "V0");
    }

    [Fact]
    public void A_locked_door_opens_with_the_key_only()
    {
        var level = new GridLevel("SDG", "K##");
        Assert.Equal((4, 8), (level.OpenCells, level.States));
        int start = level.StateAt(0, 0);
        Assert.Equal(start, level.Next(start, 1));
        int withKey = level.Next(start, 2);
        Assert.Equal((1, 0, true), level.Place(withKey));
        int back = level.Next(withKey, 0), door = level.Next(back, 1), goal = level.Next(door, 1);
        Assert.Equal((0, 1, true), level.Place(door));
        Assert.True(level.IsGoal(goal));
        Assert.Equal(goal, level.Next(goal, 3));
        Assert.Equal(4, level.Distances()[start]);

        var world = new GridWorld(level);
        StepBuffers<int> buffers = world.CreateBuffers();
        world.Reset(RandomKey.FromSeed(1), buffers);
        foreach ((int action, int state) in new[] { (1, start), (2, withKey), (0, back), (1, door) })
        {
            world.Step([action], buffers);
            Assert.Equal((state, 0.0, false), (buffers.Observations[0], buffers.Rewards[0], buffers.Terminated[0]));
        }

        world.Step([1], buffers);
        Assert.Equal((goal, 1.0, true), (buffers.FinalObservations[0], buffers.Rewards[0], buffers.Terminated[0]));
        Assert.Equal(start, buffers.Observations[0]);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("Row 1", "S.", "G")]
    [InlineData("'X'", "SX", ".G")]
    [InlineData("goal", "S.")]
    [InlineData("start", "#G")]
    [InlineData("2 keys", "SKKG")]
    [InlineData("0 keys", "SDG")]
    public void A_wrong_map_is_refused_with_what_is_wrong(string expected, params string[] map) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new GridLevel(map)).Message, StringComparison.Ordinal);

    [Fact]
    public void Sizes_that_make_no_level_are_refused()
    {
        RandomKey key = RandomKey.FromSeed(1);
        Assert.Equal("rows", Assert.Throws<ArgumentOutOfRangeException>(() => GridLevels.Maze(6, 7, key)).ParamName);
        Assert.Equal("columns", Assert.Throws<ArgumentOutOfRangeException>(() => GridLevels.Maze(7, 8, key)).ParamName);
        Assert.Equal("columns", Assert.Throws<ArgumentOutOfRangeException>(() => GridLevels.LockedMaze(5, 5, key)).ParamName);
        Assert.Equal("columns", Assert.Throws<ArgumentOutOfRangeException>(() => GridLevels.KeyDoor(5, 5, key)).ParamName);
        Assert.Equal("rows", Assert.Throws<ArgumentOutOfRangeException>(() => GridLevels.Rooms(4, 9, key)).ParamName);
        Assert.Equal("slip", Assert.Throws<ArgumentOutOfRangeException>(() => new GridWorld(GridLevels.FourRooms(), 1, 1.5)).ParamName);
        Assert.Equal("levels", Assert.Throws<ArgumentException>(() => new GridWorld([])).ParamName);
    }

    [Fact]
    public void A_maze_is_a_tree_with_the_goal_farthest_from_the_start() => Forall.Check(Prop.ForAll(Sizes, size =>
    {
        int rows = (2 * size.Rows) - 1, columns = (2 * size.Columns) - 1;
        GridLevel level = GridLevels.Maze(rows, columns, RandomKey.FromSeed((ulong)size.Seed));
        Assert.Equal(level.ToString(), GridLevels.Maze(rows, columns, RandomKey.FromSeed((ulong)size.Seed)).ToString());

        // A tree over the cells at odd places: all of them, and one opened wall less.
        Assert.Equal((2 * ((rows - 1) / 2) * ((columns - 1) / 2)) - 1, level.OpenCells);
        int[] distances = level.Distances();
        Assert.DoesNotContain(-1, distances);
        Assert.Equal(1, level.Starts.Length);
        Assert.Equal(DistancesFrom(level, level.Starts[0]).Max(), distances[level.Starts[0]]);
    }));

    [Fact]
    public void Rooms_are_connected_and_solvable() => Forall.Check(Prop.ForAll(Sizes, size =>
    {
        GridLevel level = GridLevels.Rooms(size.Rows + 3, size.Columns + 8, RandomKey.FromSeed((ulong)size.Seed), 1 + (size.Seed % 3));
        Assert.True(level.IsSolvable());
        Assert.DoesNotContain(-1, level.Distances());
        Assert.Equal(1, level.Starts.Length);
    }));

    [Fact]
    public void Locked_levels_need_the_key_and_are_solvable_with_it() => Forall.Check(Prop.ForAll(Sizes, size =>
    {
        foreach (GridLevel level in (GridLevel[])[
            GridLevels.KeyDoor(size.Rows + 1, size.Columns + 3, RandomKey.FromSeed((ulong)size.Seed)),
            GridLevels.LockedMaze((2 * size.Rows) - 1, (2 * size.Columns) + 1, RandomKey.FromSeed((ulong)size.Seed))])
        {
            Assert.True(level.HasKey);
            Assert.True(level.IsSolvable());

            // With the door walled up, no goal can be reached.
            string[] closed = [.. level.ToString().Replace('D', '#').TrimEnd('\n').Split('\n')];
            Assert.False(new GridLevel(closed).IsSolvable());
        }
    }));

    [Fact]
    public void A_planned_policy_takes_the_shortest_way_through_every_level()
    {
        GridLevel[] levels = [.. Enumerable.Range(0, 6).Select(l => l % 2 == 0 ? GridLevels.LockedMaze(7, 9, RandomKey.FromSeed((ulong)l)) : GridLevels.Rooms(9, 9, RandomKey.FromSeed((ulong)l)))];
        var world = new GridWorld(levels, 60);
        TabularPolicy[] policies = [.. levels.Select(level => new ValueIteration { Discount = 0.9 }.Solve(level.Model()).Policy)];
        StepBuffers<int> buffers = world.CreateBuffers();
        world.Reset(RandomKey.FromSeed(4), buffers);
        int[] remaining = [.. buffers.Observations.Select(Distance)];
        Assert.Equal(6, buffers.Observations.Select(o => world.Locate(o).Level).Distinct().Count());
        int[] actions = new int[60];
        for (int step = 0; step < 100; step++)
        {
            for (int i = 0; i < 60; i++)
            {
                (int level, int state) = world.Locate(buffers.Observations[i]);
                actions[i] = policies[level].Actions[state];
            }

            world.Step(actions, buffers);
            for (int i = 0; i < 60; i++)
            {
                Assert.Equal(--remaining[i] == 0, buffers.Terminated[i]);
                if (buffers.Terminated[i])
                    remaining[i] = Distance(buffers.Observations[i]);
            }
        }

        int Distance(int observation)
        {
            (int level, int state) = world.Locate(observation);
            return levels[level].Distances()[state];
        }
    }

    [Fact]
    public void Slips_have_the_stated_frequencies()
    {
        var world = new GridWorld(new GridLevel(".....", "..S..", "....G"), 4000, slip: 0.3);
        StepBuffers<int> buffers = world.CreateBuffers();
        int[] actions = new int[4000], counts = new int[15];
        Array.Fill(actions, 3);
        world.Reset(RandomKey.FromSeed(9), buffers);
        world.Step(actions, buffers);
        foreach (int state in buffers.Observations)
            counts[state]++;

        // Left with 0.7, the others with 0.1; four deviations of 2800 are 116, of 400 they are 76.
        Assert.InRange(counts[6], 2800 - 116, 2800 + 116);
        foreach (int other in (int[])[2, 8, 12])
            Assert.InRange(counts[other], 400 - 76, 400 + 76);
        Assert.Equal(4000, counts[6] + counts[2] + counts[8] + counts[12]);
        var always = new GridWorld(new GridLevel(".....", "..S..", "....G"), 100, slip: 1);
        StepBuffers<int> all = always.CreateBuffers();
        always.Reset(RandomKey.FromSeed(9), all);
        always.Step(actions.AsSpan(0, 100), all);
        Assert.DoesNotContain(6, all.Observations);
    }

    [Fact]
    public void The_view_shows_the_surroundings()
    {
        var view = new GridView(new GridWorld(new GridLevel("SDG", "K##")), radius: 1);
        StepBuffers<float> buffers = view.CreateBuffers();
        view.Reset(RandomKey.FromSeed(1), buffers);
        Assert.Equal(45, view.ObservationSpace.Length);

        // Walls above, to the left and at the lower right; the door to the right, the key below.
        Assert.Equal([0, 1, 2, 3, 6, 8], Pixels(0));
        Assert.Equal([7], Pixels(2));
        Assert.Equal([5], Pixels(3));
        view.Step([2], buffers);
        Assert.Empty(Pixels(2));
        Assert.Equal(9, Pixels(4).Length);
        view.Step([0], buffers);
        view.Step([1], buffers);
        Assert.Equal([5], Pixels(1));
        view.Step([1], buffers);
        Assert.True(buffers.Terminated[0]);
        Assert.Equal(1, buffers.FinalObservations[9 + 4]);
        Assert.Equal([7], Pixels(2));

        int[] Pixels(int channel) => [.. Enumerable.Range(0, 9).Where(pixel => buffers.Observations[(9 * channel) + pixel] == 1)];
    }

    private static int[] DistancesFrom(GridLevel level, int start)
    {
        int[] distances = new int[level.States];
        Array.Fill(distances, -1);
        distances[start] = 0;
        var open = new Queue<int>([start]);
        while (open.TryDequeue(out int state))
        {
            for (int action = 0; action < 4; action++)
            {
                int next = level.Next(state, action);
                if (distances[next] < 0)
                {
                    distances[next] = distances[state] + 1;
                    open.Enqueue(next);
                }
            }
        }

        return distances;
    }
}
