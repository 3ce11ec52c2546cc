using OptiCore.RL.Games;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>The team game: moves, catches, shared rewards, and what hunting together earns.</summary>
public class PredatorPreyTests
{
    [Fact]
    public void Two_beside_the_prey_share_the_reward_and_one_alone_gets_nothing()
    {
        var environment = new PredatorPrey(1, predators: 3, size: 7);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        int[] predators = new int[3];

        // Prey in the middle (3, 3); one predator comes from the left, one from above, the third is far away.
        environment.SetState(0, [(3 * 7) + 1, (1 * 7) + 3, 0], 24);
        environment.Step([2, 3, 0], buffers);
        Assert.Equal(1, buffers.Rewards[0]);
        Assert.Equal([0.5, 0.5, 0], environment.AgentRewards.ToArray());
        environment.GetState(0, predators);
        Assert.Equal([23, 17, 0], predators);

        environment.SetState(0, [(3 * 7) + 1, (1 * 7) + 3, 0], 24);
        environment.Step([2, 0, 0], buffers);
        Assert.Equal(0, buffers.Rewards[0]);
        Assert.Equal([0.0, 0, 0], environment.AgentRewards.ToArray());

        // Around the edge, and with three: the prey in the corner is beside the far edges.
        environment.SetState(0, [6, 42, 8], 0);
        environment.Step([0, 0, 4], buffers);
        Assert.Equal(1, buffers.Rewards[0]);
        Assert.Equal([1.0 / 3, 1.0 / 3, 1.0 / 3], environment.AgentRewards.ToArray());
    }

    [Fact]
    public void Taken_cells_stop_a_move_and_earlier_numbers_move_first()
    {
        var environment = new PredatorPrey(1, predators: 3, size: 7);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        int[] predators = new int[3];

        // 10 and 12 both want 11; the third runs into the prey.
        environment.SetState(0, [10, 12, 30], 31);
        environment.Step([2, 4, 2], buffers);
        environment.GetState(0, predators);
        Assert.Equal([11, 12, 30], predators);

        // The first leaves, the second takes its place.
        environment.SetState(0, [10, 11, 30], 45);
        environment.Step([1, 4, 0], buffers);
        environment.GetState(0, predators);
        Assert.Equal([3, 10, 30], predators);
    }

    [Fact]
    public void Agents_see_the_prey_and_each_other_the_short_way_around()
    {
        var environment = new PredatorPrey(1, predators: 2, size: 7);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        environment.SetState(0, [0, 24], 48);
        environment.Step([0, 0], buffers);
        int[] predators = new int[2];
        int prey = environment.GetState(0, predators);
        Assert.Equal([Wrap(prey / 7), Wrap(prey % 7), 1f, 1f, Wrap((prey / 7) - 3), Wrap((prey % 7) - 3), -1f, -1f], buffers.Observations);

        static float Wrap(int d) => (d > 3 ? d - 7 : d < -3 ? d + 7 : d) / 3f;
    }

    [Fact]
    public void The_prey_rests_half_of_the_time_and_steps_to_free_cells_with_equal_chance()
    {
        const int Count = 4000;
        var environment = new PredatorPrey(Count, predators: 2, size: 5);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(2), buffers);
        for (int i = 0; i < Count; i++)
            environment.SetState(i, [7, 0], 12);
        environment.Step(new int[2 * Count], buffers);
        int[] counts = new int[25], predators = new int[2];
        for (int i = 0; i < Count; i++)
            counts[environment.GetState(i, predators)]++;

        // Up is taken: 1/2 + 1/8 of the time it is where it was, 1/8 in each of the other cells. Four deviations of 2500 are 122, of 500 they are 84.
        Assert.Equal(0, counts[7]);
        Assert.InRange(counts[12], 2500 - 122, 2500 + 122);
        foreach (int cell in (int[])[11, 13, 17])
            Assert.InRange(counts[cell], 500 - 84, 500 + 84);
    }

    [Fact]
    public void Hunting_together_catches_far_more_than_random_steps()
    {
        double hunted = Catches(Surround), random = Catches((_, _, stream) => stream.NextInt32(5));
        Assert.InRange(hunted, 8, 60);
        Assert.InRange(random, 0, hunted / 3);

        static int Surround(int agent, ReadOnlySpan<float> row, RandomStream stream)
        {
            // Each heads for a side of its own, above, to the left or below, and steps aside now and then: the prey or another may be in the way.
            if (stream.NextInt32(6) == 0)
                return stream.NextInt32(5);
            int down = (int)MathF.Round(3 * row[0]) + agent - 1, right = (int)MathF.Round(3 * row[1]) - (agent == 1 ? 1 : 0);
            if (down == 0 && right == 0)
                return 0;
            return Math.Abs(down) >= Math.Abs(right) ? (down < 0 ? 1 : 3) : right > 0 ? 2 : 4;
        }
    }

    [Fact]
    public void Sizes_and_places_out_of_range_are_refused()
    {
        Assert.Equal("predators", Assert.Throws<ArgumentOutOfRangeException>(() => new PredatorPrey(1, 1)).ParamName);
        Assert.Equal("predators", Assert.Throws<ArgumentOutOfRangeException>(() => new PredatorPrey(1, 5, 3)).ParamName);
        Assert.Equal("size", Assert.Throws<ArgumentOutOfRangeException>(() => new PredatorPrey(1, 2, 2)).ParamName);
        var environment = new PredatorPrey(1, 2, 3);
        Assert.Throws<ArgumentException>(() => environment.SetState(0, [1, 1], 2));
        Assert.Throws<ArgumentException>(() => environment.SetState(0, [1, 2], 2));
        Assert.Throws<ArgumentException>(() => environment.SetState(0, [1, 9], 2));
        Assert.Throws<ArgumentException>(() => environment.SetState(0, [1], 2));
    }

    private delegate int Player(int agent, ReadOnlySpan<float> row, RandomStream stream);

    /// <summary>The mean number of catches of an episode; also that the agents' rewards add up to the team's.</summary>
    private static double Catches(Player player)
    {
        const int Count = 100;
        var environment = new PredatorPrey(Count);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(3), buffers);
        int[] actions = new int[3 * Count];
        double total = 0;
        for (int step = 0; step < environment.MaxEpisodeSteps; step++)
        {
            for (int row = 0; row < actions.Length; row++)
                actions[row] = player(row % 3, buffers.Observations.AsSpan(row * 6, 6), RandomKey.FromSeed(4).Fold(step).Fold(row).Stream());
            environment.Step(actions, buffers);
            for (int i = 0; i < Count; i++)
            {
                Promises.Close(buffers.Rewards[i], environment.AgentRewards.Slice(3 * i, 3).ToArray().Sum(), 1e-15, 0, "the team's reward");
                total += buffers.Rewards[i];
            }

            Assert.All(buffers.Truncated, truncated => Assert.Equal(step == environment.MaxEpisodeSteps - 1, truncated));
        }

        return total / Count;
    }
}
