using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests;

/// <summary>How episodes end: terminated and truncated apart, the true last observation kept.</summary>
public class EpisodeEndTests
{
    [Fact]
    public void A_time_limit_truncates_without_terminating_and_keeps_the_last_observation()
    {
        var environment = new CartPole(2) { MaxEpisodeSteps = 3 };
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        CartPoleState expected = environment.GetState(0);
        for (int t = 1; t <= 3; t++)
        {
            environment.Step([t % 2, 1], buffers);
            expected = CartPole.Next(expected, t % 2);
            Assert.False(buffers.Terminated[0]);
            Assert.Equal(t == 3, buffers.Truncated[0]);
        }

        Assert.Equal((float[])[(float)expected.Position, (float)expected.Velocity, (float)expected.Angle, (float)expected.AngularVelocity], buffers.FinalObservation(0).ToArray());
        Assert.All(buffers.Observation(0).ToArray(), x => Assert.InRange(x, -0.05f, 0.05f));
    }

    [Fact]
    public void The_wrapper_restarts_only_the_environment_whose_time_is_over()
    {
        var inner = new TabularEnvironment(FrozenLake.Model(FrozenLake.Map4x4, isSlippery: false), 2);
        var environment = new TimeLimit<int, int>(inner, 3);
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        environment.Step([2, 2], buffers);
        environment.Restart(1, buffers.Observation(1));
        environment.Step([2, 2], buffers);
        environment.Step([2, 2], buffers);
        Assert.Equal((bool[])[true, false], buffers.Truncated);
        Assert.Equal((bool[])[false, false], buffers.Terminated);
        Assert.Equal(3, buffers.FinalObservations[0]);
        Assert.Equal((int[])[0, 2], buffers.Observations);
    }

    [Fact]
    public void A_step_that_terminates_at_the_limit_carries_both_flags()
    {
        // Down and right from the corner is a hole, the second step of two.
        var environment = new TimeLimit<int, int>(new TabularEnvironment(FrozenLake.Model(FrozenLake.Map4x4, isSlippery: false)), 2);
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        environment.Step([1], buffers);
        environment.Step([2], buffers);
        Assert.True(buffers.Terminated[0] && buffers.Truncated[0]);
        Assert.Equal(5, buffers.FinalObservations[0]);
        Assert.Equal(0, buffers.Observations[0]);

        // The counter began anew with the episode.
        environment.Step([0], buffers);
        Assert.False(buffers.Truncated[0]);
    }

    [Fact]
    public void Episode_statistics_are_the_sums_of_what_was_played()
    {
        var environment = new EpisodeStatistics<int, int>(CliffWalkingLimited(1));
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        environment.Step([1], buffers); // off the cliff: -100
        for (int t = 0; t < 4; t++)
            environment.Step([0], buffers); // four steps up at -1
        Assert.Equal(1, environment.Episodes);
        Assert.Equal(-104, environment.LastReturns[0]);
        Assert.Equal(5, environment.LastLengths[0]);
        Assert.Equal(-104, environment.MeanReturn);
        Assert.Equal(104.0 * 104, environment.TotalSquaredReturn);

        // An episode that is given up isn't counted, and leaves nothing behind.
        environment.Step([1], buffers);
        environment.Restart(0, buffers.Observation(0));
        for (int t = 0; t < 5; t++)
            environment.Step([0], buffers);
        Assert.Equal(2, environment.Episodes);
        Assert.Equal(-5, environment.LastReturns[0]);
    }

    [Fact]
    public void Threads_do_not_change_what_single_environments_do()
    {
        int[][] results = [.. new[] { Workers.Serial, Workers.Threads(3) }.Select(workers =>
        {
            var environment = new EnvironmentArray<int, int>(10, () => new Worlds.Walk(), workers);
            StepBuffers<int> buffers = environment.CreateBuffers();
            environment.Reset(RandomKey.FromSeed(4), buffers);
            for (int t = 0; t < 50; t++)
                environment.Step([.. Enumerable.Range(0, 10).Select(i => (t + i) % 2)], buffers);
            return buffers.Observations;
        })];
        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public void Episodes_of_one_environment_differ_and_so_do_environments()
    {
        var environment = new CartPole(2) { MaxEpisodeSteps = 1 };
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        float[] first = [.. buffers.Observations];
        environment.Step([0, 0], buffers);
        Assert.NotEqual(first[..4], first[4..]);
        Assert.NotEqual(first[..4], buffers.Observation(0).ToArray());
    }

    private static TimeLimit<int, int> CliffWalkingLimited(int count) => new(CliffWalking.Create(count), 5);
}
